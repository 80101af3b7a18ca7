/* serving.h - are those still served who were served before? What tells an attack that reached its aim from one that did not.
 *
 * A known client of (asset, port) is a source group that had a request answered there in the hour before, in an earlier bin. Every ten seconds
 * of an asset in which known clients tried give one observation: how many tried, how many of them were served. Trying is
 * to have a request answered, to wait for an answer in vain, or to get no connection; a handshake alone is neither, nor is
 * a SYN that was answered (it may be forged), nor a connection on which the client asked nothing. Any answer serves, an error
 * too: only silence and refused connections are failures. Clients from inside and outside count together; the
 * observation's direction is in, its time the last second of the bin. Owned by one shard. */
#pragma once

#include "base/siphash.h"
#include "inspect/rate/rate.h"
#include "inspect/rate/target.h"

enum { SERVING_BIN_S = 10, SERVING_KNOWN_S = 3600, SERVING_LAG_S = 12 };

struct serving_config {
	struct rate_limits limits; /* service_* */
	struct siphash_key key;
	struct observation_sink sink;
	struct rate_counters *counters; /* of the shard; outlives the detector */
};

struct serving;

/** On success *ret_serving is owned by the caller. Returns 0 or -ENOMEM. */
int serving_new(const struct serving_config *config, struct serving **ret_serving);
void serving_free(struct serving *serving);
size_t serving_memory(const struct rate_limits *limits);

enum serving_word {
	SERVING_NOTHING = 0, /* the event says nothing about service */
	SERVING_FAILED,      /* the client asked and got no answer */
	SERVING_SERVED,      /* it got an answer, though an error */
	SERVING_ANSWERED,    /* it got what it asked for, and is known from now on */
};

/** What an event says about service. Needs no state. */
enum serving_word serving_word(const struct flow_event *event);

/** An event of a direction in or internal that says something, after serving_advance() to its seen_us.
 * asset_hash is the keyed hash of the asset, source_hash of the client's group. */
void serving_feed(struct serving *serving, const struct flow_event *event, const struct target *target,
                  uint64_t asset_hash, uint64_t source_hash);

/** Data time has come to now_us. */
void serving_advance(struct serving *serving, int64_t now_us);

/** The data ended: close the bins up to the last second. */
void serving_finish(struct serving *serving);
