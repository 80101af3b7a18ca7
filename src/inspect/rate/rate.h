/* rate.h - detectors that judge by how much, how often and how many: scans, floods, brute force, service.
 *
 *     lanes -- rate_route() --> 64 shards -- rate_feed(), rate_advance() --> one sink per shard
 *
 * A shard owns the sources and the assets whose keyed hash falls on it, whatever the number of workers. One thread runs a
 * shard at a time; two shards share read-only data only, so any thread may run any shard. A shard is fed in the order of
 * flow_event_compare(); what it finds depends on the events, not on how they were cut into batches nor on when
 * rate_advance() was called between them. Exact findings do not depend on the key either; approximate ones (claimed
 * sources of a flood, steps of a scan beyond the exact limit) stay inside the error their pages in doc/detectors/ state.
 *
 * Folders: scan/, flood/, service/, brute/. Each takes the events that concern it, in one shard:
 *     source shard (client /32 or /64)   scan: UNANSWERED   brute: LOGIN
 *     asset shard                        flood: UNANSWERED, REQUEST, NO_REQUEST   service: the same
 *     shard of the network around it     flood, as rollup
 * CONFIRMED and END concern none of them. Events about nothing in the estate, and about multicast or broadcast targets
 * (which nobody answers by rule), are counted and go nowhere. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "model/estate.h"
#include "model/flow_event.h"
#include "model/observation.h"
#include "model/rule.h"

enum { RATE_SHARDS = 64, RATE_ROUTES_MAX = 3 };

/** Sizes of the tables of one shard; all at least 1. RATE_LIMITS_DEFAULT suits one machine. */
struct rate_limits {
	uint32_t scan_sources;    /* (source, asset) pairs remembered; full: the least recent is forgotten */
	uint32_t scan_sets;       /* of them, those with more than a few steps; full: the least recent is forgotten */
	uint32_t scan_sketches;   /* of them, those beyond the exact limit; full: the least recent is forgotten */
	uint32_t scan_lines;      /* scan observations in one second; full: further steps are counted only */
	uint32_t flood_tallies;   /* (asset, vector) pairs watched; full: the least recent is forgotten */
	uint32_t flood_shares;    /* (source, second) shares of application floods in flight; full: no share line */
	uint32_t service_assets;  /* assets watched; full: the least recent is forgotten */
	uint32_t service_clients; /* known clients; full: the least recently served is forgotten */
	uint32_t brute_sources;   /* for brute/ */
};
extern const struct rate_limits RATE_LIMITS_DEFAULT;

struct rate_config {
	const struct estate *estate;      /* sealed; outlives the detectors */
	const struct counting_rule *rule; /* outlives the detectors; floors, amplifier ports and the gap are used */
	struct rate_limits limits;
	struct siphash_key key; /* where things lie in tables; secret on a live sensor */
	struct observation_sink
	        sink[RATE_SHARDS]; /* called by the thread that runs the shard; does not keep the pointer */
};

/** What was counted, one number a line of rate_counters.def. */
struct rate_counters {
#define COUNTER(name, meaning) uint64_t name;
#include "inspect/rate/rate_counters.def"
#undef COUNTER
};

struct rate;

/** Allocates everything the detectors will ever use. On success *ret_rate is owned by the caller.
 * Returns 0, -EINVAL (a limit is 0) or -ENOMEM. */
int rate_new(const struct rate_config *config, struct rate **ret_rate);

/** Free. NULL is a no-op. */
void rate_free(struct rate *rate);
void rate_freep(struct rate **rate);

/** Upper bound of the memory rate_new() takes for such limits, bytes. */
size_t rate_memory(const struct rate_limits *limits);

/** Fill in the shards that must be fed this event, without duplicates; returns how many (0 to RATE_ROUTES_MAX). Reads
 * only what never changes: any thread, any time. */
unsigned rate_route(const struct rate *rate, const struct flow_event *event,
                    unsigned ret_shards[static RATE_ROUTES_MAX]);

/** Let a shard's detectors see an event: each takes only what belongs to this shard. The event is not kept. */
void rate_feed(struct rate *rate, unsigned shard, const struct flow_event *event);

/** Tell a shard that data time has come to now_us (the batch's end), though nothing may have happened in it. Afterwards
 * all its observations of times up to now_us - OBSERVATION_LATENESS_US have been emitted. Earlier times are no-ops. */
void rate_advance(struct rate *rate, unsigned shard, int64_t now_us);

/** The data ended: emit what is pending. Only counters and rate_free() may follow for this shard. */
void rate_finish(struct rate *rate, unsigned shard);

/** Add the shard's counters to *sum. By the thread that runs the shard. */
void rate_count(const struct rate *rate, unsigned shard, struct rate_counters *sum);

/** Events in rate_route() are counted by the caller: true when it was about nothing in the estate (design: counted apart). */
bool rate_apart(const struct rate *rate, const struct flow_event *event);
