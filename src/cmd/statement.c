/* redoubt statement - the figures of a day or of several, with what they rest on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/report.h"
#include "publish/statement_diff.h"
#include "run/shipped.h"

struct options {
	struct common_options common;
	int format; /* -1: text, or JSON with --json */
	const char *output;
	const char *a, *b; /* --diff */
};

enum { KEY_FORMAT = 'f', KEY_OUTPUT = 'o', KEY_DIFF = 'd' };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		for (int i = 0; i < 3; i++)
			state->child_inputs[i] = &o->common;
		return 0;
	case KEY_FORMAT:
		o->format = report_format_parse(arg);
		if (o->format < 0)
			argp_error(state, "--format is text, json or html, not '%s'", arg);
		return 0;
	case KEY_OUTPUT:
		o->output = arg;
		return 0;
	case KEY_DIFF:
		o->a = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->a == NULL || o->b != NULL)
			argp_error(state, "too many arguments");
		o->b = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->a != NULL && o->b == NULL)
			argp_error(state, "--diff needs two files");
		if (o->common.json && o->format >= 0 && o->format != REPORT_JSON)
			argp_error(state, "--json and another --format exclude each other");
		if (o->output != NULL && o->format < 0 && !o->common.json && o->a == NULL &&
		    report_format_of(o->output) < 0)
			argp_error(state, "--output: '%s' ends in none of .txt, .json, .html; give a --format",
			           o->output);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int write_out(const struct options *o, const struct text *out)
{
	if (o->output == NULL)
		return print_text(out);
	int err = file_write(o->output, text_get(out), out->len);
	if (err < 0)
		complain("cannot write '%s': %s", o->output, strerror(-err));
	return err < 0;
}

static int read_statement(const char *path, struct text *data)
{
	int err = file_read(path, data);

	if (err < 0)
		complain("cannot read '%s': %s", path, strerror(-err));
	return err;
}

static int diff(const struct options *o)
{
	CLEANUP(text_fini) struct text a = { 0 }, b = { 0 }, out = { 0 };
	CLEANUP(statement_diff_freep) struct statement_diff *d = NULL;
	CLEANUP(sentences_freep) struct sentences *sentences = NULL;
	struct statement_diff_error e;

	if (read_statement(o->a, &a) < 0 || read_statement(o->b, &b) < 0 || load_sentences(&sentences) < 0)
		return 1;
	int err = statement_diff_new(text_get(&a), a.len, text_get(&b), b.len, &d, &e);
	if (err == -EINVAL)
		complain("%s:%u:%u: %s", e.which == 0 ? o->a : o->b, e.line, e.column, e.text);
	else if (err < 0)
		complain("cannot compare: %s", strerror(-err));
	if (err < 0)
		return 1;
	if (o->common.json || o->format == REPORT_JSON)
		(void)statement_diff_json(d, &out);
	else
		statement_diff_text(d, sentences, &out);
	return write_out(o, &out);
}

static int state_it(const struct options *o)
{
	CLEANUP(place_close) struct place place = { 0 };
	CLEANUP(report_fini) struct report report = { 0 };
	CLEANUP(sentences_freep) struct sentences *sentences = NULL;
	CLEANUP(text_fini) struct text out = { 0 };
	int64_t from, to;
	bool given;

	if (period_days(&o->common, &from, &to, &given) < 0)
		return EXIT_USAGE;
	if (place_open_here(&o->common, LEDGER_READ, &place) < 0 || load_sentences(&sentences) < 0 ||
	    report_read(place.ledger, from, to, NULL, &report) < 0)
		return 1;
	enum report_format format = o->format >= 0      ? (enum report_format)o->format
	                            : o->common.json    ? REPORT_JSON
	                            : o->output != NULL ? (enum report_format)report_format_of(o->output)
	                                                : REPORT_TEXT;
	int terminal = o->output == NULL && isatty(STDOUT_FILENO) == 1;
	if (report_render(&report, sentences, format, terminal, &out) < 0) {
		complain("out of memory");
		return 1;
	}
	return write_out(o, &out);
}

int cmd_statement(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{ "format", KEY_FORMAT, "text|json|html", 0,
		  "form of the statement (default text, or by --output's name)", 1 },
		{ "output", KEY_OUTPUT, "FILE", 0, "write it to FILE, whole or not at all", 1 },
		{ "diff", KEY_DIFF, "A B", 0, "say in words what changed between two statements in JSON, and why", 1 },
		{ 0 }
	};
	static const struct argp_child children[] = {
		{ &period_argp, 0, NULL, 0 }, { &place_argp, 0, NULL, 0 }, { &format_argp, 0, NULL, 0 }, { 0 }
	};
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.args_doc = "\n--diff A B",
		.children = children,
		.doc = "State what was counted: the funnel, attacks by territory and path status, what the figures "
		       "rest on, and what they do not prove. Without days: the last day that holds data."
	};
	struct options o = { .format = -1 };

	if (command_parse(&argp, argc, argv, 0, &o) < 0)
		return EXIT_USAGE;
	return o.a != NULL ? diff(&o) : state_it(&o);
}
