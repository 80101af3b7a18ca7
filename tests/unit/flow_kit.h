/* flow_kit.h - for tests of flow/: packets made by hand, and every event and stream byte written down. */
#pragma once

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "flow/flow_table.h"
#include "tap.h"

#define SECOND INT64_C(1000000)

enum { KIT_EVENTS = 1 << 17, KIT_BYTES = 1 << 17 };

/* What came out of a table. */
struct kit {
	struct flow_table *table;
	struct flow_event event[KIT_EVENTS];
	uint32_t events;
	uint8_t stream[2][KIT_BYTES]; /* '~' where a gap was told */
	uint32_t len[2];
	uint32_t closes;
	uint32_t answer_bytes; /* server bytes that count as an answered request; 0: none does */
	uint32_t done_at;      /* bytes after which the reader wants no more; 0: never */
	bool confirmed_data;   /* the last data came from a confirmed flow */
	struct proto_state state;
};

static void kit_event(void *context, const struct flow_event *event)
{
	struct kit *k = context;

	if (k->events < KIT_EVENTS)
		k->event[k->events] = *event;
	k->events++;
}

static void kit_data(void *context, const struct stream_event *e)
{
	struct kit *k = context;
	uint32_t *len = &k->len[e->side];

	if (e->gap && *len < KIT_BYTES)
		k->stream[e->side][(*len)++] = '~';
	for (uint32_t i = 0; i < e->len && *len < KIT_BYTES; i++)
		k->stream[e->side][(*len)++] = e->data[i];
	if (e->side == FLOW_SERVER && k->answer_bytes != 0 && *len >= k->answer_bytes)
		e->state->requests = 1;
	e->state->done = k->done_at != 0 && *len >= k->done_at;
	k->confirmed_data = e->confirmed_us != 0;
	k->state = *e->state;
}

static void kit_close(void *context, const struct stream_event *e)
{
	struct kit *k = context;

	k->closes += e->data == NULL;
}

static inline struct kit *kit_new(uint32_t flows, uint64_t reassembly_bytes)
{
	struct kit *k = calloc(1, sizeof(*k));
	struct flow_table_config c = {
		.flows = flows,
		.reassembly_bytes = reassembly_bytes,
		.key = { 1, 2 },
		.events = { kit_event, k },
		.streams = { kit_data, kit_close, k },
	};

	if (k == NULL || flow_table_new(&c, &k->table) < 0)
		exit(99);
	return k;
}

static inline void kit_freep(struct kit **k)
{
	flow_table_check((*k)->table);
	flow_table_free((*k)->table);
	free(*k);
}

/* The n-th event of a kind, from 0; a zeroed one when there is none. */
static inline struct flow_event kit_nth(const struct kit *k, enum flow_event_kind kind, uint32_t n)
{
	for (uint32_t i = 0; i < k->events && i < KIT_EVENTS; i++)
		if (k->event[i].kind == kind && n-- == 0)
			return k->event[i];
	return (struct flow_event){ 0 };
}

static inline uint32_t kit_count(const struct kit *k, enum flow_event_kind kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < k->events && i < KIT_EVENTS; i++)
		n += k->event[i].kind == kind;
	return n;
}

static inline bool kit_read(const struct kit *k, unsigned side, const char *text)
{
	return k->len[side] == strlen(text) && memcmp(k->stream[side], text, strlen(text)) == 0;
}

/* ---- packets */

struct end {
	uint8_t last; /* of 192.0.2.x */
	uint16_t port;
};

static inline struct address kit_address(uint8_t last)
{
	uint8_t v4[4] = { 192, 0, 2, last };

	return address_from_v4(v4);
}

/* An IPv4 packet with a header of transport bytes and len bytes of payload. */
static inline struct packet kit_packet(int64_t time_us, uint8_t proto, struct end from, struct end to,
                                       uint32_t transport, const void *data, uint32_t len)
{
	static uint8_t buffer[70000];
	struct packet p = {
		.frame = { .time_us = time_us, .data = buffer, .len = 20 + transport + len },
		.ip = true,
		.proto = proto,
		.ttl = 64,
		.src = kit_address(from.last),
		.dst = kit_address(to.last),
		.src_port = from.port,
		.dst_port = to.port,
		.window = 8000,
		.window_scale = 0xff,
		.l3 = buffer,
		.l3_len = 20 + transport + len,
		.ip_payload_off = 20,
		.payload = buffer + 20 + transport,
		.payload_len = len,
		.payload_wire_len = len,
	};

	if (data != NULL)
		memcpy(buffer + 20 + transport, data, len);
	return p;
}

static inline struct packet kit_tcp(int64_t time_us, struct end from, struct end to, uint8_t flags, uint32_t seq,
                                    uint32_t ack, const char *data)
{
	struct packet p = kit_packet(time_us, PROTO_TCP, from, to, 20, data, (uint32_t)strlen(data));

	p.tcp_flags = flags;
	p.seq = seq;
	p.ack = ack;
	return p;
}

static inline void feed(struct kit *k, struct packet p)
{
	flow_table_packet(k->table, &p);
}

static inline void tcp(struct kit *k, int64_t time_us, struct end from, struct end to, uint8_t flags, uint32_t seq,
                       uint32_t ack, const char *data)
{
	feed(k, kit_tcp(time_us, from, to, flags, seq, ack, data));
}

static inline void udp(struct kit *k, int64_t time_us, struct end from, struct end to, uint32_t len)
{
	feed(k, kit_packet(time_us, PROTO_UDP, from, to, 8, NULL, len));
}

static inline struct packet kit_error(int64_t time_us, uint8_t from, uint8_t type, uint8_t code, uint8_t proto,
                                      struct end quoted_from, struct end quoted_to)
{
	struct packet p = kit_packet(time_us, PROTO_ICMP, (struct end){ from, 0 }, (struct end){ quoted_from.last, 0 },
	                             8, NULL, 28);

	p.icmp_type = type;
	p.icmp_code = code;
	p.quote = (struct packet_quote){
		true,          proto, kit_address(quoted_from.last), kit_address(quoted_to.last), quoted_from.port,
		quoted_to.port
	};
	return p;
}

/* A handshake at time_us in three packets 10 ms apart; initial sequence numbers 100 and 900. */
static inline void handshake(struct kit *k, int64_t time_us, struct end c, struct end s)
{
	tcp(k, time_us, c, s, TCP_SYN, 100, 0, "");
	tcp(k, time_us + 10000, s, c, TCP_SYN | TCP_ACK, 900, 101, "");
	tcp(k, time_us + 20000, c, s, TCP_ACK, 101, 901, "");
}
