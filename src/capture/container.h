/* container.h - the two file formats, read from a stream. Private to capture/. */
#pragma once

#include "capture/stream.h"
#include "model/packet.h"

enum step {
	STEP_FRAME,
	STEP_END,
	STEP_DAMAGE, /* the stream's reason says which */
};

/** Classic pcap: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html */
struct pcap {
	bool swapped; /* the file's byte order is not the machine's */
	bool nanoseconds;
	uint16_t link;
	uint32_t snaplen;
};

struct pcapng_interface {
	int64_t offset_s; /* added to its times */
	uint64_t dropped; /* its last statistics */
	uint32_t snaplen;
	uint16_t link;
	uint8_t resolution; /* as in option if_tsresol */
};

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html */
struct pcapng {
	struct pcapng_interface *interfaces; /* owned, of the current section */
	uint32_t interface_count;
	bool swapped;
	int64_t time_us;          /* of the last packet: simple packets have none */
	uint64_t dropped;         /* of sections that are over */
	uint64_t section_dropped; /* of the current one */
	uint32_t late_length;     /* a block larger than the window: its length, which its trailer must repeat */
};

/** The sum in microseconds; us at least 0. Times before 1970 or after 9999 would overflow later sums: clamped. */
int64_t container_time(int64_t seconds, int64_t us);

/** Damage found by a container. */
enum step container_damage(struct stream *s, enum capture_reason reason);

/** stream_need() said no inside a record: damage. */
enum step container_cut(struct stream *s);

/** stream_need() said no where a record may begin: the end, or damage. */
enum step container_end(struct stream *s);

static inline uint32_t container_u32(const uint8_t *b, bool swapped)
{
	uint32_t v;
	memcpy(&v, b, sizeof(v));
	return swapped ? __builtin_bswap32(v) : v;
}

static inline uint16_t container_u16(const uint8_t *b, bool swapped)
{
	uint16_t v;
	memcpy(&v, b, sizeof(v));
	return swapped ? __builtin_bswap16(v) : v;
}

/** True when the four bytes are a pcap magic. */
bool pcap_is(const uint8_t magic[static 4]);
/** Read the file header: STEP_FRAME when it can go on. */
enum step pcap_start(struct pcap *p, struct stream *s);
enum step pcap_next(struct pcap *p, struct stream *s, struct frame *ret_frame);

bool pcapng_is(const uint8_t magic[static 4]);
/** Returns 0 or -ENOMEM. */
int pcapng_init(struct pcapng *p);
void pcapng_fini(struct pcapng *p);
enum step pcapng_next(struct pcapng *p, struct stream *s, struct frame *ret_frame);
