/* stream.h - the bytes of one input, uncompressed, through a window that can be looked at without copying.
 * Private to capture/. Whether the input is plain, gzip (several members) or zstd (several frames) is told by its first bytes
 * when the first byte is asked for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/digest.h"
#include "capture/capture.h"

enum {
	STREAM_WINDOW = 1 << 20,           /* usual size of the window */
	STREAM_WINDOW_MIN = 3 * (1 << 17), /* the least: one packet of CAPTURE_PACKET_MAX and its headers fit */
	STREAM_RAW = 1 << 18,              /* compressed bytes read at once */
};

enum stream_encoding { STREAM_UNKNOWN = 0, STREAM_PLAIN, STREAM_GZIP, STREAM_ZSTD };

struct stream {
	uint8_t *window; /* owned */
	size_t size, pos, end;
	uint64_t base; /* offset of window[0] in the uncompressed input */
	uint64_t skip; /* bytes behind pos to pass over before the next look */
	uint64_t mark; /* offset of the record being read */
	bool at_end;   /* nothing comes behind window[end] */
	bool failed;   /* because of reason */
	bool out_of_memory;
	enum capture_reason reason;

	enum stream_encoding encoding;
	int fd; /* -1: memory, borrowed */
	const uint8_t *memory;
	size_t memory_left;
	bool raw_end;       /* the file itself is at its end */
	uint64_t raw_bytes; /* of the file, read so far */
	uint8_t *raw;       /* owned; compressed bytes on their way to the decompressor, none for plain input */
	size_t raw_pos, raw_len;
	bool inside;                  /* of a gzip member or zstd frame */
	void *decompressor;           /* owned: z_stream or ZSTD_DCtx */
	struct digest_stream *digest; /* owned; NULL without */
};

/** fd >= 0, or memory. Neither is owned. Returns 0 or -ENOMEM; call stream_fini() in both cases. */
int stream_init(struct stream *s, int fd, const void *memory, size_t size, size_t window, bool digest);

/** Free what it owns. */
void stream_fini(struct stream *s);

/** The slow way of stream_need(). */
bool stream_fill(struct stream *s, size_t n);

/** True when n bytes, at most STREAM_WINDOW_MIN or the window, can be looked at; false: the input has fewer left. */
static inline bool stream_need(struct stream *s, size_t n)
{
	if (s->skip == 0 && s->end - s->pos >= n)
		return true;
	return stream_fill(s, n);
}

/** The bytes stream_need() was asked for. Valid until the next stream_need(). */
static inline const uint8_t *stream_look(const struct stream *s)
{
	return s->window + s->pos;
}

/** Pass over n bytes; more than are in the window are passed over by the next stream_need(). What was looked at stays. */
static inline void stream_take(struct stream *s, uint64_t n)
{
	size_t have = s->end - s->pos;
	size_t now = n < have ? (size_t)n : have;

	check_hot(s->skip == 0);
	s->pos += now;
	s->skip = n - now;
}

/** A record starts here: damage will be reported with this offset. */
static inline void stream_mark(struct stream *s)
{
	s->mark = s->base + s->pos + s->skip;
}

/** After stream_need() said no: true when the input ends here as it should, with nothing left over. */
bool stream_is_end(const struct stream *s);

/** Read and forget the rest, so that the digest covers all of it. Returns how many bytes from mark on were there but unused. */
uint64_t stream_drain(struct stream *s);
