/* service.h - the success share of each asset over the last hour, from service observations. Internal. */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

#include "decide/outcome.h"
#include "decide/table.h"
#include "model/estate.h"

struct served_asset;
TAILQ_HEAD(service_list, served_asset);

struct services {
	struct table table;
	struct service_list use; /* least recently told first */
	const struct estate *estate;
	uint64_t evicted, no_memory;
};

/** Returns 0 or -ENOMEM. */
int services_init(struct services *services, const struct estate *estate, uint32_t limit,
                  const struct siphash_key *key);
void services_fini(struct services *services);

/** Bytes it takes at most. */
size_t services_memory(uint32_t limit);

/** Remember one service observation. */
void services_add(struct services *services, const struct asset_ref *asset, const struct service_slot *slot);

/** True when inner is around itself, or around lies around it. */
bool asset_inside(const struct estate *estate, const struct asset_ref *inner, const struct asset_ref *around);

/** Start to watch the clients of an asset, with inside of all within it too: the share of the hour before first_us, then
 * what is known from first_us on. */
void services_start(struct services *services, const struct asset_ref *asset, bool inside, int64_t first_us,
                    const struct counting_rule *rule, struct reach *ret_reach);
