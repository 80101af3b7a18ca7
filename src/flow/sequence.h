/* sequence.h - what a TCP packet is, and whether it fits what its connection was seen to say (RFC 5961). */
#pragma once

#include "flow/table.h"

enum { WINDOW_SCALE_UNKNOWN = 8, WINDOW_SCALE_MAX = 14, UNSEEN_SPAN = 1 << 20, MISFIT_SPAN = 1 << 16 };

static inline bool is_syn(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

static inline bool is_synack(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == (TCP_SYN | TCP_ACK);
}

static inline bool is_rst(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_RST)) == TCP_RST;
}

/* An ACK with or without data and FIN: all that an open connection consists of. */
static inline bool is_segment(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK;
}

/* What a segment takes of the sequence space. */
static inline uint32_t segment_len(const struct packet *p)
{
	return p->payload_wire_len + ((p->tcp_flags & TCP_FIN) != 0) + ((p->tcp_flags & TCP_SYN) != 0);
}

static inline uint8_t scale_of(const struct packet *p)
{
	if (p->window_scale == 0xff)
		return 0;
	return p->window_scale < WINDOW_SCALE_MAX ? p->window_scale : WINDOW_SCALE_MAX;
}

/* A side acknowledges up to ack and offers window bytes behind it. */
static inline void offer(struct flow_side *s, uint32_t ack, uint32_t window)
{
	if (!s->offered) {
		s->offered = true;
		s->acked = ack;
		s->edge = ack + window;
	}
	if (seq_after(ack, s->acked))
		s->acked = ack;
	if (seq_after(ack + window, s->edge))
		s->edge = ack + window;
	if (window > s->span)
		s->span = window;
}

static inline bool seq_fits(const struct flow_side *me, const struct flow_side *peer, const struct packet *p)
{
	uint32_t end = p->seq + segment_len(p);

	if (peer->offered)
		return !seq_after(p->seq, peer->edge) && !seq_before(end, peer->acked - peer->span - 1);
	if (!me->seen)
		return true;
	return !seq_after(p->seq, me->sent + UNSEEN_SPAN) && !seq_before(end, me->next - UNSEEN_SPAN);
}

static inline bool ack_fits(const struct flow_side *me, const struct flow_side *peer, uint32_t ack)
{
	uint32_t top = peer->seen ? peer->sent : me->edge;

	if (!me->offered)
		return !peer->seen || !seq_after(ack, top);
	if (seq_before(ack, me->acked - me->span - 1))
		return false;
	/* What it acknowledges beyond all we saw was lost to us, as long as it had allowed it to be sent. */
	if (seq_after(me->edge, top))
		top = me->edge;
	return !seq_after(ack, top);
}

/* Where a RST must stand exactly (RFC 5961 3.2): at the next byte its receiver expects, as far as it can be known. */
static inline bool rst_fits(const struct flow_side *me, const struct flow_side *peer, const struct packet *p)
{
	return (me->seen && (p->seq == me->next || p->seq == me->sent)) || (peer->offered && p->seq == peer->acked);
}

/* A RST that answers what the peer sent (RFC 9293 3.10.7.1): with ACK it acknowledges all of it, without it stands where
 * the peer acknowledged. */
static inline bool refusal_fits(const struct flow_side *peer, const struct packet *p)
{
	if ((p->tcp_flags & TCP_ACK) != 0)
		return !seq_before(p->ack, peer->first) && !seq_after(p->ack, peer->sent);
	return peer->offered && p->seq == peer->acked;
}

/* Did the client acknowledge something that only the server's packets told it? */
static inline bool proves_path(const struct flow *f, const struct packet *p)
{
	const struct flow_side *server = &f->side[FLOW_SERVER];

	return server->seen && seq_after(p->ack, server->first) && !seq_after(p->ack, server->sent);
}

static inline bool near(uint32_t a, uint32_t b, uint32_t span)
{
	uint32_t distance = seq_before(a, b) ? b - a : a - b;

	return distance <= (span > MISFIT_SPAN ? span : MISFIT_SPAN);
}
