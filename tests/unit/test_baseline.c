/* Goal: p99 of loads over trailing days as design 5.5 has it: within 3 %, only with a day of history, without the seconds
 * of attacks, bounded by the former week; and its text comes back byte for byte. */
#include "decide/histogram.h"
#include "decide_world.h"
#include "tap.h"

static const struct baseline_key site = { .asset = { .index = SITE } };

static struct baseline *fresh(struct world *w)
{
	struct baseline_limits limits = { .assets = 4 };
	struct baseline *b = NULL;
	if (baseline_new(&w->rule, &w->estate, &limits, &b) < 0)
		exit(99);
	return b;
}

static void buckets(void)
{
	double worst = 0;
	unsigned before = 0;
	bool ascending = true;

	for (uint64_t v = 1; v < UINT64_C(1) << 50; v += v / 97 + 1) {
		unsigned bucket = histogram_bucket(v);
		double error = ((double)histogram_value(bucket) - (double)v) / (double)v;
		worst = error > worst ? error : -error > worst ? -error : worst;
		ascending &= bucket >= before;
		before = bucket;
	}
	ok(worst <= 0.03 && ascending, "a bucket's middle is within 3 %% of all it holds: %.2f %%", worst * 100);
	ok(histogram_bucket(UINT64_MAX) == HISTOGRAM_BUCKETS - 1 && histogram_bucket(63) == 63 &&
	           histogram_bucket(64) == 64,
	   "edges");
}

/* A day of data: history moves on every 1,000 seconds; every hundredth second has a load of its own. */
static void day(struct baseline *b, int64_t from_us, int64_t seconds, uint64_t step)
{
	for (int64_t s = 0; s <= seconds; s++) {
		int64_t t = from_us + s * SECOND_US;
		baseline_tick(b, t);
		if (s < seconds && s % 50 == 0)
			(void)baseline_add(b, &site, VECTOR_UDP, t, 1000 + (uint64_t)(s / 50) * step);
	}
}

static void percentile(struct world *w)
{
	CLEANUP(baseline_freep) struct baseline *b = fresh(w);
	int64_t start = utc_day(T0) * DAY_US;
	uint64_t p99 = 0;

	day(b, start, 86399, 1);
	ok(!baseline_p99(b, &site, VECTOR_UDP, start + DAY_US - SECOND_US, &p99),
	   "a second less than a day is too little");
	CLEANUP(baseline_freep) struct baseline *c = fresh(w);
	day(c, start, 86400, 1);
	/* 86,400 s of which 1,728 reported 1000, 1001 ... 2727; 864 may lie above: the 865th largest is 1863. */
	ok(baseline_p99(c, &site, VECTOR_UDP, start + DAY_US - 1, &p99) && p99 >= 1807 && p99 <= 1919,
	   "p99 by hand is 1863, found %llu", (unsigned long long)p99);
	ok(baseline_threshold(c, &w->rule, &w->estate, &site, VECTOR_UDP, start + DAY_US - 1) == 3 * p99,
	   "threshold 3 x p99");
	ok(baseline_threshold(c, &w->rule, &w->estate, &site, VECTOR_TCP_SYN, start + DAY_US - 1) == 3000 &&
	           baseline_threshold(NULL, &w->rule, &w->estate, &site, VECTOR_UDP, start) == 3000 &&
	           baseline_threshold(c, &w->rule, &w->estate, &site, VECTOR_DNS_QUERY, start) == UINT64_MAX,
	   "without a series or a baseline the floor; without a floor never");
	w->estate.assets[SITE].ceiling[VECTOR_UDP] = 700;
	ok(baseline_threshold(NULL, &w->rule, &w->estate, &site, VECTOR_UDP, start) == 700 &&
	           baseline_threshold(c, &w->rule, &w->estate, &site, VECTOR_UDP, start + DAY_US - 1) == 3 * p99,
	   "a ceiling decides only without history");
	struct baseline_key sum = { .asset = { .index = NET }, .rollup = true };
	w->estate.assets[SITE].ceiling[VECTOR_UDP] = 7000;
	ok(baseline_threshold(NULL, &w->rule, &w->estate, &sum, VECTOR_UDP, start) == 7000,
	   "a sum may be as high as its part's ceiling");
	w->estate.assets[SITE].ceiling[VECTOR_UDP] = 0;
	/* Seven days later the day has left. */
	for (int64_t t = start + DAY_US; t < start + 8 * DAY_US; t += HOUR_US)
		baseline_tick(c, t);
	ok(baseline_p99(c, &site, VECTOR_UDP, start + 7 * DAY_US + HOUR_US, &p99) && p99 == 0,
	   "after seven days it is gone");
}

static void exclusion(struct world *w)
{
	CLEANUP(baseline_freep) struct baseline *b = fresh(w);
	int64_t start = utc_day(T0) * DAY_US;
	uint64_t p99;

	day(b, start, 86400 + 3600, 1);
	ok(baseline_p99(b, &site, VECTOR_UDP, start + DAY_US + HOUR_US, &p99), "25 hours");
	baseline_exclude(b, &site, start + DAY_US, start + DAY_US + 50 * MINUTE_US);
	ok(baseline_p99(b, &site, VECTOR_UDP, start + DAY_US + 2 * HOUR_US, &p99), "less 50 minutes is enough");
	baseline_exclude(b, &site, start + DAY_US + 40 * MINUTE_US, start + DAY_US + 60 * MINUTE_US);
	ok(baseline_p99(b, &site, VECTOR_UDP, start + DAY_US + 3 * HOUR_US, &p99),
	   "less an hour, the common ten minutes once, is exactly a day");
	baseline_exclude(b, &site, start, start + SECOND_US);
	ok(!baseline_p99(b, &site, VECTOR_UDP, start + DAY_US + 4 * HOUR_US, &p99), "a second more is not");
	CLEANUP(baseline_freep) struct baseline *d = fresh(w);
	for (int i = 0; i <= 24; i++)
		baseline_tick(d, start + i * HOUR_US);
	(void)baseline_add(d, &site, VECTOR_UDP, start + 24 * HOUR_US, 1000);
	ok(baseline_p99(d, &site, VECTOR_UDP, start + 24 * HOUR_US, &p99), "an observation each hour is enough");
	CLEANUP(baseline_freep) struct baseline *c = fresh(w);
	for (int i = 0; i < 30; i++)
		baseline_tick(c, start + i * (HOUR_US + 1));
	(void)baseline_add(c, &site, VECTOR_UDP, start + DAY_US, 1000);
	ok(!baseline_p99(c, &site, VECTOR_UDP, start + 30 * HOUR_US, &p99),
	   "an hour without any observation is no history");
}

static void growth(struct world *w)
{
	CLEANUP(baseline_freep) struct baseline *b = fresh(w);
	/* Weeks are counted from 1970-01-01. */
	int64_t week = utc_day(T0) / 7 * 7 * DAY_US;
	uint64_t p99 = 0;

	for (int i = 0; i < 14; i++)
		for (int64_t s = 0; s < 86400; s += 10) {
			int64_t t = week + i * DAY_US + s * SECOND_US;
			baseline_tick(b, t);
			(void)baseline_add(b, &site, VECTOR_UDP, t, i < 7 ? 1000 : 100000);
		}
	ok(baseline_p99(b, &site, VECTOR_UDP, week + 14 * DAY_US - 1, &p99) && p99 >= 1940 && p99 <= 2060,
	   "a week's p99 may not be more than twice the former's: %llu", (unsigned long long)p99);
	baseline_accept(b, week + 14 * DAY_US - 1);
	ok(baseline_p99(b, &site, VECTOR_UDP, week + 14 * DAY_US - 1, &p99) && p99 >= 97000 && p99 <= 103000,
	   "unless a person accepts it: %llu", (unsigned long long)p99);
}

static void count_series(void *context, const struct baseline_series *series)
{
	size_t *count = context;
	*count += series->reported > 0;
}

static void text_form(struct world *w)
{
	CLEANUP(baseline_freep) struct baseline *b = fresh(w), *c = fresh(w);
	CLEANUP(text_fini) struct text one = { 0 }, two = { 0 };
	struct rule_error e;
	struct digest da, db;
	int64_t start = utc_day(T0) * DAY_US;
	struct baseline_key host = { .asset = { .index = CLIENTS, .host = addr("198.51.100.7") } };
	struct baseline_key sum = { .asset = { .index = NET }, .rollup = true };
	size_t series = 0;

	day(b, start, 86400 * 2, 3);
	(void)baseline_add(b, &host, VECTOR_TCP_SYN, start, 444);
	(void)baseline_add(b, &sum, VECTOR_TCP_SYN, start, 555);
	baseline_exclude(b, &site, start + HOUR_US, start + 2 * HOUR_US);
	baseline_write(b, &one);
	ok(baseline_parse(c, one.data, one.len, &e) == 0, "its text is read");
	baseline_write(c, &two);
	ok(strcmp(text_get(&one), text_get(&two)) == 0 && one.len > 100, "and written again byte for byte");
	ok(baseline_digest(b, &da) == 0 && baseline_digest(c, &db) == 0 && memcmp(&da, &db, sizeof(da)) == 0,
	   "one digest");
	uint64_t pa = 1, pb = 2;
	ok(baseline_p99(b, &site, VECTOR_UDP, start + 2 * DAY_US - 1, &pa) &&
	           baseline_p99(c, &site, VECTOR_UDP, start + 2 * DAY_US - 1, &pb) && pa == pb,
	   "and says the same");
	baseline_each(c, start + DAY_US, count_series, &series);
	ok(series == 3, "three series are told");
	struct baseline_key more = { .asset = { .index = BANK } };
	ok(baseline_add(b, &more, VECTOR_UDP, start, 1) &&
	           !baseline_add(b, &(struct baseline_key){ .asset = { .index = SMALL } }, VECTOR_UDP, start, 1),
	   "a full table says so");
	static const char *const bad[] = {
		"",
		"redoubt-baseline/2\n",
		"redoubt-baseline/1\nload 1 1 1\n",
		"redoubt-baseline/1\nasset a own\nasset a own\n",
		"redoubt-baseline/1\nasset a both\n",
		"redoubt-baseline/1\nseries udp week 1 former -\n",
		"redoubt-baseline/1\nasset a own\nseries port week 1 former -\n",
		"redoubt-baseline/1\nasset a own\nseries udp week 1 former -\nload 1 1 1\nload 1 1 1\n",
		"redoubt-baseline/1\nasset a own\nseries udp week 1 former -\nload 1 1 1\nload 8 1 1\n",
		"redoubt-baseline/1\nasset a own\nseries udp week 1 former -\nload 1 1920 1\n",
		"redoubt-baseline/1\ncovered 1 5\ncovered 17 5\n",
		"redoubt-baseline/1\ncovered 1 86400000001\n",
		"redoubt-baseline/1\nasset a own\nasset b own\nasset c own\nasset d own\nasset e own\n",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CLEANUP(baseline_freep) struct baseline *d = fresh(w);
		ok(baseline_parse(d, bad[i], strlen(bad[i]), &e) < 0, "%u:%u: %s", e.line, e.column, e.message);
	}
}

int main(void)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return 99;
	world_init(w);
	buckets();
	percentile(w);
	exclusion(w);
	growth(w);
	text_form(w);
	world_fini(w);
	free(w);
	return done();
}
