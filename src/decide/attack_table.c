#include "decide/attack_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "decide/verdict.h"

int attack_table_init(struct attack_table *t, struct common *common, struct focus *focus, struct services *services,
                      const struct decider_limits *limits)
{
	*t = (struct attack_table){
		.common = common,
		.focus = focus,
		.services = services,
		.limit = limits->attacks,
		.sources_budget = { .limit = limits->sources, .key = common->key },
		.targets_budget = { .limit = limits->targets },
	};
	t->heap = calloc(limits->attacks, sizeof(struct open_attack *));
	if (t->heap == NULL)
		return -ENOMEM;
	return table_init(&t->table, limits->attacks, &common->key);
}

static void free_attack(struct attack_table *t, struct open_attack *o)
{
	sources_fini(&o->sources, &t->sources_budget);
	distinct_fini(&o->targets, &t->targets_budget);
	distinct_fini(&o->assets, &t->targets_budget);
	distinct_fini(&o->claimed, &t->targets_budget);
	attack_fini(&o->attack);
	free(o->touched);
	free(o);
}

void attack_table_fini(struct attack_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free_attack(t, t->heap[i]);
	free(t->heap);
	t->heap = NULL;
	t->count = 0;
	table_fini(&t->table);
}

/* By first and key: unlike the id both move with the data's time. */
static int compare_attacks(const struct open_attack *a, const struct open_attack *b)
{
	if (a->attack.first_us != b->attack.first_us)
		return a->attack.first_us < b->attack.first_us ? -1 : 1;
	return memcmp(&a->link.key, &b->link.key, sizeof(a->link.key));
}

static bool before(const struct open_attack *a, const struct open_attack *b)
{
	if (a->queued_us != b->queued_us)
		return a->queued_us < b->queued_us;
	return compare_attacks(a, b) < 0;
}

static void heap_put(struct attack_table *t, size_t at, struct open_attack *o)
{
	t->heap[at] = o;
	o->at = at;
}

static void heap_rise(struct attack_table *t, struct open_attack *o)
{
	size_t at = o->at;

	while (at > 0 && before(o, t->heap[(at - 1) / 2])) {
		heap_put(t, at, t->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_put(t, at, o);
}

static void heap_sink(struct attack_table *t, struct open_attack *o)
{
	size_t at = o->at;

	for (;;) {
		size_t child = at * 2 + 1;
		if (child + 1 < t->count && before(t->heap[child + 1], t->heap[child]))
			child++;
		if (child >= t->count || !before(t->heap[child], o))
			break;
		heap_put(t, at, t->heap[child]);
		at = child;
	}
	heap_put(t, at, o);
}

static void take_out(struct attack_table *t, struct open_attack *o)
{
	struct open_attack *last = t->heap[--t->count];

	table_remove(&t->table, &o->link);
	if (last == o)
		return;
	heap_put(t, o->at, last);
	heap_rise(t, last);
	heap_sink(t, last);
}

static struct table_key key_of(const struct attack_key *key, enum attack_status status)
{
	struct table_parts parts = {
		.family = key->family,
		.vector = key->family == FAMILY_AVAILABILITY ? key->vector_group : key->scan_vector,
		.service = key->service,
		.group_kind = key->group_kind,
		.direction = key->direction,
		.status = (uint8_t)status,
		.asset = key->has_asset ? &key->asset : NULL,
		.group = key->group_kind == GROUP_ADDRESS ? &key->group : NULL,
	};

	return table_key_of(&parts);
}

struct open_attack *attack_table_find(const struct attack_table *t, const struct attack_key *key,
                                      enum attack_status status)
{
	struct table_key k = key_of(key, status);

	return table_find(&t->table, &k);
}

static int64_t deadline(const struct attack_table *t, const struct open_attack *o)
{
	return o->extends_us + t->common->rule.gap_us[o->attack.key.family];
}

static void close_attack(struct attack_table *t, struct open_attack *o)
{
	struct common *c = t->common;
	struct baseline_key key = { .asset = o->attack.key.asset };

	take_out(t, o);
	reach_end(&o->reach, &c->rule);
	if (c->baseline != NULL && o->attack.key.family == FAMILY_AVAILABILITY) {
		int64_t until_us = deadline(t, o);
		baseline_exclude(c->baseline, &key, o->attack.first_us, until_us);
		key.rollup = true;
		baseline_exclude(c->baseline, &key, o->attack.first_us, until_us);
	}
	verdict_close(o, c);
	if (c->sink.closed != NULL)
		c->sink.closed(c->sink.context, &o->attack);
	free_attack(t, o);
}

static enum attack_class first_class(const struct attack_key *key)
{
	switch ((enum attack_family)key->family) {
	case FAMILY_SCANNER:
		return CLASS_SCANNER;
	case FAMILY_BRUTE_FORCE:
		return CLASS_BRUTE_FORCE;
	case FAMILY_AVAILABILITY:
		return key->vector_group == VECTOR_GROUP_APPLICATION ? CLASS_DOS : CLASS_DDOS;
	case FAMILY_IDS_ALERT:
		return CLASS_IDS_ALERT;
	case FAMILY_EXPLOIT:
		return CLASS_EXPLOIT;
	default:
		return CLASS_OTHER;
	}
}

static void fill_identity(struct common *c, struct attack *a)
{
	uint8_t key[256];
	size_t n = attack_key_canonical(&a->key, c->estate, key);
	const struct asset *asset = a->key.has_asset ? estate_asset(c->estate, &a->key.asset) : NULL;

	attack_id_format(c->k_id, &c->rule_digest, key, n, a->first_us, a->id);
	if (a->key.has_asset)
		asset_format(c->estate, &a->key.asset, a->asset);
	a->target_class = asset != NULL ? asset->target_class : TARGET_UNCLASSED;
	a->class = (uint8_t)first_class(&a->key);
	bool any = a->key.group_kind == GROUP_ANY && a->key.vector_group != VECTOR_GROUP_APPLICATION;
	a->path = any ? PATH_SPOOFABLE : PATH_CONFIRMED;
}

/* Bits for every asset of the estate, where the key does not say which. Missing memory costs the asset's name only. */
static void watch_assets(struct attack_table *t, struct open_attack *o)
{
	if (!o->attack.key.has_asset)
		o->touched = calloc(t->common->estate->asset_count / 8 + 1, 1);
}

struct open_attack *attack_table_open(struct attack_table *t, const struct attack_key *key, enum attack_status status,
                                      int64_t first_us, uint64_t threshold, const char *continues)
{
	struct common *c = t->common;
	struct open_attack *o = t->count < t->limit ? calloc(1, sizeof(*o)) : NULL;

	if (o == NULL) {
		c->counters.attacks_full++;
		return NULL;
	}
	o->link.key = key_of(key, status);
	o->attack.key = *key;
	o->attack.status = (uint8_t)status;
	o->attack.first_us = o->attack.last_us = first_us;
	o->attack.threshold = threshold;
	o->extends_us = first_us;
	o->carpet_us = CARPET_NOT;
	o->lowest_threshold = threshold;
	fill_identity(c, &o->attack);
	watch_assets(t, o);
	o->queued_us = deadline(t, o);
	table_insert(&t->table, &o->link);
	heap_put(t, t->count++, o);
	heap_rise(t, o);
	if (key->family == FAMILY_AVAILABILITY)
		services_start(t->services, &key->asset, false, first_us, &c->rule, &o->reach);
	if (continues != NULL)
		memcpy(o->attack.continues, continues, ATTACK_ID_MAX);
	c->counters.attacks++;
	c->counters.continued += continues != NULL;
	if (c->sink.opened != NULL)
		c->sink.opened(c->sink.context, &o->attack);
	return o;
}

/* The first observation later than first + 24 h opens a new attack that continues the former. */
static struct open_attack *cut(struct attack_table *t, struct open_attack *old, int64_t time_us)
{
	struct attack_key key = old->attack.key;
	enum attack_status status = (enum attack_status)old->attack.status;
	struct reach reach = { .before_count = old->reach.before_count, .before_served = old->reach.before_served };
	uint64_t threshold = old->attack.threshold, lowest = old->lowest_threshold;
	bool carpet = old->carpet_us != CARPET_NOT;
	char id[ATTACK_ID_MAX];

	memcpy(id, old->attack.id, sizeof(id));
	close_attack(t, old);
	struct open_attack *o = attack_table_open(t, &key, status, time_us, threshold, id);
	if (o == NULL)
		return NULL;
	o->lowest_threshold = lowest;
	o->reach = reach;
	if (carpet)
		o->carpet_us = INT64_MIN;
	return o;
}

struct open_attack *attack_table_join(struct attack_table *t, const struct attack_key *key, enum attack_status status,
                                      int64_t time_us)
{
	struct open_attack *o = attack_table_find(t, key, status);

	if (o == NULL || time_us <= o->attack.first_us + t->common->rule.longest_us)
		return o;
	return cut(t, o, time_us);
}

int64_t attack_table_due(const struct attack_table *t)
{
	return t->count > 0 ? t->heap[0]->queued_us : INT64_MAX;
}

void attack_table_close_due(struct attack_table *t)
{
	struct open_attack *o = t->heap[0];
	int64_t true_us = deadline(t, o);

	check(t->count > 0);
	if (true_us > o->queued_us) {
		o->queued_us = true_us;
		heap_sink(t, o);
		return;
	}
	close_attack(t, o);
}

void attack_table_absorb(struct attack_table *t, struct open_attack *child, struct open_attack *into)
{
	struct common *c = t->common;

	attack_table_add_figures(t, child, into);
	reach_end(&child->reach, &c->rule);
	if (child->reach.total_us > into->reach.total_us)
		into->reach.total_us = child->reach.total_us;
	c->counters.absorbed++;
	if (c->sink.absorbed != NULL)
		c->sink.absorbed(c->sink.context, child->attack.id, into->attack.id);
	take_out(t, child);
	free_attack(t, child);
}

static int compare_listed(const void *x, const void *y)
{
	const struct open_attack *const *a = x, *const *b = y;

	return compare_attacks(*a, *b);
}

static bool is_inside(const struct attack_table *t, const struct open_attack *o, const struct attack_key *around)
{
	const struct attack_key *key = &o->attack.key;

	if (key->family != around->family || key->vector_group != around->vector_group ||
	    key->direction != around->direction || !key->has_asset)
		return false;
	bool same = key->asset.index == around->asset.index && address_equal(&key->asset.host, &around->asset.host);
	return !same && asset_inside(t->common->estate, &key->asset, &around->asset);
}

size_t attack_table_inside(const struct attack_table *t, const struct attack_key *around, struct open_attack **ret_list,
                           size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count && n < max; i++)
		if (is_inside(t, t->heap[i], around))
			ret_list[n++] = t->heap[i];
	qsort(ret_list, n, sizeof(struct open_attack *), compare_listed);
	return n;
}

void attack_table_serve(struct attack_table *t, const struct asset_ref *asset, const struct service_slot *slot)
{
	const struct common *c = t->common;

	for (size_t i = 0; i < t->count; i++) {
		struct open_attack *o = t->heap[i];
		const struct attack_key *key = &o->attack.key;
		bool ours = key->family == FAMILY_AVAILABILITY &&
		            (o->carpet_us != CARPET_NOT ? asset_inside(c->estate, asset, &key->asset)
		                                        : asset->index == key->asset.index &&
		                                                  address_equal(&asset->host, &key->asset.host));
		if (ours && slot->time_us <= o->extends_us + c->rule.flood_window_us)
			reach_add(&o->reach, &c->rule, slot);
	}
}

void attack_table_finish(struct attack_table *t, int64_t now_us)
{
	while (t->count > 0) {
		struct open_attack *o = t->heap[0];
		if (deadline(t, o) > o->queued_us) {
			attack_table_close_due(t);
			continue;
		}
		o->attack.open = now_us <= deadline(t, o);
		close_attack(t, o);
	}
}
