/* Goal: what goes into a ledger comes out of it, field by field, filtered, paged and summed, whatever the back end. The
 * expectation is this program's own array of what it wrote. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "ledger_random.h"
#include "record/ledger.h"
#include "tap.h"

enum { COUNT = 300, DAYS = 5, FIRST_DAY = 20770 };

static struct record written[COUNT];
static const char *back_end;

struct seen {
	size_t count, wrong;
	int64_t last_us;
	char last_id[ATTACK_ID_MAX];
	uint64_t attacks, observations;
	char first_id[ATTACK_ID_MAX];
};

static const struct record *written_as(const char *id)
{
	for (int i = 0; i < COUNT; i++)
		if (strcmp(written[i].attack.id, id) == 0)
			return &written[i];
	return NULL;
}

static int see(void *context, const struct record *r)
{
	struct seen *seen = context;
	const struct record *want = written_as(r->attack.id);
	bool ordered = seen->count == 0 || r->attack.first_us > seen->last_us ||
	               (r->attack.first_us == seen->last_us && strcmp(r->attack.id, seen->last_id) > 0);

	seen->wrong += !ordered || want == NULL || !same_attack(&r->attack, &want->attack) ||
	               fields_compare(&fields_record, r, want) != 0 || strcmp(r->run, "RUN1") != 0;
	if (seen->count++ == 0)
		strcpy(seen->first_id, r->attack.id);
	seen->last_us = r->attack.first_us;
	seen->observations += r->attack.observations;
	strcpy(seen->last_id, r->attack.id);
	return 0;
}

static struct seen look(struct ledger *l, const struct ledger_filter *filter)
{
	struct seen seen = { 0 };
	int err = ledger_each_record(l, filter, see, &seen);

	seen.wrong += err != 0;
	return seen;
}

static void fill(struct ledger *l)
{
	struct run_inputs inputs = random_run("RUN1", "c1");
	int bad = ledger_begin(l, &inputs) != 0;

	for (int i = 0; i < COUNT; i++) {
		written[i] = random_record(FIRST_DAY + (int64_t)random_below(DAYS));
		if (i % 50 == 1)
			written[i].attack.first_us = written[i].attack.last_us = written[i - 1].attack.first_us;
		bad += ledger_add_attack(l, &written[i]) != 0;
	}
	ok(bad == 0 && ledger_commit(l) == 0, "%s: %d random attacks are written", back_end, COUNT);
	free(inputs.sources);
}

static void test_round_trip(struct ledger *l)
{
	struct ledger_filter all = LEDGER_FILTER_ALL;
	struct record r;
	int bad = 0;

	struct seen seen = look(l, &all);
	ok(seen.count == COUNT && seen.wrong == 0, "%s: all come back in order and equal", back_end);
	for (int i = 0; i < COUNT; i++) {
		bad += ledger_get(l, written[i].attack.id, false, &r) != 0;
		bad += !same_attack(&r.attack, &written[i].attack) || r.confirmed || r.amended;
		record_fini(&r);
	}
	ok(bad == 0, "%s: each by its id too", back_end);
}

#define FILTER_TEST(set, expr)                                                                                         \
	do {                                                                                                           \
		struct ledger_filter f = LEDGER_FILTER_ALL;                                                            \
		uint64_t counted = 0;                                                                                  \
		size_t want = 0;                                                                                       \
		set;                                                                                                   \
		for (int i = 0; i < COUNT; i++) {                                                                      \
			const struct attack *a = &written[i].attack;                                                   \
			want += (expr) ? 1 : 0;                                                                        \
		}                                                                                                      \
		struct seen seen = look(l, &f);                                                                        \
		ok(seen.count == want && seen.wrong == 0 && ledger_count(l, &f, &counted) == 0 && counted == want,     \
		   "%s: %s: %zu", back_end, #set, want);                                                               \
	} while (0)

static void test_filters(struct ledger *l)
{
	FILTER_TEST(f.from_day = FIRST_DAY + 2, utc_day(a->first_us) >= FIRST_DAY + 2);
	FILTER_TEST(f.to_day = FIRST_DAY + 2, utc_day(a->first_us) <= FIRST_DAY + 2);
	FILTER_TEST(f.from_day = f.to_day = FIRST_DAY, utc_day(a->first_us) == FIRST_DAY);
	FILTER_TEST(f.from_day = f.to_day = INT64_MAX, a == NULL);
	FILTER_TEST(strcpy(f.territory, "DE"), strcmp(a->origin.territory, "DE") == 0);
	FILTER_TEST(strcpy(f.asset, "bank"), strcmp(a->asset, "bank") == 0 || strncmp(a->asset, "bank/", 5) == 0);
	FILTER_TEST(strcpy(f.asset, "bank/10.0.0.7"), strcmp(a->asset, "bank/10.0.0.7") == 0);
	FILTER_TEST(strcpy(f.run, "RUN1"), a != NULL);
	FILTER_TEST(strcpy(f.run, "RUN"), a == NULL);
	FILTER_TEST(f.class = CLASS_DDOS, a->class == CLASS_DDOS);
	FILTER_TEST(f.class = CLASS_SCANNER, a->class == CLASS_SCANNER);
	FILTER_TEST(f.outcome = OUTCOME_UNKNOWN, a->outcome == OUTCOME_UNKNOWN);
	FILTER_TEST(f.direction = DIRECTION_OUT, a->key.direction == DIRECTION_OUT);
	FILTER_TEST(f.path = PATH_REFLECTOR, a->path == PATH_REFLECTOR);
	FILTER_TEST(f.status = STATUS_COUNTED, a->status == STATUS_COUNTED);
	FILTER_TEST(f.severity_min = 3, a->severity >= 3);
	FILTER_TEST(f.severity_max = 3, a->severity <= 3);
	FILTER_TEST((f.class = CLASS_DOS, f.severity_min = f.severity_max = 2),
	            a->class == CLASS_DOS && a->severity == 2);
}

static void test_paging(struct ledger *l)
{
	struct ledger_filter f = LEDGER_FILTER_ALL;
	size_t total = 0, wrong = 0;
	char last[ATTACK_ID_MAX] = "";

	f.limit = 7;
	for (f.offset = 0; f.offset < COUNT; f.offset += f.limit) {
		struct seen page = look(l, &f);
		total += page.count;
		wrong += page.wrong + (strcmp(page.first_id, last) == 0) + (page.count != 7 && f.offset + 7 < COUNT);
		strcpy(last, page.last_id);
	}
	ok(total == COUNT && wrong == 0, "%s: pages of 7 make up the whole", back_end);
	f.offset = COUNT;
	ok(look(l, &f).count == 0, "%s: behind the end there is nothing", back_end);
	f.offset = COUNT - 1;
	ok(look(l, &f).count == 1, "%s: on the last one there is one", back_end);
	f.offset = UINT64_MAX;
	ok(look(l, &f).count == 0, "%s: nor at the largest offset", back_end);
}

static int stop_at_third(void *context, const struct record *r)
{
	(void)r;
	return ++*(int *)context == 3 ? 42 : 0;
}

static void test_ids(struct ledger *l)
{
	struct ledger_filter all = LEDGER_FILTER_ALL;
	struct record r = { 0 };
	char id[ATTACK_ID_MAX];
	int n = 0;

	strcpy(id, written[0].attack.id);
	for (char *c = id; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	id[20] = '\0';
	ok(ledger_get(l, id, false, &r) == 0 && strcmp(r.attack.id, written[0].attack.id) == 0,
	   "%s: the beginning of an id in lower case", back_end);
	record_fini(&r);
	/* A first character carries three bits, so 300 ids cannot all differ in it. */
	id[0] = written[0].attack.id[0];
	id[1] = '\0';
	ok(ledger_get(l, id, false, &r) == LEDGER_AMBIGUOUS, "%s: a beginning that several share", back_end);
	ok(ledger_get(l, "8", false, &r) == -ENOENT, "%s: no id begins with 8: 130 bits for 128", back_end);
	ok(ledger_get(l, "", false, &r) == -ENOENT && ledger_get(l, "0%", false, &r) == -ENOENT &&
	           ledger_get(l, "012345678901234567890123456", false, &r) == -ENOENT,
	   "%s: what cannot be an id", back_end);
	ok(ledger_each_record(l, &all, stop_at_third, &n) == 42 && n == 3, "%s: a reader can stop", back_end);
}

static int sum_total(void *context, const struct day_total *t)
{
	struct seen *seen = context;

	seen->count++;
	seen->attacks += t->attacks;
	seen->observations += t->observations;
	seen->wrong += t->attacks == 0 || t->day < FIRST_DAY || t->day >= FIRST_DAY + DAYS;
	return 0;
}

/* Each cell against a count of the records that should be in it. */
static int check_cell(void *context, const struct day_total *t)
{
	struct ledger *l = context;
	struct ledger_filter f = LEDGER_FILTER_ALL;
	uint64_t n = 0;

	f.from_day = f.to_day = t->day;
	f.direction = t->direction;
	f.status = t->status;
	f.class = t->class;
	f.path = t->path;
	f.outcome = t->outcome;
	f.severity_min = f.severity_max = t->severity;
	memcpy(f.territory, t->territory, sizeof(f.territory));
	return ledger_count(l, &f, &n) == 0 && n >= t->attacks && t->attacks > 0 ? 0 : 1;
}

static void test_day_totals(struct ledger *l, const char *when)
{
	struct seen table = { 0 };
	uint64_t observations = 0;
	struct ledger_filter all = LEDGER_FILTER_ALL;
	uint64_t count = 0;

	for (int i = 0; i < COUNT; i++)
		observations += written[i].attack.observations;
	ok(ledger_each_day_total(l, INT64_MIN, INT64_MAX, sum_total, &table) == 0 &&
	           ledger_count(l, &all, &count) == 0 && table.attacks == count && table.observations == observations &&
	           table.wrong == 0,
	   "%s: the day table adds up %s", back_end, when);
	ok(ledger_each_day_total(l, INT64_MIN, INT64_MAX, check_cell, l) == 0, "%s: cell by cell %s", back_end, when);
}

static int say(struct ledger *l, const char *id, const char *action, const char *field, const char *value)
{
	struct amendment said = { .at_us = 1, .by = "A. Analyst", .reason = "because" };

	strcpy(said.id, id);
	strcpy(said.action, action);
	strcpy(said.field, field);
	strcpy(said.value, value);
	return ledger_amend(l, &said);
}

static int count_amendment(void *context, const struct amendment *said)
{
	size_t *n = context;

	return strcmp(said->by, "A. Analyst") == 0 && strcmp(said->reason, "because") == 0 ? ((*n)++, 0) : -1;
}

static struct record now(struct ledger *l, const char *id, bool as_decided)
{
	struct record r = { 0 };

	(void)ledger_get(l, id, as_decided, &r);
	attack_fini(&(struct attack){ .sources = r.attack.sources });
	r.attack.sources = NULL;
	return r;
}

static void test_amendments(struct ledger *l)
{
	const char *id = written[5].attack.id;
	uint8_t decided = written[5].attack.status;
	struct ledger_filter f = LEDGER_FILTER_ALL;
	uint64_t before = 0, after = 0;
	size_t n = 0;

	f.status = STATUS_DISMISSED;
	(void)ledger_count(l, &f, &before);
	ok(say(l, id, "dismiss", "", "") == 0 && now(l, id, false).attack.status == STATUS_DISMISSED,
	   "%s: a dismissed attack has that status", back_end);
	ok(now(l, id, true).attack.status == decided, "%s: as decided it has its own", back_end);
	(void)ledger_count(l, &f, &after);
	ok(after == before + (decided != STATUS_DISMISSED), "%s: filters see it", back_end);
	test_day_totals(l, "after a dismissal");
	ok(say(l, id, "confirm", "", "") == 0 && now(l, id, false).confirmed &&
	           now(l, id, false).attack.status == decided,
	   "%s: confirming lifts the dismissal", back_end);
	ok(say(l, id, "amend", "severity", "5") == 0 && now(l, id, false).attack.severity == 5 &&
	           now(l, id, false).amended && now(l, id, true).attack.severity == written[5].attack.severity,
	   "%s: severity 5 by a person", back_end);
	ok(say(l, id, "amend", "outcome", "reached") == 0 && now(l, id, false).attack.outcome == OUTCOME_REACHED,
	   "%s: outcome", back_end);
	ok(say(l, id, "amend", "target-class", "energy") == 0 && now(l, id, false).attack.target_class == TARGET_ENERGY,
	   "%s: target class", back_end);
	ok(say(l, id, "amend", "class", "exploit") == 0 && now(l, id, false).attack.class == CLASS_EXPLOIT, "%s: class",
	   back_end);
	ok(say(l, id, "amend", "status", "own-test") == 0 && now(l, id, false).attack.status == STATUS_OWN_TEST &&
	           now(l, id, false).confirmed,
	   "%s: status", back_end);
	ok(ledger_each_amendment(l, id, count_amendment, &n) == 0 && n == 7, "%s: all seven are kept", back_end);
	test_day_totals(l, "after seven amendments");
	ok(say(l, id, "amend", "severity", "6") == -EINVAL && say(l, id, "amend", "observations", "0") == -EINVAL &&
	           say(l, id, "erase", "", "") == -EINVAL && say(l, id, "dismiss", "severity", "1") == -EINVAL,
	   "%s: what cannot be said", back_end);
	ok(say(l, id, "amend", "outcome", "repelled") == -EINVAL && now(l, id, false).attack.outcome == OUTCOME_REACHED,
	   "%s: nobody can say that a kernel dropped the packets", back_end);
	ok(say(l, "ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "dismiss", "", "") == -ENOENT, "%s: about nothing", back_end);
	struct amendment nobody = { .action = "dismiss", .reason = "x" };
	strcpy(nobody.id, id);
	ok(ledger_amend(l, &nobody) == -EINVAL, "%s: by nobody", back_end);
}

static int count_it(void *context, const struct coverage *c)
{
	(void)c;
	(*(size_t *)context)++;
	return 0;
}

static int count_run(void *context, const struct run_inputs *r)
{
	(void)r;
	(*(size_t *)context)++;
	return 0;
}

static int count_sealed(void *context, const struct sealed_file *f)
{
	(void)f;
	(*(size_t *)context)++;
	return 0;
}

static size_t runs(struct ledger *l, int64_t from, int64_t to)
{
	size_t n = 0;

	return ledger_each_run(l, from, to, count_run, &n) == 0 ? n : SIZE_MAX;
}

static size_t hours(struct ledger *l, int64_t from, int64_t to)
{
	size_t n = 0;

	return ledger_each_coverage(l, from, to, count_it, &n) == 0 ? n : SIZE_MAX;
}

static size_t files(struct ledger *l, const char *run, int64_t from, int64_t to)
{
	size_t n = 0;

	return ledger_each_sealed(l, run, from, to, count_sealed, &n) == 0 ? n : SIZE_MAX;
}

static struct coverage kept;
static int keep_coverage(void *context, const struct coverage *c)
{
	(void)context;
	kept = *c;
	return 0;
}

static void test_coverage(struct ledger *l)
{
	struct run_inputs inputs = random_run("RUN2", "c2");
	struct coverage c = { 0 };
	struct sealed_file f = { .attack = "", .day = 30000, .name = "observations/2052-02-20/day.obs", .lines = 3 };

	random_struct(&fields_coverage, &c);
	c.hour_us = 30000 * DAY_US + 23 * HOUR_US;
	ok(ledger_begin(l, &inputs) == 0 && ledger_add_coverage(l, &c) == 0 && ledger_add_coverage(l, &c) == 0,
	   "%s: the same hour twice", back_end);
	ok(ledger_add_sealed(l, &f) == 0 && ledger_commit(l) == 0, "%s: and a sealed file", back_end);
	ok(hours(l, 30000, 30000) == 1 && hours(l, 30001, INT64_MAX) == 0 && hours(l, INT64_MIN, 29999) == 0,
	   "%s: is one hour of its day", back_end);
	ok(ledger_each_coverage(l, 30000, 30000, keep_coverage, NULL) == 0 &&
	           fields_compare(&fields_coverage, &kept, &c) == 0 && strcmp(kept.run, "RUN2") == 0,
	   "%s: equal to what was written", back_end);
	ok(runs(l, 30000, 30000) == 1 && runs(l, FIRST_DAY, FIRST_DAY + DAYS) == 1 &&
	           runs(l, INT64_MIN, INT64_MAX) == 2 && runs(l, 29000, 29999) == 0,
	   "%s: runs that a range rests on", back_end);
	ok(files(l, "", 30000, 30000) == 1 && files(l, "RUN2", 0, 30000) == 1 && files(l, "RUN1", 0, 30000) == 0 &&
	           files(l, "", 30001, 30001) == 0,
	   "%s: sealed files of a range and run", back_end);
	free(inputs.sources);
}

static struct run_inputs *want_inputs;
static int same_inputs(void *context, const struct run_inputs *r)
{
	int *same = context;

	if (strcmp(r->run, want_inputs->run) != 0)
		return 0;
	*same = fields_compare(&fields_run, r, want_inputs) == 0 && r->source_count == want_inputs->source_count;
	for (size_t i = 0; i < r->source_count && *same; i++)
		*same = fields_compare(&fields_input, &r->sources[i], &want_inputs->sources[i]) == 0;
	return 0;
}

static void test_runs(struct ledger *l)
{
	struct run_inputs again = random_run("RUN3", "c1"), taken = random_run("RUN1", "c9");
	struct ledger_filter all = LEDGER_FILTER_ALL;
	char run[27] = "";
	uint64_t count = 0;
	int same = 0;

	ok(ledger_find_capture(l, "c1", run) == 1 && strcmp(run, "RUN1") == 0 &&
	           ledger_find_capture(l, "c3", run) == 0 && ledger_find_capture(l, "", run) == 0,
	   "%s: a capture is known", back_end);
	ok(ledger_begin(l, &taken) == -EEXIST, "%s: a run's id is used once", back_end);
	ok(ledger_begin(l, &again) == 0 && ledger_add_attack(l, &written[7]) == 0, "%s: begin again", back_end);
	ledger_rollback(l);
	(void)ledger_count(l, &all, &count);
	ok(count == COUNT && ledger_find_capture(l, "c1", run) == 1 && strcmp(run, "RUN1") == 0,
	   "%s: rolled back, nothing has changed", back_end);
	struct record changed = written[5];
	changed.attack.observations = 77;
	changed.attack.sources_kept = 0;
	ok(ledger_begin(l, &again) == 0 && ledger_add_attack(l, &written[5]) == 0 &&
	           ledger_add_attack(l, &changed) == 0 && ledger_commit(l) == 0,
	   "%s: the capture again, with one attack, twice", back_end);
	(void)ledger_count(l, &all, &count);
	ok(count == 1 && now(l, changed.attack.id, false).attack.observations == 77, "%s: the last one stands alone",
	   back_end);
	ok(now(l, changed.attack.id, false).attack.severity == 5 && now(l, changed.attack.id, false).amended,
	   "%s: what persons said applies to it again", back_end);
	ok(ledger_find_capture(l, "c1", run) == 1 && strcmp(run, "RUN3") == 0 &&
	           runs(l, FIRST_DAY, FIRST_DAY + DAYS) == 1,
	   "%s: the new run stands for the capture", back_end);
	struct seen table = { 0 };
	ok(ledger_each_day_total(l, INT64_MIN, INT64_MAX, sum_total, &table) == 0 && table.count == 1 &&
	           table.attacks == 1 && table.observations == 77,
	   "%s: the day table follows", back_end);
	want_inputs = &again;
	ok(ledger_each_run(l, INT64_MIN, INT64_MAX, same_inputs, &same) == 0 && same, "%s: inputs come back equal",
	   back_end);
	ok(hours(l, INT64_MIN, INT64_MAX) == 1, "%s: another run's coverage stays", back_end);
	free(again.sources);
	free(taken.sources);
}

static void test_ranges(struct ledger *l)
{
	struct run_inputs inputs = random_run("RUN4", "c4");
	struct record r = random_record(FIRST_DAY), bad;
	struct coverage c = { .hour_us = 1 };
	int err = ledger_begin(l, &inputs);

	bad = r;
	bad.attack.class = CLASS_COUNT;
	ok(err == 0 && ledger_add_attack(l, &bad) == -ERANGE, "%s: a class outside its words", back_end);
	bad = r;
	bad.attack.packets = (uint64_t)INT64_MAX + 1;
	ok(ledger_add_attack(l, &bad) == -ERANGE, "%s: a counter above 2^63-1", back_end);
	bad.attack.packets = INT64_MAX;
	ok(ledger_add_attack(l, &bad) == 0, "%s: a counter of 2^63-1", back_end);
	bad = r;
	bad.attack.aggressiveness.focus = 1.0000001;
	ok(ledger_add_attack(l, &bad) == -ERANGE, "%s: a part above 1", back_end);
	bad = r;
	bad.attack.severity = 6;
	ok(ledger_add_attack(l, &bad) == -ERANGE, "%s: severity 6", back_end);
	bad = r;
	bad.attack.last_us = bad.attack.first_us - 1;
	ok(ledger_add_attack(l, &bad) == -ERANGE, "%s: last before first", back_end);
	bad = r;
	memset(bad.evidence, 'e', sizeof(bad.evidence));
	ok(ledger_add_attack(l, &bad) == -ERANGE, "%s: a text without an end", back_end);
	ok(ledger_add_coverage(l, &c) == -ERANGE, "%s: an hour that begins at a microsecond", back_end);
	ledger_rollback(l);
	attack_fini(&r.attack);
	free(inputs.sources);
}

static void test_back_end(const struct ledger_ops *ops)
{
	char dir[] = "/tmp/redoubt-ledger-XXXXXX", command[64];
	CLEANUP(ledger_closep) struct ledger *l = NULL;

	back_end = ops->name;
	random_state = 1;
	ok(mkdtemp(dir) != NULL && ledger_open(ops, dir, LEDGER_WRITE, &l) == 0, "%s: opens", back_end);
	fill(l);
	test_round_trip(l);
	test_filters(l);
	test_paging(l);
	test_ids(l);
	test_day_totals(l, "as written");
	test_amendments(l);
	test_coverage(l);
	test_runs(l);
	test_ranges(l);
	for (int i = 0; i < COUNT; i++)
		attack_fini(&written[i].attack);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	ok(system(command) == 0, "%s: clean", back_end);
}

int main(void)
{
	test_back_end(&ledger_memory);
	test_back_end(&ledger_sqlite);
	return done();
}
