/* histogram.h - how often each load was seen, in log-linear buckets of a fixed layout: exact below 64, then 32 buckets an
 * octave, so a bucket's middle is within 1/64 (1.6 %) of all it holds. Only buckets in use take memory. Internal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 1920 };

struct histogram_bucket {
	uint16_t bucket;
	uint32_t count;
};

struct histogram {
	struct histogram_bucket *used; /* ascending, owned */
	uint32_t used_count, size;
	uint64_t total;
};

/** The bucket of a value, 0 to HISTOGRAM_BUCKETS - 1. */
unsigned histogram_bucket(uint64_t value);

/** The middle of a bucket. */
uint64_t histogram_value(unsigned bucket);

/** Count a value of a bucket n times; counts stop at UINT32_MAX. Returns 0 or -ENOMEM. */
int histogram_add(struct histogram *h, unsigned bucket, uint32_t n);

/** Forget all, release memory. */
void histogram_fini(struct histogram *h);
