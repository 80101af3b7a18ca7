/* Goal: every container variant gives the packets that were put in; damage anywhere gives those before it and its offset;
 * several inputs come in time order. Files are built here by hand from the two Internet-Drafts. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "capture/capture.h"
#include "tap.h"

struct bytes {
	uint8_t data[1 << 20];
	size_t len;
	bool big; /* byte order of what is put */
};

static void put_int(struct bytes *b, uint64_t v, int size)
{
	for (int i = 0; i < size; i++)
		b->data[b->len++] = (uint8_t)(v >> 8 * (b->big ? size - 1 - i : i));
}

static void put16(struct bytes *b, uint64_t v)
{
	put_int(b, v, 2);
}

static void put32(struct bytes *b, uint64_t v)
{
	put_int(b, v, 4);
}

static void put_fill(struct bytes *b, uint8_t value, size_t n)
{
	memset(b->data + b->len, value, n);
	b->len += n;
}

/* pcap */

static void pcap_header(struct bytes *b, uint32_t magic, uint32_t snaplen, uint32_t link)
{
	put32(b, magic);
	put16(b, 2);
	put16(b, 4);
	put32(b, 0);
	put32(b, 0);
	put32(b, snaplen);
	put32(b, link);
}

static void pcap_record(struct bytes *b, uint32_t seconds, uint32_t fraction, uint32_t len, uint32_t wire_len,
                        uint8_t fill)
{
	put32(b, seconds);
	put32(b, fraction);
	put32(b, len);
	put32(b, wire_len);
	put_fill(b, fill, len);
}

/* pcapng */

static void section(struct bytes *b)
{
	put32(b, 0x0a0d0d0a);
	put32(b, 28);
	put32(b, 0x1a2b3c4d);
	put16(b, 1);
	put16(b, 0);
	put_int(b, UINT64_MAX, 8);
	put32(b, 28);
}

static void interface(struct bytes *b, uint16_t link, uint32_t snaplen)
{
	put32(b, 1);
	put32(b, 20);
	put16(b, link);
	put16(b, 0);
	put32(b, snaplen);
	put32(b, 20);
}

static void interface_timed(struct bytes *b, uint16_t link, uint8_t resolution, int64_t offset_s)
{
	put32(b, 1);
	put32(b, 44);
	put16(b, link);
	put16(b, 0);
	put32(b, 0);
	put16(b, 9); /* if_tsresol */
	put16(b, 1);
	put_int(b, resolution, 1);
	put_fill(b, 0, 3);
	put16(b, 14); /* if_tsoffset */
	put16(b, 8);
	put_int(b, (uint64_t)offset_s, 8);
	put32(b, 0); /* opt_endofopt */
	put32(b, 44);
}

static void packet_block(struct bytes *b, uint32_t id, uint64_t time, uint32_t len, uint32_t wire_len, uint8_t fill)
{
	uint32_t padded = (len + 3) & ~3u;

	put32(b, 6);
	put32(b, 32 + padded);
	put32(b, id);
	put32(b, time >> 32);
	put32(b, time & 0xffffffff);
	put32(b, len);
	put32(b, wire_len);
	put_fill(b, fill, len);
	put_fill(b, 0, padded - len);
	put32(b, 32 + padded);
}

static void old_packet_block(struct bytes *b, uint16_t id, uint64_t time, uint32_t len, uint8_t fill)
{
	put32(b, 2);
	put32(b, 32 + len);
	put16(b, id);
	put16(b, 7); /* drops */
	put32(b, time >> 32);
	put32(b, time & 0xffffffff);
	put32(b, len);
	put32(b, len);
	put_fill(b, fill, len);
	put32(b, 32 + len);
}

static void simple_block(struct bytes *b, uint32_t wire_len, uint32_t len, uint8_t fill)
{
	put32(b, 3);
	put32(b, 16 + len);
	put32(b, wire_len);
	put_fill(b, fill, len);
	put32(b, 16 + len);
}

static void unknown_block(struct bytes *b, uint32_t type, uint32_t len)
{
	put32(b, type);
	put32(b, 12 + len);
	put_fill(b, 0xee, len);
	put32(b, 12 + len);
}

static void statistics_block(struct bytes *b, uint32_t id, uint64_t dropped)
{
	put32(b, 5);
	put32(b, 40);
	put32(b, id);
	put32(b, 0);
	put32(b, 0);
	put16(b, 5); /* isb_ifdrop */
	put16(b, 8);
	put_int(b, dropped, 8);
	put32(b, 0);
	put32(b, 40);
}

/* Reading */

static struct capture *open_bytes(const void *data, size_t size)
{
	struct capture_input input = { .fd = -1, .data = data, .size = size };
	struct capture_config config = { .inputs = &input, .input_count = 1 };
	struct capture *c = NULL;

	ok(capture_open(&config, &c, NULL) == 0, "open %zu bytes", size);
	return c;
}

/* Frames must be (time, len, fill) as told; the rest is checked by who calls. */
static bool expect(struct capture *c, int64_t time_us, uint32_t len, uint8_t fill)
{
	struct frame f;

	if (capture_next(c, &f) != 1 || f.time_us != time_us || f.len != len)
		return false;
	for (uint32_t i = 0; i < len; i++)
		if (f.data[i] != fill)
			return false;
	return true;
}

static size_t count_all(struct capture *c)
{
	struct frame f;
	size_t n = 0;

	while (capture_next(c, &f) == 1)
		n++;
	return n;
}

static bool no_damage(const struct capture *c)
{
	size_t n;
	(void)capture_damages(c, &n);
	return n == 0;
}

static struct capture_damage only_damage(const struct capture *c)
{
	size_t n;
	const struct capture_damage *d = capture_damages(c, &n);
	return n == 1 ? *d : (struct capture_damage){ .reason = CAPTURE_REASON_COUNT };
}

static struct bytes file, other;

static void file_reset(bool big)
{
	file.len = 0;
	file.big = big;
}

static void test_pcap_variants(void)
{
	static const struct {
		uint32_t magic;
		bool big;
		uint32_t fraction;
	} variants[] = {
		{ 0xa1b2c3d4, false, 654321 },
		{ 0xa1b2c3d4, true, 654321 },
		{ 0xa1b23c4d, false, 654321987 },
		{ 0xa1b23c4d, true, 654321987 },
	};
	for (size_t i = 0; i < 4; i++) {
		file_reset(variants[i].big);
		pcap_header(&file, variants[i].magic, 65535, LINK_RAW);
		pcap_record(&file, 1000, variants[i].fraction, 3, 1500, 0x11);
		pcap_record(&file, 4294967295u, 0, 0, 0, 0);
		CLEANUP(capture_freep) struct capture *c = open_bytes(file.data, file.len);
		struct frame f;
		ok(capture_next(c, &f) == 1 && f.time_us == 1000654321 && f.len == 3 && f.wire_len == 1500 &&
		           f.link == LINK_RAW && f.data[2] == 0x11,
		   "pcap variant %zu", i);
		ok(expect(c, INT64_C(4294967295000000), 0, 0), "an empty packet in 2106");
		ok(capture_next(c, &f) == 0 && capture_next(c, &f) == 0 && no_damage(c), "a clean end, and again");
	}
}

static void test_pcap_header(void)
{
	file_reset(false);
	pcap_header(&file, 0xa1b2c3d4, 65535, 0xf4000001); /* four bytes of checksum behind each frame */
	pcap_record(&file, 1, 0, 2, 1, 7);
	CLEANUP(capture_freep) struct capture *c = open_bytes(file.data, file.len);
	struct frame f;
	ok(capture_next(c, &f) == 1 && f.link == LINK_ETHERNET && f.wire_len == 2,
	   "link without flags, wire_len at least len");
	file.data[4] = 3;
	CLEANUP(capture_freep) struct capture *v3 = open_bytes(file.data, file.len);
	ok(capture_next(v3, &f) == 0 && only_damage(v3).reason == CAPTURE_UNKNOWN_VERSION, "version 3 is not known");
	file.data[0] = 0;
	CLEANUP(capture_freep) struct capture *bad = open_bytes(file.data, file.len);
	ok(capture_next(bad, &f) == 0 && only_damage(bad).reason == CAPTURE_UNKNOWN_FORMAT, "bad magic");
	ok(only_damage(bad).offset == 0 && only_damage(bad).lost_bytes == file.len, "all of it is lost");
	CLEANUP(capture_freep) struct capture *empty = open_bytes(file.data, 0);
	ok(capture_next(empty, &f) == 0 && only_damage(empty).reason == CAPTURE_EMPTY, "empty input");
}

/* 262,144 is whole; more is cut where the file's snaplen allows it, else it is damage. */
static void test_pcap_limit(void)
{
	for (int more = 0; more <= 1; more++) {
		file_reset(false);
		pcap_header(&file, 0xa1b2c3d4, 400000, 1);
		pcap_record(&file, 1, 0, CAPTURE_PACKET_MAX + (uint32_t)more, CAPTURE_PACKET_MAX + 1, 5);
		pcap_record(&file, 2, 0, 4, 4, 6);
		CLEANUP(capture_freep) struct capture *c = open_bytes(file.data, file.len);
		struct capture_progress progress;
		ok(expect(c, 1000000, CAPTURE_PACKET_MAX, 5) && expect(c, 2000000, 4, 6), "limit and %d", more);
		capture_get_progress(c, &progress);
		ok(progress.packets == 2 && progress.cut_packets == 1, "longer on the wire is counted as cut");
	}
	for (uint32_t len = CAPTURE_PACKET_MAX; len <= CAPTURE_PACKET_MAX + 1; len++) {
		file_reset(false);
		pcap_header(&file, 0xa1b2c3d4, 65535, 1);
		pcap_record(&file, 1, 0, len, len, 5);
		CLEANUP(capture_freep) struct capture *c = open_bytes(file.data, file.len);
		ok(count_all(c) == (len == CAPTURE_PACKET_MAX), "%u bytes under a snaplen of 65,535", len);
		ok(len == CAPTURE_PACKET_MAX ? no_damage(c) : only_damage(c).reason == CAPTURE_BAD_LENGTH,
		   "damage or none");
	}
}

/* A file that ends in the part of a packet that is passed over. */
static void test_pcap_limit_truncated(void)
{
	file_reset(false);
	pcap_header(&file, 0xa1b2c3d4, 400000, 1);
	pcap_record(&file, 1, 0, CAPTURE_PACKET_MAX + 100, CAPTURE_PACKET_MAX + 100, 5);
	for (size_t less = 1; less <= 100; less += 33) {
		CLEANUP(capture_freep) struct capture *c = open_bytes(file.data, file.len - less);
		ok(expect(c, 1000000, CAPTURE_PACKET_MAX, 5) && count_all(c) == 0, "what was kept of it is whole");
		struct capture_damage d = only_damage(c);
		ok(d.reason == CAPTURE_TRUNCATED && d.offset == 24, "the damage is the record's");
	}
}

/* Where the records of `file` start, and the packets before each offset. */
static size_t records[16], record_count;
static uint8_t record_packets[16];

static void record_here(uint8_t packets)
{
	records[record_count] = file.len;
	record_packets[record_count++] = packets;
}

/* Cut at every byte: a cut at a record's start is a clean end, any other is damage at that record's start. */
static void check_truncations(const char *name)
{
	size_t bad = 0;

	for (size_t cut = 1; cut < file.len; cut++) {
		size_t r = record_count - 1;
		while (records[r] > cut || (records[r] == cut && r == 0))
			r--;
		struct capture_input input = { .fd = -1, .data = memcpy(malloc(cut), file.data, cut), .size = cut };
		struct capture_config config = { .inputs = &input, .input_count = 1 };
		CLEANUP(capture_freep) struct capture *c = NULL;
		bad += capture_open(&config, &c, NULL) != 0;
		bad += count_all(c) != record_packets[r];
		struct capture_damage d = only_damage(c);
		if (records[r] == cut)
			bad += !no_damage(c);
		else
			bad += d.reason != CAPTURE_TRUNCATED || d.offset != records[r] ||
			       d.lost_bytes != cut - records[r];
		free((void *)(uintptr_t)input.data);
	}
	ok(bad == 0, "%s cut at each of %zu bytes: %zu wrong", name, file.len - 1, bad);
}

static void test_pcap_truncated(void)
{
	file_reset(true);
	record_count = 0;
	record_here(0);
	pcap_header(&file, 0xa1b2c3d4, 65535, 1);
	for (uint8_t i = 0; i < 3; i++) {
		record_here(i);
		pcap_record(&file, 1, i, 5u * i, 5u * i, i);
	}
	check_truncations("pcap");
}

static void test_pcapng_truncated(void)
{
	file_reset(false);
	record_count = 0;
	record_here(0);
	section(&file);
	record_here(0);
	interface(&file, 1, 0);
	record_here(0);
	packet_block(&file, 0, 1, 5, 5, 1);
	record_here(1);
	unknown_block(&file, 77, 8);
	record_here(1);
	simple_block(&file, 4, 4, 2);
	record_here(2);
	old_packet_block(&file, 0, 9, 4, 3);
	check_truncations("pcapng");
}

static void pcapng_sample(bool big)
{
	file_reset(big);
	section(&file);
	interface(&file, LINK_ETHERNET, 6);
	interface_timed(&file, LINK_RAW, 9, 100);
	packet_block(&file, 0, 1500000, 5, 60, 1);
	unknown_block(&file, 0xbad, 0);
	packet_block(&file, 1, UINT64_C(2000000999), 4, 4, 2);
	simple_block(&file, 9, 8, 3); /* cut to the snaplen of 6, padded to 8 */
	statistics_block(&file, 0, 5);
	statistics_block(&file, 0, 12);
	statistics_block(&file, 1, 1);
	old_packet_block(&file, 1, UINT64_C(4000000000), 8, 4);
}

static void test_pcapng_blocks(void)
{
	for (int big = 0; big <= 1; big++) {
		pcapng_sample(big);
		file.big = !big; /* a second section in the other byte order, with its own interfaces */
		section(&file);
		interface(&file, LINK_IPV6, 0);
		packet_block(&file, 0, 200000000, 4, 4, 5);
		statistics_block(&file, 0, 100);
		CLEANUP(capture_freep) struct capture *c = open_bytes(file.data, file.len);
		struct frame f;
		ok(capture_next(c, &f) == 1 && f.time_us == 1500000 && f.len == 5 && f.wire_len == 60 &&
		           f.link == LINK_ETHERNET && f.data[4] == 1,
		   "enhanced packet, big endian %d", big);
		ok(capture_next(c, &f) == 1 && f.time_us == 102000000 && f.link == LINK_RAW && f.data[0] == 2,
		   "nanoseconds and an offset of 100 s");
		ok(capture_next(c, &f) == 1 && f.time_us == 102000000 && f.len == 6 && f.wire_len == 9 &&
		           f.link == LINK_ETHERNET && f.data[5] == 3,
		   "simple packet: time of the last one, cut to snaplen");
		ok(capture_next(c, &f) == 1 && f.time_us == 104000000 && f.len == 8 && f.link == LINK_RAW,
		   "old packet block");
		ok(capture_next(c, &f) == 1 && f.time_us == 200000000 && f.link == LINK_IPV6, "second section");
		ok(capture_next(c, &f) == 0 && no_damage(c), "clean end");
		struct capture_progress p;
		capture_get_progress(c, &p);
		ok(p.dropped == 12 + 1 + 100, "the last statistics of each interface, %llu",
		   (unsigned long long)p.dropped);
		ok(p.packets == 5 && p.bytes == 5 + 4 + 6 + 8 + 4 && p.raw_bytes == file.len && p.raw_total == file.len,
		   "progress");
	}
}

static int64_t time_with(uint8_t resolution, int64_t offset_s, uint64_t units)
{
	struct frame f = { 0 };

	file_reset(false);
	section(&file);
	interface_timed(&file, 1, resolution, offset_s);
	packet_block(&file, 0, units, 0, 0, 0);
	struct capture_input input = { .fd = -1, .data = file.data, .size = file.len };
	struct capture_config config = { .inputs = &input, .input_count = 1 };
	CLEANUP(capture_freep) struct capture *c = NULL;
	return capture_open(&config, &c, NULL) == 0 && capture_next(c, &f) == 1 ? f.time_us : -1;
}

static void test_pcapng_times(void)
{
	static const int64_t last = INT64_C(253402300799999999); /* 9999-12-31T23:59:59.999999Z */

	ok(time_with(0, 0, 7) == 7000000, "seconds");
	ok(time_with(3, 0, 7001) == 7001000, "milliseconds");
	ok(time_with(6, 0, 7000001) == 7000001, "microseconds");
	ok(time_with(9, 0, 7000001999) == 7000001, "nanoseconds are cut, not rounded");
	ok(time_with(12, 0, UINT64_C(7000001000000)) == 7000001, "picoseconds");
	ok(time_with(0x80 | 10, 0, 1536) == 1500000, "1,024ths of a second");
	ok(time_with(0x80 | 32, 0, UINT64_C(3) << 31) == 1500000, "2^-32 seconds");
	ok(time_with(0x80 | 63, 0, UINT64_C(3) << 62) == 1500000, "2^-63 seconds");
	ok(time_with(127, 0, UINT64_MAX) == 0 && time_with(0xff, 0, UINT64_MAX) == 0, "absurdly fine");
	ok(time_with(26, 0, UINT64_MAX) == 0 && time_with(25, 0, UINT64_MAX) == 1, "around the largest power of ten");
	ok(time_with(6, -5, 7000000) == 2000000 && time_with(6, -5, 4999999) == 0, "an offset back, and before 1970");
	ok(time_with(0, 0, UINT64_MAX) == last && time_with(6, INT64_MAX, UINT64_MAX) == last, "after 9999");
	ok(time_with(6, INT64_MIN, UINT64_MAX) == 0 && time_with(6, INT64_MIN, 0) == 0, "the least offset");
	ok(time_with(6, 253402300799, 999999) == last && time_with(6, 253402300799, 1000000) == last,
	   "the last second");
	ok(time_with(6, 253402300798, 999999) == last - 1000000, "and the one before");
}

static enum capture_reason reason_of_file(size_t packets)
{
	struct capture_input input = { .fd = -1, .data = file.data, .size = file.len };
	struct capture_config config = { .inputs = &input, .input_count = 1 };
	CLEANUP(capture_freep) struct capture *c = NULL;
	if (capture_open(&config, &c, NULL) != 0 || count_all(c) != packets)
		return CAPTURE_REASON_COUNT;
	return only_damage(c).reason;
}

static void pcapng_start(void)
{
	file_reset(false);
	section(&file);
	interface(&file, 1, 0);
	packet_block(&file, 0, 1, 4, 4, 1);
}

static void test_pcapng_damage(void)
{
	pcapng_start();
	packet_block(&file, 1, 1, 4, 4, 1);
	ok(reason_of_file(1) == CAPTURE_BAD_INTERFACE, "interface that was not described");
	pcapng_start();
	size_t at = file.len;
	packet_block(&file, 0, 1, 4, 4, 1);
	file.data[file.len - 4] ^= 4;
	ok(reason_of_file(1) == CAPTURE_BAD_TRAILER, "trailer differs");
	file.data[file.len - 4] ^= 4;
	file.data[at + 20] =
	        5; /* captured length: padding is no data, but one byte more than the block has room for is damage */
	ok(reason_of_file(1) == CAPTURE_BAD_LENGTH, "captured length one larger than the block");
	file.data[at + 20] = 4;
	ok(reason_of_file(2) == CAPTURE_REASON_COUNT, "and as large as the block");
	pcapng_start();
	unknown_block(&file, 9, 0);
	file.data[file.len - 8] = 13;
	ok(reason_of_file(1) == CAPTURE_BAD_LENGTH, "length that is no multiple of 4");
	file.data[file.len - 8] = 8;
	ok(reason_of_file(1) == CAPTURE_BAD_LENGTH, "length below the least");
	pcapng_start();
	put32(&file, 9);
	put32(&file, CAPTURE_BLOCK_MAX + 4);
	put_fill(&file, 0, 100);
	ok(reason_of_file(1) == CAPTURE_BAD_LENGTH, "block above the limit");
	pcapng_start();
	section(&file);
	file.data[file.len - 20] = 0;
	ok(reason_of_file(1) == CAPTURE_BAD_SECTION, "section without byte order");
	pcapng_start();
	section(&file);
	file.data[file.len - 16] = 2;
	ok(reason_of_file(1) == CAPTURE_UNKNOWN_VERSION, "section of version 2");
	pcapng_start();
	section(&file);
	packet_block(&file, 0, 1, 4, 4, 1);
	ok(reason_of_file(1) == CAPTURE_BAD_INTERFACE, "interfaces end with their section");
}

static void test_pcapng_interfaces(void)
{
	for (int more = 0; more <= 1; more++) {
		file_reset(false);
		section(&file);
		for (int i = 0; i < CAPTURE_INTERFACES_MAX + more; i++)
			interface(&file, 1, 0);
		packet_block(&file, CAPTURE_INTERFACES_MAX - 1, 1, 4, 4, 1);
		ok(reason_of_file(more ? 0 : 1) == (more ? CAPTURE_MANY_INTERFACES : CAPTURE_REASON_COUNT),
		   "interfaces at the limit and %d", more);
	}
}

/* Blocks around and above the size of the window: a single input has one of 1 MiB. */
static void test_pcapng_large(void)
{
	static uint8_t big[5 << 20];
	static const uint32_t sizes[] = { (1 << 20) - 4, 1 << 20, (1 << 20) + 4, 3 << 20 };

	for (size_t i = 0; i < 4; i++) {
		for (int bad = 0; bad <= 1; bad++) {
			pcapng_start();
			struct bytes *b = &file;
			memcpy(big, b->data, b->len);
			size_t start = b->len, at = start;
			uint32_t head[7] = { 6, sizes[i], 0, 0, 77, CAPTURE_PACKET_MAX + 4, 0 };
			memcpy(big + at, head, sizeof(head));
			memset(big + at + sizeof(head), 9, CAPTURE_PACKET_MAX + 4);
			at += sizes[i];
			uint32_t trailer = sizes[i] + 4u * (uint32_t)bad;
			memcpy(big + at - 4, &trailer, 4);
			file.len = 0;
			packet_block(&file, 0, 99, 4, 4, 2);
			memcpy(big + at, file.data, file.len);
			at += file.len;
			CLEANUP(capture_freep) struct capture *c = open_bytes(big, at);
			ok(expect(c, 1, 4, 1), "before");
			if (!bad)
				ok(expect(c, 77, CAPTURE_PACKET_MAX, 9) && expect(c, 99, 4, 2) && count_all(c) == 0 &&
				           no_damage(c),
				   "a block of %u bytes, cut", sizes[i]);
			else
				ok(count_all(c) <= 1 && only_damage(c).reason == CAPTURE_BAD_TRAILER &&
				           only_damage(c).offset == start,
				   "and its trailer is looked at");
		}
	}
}

/* Compression */

static size_t gzip(const void *from, size_t n, uint8_t *to, size_t room)
{
	z_stream z = { 0 };

	(void)deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	z.next_in = (Bytef *)(uintptr_t)from;
	z.avail_in = (uInt)n;
	z.next_out = to;
	z.avail_out = (uInt)room;
	(void)deflate(&z, Z_FINISH);
	size_t len = z.total_out;
	(void)deflateEnd(&z);
	return len;
}

static size_t zstd(const void *from, size_t n, uint8_t *to, size_t room)
{
	return ZSTD_compress(to, room, from, n, 3);
}

static void pcap_sample(size_t packets)
{
	file_reset(false);
	pcap_header(&file, 0xa1b2c3d4, 65535, 1);
	for (size_t i = 0; i < packets; i++)
		pcap_record(&file, (uint32_t)i, 0, 700, 700, (uint8_t)i);
}

static bool whole_sample(struct capture *c, size_t packets)
{
	for (size_t i = 0; i < packets; i++)
		if (!expect(c, (int64_t)i * 1000000, 700, (uint8_t)i))
			return false;
	return count_all(c) == 0;
}

typedef size_t compress_function(const void *, size_t, uint8_t *, size_t);

static void test_compressed(const char *name, compress_function *compress)
{
	pcap_sample(1000);
	size_t half = file.len / 2 + 3;
	other.len = compress(file.data, half, other.data, sizeof(other.data));
	size_t first = other.len;
	other.len += compress(file.data + half, file.len - half, other.data + first, sizeof(other.data) - first);
	CLEANUP(capture_freep) struct capture *c = open_bytes(other.data, other.len);
	struct digest want, got;
	ok(whole_sample(c, 1000) && no_damage(c), "%s in two parts", name);
	digest_sha256(other.data, other.len, &want);
	ok(capture_digest(c, 0, &got) == 0 && memcmp(&want, &got, sizeof(got)) == 0, "digest is of the raw bytes");
	CLEANUP(capture_freep) struct capture *cut = open_bytes(other.data, first);
	ok(count_all(cut) == (half - 24) / 716 && only_damage(cut).reason == CAPTURE_TRUNCATED, "first part only");
	size_t early = first - 9;
	CLEANUP(capture_freep) struct capture *torn = open_bytes(other.data, early);
	(void)count_all(torn);
	ok(only_damage(torn).reason == CAPTURE_COMPRESSED_TRUNCATED && only_damage(torn).raw_offset == early, "torn");
	memset(other.data + first, 0xff, 20);
	CLEANUP(capture_freep) struct capture *bad = open_bytes(other.data, other.len);
	ok(count_all(bad) == (half - 24) / 716, "packets before bad compressed data");
	ok(only_damage(bad).reason == CAPTURE_COMPRESSED_BAD && only_damage(bad).lost_bytes > other.len - first - 20,
	   "the compressed rest is lost");
	digest_sha256(other.data, other.len, &want);
	ok(capture_digest(bad, 0, &got) == 0 && memcmp(&want, &got, sizeof(got)) == 0, "digest of the damaged file");
}

/* Every cut of a compressed file gives whole packets and damage, and the packets only ever grow. */
static void test_compressed_cuts(const char *name, compress_function *compress)
{
	size_t bad = 0, before = 0;

	pcap_sample(3);
	for (size_t i = 24; i < file.len; i++) /* hard to compress */
		if ((i - 24) % 716 >= 16)
			file.data[i] = (uint8_t)(i * i * 2654435761u >> 24);
	other.len = compress(file.data, file.len, other.data, sizeof(other.data));
	for (size_t cut = 1; cut < other.len; cut++) {
		struct capture_input input = { .fd = -1, .data = other.data, .size = cut };
		struct capture_config config = { .inputs = &input, .input_count = 1 };
		CLEANUP(capture_freep) struct capture *c = NULL;
		bad += capture_open(&config, &c, NULL) != 0;
		size_t n = count_all(c);
		bad += n < before || n > 3 || no_damage(c);
		before = n;
	}
	ok(bad == 0, "%s cut at each of %zu bytes", name, other.len);
}

static void test_gzip_padding(void)
{
	pcap_sample(10);
	memset(other.data, 0, sizeof(other.data));
	other.len = gzip(file.data, file.len, other.data, sizeof(other.data)) + 512;
	CLEANUP(capture_freep) struct capture *c = open_bytes(other.data, other.len);
	ok(whole_sample(c, 10) && no_damage(c), "zeros behind the last member");
}

static void test_zstd_skippable(void)
{
	pcap_sample(10);
	static const uint8_t skippable[12] = { 0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4 };
	memcpy(other.data, skippable, sizeof(skippable));
	other.len = sizeof(skippable) + zstd(file.data, file.len, other.data + sizeof(skippable), 1 << 19);
	CLEANUP(capture_freep) struct capture *c = open_bytes(other.data, other.len);
	ok(whole_sample(c, 10) && no_damage(c), "a skippable frame in front");
}

/* Merging */

static void test_merge(void)
{
	static struct bytes parts[3];
	static const uint32_t times[3][4] = { { 1, 4, 6, 6 }, { 2, 4, 5, 7 }, { 6, 3, 9, 1 } };
	/* Each step takes the earliest head, of equal ones the first input: what follows 6 in the third input waits for it. */
	static const struct {
		uint8_t time, input;
	} want[12] = { { 1, 0 }, { 2, 1 }, { 4, 0 }, { 4, 1 }, { 5, 1 }, { 6, 0 },
		       { 6, 0 }, { 6, 2 }, { 3, 2 }, { 7, 1 }, { 9, 2 }, { 1, 2 } };
	struct capture_input inputs[3];
	for (size_t i = 0; i < 3; i++) {
		parts[i].len = 0;
		pcap_header(&parts[i], 0xa1b2c3d4, 65535, 1);
		for (size_t j = 0; j < 4; j++)
			pcap_record(&parts[i], times[i][j], 0, 1, 1, (uint8_t)i);
		inputs[i] = (struct capture_input){ .fd = -1, .data = parts[i].data, .size = parts[i].len };
	}
	parts[1].len -= 1;
	struct capture_config config = { .inputs = inputs, .input_count = 3 };
	CLEANUP(capture_freep) struct capture *c = NULL;
	ok(capture_open(&config, &c, NULL) == 0, "three inputs");
	size_t bad = 0;
	struct frame f;
	for (size_t i = 0; i < 12; i++)
		bad += capture_next(c, &f) != 1 || f.time_us != want[i].time * INT64_C(1000000) ||
		       f.data[0] != want[i].input || capture_current(c) != want[i].input;
	ok(bad == 0 && capture_next(c, &f) == 0, "merged in time order, stable, never reordered inside an input");
}

static void test_merge_damage(void)
{
	static struct bytes parts[2];
	struct capture_input inputs[2];

	for (size_t i = 0; i < 2; i++) {
		parts[i].len = 0;
		pcap_header(&parts[i], 0xa1b2c3d4, 65535, 1);
		for (uint32_t j = 0; j < 3; j++)
			pcap_record(&parts[i], j, 0, 1, 1, (uint8_t)i);
		inputs[i] = (struct capture_input){ .fd = -1, .data = parts[i].data, .size = parts[i].len };
	}
	parts[0].data[24 + 17 + 11] = 0xff;
	struct capture_config config = { .inputs = inputs, .input_count = 2 };
	CLEANUP(capture_freep) struct capture *c = NULL;
	ok(capture_open(&config, &c, NULL) == 0, "the first is damaged in its second record");
	ok(expect(c, 0, 1, 0) && expect(c, 0, 1, 1) && expect(c, 1000000, 1, 1) && expect(c, 2000000, 1, 1) &&
	           count_all(c) == 0,
	   "the other goes on");
	struct capture_damage d = only_damage(c);
	ok(d.input == 0 && d.reason == CAPTURE_BAD_LENGTH && d.offset == 41 && d.lost_bytes == 34,
	   "damage of the first");
}

/* Opening */

static void test_open(void)
{
	struct capture_input input = { .fd = -1 };
	struct capture_config config = { .inputs = &input };
	struct capture *c = NULL;
	size_t which = 9;

	ok(capture_open(&config, &c, &which) == -EINVAL && which == 0, "no inputs");
	config.input_count = CAPTURE_INPUTS_MAX + 1;
	ok(capture_open(&config, &c, &which) == -EINVAL, "too many");
	config.input_count = 1;
	ok(capture_open(&config, &c, &which) == -EINVAL, "an input that is nothing");
	input.path = "/";
	input.fd = 0;
	ok(capture_open(&config, &c, &which) == -EINVAL, "an input that is two things");
	input.fd = -1;
	ok(capture_open(&config, &c, &which) == -EISDIR, "a directory");
	input.path = "/nonexistent/file";
	ok(capture_open(&config, &c, NULL) == -ENOENT && c == NULL, "no such file");
	struct capture_input twice[2] = { { .path = "-", .fd = -1 }, { .path = "-", .fd = -1 } };
	struct capture_config both = { .inputs = twice, .input_count = 2 };
	ok(capture_open(&both, &c, &which) == -EINVAL && which == 1, "standard input twice");
	capture_free(NULL);
}

/* A pipe gives what it has: short reads, and nobody knows the total. The rest of the input comes from a descriptor. */
static void test_descriptors(void)
{
	int fds[2];
	pcap_sample(5);
	ok(pipe(fds) == 0 && write(fds[1], file.data, file.len) == (ssize_t)file.len && close(fds[1]) == 0, "a pipe");
	CLEANUP(closep) int memory = memfd_create("capture", MFD_CLOEXEC);
	ok(write(memory, file.data, file.len) == (ssize_t)file.len && lseek(memory, 0, SEEK_SET) == 0, "a file");
	struct capture_input inputs[2] = { { .fd = fds[0] }, { .fd = memory } };
	struct capture_config config = { .inputs = inputs, .input_count = 2, .no_digest = true };
	CLEANUP(capture_freep) struct capture *c = NULL;
	struct capture_progress p;
	struct digest digest;
	ok(capture_open(&config, &c, NULL) == 0, "open");
	capture_get_progress(c, &p);
	ok(p.raw_bytes == 0 && p.raw_total == 0 && lseek(memory, 0, SEEK_CUR) == 0, "nothing is read by opening");
	ok(count_all(c) == 10 && no_damage(c), "ten packets");
	ok(capture_digest(c, 0, &digest) == -ENODATA, "no digest was wanted");
	capture_get_progress(c, &p);
	ok(p.raw_bytes == 2 * file.len && p.raw_total == 0, "bytes read, total unknown");
	ok(close(fds[0]) == 0, "the descriptor is still the caller's");
}

static void test_digest_early(void)
{
	pcap_sample(5);
	CLEANUP(capture_freep) struct capture *c = open_bytes(file.data, file.len);
	struct digest digest;
	ok(capture_digest(c, 0, &digest) == -EAGAIN, "no digest before the end");
}

int main(void)
{
	test_pcap_variants();
	test_pcap_header();
	test_pcap_limit();
	test_pcap_limit_truncated();
	test_pcap_truncated();
	test_pcapng_truncated();
	test_pcapng_blocks();
	test_pcapng_times();
	test_pcapng_damage();
	test_pcapng_interfaces();
	test_pcapng_large();
	test_compressed("gzip", gzip);
	test_compressed("zstd", zstd);
	test_compressed_cuts("gzip", gzip);
	test_compressed_cuts("zstd", zstd);
	test_gzip_padding();
	test_zstd_skippable();
	test_merge();
	test_merge_damage();
	test_open();
	test_descriptors();
	test_digest_early();
	return done();
}
