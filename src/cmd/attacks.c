/* redoubt attacks - a list, by filters; redoubt export - the same for other programs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/filter_options.h"
#include "cmd/report.h"
#include "publish/attacks.h"
#include "publish/eve.h"

enum { FLUSH_BYTES = 1 << 16 };

struct options {
	struct common_options common;
	struct ledger_filter filter;
	const char *format; /* export */
};

struct output {
	const struct options *options;
	struct style style;
	struct text text;
	int status;
	bool any;
};

static int flush(struct output *out)
{
	out->status = print_text(&out->text);
	text_reset(&out->text);
	return out->status != 0 ? -EIO : 0;
}

static int list_one(void *context, const struct record *record)
{
	struct output *out = context;

	out->any = true;
	if (out->options->common.json) {
		int err = attacks_json(record, &out->text);
		if (err < 0)
			return err;
	} else {
		attacks_text(record, &out->style, &out->text);
	}
	return out->text.len >= FLUSH_BYTES ? flush(out) : 0;
}

static int export_one(void *context, const struct record *record)
{
	struct output *out = context;
	int err = eve_alert(record, &out->text);

	if (err < 0)
		return err;
	return out->text.len >= FLUSH_BYTES ? flush(out) : 0;
}

static int list(struct options *o, ledger_record_fn *each, bool heading)
{
	CLEANUP(place_close) struct place place = { 0 };
	struct output out = { .options = o, .style = style_of_output() };
	bool given;

	if (period_days(&o->common, &o->filter.from_day, &o->filter.to_day, &given) < 0)
		return EXIT_USAGE;
	if (place_open_here(&o->common, LEDGER_READ, &place) < 0)
		return 1;
	if (heading)
		attacks_text_head(&out.style, &out.text);
	int err = ledger_each_record(place.ledger, &o->filter, each, &out);
	if (err == 0)
		err = flush(&out);
	text_fini(&out.text);
	if (err == 0 && heading && !out.any)
		complain("no attack passes these filters");
	if (err < 0 && out.status == 0)
		complain("cannot read the ledger: %s", err <= -1000 ? ledger_error(err) : strerror(-err));
	return err < 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->filter;
		for (int i = 1; i < 4; i++)
			state->child_inputs[i] = &o->common;
		return 0;
	case 'f':
		o->format = arg;
		if (strcmp(arg, "eve") != 0)
			argp_error(state, "--format is eve, not '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &filter_argp, 0, NULL, 0 },
	                                      { &period_argp, 0, NULL, 0 },
	                                      { &place_argp, 0, NULL, 0 },
	                                      { &format_argp, 0, NULL, 0 },
	                                      { 0 } };

int cmd_attacks(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.children = children,
		.doc = "List attacks, oldest first. With --json one object a line, from which every number of "
		       "a statement can be added up by hand."
	};
	struct options o = { .filter = LEDGER_FILTER_ALL };

	if (command_parse(&argp, argc, argv, 0, &o) < 0)
		return EXIT_USAGE;
	return list(&o, list_one, !o.common.json);
}

int cmd_export(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{ "format", 'f', "eve", 0, "EVE JSON lines, as Suricata writes", 1 }, { 0 }
	};
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.doc = "Write attacks for other programs. A claimed source address that was never confirmed is never written."
	};
	struct options o = { .filter = LEDGER_FILTER_ALL };

	if (command_parse(&argp, argc, argv, 0, &o) < 0)
		return EXIT_USAGE;
	return list(&o, export_one, false);
}
