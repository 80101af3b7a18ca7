/* group.h - the source group of a confirmed address: /32 or /64, or the wider prefix its neighbours have become (design 5.2).
 * Groups meet inside a scope: everything of an attack's key but the group. Internal. */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

#include "base/address.h"
#include "decide/table.h"

enum { GROUP_MEMBERS_MAX = 64 }; /* the highest merge-groups the rule's parser takes */

struct neighbourhood;
TAILQ_HEAD(neighbourhood_list, neighbourhood);

struct groups {
	struct table table; /* of /56 and /48 with their scope */
	struct neighbourhood_list use;
	uint32_t merge; /* so many meet */
	uint64_t evicted, merges, no_memory;
};

/** Told when a narrower group has just become part of a wider one. */
struct groups_join {
	void (*joined)(void *context, const struct prefix *narrow, const struct prefix *wide);
	void *context;
};

/** Returns 0 or -ENOMEM. */
int groups_init(struct groups *groups, uint32_t limit, uint32_t merge, const struct siphash_key *key);
void groups_fini(struct groups *groups);

/** Bytes it takes at most. */
size_t groups_memory(uint32_t limit);

/** /32 for IPv4, /64 for IPv6. */
struct prefix group_narrow(const struct address *a);

/** The group of an address seen at now_us inside a scope; neighbours met within gap_us of each other are one. A wider group
 * stays one until nothing of it was seen for longer than the gap. */
struct prefix groups_resolve(struct groups *groups, const struct table_parts *scope, const struct address *a,
                             int64_t now_us, int64_t gap_us, const struct groups_join *join);

/** The group an address is in at now_us, without counting it as seen. */
struct prefix groups_lookup(const struct groups *groups, const struct table_parts *scope, const struct address *a,
                            int64_t now_us, int64_t gap_us);
