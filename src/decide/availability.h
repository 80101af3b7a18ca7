/* availability.h - floods: the minimum of each (asset, vector), carpet bombing of networks (design 5.1, 5.5). Internal.
 *
 *     own figures  (asset's own load)      wait one window for their vector to exceed its threshold
 *     sums         (load of all inside)    wait two: whether one asset alone was meant is known one window later */
#pragma once

#include <stdint.h>

#include "decide/attack_table.h"
#include "decide/carpet.h"
#include "decide/window.h"

struct availability {
	struct common *common;
	struct attack_table *attacks;
	struct services *services;
	struct windows own, sums;
	struct pending_list undecided; /* sums above their threshold, by of_wide, in order of time */
	struct carpets carpets;        /* networks under watch */
};

/** Everything given outlives it. Returns 0 or -ENOMEM. */
int availability_init(struct availability *availability, struct common *common, struct attack_table *attacks,
                      struct services *services, const struct decider_limits *limits);
void availability_fini(struct availability *availability);

/** Bytes it takes at most, observations that wait apart. */
size_t availability_memory(const struct decider_limits *limits);

/** Judge a flood observation, in order. */
void availability_judge(struct availability *availability, const struct observation *obs);

/** When the next thing is due: a sum to be decided, or an observation that has waited long enough. INT64_MAX: nothing. */
int64_t availability_due(const struct availability *availability);

/** Do what is due at availability_due(). */
void availability_do_due(struct availability *availability);

/** Free what is idle. */
void availability_expire(struct availability *availability, int64_t now_us);

/** The data ended: decide the sums that wait, with what is known; what still waits then stays an observation. */
void availability_finish(struct availability *availability);
