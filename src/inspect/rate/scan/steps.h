/* steps.h - which (host, port) a source has touched within the last day.
 *
 * Three sizes, each taken when the one before is full: a few steps inside the source itself, exact; STEPS_SET in a set,
 * exact (but for two targets with the same 64-bit hash); then a Bloom filter of SKETCH_BITS and SKETCH_PROBES, which
 * may take a new step for a known one, never a known one for new: with n steps in it a new one is missed with
 * probability (1 - e^(-SKETCH_PROBES n / SKETCH_BITS))^SKETCH_PROBES; over the first 10,000 that loses 0.01 % of them,
 * over 65,000 4.1 %. Sets and sketches come from pools of the shard. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	STEPS_FEW = 3,
	STEPS_SET = 64,
	SKETCH_BITS = 1 << 18,
	SKETCH_PROBES = 4,
	STEPS_WINDOW_S =
	        24 * 60 * 60 + 13, /* by when it was seen: no two reports of a step are within 24 h of each other */
};

/** Steps kept exactly: hash and second of the last report. */
struct step {
	uint64_t hash;
	int64_t second;
};

struct step_set {
	struct step steps[STEPS_SET];
	uint32_t owner, count;
};

enum step_verdict {
	STEP_KNOWN = 0,
	STEP_NEW,
	STEP_FULL, /* not known, and no room for it */
};

/** Look a step up in steps[0..*count) and put it there if it is new. */
enum step_verdict steps_add(struct step *steps, uint32_t *count, uint32_t room, const struct step *step);

/** The same for a Bloom filter. Its steps live until sketch_reset(). */
enum step_verdict sketch_add(uint64_t bits[static SKETCH_BITS / 64], uint64_t hash);
