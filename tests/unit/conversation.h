/* conversation.h - a conversation of two sides as a test plays it to proto/, cut anywhere, and what came of it as text. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/packet.h"
#include "proto/proto.h"

enum { SAYS_MAX = 64, BYTES_MAX = 65536, TOLD_MAX = 256 };

struct say {
	int side;
	int64_t time_us;
	bool gap; /* bytes before these were lost */
	uint32_t at, len;
};

struct conversation {
	uint16_t server_port;
	bool midstream, unconfirmed, udp;
	int says;
	struct say say[SAYS_MAX];
	uint8_t bytes[BYTES_MAX];
	uint32_t used;
	int64_t now_us;
};

/** What was emitted: R request, E request answered by an error, F failed and A accepted login, each with its time and
 * seen time in milliseconds, and the state at the end. */
struct told {
	char kinds[TOLD_MAX], times[TOLD_MAX * 24];
	size_t n, times_len;
	struct proto_state state;
	bool good; /* every event had the right addresses, path and sequence */
	uint32_t sequence;
};

static inline void say_bytes(struct conversation *v, int side, const void *data, size_t len)
{
	struct say *s = &v->say[v->says++];

	if (v->says > SAYS_MAX || v->used + len > BYTES_MAX)
		exit(99);
	*s = (struct say){ .side = side, .time_us = v->now_us += 1000, .at = v->used, .len = (uint32_t)len };
	memcpy(v->bytes + v->used, data, len);
	v->used += (uint32_t)len;
}

static inline void client(struct conversation *v, const char *text)
{
	say_bytes(v, FLOW_CLIENT, text, strlen(text));
}

static inline void server(struct conversation *v, const char *text)
{
	say_bytes(v, FLOW_SERVER, text, strlen(text));
}

static inline void conversation_emit(void *context, const struct flow_event *e)
{
	struct told *t = context;
	bool login = e->kind == FLOW_EVENT_LOGIN;

	t->good = t->good && e->path == PATH_CONFIRMED && e->client.bytes[15] == 1 && e->server.bytes[15] == 2 &&
	          e->client_port == 40000 && e->sequence == t->sequence++ && e->time_us <= e->seen_us &&
	          e->seen_us - e->time_us <= FLOW_LATENESS_US &&
	          e->vector == (login ? VECTOR_LOGIN : VECTOR_HTTP_FLOOD);
	if (t->n + 1 < TOLD_MAX) {
		t->kinds[t->n++] = (char)(login ? (e->accepted ? 'A' : 'F') : (e->answer == ANSWER_ERROR ? 'E' : 'R'));
		t->times_len += (size_t)snprintf(t->times + t->times_len, 24, "%lld/%lld ",
		                                 (long long)(e->time_us / 1000), (long long)(e->seen_us / 1000));
	}
}

static inline void conversation_event(const struct conversation *v, struct stream_event *e, const uint8_t *data,
                                      uint32_t len, const struct say *s)
{
	e->side = (uint8_t)s->side;
	e->time_us = s->time_us;
	e->confirmed_us = v->unconfirmed ? 0 : 1;
	e->data = data;
	e->len = len;
}

/** Play it in pieces of 1 to piece bytes (0: whole), each in a buffer of its exact size. */
static inline void play(const struct conversation *v, unsigned piece, unsigned seed, struct told *t)
{
	static const struct flow_key key;
	struct proto proto = { { conversation_emit, t } };
	uint32_t sequence = 0;
	struct stream_event e = { .key = &key,
		                  .client.bytes[15] = 1,
		                  .server.bytes[15] = 2,
		                  .client_port = 40000,
		                  .server_port = v->server_port,
		                  .proto = v->udp ? PROTO_UDP : PROTO_TCP,
		                  .midstream = v->midstream,
		                  .sequence = &sequence,
		                  .state = &t->state };

	*t = (struct told){ .good = true };
	srand(seed);
	for (int i = 0; i < v->says; i++) {
		const struct say *s = &v->say[i];
		for (uint32_t at = 0, n; at < s->len; at += n) {
			n = piece == 0 ? s->len : 1 + (uint32_t)rand() % piece;
			n = n < s->len - at ? n : s->len - at;
			uint8_t *copy = malloc(n);
			if (copy == NULL)
				exit(99);
			memcpy(copy, v->bytes + s->at + at, n);
			e.gap = at == 0 && s->gap;
			conversation_event(v, &e, copy, n, s);
			proto_data(&proto, &e);
			free(copy);
		}
	}
	conversation_event(v, &e, NULL, 0, &(struct say){ .time_us = v->now_us + 1000 });
	proto_close(&proto, &e);
}

/** True when it is told as expected however it is cut. The last telling is left in *t. */
static inline bool tells(const struct conversation *v, const char *expected, struct told *t)
{
	static const unsigned pieces[] = { 1, 2, 3, 5, 16, 100, 1500 };
	struct told other;

	play(v, 0, 0, t);
	if (strcmp(t->kinds, expected) != 0 || !t->good)
		printf("# expected %s, told %s at %s\n", expected, t->kinds, t->times);
	if (strcmp(t->kinds, expected) != 0 || !t->good)
		return false;
	for (unsigned i = 0; i < 70; i++) {
		play(v, pieces[i % 7], i, &other);
		if (strcmp(other.kinds, t->kinds) != 0 || strcmp(other.times, t->times) != 0 ||
		    other.state.requests != t->state.requests || other.state.refused != t->state.refused ||
		    other.state.service != t->state.service || other.state.asked != t->state.asked) {
			printf("# pieces of %u, seed %u: %s at %s; whole: %s at %s\n", pieces[i % 7], i, other.kinds,
			       other.times, t->kinds, t->times);
			return false;
		}
	}
	return true;
}
