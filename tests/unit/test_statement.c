/* Goal: the figures are those a person gets with a pencil from the list in publish_day.h, and whatever the records, every
 * table adds up to the headline. */
#include <errno.h>
#include <stdlib.h>

#include "publish_day.h"
#include "tap.h"

static const struct statement_row *row(const struct statement_table *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->rows[i].name, name) == 0)
			return &t->rows[i];
	return NULL;
}

static uint64_t attacks(const struct statement_table *t, const char *name)
{
	const struct statement_row *r = row(t, name);
	return r != NULL ? r->attacks : 0;
}

static int names_are(const struct statement_table *t, const char *names)
{
	char all[512] = "";
	for (size_t i = 0; i < t->count; i++) {
		strcat(all, t->rows[i].name);
		strcat(all, " ");
	}
	if (strcmp(all, names) != 0)
		printf("# %s\n", all);
	return strcmp(all, names) == 0;
}

static void test_figures(const struct statement *s)
{
	const struct statement_row *de = row(&s->territories, "DE"), *zz = row(&s->territories, "ZZ");

	ok(s->attacks == 9 && s->records == 13 && s->repeated == 1,
	   "A to I; J to M beside them; one B repeated; N tomorrow");
	ok(s->continued == 1, "I continues");
	ok(s->incidents == 3, "C and G reached, I was confirmed");
	ok(s->outcome[OUTCOME_REPELLED] == 0 && s->outcome[OUTCOME_REFUSED] == 4 && s->outcome[OUTCOME_REACHED] == 2 &&
	           s->outcome[OUTCOME_UNKNOWN] == 3,
	   "outcomes 0 4 2 3");
	ok(s->path[PATH_SPOOFABLE] == 2 && s->path[PATH_REFLECTOR] == 1 && s->path[PATH_CONFIRMED] == 4 &&
	           s->path[PATH_PROXIED] == 2,
	   "paths 2 1 4 2");
	ok(names_are(&s->territories, "DE US ZZ "), "territories by count, ZZ last though it has most");
	ok(de->attacks == 3 && de->path[PATH_CONFIRMED] == 2 && de->path[PATH_PROXIED] == 1, "DE 3 = 2 + 1");
	ok(zz->attacks == 5 && zz->path[PATH_SPOOFABLE] == 2 && zz->path[PATH_REFLECTOR] == 1 &&
	           zz->path[PATH_PROXIED] == 1 && zz->path[PATH_CONFIRMED] == 1,
	   "ZZ 5 = 2 + 1 + 1 + 1");
	ok(names_are(&s->zz_reasons, "spoofable reflector several tor "), "ZZ by reason: count, then name");
	ok(names_are(&s->target_classes, "government-web bank ") && attacks(&s->target_classes, "bank") == 4,
	   "targets");
	ok(names_are(&s->assets, "site bank ") && attacks(&s->assets, "site") == 5, "assets");
	ok(names_are(&s->classes, "brute-force ddos dos scanner "), "classes");
	ok(names_are(&s->vector_groups, "- application network ") && attacks(&s->vector_groups, "-") == 5,
	   "vector groups");
	ok(names_are(&s->severities, "5 4 3 2 1 0 ") && attacks(&s->severities, "2") == 6, "severities, all six");
	ok(names_are(&s->outcomes, "repelled refused reached unknown "), "outcomes, all four");
	ok(names_are(&s->directions, "internal out ") && names_are(&s->left_out, "dismissed own-test "), "the rest");
	ok(s->hours[0].attacks == 1 && s->hours[1].attacks == 2 && s->hours[23].attacks == 1 && s->hour_count == 24,
	   "hours");
	ok(s->top_count == 5 && s->top[0]->attack.id[25] == 'E' && s->top[1]->attack.id[25] == 'F' &&
	           s->top[2]->attack.id[25] == 'C' && s->top[3]->attack.id[25] == 'I' &&
	           s->top[4]->attack.id[25] == 'G',
	   "90 85 80 75 70; the dismissed 99 is not among them");
	ok(s->amended == 2 && s->amendment_count == 2 && strcmp(s->amendments[0].action, "confirm") == 0,
	   "amendments, oldest first");
}

static void test_sources(const struct statement *s)
{
	ok(s->source_count == 4, "DE US GB ZZ; the one that went out is not among them");
	ok(strcmp(s->sources[0].territory, "DE") == 0 && s->sources[0].sources == 3 && s->sources[0].units == 205,
	   "DE: .5, .7, .9, each once; 40 + 30 + 20 + 15 + 100");
	ok(strcmp(s->sources[1].territory, "US") == 0 && s->sources[1].sources == 2 && s->sources[1].units == 1000,
	   "US");
	ok(strcmp(s->sources[3].territory, "ZZ") == 0 && s->sources[3].sources == 1, "ZZ last");
	ok(s->sources_unnamed == 2, "I had five and kept three");
}

static void test_coverage(const struct statement *s)
{
	ok(s->hours[5].doubt == STATEMENT_UNSEEN && s->hours[4].doubt == 0, "an hour nobody looked");
	ok(s->hours[6].doubt == STATEMENT_LOSSY && s->hours[10].doubt == 0,
	   "2 in 100 lost is in doubt, exactly 1 is not");
	ok(s->hours[7].doubt == STATEMENT_ONE_WAY, "one direction only");
	ok(s->hours[8].doubt == STATEMENT_PARTLY && s->hours[9].doubt == 0, "53 minutes are in doubt, 54 are not");
	ok(s->coverage.packets == 2297 && s->coverage.lost_packets == 3, "23 hours of 100, less 3");
	ok(s->coverage.seen_us == (21 * 60 + 53 + 54) * MINUTE_US && s->coverage.expected_us == DAY_US, "minutes");
	ok(s->at_least && s->sensors == 1 && s->coverage.apart == 23, "at least");
}

static void test_inputs(const struct statement *s)
{
	ok(s->input_count == 9, "rule grade estate baseline capture program, two databases, a list");
	ok(s->rules == 1 && strncmp(s->rule, "cr1@0000", 8) == 0, "one rule");
	for (size_t i = 0; i < s->input_count; i++) {
		const struct statement_source *in = &s->inputs[i];
		if (strcmp(in->kind, "country") == 0)
			ok(!in->stale && in->age_days == 60, "60 days are not stale");
		if (strcmp(in->kind, "asn") == 0)
			ok(in->stale && in->age_days == 61, "61 days are");
		if (strcmp(in->kind, "list") == 0)
			ok(in->undated && !in->stale, "a list without date");
	}
}

static void test_refusals(struct day *d)
{
	struct statement s;

	d->input.to_day = DAY - 1;
	ok(statement_build(&d->input, &s) == -ERANGE, "reversed days");
	d->input.to_day = DAY + STATEMENT_DAYS_MAX;
	ok(statement_build(&d->input, &s) == -ERANGE, "too many days");
	d->input.to_day = DAY + STATEMENT_DAYS_MAX - 1;
	ok(statement_build(&d->input, &s) == 0 && s.attacks == 10, "as many as allowed; N is in");
	statement_fini(&s);
	d->input.to_day = DAY;
}

static void test_clock(struct day *d)
{
	struct statement s;

	d->input.now_us = (DAY + 1) * DAY_US + 2 * HOUR_US;
	ok(statement_build(&d->input, &s) == 0 && !s.not_sealed, "sealed at 02:00");
	statement_fini(&s);
	d->input.now_us--;
	ok(statement_build(&d->input, &s) == 0 && s.not_sealed, "not a microsecond before");
	statement_fini(&s);
	d->input.now_us = 0;
}

/* The day as it stood at 05:30: hours 0 to 4 were seen, 5 runs, the rest is to come. */
static void test_to_come(struct day *d)
{
	struct statement_input input = d->input;
	struct statement s;

	input.record_count = 0;
	input.coverage_count = 5;
	input.now_us = DAY * DAY_US + 5 * HOUR_US + 30 * MINUTE_US;
	ok(statement_build(&input, &s) == 0 && s.coverage.expected_us == 330 * MINUTE_US,
	   "what is to come is not missed");
	ok(s.hours[4].doubt == 0 && s.hours[5].doubt == (STATEMENT_UNSEEN | STATEMENT_NOT_OVER) &&
	           s.hours[6].doubt == STATEMENT_NOT_OVER && s.hours[23].doubt == STATEMENT_NOT_OVER,
	   "the hour that runs can be unseen, a later one is not over");
	ok(s.doubtful[0] == 1 && s.doubtful[6] == 19 && s.at_least, "nor is the number final");
	statement_fini(&s);
	input.now_us = DAY * DAY_US + 5 * HOUR_US;
	ok(statement_build(&input, &s) == 0 && s.hours[4].doubt == 0 && s.hours[5].doubt == STATEMENT_NOT_OVER,
	   "at the hour's very end it is over, and the next not begun");
	statement_fini(&s);
	input.now_us--;
	d->coverage[4].seen_us--;
	ok(statement_build(&input, &s) == 0 && s.hours[4].doubt == STATEMENT_NOT_OVER && s.hours[3].doubt == 0,
	   "a microsecond before it is not");
	statement_fini(&s);
	d->coverage[4].seen_us++;
	input.coverage_count = 0;
	input.from_day = input.to_day = DAY + 1000;
	ok(statement_build(&input, &s) == 0 && s.at_least && s.coverage.expected_us == 0 && s.doubtful[6] == 24 &&
	           s.doubtful[0] == 0,
	   "of a day to come nothing is said to have been seen, nor missed");
	statement_fini(&s);
}

static void test_clock_set_back(struct day *d)
{
	struct statement_input input = d->input;
	struct statement s;

	input.now_us = (DAY - 100) * DAY_US;
	ok(statement_build(&input, &s) == 0 && s.coverage.expected_us == DAY_US && s.doubtful[6] == 0 &&
	           s.hours[5].doubt == STATEMENT_UNSEEN,
	   "hours before the last data are over whatever the clock says");
	statement_fini(&s);
	input.record_count = 0;
	input.coverage_count = 9;
	ok(statement_build(&input, &s) == 0 && s.hours[8].doubt == STATEMENT_PARTLY &&
	           s.hours[9].expected_us == 54 * MINUTE_US && s.hours[9].doubt == STATEMENT_NOT_OVER &&
	           s.hours[10].doubt == STATEMENT_NOT_OVER,
	   "an hour that holds data has begun, for as long as it was seen");
	statement_fini(&s);
}

static void test_several(struct day *d)
{
	struct run_inputs runs[2] = { d->run, d->run };
	struct statement s;

	runs[1].rule[5] = '9';
	d->input.inputs = runs;
	d->input.input_count = 2;
	ok(statement_build(&d->input, &s) == 0 && s.rules == 2 && s.rule[0] == '\0', "two rules are no rule");
	ok(s.input_count == 10, "what both runs share is there once");
	statement_fini(&s);
	d->input.inputs = &d->run;
	d->input.input_count = 1;
}

static uint64_t seed = 1;

static unsigned draw(unsigned below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(seed >> 33) % below;
}

static void draw_record(struct record *r)
{
	static const char *const territories[] = { "US", "DE", "GB", "ZZ", "", "x", "A1" };
	struct attack *a = &r->attack;

	*r = (struct record){ 0 };
	snprintf(a->id, sizeof(a->id), "%026u", draw(400));
	a->path = (uint8_t)draw(PATH_COUNT);
	a->outcome = (uint8_t)draw(OUTCOME_COUNT);
	a->class = (uint8_t)draw(CLASS_COUNT);
	a->severity = (uint8_t)draw(6);
	a->status = (uint8_t)(draw(4) == 0 ? draw(STATUS_COUNT) : STATUS_COUNTED);
	a->target_class = (uint8_t)draw(TARGET_CLASS_COUNT);
	a->key.vector_group = (uint8_t)draw(VECTOR_GROUP_COUNT);
	a->key.direction = (uint8_t)(draw(4) == 0 ? draw(DIRECTION_COUNT) : DIRECTION_IN);
	a->aggressiveness.value = draw(101);
	a->first_us = (DAY - 1) * DAY_US + (int64_t)draw(1000000) * 4 * DAY_US / 1000000;
	snprintf(a->origin.territory, sizeof(a->origin.territory), "%s", territories[draw(7)]);
	a->origin.zz = (uint8_t)draw(ZZ_COUNT);
	snprintf(a->asset, sizeof(a->asset), "asset%u", draw(9));
}

static uint64_t sum(const struct statement_table *t, int *good)
{
	uint64_t total = 0;
	for (size_t i = 0; i < t->count; i++) {
		uint64_t path = 0, outcome = 0;
		for (int k = 0; k < PATH_COUNT; k++)
			path += t->rows[i].path[k];
		for (int k = 0; k < OUTCOME_COUNT; k++)
			outcome += t->rows[i].outcome[k];
		*good &= path == t->rows[i].attacks && outcome == t->rows[i].attacks;
		total += t->rows[i].attacks;
	}
	return total;
}

static int adds_up(const struct statement *s)
{
	const struct statement_table *tables[] = { &s->territories,   &s->target_classes, &s->assets,  &s->classes,
		                                   &s->vector_groups, &s->severities,     &s->outcomes };
	uint64_t hours = 0;
	int good = 1;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		good &= sum(tables[i], &good) == s->attacks;
	for (size_t i = 0; i < s->hour_count; i++)
		hours += s->hours[i].attacks;
	good &= hours == s->attacks;
	good &= sum(&s->zz_reasons, &good) == attacks(&s->territories, "ZZ");
	good &= s->attacks + sum(&s->directions, &good) + sum(&s->left_out, &good) == s->records;
	return good;
}

static int same_figures(const struct statement *a, const struct statement *b)
{
	return a->attacks == b->attacks && a->records == b->records && a->territories.count == b->territories.count &&
	       memcmp(a->territories.rows, b->territories.rows,
	              a->territories.count * sizeof(a->territories.rows[0])) == 0 &&
	       memcmp(a->path, b->path, sizeof(a->path)) == 0;
}

static void test_property(void)
{
	static struct record records[300];
	const struct record *pointers[300], *turned[300];
	int good = 1, stable = 1, bounded = 1;

	for (int round = 0; round < 60; round++) {
		size_t n = draw(301);
		for (size_t i = 0; i < n; i++) {
			draw_record(&records[i]);
			snprintf(records[i].run, sizeof(records[i].run), "%zu", i);
			pointers[i] = turned[n - 1 - i] = &records[i];
		}
		struct statement_input in = {
			.from_day = DAY, .to_day = DAY + 1, .records = pointers, .record_count = n
		};
		struct statement s, t;
		good &= statement_build(&in, &s) == 0 && adds_up(&s);
		bounded &= s.records + s.repeated <= n;
		in.records = turned;
		stable &= statement_build(&in, &t) == 0 && same_figures(&s, &t);
		statement_fini(&s);
		statement_fini(&t);
	}
	ok(good, "60 random lists: every table adds up, down and across");
	ok(bounded, "nothing is counted twice");
	ok(stable, "the order of the records does not matter");
}

int main(void)
{
	static struct day d;
	struct statement s;

	day_init(&d);
	ok(statement_build(&d.input, &s) == 0, "built");
	test_figures(&s);
	test_sources(&s);
	test_coverage(&s);
	test_inputs(&s);
	statement_fini(&s);
	test_refusals(&d);
	test_clock(&d);
	test_to_come(&d);
	test_clock_set_back(&d);
	test_several(&d);
	test_property();
	return done();
}
