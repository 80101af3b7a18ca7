/* tcp.c - who opened, who answered, whose path is confirmed, when it is over.
 *
 * Nothing here follows RFC 9293's state diagram: a sensor needs to know what a packet proves. A segment proves something
 * when its sequence and its acknowledgement fit what the other side was seen to say (RFC 5961); until the path is
 * confirmed a flow picked up mid-stream has said nothing that could be trusted, and starts over where it does not fit. */
#include "flow/table.h"

enum { WINDOW_SCALE_UNKNOWN = 8, WINDOW_SCALE_MAX = 14, UNSEEN_SPAN = 1 << 20, MISFIT_SPAN = 1 << 16 };

static bool is_syn(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

static bool is_synack(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == (TCP_SYN | TCP_ACK);
}

static bool is_rst(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_RST)) == TCP_RST;
}

/* An ACK with or without data and FIN: all that an open connection consists of. */
static bool is_segment(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK;
}

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

/* What a segment takes of the sequence space. */
static uint32_t segment_len(const struct packet *p)
{
	return p->payload_wire_len + ((p->tcp_flags & TCP_FIN) != 0) + ((p->tcp_flags & TCP_SYN) != 0);
}

static uint8_t scale_of(const struct packet *p)
{
	if (p->window_scale == 0xff)
		return 0;
	return p->window_scale < WINDOW_SCALE_MAX ? p->window_scale : WINDOW_SCALE_MAX;
}

/* A side acknowledges up to ack and offers window bytes behind it. */
static void offer(struct flow_side *s, uint32_t ack, uint32_t window)
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

static bool seq_fits(const struct flow_side *me, const struct flow_side *peer, const struct packet *p)
{
	uint32_t end = p->seq + segment_len(p);

	if (peer->offered)
		return !seq_after(p->seq, peer->edge) && !seq_before(end, peer->acked - peer->span - 1);
	if (!me->seen)
		return true;
	return !seq_after(p->seq, me->sent + UNSEEN_SPAN) && !seq_before(end, me->next - UNSEEN_SPAN);
}

static bool ack_fits(const struct flow_side *me, const struct flow_side *peer, uint32_t ack)
{
	uint32_t top = peer->sent;

	if (me->offered && seq_before(ack, me->acked - me->span - 1))
		return false;
	if (!peer->seen)
		return !me->offered || !seq_after(ack, me->acked + UNSEEN_SPAN);
	/* What it acknowledges beyond all we saw was lost to us, as long as it had allowed it to be sent. */
	if (me->offered && seq_after(me->edge, top))
		top = me->edge;
	return !seq_after(ack, top);
}

/* Where a RST must stand exactly (RFC 5961 3.2): at the next byte its receiver expects, as far as it can be known. */
static bool rst_fits(const struct flow_side *me, const struct flow_side *peer, const struct packet *p)
{
	return (me->seen && (p->seq == me->next || p->seq == me->sent)) || (peer->offered && p->seq == peer->acked);
}

/* A RST that answers what the peer sent (RFC 9293 3.10.7.1): with ACK it acknowledges all of it, without it stands where
 * the peer acknowledged. */
static bool refusal_fits(const struct flow_side *peer, const struct packet *p)
{
	if ((p->tcp_flags & TCP_ACK) != 0)
		return !seq_before(p->ack, peer->first) && !seq_after(p->ack, peer->sent);
	return peer->offered && p->seq == peer->acked;
}

/* Mid-stream: begin to look at this side here. */
static void pick_up(struct flow_table *t, struct flow *f, unsigned side, const struct packet *p)
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
static void take_syn(struct flow_side *s, const struct packet *p)
{
	s->seen = true;
	s->first = p->seq;
	s->next = p->seq + 1;
	s->sent = p->seq + segment_len(p);
	s->span = p->window;
	s->scale = scale_of(p);
}

/* Which end of a connection picked up mid-stream looks like the client. */
static bool sender_is_client(const struct packet *p)
{
	if (is_syn(p))
		return true;
	return !is_synack(p) && p->src_port >= p->dst_port;
}

static bool tcp_segment(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);

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
		take_syn(&f->side[side], p);
		return;
	}
	pick_up(t, f, side, p);
	if (is_segment(p))
		(void)tcp_segment(t, f, p, side);
}

/* ---- the end */

static enum vector nothing_vector(const struct flow *f)
{
	const struct flow_side *client = &f->side[FLOW_CLIENT];

	if (f->shut)
		return VECTOR_HTTP_SLOW;
	if (f->proto.tls)
		return VECTOR_TLS_HANDSHAKE;
	return client->sent - client->first > 1u + client->finished ? VECTOR_HTTP_SLOW : VECTOR_TCP_CONNECTION;
}

/* A confirmed connection whose whole life we saw had no request answered. */
static void report_nothing(struct flow_table *t, struct flow *f, bool reset, bool cut)
{
	enum answer answer = reset ? ANSWER_RST : f->proto.refused ? ANSWER_ERROR : ANSWER_NONE;

	if (f->confirmed && !f->midstream && f->proto.requests == 0)
		events_no_request(t, f, nothing_vector(f), answer, f->confirmed_us, cut);
}

void tcp_leave(struct flow_table *t, struct flow *f)
{
	bool cut = f->timer_kind[SLOT_DEADLINE] == TIMER_REQUEST;

	stream_close(t, f);
	if (f->phase == PHASE_OPEN)
		report_nothing(t, f, false, cut);
}

static void tcp_close(struct flow_table *t, struct flow *f, bool reset)
{
	stream_close(t, f);
	if (f->phase == PHASE_OPEN)
		report_nothing(t, f, reset, false);
	f->phase = PHASE_CLOSED;
	f->last_us = t->now_us;
	timers_clear(t, f, SLOT_DEADLINE);
	timers_set(t, f, TIMER_CLOSED, t->now_us);
}

void tcp_request_timeout(struct flow_table *t, struct flow *f)
{
	timers_clear(t, f, SLOT_DEADLINE);
	report_nothing(t, f, false, false);
	if (f->shut && !f->told)
		timers_set(t, f, TIMER_SHUT, t->now_us);
}

/* ---- a client that does not read */

void tcp_shut_timeout(struct flow_table *t, struct flow *f)
{
	int64_t since_us = f->timer[SLOT_DEADLINE].start_us;

	timers_clear(t, f, SLOT_DEADLINE);
	if (f->wanted)
		events_no_request(t, f, VECTOR_HTTP_SLOW, ANSWER_NONE, since_us, false);
	else
		timers_set(t, f, TIMER_SHUT, t->now_us);
}

static void window_shut(struct flow_table *t, struct flow *f)
{
	f->shut = true;
	/* While no request was answered that timer is running, and says the same. */
	if (f->timer_kind[SLOT_DEADLINE] != TIMER_REQUEST || f->proto.requests > 0)
		timers_set(t, f, TIMER_SHUT, t->now_us);
}

static void window_opened(struct flow_table *t, struct flow *f)
{
	f->shut = f->wanted = false;
	if (f->timer_kind[SLOT_DEADLINE] == TIMER_SHUT)
		timers_clear(t, f, SLOT_DEADLINE);
}

/* The server has data to send when some is not acknowledged, and when it probes the window: with a byte, or with a
 * segment before its next byte. */
static void watch_window(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	const struct flow_side *server = &f->side[FLOW_SERVER];

	if (side == FLOW_SERVER) {
		f->wanted |= f->shut && (p->payload_wire_len > 0 || p->seq == server->sent - 1);
		return;
	}
	if (p->window != 0 && f->shut)
		window_opened(t, f);
	else if (p->window == 0 && !f->shut && f->confirmed && !f->told)
		window_shut(t, f);
	f->wanted |= f->shut && seq_after(server->sent, p->ack);
}

/* ---- an open connection */

static void confirm(struct flow_table *t, struct flow *f)
{
	events_confirmed(t, f);
	if (!f->midstream)
		timers_set(t, f, TIMER_REQUEST, t->now_us);
}

/* Did the client acknowledge something that only the server's packets told it? */
static bool proves_path(const struct flow *f, const struct packet *p)
{
	const struct flow_side *server = &f->side[FLOW_SERVER];

	return server->seen && seq_after(p->ack, server->first) && !seq_after(p->ack, server->sent);
}

static void count_client(struct flow *f, const struct packet *p)
{
	f->total_packets++;
	f->total_bytes += events_packet_bytes(p);
}

static bool near(uint32_t a, uint32_t b, uint32_t span)
{
	uint32_t distance = seq_before(a, b) ? b - a : a - b;

	return distance <= (span > MISFIT_SPAN ? span : MISFIT_SPAN);
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
static bool tcp_segment(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	struct flow_side *me = &f->side[side], *peer = &f->side[!side];

	if (!seq_fits(me, peer, p) || !ack_fits(me, peer, p->ack)) {
		if (!f->confirmed && f->answer != ANSWER_SYNACK) {
			pick_up(t, f, side, p);
		} else if (!both_moved_on(t, f, p, side)) {
			t->counters.out_of_window++;
			return false;
		}
	} else if (!me->seen) {
		pick_up(t, f, side, p);
	}
	f->last_us = t->now_us;
	if (!f->confirmed && side == FLOW_CLIENT && f->phase == PHASE_OPEN && proves_path(f, p))
		confirm(t, f);
	offer(me, p->ack, (uint32_t)p->window << me->scale);
	stream_acked(t, f, !side, p->ack);
	if (f->confirmed)
		watch_window(t, f, p, side);
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

static bool tcp_open(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
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
			count_client(f, p);
		if (me->ended && peer->ended)
			tcp_close(t, f, false);
	}
	return false;
}

/* ---- a handshake */

static void open_up(struct flow_table *t, struct flow *f)
{
	events_answered(t, f);
	f->syn_waiting = f->other_first = false;
	timers_set(t, f, TIMER_TCP, t->now_us);
}

/* SYN again: the same one, or the client tries anew. Which of them the server means its SYN-ACK says. */
static void opening_syn(struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT];
	uint32_t first = client->first;

	if (f->answer == ANSWER_SYNACK) {
		f->syn_waiting |= p->seq != first;
		if (p->seq != first)
			f->syn_seq = p->seq;
		f->other_first &= !f->syn_waiting;
		return;
	}
	take_syn(client, p);
	if (f->answer == ANSWER_NONE)
		client->first = first;
}

/* Which of the client's SYNs a SYN-ACK accepts; fast_open: with the data it carried. */
static bool synack_accepts(const struct flow *f, const struct packet *p, uint32_t *ret_first)
{
	const struct flow_side *client = &f->side[FLOW_CLIENT];

	if (f->answer == ANSWER_SYNACK) {
		*ret_first = f->syn_seq;
		return f->syn_waiting && p->ack == f->syn_seq + 1;
	}
	*ret_first = p->ack == client->first + 1 ? client->first : client->next - 1;
	return p->ack == client->first + 1 || (!seq_before(p->ack, client->next) && !seq_after(p->ack, client->sent));
}

/* The server's initial sequence number. SYN cookies may change between two SYN-ACKs: the client may take either. */
static void opening_synack(struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];
	uint32_t first;

	if (synack_accepts(f, p, &first)) {
		f->answer = ANSWER_SYNACK;
		f->syn_waiting = false;
		client->first = first;
		client->gap = p->ack != first + 1; /* Fast Open: it accepts data that we do not read */
		client->next = client->sent = p->ack;
		client->scale = p->window_scale == 0xff ? 0 : client->scale;
		take_syn(server, p);
		client->offered = server->offered = false;
		offer(server, p->ack, p->window);
		offer(client, server->next, client->span);
	} else if (f->answer == ANSWER_SYNACK && p->seq != server->first && p->ack == client->next) {
		f->other_first = true;
		f->syn_waiting = false;
		f->syn_seq = p->seq;
	}
}

/* A SYN of the server: both open at once, or it splits the handshake. The client's ACK proves the path all the same. */
static void opening_split(struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];

	if (server->seen)
		return;
	take_syn(server, p);
	client->scale = p->window_scale == 0xff ? 0 : client->scale;
	offer(server, client->first + 1, p->window);
	offer(client, server->next, client->span);
}

static void other_synack(struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];

	if (!f->other_first || p->ack != f->syn_seq + 1)
		return;
	server->first = f->syn_seq;
	server->next = server->sent = f->syn_seq + 1;
	client->offered = false;
	offer(client, server->next, client->span);
}

/* The client acknowledges: the handshake's end, if it fits. */
static void opening_ack(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];
	bool synack = is_synack(p);

	other_synack(f, p);
	if (!proves_path(f, p) || (synack ? p->seq != client->first : !seq_fits(client, server, p))) {
		t->counters.out_of_window++;
		return;
	}
	open_up(t, f);
	confirm(t, f);
	if (!synack)
		(void)tcp_segment(t, f, p, FLOW_CLIENT);
}

/* The half-open handshake is over without an ACK: what a SYN scan leaves. */
static void opening_aborted(struct flow_table *t, struct flow *f)
{
	if (f->waiting_packets > 0)
		events_unanswered(t, f, false);
	tcp_close(t, f, false);
}

static void opening_client(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];

	f->last_us = t->now_us;
	count_client(f, p);
	if (is_rst(p) && f->answer == ANSWER_SYNACK) {
		if (rst_fits(client, server, p))
			opening_aborted(t, f);
		else
			t->counters.resets_ignored++;
		return;
	}
	events_wait(t, f, p);
	if (is_syn(p))
		opening_syn(f, p);
	else if (is_segment(p) || is_synack(p))
		opening_ack(t, f, p);
}

static void opening_server(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];

	if (is_rst(p)) {
		if (f->answer == ANSWER_SYNACK ? !rst_fits(server, client, p) : !refusal_fits(client, p))
			t->counters.resets_ignored++;
		else if (f->answer == ANSWER_SYNACK)
			opening_aborted(t, f);
		else
			events_refused(t, f, ANSWER_RST);
		return;
	}
	if (is_synack(p))
		opening_synack(f, p);
	else if (is_syn(p))
		opening_split(f, p);
	else if (is_segment(p) && f->answer == ANSWER_SYNACK)
		(void)tcp_segment(t, f, p, FLOW_SERVER);
	else if (is_segment(p) && !server->seen && seq_after(p->ack, client->first) &&
	         !seq_after(p->ack, client->sent)) {
		/* We missed the SYN-ACK: the server talks on an open connection. */
		open_up(t, f);
		(void)tcp_segment(t, f, p, FLOW_SERVER);
	}
}

/* ---- packets that belong to nothing known */

/* The capture shows the SYN-ACK before its SYN: all is well. */
static void swapped_syn(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT];

	events_answered(t, f);
	f->phase = PHASE_ASKING;
	f->vector = VECTOR_TCP_SYN;
	f->answer = ANSWER_SYNACK;
	f->asker = FLOW_CLIENT;
	f->midstream = false;
	f->judged = false;
	take_syn(client, p);
	offer(client, f->side[FLOW_SERVER].next, client->span);
	count_client(f, p);
	events_wait(t, f, p);
}

static bool stray_answer(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	if (is_rst(p)) {
		if (refusal_fits(&f->side[!side], p))
			events_refused(t, f, ANSWER_RST);
		else
			t->counters.resets_ignored++;
		return false;
	}
	if (is_syn(p) && f->vector == VECTOR_TCP_SYNACK && p->seq + 1 == f->side[!side].acked) {
		swapped_syn(t, f, p);
		return false;
	}
	if (is_syn(p)) {
		events_answered(t, f);
		return true;
	}
	if (!is_segment(p) && !is_synack(p))
		return false;
	/* A SYN-ACK we did not see the SYN of, and now its ACK: all of the connection that matters was seen. */
	if (f->vector == VECTOR_TCP_SYNACK && side == FLOW_CLIENT && proves_path(f, p))
		f->midstream = false;
	open_up(t, f);
	return tcp_open(t, f, p, side);
}

static bool stray_more(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	if (is_syn(p))
		return true;
	f->last_us = t->now_us;
	count_client(f, p);
	events_wait(t, f, p);
	if (is_segment(p))
		(void)tcp_segment(t, f, p, side);
	else
		pick_up(t, f, side, p);
	return false;
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
			opening_server(t, f, p);
		else
			opening_client(t, f, p);
		return false;
	}
	return side == f->asker ? stray_more(t, f, p, side) : stray_answer(t, f, p, side);
}
