/* stray.c - packets that belong to nothing known: probes, backscatter, and connections older than the capture. */
#include "flow/tcp.h"

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
	tcp_take_syn(client, p);
	offer(client, f->side[FLOW_SERVER].next, client->span);
	tcp_count_client(f, p);
	events_wait(t, f, p);
}

bool stray_answer(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
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
	tcp_open_up(t, f);
	return tcp_open(t, f, p, side);
}

bool stray_more(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	if (is_syn(p))
		return true;
	f->last_us = t->now_us;
	tcp_count_client(f, p);
	events_wait(t, f, p);
	if (is_segment(p))
		(void)tcp_segment(t, f, p, side);
	else
		tcp_pick_up(t, f, side, p);
	return false;
}
