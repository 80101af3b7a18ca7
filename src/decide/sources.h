/* sources.h - the source groups of one attack and what each did. Exact up to ATTACK_SOURCES_MAX or to the budget shared by
 * all open attacks; beyond, the lightest makes room and its units are carried over (space-saving: Metwally, Agrawal and
 * El Abbadi 2005), so that the heaviest stay named and no weight is lost. Internal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/siphash.h"
#include "model/attack.h"

struct source {
	struct prefix group;
	uint8_t path; /* enum path_status, the weakest seen */
	uint64_t observations, units;
};

struct sources {
	struct source *list; /* in order of arrival, owned */
	uint32_t *index;     /* hash to position + 1, owned */
	uint32_t *heap;      /* positions, lightest first; only once full. owned */
	uint32_t *heap_at;   /* position to place in heap. owned */
	uint32_t count, size;
	bool full; /* some were pushed out */
};

struct sources_budget {
	uint64_t used, limit;
	struct siphash_key key;
};

/** Add to a group's share. Returns 0, or -ENOMEM when nothing could be kept of it. */
int sources_add(struct sources *s, struct sources_budget *budget, const struct prefix *group, uint8_t path,
                uint64_t observations, uint64_t units);

const struct source *sources_find(const struct sources *s, const struct sources_budget *budget,
                                  const struct prefix *group);

void sources_fini(struct sources *s, struct sources_budget *budget);
