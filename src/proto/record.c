#include "proto/record.h"

/* A record may be 2^14 bytes and what encryption adds; older stacks send a little more. */
enum { LENGTH_MAX = 16384 + 2048 };

static bool header_byte_fits(const struct record *r, uint8_t b)
{
	switch (r->have) {
	case 0:
		return b >= RECORD_CCS && b <= RECORD_DATA;
	case 1:
		return b == 3;
	case 2:
		return b <= 4;
	default:
		return true;
	}
}

static void header_byte(struct record *r, uint8_t b)
{
	if (r->have == 0)
		r->type = b;
	else if (r->have == 3)
		r->length = (uint16_t)(b << 8);
	else if (r->have == 4)
		r->length = (uint16_t)(r->length | b);
	r->have++;
}

static enum record_step body_next(struct record *r, uint32_t n, uint32_t *ret_used)
{
	*ret_used = r->left < n ? r->left : n;
	r->left = (uint16_t)(r->left - *ret_used);
	if (r->left == 0)
		r->have = 0;
	return RECORD_BODY;
}

enum record_step record_next(struct record *r, const uint8_t *p, uint32_t n, uint32_t *ret_used)
{
	if (r->have == RECORD_HEADER)
		return body_next(r, n, ret_used);
	for (*ret_used = 0; *ret_used < n && r->have < RECORD_HEADER; (*ret_used)++) {
		if (!header_byte_fits(r, p[*ret_used]))
			return RECORD_BAD;
		header_byte(r, p[*ret_used]);
	}
	if (r->have < RECORD_HEADER)
		return RECORD_MORE;
	r->left = r->length;
	if (r->length > LENGTH_MAX)
		return RECORD_BAD;
	if (r->length == 0)
		r->have = 0;
	return RECORD_BEGUN;
}
