/* reorder.h - a heap that gives observations back in observation_compare() order. Fixed size. Internal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"

struct reorder {
	struct observation *heap; /* owned */
	uint32_t count, size;
};

/** Room for size observations. Returns 0 or -ENOMEM. */
int reorder_init(struct reorder *r, uint32_t size);
void reorder_fini(struct reorder *r);

static inline bool reorder_full(const struct reorder *r)
{
	return r->count == r->size;
}

/** Put in one; the heap must not be full. */
void reorder_put(struct reorder *r, const struct observation *obs);

/** The first one, or NULL. Valid until the next change. */
const struct observation *reorder_first(const struct reorder *r);

/** Take the first one out; the heap must not be empty. */
void reorder_take(struct reorder *r, struct observation *ret_obs);
