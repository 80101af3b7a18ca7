/* rule.h - the counting rule's numbers, as etc/cr1 gives them. decide/ reads the file; inspect/ needs the floors. */
#pragma once

#include <stdint.h>

#include "model/words.h"

enum { RULE_NAME_MAX = 16, RULE_TEXT_MAX = RULE_NAME_MAX + 66, RULE_AMPLIFIER_PORTS_MAX = 64 };

struct counting_rule {
	char name[RULE_NAME_MAX];     /* "cr1" */
	char text[RULE_TEXT_MAX];     /* "cr1@" + 64 hex digits */
	int64_t gap_us[FAMILY_COUNT]; /* same key within: same attack, equality included */
	int64_t longest_us;           /* no attack lasts longer */
	uint32_t scan_targets;        /* distinct (host, port) of one claimed source ... */
	int64_t scan_window_us;
	uint32_t scan_slow_targets;
	int64_t scan_slow_window_us;
	uint32_t brute_failures;
	int64_t brute_window_us;
	uint32_t brute_distributed_failures;
	uint32_t brute_distributed_groups;
	int64_t flood_window_us;
	uint64_t flood_floor[VECTOR_COUNT]; /* load that must be exceeded; 0: the vector never floods */
	uint32_t baseline_factor;           /* threshold = max(floor, factor x p99) */
	int64_t baseline_history_us;        /* with less, p99 does not apply */
	int64_t baseline_trail_us;
	uint32_t baseline_growth; /* a week's p99 may not exceed this many times the former week's */
	uint32_t carpet_assets;
	int64_t carpet_window_us;
	uint32_t ddos_groups;  /* ddos from so many source groups */
	uint32_t merge_groups; /* so many /64 of a /56, or /56 of a /48, become one group */
	uint32_t reflector_percent;
	uint32_t several_percent; /* a territory must hold so many percent of the confirmed source groups */
	int64_t seal_us;          /* after the end of the day */
	int64_t late_us;
	int64_t reached_us;                                /* below half for so long */
	uint16_t amplifier_port[RULE_AMPLIFIER_PORTS_MAX]; /* UDP source ports of amplifiers, ascending */
	uint32_t amplifier_port_count;
};

/** True when port is in the rule's list of amplifier ports. */
static inline int counting_rule_amplifies(const struct counting_rule *rule, uint16_t port)
{
	for (uint32_t i = 0; i < rule->amplifier_port_count && rule->amplifier_port[i] <= port; i++)
		if (rule->amplifier_port[i] == port)
			return 1;
	return 0;
}
