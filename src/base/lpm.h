/* lpm.h - longest-prefix match over a fixed set of prefixes.
 * Built once, read-only afterwards and safe from any thread. The set is flattened into disjoint address intervals, so
 * a lookup is one binary search: O(log n), whatever the nesting. For estates, label lists and AS tables. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

struct lpm;

struct lpm_entry {
	struct prefix prefix;
	uint32_t value; /* any but LPM_NONE */
};

#define LPM_NONE UINT32_MAX

/** Build from entries[0..count), in any order; the array is not kept. Of equal prefixes the last one given wins.
 * On success *ret_lpm is owned by the caller. Returns 0 or -ENOMEM. */
int lpm_new(const struct lpm_entry *entries, size_t count, struct lpm **ret_lpm);

/** Free. NULL is a no-op. */
void lpm_free(struct lpm *lpm);
void lpm_freep(struct lpm **lpm);

/** Value of the longest prefix that contains a, or LPM_NONE. A NULL table contains nothing. */
uint32_t lpm_find(const struct lpm *lpm, const struct address *a);
