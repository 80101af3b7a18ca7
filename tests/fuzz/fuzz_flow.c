/* Any packets, 12 bytes of input each, through a table of a few places: every flow ends once, every event keeps its
 * promises about time, and the table's invariants hold after every packet. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "flow/flow_table.h"

enum { RECORD = 12 };

static uint64_t ends;

static void on_event(void *context, const struct flow_event *e)
{
	int64_t *last_us = context;

	check(e->kind < FLOW_EVENT_KIND_COUNT && e->vector < VECTOR_COUNT && e->answer < ANSWER_COUNT);
	check(e->seen_us >= e->time_us && e->seen_us - e->time_us <= FLOW_LATENESS_US);
	check(e->seen_us >= *last_us);
	check(e->kind != FLOW_EVENT_UNANSWERED || (e->packets > 0 && e->path == PATH_SPOOFABLE));
	check(e->kind != FLOW_EVENT_CONFIRMED || e->path == PATH_CONFIRMED);
	check(e->kind != FLOW_EVENT_NO_REQUEST || e->path == PATH_CONFIRMED);
	*last_us = e->seen_us;
	ends += e->kind == FLOW_EVENT_END;
}

static void on_data(void *context, const struct stream_event *e)
{
	uint8_t sum = 0;

	(void)context;
	check(e->len > 0 && e->side <= FLOW_SERVER);
	for (uint32_t i = 0; i < e->len; i++)
		sum ^= e->data[i];
	e->state->requests += sum == 0;
	e->state->done |= sum == 255;
	e->state->tls |= sum == 254;
}

static void on_close(void *context, const struct stream_event *e)
{
	(void)context;
	check(e->data == NULL);
}

static struct packet packet_from(const uint8_t *b, uint8_t *payload, int64_t now_us)
{
	static const uint8_t protos[] = { PROTO_TCP, PROTO_TCP, PROTO_TCP,  PROTO_TCP,
		                          PROTO_TCP, PROTO_UDP, PROTO_ICMP, 47 };
	uint32_t len = b[6] % 32;
	struct packet p = {
		.frame = { .time_us = now_us },
		.ip = (b[0] & 0x80) == 0 || (b[1] & 0x80) == 0,
		.proto = protos[b[0] & 7],
		.src = { { [15] = b[1] & 1 } },
		.dst = { { [15] = (b[1] >> 1) & 1 } },
		.src_port = (b[1] >> 2) & 3,
		.dst_port = (b[1] >> 4) & 3,
		.tcp_flags = b[2],
		.icmp_type = b[2],
		.seq = (uint32_t)(int8_t)b[3] * ((b[0] & 8) != 0 ? 1u : 100u),
		.ack = (uint32_t)(int8_t)b[4] * ((b[0] & 16) != 0 ? 1u : 100u),
		.window = (uint16_t)(b[5] * 10),
		.window_scale = (b[0] & 32) != 0 ? b[5] : 0xff,
		.l3 = payload,
		.payload = payload,
		.payload_len = len,
		.payload_wire_len = len + (b[7] % 8 == 0 ? b[7] : 0),
		.fragments = b[7] == 1 ? 3 : 0,
		.fragment = b[7] == 2,
	};

	memset(payload, b[8], len);
	p.quote.present = p.proto == PROTO_ICMP && (b[9] & 1) != 0;
	p.quote = p.quote.present
	                  ? (struct packet_quote){ true, protos[b[9] >> 5], p.dst, p.src, p.dst_port, p.src_port }
	                  : p.quote;
	return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t now_us = 0, last_us = 0;
	struct flow_table_config config = {
		.flows = 1 + (size > 0 ? data[0] % 8 : 0),
		.reassembly_bytes = 8 * FLOW_BLOCK_BYTES,
		.events = { on_event, &last_us },
		.streams = { on_data, on_close, NULL },
	};
	struct flow_table *t = NULL;

	ends = 0;
	check(flow_table_new(&config, &t) == 0);
	for (; size >= RECORD; data += RECORD, size -= RECORD) {
		uint8_t *payload = malloc(32);
		check(payload != NULL);
		now_us += (int64_t)data[10] * data[10] * data[11] * 1000;
		struct packet p = packet_from(data, payload, now_us);
		flow_table_packet(t, &p);
		free(payload);
		flow_table_check(t);
	}
	flow_table_finish(t);
	flow_table_check(t);
	check(flow_table_used(t) == 0 && ends == flow_table_counters(t)->flows);
	flow_table_free(t);
	return 0;
}
