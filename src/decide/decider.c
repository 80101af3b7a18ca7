#include "decide/decider.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "decide/availability.h"
#include "decide/brute.h"
#include "decide/reorder.h"
#include "decide/scanner.h"

const struct decider_limits DECIDER_LIMITS_DEFAULT = {
	.reorder = 131072,
	.pending = 262144,
	.watches = 65536,
	.attacks = 4096,
	.sources = 262144,
	.targets = 1048576,
	.groups = 4096,
	.services = 4096,
	.focus = 65536,
};

struct decider {
	struct common common;
	struct reorder reorder;
	bool judged;       /* something was: judged_us holds */
	int64_t judged_us; /* everything older was judged */
	bool finished;
	struct attack_table attacks;
	struct focus focus;
	struct services services;
	struct groups groups;
	struct scanner scanner;
	struct brute brute;
	struct availability availability;
};

static bool limits_valid(const struct decider_limits *l)
{
	return l->reorder > 0 && l->pending > 0 && l->watches > 0 && l->attacks > 0 && l->sources > 0 &&
	       l->targets > 0 && l->groups > 0 && l->services > 0 && l->focus > 0;
}

static int init_common(struct common *c, const struct decider_config *config)
{
	const char *hex = strchr(config->rule->text, '@');

	if (hex == NULL || digest_parse(hex + 1, &c->rule_digest) < 0)
		return -EINVAL;
	c->rule = *config->rule;
	c->grade = *config->grade;
	c->estate = config->estate;
	c->baseline = config->baseline;
	memcpy(c->k_id, config->k_id, sizeof(c->k_id));
	c->key = config->key;
	c->sink = config->sink;
	return 0;
}

static int init_parts(struct decider *d, const struct decider_limits *l)
{
	struct common *c = &d->common;

	if (reorder_init(&d->reorder, l->reorder) < 0 || focus_init(&d->focus, c->estate, l->focus, &c->key) < 0 ||
	    services_init(&d->services, c->estate, l->services, &c->key) < 0 ||
	    groups_init(&d->groups, l->groups, c->rule.merge_groups, &c->key) < 0 ||
	    attack_table_init(&d->attacks, c, &d->focus, &d->services, l) < 0 ||
	    scanner_init(&d->scanner, c, &d->attacks, &d->groups, l) < 0 ||
	    brute_init(&d->brute, c, &d->attacks, &d->groups, l) < 0 ||
	    availability_init(&d->availability, c, &d->attacks, &d->services, l) < 0)
		return -ENOMEM;
	return 0;
}

int decider_new(const struct decider_config *config, struct decider **ret_decider)
{
	check(ret_decider != NULL);
	if (!limits_valid(&config->limits))
		return -EINVAL;
	CLEANUP(decider_freep) struct decider *d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	int err = init_common(&d->common, config);
	if (err == 0)
		err = init_parts(d, &config->limits);
	if (err < 0)
		return err;
	*ret_decider = TAKE_PTR(d);
	return 0;
}

void decider_free(struct decider *d)
{
	if (d == NULL)
		return;
	availability_fini(&d->availability);
	brute_fini(&d->brute);
	scanner_fini(&d->scanner);
	attack_table_fini(&d->attacks);
	groups_fini(&d->groups);
	services_fini(&d->services);
	focus_fini(&d->focus);
	reorder_fini(&d->reorder);
	free(d);
}

void decider_freep(struct decider **d)
{
	decider_free(*d);
}

/* Everything that is due before now_us happens in the order in which it is due, however time arrives here. */
static void pass_time(struct decider *d, int64_t now_us)
{
	for (;;) {
		int64_t flood_us = availability_due(&d->availability), close_us = attack_table_due(&d->attacks);
		if (flood_us <= close_us && flood_us < now_us)
			availability_do_due(&d->availability);
		else if (close_us < now_us)
			attack_table_close_due(&d->attacks);
		else
			break;
	}
	windows_expire(&d->scanner.windows, now_us);
	windows_expire(&d->brute.windows, now_us);
	availability_expire(&d->availability, now_us);
}

static void note_focus(struct decider *d, const struct observation *obs)
{
	struct prefix narrow = group_narrow(&obs->source);
	bool any = obs->path < PATH_CONFIRMED || address_is_none(&obs->source);
	struct focus_group group = { .kind = any ? GROUP_ANY : GROUP_ADDRESS, .group = any ? NULL : &narrow };
	struct focus_group together = { .kind = GROUP_DISTRIBUTED };

	/* A sum repeats what its parts said. */
	if (obs->rollup || obs->detector == DETECTOR_SERVICE)
		return;
	focus_note(&d->focus, &group, &obs->asset, obs->time_us);
	if (obs->detector == DETECTOR_BRUTE)
		focus_note(&d->focus, &together, &obs->asset, obs->time_us);
}

static void judge_service(struct decider *d, const struct observation *obs)
{
	struct service_slot slot = { .time_us = obs->time_us, .count = obs->count, .served = obs->served };

	services_add(&d->services, &obs->asset, &slot);
	attack_table_serve(&d->attacks, &obs->asset, &slot);
	common_place(&d->common, obs, NULL);
}

static void judge(struct decider *d, const struct observation *obs)
{
	pass_time(d, obs->time_us);
	if (d->common.baseline != NULL)
		baseline_tick(d->common.baseline, obs->time_us);
	note_focus(d, obs);
	switch ((enum detector)obs->detector) {
	case DETECTOR_SCAN:
		scanner_judge(&d->scanner, obs);
		break;
	case DETECTOR_FLOOD:
		availability_judge(&d->availability, obs);
		break;
	case DETECTOR_BRUTE:
		brute_judge(&d->brute, obs);
		break;
	case DETECTOR_SERVICE:
		judge_service(d, obs);
		break;
	case DETECTOR_COUNT:
		break;
	}
}

static void judge_first(struct decider *d)
{
	struct observation obs;

	reorder_take(&d->reorder, &obs);
	judge(d, &obs);
}

static void set_judged(struct decider *d, int64_t time_us)
{
	if (!d->judged || time_us > d->judged_us)
		d->judged_us = time_us;
	d->judged = true;
}

enum decider_verdict decider_observe(struct decider *d, const struct observation *obs)
{
	check(!d->finished && obs->detector < DETECTOR_COUNT && obs->vector < VECTOR_COUNT);
	if (d->judged && obs->time_us < d->judged_us) {
		d->common.counters.late++;
		return DECIDER_LATE;
	}
	if (reorder_full(&d->reorder)) {
		d->common.counters.hurried++;
		set_judged(d, reorder_first(&d->reorder)->time_us);
		judge_first(d);
	}
	d->common.counters.observations++;
	reorder_put(&d->reorder, obs);
	return DECIDER_TAKEN;
}

void decider_advance(struct decider *d, int64_t now_us)
{
	int64_t until_us = now_us - OBSERVATION_LATENESS_US;
	const struct observation *first;

	check(!d->finished);
	if (d->judged && until_us <= d->judged_us)
		return;
	while ((first = reorder_first(&d->reorder)) != NULL && first->time_us < until_us)
		judge_first(d);
	pass_time(d, until_us);
	set_judged(d, until_us);
}

static void gather_counters(struct decider *d)
{
	const struct windows *all[] = { &d->scanner.windows, &d->brute.windows, &d->availability.own,
		                        &d->availability.sums };
	struct decider_counters *c = &d->common.counters;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		c->pending_evicted += all[i]->pending_evicted;
		c->watches_evicted += all[i]->watches_evicted;
		c->no_memory += all[i]->no_memory;
	}
	c->carpets_full += d->availability.carpets.evicted;
	c->merges += d->groups.merges;
	c->groups_full += d->groups.evicted;
	c->service_full += d->services.evicted;
	c->focus_full += d->focus.evicted;
	c->no_memory +=
	        d->groups.no_memory + d->availability.carpets.no_memory + d->services.no_memory + d->focus.no_memory;
}

void decider_finish(struct decider *d, int64_t now_us)
{
	check(!d->finished);
	while (reorder_first(&d->reorder) != NULL)
		judge_first(d);
	pass_time(d, now_us);
	windows_drain(&d->scanner.windows);
	windows_drain(&d->brute.windows);
	availability_finish(&d->availability);
	attack_table_finish(&d->attacks, now_us);
	gather_counters(d);
	d->finished = true;
}

const struct decider_counters *decider_counters(const struct decider *d)
{
	return &d->common.counters;
}

size_t decider_memory(const struct decider_limits *l, const struct estate *estate)
{
	/* What malloc adds to an entry; what grows by doubling is at most twice as large as what it holds. */
	const size_t extra = 16, twice = 2;
	size_t attack = sizeof(struct open_attack) + sizeof(struct open_attack *) + estate->asset_count / 8 + 4 * extra;
	size_t source = twice * (sizeof(struct source) + 4 * sizeof(uint32_t));

	return l->reorder * sizeof(struct observation) + (l->pending + 4) * (sizeof(struct pending) + extra) +
	       table_memory(l->pending) + scanner_memory(l) + brute_force_memory(l) + availability_memory(l) +
	       table_memory(l->attacks) + l->attacks * attack + l->sources * source +
	       ATTACK_SOURCES_MAX * sizeof(struct attack_source) + l->targets * 2 * twice * sizeof(uint64_t) +
	       groups_memory(l->groups) + services_memory(l->services) + focus_memory(l->focus);
}
