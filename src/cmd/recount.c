/* redoubt recount - decide again over the sealed observations, with the rule, grade, estate and baseline named by hash, and compare with
 * what the ledger says; then compare the rows beside the attacks with what they were made from. Neither the attacks nor their figures are read from the ledger before they are compared. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "cmd/command.h"
#include "record/recount.h"
#include "record/recount_rows.h"
#include "run/counting.h"

enum { SORT_BYTES = 64 << 20 };

struct options {
	struct common_options common;
};

/* Runs of the period, copied: the ledger is read again while they are counted. */
struct runs {
	struct run_inputs *items; /* owned, with their sources */
	size_t count;
};

struct totals {
	uint64_t runs, attacks, observations, differences;
	struct text said;
};

/* One run on its way through decide/ again. */
struct again {
	struct counting counting;
	int64_t now_us;
	uint64_t observations;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	for (int i = 0; i < 3; i++)
		state->child_inputs[i] = &o->common;
	return 0;
}

static int take_run(void *context, const struct run_inputs *inputs)
{
	struct runs *r = context;
	struct run_inputs *items = realloc(r->items, (r->count + 1) * sizeof(*items));

	if (items == NULL)
		return -ENOMEM;
	r->items = items;
	struct run_inputs *copy = &r->items[r->count];
	*copy = *inputs;
	copy->sources = calloc(inputs->source_count + 1, sizeof(*copy->sources));
	if (copy->sources == NULL)
		return -ENOMEM;
	r->count++;
	if (inputs->source_count > 0)
		memcpy(copy->sources, inputs->sources, inputs->source_count * sizeof(*copy->sources));
	return 0;
}

static void runs_fini(struct runs *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->items[i].sources);
	free(r->items);
}

static void feed(void *context, const struct observation *observation)
{
	struct again *a = context;

	a->observations++;
	if (observation->time_us > a->now_us) {
		a->now_us = observation->time_us;
		counting_advance(&a->counting, a->now_us);
	}
	counting_observe(&a->counting, observation);
}

/* The bytes of an input by the hash its record names: "cr1@HEX" or "HEX". */
static int read_input(const struct data_dir *dir, const char *name, struct text *out, const char *what)
{
	const char *at = strchr(name, '@');
	int err = data_dir_read_input(dir, at != NULL ? at + 1 : name, out);

	if (err < 0)
		complain("cannot read the %s %s: %s", what, name,
		         err == -EBADMSG ? "its bytes do not have this hash" : strerror(-err));
	return err;
}

/* Databases and lists as they were, from the data directory's own copies. */
static int load_sources(const struct place *place, const struct run_inputs *run, struct inputs *inputs,
                        struct text *problems, struct totals *t)
{
	char path[COMMAND_PATH_MAX + 80];
	struct digest d;
	char hex[SHA256_TEXT_MAX];

	for (size_t i = 0; i < run->source_count; i++) {
		(void)snprintf(path, sizeof(path), "%s/inputs/%s", place->path, run->sources[i].digest);
		int err = digest_file(path, &d);
		if (err == 0 && strcmp(digest_format(&d, hex), run->sources[i].digest) != 0)
			err = -EBADMSG;
		if (err < 0) {
			text_addf(problems, "%s '%s': %s\n", run->sources[i].kind, path,
			          err == -EBADMSG ? "altered: its bytes do not have this hash" : strerror(-err));
			return err;
		}
		err = inputs_add_source(inputs, &run->sources[i], path, problems);
		if (err < 0)
			return err;
		recount_input(run->run, &run->sources[i], &inputs->sources[i], &t->said, &t->differences);
	}
	return inputs_seal_lists(inputs);
}

static int load_inputs(const struct place *place, const struct run_inputs *run, struct estate *estate,
                       struct inputs *inputs, struct totals *t)
{
	CLEANUP(text_fini) struct text canonical = { 0 }, problems = { 0 };
	const struct data_dir *dir = place->dir;

	int err = read_input(dir, run->rule, &inputs->rule_text, "rule");
	if (err == 0)
		err = inputs_parse_rule(inputs, run->rule, &problems);
	if (err == 0)
		err = read_input(dir, run->grade, &inputs->grade_text, "grade");
	if (err == 0)
		err = inputs_parse_grade(inputs, run->grade, &problems);
	if (err == 0)
		err = read_input(dir, run->estate, &canonical, "estate");
	if (err == 0)
		err = estate_read_canonical(estate, text_get(&canonical), canonical.len);
	if (err == 0 && run->baseline[0] != '\0')
		err = read_input(dir, run->baseline, &inputs->baseline_text, "baseline");
	if (err == 0)
		err = inputs_parse_baseline(inputs, estate, run->baseline[0] != '\0' ? run->baseline : NULL, &problems);
	if (err == 0)
		err = load_sources(place, run, inputs, &problems, t);
	print_problems(stderr, &problems);
	return err;
}

static int say_unreadable(int err, const struct recount_error *e)
{
	if (err == RECOUNT_DIGEST)
		complain("%s: altered: its SHA-256 is not what the ledger names", e->name);
	else if (err == RECOUNT_MISSING)
		complain("%s: missing", e->name);
	else if (err == OBSERVATION_FILE_BAD)
		complain("%s:%llu:%u: %s", e->name, (unsigned long long)e->place.line, e->place.column, e->place.what);
	else
		complain("cannot read the sealed observations: %s", err <= -1000 ? ledger_error(err) : strerror(-err));
	return err;
}

static int decide_again(struct place *place, const struct run_inputs *run, const struct estate *estate,
                        struct again *again)
{
	struct observation_sink sink = { .emit = feed, .context = again };
	struct recount_error e = { 0 };
	int err =
	        recount_read(place->ledger, place->dir, estate, run->run, INT64_MIN, INT64_MAX, SORT_BYTES, &sink, &e);

	if (err < 0)
		return say_unreadable(err, &e);
	err = counting_finish(&again->counting, run->ended_us);
	if (err < 0)
		complain("cannot count again: %s", strerror(-err));
	return err;
}

static int failed_to_compare(int err)
{
	if (err < 0)
		complain("cannot compare: %s", err <= -1000 ? ledger_error(err) : strerror(-err));
	return err;
}

static int compare(struct place *place, const struct run_inputs *run, const struct again *again, struct totals *t)
{
	struct ledger_filter filter = LEDGER_FILTER_ALL;
	uint64_t differences = 0;

	(void)snprintf(filter.run, sizeof(filter.run), "%s", run->run);
	int err = recount_compare_all(place->ledger, &filter, again->counting.attacks, again->counting.count, &t->said,
	                              &differences);
	t->runs++;
	t->attacks += again->counting.count;
	t->observations += again->observations;
	t->differences += differences;
	return failed_to_compare(err);
}

/* What lies beside the attacks of a run. */
static int compare_rows(struct place *place, const struct run_inputs *run, struct totals *t)
{
	int err = recount_standing(place->ledger, run->run, &t->said, &t->differences);

	if (err == 0)
		err = recount_evidence(place->ledger, place->dir, run->run, &t->said, &t->differences);
	if (err == 0)
		err = recount_coverage(place->ledger, run->run, &t->said, &t->differences);
	return failed_to_compare(err);
}

/* Attacks of runs that do not stand are not counted again: there must be none. */
static int compare_runs(struct place *place, const struct runs *runs, int64_t from, int64_t to, struct totals *t)
{
	struct ledger_filter filter = LEDGER_FILTER_ALL;
	uint64_t all = 0, of_runs = 0, n = 0;

	filter.from_day = from;
	filter.to_day = to;
	int err = ledger_count(place->ledger, &filter, &all);
	for (size_t i = 0; i < runs->count && err == 0; i++, of_runs += n) {
		memcpy(filter.run, runs->items[i].run, sizeof(filter.run));
		err = ledger_count(place->ledger, &filter, &n);
	}
	if (err == 0 && all != of_runs) {
		text_addf(&t->said, "%llu attacks belong to no run that stands\n", (unsigned long long)(all - of_runs));
		t->differences++;
	}
	return err;
}

/* What belongs to days, not to runs. */
static int compare_days(struct place *place, const struct runs *runs, int64_t from, int64_t to, struct totals *t)
{
	int err = compare_runs(place, runs, from, to, t);

	if (err == 0)
		err = recount_day_table(place->ledger, from, to, &t->said, &t->differences);
	if (err == 0)
		err = recount_strays(place->ledger, place->dir, from, to, &t->said, &t->differences);
	return failed_to_compare(err);
}

static int recount_run(struct place *place, const struct run_inputs *run, struct totals *t)
{
	CLEANUP(estate_fini) struct estate estate = { 0 };
	CLEANUP(inputs_fini) struct inputs inputs = { 0 };
	struct siphash_key key = counting_table_key(data_dir_k_id(place->dir));
	struct again again = { .now_us = INT64_MIN };

	int err = load_inputs(place, run, &estate, &inputs, t);
	if (err < 0)
		return err;
	err = counting_init(&again.counting, &inputs, &estate, data_dir_k_id(place->dir), &key,
	                    &(struct counting_sink){ 0 });
	if (err == 0)
		err = decide_again(place, run, &estate, &again);
	if (err == 0)
		err = compare(place, run, &again, t);
	if (err == 0)
		err = compare_rows(place, run, t);
	counting_fini(&again.counting);
	return err;
}

/* What the sealed files cannot tell. */
static const char not_checked[] =
        "packets, bytes, flows, lost packets and minutes seen in the coverage; times, program and capture digest of the "
        "runs; names and dates of lists; tunnels; who said an amendment; files that no run names, where a capture was "
        "counted again; a ledger and its files replaced together. The log of later work is for that.";

static int report(const struct options *o, struct totals *t)
{
	if (o->common.json)
		(void)printf(
		        "{\"recount\": {\"runs\": %llu, \"observations\": %llu, \"attacks\": %llu, \"differences\": %llu}}\n",
		        (unsigned long long)t->runs, (unsigned long long)t->observations,
		        (unsigned long long)t->attacks, (unsigned long long)t->differences);
	else if (t->differences == 0)
		(void)printf("equal: %llu attacks from %llu sealed observations of %llu run%s\n",
		             (unsigned long long)t->attacks, (unsigned long long)t->observations,
		             (unsigned long long)t->runs, t->runs == 1 ? "" : "s");
	else
		(void)printf("%s%llu difference%s\n", text_get(&t->said), (unsigned long long)t->differences,
		             t->differences == 1 ? "" : "s");
	if (!o->common.json)
		(void)printf("not checked: %s\n", not_checked);
	return t->differences != 0;
}

int cmd_recount(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &period_argp, 0, NULL, 0 }, { &place_argp, 0, NULL, 0 }, { &format_argp, 0, NULL, 0 }, { 0 }
	};
	static const struct argp argp = {
		.parser = parse,
		.children = children,
		.doc = "Count again from the sealed observations of every run that touches the days, with the "
		       "rule, grade, estate and baseline its record names by hash, and name every difference. "
		       "Exit status 0 when equal."
	};
	CLEANUP(place_close) struct place place = { 0 };
	struct options o = { 0 };
	struct runs runs = { 0 };
	struct totals totals = { 0 };
	int64_t from, to;
	bool given;

	if (command_parse(&argp, argc, argv, 0, &o) < 0 || period_days(&o.common, &from, &to, &given) < 0)
		return EXIT_USAGE;
	if (place_open_here(&o.common, LEDGER_READ, &place) < 0)
		return 1;
	int err = ledger_each_run(place.ledger, from, to, take_run, &runs);
	if (err < 0)
		complain("cannot read the ledger: %s", err <= -1000 ? ledger_error(err) : strerror(-err));
	for (size_t i = 0; i < runs.count && err == 0; i++)
		err = recount_run(&place, &runs.items[i], &totals);
	if (err == 0)
		err = compare_days(&place, &runs, from, to, &totals);
	int status = err < 0 ? 1 : report(&o, &totals);
	text_fini(&totals.said);
	runs_fini(&runs);
	return status;
}
