/* decider.h - the counting rule at work: observations in, attacks out (design 5 and 6; doc/counting-rule.md).
 *
 *     observations -- decider_observe() --> reorder (15 s) --> groups, minimum windows --> open attacks --> closed()
 *
 * One thread owns a decider and all callbacks run inside its calls. The result is a function of the set of observations,
 * of rule, grade, estate and baseline: not of the order in which observations arrive inside the lateness, not of how
 * decider_advance() is called, not of the hash key. Time is data time. After set-up memory grows only up to the limits;
 * every table that fills has a counter in decider_counters.def. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "decide/baseline.h"
#include "decide/grade.h"
#include "model/attack.h"
#include "model/estate.h"
#include "model/observation.h"
#include "model/rule.h"

/** All at least 1. DECIDER_LIMITS_DEFAULT suits one machine. */
struct decider_limits {
	uint32_t reorder;  /* observations held back; full: the oldest is judged early */
	uint32_t pending;  /* observations under a minimum; full: the oldest stays an observation */
	uint32_t watches;  /* claimed sources under watch; a quarter as many groups that log in and asset vectors, a
	                    * sixteenth as many networks; full: the least recent is forgotten */
	uint32_t attacks;  /* open at once; full: no new one opens, counted */
	uint32_t sources;  /* source groups over all open attacks; full: an attack keeps its heaviest */
	uint32_t targets;  /* distinct targets over all open attacks; full: the figure is a lower bound */
	uint32_t groups;   /* IPv6 /56 and /48 watched for merging; full: the least recent is forgotten */
	uint32_t services; /* assets whose success share is known; full: the least recent is forgotten */
	uint32_t focus;    /* source groups, and source groups on assets; full: the least recent is forgotten */
};
extern const struct decider_limits DECIDER_LIMITS_DEFAULT;

/** What the decider tells. Pointers are valid during the call only. Any may be NULL. */
struct decider_sink {
	/** An attack met its minimum: id, continues, key, status, asset, first_us, threshold are final, the rest is so far;
	 * sources are not listed. */
	void (*opened)(void *context, const struct attack *attack);
	/** The attack entered nothing more for its gap, or was cut, or the data ended. Everything is final but what
	 * attribution fills. Take sources over by setting attack->sources to NULL; else they are freed. */
	void (*closed)(void *context, struct attack *attack);
	/** Carpet bombing was recognised: from now on the attack child is part of the attack into (already opened). What
	 * was placed or shown under child belongs to into. closed() is not called for child. */
	void (*absorbed)(void *context, const char *child, const char *into);
	/** Where an observation ended: in an attack, or NULL for none. Exactly once for every observation taken in, in no
	 * particular order. The id may be that of an attack absorbed later. */
	void (*placed)(void *context, const struct observation *observation, const char *attack_id);
	/** An observation entered an attack: at once, for evidence. */
	void (*shown)(void *context, const char *attack_id, const struct observation *observation);
	void *context;
};

struct decider_config {
	const struct counting_rule *rule; /* copied */
	const struct grade *grade;        /* copied */
	const struct estate *estate;      /* sealed; outlives the decider */
	struct baseline *baseline;        /* read and taught; outlives the decider. NULL: floors and ceilings decide */
	uint8_t k_id[32];                 /* secret of attack ids */
	struct siphash_key key;           /* where things lie in tables */
	struct decider_limits limits;
	struct decider_sink sink;
};

struct decider_counters {
#define COUNTER(name, meaning) uint64_t name;
#include "decide/decider_counters.def"
#undef COUNTER
};

struct decider;

enum decider_verdict {
	DECIDER_TAKEN = 0,
	DECIDER_LATE, /* older than what was already judged: not taken, never placed; the caller counts it apart */
};

/** On success *ret_decider is owned by the caller. Returns 0, -EINVAL (a limit is 0) or -ENOMEM. */
int decider_new(const struct decider_config *config, struct decider **ret_decider);

/** Free without telling anything. NULL is a no-op. */
void decider_free(struct decider *decider);
void decider_freep(struct decider **decider);

/** Take one observation, in any order within OBSERVATION_LATENESS_US. The pointer is not kept. */
enum decider_verdict decider_observe(struct decider *decider, const struct observation *observation);

/** Data time has come to now_us: everything older than now_us - OBSERVATION_LATENESS_US is judged. Earlier times are
 * no-ops. */
void decider_advance(struct decider *decider, int64_t now_us);

/** The data ended at now_us: judge all that is held, close all attacks. An attack has open set where its gap was not over.
 * Only decider_counters() and decider_free() may follow. */
void decider_finish(struct decider *decider, int64_t now_us);

const struct decider_counters *decider_counters(const struct decider *decider);

/** Upper bound of the memory a decider takes with such limits for such an estate, bytes. */
size_t decider_memory(const struct decider_limits *limits, const struct estate *estate);
