#include "capture/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/bytes.h"

enum { MAGIC_BYTES = 4 };

int stream_init(struct stream *s, int fd, const void *memory, size_t size, size_t window, bool digest)
{
	check(window >= STREAM_WINDOW_MIN);
	*s = (struct stream){ .fd = fd, .memory = memory, .memory_left = size, .size = window };
	s->window = malloc(window);
	if (digest)
		s->digest = digest_stream_new();
	return s->window == NULL || (digest && s->digest == NULL) ? -ENOMEM : 0;
}

static void decompressor_free(struct stream *s)
{
	if (s->encoding == STREAM_GZIP && s->decompressor != NULL) {
		(void)inflateEnd(s->decompressor);
		free(s->decompressor);
	}
	if (s->encoding == STREAM_ZSTD)
		(void)ZSTD_freeDCtx(s->decompressor);
	s->decompressor = NULL;
}

void stream_fini(struct stream *s)
{
	decompressor_free(s);
	digest_stream_freep(&s->digest);
	s->digest = NULL;
	free(s->window);
	free(s->raw);
	s->window = s->raw = NULL;
}

static void stream_fail(struct stream *s, enum capture_reason reason)
{
	s->at_end = true;
	s->failed = true;
	s->reason = reason;
}

static ssize_t read_memory(struct stream *s, uint8_t *to, size_t room)
{
	size_t n = s->memory_left < room ? s->memory_left : room;

	if (n > 0)
		memcpy(to, s->memory, n);
	s->memory += n;
	s->memory_left -= n;
	return (ssize_t)n;
}

/* Bytes of the file itself, into to. Sets raw_end; an error fails the stream. */
static size_t read_raw(struct stream *s, uint8_t *to, size_t room)
{
	ssize_t n;

	if (s->raw_end)
		return 0;
	do
		n = s->fd < 0 ? read_memory(s, to, room) : read(s->fd, to, room);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		s->raw_end = true;
		if (n < 0)
			stream_fail(s, CAPTURE_READ_ERROR);
		return 0;
	}
	s->raw_bytes += (uint64_t)n;
	if (s->digest != NULL)
		digest_stream_add(s->digest, to, (size_t)n);
	return (size_t)n;
}

static enum stream_encoding encoding_of(const uint8_t *b, size_t n)
{
	if (n >= 2 && b[0] == 0x1f && b[1] == 0x8b)
		return STREAM_GZIP;
	if (n < MAGIC_BYTES)
		return STREAM_PLAIN;
	uint32_t magic = get_le32(b);
	if (magic == ZSTD_MAGICNUMBER || (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START)
		return STREAM_ZSTD;
	return STREAM_PLAIN;
}

static bool decompressor_new(struct stream *s)
{
	s->raw = malloc(STREAM_RAW);
	if (s->raw == NULL)
		return false;
	if (s->encoding == STREAM_GZIP) {
		z_stream *z = calloc(1, sizeof(*z));
		if (z != NULL && inflateInit2(z, MAX_WBITS + 16) != Z_OK) {
			free(z);
			z = NULL;
		}
		s->decompressor = z;
		return z != NULL;
	}
	ZSTD_DCtx *z = ZSTD_createDCtx();
	s->decompressor = z;
	return z != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, CAPTURE_WINDOW_LOG_MAX));
}

/* The first bytes are read into the window; those of a compressed input then move in front of the decompressor. */
static void detect_encoding(struct stream *s)
{
	while (s->end < MAGIC_BYTES && !s->raw_end)
		s->end += read_raw(s, s->window + s->end, STREAM_RAW - s->end);
	s->encoding = encoding_of(s->window, s->end);
	if (s->encoding == STREAM_PLAIN)
		return;
	if (!decompressor_new(s)) {
		s->out_of_memory = s->at_end = true;
		return;
	}
	memcpy(s->raw, s->window, s->end);
	s->raw_len = s->end;
	s->end = 0;
	s->inside = true;
}

/* False at the end of the file. */
static bool refill_raw(struct stream *s)
{
	if (s->raw_pos < s->raw_len)
		return true;
	s->raw_pos = 0;
	s->raw_len = read_raw(s, s->raw, STREAM_RAW);
	return s->raw_len > 0;
}

/* Between two gzip members: tapes and disks pad with zeros, anything else must be a member. */
static bool next_member(struct stream *s)
{
	while (refill_raw(s)) {
		while (s->raw_pos < s->raw_len && s->raw[s->raw_pos] == 0)
			s->raw_pos++;
		if (s->raw_pos < s->raw_len) {
			s->inside = inflateReset(s->decompressor) == Z_OK;
			return s->inside;
		}
	}
	s->at_end = true;
	return false;
}

static void fill_gzip(struct stream *s)
{
	z_stream *z = s->decompressor;

	if (!s->inside && !next_member(s))
		return;
	bool more = refill_raw(s);
	size_t room = s->size - s->end;
	z->next_in = s->raw + s->raw_pos;
	z->avail_in = (uInt)(s->raw_len - s->raw_pos);
	z->next_out = s->window + s->end;
	z->avail_out = (uInt)room;
	int r = inflate(z, Z_NO_FLUSH);
	s->raw_pos = s->raw_len - z->avail_in;
	s->end += room - z->avail_out;
	s->inside = r != Z_STREAM_END;
	if (r == Z_MEM_ERROR)
		s->out_of_memory = s->at_end = true;
	else if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		stream_fail(s, CAPTURE_COMPRESSED_BAD);
	else if (!more && s->inside && z->avail_out == room)
		stream_fail(s, s->failed ? s->reason : CAPTURE_COMPRESSED_TRUNCATED);
}

static void fill_zstd(struct stream *s)
{
	bool more = refill_raw(s);
	if (!more && !s->inside) {
		s->at_end = true;
		return;
	}
	ZSTD_inBuffer in = { s->raw, s->raw_len, s->raw_pos };
	ZSTD_outBuffer out = { s->window, s->size, s->end };
	size_t r = ZSTD_decompressStream(s->decompressor, &out, &in);
	size_t made = out.pos - s->end;
	s->raw_pos = in.pos;
	s->end = out.pos;
	s->inside = r != 0;
	if (ZSTD_isError(r))
		stream_fail(s, CAPTURE_COMPRESSED_BAD);
	else if (!more && s->inside && made == 0)
		stream_fail(s, s->failed ? s->reason : CAPTURE_COMPRESSED_TRUNCATED);
}

static void fill_plain(struct stream *s)
{
	s->end += read_raw(s, s->window + s->end, s->size - s->end);
	s->at_end = s->raw_end;
}

/* Make room behind end, then read something or find the end. */
static void fill_once(struct stream *s)
{
	size_t have = s->end - s->pos;

	if (s->pos > 0) {
		memmove(s->window, s->window + s->pos, have);
		s->base += s->pos;
		s->pos = 0;
		s->end = have;
	}
	switch (s->encoding) {
	case STREAM_UNKNOWN:
		detect_encoding(s);
		break;
	case STREAM_PLAIN:
		fill_plain(s);
		break;
	case STREAM_GZIP:
		fill_gzip(s);
		break;
	case STREAM_ZSTD:
		fill_zstd(s);
		break;
	}
}

bool stream_fill(struct stream *s, size_t n)
{
	check(n <= s->size);
	for (;;) {
		uint64_t skip = s->skip;
		s->skip = 0;
		stream_take(s, skip);
		if (s->skip == 0 && s->end - s->pos >= n)
			return true;
		if (s->at_end)
			return false;
		fill_once(s);
	}
}

bool stream_is_end(const struct stream *s)
{
	return s->pos == s->end && s->skip == 0 && !s->failed;
}

uint64_t stream_drain(struct stream *s)
{
	uint64_t behind = 0;

	s->skip = 0;
	while (!s->at_end) {
		s->pos = s->end;
		fill_once(s);
	}
	uint64_t reached = s->base + s->end;
	if (s->failed && s->raw != NULL) {
		behind = s->raw_len - s->raw_pos;
		s->raw_pos = s->raw_len;
		while (refill_raw(s)) {
			behind += s->raw_len;
			s->raw_pos = s->raw_len;
		}
	}
	return (reached > s->mark ? reached - s->mark : 0) + behind;
}
