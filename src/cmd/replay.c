/* redoubt replay - captures through the whole path, into a ledger. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/progress.h"
#include "cmd/report.h"
#include "publish/eve.h"
#include "run/replay.h"
#include "run/shipped.h"

enum {
	KEY_HOME = 0x300,
	KEY_BASELINE,
	KEY_SAVE_BASELINE,
	KEY_WORKERS,
	KEY_MEMORY_LEDGER,
	KEY_AGAIN,
	KEY_EVE,
	KEY_STATEMENT,
	KEY_QUIET,
	KEY_COUNTERS
};

struct options {
	struct common_options common;
	const char *baseline, *save_baseline, *eve, *statement;
	unsigned workers; /* 0: the configuration's */
	bool memory_ledger, again, quiet, counters;
	char **paths;
	int path_count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		state->child_inputs[1] = &o->common;
		return 0;
	case KEY_HOME:
		o->common.home = arg;
		return 0;
	case KEY_BASELINE:
		o->baseline = arg;
		return 0;
	case KEY_SAVE_BASELINE:
		o->save_baseline = arg;
		return 0;
	case KEY_WORKERS:
		o->workers = (unsigned)strtoul(arg, &end, 10);
		if (*arg < '0' || *arg > '9' || *end != '\0' || o->workers < 1 || o->workers > 64)
			argp_error(state, "--workers is 1 to 64, not '%s'", arg);
		return 0;
	case KEY_MEMORY_LEDGER:
		o->memory_ledger = true;
		return 0;
	case KEY_AGAIN:
		o->again = true;
		return 0;
	case KEY_EVE:
		o->eve = arg;
		return 0;
	case KEY_STATEMENT:
		o->statement = arg;
		if (report_format_of(arg) < 0)
			argp_error(state, "--statement: '%s' ends in none of .txt, .json, .html", arg);
		return 0;
	case KEY_QUIET:
		o->quiet = true;
		return 0;
	case KEY_COUNTERS:
		o->counters = true;
		return 0;
	case ARGP_KEY_ARGS:
		o->paths = state->argv + state->next;
		o->path_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a capture is missing; '-' reads standard input");
		return 0;
	case ARGP_KEY_END:
		if (o->common.config != NULL && o->common.home != NULL)
			argp_error(state, "--config and --home exclude each other");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
	{ "home", KEY_HOME, "NETS", 0, "what is defended, where no configuration says it: networks with commas between",
	  1 },
	{ "workers", KEY_WORKERS, "N", 0, "threads (default 1); the attacks do not depend on it", 1 },
	{ "baseline", KEY_BASELINE, "FILE", 0, "what is usual, as a former replay saved it (default: nothing is known)",
	  1 },
	{ "save-baseline", KEY_SAVE_BASELINE, "FILE", 0, "write what is usual now", 1 },
	{ "memory-ledger", KEY_MEMORY_LEDGER, NULL, 0, "write nothing in the data directory", 2 },
	{ "again", KEY_AGAIN, NULL, 0, "replay a capture the ledger holds already, and replace what was made of it",
	  2 },
	{ "eve", KEY_EVE, "FILE", 0, "write attacks as EVE JSON lines; with '-' standard output carries nothing else",
	  3 },
	{ "statement", KEY_STATEMENT, "FILE", 0, "write the statement; FILE ends in .txt, .json or .html", 3 },
	{ "quiet", KEY_QUIET, NULL, 0, "no progress bar", 4 },
	{ "counters", KEY_COUNTERS, NULL, 0, "print every counter of every stage", 4 },
	{ 0 }
};

/* ---- output ---- */

static int take_eve(void *context, const struct record *record)
{
	return eve_alert(record, context);
}

static int write_eve(const struct options *o, struct ledger *ledger, const char *run)
{
	CLEANUP(text_fini) struct text out = { 0 };
	struct ledger_filter filter = LEDGER_FILTER_ALL;

	(void)snprintf(filter.run, sizeof(filter.run), "%s", run);
	int err = ledger_each_record(ledger, &filter, take_eve, &out);
	if (err < 0) {
		complain("cannot read the ledger: %s", ledger_error(err));
		return err;
	}
	if (strcmp(o->eve, "-") == 0)
		return print_text(&out) == 0 ? 0 : -EIO;
	err = file_write(o->eve, text_get(&out), out.len);
	if (err < 0)
		complain("cannot write '%s': %s", o->eve, strerror(-err));
	return err;
}

static int write_statement(const struct options *o, struct ledger *ledger, const char *run)
{
	CLEANUP(report_fini) struct report report = { 0 };
	CLEANUP(sentences_freep) struct sentences *sentences = NULL;
	CLEANUP(text_fini) struct text out = { 0 };

	if (load_sentences(&sentences) < 0 || report_read(ledger, INT64_MIN, INT64_MAX, run, &report) < 0)
		return -EIO;
	int err = report_render(&report, sentences, (enum report_format)report_format_of(o->statement), 0, &out);
	if (err == 0)
		err = file_write(o->statement, text_get(&out), out.len);
	if (err < 0)
		complain("cannot write '%s': %s", o->statement, strerror(-err));
	return err;
}

static int write_baseline(const char *path, const struct baseline *baseline)
{
	CLEANUP(text_fini) struct text out = { 0 };

	baseline_write(baseline, &out);
	int err = out.failed ? -ENOMEM : file_write(path, text_get(&out), out.len);
	if (err < 0)
		complain("cannot write '%s': %s", path, strerror(-err));
	return err;
}

/* Name and value of every counter, through one callback: text and JSON come from the same walk. */
struct counter_walk {
	void (*one)(void *context, const char *stage, const char *name, uint64_t value);
	void *context;
};

static void walk_counters(const struct replay_result *r, const struct counter_walk *w)
{
	const struct pipeline_counters *c = &r->counters;
	const uint64_t *flow = (const uint64_t *)&c->flow;

	w->one(w->context, "capture", "time_backwards", c->time_backwards);
	for (unsigned i = 0; i < ODD_COUNT; i++)
		w->one(w->context, "odd", packet_odd_name(i), c->odd[i]);
	w->one(w->context, "decode", "tunnelled", c->tunnelled);
	w->one(w->context, "defrag", "fragments", c->defrag.fragments);
	w->one(w->context, "defrag", "whole", c->defrag.whole);
	w->one(w->context, "defrag", "expired", c->defrag.expired);
	w->one(w->context, "defrag", "evicted", c->defrag.evicted);
	w->one(w->context, "defrag", "overlaps", c->defrag.overlaps);
	for (size_t i = 0; i < flow_counters_count(); i++)
		w->one(w->context, "flow", flow_counters_name(i), flow[i]);
#define COUNTER(name, meaning) w->one(w->context, "rate", #name, c->rate.name);
#include "inspect/rate/rate_counters.def"
#undef COUNTER
	w->one(w->context, "rate", "apart", c->apart);
#define COUNTER(name, meaning) w->one(w->context, "decide", #name, r->decider.name);
#include "decide/decider_counters.def"
#undef COUNTER
	w->one(w->context, "evidence", "noted", r->evidence.noted);
	w->one(w->context, "evidence", "collected", r->evidence.collected);
	w->one(w->context, "evidence", "not_found", r->evidence.not_found);
	w->one(w->context, "evidence", "slice_full", r->evidence.slice_full);
	w->one(w->context, "evidence", "no_slice", r->evidence.no_slice);
}

static void print_counter(void *context, const char *stage, const char *name, uint64_t value)
{
	(void)context;
	if (value != 0)
		(void)printf("  %-8s %-28s %llu\n", stage, name, (unsigned long long)value);
}

static void add_counter(void *context, const char *stage, const char *name, uint64_t value)
{
	json_t *all = context, *of_stage = json_object_get(all, stage);

	if (of_stage == NULL) {
		of_stage = json_object();
		(void)json_object_set_new(all, stage, of_stage);
	}
	(void)json_object_set_new(of_stage, name, json_integer((json_int_t)value));
}

static json_t *damages_json(const struct text *damage)
{
	json_t *list = json_array();
	CLEANUP(freep) char *copy = strdup(text_get(damage));
	char *save = NULL;

	for (char *line = copy != NULL ? strtok_r(copy, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		(void)json_array_append_new(list, json_string_nocheck(line));
	return list;
}

static void print_summary_json(const struct options *o, const struct replay_result *r)
{
	json_t *s = json_object(), *top = json_object();

	(void)json_object_set_new(s, "packets", json_integer((json_int_t)r->counters.packets));
	(void)json_object_set_new(s, "bytes", json_integer((json_int_t)r->counters.bytes));
	(void)json_object_set_new(s, "lost", json_integer((json_int_t)r->lost));
	(void)json_object_set_new(s, "flows", json_integer((json_int_t)r->counters.flow.flows));
	(void)json_object_set_new(s, "observations", json_integer((json_int_t)r->counters.observations));
	(void)json_object_set_new(s, "attacks", json_integer((json_int_t)r->attacks));
	(void)json_object_set_new(s, "run", json_string(r->run));
	(void)json_object_set_new(s, "time_backwards", json_integer((json_int_t)r->counters.time_backwards));
	if (r->damage.len > 0)
		(void)json_object_set_new(s, "damage", damages_json(&r->damage));
	if (o->counters) {
		json_t *counters = json_object();
		walk_counters(r, &(struct counter_walk){ add_counter, counters });
		(void)json_object_set_new(s, "counters", counters);
	}
	(void)json_object_set_new(top, "summary", s);
	CLEANUP(freep) char *line = json_dumps(top, JSON_ENSURE_ASCII);
	if (line != NULL)
		(void)puts(line);
	json_decref(top);
}

static void print_summary_text(const struct options *o, const struct replay_result *r, const char *place)
{
	(void)printf("%llu packets, %llu bytes, %llu flows: %llu observations, %llu attack%s",
	             (unsigned long long)r->counters.packets, (unsigned long long)r->counters.bytes,
	             (unsigned long long)r->counters.flow.flows, (unsigned long long)r->counters.observations,
	             (unsigned long long)r->attacks, r->attacks == 1 ? "" : "s");
	(void)printf("%s%s\n", place[0] != '\0' ? ", written to " : "", place);
	if (o->counters)
		walk_counters(r, &(struct counter_walk){ print_counter, NULL });
}

static void print_summary(const struct options *o, const struct replay_result *r, const char *place)
{
	if (o->eve != NULL && strcmp(o->eve, "-") == 0)
		return;
	if (o->common.json)
		print_summary_json(o, r);
	else
		print_summary_text(o, r, place);
}

/* ---- the command ---- */

static int open_place(const struct options *o, const struct config *config, struct place *place)
{
	if (!o->memory_ledger)
		return place_open(&o->common, config, LEDGER_WRITE, place);
	int err = data_dir_memory(&place->dir);
	if (err == 0)
		err = ledger_open(&ledger_memory, NULL, LEDGER_WRITE, &place->ledger);
	if (err < 0)
		complain("out of memory");
	return err;
}

static int run(const struct options *o, const struct config *config, struct inputs *inputs, struct place *place)
{
	CLEANUP(text_fini) struct text problems = { 0 };
	CLEANUP(replay_result_fini) struct replay_result result = { 0 };
	struct progress bar;
	struct replay_options replay = { .paths = (const char *const *)o->paths,
		                         .path_count = (size_t)o->path_count,
		                         .config = config,
		                         .inputs = inputs,
		                         .dir = place->dir,
		                         .ledger = place->ledger,
		                         .workers = o->workers != 0 ? o->workers : (unsigned)config->workers,
		                         .again = o->again,
		                         .remember = !o->memory_ledger,
		                         .at_us = wall_clock_us(),
		                         .progress = progress_draw,
		                         .context = &bar };

	progress_init(&bar, !o->quiet);
	int err = replay_run(&replay, &result, &problems);
	progress_done(&bar);
	if (result.duplicate)
		complain("the ledger holds this capture already (run %s); --again replaces what was made of it",
		         result.duplicate_run);
	print_problems(stderr, &problems);
	print_problems(stderr, &result.damage);
	print_problems(stderr, &result.remarks);
	if (err < 0)
		return 1;
	if (o->eve != NULL && write_eve(o, place->ledger, result.run) < 0)
		return 1;
	if (o->statement != NULL && write_statement(o, place->ledger, result.run) < 0)
		return 1;
	if (o->save_baseline != NULL && write_baseline(o->save_baseline, inputs->baseline) < 0)
		return 1;
	print_summary(o, &result, place->path);
	return err;
}

int cmd_replay(int argc, char **argv)
{
	static const struct argp_child children[] = { { &place_argp, 0, NULL, 0 },
		                                      { &format_argp, 0, NULL, 0 },
		                                      { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.args_doc = "INPUT...",
		.children = children,
		.doc = "Read captures (pcap, pcapng; plain, gzip or zstd; '-' is standard input) in time order, and write the attacks they "
		       "hold to the ledger. A damaged file is used up to its damage; the exit status is then 1."
	};
	CLEANUP(config_fini) struct config config = { 0 };
	CLEANUP(inputs_fini) struct inputs inputs = { 0 };
	CLEANUP(place_close) struct place place = { 0 };
	CLEANUP(text_fini) struct text problems = { 0 };
	struct options o = { 0 };

	if (command_parse(&argp, argc, argv, 0, &o) < 0)
		return EXIT_USAGE;
	if (load_config(&o.common, &config) < 0)
		return o.common.home != NULL ? EXIT_USAGE : 1;
	if (inputs_load(&inputs, &config, o.baseline, &problems) < 0) {
		print_problems(stderr, &problems);
		return 1;
	}
	if (open_place(&o, &config, &place) < 0)
		return 1;
	return run(&o, &config, &inputs, &place);
}
