/* Any conversation, cut two ways: never a crash, the same events, the same state.
 *
 * Input: two bytes of port, one of flags (1 mid-stream, 2 UDP), then pieces of { side, gap and time; length; bytes }. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "model/packet.h"
#include "proto/proto.h"

struct telling {
	uint64_t hash;
	uint32_t events;
	struct proto_state state;
};

static void emit(void *context, const struct flow_event *e)
{
	struct telling *t = context;
	uint64_t what = (uint64_t)e->time_us * 31 + (uint64_t)e->seen_us * 7 + e->kind * 5u + e->accepted * 3u +
	                e->answer * 2u + e->service;

	check(e->sequence == t->events && e->path == PATH_CONFIRMED);
	check(e->time_us <= e->seen_us && e->seen_us - e->time_us <= FLOW_LATENESS_US);
	t->hash = t->hash * 1099511628211u + what;
	t->events++;
}

static void feed(const struct proto *proto, struct stream_event *e, const uint8_t *data, uint32_t len, uint32_t piece)
{
	for (uint32_t at = 0; at < len; at += piece) {
		e->len = piece < len - at ? piece : len - at;
		uint8_t *copy = malloc(e->len);
		check(copy != NULL);
		memcpy(copy, data + at, e->len);
		e->data = copy;
		proto_data((void *)(uintptr_t)proto, e);
		e->gap = false;
		free(copy);
	}
}

static void play(const uint8_t *data, size_t size, uint32_t piece, struct telling *t)
{
	static const struct flow_key key;
	struct proto proto = { { emit, t } };
	uint32_t sequence = 0;
	struct stream_event e = { .key = &key,
		                  .server_port = (uint16_t)(data[0] << 8 | data[1]),
		                  .midstream = data[2] & 1,
		                  .proto = data[2] & 2 ? PROTO_UDP : PROTO_TCP,
		                  .confirmed_us = 1,
		                  .sequence = &sequence,
		                  .state = &t->state };

	*t = (struct telling){ 0 };
	for (size_t at = 3; at + 2 <= size;) {
		uint32_t len = data[at + 1];
		len = len < size - at - 2 ? len : (uint32_t)(size - at - 2);
		e.side = data[at] & 1;
		e.gap = (data[at] & 0x0e) == 0x0e;
		e.time_us += INT64_C(1000) << (data[at] >> 4);
		feed(&proto, &e, data + at + 2, len, piece);
		at += 2 + len;
	}
	e.data = NULL;
	e.len = 0;
	proto_close(&proto, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct telling whole, cut;

	if (size < 3)
		return 0;
	play(data, size, 256, &whole);
	play(data, size, 1 + data[0] % 3, &cut);
	check(whole.events == cut.events && whole.hash == cut.hash);
	check(memcmp(&whole.state, &cut.state, sizeof(whole.state)) == 0);
	return 0;
}
