#include "record/pcapng.h"

#include <endian.h>
#include <string.h>

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_USER_APPLICATION = 4 };

static void put16(struct text *out, uint16_t v)
{
	v = htole16(v);
	text_add_bytes(out, &v, sizeof(v));
}

static void put32(struct text *out, uint32_t v)
{
	v = htole32(v);
	text_add_bytes(out, &v, sizeof(v));
}

static uint32_t padded(size_t n)
{
	return (uint32_t)((n + 3) & ~(size_t)3);
}

static void put_padded(struct text *out, const void *data, size_t n)
{
	static const uint8_t zero[4];

	text_add_bytes(out, data, n);
	text_add_bytes(out, zero, padded(n) - n);
}

/* Size of one text option and the end of options. */
static uint32_t options_size(const char *text)
{
	return 4 + padded(strlen(text)) + 4;
}

static void put_options(struct text *out, uint16_t code, const char *text)
{
	put16(out, code);
	put16(out, (uint16_t)strlen(text));
	put_padded(out, text, strlen(text));
	put16(out, OPTION_END);
	put16(out, 0);
}

void pcapng_add_section(struct text *out)
{
	static const char application[] = "redoubt";
	uint32_t size = 28 + options_size(application);

	put32(out, BLOCK_SECTION);
	put32(out, size);
	put32(out, 0x1a2b3c4d);
	put16(out, 1);
	put16(out, 0);
	put32(out, UINT32_MAX); /* section length: not said */
	put32(out, UINT32_MAX);
	put_options(out, OPTION_USER_APPLICATION, application);
	put32(out, size);
}

void pcapng_add_interface(struct text *out, uint16_t link, uint32_t snap_len)
{
	put32(out, BLOCK_INTERFACE);
	put32(out, 20);
	put16(out, link);
	put16(out, 0);
	put32(out, snap_len);
	put32(out, 20);
}

void pcapng_add_packet(struct text *out, uint32_t interface, int64_t time_us, const uint8_t *data, uint32_t len,
                       uint32_t wire_len, const char *comment)
{
	uint64_t time = time_us > 0 ? (uint64_t)time_us : 0;
	uint32_t size = 32 + padded(len) + options_size(comment);

	put32(out, BLOCK_PACKET);
	put32(out, size);
	put32(out, interface);
	put32(out, (uint32_t)(time >> 32));
	put32(out, (uint32_t)time);
	put32(out, len);
	put32(out, wire_len);
	put_padded(out, data, len);
	put_options(out, OPTION_COMMENT, comment);
	put32(out, size);
}
