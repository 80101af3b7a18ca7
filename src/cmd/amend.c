/* redoubt dismiss, confirm, amend - a named person's word on an attack. Appended, never overwritten. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"

enum { IDS_MAX = 1024, KEY_BY = 'b', KEY_REASON = 'r' };

struct options {
	struct common_options common;
	const char *by, *reason;
	const char *arguments[IDS_MAX];
	int count;
	const char *action;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		state->child_inputs[1] = &o->common;
		return 0;
	case KEY_BY:
		o->by = arg;
		return 0;
	case KEY_REASON:
		o->reason = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->count == IDS_MAX)
			argp_error(state, "at most %d at a time", IDS_MAX);
		o->arguments[o->count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (strcmp(o->action, "amend") == 0 ? o->count != 3 : o->count == 0)
			argp_error(state, "%s",
			           strcmp(o->action, "amend") == 0 ? "ID, FIELD and VALUE are needed"
			                                           : "an ID is missing");
		if (o->by == NULL || o->reason == NULL)
			argp_error(
			        state,
			        "--by NAME and --reason TEXT are needed: a count changes by a named person's word only");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Copy text into a field. False, and said, when it does not fit. */
static bool put(char *field, size_t size, const char *what, const char *text)
{
	if (strlen(text) < size) {
		memcpy(field, text, strlen(text) + 1);
		return true;
	}
	complain("%s is longer than %zu bytes", what, size - 1);
	return false;
}

static void say_done(const struct amendment *a)
{
	const char *done = strcmp(a->action, "amend") == 0     ? "amended"
	                   : strcmp(a->action, "dismiss") == 0 ? "dismissed"
	                                                       : "confirmed";

	(void)printf("%s: %s by ", a->id, done);
	print_outside(stdout, a->by);
	(void)putchar('\n');
}

static int amend_one(struct ledger *ledger, const struct options *o, const char *id)
{
	CLEANUP(record_fini) struct record record = { 0 };
	struct amendment a = { .at_us = wall_clock_us() };
	bool amends = strcmp(o->action, "amend") == 0;

	int err = ledger_get(ledger, id, false, &record);
	if (err == -ENOENT) {
		complain("no attack '%s'", id);
		return err;
	}
	if (err == 0) {
		memcpy(a.id, record.attack.id, sizeof(a.id));
		if (!put(a.by, sizeof(a.by), "--by", o->by) ||
		    !put(a.reason, sizeof(a.reason), "--reason", o->reason) ||
		    !put(a.action, sizeof(a.action), "the action", o->action) ||
		    (amends && (!put(a.field, sizeof(a.field), "FIELD", o->arguments[1]) ||
		                !put(a.value, sizeof(a.value), "VALUE", o->arguments[2]))))
			return -EINVAL;
		err = ledger_amend(ledger, &a);
	}
	if (err == -EINVAL)
		complain(
		        amends ? "FIELD is severity, class, outcome, target-class or status, VALUE one of its words; outcome "
		                 "repelled is a kernel's to count, not a person's to say"
		               : "a name and a reason are needed");
	else if (err < 0)
		complain("cannot amend '%s': %s", id, err <= -1000 ? ledger_error(err) : strerror(-err));
	else if (o->common.json)
		(void)print_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", a.id, "action", a.action, "field",
		                           a.field, "value", a.value, "by", a.by, "reason", a.reason));
	else
		say_done(&a);
	return err;
}

static int run(int argc, char **argv, const char *action, const char *args_doc, const char *doc)
{
	static const struct argp_option table[] = { { "by", KEY_BY, "NAME", 0, "who says so", 1 },
		                                    { "reason", KEY_REASON, "TEXT", 0, "and why", 1 },
		                                    { 0 } };
	static const struct argp_child children[] = { { &place_argp, 0, NULL, 0 },
		                                      { &format_argp, 0, NULL, 0 },
		                                      { 0 } };
	const struct argp argp = {
		.options = table, .parser = parse, .args_doc = args_doc, .children = children, .doc = doc
	};
	CLEANUP(place_close) struct place place = { 0 };
	struct options o = { .action = action };
	int failed = 0;

	if (command_parse(&argp, argc, argv, 0, &o) < 0)
		return EXIT_USAGE;
	if (place_open_here(&o.common, LEDGER_WRITE, &place) < 0)
		return 1;
	int ids = strcmp(action, "amend") == 0 ? 1 : o.count;
	for (int i = 0; i < ids; i++)
		failed |= amend_one(place.ledger, &o, o.arguments[i]) < 0;
	return failed;
}

int cmd_dismiss(int argc, char **argv)
{
	return run(
	        argc, argv, "dismiss", "ID...",
	        "Say that an attack was none. It leaves the count and is listed as dismissed, with the name and the reason.");
}

int cmd_confirm(int argc, char **argv)
{
	return run(argc, argv, "confirm", "ID...",
	           "Say that an attack was one: it becomes an incident. Lifts a dismissal.");
}

int cmd_amend(int argc, char **argv)
{
	return run(
	        argc, argv, "amend", "ID FIELD VALUE",
	        "Correct severity, class, outcome, target-class or status of an attack. Severity 5 is given only so.");
}
