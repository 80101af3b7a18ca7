/* carpet.h - networks, and which assets in them met the flood rule lately: the ground of carpet bombing. Internal. */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

#include "decide/table.h"
#include "model/words.h"

enum { CARPET_ASSETS_MAX = 64 }; /* the highest carpet-assets the rule's parser takes */

struct carpet {
	struct table_link link;
	TAILQ_ENTRY(carpet) of_use;
	int64_t alone_us[VECTOR_COUNT]; /* when an asset in it last met the rule alone; INT64_MIN never */
	uint32_t count;
	struct {
		struct asset_ref asset;
		int64_t met_us;
	} children[CARPET_ASSETS_MAX];
};

TAILQ_HEAD(carpet_list, carpet);

struct carpets {
	struct table table;
	struct carpet_list use; /* least recently used first */
	uint64_t evicted, no_memory;
};

/** Returns 0 or -ENOMEM. */
int carpets_init(struct carpets *carpets, uint32_t limit, const struct siphash_key *key);
void carpets_fini(struct carpets *carpets);

/** The network's, made when missing; the least recently used one makes room. NULL without memory. */
struct carpet *carpets_watch(struct carpets *carpets, const struct asset_ref *network, enum vector_group group,
                             uint8_t direction);

/** Note that an asset in it met the rule at now_us; returns how many did within the window that ends then. */
uint32_t carpet_count(struct carpet *carpet, const struct asset_ref *child, int64_t now_us, int64_t window_us);
