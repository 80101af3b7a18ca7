/* brute.h - the minimum of failed logins: of one source group, and of many that stay under it together (*d). Internal. */
#pragma once

#include <stdint.h>

#include "decide/attack_table.h"
#include "decide/group.h"
#include "decide/window.h"

struct brute {
	struct common *common;
	struct attack_table *attacks;
	struct groups *groups;
	struct windows windows; /* a watch is a source group on one service of one asset */
	struct table doors;     /* services of assets on which failures wait */
};

/** Everything given outlives it. Returns 0 or -ENOMEM. */
int brute_init(struct brute *brute, struct common *common, struct attack_table *attacks, struct groups *groups,
               const struct decider_limits *limits);
void brute_fini(struct brute *brute);

/** Bytes it takes at most, logins that wait apart. */
size_t brute_force_memory(const struct decider_limits *limits);

/** Judge a login observation, in order. */
void brute_judge(struct brute *brute, const struct observation *obs);
