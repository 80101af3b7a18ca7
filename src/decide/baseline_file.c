/* The baseline as text: one fact a line, in one order, so that equal baselines have equal bytes and a person can read them.
 *
 *     redoubt-baseline/1
 *     covered DAY MICROSECONDS                  history of a UTC day (days since 1970-01-01)
 *     asset NAME own|sum                        what follows is about its own loads, or the sum over a network
 *     excluded DAY MICROSECONDS                 of the history, inside its availability attacks
 *     series VECTOR week WEEK former P99|-      - where there is no former week
 *     load DAY BUCKET COUNT                     seconds whose load fell into a bucket (histogram.h)
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "decide/baseline_internal.h"
#include "decide/rule_text.h"

static const char head[] = "redoubt-baseline/1";

/* The highest day and week a file may name: the year 9999. */
enum { DAY_MAX = 2932896, WEEK_MAX = DAY_MAX / BASELINE_DAYS };

static int compare_day_time(const void *x, const void *y)
{
	const struct day_time *a = x, *b = y;

	return (a->day > b->day) - (a->day < b->day);
}

static void write_days(const struct day_time ring[static BASELINE_DAYS_KEPT], const char *word, struct text *out)
{
	struct day_time sorted[BASELINE_DAYS_KEPT];

	memcpy(sorted, ring, sizeof(sorted));
	qsort(sorted, BASELINE_DAYS_KEPT, sizeof(sorted[0]), compare_day_time);
	for (int i = 0; i < BASELINE_DAYS_KEPT; i++)
		if (sorted[i].day >= 0 && sorted[i].us > 0)
			text_addf(out, "%s %lld %lld\n", word, (long long)sorted[i].day, (long long)sorted[i].us);
}

static int compare_day_loads(const void *x, const void *y)
{
	const struct day_loads *const *a = x, *const *b = y;

	return ((*a)->day > (*b)->day) - ((*a)->day < (*b)->day);
}

static void write_series(const struct series *s, enum vector vector, struct text *out)
{
	const struct day_loads *sorted[BASELINE_DAYS];

	text_addf(out, "series %s week %lld former ", vector_name(vector), (long long)s->week);
	if (s->former_known)
		text_addf(out, "%llu\n", (unsigned long long)s->former_p99);
	else
		text_add(out, "-\n");
	for (int i = 0; i < BASELINE_DAYS; i++)
		sorted[i] = &s->loads[i];
	qsort(sorted, BASELINE_DAYS, sizeof(sorted[0]), compare_day_loads);
	for (int i = 0; i < BASELINE_DAYS; i++)
		for (uint32_t j = 0; j < sorted[i]->histogram.used_count; j++)
			text_addf(out, "load %lld %u %u\n", (long long)sorted[i]->day,
			          sorted[i]->histogram.used[j].bucket, sorted[i]->histogram.used[j].count);
}

void baseline_write(const struct baseline *b, struct text *out)
{
	CLEANUP(freep) struct baseline_asset **sorted = baseline_sorted(b);

	if (sorted == NULL) {
		out->failed = true;
		return;
	}
	text_addf(out, "%s\n", head);
	write_days(b->covered, "covered", out);
	for (uint32_t i = 0; i < b->count; i++) {
		text_addf(out, "asset %s %s\n", sorted[i]->name, sorted[i]->rollup ? "sum" : "own");
		write_days(sorted[i]->excluded, "excluded", out);
		for (int v = 0; v < VECTOR_COUNT; v++)
			if (sorted[i]->series[v] != NULL && sorted[i]->series[v]->week >= 0)
				write_series(sorted[i]->series[v], (enum vector)v, out);
	}
}

struct parser {
	struct rule_reader reader;
	struct baseline *baseline;
	struct baseline_asset *asset; /* the one being read */
	struct series *series;
	bool headed;
	int64_t last_day, last_bucket;
};

static int parse_day_time(struct parser *p, const struct rule_line *line, struct day_time *ring)
{
	uint64_t day, us;
	int err = rule_words(&p->reader, line, 3);

	if (err == 0)
		err = rule_number(&p->reader, line, 1, 0, DAY_MAX, &day);
	if (err == 0)
		err = rule_number(&p->reader, line, 2, 1, UINT64_C(86400000000), &us);
	if (err < 0)
		return err;
	struct day_time *slot = &ring[day % BASELINE_DAYS_KEPT];
	if (slot->day != INT64_MIN)
		return rule_fail(&p->reader, line, 1, "day %llu is given twice, or with one too far from it",
		                 (unsigned long long)day);
	*slot = (struct day_time){ .day = (int64_t)day, .us = (int64_t)us };
	return 0;
}

static bool asset_given(const struct baseline *b, const char *name, bool rollup)
{
	/* Files are sorted, so a repeated asset is beside its first line. */
	if (b->count == 0)
		return false;
	const struct baseline_asset *last = b->assets[b->count - 1];
	int c = strcmp(last->name, name);
	return c > 0 || (c == 0 && last->rollup >= rollup);
}

static int parse_asset(struct parser *p, const struct rule_line *line)
{
	int err = rule_words(&p->reader, line, 3);

	if (err < 0)
		return err;
	bool rollup = strcmp(line->word[2], "sum") == 0;
	if (!rollup && strcmp(line->word[2], "own") != 0)
		return rule_fail(&p->reader, line, 2, "'%s' is neither 'own' nor 'sum'", line->word[2]);
	if (strlen(line->word[1]) >= ASSET_TEXT_MAX)
		return rule_fail(&p->reader, line, 1, "the name is too long");
	if (asset_given(p->baseline, line->word[1], rollup))
		return rule_fail(&p->reader, line, 1, "'%s' is given twice or out of order", line->word[1]);
	if (p->baseline->count == p->baseline->limit) {
		(void)rule_fail(&p->reader, line, 1, "more than %u assets", p->baseline->limit);
		return -E2BIG;
	}
	p->asset = baseline_asset_add(p->baseline, line->word[1], rollup);
	p->series = NULL;
	return p->asset != NULL ? 0 : -ENOMEM;
}

static int parse_series(struct parser *p, const struct rule_line *line)
{
	uint64_t week, former = 0;
	int err = rule_words(&p->reader, line, 6);

	if (err < 0)
		return err;
	int vector = vector_parse(line->word[1]);
	if (vector < 0 || vector_group_of((enum vector)vector) == VECTOR_GROUP_NONE)
		return rule_fail(&p->reader, line, 1, "'%s' is no vector of floods", line->word[1]);
	if (p->asset == NULL || p->asset->series[vector] != NULL)
		return rule_fail(&p->reader, line, 0, "a series without its asset, or a second time");
	if (strcmp(line->word[2], "week") != 0 || strcmp(line->word[4], "former") != 0)
		return rule_fail(&p->reader, line, 2, "expected 'week WEEK former P99'");
	bool known = strcmp(line->word[5], "-") != 0;
	err = rule_number(&p->reader, line, 3, 0, WEEK_MAX, &week);
	if (err == 0 && known)
		err = rule_number(&p->reader, line, 5, 0, UINT64_C(1000000000000), &former);
	if (err < 0)
		return err;
	p->series = baseline_series_add(p->asset, (enum vector)vector);
	if (p->series == NULL)
		return -ENOMEM;
	p->series->week = (int64_t)week;
	p->series->former_known = known;
	p->series->former_p99 = former;
	p->last_day = p->last_bucket = -1;
	return 0;
}

static int parse_load(struct parser *p, const struct rule_line *line)
{
	uint64_t day, bucket, count;
	int err = rule_words(&p->reader, line, 4);

	if (err == 0)
		err = rule_number(&p->reader, line, 1, 0, DAY_MAX, &day);
	if (err == 0)
		err = rule_number(&p->reader, line, 2, 0, HISTOGRAM_BUCKETS - 1, &bucket);
	if (err == 0)
		err = rule_number(&p->reader, line, 3, 1, UINT32_MAX, &count);
	if (err < 0)
		return err;
	if (p->series == NULL)
		return rule_fail(&p->reader, line, 0, "a load without its series");
	bool new_day = (int64_t)day > p->last_day;
	if (!new_day && ((int64_t)day < p->last_day || (int64_t)bucket <= p->last_bucket))
		return rule_fail(&p->reader, line, 1, "loads are not in order of day and bucket");
	struct day_loads *slot = &p->series->loads[day % BASELINE_DAYS];
	if (slot->day != INT64_MIN && slot->day != (int64_t)day)
		return rule_fail(&p->reader, line, 1, "day %llu is too far from the others", (unsigned long long)day);
	slot->day = (int64_t)day;
	p->last_day = (int64_t)day;
	p->last_bucket = (int64_t)bucket;
	return histogram_add(&slot->histogram, (unsigned)bucket, (uint32_t)count);
}

static int parse_line(struct parser *p, const struct rule_line *line)
{
	const char *word = line->word[0];

	if (!p->headed) {
		p->headed = line->number == 1 && line->count == 1 && strcmp(word, head) == 0;
		return p->headed ? 0 : rule_fail(&p->reader, line, 0, "the first line is not '%s'", head);
	}
	if (strcmp(word, "covered") == 0)
		return parse_day_time(p, line, p->baseline->covered);
	if (strcmp(word, "asset") == 0)
		return parse_asset(p, line);
	if (strcmp(word, "excluded") == 0 && p->asset != NULL)
		return parse_day_time(p, line, p->asset->excluded);
	if (strcmp(word, "series") == 0)
		return parse_series(p, line);
	if (strcmp(word, "load") == 0)
		return parse_load(p, line);
	return rule_fail(&p->reader, line, 0, "'%s' is not known here", word);
}

int baseline_parse(struct baseline *b, const char *text, size_t n, struct rule_error *reterr_error)
{
	struct rule_error error = { 0 };
	struct parser parser = { .reader = { .text = text, .n = n, .error = &error }, .baseline = b };
	struct rule_line line;
	int more, err = 0;

	while (err == 0 && (more = rule_reader_next(&parser.reader, &line)) != 0)
		err = more < 0 ? more : parse_line(&parser, &line);
	if (err == 0 && !parser.headed)
		err = rule_fail_end(&parser.reader, "the first line is not '%s'", head);
	if (err < 0)
		*reterr_error = error;
	return err;
}

int baseline_digest(const struct baseline *b, struct digest *ret_digest)
{
	CLEANUP(text_fini) struct text text = { 0 };

	baseline_write(b, &text);
	if (text.failed)
		return -ENOMEM;
	digest_sha256(text.data, text.len, ret_digest);
	return 0;
}
