/* baseline_internal.h - what baseline.c (the numbers) and baseline_file.c (their text) share. */
#pragma once

#include "decide/baseline.h"
#include "decide/histogram.h"
#include "decide/table.h"

enum {
	BASELINE_DAYS = 7,       /* trailing days of loads; the rule's parser holds baseline-trail to it */
	BASELINE_DAYS_KEPT = 16, /* of covered time: a week that ended can still be judged */
};

struct day_time {
	int64_t day; /* INT64_MIN: none */
	int64_t us;
};

struct day_loads {
	int64_t day;
	struct histogram histogram;
};

struct series {
	struct day_loads loads[BASELINE_DAYS]; /* by day modulo 7 */
	int64_t week;                          /* the week it was last in */
	bool former_known;
	uint64_t former_p99; /* of the former week, after its own bound */
	int64_t cached_hour;
	bool cached_known;
	uint64_t cached_p99;
};

struct baseline_asset {
	struct table_link link;
	char name[ASSET_TEXT_MAX];
	bool rollup;
	struct day_time excluded[BASELINE_DAYS_KEPT];
	int64_t excluded_from_us, excluded_until_us; /* the attack left out last */
	struct series *series[VECTOR_COUNT];         /* owned */
};

struct baseline {
	struct counting_rule rule;
	const struct estate *estate;
	struct baseline_asset **assets; /* count of limit, owned, in order of arrival */
	uint32_t count, limit;
	struct table by_key;
	struct day_time covered[BASELINE_DAYS_KEPT];
	bool ticked;
	int64_t tick_us;
};

/** A new asset by name, NULL when full or without memory. */
struct baseline_asset *baseline_asset_add(struct baseline *baseline, const char *name, bool rollup);

/** The series of a vector, made when missing; NULL without memory. */
struct series *baseline_series_add(struct baseline_asset *asset, enum vector vector);

/** The loads of a day, emptied of an older one; NULL when the day is too old. */
struct histogram *baseline_day(struct series *series, int64_t day);

/** The assets by name, own before sum. The caller frees the array. NULL without memory. */
struct baseline_asset **baseline_sorted(const struct baseline *baseline);
