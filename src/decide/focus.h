/* focus.h - how many observations a source group made in 24 h, on each asset and in all, in hours of data time. Internal. */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

#include "decide/table.h"
#include "model/estate.h"

struct focus_entry;
TAILQ_HEAD(focus_list, focus_entry);

struct focus {
	struct table table;
	struct focus_list use; /* least recently counted first */
	const struct estate *estate;
	uint64_t evicted, no_memory;
};

/** Whose observations: a group, the group * (GROUP_ANY) or *d (GROUP_DISTRIBUTED). */
struct focus_group {
	uint8_t kind;               /* enum group_kind */
	const struct prefix *group; /* GROUP_ADDRESS only, else NULL */
};

/** Returns 0 or -ENOMEM. */
int focus_init(struct focus *focus, const struct estate *estate, uint32_t limit, const struct siphash_key *key);
void focus_fini(struct focus *focus);

/** Bytes it takes at most. */
size_t focus_memory(uint32_t limit);

/** Count one observation of a group on an asset, and on every network around it. */
void focus_note(struct focus *focus, const struct focus_group *group, const struct asset_ref *asset, int64_t now_us);

/** Observations in the 24 hours that end with that of now_us; asset NULL: on all assets. */
uint64_t focus_count(struct focus *focus, const struct focus_group *group, const struct asset_ref *asset,
                     int64_t now_us);
