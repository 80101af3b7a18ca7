/* datagram.c - UDP, ICMP and all other protocols: asked, answered, asked again. */
#include "flow/table.h"

enum { ICMP_UNREACHABLE = 3, ICMP_FRAGMENTATION_NEEDED = 4, ICMPV6_UNREACHABLE = 1 };
static const int64_t answer_holds_us = INT64_C(60000000);

static enum vector vector_of(const struct packet *p)
{
	if (p->fragment || p->fragments > 0)
		return VECTOR_FRAGMENT;
	if (p->proto == PROTO_UDP)
		return VECTOR_UDP;
	return p->proto == PROTO_ICMP || p->proto == PROTO_ICMPV6 ? VECTOR_ICMP : VECTOR_OTHER_IP;
}

static void count_client(struct flow *f, const struct packet *p)
{
	f->total_packets += p->fragments > 1 ? p->fragments : 1;
	f->total_bytes += events_packet_bytes(p);
}

void datagram_start(struct flow_table *t, struct flow *f, const struct packet *p, bool src_low)
{
	f->client_low = src_low;
	f->asker = FLOW_CLIENT;
	f->vector = (uint8_t)vector_of(p);
	f->icmp_type = p->icmp_type;
	count_client(f, p);
	events_wait(t, f, p);
}

/* The answers ceased: what is asked from now on is unanswered until proved otherwise. */
static void ask_again(struct flow_table *t, struct flow *f)
{
	f->phase = PHASE_ASKING;
	f->answer = ANSWER_NONE;
	f->judged = false;
	timers_set(t, f, TIMER_UNANSWERED, t->now_us);
}

static void from_client(struct flow_table *t, struct flow *f, const struct packet *p)
{
	count_client(f, p);
	if (f->phase == PHASE_OPEN && t->now_us - f->answered_us >= answer_holds_us)
		ask_again(t, f);
	if (f->phase == PHASE_ASKING)
		events_wait(t, f, p);
}

static void from_server(struct flow_table *t, struct flow *f)
{
	f->answered_us = t->now_us;
	if (f->phase != PHASE_ASKING)
		return;
	events_answered(t, f);
	timers_set(t, f, f->key.proto == PROTO_UDP ? TIMER_UDP : TIMER_OTHER, t->now_us);
}

void datagram_continue(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	f->last_us = t->now_us;
	if (side == FLOW_CLIENT)
		from_client(t, f, p);
	else
		from_server(t, f);
}

static bool says_unreachable(const struct packet *p)
{
	if (p->proto == PROTO_ICMPV6)
		return p->icmp_type == ICMPV6_UNREACHABLE;
	return p->icmp_type == ICMP_UNREACHABLE && p->icmp_code != ICMP_FRAGMENTATION_NEEDED;
}

void datagram_quoted(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side)
{
	bool waits = f->phase == PHASE_ASKING && f->answer != ANSWER_SYNACK && side == f->asker;

	if (waits && says_unreachable(p) && address_equal(&p->dst, &p->quote.src))
		events_refused(t, f, ANSWER_UNREACHABLE);
	else
		t->counters.quotes_ignored++;
}
