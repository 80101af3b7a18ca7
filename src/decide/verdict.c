#include "decide/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static int by_prefix(const void *x, const void *y)
{
	const struct source *a = x, *b = y;

	return prefix_compare(&a->group, &b->group);
}

/* Heaviest first; among equals the lowest address. */
static int by_weight(const void *x, const void *y)
{
	const struct source *a = x, *b = y;

	if (a->units != b->units)
		return a->units > b->units ? -1 : 1;
	if (a->observations != b->observations)
		return a->observations > b->observations ? -1 : 1;
	return prefix_compare(&a->group, &b->group);
}

static bool same_wide(const struct source *a, const struct source *b, uint8_t len)
{
	struct prefix pa = prefix_of(&a->group.address, len), pb = prefix_of(&b->group.address, len);

	return prefix_compare(&pa, &pb) == 0;
}

/* How many different member prefixes list[0..n) has; the list is sorted, so equal ones are neighbours. */
static uint32_t count_members(const struct source *list, uint32_t n, uint8_t member_len)
{
	uint32_t members = 1;

	for (uint32_t i = 1; i < n; i++)
		members += !same_wide(&list[i - 1], &list[i], member_len);
	return members;
}

/* Join neighbours: where so many of one wider prefix are there, they are one group. list is sorted by prefix. */
static uint32_t fold(struct source *list, uint32_t n, uint8_t wide_len, uint8_t member_len, uint32_t merge)
{
	uint32_t kept = 0, run;

	for (uint32_t i = 0; i < n; i += run) {
		run = 1;
		while (i + run < n && same_wide(&list[i], &list[i + run], wide_len))
			run++;
		bool joins =
		        !address_is_v4(&list[i].group.address) && count_members(&list[i], run, member_len) >= merge;
		if (!joins) {
			memmove(&list[kept], &list[i], run * sizeof(*list));
			kept += run;
			continue;
		}
		struct source joined = { .group = prefix_of(&list[i].group.address, wide_len), .path = list[i].path };
		for (uint32_t j = i; j < i + run; j++) {
			joined.observations += list[j].observations;
			joined.units += list[j].units;
			joined.path = list[j].path < joined.path ? list[j].path : joined.path;
		}
		list[kept++] = joined;
	}
	return kept;
}

static void fold_neighbours(struct sources *s, uint32_t merge)
{
	if (s->count == 0)
		return;
	qsort(s->list, s->count, sizeof(*s->list), by_prefix);
	uint32_t n = fold(s->list, s->count, 56, 64, merge);
	n = fold(s->list, n, 48, 56, merge);
	qsort(s->list, n, sizeof(*s->list), by_weight);
	s->count = n;
}

/* Of an application flood only the heaviest are named: as many as it takes until what is left would be no flood, and at
 * least one. */
static uint32_t heaviest(const struct open_attack *o, const struct counting_rule *rule)
{
	uint64_t seconds = (uint64_t)(rule->flood_window_us / 1000000);
	uint64_t windows = seconds > 0 ? (o->flood_seconds + seconds - 1) / seconds : o->flood_seconds;
	uint64_t ordinary = o->attack.threshold * (windows > 0 ? windows : 1), left = o->attack.units;
	uint32_t n = 0;

	while (n < o->sources.count && (left > ordinary || n == 0)) {
		uint64_t units = o->sources.list[n++].units;
		left -= units < left ? units : left;
	}
	return n;
}

static void list_sources(struct open_attack *o, struct common *c)
{
	struct attack *a = &o->attack;
	struct sources *s = &o->sources;
	uint32_t counted = s->count; /* the budget's share is given back by this number */

	if (a->key.group_kind != GROUP_ADDRESS)
		fold_neighbours(s, c->rule.merge_groups);
	uint32_t n = a->key.vector_group == VECTOR_GROUP_APPLICATION ? heaviest(o, &c->rule) : s->count;
	a->sources_exact = !s->full;
	a->source_count = n;
	a->sources = n > 0 ? calloc(n, sizeof(*a->sources)) : NULL;
	c->counters.no_memory += n > 0 && a->sources == NULL;
	a->sources_kept = a->sources != NULL ? n : 0;
	for (size_t i = 0; i < a->sources_kept; i++)
		a->sources[i] = (struct attack_source){ .group = s->list[i].group,
			                                .observations = s->list[i].observations,
			                                .units = s->list[i].units,
			                                .path = s->list[i].path };
	s->count = counted;
}

static enum path_status weakest(const struct attack *a)
{
	enum path_status path = PATH_AUTHENTICATED;

	for (size_t i = 0; i < a->sources_kept; i++)
		if (a->sources[i].path < path)
			path = (enum path_status)a->sources[i].path;
	return a->sources_kept > 0 ? path : PATH_CONFIRMED;
}

static enum path_status path_of(const struct open_attack *o, const struct counting_rule *rule)
{
	const struct attack *a = &o->attack;

	if (a->key.group_kind != GROUP_ANY)
		return weakest(a);
	if (a->units > 0 && o->units_reflector * 100 >= a->units * rule->reflector_percent)
		return PATH_REFLECTOR;
	return a->units > 0 && o->units_confirmed == a->units ? weakest(a) : PATH_SPOOFABLE;
}

static enum attack_class class_of(const struct attack *a, const struct counting_rule *rule)
{
	if (a->key.family != FAMILY_AVAILABILITY)
		return (enum attack_class)a->class;
	if (a->path < PATH_CONFIRMED || a->source_count >= rule->ddos_groups)
		return CLASS_DDOS;
	return CLASS_DOS;
}

/* An attack on availability whose named sources are all on one register is that register's. */
static enum attack_status status_of(const struct attack *a, const struct common *c)
{
	enum attack_status status = (enum attack_status)a->status;

	if (a->key.family != FAMILY_AVAILABILITY)
		return status;
	for (size_t i = 0; i < a->sources_kept; i++) {
		enum attack_status one = common_status(c, &a->sources[i].group.address, a->first_us);
		if (one == STATUS_COUNTED || (i > 0 && one != status))
			return STATUS_COUNTED;
		status = one;
	}
	return status;
}

static bool is_touched(const struct open_attack *o, size_t index)
{
	return (o->touched[index / 8] >> index % 8 & 1) != 0;
}

/* True when every touched asset lies in asset index. */
static bool asset_holds(const struct open_attack *o, const struct estate *e, uint32_t index)
{
	struct asset_ref around = { .index = index };

	for (size_t i = 0; i < e->asset_count; i++) {
		struct asset_ref inner = { .index = (uint32_t)i };
		if (is_touched(o, i) && !asset_inside(e, &inner, &around))
			return false;
	}
	return true;
}

static bool group_holds(const struct open_attack *o, const struct estate *e, const struct asset_group *group)
{
	for (size_t i = 0; i < e->asset_count; i++) {
		bool member = false;
		for (size_t j = 0; j < group->member_count; j++)
			member |= group->members[j] == i;
		if (is_touched(o, i) && !member)
			return false;
	}
	return true;
}

static size_t assets_within(const struct estate *e, uint32_t index)
{
	struct asset_ref around = { .index = index };
	size_t n = 0;

	for (size_t i = 0; i < e->asset_count; i++) {
		struct asset_ref inner = { .index = (uint32_t)i };
		n += asset_inside(e, &inner, &around);
	}
	return n;
}

/* The smallest asset or group, by the assets in it, that holds all that was touched; the first one given among equals. */
static const char *smallest_holder(const struct open_attack *o, const struct estate *e)
{
	const char *name = "estate";
	size_t smallest = SIZE_MAX;

	for (size_t i = 0; i < e->asset_count; i++)
		if (asset_holds(o, e, (uint32_t)i) && assets_within(e, (uint32_t)i) < smallest) {
			smallest = assets_within(e, (uint32_t)i);
			name = e->assets[i].name;
		}
	for (size_t i = 0; i < e->group_count; i++)
		if (e->groups[i].member_count < smallest && group_holds(o, e, &e->groups[i])) {
			smallest = e->groups[i].member_count;
			name = e->groups[i].name;
		}
	return name;
}

/* The class shown for several assets: a critical one if any, else that of the first. */
static enum target_class touched_class(const struct open_attack *o, const struct estate *e)
{
	enum target_class class = TARGET_UNCLASSED;

	for (size_t i = e->asset_count; i-- > 0;) {
		enum target_class one = (enum target_class)e->assets[i].target_class;
		if (is_touched(o, i) && (target_class_is_critical(one) || !target_class_is_critical(class)))
			class = one;
	}
	return class;
}

static void show_asset(struct open_attack *o, const struct estate *e)
{
	struct attack *a = &o->attack;

	if (o->named_count == 0 && a->key.has_asset)
		o->named[o->named_count++] = a->key.asset;
	for (uint32_t i = 0; i < o->named_count; i++)
		asset_format(e, &o->named[i], a->targets_named[i]);
	a->targets_named_count = o->named_count;
	if (a->key.has_asset)
		return;
	bool one = o->assets.count == 1 && !o->assets.full;
	if (one)
		memcpy(a->asset, a->targets_named[0], sizeof(a->asset));
	else if (o->touched == NULL || o->touched_outside)
		(void)snprintf(a->asset, sizeof(a->asset), "%s", o->touched == NULL ? "estate" : "external");
	else
		(void)snprintf(a->asset, sizeof(a->asset), "%s", smallest_holder(o, e));
	if (o->touched != NULL)
		a->target_class = (uint8_t)touched_class(o, e);
}

static void grade_it(struct open_attack *o, const struct common *c)
{
	struct attack *a = &o->attack;
	bool network = o->carpet_us != CARPET_NOT;
	struct grade_facts facts = {
		.peak = a->peak_load,
		.threshold = a->threshold,
		.duration_us = a->last_us - a->first_us,
		.targets = network && o->assets.count > a->targets ? o->assets.count : a->targets,
		.focus_here = o->focus_here,
		.focus_all = o->focus_all,
		.class = a->class,
	};

	a->severity = (uint8_t)grade_severity(a, o->assets.count);
	grade_aggressiveness(&c->grade, &facts, &a->aggressiveness);
}

void verdict_close(struct open_attack *o, struct common *c)
{
	struct attack *a = &o->attack;

	check(a->last_us >= a->first_us);
	list_sources(o, c);
	if (a->key.family != FAMILY_AVAILABILITY)
		a->peak_load = o->peak.best;
	a->reached_us = o->reach.total_us;
	a->path = (uint8_t)path_of(o, &c->rule);
	a->class = (uint8_t)class_of(a, &c->rule);
	a->status = (uint8_t)status_of(a, c);
	a->outcome = (uint8_t)outcome_of(a);
	c->counters.targets_full += o->targets.full || o->assets.full;
	show_asset(o, c->estate);
	grade_it(o, c);
}
