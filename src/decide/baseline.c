#include "decide/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/utc.h"
#include "decide/baseline_internal.h"

int baseline_new(const struct counting_rule *rule, const struct estate *estate, const struct baseline_limits *limits,
                 struct baseline **ret_baseline)
{
	/* Where assets lie in the table shows nowhere; only the live sensor's observations choose them. */
	static const struct siphash_key key = { 0x7265646f756274, 0x626173656c696e65 };

	if (limits->assets == 0)
		return -EINVAL;
	CLEANUP(baseline_freep) struct baseline *b = calloc(1, sizeof(*b));
	if (b == NULL)
		return -ENOMEM;
	b->rule = *rule;
	b->estate = estate;
	b->assets = calloc(limits->assets, sizeof(struct baseline_asset *));
	if (b->assets == NULL || table_init(&b->by_key, limits->assets, &key) < 0)
		return -ENOMEM;
	b->limit = limits->assets;
	for (int i = 0; i < BASELINE_DAYS_KEPT; i++)
		b->covered[i].day = INT64_MIN;
	*ret_baseline = TAKE_PTR(b);
	return 0;
}

static void series_free(struct series *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < BASELINE_DAYS; i++)
		histogram_fini(&s->loads[i].histogram);
	free(s);
}

void baseline_free(struct baseline *b)
{
	if (b == NULL)
		return;
	for (uint32_t i = 0; i < b->count; i++) {
		for (int v = 0; v < VECTOR_COUNT; v++)
			series_free(b->assets[i]->series[v]);
		free(b->assets[i]);
	}
	free(b->assets);
	table_fini(&b->by_key);
	free(b);
}

void baseline_freep(struct baseline **b)
{
	baseline_free(*b);
}

/* The slot of a day in a ring of days, emptied when it still holds an older one. NULL when it holds a newer one. */
static struct day_time *day_slot(struct day_time *ring, int64_t day)
{
	struct day_time *slot = &ring[((day % BASELINE_DAYS_KEPT) + BASELINE_DAYS_KEPT) % BASELINE_DAYS_KEPT];

	if (slot->day > day)
		return NULL;
	if (slot->day < day)
		*slot = (struct day_time){ .day = day };
	return slot;
}

static int64_t day_time(const struct day_time *ring, int64_t day)
{
	const struct day_time *slot = &ring[((day % BASELINE_DAYS_KEPT) + BASELINE_DAYS_KEPT) % BASELINE_DAYS_KEPT];

	return slot->day == day ? slot->us : 0;
}

/* Add [from, until) to a ring, each part to its UTC day. */
static void add_time(struct day_time *ring, int64_t from_us, int64_t until_us)
{
	while (from_us < until_us) {
		int64_t day = utc_day(from_us), end = (day + 1) * DAY_US;
		int64_t stop = end < until_us ? end : until_us;
		struct day_time *slot = day_slot(ring, day);
		if (slot != NULL)
			slot->us += stop - from_us;
		from_us = stop;
	}
}

void baseline_tick(struct baseline *b, int64_t time_us)
{
	if (b->ticked && time_us <= b->tick_us)
		return;
	if (b->ticked && time_us - b->tick_us <= HOUR_US)
		add_time(b->covered, b->tick_us, time_us);
	b->ticked = true;
	b->tick_us = time_us;
}

static struct table_key key_of(const struct baseline_key *key)
{
	return table_key_of(&(struct table_parts){ .flag = key->rollup, .asset = &key->asset });
}

static struct baseline_asset *find_asset(const struct baseline *b, const struct baseline_key *key)
{
	struct table_key k = key_of(key);

	return table_find(&b->by_key, &k);
}

struct baseline_asset *baseline_asset_add(struct baseline *b, const char *name, bool rollup)
{
	struct baseline_asset *a = b->count < b->limit ? calloc(1, sizeof(*a)) : NULL;
	struct asset_ref ref;

	if (a == NULL)
		return NULL;
	memcpy(a->name, name, strlen(name) + 1);
	a->rollup = rollup;
	for (int i = 0; i < BASELINE_DAYS_KEPT; i++)
		a->excluded[i].day = INT64_MIN;
	a->excluded_from_us = a->excluded_until_us = INT64_MIN;
	b->assets[b->count++] = a;
	/* An asset the estate no longer has is kept for the file only. */
	if (asset_parse(b->estate, name, &ref) == 0) {
		a->link.key = key_of(&(struct baseline_key){ .asset = ref, .rollup = rollup });
		if (table_find(&b->by_key, &a->link.key) == NULL)
			table_insert(&b->by_key, &a->link);
	}
	return a;
}

struct series *baseline_series_add(struct baseline_asset *a, enum vector vector)
{
	if (a->series[vector] == NULL) {
		struct series *s = calloc(1, sizeof(*s));
		if (s == NULL)
			return NULL;
		for (int i = 0; i < BASELINE_DAYS; i++)
			s->loads[i].day = INT64_MIN;
		s->week = INT64_MIN;
		s->cached_hour = INT64_MIN;
		a->series[vector] = s;
	}
	return a->series[vector];
}

struct histogram *baseline_day(struct series *s, int64_t day)
{
	struct day_loads *slot = &s->loads[((day % BASELINE_DAYS) + BASELINE_DAYS) % BASELINE_DAYS];

	if (slot->day > day)
		return NULL;
	if (slot->day < day) {
		histogram_fini(&slot->histogram);
		slot->day = day;
	}
	return &slot->histogram;
}

/* What the trailing days up to one hold for a series. */
struct trail {
	int64_t history_us;
	uint64_t reported;
	const struct histogram *days[BASELINE_DAYS];
};

static struct trail trail_of(const struct baseline *b, const struct baseline_asset *a, const struct series *s,
                             int64_t last_day)
{
	struct trail t = { 0 };

	for (int i = 0; i < BASELINE_DAYS; i++) {
		int64_t day = last_day - i;
		int64_t us = day_time(b->covered, day) - day_time(a->excluded, day);
		t.history_us += us > 0 ? us : 0;
		for (int j = 0; j < BASELINE_DAYS; j++)
			if (s->loads[j].day == day)
				t.days[i] = &s->loads[j].histogram;
		if (t.days[i] != NULL)
			t.reported += t.days[i]->total;
	}
	return t;
}

/* The value that above larger ones stand over. */
static uint64_t value_under(const struct trail *t, uint64_t above)
{
	uint32_t left[BASELINE_DAYS];

	for (int i = 0; i < BASELINE_DAYS; i++)
		left[i] = t->days[i] != NULL ? t->days[i]->used_count : 0;
	for (unsigned bucket = HISTOGRAM_BUCKETS; bucket-- > 0;) {
		for (int i = 0; i < BASELINE_DAYS; i++) {
			if (left[i] == 0 || t->days[i]->used[left[i] - 1].bucket != bucket)
				continue;
			uint32_t count = t->days[i]->used[--left[i]].count;
			if (count > above)
				return histogram_value(bucket);
			above -= count;
		}
	}
	return 0;
}

/* p99 by nearest rank: rank ceil(0.99 n), so floor(n / 100) seconds lie above. Seconds that were not reported lie below
 * all that were. */
static uint64_t trail_p99(const struct trail *t)
{
	uint64_t n = (uint64_t)(t->history_us / SECOND_US);

	n = n > t->reported ? n : t->reported;
	return t->reported > n / 100 ? value_under(t, n / 100) : 0;
}

/* Less than this is never reported, so growth from nothing is measured from here. */
static uint64_t growth_bound(const struct baseline *b, const struct series *s, enum vector vector)
{
	uint64_t former = s->former_p99, least = b->rule.flood_floor[vector] / 10;

	return (former > least ? former : least) * b->rule.baseline_growth;
}

static uint64_t bounded(const struct baseline *b, const struct series *s, enum vector vector, uint64_t p99)
{
	uint64_t bound = growth_bound(b, s, vector);

	return s->former_known && p99 > bound ? bound : p99;
}

/* A week is seven UTC days counted from 1970-01-01. When a new one begins, the p99 of the one left becomes the former. */
static void roll_week(const struct baseline *b, const struct baseline_asset *a, struct series *s, enum vector vector,
                      int64_t day)
{
	int64_t week = day >= 0 ? day / BASELINE_DAYS : -((-day + BASELINE_DAYS - 1) / BASELINE_DAYS);

	if (s->week == week)
		return;
	if (s->week != INT64_MIN && week > s->week) {
		struct trail t = trail_of(b, a, s, s->week * BASELINE_DAYS + BASELINE_DAYS - 1);
		if (t.history_us >= b->rule.baseline_history_us) {
			s->former_p99 = bounded(b, s, vector, trail_p99(&t));
			s->former_known = true;
		}
	}
	if (s->week == INT64_MIN || week > s->week)
		s->week = week;
}

bool baseline_add(struct baseline *b, const struct baseline_key *key, enum vector vector, int64_t time_us,
                  uint64_t load)
{
	char name[ASSET_TEXT_MAX];
	int64_t day = utc_day(time_us);

	if (key->asset.index == ASSET_NONE)
		return true;
	struct baseline_asset *a = find_asset(b, key);
	if (a == NULL)
		a = baseline_asset_add(b, asset_format(b->estate, &key->asset, name), key->rollup);
	struct series *s = a != NULL ? baseline_series_add(a, vector) : NULL;
	if (s == NULL)
		return false;
	if (time_us < a->excluded_until_us)
		return true;
	roll_week(b, a, s, vector, day);
	struct histogram *h = baseline_day(s, day);
	return h == NULL || histogram_add(h, histogram_bucket(load), 1) == 0;
}

void baseline_exclude(struct baseline *b, const struct baseline_key *key, int64_t from_us, int64_t until_us)
{
	struct baseline_asset *a = find_asset(b, key);

	if (a == NULL)
		return;
	/* Two attacks on one asset may overlap; their common seconds are left out once. */
	if (until_us < a->excluded_from_us || from_us > a->excluded_until_us) {
		add_time(a->excluded, from_us, until_us);
		a->excluded_from_us = from_us;
		a->excluded_until_us = until_us > a->excluded_until_us ? until_us : a->excluded_until_us;
		return;
	}
	add_time(a->excluded, from_us, a->excluded_from_us);
	add_time(a->excluded, a->excluded_until_us, until_us);
	a->excluded_from_us = from_us < a->excluded_from_us ? from_us : a->excluded_from_us;
	a->excluded_until_us = until_us > a->excluded_until_us ? until_us : a->excluded_until_us;
}

static bool series_p99(const struct baseline *b, struct baseline_asset *a, struct series *s, enum vector vector,
                       int64_t time_us, uint64_t *ret_p99)
{
	int64_t day = utc_day(time_us);

	roll_week(b, a, s, vector, day);
	struct trail t = trail_of(b, a, s, day);
	if (t.history_us < b->rule.baseline_history_us)
		return false;
	*ret_p99 = bounded(b, s, vector, trail_p99(&t));
	return true;
}

bool baseline_p99(struct baseline *b, const struct baseline_key *key, enum vector vector, int64_t time_us,
                  uint64_t *ret_p99)
{
	struct baseline_asset *a = find_asset(b, key);

	if (a == NULL || a->series[vector] == NULL)
		return false;
	struct series *s = a->series[vector];
	int64_t hour = time_us / HOUR_US;
	if (s->cached_hour != hour) {
		s->cached_known = series_p99(b, a, s, vector, time_us, &s->cached_p99);
		s->cached_hour = hour;
	}
	if (s->cached_known)
		*ret_p99 = s->cached_p99;
	return s->cached_known;
}

/* The configured ceiling of an asset; for the sum over a network the highest of all inside it, since a sum may be as high
 * as each of its parts may. */
static uint64_t ceiling_of(const struct estate *estate, const struct baseline_key *key, enum vector vector)
{
	const struct asset *asset = estate_asset(estate, &key->asset);
	uint64_t ceiling = asset != NULL ? asset->ceiling[vector] : 0;

	if (asset == NULL || !key->rollup)
		return ceiling;
	for (size_t i = 0; i < estate->asset_count; i++) {
		uint32_t at = (uint32_t)i;
		for (size_t depth = 0; depth <= estate->asset_count && at != ASSET_NONE; depth++) {
			if (at == key->asset.index && estate->assets[i].ceiling[vector] > ceiling)
				ceiling = estate->assets[i].ceiling[vector];
			at = estate->assets[at].parent;
		}
	}
	return ceiling;
}

uint64_t baseline_threshold(struct baseline *b, const struct counting_rule *rule, const struct estate *estate,
                            const struct baseline_key *key, enum vector vector, int64_t time_us)
{
	uint64_t floor = rule->flood_floor[vector], p99;

	if (floor == 0)
		return UINT64_MAX;
	if (b != NULL && baseline_p99(b, key, vector, time_us, &p99)) {
		uint64_t usual = p99 * rule->baseline_factor;
		return usual > floor ? usual : floor;
	}
	uint64_t ceiling = ceiling_of(estate, key, vector);
	return ceiling != 0 ? ceiling : floor;
}

void baseline_accept(struct baseline *b, int64_t time_us)
{
	for (uint32_t i = 0; i < b->count; i++)
		for (int v = 0; v < VECTOR_COUNT; v++) {
			struct series *s = b->assets[i]->series[v];
			if (s == NULL)
				continue;
			roll_week(b, b->assets[i], s, (enum vector)v, utc_day(time_us));
			struct trail t = trail_of(b, b->assets[i], s, utc_day(time_us));
			if (t.history_us < b->rule.baseline_history_us)
				continue;
			s->former_p99 = trail_p99(&t);
			s->former_known = true;
			s->cached_hour = INT64_MIN;
		}
}

static int compare_assets(const void *x, const void *y)
{
	const struct baseline_asset *const *a = x, *const *b = y;
	int c = strcmp((*a)->name, (*b)->name);

	return c != 0 ? c : (int)(*a)->rollup - (int)(*b)->rollup;
}

struct baseline_asset **baseline_sorted(const struct baseline *b)
{
	struct baseline_asset **sorted = calloc(b->count + 1, sizeof(struct baseline_asset *));

	if (sorted == NULL)
		return NULL;
	memcpy(sorted, b->assets, b->count * sizeof(struct baseline_asset *));
	qsort(sorted, b->count, sizeof(struct baseline_asset *), compare_assets);
	return sorted;
}

static void tell_series(struct baseline *b, struct baseline_asset *a, enum vector vector, int64_t time_us,
                        void (*each)(void *context, const struct baseline_series *series), void *context)
{
	struct series *s = a->series[vector];

	roll_week(b, a, s, vector, utc_day(time_us));
	struct trail t = trail_of(b, a, s, utc_day(time_us));
	uint64_t p99 = trail_p99(&t);
	struct baseline_series told = {
		.asset = a->name,
		.rollup = a->rollup,
		.vector = (uint8_t)vector,
		.seconds = (uint64_t)(t.history_us / SECOND_US),
		.reported = t.reported,
		.p99 = bounded(b, s, vector, p99),
		.p99_unbounded = p99,
		.former_week = s->former_known ? s->former_p99 : 0,
	};
	each(context, &told);
}

void baseline_each(struct baseline *b, int64_t time_us,
                   void (*each)(void *context, const struct baseline_series *series), void *context)
{
	CLEANUP(freep) struct baseline_asset **sorted = baseline_sorted(b);

	if (sorted == NULL)
		return;
	for (uint32_t i = 0; i < b->count; i++)
		for (int v = 0; v < VECTOR_COUNT; v++)
			if (sorted[i]->series[v] != NULL)
				tell_series(b, sorted[i], (enum vector)v, time_us, each, context);
}
