/* nothing.c - connections that come to nothing: no request in time, or a client that does not read. */
#include "flow/tcp.h"

static enum vector vector_of(const struct flow *f)
{
	const struct flow_side *client = &f->side[FLOW_CLIENT];

	if (f->shut)
		return VECTOR_HTTP_SLOW;
	if (f->proto.tls && !f->proto.asked)
		return VECTOR_TLS_HANDSHAKE;
	return client->sent - client->first > 1u + client->finished ? VECTOR_HTTP_SLOW : VECTOR_TCP_CONNECTION;
}

/* A confirmed connection whose whole life we saw had no request answered. */
void nothing_report(struct flow_table *t, struct flow *f, bool reset, bool cut)
{
	enum answer answer = reset ? ANSWER_RST : f->proto.refused ? ANSWER_ERROR : ANSWER_NONE;

	if (f->confirmed && !f->midstream && f->proto.requests == 0)
		events_no_request(t, f, vector_of(f), answer, f->confirmed_us, cut);
}

void nothing_request_timeout(struct flow_table *t, struct flow *f)
{
	timers_clear(t, f, SLOT_DEADLINE);
	nothing_report(t, f, false, false);
	if (f->shut && !f->told)
		timers_set(t, f, TIMER_SHUT, t->now_us);
}

void nothing_shut_timeout(struct flow_table *t, struct flow *f)
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
void nothing_watch_window(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
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
