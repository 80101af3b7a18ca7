/* distinct.h - how many different things were seen: exact up to a limit, then a lower bound. Things are named by a keyed
 * 64-bit hash; a collision would need about 2^32 things. Grows on demand, within a budget shared by many sets. Internal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct distinct {
	uint64_t *slots; /* 0: free. owned */
	uint32_t size;   /* power of two, or 0 */
	uint32_t count;
	bool full; /* count is a lower bound */
};

/** Room shared by all sets of one owner, in things. */
struct distinct_budget {
	uint64_t used, limit;
};

/** Add a thing. limit bounds this set. Returns true when it is new and counted. */
bool distinct_add(struct distinct *set, struct distinct_budget *budget, uint32_t limit, uint64_t thing);

/** Forget all and give the room back. */
void distinct_fini(struct distinct *set, struct distinct_budget *budget);

/** Add all of from to set. */
void distinct_merge(struct distinct *set, struct distinct_budget *budget, uint32_t limit, const struct distinct *from);
