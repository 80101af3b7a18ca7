/* tcp.c - who opened, who answered, whose path is confirmed, when it is over.
 *
 * Nothing here follows RFC 9293's state diagram: a sensor needs to know what a packet proves. A segment proves something
 * when its sequence and its acknowledgement fit what the other side was seen to say (RFC 5961); until the path is
 * confirmed a flow picked up mid-stream has said nothing that could be trusted, and starts over where it does not fit. */
#include "flow/tcp.h"

static enum vector vector_of(const struct packet *p)
{
	if (is_syn(p))
		return VECTOR_TCP_SYN;
	if (is_synack(p))
		return VECTOR_TCP_SYNACK;
	if (is_rst(p) && (p->tcp_flags & TCP_FIN) == 0)
		return VECTOR_TCP_RST;
	return is_segment(p) ? VECTOR_TCP_ACK : VECTOR_TCP_ODD;
}

/* Which end of a connection picked up mid-stream looks like the client. */
static bool sender_is_client(const struct packet *p)
{
	if (is_syn(p))
		return true;
	return !is_synack(p) && p->src_port >= p->dst_port;
}

/* Mid-stream: begin to look at this side here. */
void tcp_pick_up(struct flow_table *t, struct flow *f, unsigned side, const struct packet *p)
{
	struct flow_side *s = &f->side[side];

	stream_restart(t, f, side, p->seq);
	if (!is_segment(p)) /* those are accounted with their stream */
		s->sent = p->seq + segment_len(p);
	s->offered = false;
	s->span = 0;
	s->scale = is_synack(p) ? scale_of(p) : WINDOW_SCALE_UNKNOWN;
	if ((p->tcp_flags & TCP_SYN) != 0)
		s->next++;
	if ((p->tcp_flags & TCP_ACK) != 0)
		offer(s, p->ack, (uint32_t)p->window << ((p->tcp_flags & TCP_SYN) != 0 ? 0 : s->scale));
}

/* The client's (or, where both open at once, the server's) first SYN. */
void tcp_take_syn(struct flow_side *s, const struct packet *p)
{
	s->seen = true;
	s->first = p->seq;
	s->next = p->seq + 1;
	s->sent = p->seq + segment_len(p);
	s->span = p->window;
	s->scale = scale_of(p);
}

void tcp_start(struct flow_table *t, struct flow *f, const struct packet *p, bool src_low)
{
	unsigned side = sender_is_client(p) ? FLOW_CLIENT : FLOW_SERVER;

	f->client_low = src_low == (side == FLOW_CLIENT);
	f->asker = side;
	f->vector = (uint8_t)vector_of(p);
	f->midstream = !is_syn(p);
	t->counters.midstream += f->midstream;
	f->total_packets = 1;
	f->total_bytes = events_packet_bytes(p);
	events_wait(t, f, p);
	if (is_syn(p)) {
		tcp_take_syn(&f->side[side], p);
		return;
	}
	tcp_pick_up(t, f, side, p);
	if (is_segment(p))
		(void)tcp_segment(t, f, p, side);
}

/* ---- an open connection */

void tcp_open_up(struct flow_table *t, struct flow *f)
{
	events_answered(t, f);
	f->syn_waiting = f->other_first = false;
	timers_set(t, f, TIMER_TCP, t->now_us);
}

void tcp_confirm(struct flow_table *t, struct flow *f)
{
	events_confirmed(t, f);
	if (!f->midstream)
		timers_set(t, f, TIMER_REQUEST, t->now_us);
}

void tcp_count_client(struct flow *f, const struct packet *p)
{
	f->total_packets++;
	f->total_bytes += events_packet_bytes(p);
}

/* Follow a side from here on. */
static void follow(struct flow_table *t, struct flow *f, unsigned side, uint32_t seq, uint32_t end, uint32_t ack)
{
	struct flow_side *s = &f->side[side];
	uint32_t first = s->first;

	stream_restart(t, f, side, seq);
	s->first = first;
	s->sent = end;
	s->acked = ack;
	s->edge = ack + s->span;
}

/* A segment does not fit. When the last segment of the other side did not, either, and the two agree, then more was lost
 * to us than a window: who forges one side only cannot make the other one agree. */
static bool both_moved_on(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	uint32_t end = p->seq + segment_len(p);
	bool agree = f->confirmed && f->misfit && f->misfit_side != side &&
	             near(p->seq, f->misfit_ack, f->side[!side].span) &&
	             near(p->ack, f->misfit_end, f->side[side].span);

	if (!agree) {
		f->misfit = true;
		f->misfit_side = side;
		f->misfit_end = end;
		f->misfit_ack = p->ack;
		return false;
	}
	f->misfit = false;
	follow(t, f, side, p->seq, p->seq, p->ack);
	follow(t, f, !side, p->ack, seq_after(f->misfit_end, p->ack) ? f->misfit_end : p->ack, f->misfit_ack);
	t->counters.followed++;
	return true;
}

/* A segment that may belong to the connection. Returns whether it does. */
bool tcp_segment(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	struct flow_side *me = &f->side[side], *peer = &f->side[!side];

	if (!seq_fits(me, peer, p) || !ack_fits(me, peer, p->ack)) {
		if (!f->confirmed && f->answer != ANSWER_SYNACK) {
			tcp_pick_up(t, f, side, p);
		} else if (!both_moved_on(t, f, p, side)) {
			t->counters.out_of_window++;
			return false;
		}
	} else if (!me->seen) {
		tcp_pick_up(t, f, side, p);
	}
	f->last_us = t->now_us;
	if (!f->confirmed && side == FLOW_CLIENT && f->phase == PHASE_OPEN && proves_path(f, p))
		tcp_confirm(t, f);
	offer(me, p->ack, (uint32_t)p->window << me->scale);
	stream_acked(t, f, !side, p->ack);
	if (f->confirmed)
		nothing_watch_window(t, f, p, side);
	stream_take(t, f, side, p);
	return true;
}

/* A SYN changes nothing on an open connection (RFC 5961 4), unless the other side accepts it: then the connection we knew
 * was over without our seeing it. */
static bool tcp_open_syn(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	if (is_synack(p))
		return f->syn_waiting && f->syn_side != side && p->ack == f->syn_seq + 1;
	t->counters.challenged++;
	f->syn_waiting = is_syn(p);
	f->syn_side = side;
	f->syn_seq = p->seq;
	return false;
}

bool tcp_open(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	struct flow_side *me = &f->side[side], *peer = &f->side[!side];

	if ((p->tcp_flags & TCP_SYN) != 0)
		return tcp_open_syn(t, f, p, side);
	if (is_rst(p)) {
		if (rst_fits(me, peer, p))
			tcp_close(t, f, side == FLOW_SERVER);
		else
			t->counters.resets_ignored++;
		return false;
	}
	if (!is_segment(p)) {
		t->counters.out_of_window++;
		return false;
	}
	if (tcp_segment(t, f, p, side)) {
		if (side == FLOW_CLIENT)
			tcp_count_client(f, p);
		if (me->ended && peer->ended)
			tcp_close(t, f, false);
	}
	return false;
}

/* ---- the end */

void tcp_leave(struct flow_table *t, struct flow *f)
{
	bool cut = f->timer_kind[SLOT_DEADLINE] == TIMER_REQUEST;

	stream_close(t, f);
	if (f->phase == PHASE_OPEN)
		nothing_report(t, f, false, cut);
}

void tcp_close(struct flow_table *t, struct flow *f, bool reset)
{
	stream_close(t, f);
	if (f->phase == PHASE_OPEN)
		nothing_report(t, f, reset, false);
	f->phase = PHASE_CLOSED;
	f->last_us = t->now_us;
	timers_clear(t, f, SLOT_DEADLINE);
	timers_set(t, f, TIMER_CLOSED, t->now_us);
}

bool tcp_continue(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	if (f->phase == PHASE_OPEN)
		return tcp_open(t, f, p, side);
	if (f->phase == PHASE_CLOSED) {
		t->counters.after_close += !is_syn(p);
		return is_syn(p);
	}
	if (f->vector == VECTOR_TCP_SYN) {
		if (side == FLOW_SERVER)
			handshake_server(t, f, p);
		else
			handshake_client(t, f, p);
		return false;
	}
	return side == f->asker ? stray_more(t, f, p, side) : stray_answer(t, f, p, side);
}
