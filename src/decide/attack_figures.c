/* What an observation adds to its attack, and an attack to the one it becomes part of. */
#include <string.h>

#include "base/siphash.h"
#include "base/utc.h"
#include "decide/attack_table.h"
#include "decide/group.h"

enum { TARGETS_MAX = 16384, CLAIMED_MAX = 16384 }; /* breadth is full at 10,000 */

static uint64_t thing_of(const struct common *c, const struct address *a, uint64_t number)
{
	uint64_t words[3];

	memcpy(words, a->bytes, 16);
	words[2] = number;
	return siphash_words(&c->key, words, 3);
}

static void touch_asset(struct attack_table *t, struct open_attack *o, const struct asset_ref *asset)
{
	uint64_t thing = thing_of(t->common, &asset->host, UINT64_C(1) << 32 | asset->index);

	if (o->touched != NULL && asset->index != ASSET_NONE)
		o->touched[asset->index / 8] |= (uint8_t)(1u << asset->index % 8);
	o->touched_outside |= asset->index == ASSET_NONE;
	if (distinct_add(&o->assets, &t->targets_budget, TARGETS_MAX, thing) && o->named_count < ATTACK_TARGETS_MAX)
		o->named[o->named_count++] = *asset;
}

/* One touched (host, port); a line without a port stands for as many further ones as it counts. */
static void touch_target(struct attack_table *t, struct open_attack *o, const struct observation *obs)
{
	touch_asset(t, o, &obs->asset);
	if (obs->detector == DETECTOR_SCAN && obs->port == 0 && obs->count > 1)
		o->attack.targets += obs->count;
	else if (distinct_add(&o->targets, &t->targets_budget, TARGETS_MAX, thing_of(t->common, &obs->host, obs->port)))
		o->attack.targets++;
}

static void add_source(struct attack_table *t, struct open_attack *o, const struct observation *obs,
                       const struct entry *entry)
{
	const struct attack_key *key = &o->attack.key;

	if (address_is_none(&obs->source)) {
		if (entry->measures && obs->path < PATH_CONFIRMED)
			o->attack.claimed_sources += obs->sources;
		return;
	}
	if (obs->path < PATH_CONFIRMED) {
		if (distinct_add(&o->claimed, &t->targets_budget, CLAIMED_MAX, thing_of(t->common, &obs->source, 0)))
			o->attack.claimed_sources++;
		return;
	}
	struct prefix group = key->group_kind == GROUP_ADDRESS ? key->group : group_narrow(&obs->source);
	bool was_full = o->sources.full;
	if (sources_add(&o->sources, &t->sources_budget, &group, obs->path, 1, entry->units) < 0)
		t->common->counters.no_memory++;
	t->common->counters.sources_full += o->sources.full && !was_full;
}

static void measure(struct open_attack *o, const struct observation *obs, uint64_t units)
{
	struct attack *a = &o->attack;

	a->units += units;
	a->packets += obs->packets;
	a->bytes += obs->bytes;
	a->refused += obs->refused;
	if (obs->path == PATH_REFLECTOR)
		o->units_reflector += units;
	else if (obs->path >= PATH_CONFIRMED)
		o->units_confirmed += units;
}

/* Products of two 64-bit figures. */
__extension__ typedef unsigned __int128 product;

/* Of several vectors the one highest above its own threshold is shown: a / b > c / d without division. */
static bool is_higher(uint64_t load, uint64_t threshold, const struct attack *a)
{
	return (product)load * a->threshold > (product)a->peak_load * threshold;
}

static void measure_load(struct open_attack *o, const struct observation *obs, uint64_t threshold)
{
	struct attack *a = &o->attack;

	if (a->peak_load == 0 || is_higher(obs->load, threshold, a)) {
		a->peak_load = obs->load;
		a->threshold = threshold;
	}
	if (threshold < o->lowest_threshold)
		o->lowest_threshold = threshold;
}

static void measure_second(struct open_attack *o, const struct observation *obs)
{
	int64_t second = obs->time_us / SECOND_US;

	if (o->flood_seconds == 0 || second > o->flood_second) {
		o->flood_seconds++;
		o->flood_second = second;
	}
}

static void measure_focus(struct attack_table *t, struct open_attack *o, const struct observation *obs)
{
	const struct attack_key *key = &o->attack.key;
	struct focus_group group = { .kind = key->group_kind,
		                     .group = key->group_kind == GROUP_ADDRESS ? &key->group : NULL };
	const struct asset_ref *asset = key->has_asset ? &key->asset : &obs->asset;

	o->focus_here = focus_count(t->focus, &group, asset, obs->time_us);
	o->focus_all = focus_count(t->focus, &group, NULL, obs->time_us);
}

static int64_t peak_window(const struct common *c, const struct attack_key *key)
{
	return key->family == FAMILY_BRUTE_FORCE ? c->rule.brute_window_us : c->rule.scan_window_us;
}

void attack_table_enter(struct attack_table *t, struct open_attack *o, const struct observation *obs,
                        const struct entry *entry)
{
	struct common *c = t->common;
	struct attack *a = &o->attack;

	a->observations++;
	a->vectors |= UINT32_C(1) << obs->vector;
	if (obs->time_us > a->last_us)
		a->last_us = obs->time_us;
	if (entry->extends && obs->time_us > o->extends_us)
		o->extends_us = obs->time_us;
	if (entry->measures)
		measure(o, obs, entry->units);
	if (entry->threshold != 0)
		measure_load(o, obs, entry->threshold);
	if (obs->detector == DETECTOR_FLOOD)
		measure_second(o, obs);
	if (a->key.family != FAMILY_AVAILABILITY)
		peak_add(&o->peak, peak_window(c, &a->key), obs->time_us, entry->units);
	if (!obs->rollup)
		touch_target(t, o, obs);
	add_source(t, o, obs, entry);
	measure_focus(t, o, obs);
	common_place(c, obs, a->id);
	if (c->sink.shown != NULL)
		c->sink.shown(c->sink.context, a->id, obs);
}

static void absorb_touched(struct attack_table *t, struct open_attack *child, struct open_attack *into)
{
	distinct_merge(&into->assets, &t->targets_budget, TARGETS_MAX, &child->assets);
	uint32_t before_count = into->targets.count;
	distinct_merge(&into->targets, &t->targets_budget, TARGETS_MAX, &child->targets);
	into->attack.targets += into->targets.count - before_count;
	for (uint32_t i = 0; i < child->named_count && into->named_count < ATTACK_TARGETS_MAX; i++)
		into->named[into->named_count++] = child->named[i];
}

static void absorb_figures(struct open_attack *child, struct open_attack *into)
{
	const struct attack *from = &child->attack;
	struct attack *a = &into->attack;

	a->vectors |= from->vectors;
	a->observations += from->observations;
	a->units += from->units;
	a->packets += from->packets;
	a->bytes += from->bytes;
	a->refused += from->refused;
	a->claimed_sources += from->claimed_sources;
	into->units_reflector += child->units_reflector;
	into->units_confirmed += child->units_confirmed;
	if (from->last_us > a->last_us)
		a->last_us = from->last_us;
	if (child->extends_us > into->extends_us)
		into->extends_us = child->extends_us;
	if (child->lowest_threshold < into->lowest_threshold)
		into->lowest_threshold = child->lowest_threshold;
	/* Children are attacked at the same time: the longest stands for their common seconds. */
	if (child->flood_seconds > into->flood_seconds)
		into->flood_seconds = child->flood_seconds;
	if (a->peak_load == 0 || is_higher(from->peak_load, from->threshold, a)) {
		a->peak_load = from->peak_load;
		a->threshold = from->threshold;
	}
}

void attack_table_add_figures(struct attack_table *t, struct open_attack *child, struct open_attack *into)
{
	absorb_figures(child, into);
	absorb_touched(t, child, into);
	for (uint32_t i = 0; i < child->sources.count; i++) {
		const struct source *s = &child->sources.list[i];
		(void)sources_add(&into->sources, &t->sources_budget, &s->group, s->path, s->observations, s->units);
	}
	into->sources.full |= child->sources.full;
}
