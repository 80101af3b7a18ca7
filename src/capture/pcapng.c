/* pcapng.c - pcapng files: sections, interfaces, packets of three kinds; everything else is passed over. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utc.h"
#include "capture/container.h"

#define BLOCK_SECTION    UINT32_C(0x0a0d0d0a)
#define BLOCK_INTERFACE  UINT32_C(1)
#define BLOCK_OLD_PACKET UINT32_C(2)
#define BLOCK_SIMPLE     UINT32_C(3)
#define BLOCK_STATISTICS UINT32_C(5)
#define BLOCK_PACKET     UINT32_C(6)
#define BYTE_ORDER_MAGIC UINT32_C(0x1a2b3c4d)

enum {
	BLOCK_HEADER = 8,
	BLOCK_TRAILER = 4,
	BLOCK_OVERHEAD = BLOCK_HEADER + BLOCK_TRAILER,
	SECTION_FIXED = 16,
	INTERFACE_FIXED = 8,
	PACKET_FIXED = 20,
	STATISTICS_FIXED = 12,
	OPTION_HEADER = 4,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
	OPTION_IFDROP = 5,
	TSRESOL_DEFAULT = 6,
};

/* One block whose body, or as much of it as fits, lies in the window. */
struct block {
	uint32_t type;
	uint32_t total;      /* length of the block */
	const uint8_t *body; /* behind type and length */
	uint32_t len;        /* of the body that can be looked at */
};

bool pcapng_is(const uint8_t magic[static 4])
{
	return container_u32(magic, false) == BLOCK_SECTION;
}

int pcapng_init(struct pcapng *p)
{
	*p = (struct pcapng){ 0 };
	p->interfaces = calloc(CAPTURE_INTERFACES_MAX, sizeof(*p->interfaces));
	return p->interfaces == NULL ? -ENOMEM : 0;
}

void pcapng_fini(struct pcapng *p)
{
	free(p->interfaces);
	p->interfaces = NULL;
}

/* The byte order magic sits behind the length it is needed for. */
static bool section_order(const uint8_t *header, bool *ret_swapped)
{
	uint32_t magic = container_u32(header + BLOCK_HEADER, false);

	if (magic != BYTE_ORDER_MAGIC && __builtin_bswap32(magic) != BYTE_ORDER_MAGIC)
		return false;
	*ret_swapped = magic != BYTE_ORDER_MAGIC;
	return true;
}

/* A block that was larger than the window has been passed over up to its trailer. */
static enum step late_trailer(struct pcapng *p, struct stream *s)
{
	if (!stream_need(s, BLOCK_TRAILER))
		return container_cut(s);
	if (container_u32(stream_look(s), p->swapped) != p->late_length)
		return container_damage(s, CAPTURE_BAD_TRAILER);
	p->late_length = 0;
	stream_take(s, BLOCK_TRAILER);
	return STEP_FRAME;
}

static enum step block_length(struct pcapng *p, struct stream *s, struct block *ret_block)
{
	if (!stream_need(s, BLOCK_OVERHEAD))
		return container_end(s);
	const uint8_t *h = stream_look(s);
	if (container_u32(h, false) == BLOCK_SECTION && !section_order(h, &p->swapped))
		return container_damage(s, CAPTURE_BAD_SECTION);
	ret_block->type = container_u32(h, p->swapped);
	ret_block->total = container_u32(h + 4, p->swapped);
	if (ret_block->total < BLOCK_OVERHEAD || ret_block->total % 4 != 0 || ret_block->total > CAPTURE_BLOCK_MAX)
		return container_damage(s, CAPTURE_BAD_LENGTH);
	return STEP_FRAME;
}

/* The next block, whole in the window or, where it is larger, its start. The stream is behind it afterwards. */
static enum step next_block(struct pcapng *p, struct stream *s, struct block *ret_block)
{
	if (p->late_length != 0 && late_trailer(p, s) == STEP_DAMAGE)
		return STEP_DAMAGE;
	(void)stream_need(s, 1);
	stream_mark(s);
	enum step step = block_length(p, s, ret_block);
	if (step != STEP_FRAME)
		return step;
	uint32_t total = ret_block->total;
	bool whole = total <= s->size;
	uint32_t part = whole ? total : (uint32_t)s->size;
	if (!stream_need(s, part))
		return container_end(s);
	const uint8_t *h = stream_look(s);
	if (whole && container_u32(h + total - BLOCK_TRAILER, p->swapped) != total)
		return container_damage(s, CAPTURE_BAD_TRAILER);
	ret_block->body = h + BLOCK_HEADER;
	ret_block->len = (whole ? total - BLOCK_TRAILER : part) - BLOCK_HEADER;
	p->late_length = whole ? 0 : total;
	stream_take(s, whole ? total : total - BLOCK_TRAILER);
	return STEP_FRAME;
}

/* Value of the first option of this code with at least need bytes, or NULL. */
static const uint8_t *option_find(const struct pcapng *p, const struct block *b, uint32_t fixed, uint16_t code,
                                  uint16_t need)
{
	for (uint32_t at = fixed; b->len >= at + OPTION_HEADER;) {
		uint16_t found = container_u16(b->body + at, p->swapped);
		uint16_t len = container_u16(b->body + at + 2, p->swapped);
		at += OPTION_HEADER;
		if (found == 0 || len > b->len - at)
			break;
		if (found == code && len >= need)
			return b->body + at;
		at += (len + 3u) & ~3u;
	}
	return NULL;
}

static uint64_t read_u64(const struct pcapng *p, const uint8_t *b)
{
	uint64_t v;
	memcpy(&v, b, sizeof(v));
	return p->swapped ? __builtin_bswap64(v) : v;
}

static enum step read_section(struct pcapng *p, struct stream *s, const struct block *b)
{
	if (b->len < SECTION_FIXED)
		return container_damage(s, CAPTURE_BAD_LENGTH);
	if (container_u16(b->body + 4, p->swapped) != 1)
		return container_damage(s, CAPTURE_UNKNOWN_VERSION);
	p->interface_count = 0;
	p->dropped += p->section_dropped;
	p->section_dropped = 0;
	return STEP_FRAME;
}

static enum step read_interface(struct pcapng *p, struct stream *s, const struct block *b)
{
	if (b->len < INTERFACE_FIXED)
		return container_damage(s, CAPTURE_BAD_LENGTH);
	if (p->interface_count == CAPTURE_INTERFACES_MAX)
		return container_damage(s, CAPTURE_MANY_INTERFACES);
	const uint8_t *resolution = option_find(p, b, INTERFACE_FIXED, OPTION_TSRESOL, 1);
	const uint8_t *offset = option_find(p, b, INTERFACE_FIXED, OPTION_TSOFFSET, 8);
	p->interfaces[p->interface_count++] = (struct pcapng_interface){
		.link = container_u16(b->body, p->swapped),
		.snaplen = container_u32(b->body + 4, p->swapped),
		.resolution = resolution != NULL ? *resolution : TSRESOL_DEFAULT,
		.offset_s = offset != NULL ? (int64_t)read_u64(p, offset) : 0,
	};
	return STEP_FRAME;
}

/* Counters run since the capture's start: the last statistics of an interface count. */
static void read_statistics(struct pcapng *p, const struct block *b)
{
	if (b->len < STATISTICS_FIXED)
		return;
	uint32_t id = container_u32(b->body, p->swapped);
	const uint8_t *value = option_find(p, b, STATISTICS_FIXED, OPTION_IFDROP, 8);
	if (id >= p->interface_count || value == NULL)
		return;
	uint64_t dropped = read_u64(p, value);
	if (dropped > UINT32_MAX) /* no machine lost that many: a figure that would drown the others */
		return;
	p->section_dropped += dropped - p->interfaces[id].dropped;
	p->interfaces[id].dropped = dropped;
}

__extension__ typedef unsigned __int128 uint128; /* a product of any 64-bit time */

static uint64_t power_of_ten(unsigned n)
{
	uint64_t v = 1;
	while (n-- > 0)
		v *= 10;
	return v;
}

/* Units of 10^-r or 2^-r seconds to microseconds; what does not fit is the largest time. */
static int64_t time_of(const struct pcapng_interface *i, uint64_t units)
{
	unsigned r = i->resolution & 0x7f;
	uint128 us;

	if (i->resolution & 0x80)
		us = (uint128)units * SECOND_US >> r;
	else if (r <= TSRESOL_DEFAULT)
		us = (uint128)units * power_of_ten(TSRESOL_DEFAULT - r);
	else
		us = r - TSRESOL_DEFAULT > 19 ? 0 : units / power_of_ten(r - TSRESOL_DEFAULT);
	return container_time(i->offset_s, us > INT64_MAX ? INT64_MAX : (int64_t)us);
}

/* What an enhanced and an old packet block have in common: data behind 20 bytes of head, cut to the limit. */
static enum step deliver(struct stream *s, const struct block *b, uint32_t fixed, uint32_t stored,
                         struct frame *ret_frame)
{
	/* Of a block larger than the window only the start can be looked at, but that is more than a packet may have. */
	if (stored > b->total - BLOCK_OVERHEAD - fixed)
		return container_damage(s, CAPTURE_BAD_LENGTH);
	ret_frame->data = b->body + fixed;
	ret_frame->len = stored < CAPTURE_PACKET_MAX ? stored : CAPTURE_PACKET_MAX;
	ret_frame->wire_len = ret_frame->wire_len > stored ? ret_frame->wire_len : stored;
	return STEP_FRAME;
}

static enum step read_packet(struct pcapng *p, struct stream *s, const struct block *b, struct frame *ret_frame)
{
	if (b->len < PACKET_FIXED)
		return container_damage(s, CAPTURE_BAD_LENGTH);
	uint32_t id = b->type == BLOCK_PACKET ? container_u32(b->body, p->swapped) : container_u16(b->body, p->swapped);
	if (id >= p->interface_count)
		return container_damage(s, CAPTURE_BAD_INTERFACE);
	const struct pcapng_interface *i = &p->interfaces[id];
	uint64_t units =
	        (uint64_t)container_u32(b->body + 4, p->swapped) << 32 | container_u32(b->body + 8, p->swapped);
	ret_frame->link = i->link;
	ret_frame->time_us = p->time_us = time_of(i, units);
	ret_frame->wire_len = container_u32(b->body + 16, p->swapped);
	return deliver(s, b, PACKET_FIXED, container_u32(b->body + 12, p->swapped), ret_frame);
}

/* A simple packet is of interface 0, has no time and says only how long it was on the wire. */
static enum step read_simple(struct pcapng *p, struct stream *s, const struct block *b, struct frame *ret_frame)
{
	if (b->len < 4)
		return container_damage(s, CAPTURE_BAD_LENGTH);
	if (p->interface_count == 0)
		return container_damage(s, CAPTURE_BAD_INTERFACE);
	uint32_t room = b->total - BLOCK_OVERHEAD - 4, snaplen = p->interfaces[0].snaplen;
	uint32_t wire = container_u32(b->body, p->swapped), stored = wire;
	if (snaplen != 0 && stored > snaplen)
		stored = snaplen;
	ret_frame->link = p->interfaces[0].link;
	ret_frame->time_us = p->time_us;
	ret_frame->wire_len = wire;
	return deliver(s, b, 4, stored < room ? stored : room, ret_frame);
}

enum step pcapng_next(struct pcapng *p, struct stream *s, struct frame *ret_frame)
{
	for (;;) {
		struct block b = { 0 };
		enum step step = next_block(p, s, &b);
		if (step != STEP_FRAME)
			return step;
		switch (b.type) {
		case BLOCK_PACKET:
		case BLOCK_OLD_PACKET:
			return read_packet(p, s, &b, ret_frame);
		case BLOCK_SIMPLE:
			return read_simple(p, s, &b, ret_frame);
		case BLOCK_SECTION:
			step = read_section(p, s, &b);
			break;
		case BLOCK_INTERFACE:
			step = read_interface(p, s, &b);
			break;
		case BLOCK_STATISTICS:
			read_statistics(p, &b);
			break;
		}
		if (step != STEP_FRAME)
			return step;
	}
}
