/* scan.h - port scans and host sweeps: one source, many (host, port) that are closed or do not answer.
 *
 * One observation for each new (host, port) of a claimed source on an asset within 24 h. Up to SCAN_LINES in SCAN_LINES_US
 * for one source and asset; beyond, one line a second with the number of further steps: port 0, host :: where it was
 * several. Hosts of an each-host asset count together here, since a sweep goes from host to host; asset.host says which one
 * it was, :: where it was several.
 * Memory is per source group (/32, /64); an observation names the address as claimed. Owned by one shard. */
#pragma once

#include "base/siphash.h"
#include "inspect/rate/rate.h"
#include "inspect/rate/target.h"

enum { SCAN_LINES = 64 };
#define SCAN_LINES_US (10 * INT64_C(60000000))

struct scan_config {
	const struct counting_rule *rule;
	struct rate_limits limits; /* scan_* */
	struct siphash_key key;
	struct observation_sink sink;
	struct rate_counters *counters; /* of the shard; outlives the detector */
};

struct scan;

/** On success *ret_scan is owned by the caller. Returns 0 or -ENOMEM. */
int scan_new(const struct scan_config *config, struct scan **ret_scan);
void scan_free(struct scan *scan);
size_t scan_memory(const struct rate_limits *limits);

/** True when an event is a step of a scan. Needs no state: events that are none need not be routed. */
bool scan_concerns(const struct counting_rule *rule, const struct flow_event *event);

/** An event for which scan_concerns() holds and whose direction is not apart, after scan_advance() to its seen_us.
 * source_hash is the keyed hash of its source group. */
void scan_feed(struct scan *scan, const struct flow_event *event, const struct target *target, uint64_t source_hash);

/** Data time has come to now_us. */
void scan_advance(struct scan *scan, int64_t now_us);

/** The data ended. */
void scan_finish(struct scan *scan);
