/* pcap.c - classic pcap files. */
#include <string.h>

#include "capture/container.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16, VERSION_MAJOR = 2 };

#define MAGIC_US UINT32_C(0xa1b2c3d4)
#define MAGIC_NS UINT32_C(0xa1b23c4d)

bool pcap_is(const uint8_t magic[static 4])
{
	uint32_t native = container_u32(magic, false), swapped = container_u32(magic, true);

	return native == MAGIC_US || native == MAGIC_NS || swapped == MAGIC_US || swapped == MAGIC_NS;
}

enum step pcap_start(struct pcap *p, struct stream *s)
{
	stream_mark(s);
	if (!stream_need(s, FILE_HEADER))
		return container_end(s);
	const uint8_t *h = stream_look(s);
	uint32_t magic = container_u32(h, false);
	p->swapped = magic != MAGIC_US && magic != MAGIC_NS;
	p->nanoseconds = container_u32(h, p->swapped) == MAGIC_NS;
	if (container_u16(h + 4, p->swapped) != VERSION_MAJOR)
		return container_damage(s, CAPTURE_UNKNOWN_VERSION);
	p->snaplen = container_u32(h + 16, p->swapped);
	p->link = (uint16_t)container_u32(h + 20, p->swapped); /* the upper half tells of checksums behind frames */
	stream_take(s, FILE_HEADER);
	return STEP_FRAME;
}

/* A length above the limit is believed only where the file's header announced such packets. */
static bool length_plausible(const struct pcap *p, uint32_t len)
{
	return len <= CAPTURE_PACKET_MAX || (len <= p->snaplen && len <= CAPTURE_BLOCK_MAX);
}

enum step pcap_next(struct pcap *p, struct stream *s, struct frame *ret_frame)
{
	bool room = stream_need(s, RECORD_HEADER);

	if (s->skip == 0)
		stream_mark(s);
	if (!room)
		return container_end(s);
	const uint8_t *h = stream_look(s);
	uint32_t stored = container_u32(h + 8, p->swapped), wire = container_u32(h + 12, p->swapped);
	if (!length_plausible(p, stored))
		return container_damage(s, CAPTURE_BAD_LENGTH);
	uint32_t len = stored < CAPTURE_PACKET_MAX ? stored : CAPTURE_PACKET_MAX;
	if (!stream_need(s, RECORD_HEADER + len))
		return container_end(s);
	h = stream_look(s);
	uint32_t fraction = container_u32(h + 4, p->swapped);
	ret_frame->time_us = container_time(container_u32(h, p->swapped), p->nanoseconds ? fraction / 1000 : fraction);
	ret_frame->data = h + RECORD_HEADER;
	ret_frame->len = len;
	ret_frame->wire_len = wire > stored ? wire : stored;
	ret_frame->link = p->link;
	stream_take(s, (uint64_t)RECORD_HEADER + stored);
	return STEP_FRAME;
}
