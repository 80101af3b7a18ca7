/* Goal: a datagram comes out whole in whatever order its fragments come; overlaps follow the stated policy; nothing is held
 * longer than its time or beyond the table; and every fragment that did not become part of a whole is reported once. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/utc.h"
#include "decode/decode.h"
#include "decode/defrag.h"
#include "tap.h"

enum { DATA_MAX = 65535, LOST_MAX = 64 };

struct lost {
	struct flow_event event[LOST_MAX];
	size_t count;
};

static struct lost lost;
static uint8_t datagram[DATA_MAX]; /* what is cut into fragments: a UDP header and a pattern */
static uint8_t *frame_data;        /* of exact size */
static bool use_v6;
static uint32_t use_id;
static int64_t use_time;
static uint32_t use_snap; /* bytes captured at most, 0: all */

static void on_lost(void *context, const struct flow_event *event)
{
	struct lost *l = context;
	if (l->count < LOST_MAX)
		l->event[l->count] = *event;
	l->count++;
}

static struct defrag *new_table(uint32_t datagrams, uint32_t pages)
{
	struct defrag_config config = { datagrams, pages, { 1, 2 }, { on_lost, &lost } };
	struct defrag *d = NULL;

	if (defrag_new(&config, &d) != 0)
		abort();
	lost.count = 0;
	use_v6 = false;
	use_id = 1;
	use_time = SECOND_US;
	use_snap = 0;
	return d;
}

static void new_datagram(uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		datagram[i] = (uint8_t)(i * 7 + i / 256);
	put_be16(datagram, 53);
	put_be16(datagram + 2, 4444);
	put_be16(datagram + 4, (uint16_t)len);
	put_be16(datagram + 6, 0);
}

static uint32_t put_v4(uint8_t *h, uint32_t offset, uint32_t len, bool more)
{
	static const uint8_t head[20] = {
		0x45, [8] = 64, [9] = PROTO_UDP, [12] = 192, [14] = 2, [15] = 1, [16] = 198, 51, 100, 2
	};

	memcpy(h, head, sizeof(head));
	put_be16(h + 2, (uint16_t)(20 + len));
	put_be16(h + 4, (uint16_t)use_id);
	put_be16(h + 6, (uint16_t)((more ? 0x2000 : 0) | offset / 8));
	return 20;
}

static uint32_t put_v6(uint8_t *h, uint32_t offset, uint32_t len, bool more)
{
	memset(h, 0, 48);
	h[0] = 0x60;
	put_be16(h + 4, (uint16_t)(8 + len));
	h[6] = 44;
	h[7] = 64;
	memcpy(h + 8, "\x20\x01\x0d\xb8", 4);
	h[23] = 1;
	memcpy(h + 24, "\x20\x01\x0d\xb8", 4);
	h[39] = 2;
	h[40] = PROTO_UDP;
	put_be16(h + 42, (uint16_t)(offset | more));
	put_be32(h + 44, use_id);
	return 48;
}

/* Bytes [offset, offset + len) of data as a fragment. */
static enum defrag_verdict feed_data(struct defrag *d, const uint8_t *data, uint32_t offset, uint32_t len, bool more,
                                     struct packet *p)
{
	uint8_t h[48];
	uint32_t head = use_v6 ? put_v6(h, offset, len, more) : put_v4(h, offset, len, more);
	uint32_t wire = head + len, there = use_snap != 0 && use_snap < wire ? use_snap : wire;

	free(frame_data);
	frame_data = malloc(wire);
	memcpy(frame_data, h, head);
	memcpy(frame_data + head, data, len);
	frame_data = realloc(frame_data, there);
	struct frame f = { frame_data, there, wire, use_time, LINK_RAW };
	decode_packet(&f, p);
	return defrag_feed(d, p);
}

static enum defrag_verdict feed(struct defrag *d, uint32_t offset, uint32_t len, bool more)
{
	struct packet p;
	return feed_data(d, datagram + offset, offset, len, more, &p);
}

static bool is_datagram(const struct packet *p, uint32_t len, uint16_t fragments, uint64_t odd)
{
	uint32_t head = use_v6 ? 40 : 20;

	return p->ip && p->v6 == use_v6 && !p->fragment && p->proto == PROTO_UDP && p->fragments == fragments &&
	       p->src_port == 53 && p->dst_port == 4444 && p->odd == odd && p->l3_len == head + len &&
	       p->payload_len == len - 8 && memcmp(p->payload, datagram + 8, len - 8) == 0;
}

/* All 24 orders of four fragments, in both families. The last one is no multiple of 8. */
static void test_orders(void)
{
	static const uint32_t cuts[5] = { 0, 1480, 2960, 4000, 5003 };

	for (int six = 0; six <= 1; six++) {
		CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
		size_t bad = 0;
		use_v6 = six;
		new_datagram(5003);
		for (int order = 0; order < 24; order++) {
			uint32_t left[4] = { 0, 1, 2, 3 };
			int rest = order;
			struct packet p;
			for (int n = 4; n > 0; n--) {
				uint32_t i = left[rest % n];
				left[rest % n] = left[n - 1];
				rest /= n;
				enum defrag_verdict v =
				        feed_data(d, datagram + cuts[i], cuts[i], cuts[i + 1] - cuts[i], i < 3, &p);
				bad += v != (n > 1 ? DEFRAG_HELD : DEFRAG_WHOLE);
			}
			bad += !is_datagram(&p, 5003, 4, 0);
			use_id++;
		}
		defrag_finish(d);
		const struct defrag_stats *s = defrag_get_stats(d);
		ok(bad == 0 && lost.count == 0, "24 orders, IPv6 %d: %zu wrong", six, bad);
		ok(s->fragments == 96 && s->whole == 24 &&
		           s->expired + s->evicted + s->cut + s->overlaps + s->repeated + s->refused == 0,
		   "counted");
	}
}

static void test_sizes(void)
{
	for (int six = 0; six <= 1; six++) {
		CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
		struct packet p;
		use_v6 = six;
		uint32_t largest = six ? 65535 : 65515;
		new_datagram(largest);
		size_t held = 0;
		for (uint32_t at = 8; at < largest; at += 8) /* backwards is worst: each eight bytes */
			held += feed(d, at, at + 8 < largest ? 8 : largest - at, at + 8 < largest) == DEFRAG_HELD;
		ok(held == (largest - 1) / 8 && feed_data(d, datagram, 0, 8, true, &p) == DEFRAG_WHOLE,
		   "8,190 fragments of 8 bytes");
		ok(is_datagram(&p, largest, (uint16_t)(held + 1), 0), "the largest datagram, IPv6 %d", six);
		use_id++;
		new_datagram(9);
		ok(feed(d, 0, 8, true) == DEFRAG_HELD && feed_data(d, datagram + 8, 8, 1, false, &p) == DEFRAG_WHOLE &&
		           is_datagram(&p, 9, 2, 0),
		   "the smallest");
	}
}

static void test_pass(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(1, DEFRAG_PAGES_MIN);
	struct packet p;

	new_datagram(100);
	ok(feed_data(d, datagram, 0, 100, false, &p) == DEFRAG_PASS && p.payload_len == 92 &&
	           p.payload == frame_data + 28,
	   "a whole IPv4 packet is untouched");
	use_v6 = true;
	ok(feed_data(d, datagram, 0, 100, false, &p) == DEFRAG_PASS && p.payload_len == 92,
	   "so is an IPv6 atomic fragment");
	ok(defrag_get_stats(d)->fragments == 0, "neither is counted");
}

/* RFC 6946: an atomic fragment with the identification of a datagram under way does not disturb it. */
static void test_atomic(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(1, DEFRAG_PAGES_MIN);
	struct packet p;

	use_v6 = true;
	new_datagram(16);
	ok(feed(d, 0, 8, true) == DEFRAG_HELD, "a first fragment");
	ok(feed_data(d, datagram, 0, 16, false, &p) == DEFRAG_PASS, "an atomic one of the same identification");
	ok(feed_data(d, datagram + 8, 8, 8, false, &p) == DEFRAG_WHOLE && is_datagram(&p, 16, 2, 0), "the second one");
}

static const uint64_t overlap = UINT64_C(1) << ODD_FRAGMENT_OVERLAP;

static void test_overlap_v4(void)
{
	static uint8_t other[64];
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
	struct packet p;

	memset(other, 0xee, sizeof(other));
	new_datagram(40);
	ok(feed(d, 0, 16, true) == DEFRAG_HELD && feed(d, 32, 8, false) == DEFRAG_HELD, "first and last");
	ok(feed_data(d, other, 8, 16, true, &p) == DEFRAG_HELD && p.odd == overlap, "the second half of it is new");
	memcpy(datagram + 16, other, 8);
	ok(feed_data(d, datagram + 24, 24, 8, true, &p) == DEFRAG_WHOLE && is_datagram(&p, 40, 4, overlap),
	   "data that came first win, and the whole is marked");
	ok(defrag_get_stats(d)->overlaps == 1, "counted once");
	use_id = 2;
	new_datagram(24);
	ok(feed_data(d, datagram + 8, 8, 8, true, &p) == DEFRAG_HELD && p.odd == 0, "a middle");
	ok(feed_data(d, other, 8, 16, false, &p) == DEFRAG_HELD && p.odd == overlap, "a last one over it");
	memcpy(datagram + 16, other, 8);
	ok(feed_data(d, datagram, 0, 8, true, &p) == DEFRAG_WHOLE && is_datagram(&p, 24, 3, overlap),
	   "again the first data");
}

/* The same place with other bytes is an overlap, not a repetition. */
static void test_overlap_same_place(void)
{
	static const uint8_t other[16] = { 1 };
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
	struct packet p;

	new_datagram(24);
	ok(feed(d, 0, 16, true) == DEFRAG_HELD, "a first fragment");
	ok(feed_data(d, other, 0, 16, true, &p) == DEFRAG_HELD && p.odd == overlap, "and another one");
	ok(feed_data(d, datagram + 16, 16, 8, false, &p) == DEFRAG_WHOLE && is_datagram(&p, 24, 3, overlap),
	   "the first one's bytes");
}

static void test_overlap_v6(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
	struct packet p;

	use_v6 = true;
	new_datagram(40);
	ok(feed(d, 0, 16, true) == DEFRAG_HELD, "first");
	ok(feed_data(d, datagram + 8, 8, 16, true, &p) == DEFRAG_HELD && p.odd == overlap,
	   "an overlap, even of equal bytes");
	ok(feed(d, 24, 16, false) == DEFRAG_HELD && feed(d, 0, 16, true) == DEFRAG_HELD &&
	           feed(d, 8, 16, true) == DEFRAG_HELD && feed(d, 16, 8, true) == DEFRAG_HELD,
	   "nothing makes it whole any more (RFC 5722)");
	defrag_advance(d, use_time + DEFRAG_TIMEOUT_US);
	ok(lost.count == 1 && lost.event[0].packets == 6, "all its fragments are reported");
	ok(defrag_get_stats(d)->overlaps == 1 && defrag_get_stats(d)->refused == 4, "counted");
}

static void test_repeated(void)
{
	for (int six = 0; six <= 1; six++) {
		CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
		struct packet p;
		use_v6 = six;
		new_datagram(43);
		ok(feed(d, 0, 16, true) == DEFRAG_HELD && feed_data(d, datagram, 0, 16, true, &p) == DEFRAG_HELD &&
		           p.odd == 0,
		   "a repetition is no overlap");
		ok(feed(d, 32, 11, false) == DEFRAG_HELD &&
		           feed_data(d, datagram + 32, 32, 11, false, &p) == DEFRAG_HELD && p.odd == 0,
		   "nor is one of the last");
		ok(feed_data(d, datagram + 16, 16, 16, true, &p) == DEFRAG_WHOLE && is_datagram(&p, 43, 5, 0),
		   "all five are its fragments");
		ok(defrag_get_stats(d)->repeated == 2 && defrag_get_stats(d)->overlaps == 0, "counted");
	}
}

static void test_contradicting_ends(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
	struct packet p;

	new_datagram(64);
	ok(feed(d, 16, 8, false) == DEFRAG_HELD, "ends at 24");
	ok(feed_data(d, datagram + 24, 24, 8, false, &p) == DEFRAG_HELD && p.odd == overlap, "ends at 32 as well");
	ok(feed_data(d, datagram + 24, 24, 8, true, &p) == DEFRAG_HELD && p.odd == overlap, "and goes on behind");
	ok(feed_data(d, datagram, 0, 16, true, &p) == DEFRAG_WHOLE, "the first end holds");
	put_be16(datagram + 4, 24);
	ok(p.fragments == 4 && p.l3_len == 44 && p.payload_len == 16, "24 bytes");
	use_id = 2;
	ok(feed(d, 24, 8, true) == DEFRAG_HELD && feed_data(d, datagram + 8, 8, 8, false, &p) == DEFRAG_HELD &&
	           p.odd == overlap,
	   "an end before data that came");
	use_id = 3;
	use_v6 = true;
	ok(feed(d, 16, 8, false) == DEFRAG_HELD && feed_data(d, datagram + 24, 24, 8, false, &p) == DEFRAG_HELD &&
	           p.odd == overlap,
	   "two ends in IPv6");
	ok(feed(d, 0, 16, true) == DEFRAG_HELD, "give the datagram up");
}

static void test_unusable(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
	struct packet p;

	new_datagram(64);
	ok(feed_data(d, datagram + 8, 8, 9, true, &p) == DEFRAG_HELD && p.odd == UINT64_C(1) << ODD_FRAGMENT_LENGTH,
	   "odd length");
	ok(feed_data(d, datagram, 65512, 24, false, &p) == DEFRAG_HELD && p.odd == UINT64_C(1) << ODD_FRAGMENT_LARGE,
	   "too far");
	ok(feed(d, 8, 0, true) == DEFRAG_HELD, "empty");
	ok(feed(d, 0, 8, true) == DEFRAG_HELD && feed_data(d, datagram + 8, 8, 8, false, &p) == DEFRAG_WHOLE,
	   "none of them is in the way of the good ones");
	ok(p.fragments == 5 && defrag_get_stats(d)->refused == 3, "all five are counted");
}

/* The header of the first fragment is longer than those the others were measured with. */
static void test_header_too_long(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
	struct packet p;

	new_datagram(65515);
	ok(feed(d, 8, 65507, false) == DEFRAG_HELD, "up to 65,535 with a header of 20");
	uint8_t first[32] = { 0x46, 0, 0, 32, 0,   1,  0x20, 0, 64, PROTO_UDP, 0, 0,
		              192,  0, 2, 1,  198, 51, 100,  2, 1,  1,         1, 1 };
	memcpy(first + 24, datagram, 8);
	struct frame f = { first, sizeof(first), sizeof(first), use_time, LINK_RAW };
	decode_packet(&f, &p);
	ok(p.fragment && defrag_feed(d, &p) == DEFRAG_HELD && p.odd == UINT64_C(1) << ODD_FRAGMENT_LARGE,
	   "but the first has 24");
	defrag_finish(d);
	ok(lost.count == 1 && lost.event[0].packets == 2, "it is given up");
}

static void test_timeout(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
	struct packet p;

	new_datagram(24);
	ok(feed(d, 8, 8, true) == DEFRAG_HELD, "a middle at 1 s");
	use_time = 3 * SECOND_US;
	ok(feed(d, 0, 8, true) == DEFRAG_HELD, "the first at 3 s");
	defrag_advance(d, 9 * SECOND_US - 1);
	ok(lost.count == 0, "held until just before 9 s");
	use_time = 9 * SECOND_US;
	ok(feed_data(d, datagram + 16, 16, 8, false, &p) == DEFRAG_HELD, "the last at 9 s is too late");
	ok(lost.count == 1 && defrag_get_stats(d)->expired == 1, "lost");
	const struct flow_event *e = &lost.event[0];
	ok(e->kind == FLOW_EVENT_UNANSWERED && e->vector == VECTOR_FRAGMENT && e->answer == ANSWER_NONE &&
	           e->path == PATH_SPOOFABLE,
	   "an unanswered fragment");
	ok(e->time_us == SECOND_US && e->seen_us == 9 * SECOND_US && e->packets == 2 && e->bytes == 56 &&
	           e->payload_mean == 8,
	   "two fragments, 56 bytes, from 1 s, known at 9 s");
	ok(e->proto == PROTO_UDP && e->client_port == 53 && e->server_port == 4444 && !e->cut,
	   "with the first fragment's ports");
	struct address src, dst;
	ok(address_parse("192.0.2.1", &src) == 0 && address_parse("198.51.100.2", &dst) == 0 &&
	           address_equal(&src, &e->client) && address_equal(&dst, &e->server),
	   "from source to destination");
	defrag_finish(d);
	e = &lost.event[1];
	ok(lost.count == 2 && e->cut && e->seen_us == 9 * SECOND_US && e->packets == 1 && e->client_port == 0 &&
	           e->proto == PROTO_UDP,
	   "the rest at the end, cut, without ports");
	ok(e->sequence != lost.event[0].sequence && e->sequence >> 31,
	   "sequences differ and are apart from the flows'");
	defrag_finish(d);
	ok(lost.count == 2, "the table is empty");
}

static void test_time_backwards(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);

	new_datagram(24);
	use_time = 5 * SECOND_US;
	ok(feed(d, 0, 8, true) == DEFRAG_HELD, "at 5 s");
	use_time = 2 * SECOND_US;
	use_id = 2;
	ok(feed(d, 0, 8, true) == DEFRAG_HELD, "back at 2 s");
	defrag_advance(d, 13 * SECOND_US);
	ok(lost.count == 2 && lost.event[1].time_us == 5 * SECOND_US && lost.event[1].seen_us == 13 * SECOND_US,
	   "is taken at the newest time");
}

static void test_full_table(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(2, 64);
	struct packet p;

	new_datagram(16);
	for (use_id = 1; use_id <= 3; use_id++) {
		use_time += 10;
		ok(feed(d, 0, 8, true) == DEFRAG_HELD, "datagram %u", use_id);
	}
	ok(lost.count == 1 && lost.event[0].time_us == SECOND_US + 10 && lost.event[0].seen_us == SECOND_US + 30 &&
	           !lost.event[0].cut,
	   "the third drives out the oldest, known at once");
	ok(defrag_get_stats(d)->evicted == 1, "counted");
	for (use_id = 2; use_id <= 3; use_id++)
		ok(feed_data(d, datagram + 8, 8, 8, false, &p) == DEFRAG_WHOLE && is_datagram(&p, 16, 2, 0),
		   "the others are whole");
}

static void test_full_memory(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(64, DEFRAG_PAGES_MIN);
	struct packet p;

	new_datagram(65515);
	for (use_id = 1; use_id <= DEFRAG_PAGES_MIN; use_id++)
		(void)feed(d, 0, 8, true);
	ok(lost.count == 0, "33 datagrams on 33 pages");
	use_id = 1;
	ok(feed(d, 2048, 8, true) == DEFRAG_HELD && lost.count == 1 && lost.event[0].packets == 1,
	   "the oldest needs a second page: the next oldest pays");
	for (uint32_t at = 2056; at < 65512; at += 1024)
		(void)feed(d, at, at + 1024 < 65515 ? 1024 : 65515 - at, at + 1024 < 65515);
	ok(feed_data(d, datagram + 8, 8, 2040, true, &p) == DEFRAG_WHOLE && is_datagram(&p, 65515, 65, 0),
	   "the largest datagram still becomes whole");
	ok(lost.count == 31 && defrag_get_stats(d)->evicted == 31, "at the cost of all but one: 32 pages of 33");
}

/* Captured with a snaplen: what is missing in the middle ends the datagram there, its claimed length stays. */
static void test_snapped(void)
{
	for (int six = 0; six <= 1; six++) {
		CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
		struct packet p;
		use_v6 = six;
		new_datagram(40);
		uint32_t head = six ? 48 : 20;
		use_snap = head + 13;
		ok(feed(d, 0, 24, true) == DEFRAG_HELD, "13 of 24 bytes");
		use_snap = 0;
		ok(feed_data(d, datagram + 24, 24, 16, false, &p) == DEFRAG_WHOLE, "and the rest");
		ok(p.payload_len == 5 && p.payload_wire_len == 32 && p.src_port == 53 &&
		           memcmp(p.payload, datagram + 8, 5) == 0,
		   "5 of 32 bytes of payload");
	}
}

static void put_outer(uint8_t *h, unsigned proto, uint32_t offset, uint32_t len, bool more)
{
	(void)put_v4(h, offset, len, more);
	h[9] = (uint8_t)proto;
	h[15] = 9; /* 192.0.2.9 */
}

/* Fragments inside a fragmented tunnel: both are put together, the innermost packet comes out. */
static void test_tunnel(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(4, 64);
	struct packet p = { 0 };
	enum defrag_verdict verdict[2][2];

	new_datagram(48);
	for (uint32_t i = 0; i < 2; i++) {
		uint8_t inner[20 + 24], outer[20 + 24];
		(void)put_v4(inner, 24 * i, 24, i == 0);
		memcpy(inner + 20, datagram + i * 24, 24);
		for (uint32_t j = 0; j < 2; j++) {
			uint32_t len = j == 0 ? 24 : 20;
			use_id = 100 + i;
			put_outer(outer, 4, 24 * j, len, j == 0);
			use_id = 1;
			memcpy(outer + 20, inner + 24 * j, len);
			struct frame f = { outer, 20 + len, 20 + len, use_time, LINK_RAW };
			decode_packet(&f, &p);
			verdict[i][j] = defrag_feed(d, &p);
		}
	}
	ok(verdict[0][0] == DEFRAG_HELD && verdict[0][1] == DEFRAG_HELD && verdict[1][0] == DEFRAG_HELD &&
	           verdict[1][1] == DEFRAG_WHOLE,
	   "whole with the fourth");
	ok(is_datagram(&p, 48, 4, 0) && p.tunnels == 1 && p.tunnel[0] == TUNNEL_IPIP,
	   "the inner datagram, 2 + 2 fragments");
	ok(defrag_get_stats(d)->whole == 3 && defrag_get_stats(d)->fragments == 6,
	   "three datagrams of two fragments each");
}

static void test_keys(void)
{
	CLEANUP(defrag_freep) struct defrag *d = new_table(8, 64);
	struct packet p;

	new_datagram(16);
	ok(feed(d, 0, 8, true) == DEFRAG_HELD, "an IPv4 datagram");
	use_id = 2;
	ok(feed(d, 8, 8, false) == DEFRAG_HELD, "another identification does not fit");
	use_id = 1;
	use_v6 = true;
	ok(feed(d, 8, 8, false) == DEFRAG_HELD, "nor does another family");
	use_v6 = false;
	uint8_t other[28];
	put_outer(other, PROTO_UDP, 8, 8, false);
	memcpy(other + 20, datagram + 8, 8);
	struct frame f = { other, 28, 28, use_time, LINK_RAW };
	decode_packet(&f, &p);
	ok(defrag_feed(d, &p) == DEFRAG_HELD, "nor another source");
	put_outer(other, PROTO_TCP, 8, 8, false);
	other[15] = 1;
	decode_packet(&f, &p);
	ok(defrag_feed(d, &p) == DEFRAG_HELD, "nor another protocol");
	ok(feed_data(d, datagram + 8, 8, 8, false, &p) == DEFRAG_WHOLE && is_datagram(&p, 16, 2, 0), "its own does");
	defrag_finish(d);
	ok(lost.count == 4, "four are left");
}

/* The same events in the same order whatever the key. */
static void test_key_independent(void)
{
	struct flow_event before[LOST_MAX];
	size_t count = 0, bad = 0;

	new_datagram(4096);
	for (uint64_t key = 0; key < 3; key++) {
		struct defrag_config config = { 16, 40, { key * 77, ~key }, { on_lost, &lost } };
		CLEANUP(defrag_freep) struct defrag *d = NULL;
		bad += defrag_new(&config, &d) != 0;
		lost.count = 0;
		use_v6 = false;
		for (uint32_t i = 0; i < 60; i++) {
			use_id = i % 23;
			use_time = SECOND_US + i * INT64_C(300000);
			(void)feed(d, i % 3 * 1024, 1024, i % 3 != 2);
		}
		defrag_finish(d);
		if (key > 0)
			bad += lost.count != count || memcmp(before, lost.event, count * sizeof(before[0])) != 0;
		count = lost.count;
		memcpy(before, lost.event, sizeof(before));
	}
	ok(bad == 0 && count > 10 && count <= LOST_MAX, "%zu losses are the same under three keys", count);
}

static void test_new(void)
{
	struct defrag_config config = { 1, DEFRAG_PAGES_MIN, { 0, 0 }, { on_lost, &lost } };
	struct defrag *d = NULL;

	config.datagrams = 0;
	ok(defrag_new(&config, &d) < 0, "no datagrams");
	config.datagrams = 1;
	config.pages--;
	ok(defrag_new(&config, &d) < 0, "fewer pages than one datagram may need");
	config.pages++;
	config.lost.emit = NULL;
	ok(defrag_new(&config, &d) < 0 && d == NULL, "nobody to tell of losses");
	ok(defrag_memory(&config) > DEFRAG_PAGES_MIN * DEFRAG_PAGE, "memory is told");
	defrag_free(NULL);
}

int main(void)
{
	test_orders();
	test_sizes();
	test_pass();
	test_atomic();
	test_overlap_v4();
	test_overlap_same_place();
	test_overlap_v6();
	test_repeated();
	test_contradicting_ends();
	test_unusable();
	test_header_too_long();
	test_timeout();
	test_time_backwards();
	test_full_table();
	test_full_memory();
	test_snapped();
	test_tunnel();
	test_keys();
	test_key_independent();
	test_new();
	free(frame_data);
	return done();
}
