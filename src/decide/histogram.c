#include "decide/histogram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { EXACT = 64, EXACT_BITS = 6, SUB_BITS = 5 };

unsigned histogram_bucket(uint64_t value)
{
	if (value < EXACT)
		return (unsigned)value;
	unsigned e = 63 - (unsigned)__builtin_clzll(value);
	unsigned sub = (unsigned)(value >> (e - SUB_BITS)) & ((1u << SUB_BITS) - 1);
	return EXACT + (e - EXACT_BITS) * (1u << SUB_BITS) + sub;
}

uint64_t histogram_value(unsigned bucket)
{
	check(bucket < HISTOGRAM_BUCKETS);
	if (bucket < EXACT)
		return bucket;
	unsigned e = (bucket - EXACT) / (1u << SUB_BITS) + EXACT_BITS;
	uint64_t sub = (bucket - EXACT) % (1u << SUB_BITS);
	uint64_t width = UINT64_C(1) << (e - SUB_BITS);
	return (((UINT64_C(1) << SUB_BITS) + sub) << (e - SUB_BITS)) + width / 2;
}

static int grow(struct histogram *h)
{
	uint32_t size = h->size != 0 ? h->size * 2 : 8;
	struct histogram_bucket *used = realloc(h->used, size * sizeof(*used));

	if (used == NULL)
		return -ENOMEM;
	h->used = used;
	h->size = size;
	return 0;
}

/* Position of the first bucket not below. */
static uint32_t lower_bound(const struct histogram *h, unsigned bucket)
{
	uint32_t low = 0, high = h->used_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (h->used[middle].bucket < bucket)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int histogram_add(struct histogram *h, unsigned bucket, uint32_t n)
{
	uint32_t at = lower_bound(h, bucket);

	check(bucket < HISTOGRAM_BUCKETS);
	if (at == h->used_count || h->used[at].bucket != bucket) {
		if (h->used_count == h->size && grow(h) < 0)
			return -ENOMEM;
		memmove(&h->used[at + 1], &h->used[at], (h->used_count - at) * sizeof(*h->used));
		h->used[at] = (struct histogram_bucket){ .bucket = (uint16_t)bucket };
		h->used_count++;
	}
	uint32_t room = UINT32_MAX - h->used[at].count;
	n = n < room ? n : room;
	h->used[at].count += n;
	h->total += n;
	return 0;
}

void histogram_fini(struct histogram *h)
{
	free(h->used);
	*h = (struct histogram){ 0 };
}
