/* brute.h - logins to observations. What is an attack by guessing is decide/'s matter: every login is told, until there
 * are so many in a second that they are told as a sum.
 *
 * One instance a shard. Fed in flow_event_compare() order; what it finds depends on the events only. */
#pragma once

#include <stdint.h>

#include "base/siphash.h"
#include "model/estate.h"
#include "model/flow_event.h"
#include "model/observation.h"

enum {
	/** So many logins of one (source, server, service, accepted or not) are told one by one in each second in which they
	 * become known; the further ones as one observation at the second's end, with the time of the first of them. */
	BRUTE_LINES = 16
};

struct brute_config {
	const struct estate *estate; /* sealed; outlives the detector */
	struct observation_sink sink;
	struct siphash_key key; /* where things lie in the table; never changes what is found */
	uint32_t sources;       /* (source, server, service) of one second, at least 1; full: that second ends early */
};

struct brute_counters {
	uint64_t logins;
	uint64_t apart;  /* of them, neither end was ours, or the flow was not confirmed: not told */
	uint64_t summed; /* of them, told as part of a sum */
	uint64_t full;   /* seconds that ended early: up to BRUTE_LINES more lines for a source, no login lost */
};

struct brute;

/** On success *ret_brute is owned by the caller. Returns 0, -EINVAL (sources is 0) or -ENOMEM. */
int brute_new(const struct brute_config *config, struct brute **ret_brute);

/** Free. NULL is a no-op. */
void brute_free(struct brute *brute);
void brute_freep(struct brute **brute);

/** Upper bound of the memory brute_new() takes, bytes. */
size_t brute_memory(uint32_t sources);

/** Account a LOGIN event; other kinds are ignored. The event is not kept. */
void brute_feed(struct brute *brute, const struct flow_event *event);

/** Data time has come to now_us; INT64_MAX at the end of the data. Sums of seconds that are over are told. */
void brute_advance(struct brute *brute, int64_t now_us);

/** Add the instance's counters to *sum. */
void brute_count(const struct brute *brute, struct brute_counters *sum);
