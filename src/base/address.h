/* address.h - IP addresses and prefixes. One form for both families: IPv4 is mapped into ::ffff:0:0/96. */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct address {
	uint8_t bytes[16]; /* network byte order */
};

/** A network. len counts bits of the 16-byte form: an IPv4 /24 has len 120. Bits behind len are zero. */
struct prefix {
	struct address address;
	uint8_t len;
};

enum { ADDRESS_TEXT_MAX = 46, PREFIX_TEXT_MAX = 50 };

/* On the path of each packet: in two words, without a call. */
static inline bool address_equal(const struct address *a, const struct address *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

/** Less than, equal to or greater than 0, in the order of the bytes. */
static inline int address_compare(const struct address *a, const struct address *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	unsigned i = x[0] == y[0];
	uint64_t l = be64toh(x[i]), r = be64toh(y[i]);
	return (l > r) - (l < r);
}

/** True for ::, which stands for "no address" in observations and groups. */
static inline bool address_is_none(const struct address *a)
{
	uint64_t x[2];

	memcpy(x, a, sizeof(x));
	return (x[0] | x[1]) == 0;
}

/** True for ::ffff:0:0/96. */
static inline bool address_is_v4(const struct address *a)
{
	uint64_t high;
	uint32_t middle;

	memcpy(&high, a->bytes, sizeof(high));
	memcpy(&middle, a->bytes + 8, sizeof(middle));
	return high == 0 && middle == htobe32(0xffff);
}

/** Map four bytes, network order, into the common form. */
struct address address_from_v4(const uint8_t b[static 4]);

/** Parse dotted quad or RFC 4291 text without scope id. Returns 0 or -EINVAL; *ret_address only on success. */
int address_parse(const char *text, struct address *ret_address);

/** Print as dotted quad or RFC 5952 text. Returns buf. */
char *address_format(const struct address *a, char buf[static ADDRESS_TEXT_MAX]);

/** The first len bits of a; len at most 128. */
struct prefix prefix_of(const struct address *a, uint8_t len);

/** Parse "ADDRESS" or "ADDRESS/LEN" (LEN in the family's own bits). Host bits set: -ERANGE. Returns 0, -EINVAL or -ERANGE. */
int prefix_parse(const char *text, struct prefix *ret_prefix);

/** Print as ADDRESS/LEN in the family's own bits. Returns buf. */
char *prefix_format(const struct prefix *p, char buf[static PREFIX_TEXT_MAX]);

bool prefix_contains(const struct prefix *p, const struct address *a);

/** True when inner is p or lies inside it. */
bool prefix_covers(const struct prefix *p, const struct prefix *inner);

int prefix_compare(const struct prefix *a, const struct prefix *b);
