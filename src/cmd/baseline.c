/* redoubt baseline - what is usual, as a file says it; and a person's word that its growth is right. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/utc.h"
#include "cmd/command.h"
#include "run/inputs.h"
#include "run/shipped.h"

struct options {
	struct common_options common;
	const char *at, *path;
	bool accept;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		state->child_inputs[1] = &o->common;
		return 0;
	case 'a':
		o->accept = true;
		return 0;
	case 't':
		o->at = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path != NULL)
			argp_error(state, "one FILE at a time");
		o->path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a FILE is missing; 'redoubt replay --save-baseline FILE' makes one");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_series(void *context, const struct baseline_series *s)
{
	const struct options *o = context;

	if (o->common.json) {
		(void)print_json(json_pack("{s:s, s:b, s:s, s:I, s:I, s:I}", "asset", s->asset, "sum", s->rollup,
		                           "vector", vector_name(s->vector), "seconds", (json_int_t)s->seconds, "p99",
		                           (json_int_t)s->p99, "p99_unbounded", (json_int_t)s->p99_unbounded));
		return;
	}
	(void)printf("%-32s %-6s %-16s %10.1f %10llu %10llu\n", s->asset, s->rollup ? "sum" : "own",
	             vector_name(s->vector), (double)s->seconds / 3600, (unsigned long long)s->p99,
	             (unsigned long long)s->p99_unbounded);
}

static int accept_growth(struct baseline *baseline, const char *path, int64_t at_us)
{
	CLEANUP(text_fini) struct text out = { 0 };

	baseline_accept(baseline, at_us);
	baseline_write(baseline, &out);
	int err = out.failed ? -ENOMEM : file_write(path, text_get(&out), out.len);
	if (err < 0)
		complain("cannot write '%s': %s", path, strerror(-err));
	return err < 0;
}

int cmd_baseline(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{ "accept", 'a', NULL, 0, "what is usual now is right: the bound on its growth starts again from here",
		  1 },
		{ "at", 't', "TIME", 0, "as of a time, as 2026-11-22T08:00:00Z (default now)", 1 },
		{ 0 }
	};
	static const struct argp_child children[] = { { &place_argp, 0, NULL, 0 },
		                                      { &format_argp, 0, NULL, 0 },
		                                      { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.args_doc = "FILE",
		.children = children,
		.doc = "Show what is usual for each asset and vector: hours known, p99 of the 30-second load, and "
		       "p99 before the bound on its growth."
	};
	CLEANUP(config_fini) struct config config = { 0 };
	CLEANUP(inputs_fini) struct inputs inputs = { 0 };
	CLEANUP(text_fini) struct text problems = { 0 };
	struct options o = { 0 };
	int64_t at_us = wall_clock_us();

	if (command_parse(&argp, argc, argv, 0, &o) < 0)
		return EXIT_USAGE;
	if (o.at != NULL && utc_parse(o.at, &at_us) < 0) {
		complain("--at: '%s' is not a time as 2026-11-22T08:00:00Z", o.at);
		return EXIT_USAGE;
	}
	if (load_config(&o.common, &config) < 0)
		return 1;
	if (inputs_load(&inputs, &config, o.path, &problems) < 0) {
		print_problems(stderr, &problems);
		return 1;
	}
	if (o.accept)
		return accept_growth(inputs.baseline, o.path, at_us);
	if (!o.common.json)
		(void)printf("%-32s %-6s %-16s %10s %10s %10s\n", "asset", "load", "vector", "hours", "p99",
		             "unbounded");
	baseline_each(inputs.baseline, at_us, print_series, &o);
	return 0;
}
