/* handshake.c - from the client's SYN to the ACK that proves its path, in every way two stacks get there: tried again, with
 * cookies, both at once, split, with data. */
#include "flow/tcp.h"

/* SYN again: the same one, or the client tries anew. Which of them the server means its SYN-ACK says. */
static void take_client_syn(struct flow *f, const struct packet *p)
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
	tcp_take_syn(client, p);
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
static void take_synack(struct flow *f, const struct packet *p)
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
		tcp_take_syn(server, p);
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
static void take_server_syn(struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];

	if (server->seen)
		return;
	tcp_take_syn(server, p);
	client->scale = p->window_scale == 0xff ? 0 : client->scale;
	offer(server, client->first + 1, p->window);
	offer(client, server->next, client->span);
}

static void take_other_synack(struct flow *f, const struct packet *p)
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
static void take_ack(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];
	bool synack = is_synack(p);

	take_other_synack(f, p);
	if (!proves_path(f, p) || (synack ? p->seq != client->first : !seq_fits(client, server, p))) {
		t->counters.out_of_window++;
		return;
	}
	tcp_open_up(t, f);
	tcp_confirm(t, f);
	if (!synack)
		(void)tcp_segment(t, f, p, FLOW_CLIENT);
}

/* The half-open handshake is over without an ACK: what a SYN scan leaves. */
static void aborted(struct flow_table *t, struct flow *f)
{
	if (f->waiting_packets > 0)
		events_unanswered(t, f, false);
	tcp_close(t, f, false);
}

void handshake_client(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];

	f->last_us = t->now_us;
	tcp_count_client(f, p);
	if (is_rst(p) && f->answer == ANSWER_SYNACK) {
		if (rst_fits(client, server, p))
			aborted(t, f);
		else
			t->counters.resets_ignored++;
		return;
	}
	events_wait(t, f, p);
	if (is_syn(p))
		take_client_syn(f, p);
	else if (is_segment(p) || is_synack(p))
		take_ack(t, f, p);
}

void handshake_server(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_side *client = &f->side[FLOW_CLIENT], *server = &f->side[FLOW_SERVER];

	if (is_rst(p)) {
		if (f->answer == ANSWER_SYNACK ? !rst_fits(server, client, p) : !refusal_fits(client, p))
			t->counters.resets_ignored++;
		else if (f->answer == ANSWER_SYNACK)
			aborted(t, f);
		else
			events_refused(t, f, ANSWER_RST);
		return;
	}
	if (is_synack(p))
		take_synack(f, p);
	else if (is_syn(p))
		take_server_syn(f, p);
	else if (is_segment(p) && f->answer == ANSWER_SYNACK)
		(void)tcp_segment(t, f, p, FLOW_SERVER);
	else if (is_segment(p) && !server->seen && seq_after(p->ack, client->first) &&
	         !seq_after(p->ack, client->sent)) {
		/* We missed the SYN-ACK: the server talks on an open connection. */
		tcp_open_up(t, f);
		(void)tcp_segment(t, f, p, FLOW_SERVER);
	}
}
