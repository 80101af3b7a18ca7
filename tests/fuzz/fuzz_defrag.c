/* Fragments as fuzz bytes like them, told by rows of eight bytes, or any raw IP packets: nothing is lost without being
 * reported, nothing counted twice, and what comes out whole was put together from what came first. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "decode/decode.h"
#include "decode/defrag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROW = 8, HEADERS = 48, FRAGMENT_MAX = 2048 };

struct tally {
	uint64_t lost_packets, lost_events, whole_packets;
	int64_t seen_us;
};

static void on_lost(void *context, const struct flow_event *e)
{
	struct tally *t = context;
	check(e->packets > 0 && e->seen_us >= e->time_us && e->seen_us >= t->seen_us && e->bytes >= e->packets * 20);
	t->seen_us = e->seen_us;
	t->lost_packets += e->packets;
	t->lost_events++;
}

static struct defrag *new_table(struct tally *t)
{
	struct defrag_config config = { 4, DEFRAG_PAGES_MIN, { 3, 4 }, { on_lost, t } };
	struct defrag *d = NULL;
	check(defrag_new(&config, &d) == 0);
	return d;
}

/* flags (IPv6, more, snapped, source), identification, offset (2, units), length (2), milliseconds, value of the data */
static uint32_t row_packet(const uint8_t *row, uint8_t *out, uint32_t *ret_wire_len)
{
	bool v6 = row[0] & 1, more = row[0] & 2;
	uint32_t len = get_be16(row + 4) % FRAGMENT_MAX, head = v6 ? 48 : 20;
	uint16_t units = get_be16(row + 2) & 0x1fff;

	memset(out, 0, HEADERS);
	out[0] = v6 ? 0x60 : 0x45;
	if (v6) {
		put_be16(out + 4, (uint16_t)(8 + len));
		out[6] = 44;
		out[23] = row[0] >> 4;
		out[40] = PROTO_UDP;
		put_be16(out + 42, (uint16_t)(units << 3 | more));
		out[47] = row[1] & 7;
	} else {
		put_be16(out + 2, (uint16_t)(20 + len));
		out[5] = row[1] & 7;
		put_be16(out + 6, (uint16_t)(units | (more ? 0x2000 : 0)));
		out[9] = PROTO_UDP;
		out[15] = row[0] >> 4;
	}
	memset(out + head, row[7], len);
	*ret_wire_len = head + len;
	return head + (row[0] & 4 ? len / 2 : len);
}

static void run_rows(const uint8_t *data, size_t size)
{
	struct tally t = { .seen_us = INT64_MIN };
	CLEANUP(defrag_freep) struct defrag *d = new_table(&t);
	uint8_t packet[HEADERS + FRAGMENT_MAX];
	int64_t now_us = 0;

	for (; size >= ROW; data += ROW, size -= ROW) {
		struct frame f = { .data = packet, .link = LINK_RAW };
		struct packet p;
		now_us += data[6] * INT64_C(10000);
		f.len = row_packet(data, packet, &f.wire_len);
		f.time_us = now_us;
		decode_packet(&f, &p);
		if (defrag_feed(d, &p) == DEFRAG_WHOLE) {
			check(!p.fragment && p.ip && p.fragments > 0 && p.payload_len <= p.payload_wire_len);
			t.whole_packets += p.fragments;
		}
	}
	defrag_finish(d);
	const struct defrag_stats *s = defrag_get_stats(d);
	check(s->fragments == t.lost_packets + t.whole_packets);
	check(t.lost_events == s->expired + s->evicted + s->cut);
}

/* Length (2 bytes), then so many bytes of raw IP: tunnels and extension headers nest as they like. */
static void run_raw(const uint8_t *data, size_t size)
{
	struct tally t = { .seen_us = INT64_MIN };
	CLEANUP(defrag_freep) struct defrag *d = new_table(&t);

	for (int64_t i = 0; size > 2; i++) {
		uint32_t len = get_be16(data), there = len < size - 2 ? len : (uint32_t)size - 2;
		struct frame f = { data + 2, there, there, i * 100000, LINK_RAW };
		struct packet p;
		decode_packet(&f, &p);
		if (defrag_feed(d, &p) == DEFRAG_WHOLE)
			check(!p.fragment && p.ip && p.fragments > 0 && p.l3_len <= 60 + 65536);
		data += 2 + there;
		size -= 2 + there;
	}
	defrag_finish(d);
	const struct defrag_stats *s = defrag_get_stats(d);
	check(t.lost_events == s->expired + s->evicted + s->cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if (data[0] & 1)
		run_raw(data + 1, size - 1);
	else
		run_rows(data + 1, size - 1);
	return 0;
}
