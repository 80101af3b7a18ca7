/* events.c - from states to flow events, and the account of packets that wait for an answer. */
#include "flow/table.h"

static struct flow_event event_of(struct flow_table *t, struct flow *f, enum flow_event_kind kind, unsigned client)
{
	return (struct flow_event){
		.time_us = t->now_us,
		.seen_us = t->now_us,
		.client = *flow_address(f, client),
		.server = *flow_address(f, !client),
		.client_port = flow_port(f, client),
		.server_port = flow_port(f, !client),
		.kind = (uint8_t)kind,
		.proto = f->key.proto,
		.vector = f->vector,
		.path = f->confirmed ? PATH_CONFIRMED : PATH_SPOOFABLE,
		.answer = f->answer,
		.service = f->proto.service,
		.midstream = f->midstream,
		.icmp_type = f->icmp_type,
		.sequence = f->sequence++,
	};
}

static void emit(struct flow_table *t, const struct flow_event *event)
{
	if (t->config.events.emit != NULL)
		t->config.events.emit(t->config.events.context, event);
}

static uint32_t packets_of(const struct packet *p)
{
	return p->fragments > 1 ? p->fragments : 1;
}

uint64_t events_packet_bytes(const struct packet *p)
{
	uint64_t more_headers = (uint64_t)(packets_of(p) - 1) * p->ip_payload_off;

	if (p->payload == NULL || p->l3 == NULL)
		return p->l3_len + more_headers;
	return (uint64_t)(p->payload - p->l3) + p->payload_wire_len + more_headers;
}

void events_wait(struct flow_table *t, struct flow *f, const struct packet *p)
{
	if (f->waiting_packets == 0)
		timers_set(t, f, f->judged ? TIMER_REPEAT : TIMER_ANSWER, t->now_us);
	f->waiting_packets += packets_of(p);
	f->waiting_bytes += events_packet_bytes(p);
	if (__builtin_add_overflow(f->waiting_payload, p->payload_wire_len, &f->waiting_payload))
		f->waiting_payload = UINT32_MAX;
}

static void forget_waiting(struct flow_table *t, struct flow *f)
{
	timers_clear(t, f, SLOT_DEADLINE);
	f->waiting_packets = 0;
	f->waiting_bytes = 0;
	f->waiting_payload = 0;
}

void events_unanswered(struct flow_table *t, struct flow *f, bool cut)
{
	struct flow_event e = event_of(t, f, FLOW_EVENT_UNANSWERED, f->asker);

	check_hot(f->waiting_packets > 0);
	e.time_us = f->timer[SLOT_DEADLINE].start_us;
	e.packets = f->waiting_packets;
	e.bytes = f->waiting_bytes;
	e.payload_mean = (uint16_t)(f->waiting_payload / f->waiting_packets);
	e.repeated = f->judged;
	e.cut = cut;
	f->judged = true;
	forget_waiting(t, f);
	emit(t, &e);
}

void events_refused(struct flow_table *t, struct flow *f, enum answer answer)
{
	f->answer = (uint8_t)answer;
	if (!f->judged && f->waiting_packets > 0)
		events_unanswered(t, f, false);
}

void events_answered(struct flow_table *t, struct flow *f)
{
	forget_waiting(t, f);
	f->phase = PHASE_OPEN;
	f->answer = ANSWER_DATA;
	if (f->asker != FLOW_CLIENT) {
		f->total_packets = 0;
		f->total_bytes = 0;
	}
}

void events_confirmed(struct flow_table *t, struct flow *f)
{
	struct flow_event e;

	f->confirmed = true;
	f->confirmed_us = t->now_us;
	t->counters.confirmed++;
	e = event_of(t, f, FLOW_EVENT_CONFIRMED, FLOW_CLIENT);
	e.packets = f->total_packets;
	e.bytes = f->total_bytes;
	emit(t, &e);
}

void events_no_request(struct flow_table *t, struct flow *f, enum vector vector, enum answer answer, int64_t since_us,
                       bool cut)
{
	struct flow_event e;

	if (f->told)
		return;
	f->told = true;
	e = event_of(t, f, FLOW_EVENT_NO_REQUEST, FLOW_CLIENT);
	e.time_us = since_us;
	e.vector = (uint8_t)vector;
	e.answer = (uint8_t)answer;
	e.packets = f->total_packets;
	e.bytes = f->total_bytes;
	e.cut = cut;
	emit(t, &e);
}

void events_end(struct flow_table *t, struct flow *f)
{
	struct flow_event e = event_of(t, f, FLOW_EVENT_END, f->phase == PHASE_ASKING ? f->asker : FLOW_CLIENT);

	e.packets = f->total_packets;
	e.bytes = f->total_bytes;
	emit(t, &e);
}

void events_stray_error(struct flow_table *t, const struct packet *p)
{
	uint64_t bytes = events_packet_bytes(p);
	struct flow_event e = {
		.time_us = t->now_us,
		.seen_us = t->now_us,
		.client = p->src,
		.server = p->dst,
		.payload_mean = (uint16_t)p->payload_wire_len,
		.kind = FLOW_EVENT_UNANSWERED,
		.proto = p->proto,
		.vector = VECTOR_ICMP,
		.icmp_type = p->icmp_type,
		.packets = packets_of(p),
		.bytes = bytes,
		/* There is no flow to count in: errors of one microsecond and pair are told apart by what they are. */
		.sequence = (uint32_t)(bytes << 8) | p->icmp_type,
	};

	t->counters.quotes_unknown++;
	emit(t, &e);
}
