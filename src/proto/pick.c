/* pick.c - which reader a flow belongs to, by the first bytes one side sends.
 *
 * Bytes are held until they tell, at most eight. If the other side speaks before that, what came so far decides: the
 * beginning of a known opening is taken for one. */
#include <string.h>

#include "model/packet.h"
#include "proto/reader.h"

enum { FROM_CLIENT = 1, FROM_SERVER = 2, FROM_ANY = 3, MIDSTREAM = 4 };

struct opening {
	const char *bytes; /* '.' is any byte */
	uint8_t len;
	uint8_t where;
	uint8_t reader;
};

#define OPENING(text, where, reader)                                                                                   \
	{                                                                                                              \
		text, sizeof(text) - 1, where, reader                                                                  \
	}

static const struct opening openings[] = {
	OPENING("GET ", FROM_CLIENT, READER_HTTP),
	OPENING("POST ", FROM_CLIENT, READER_HTTP),
	OPENING("HEAD ", FROM_CLIENT, READER_HTTP),
	OPENING("PUT ", FROM_CLIENT, READER_HTTP),
	OPENING("DELETE ", FROM_CLIENT, READER_HTTP),
	OPENING("OPTIONS ", FROM_CLIENT, READER_HTTP),
	OPENING("PATCH ", FROM_CLIENT, READER_HTTP),
	OPENING("TRACE ", FROM_CLIENT, READER_HTTP),
	OPENING("CONNECT ", FROM_CLIENT, READER_HTTP),
	OPENING("PROPFIND", FROM_CLIENT, READER_HTTP),
	OPENING("REPORT ", FROM_CLIENT, READER_HTTP),
	OPENING("HTTP/1.", FROM_SERVER, READER_HTTP),
	OPENING("\x16\x03", FROM_CLIENT, READER_TLS),
	OPENING("\x17\x03\x03", FROM_ANY | MIDSTREAM, READER_TLS),
	OPENING("\x15\x03\x03", FROM_ANY | MIDSTREAM, READER_TLS),
	OPENING("SSH-", FROM_ANY, READER_SSH),
	OPENING("220 ", FROM_SERVER, READER_LINE),
	OPENING("220-", FROM_SERVER, READER_LINE),
	OPENING("* OK", FROM_SERVER, READER_LINE),
	OPENING("+OK", FROM_SERVER, READER_LINE),
	/* TPKT, then an X.224 connection request */
	OPENING("\x03\x00...\xe0", FROM_CLIENT, READER_RDP),
};

static bool opens(const struct opening *o, const uint8_t *bytes, uint8_t n)
{
	uint8_t len = n < o->len ? n : o->len;

	for (uint8_t i = 0; i < len; i++)
		if (o->bytes[i] != '.' && (uint8_t)o->bytes[i] != bytes[i])
			return false;
	return true;
}

/* The first opening that agrees with all bytes so far; *ret_sure when it is complete. READER_OTHER: none. */
static enum reader_kind find(const struct pick_room *k, bool midstream, bool *ret_sure)
{
	uint8_t from = k->side == FLOW_CLIENT ? FROM_CLIENT : FROM_SERVER;

	*ret_sure = true;
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		const struct opening *o = &openings[i];
		if ((o->where & from) == 0 || ((o->where & MIDSTREAM) && !midstream) || !opens(o, k->bytes, k->have))
			continue;
		*ret_sure = k->have >= o->len;
		return o->reader;
	}
	return READER_OTHER;
}

static bool line_port(uint16_t port)
{
	return port == 21 || port == 25 || port == 110 || port == 143 || port == 587;
}

/* Hand over, the held bytes first: at their own time and from their own side. */
static void decide(struct call *c, enum reader_kind kind)
{
	struct pick_room held = c->room->pick;
	struct call now = *c;

	reader_switch(c, kind);
	if (kind == READER_OTHER)
		c->room->other.stay = true;
	if (held.have == 0)
		return;
	c->side = held.side;
	c->time_us = held.first_us;
	c->turn_start = true;
	reader_feed(c, held.bytes, held.have);
	c->side = now.side;
	c->time_us = now.time_us;
	c->turn_start = now.turn_start;
}

static uint32_t pick_data(struct call *c, const uint8_t *p, uint32_t n)
{
	struct pick_room *k = &c->room->pick;
	bool sure = false;

	if (c->event->proto != PROTO_TCP) {
		decide(c, READER_OTHER);
		return 0;
	}
	if (c->event->midstream && line_port(c->event->server_port)) {
		decide(c, READER_LINE);
		return 0;
	}
	if (k->have > 0 && k->side != c->side) {
		decide(c, find(k, c->event->midstream, &sure));
		return 0;
	}
	if (k->have == 0)
		k->first_us = c->time_us;
	k->side = c->side;
	for (uint32_t used = 0; used < n;) {
		k->bytes[k->have++] = p[used++];
		enum reader_kind kind = find(k, c->event->midstream, &sure);
		if (sure || k->have == sizeof(k->bytes)) {
			decide(c, kind);
			return used;
		}
	}
	return n;
}

/* What is held is all that is known of this side. */
static void pick_gap(struct call *c)
{
	bool sure;

	if (c->room->pick.have > 0)
		decide(c, find(&c->room->pick, c->event->midstream, &sure));
}

const struct reader reader_pick = { .data = pick_data, .gap = pick_gap };
