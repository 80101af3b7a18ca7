#include "decide/outcome.h"

#include "base/utc.h"

/* A service observation speaks for ten seconds; ten silent seconds between two are no break of a run, a minute is. */
#define SLOT_US    (10 * SECOND_US)
#define SILENCE_US (30 * SECOND_US)

static void end_run(struct reach *r, const struct counting_rule *rule)
{
	int64_t us = r->run_to_us - r->run_from_us + SLOT_US;

	if (r->running && us >= rule->reached_us)
		r->total_us += us;
	r->running = false;
}

/* served / count < 1/2 x before_served / before_count, without division. */
static bool is_below(const struct reach *r)
{
	return r->slot.served * 2 * r->before_count < r->before_served * r->slot.count;
}

static void judge_slot(struct reach *r, const struct counting_rule *rule)
{
	if (r->slot.count == 0 || r->before_count == 0)
		return;
	if (!is_below(r)) {
		end_run(r, rule);
		return;
	}
	if (r->running && r->slot.time_us - r->run_to_us > SILENCE_US)
		end_run(r, rule);
	if (!r->running)
		r->run_from_us = r->slot.time_us;
	r->running = true;
	r->run_to_us = r->slot.time_us;
}

void reach_add(struct reach *r, const struct counting_rule *rule, const struct service_slot *slot)
{
	if (slot->count == 0)
		return;
	if (r->slot.count > 0 && r->slot.time_us == slot->time_us) {
		r->slot.count += slot->count;
		r->slot.served += slot->served;
		return;
	}
	judge_slot(r, rule);
	r->slot = *slot;
}

void reach_end(struct reach *r, const struct counting_rule *rule)
{
	judge_slot(r, rule);
	r->slot = (struct service_slot){ 0 };
	end_run(r, rule);
}

enum outcome outcome_of(const struct attack *a)
{
	switch ((enum attack_family)a->key.family) {
	case FAMILY_SCANNER:
		break;
	case FAMILY_AVAILABILITY:
		if (a->reached_us > 0)
			return OUTCOME_REACHED;
		break;
	default:
		if (a->accepted > 0)
			return OUTCOME_REACHED;
	}
	return a->refused > 0 ? OUTCOME_REFUSED : OUTCOME_UNKNOWN;
}
