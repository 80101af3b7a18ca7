/* outcome.h - how an attack ended, by the table of design 5.9; and when availability was reached. Internal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/attack.h"
#include "model/rule.h"

/** One ten seconds' worth of known clients, of one asset or of all inside a network. */
struct service_slot {
	int64_t time_us;
	uint64_t count, served;
};

/** How clients of an attacked asset fare. */
struct reach {
	uint64_t before_count, before_served; /* of the hour before the attack */
	struct service_slot slot;             /* being summed; count 0: none */
	bool running;                         /* below half now */
	int64_t run_from_us, run_to_us;
	int64_t total_us; /* of all runs that were long enough */
};

/** Account one service observation, in order of time. */
void reach_add(struct reach *reach, const struct counting_rule *rule, const struct service_slot *slot);

/** Nothing more comes: judge what is pending. */
void reach_end(struct reach *reach, const struct counting_rule *rule);

/** The outcome of an attack whose figures are final. No receipts exist before repelling does, so nothing is repelled. */
enum outcome outcome_of(const struct attack *attack);
