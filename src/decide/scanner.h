/* scanner.h - the minimum of scans: distinct (host, port) of one claimed source within an attack's key (design 5.5). Internal.
 * A claimed source is watched for each asset; an asset that counts each host by itself is watched as a whole, so that a
 * sweep over it is seen. Once its minimum is met, a claimed source is active: its further steps enter at once, until it was
 * silent for the gap. */
#pragma once

#include <stdint.h>

#include "decide/attack_table.h"
#include "decide/group.h"
#include "decide/window.h"

struct scanner {
	struct common *common;
	struct attack_table *attacks;
	struct groups *groups;
	struct windows windows;
};

/** Everything given outlives it. Returns 0 or -ENOMEM. */
int scanner_init(struct scanner *scanner, struct common *common, struct attack_table *attacks, struct groups *groups,
                 const struct decider_limits *limits);
void scanner_fini(struct scanner *scanner);

/** Bytes it takes at most, observations that wait apart. */
size_t scanner_memory(const struct decider_limits *limits);

/** Judge a scan observation, in order. */
void scanner_judge(struct scanner *scanner, const struct observation *obs);
