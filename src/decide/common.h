/* common.h - what all parts of a decider share: the inputs, the counters and the way out. Internal. */
#pragma once

#include "base/digest.h"
#include "decide/decider.h"

struct common {
	struct counting_rule rule;
	struct digest rule_digest; /* of the rule's file, part of attack ids */
	struct grade grade;
	const struct estate *estate;
	struct baseline *baseline;
	uint8_t k_id[32];
	struct siphash_key key;
	struct decider_sink sink;
	struct decider_counters counters;
};

/** Say where an observation ended. */
void common_place(struct common *common, const struct observation *obs, const char *attack_id);

/** The register's status for a source at a time; STATUS_COUNTED where it is on none. */
enum attack_status common_status(const struct common *common, const struct address *source, int64_t time_us);
