/* flood.h - floods: more units of one vector on one asset within 30 s than its floor, or anything near it.
 *
 * Judges every second of data time, FLOOD_LAG_S later, when no event can be late for it any more. A second whose load (units
 * of the vector in the FLOOD_WINDOW_S that end with it) is at least a tenth of the floor gives one observation, with units or
 * without; application vectors also one for each of the FLOOD_SHARES_SHOWN heaviest sources of that second. A ramp below a
 * tenth of the floor gives none, so an attack's first second may be late by as long as the ramp lasted. The vectors
 * tcp-connection, tls-handshake and http-slow have one load together. Owned by one shard. */
#pragma once

#include "base/siphash.h"
#include "inspect/rate/rate.h"
#include "inspect/rate/target.h"

enum { FLOOD_WINDOW_S = 30, FLOOD_LAG_S = 13, FLOOD_SHARES_KEPT = 512, FLOOD_SHARES_SHOWN = 256 };

struct flood_config {
	const struct estate *estate;
	const struct counting_rule *rule;
	struct rate_limits limits; /* flood_* */
	struct siphash_key key;
	struct observation_sink sink;
	struct rate_counters *counters; /* of the shard; outlives the detector */
};

struct flood;

/** On success *ret_flood is owned by the caller. Returns 0 or -ENOMEM. */
int flood_new(const struct flood_config *config, struct flood **ret_flood);
void flood_free(struct flood *flood);
size_t flood_memory(const struct rate_limits *limits);

/** The vector an event counts for, VECTOR_NONE if for none. Needs no state. */
enum vector flood_vector(const struct counting_rule *rule, const struct flow_event *event);

/** What an event's units count for. */
struct unit {
	struct asset_ref asset;
	uint64_t asset_hash, source_hash; /* keyed hashes of asset and source group */
	enum vector vector;               /* flood_vector() of the event */
	enum direction direction;
	bool rollup; /* on the network asset with everything inside it */
};

/** Count an event, after flood_advance() to its seen_us. */
void flood_feed(struct flood *flood, const struct flow_event *event, const struct unit *of);

/** Data time has come to now_us. */
void flood_advance(struct flood *flood, int64_t now_us);

/** The data ended: judge the seconds up to the last. */
void flood_finish(struct flood *flood);
