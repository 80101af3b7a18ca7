/* proto.c - a stream's bytes to the reader that has the flow. */
#include "proto/proto.h"

#include <string.h>

#include "base/check.h"
#include "proto/reader.h"

const struct reader *reader_of(enum reader_kind kind)
{
	static const struct reader *const readers[READER_COUNT] = {
		[READER_PICK] = &reader_pick, [READER_OTHER] = &reader_other, [READER_HTTP] = &reader_http,
		[READER_TLS] = &reader_tls,   [READER_SSH] = &reader_ssh,     [READER_LINE] = &reader_line,
		[READER_RDP] = &reader_rdp,
	};

	check_hot(kind < READER_COUNT);
	return readers[kind];
}

void reader_switch(struct call *c, enum reader_kind kind)
{
	struct turn turn = c->room->turn;

	memset(c->room, 0, sizeof(*c->room));
	c->room->turn = turn;
	c->state->reader = (uint8_t)kind;
}

void reader_feed(struct call *c, const uint8_t *p, uint32_t n)
{
	while (n > 0) {
		uint8_t kind = c->state->reader;
		uint32_t used = reader_of(kind)->data(c, p, n);

		check_hot(used == n || (used < n && c->state->reader != kind));
		if (used > 0)
			c->turn_start = false;
		p += used;
		n -= used;
	}
}

static struct call call_of(const struct proto *proto, const struct stream_event *event, struct room *room)
{
	memcpy(room, event->state->room, sizeof(*room));
	return (struct call){ .sink = &proto->sink,
		              .event = event,
		              .state = event->state,
		              .room = room,
		              .time_us = event->time_us,
		              .side = event->side,
		              .turn_start = event->state->turn != 1 + event->side };
}

void proto_data(void *context, const struct stream_event *event)
{
	struct proto_state *state = event->state;
	struct room room;
	struct call c = call_of(context, event, &room);

	if (event->gap && reader_of(state->reader)->gap != NULL)
		reader_of(state->reader)->gap(&c);
	if (event->len > 0) {
		reader_feed(&c, event->data, event->len);
		state->turn = (uint8_t)(1 + event->side);
	}
	memcpy(state->room, &room, sizeof(room));
}

void proto_close(void *context, const struct stream_event *event)
{
	struct room room;
	struct call c = call_of(context, event, &room);

	if (reader_of(event->state->reader)->close != NULL)
		reader_of(event->state->reader)->close(&c);
	memcpy(event->state->room, &room, sizeof(room));
	event->state->done = true;
}
