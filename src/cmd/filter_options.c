#include "cmd/filter_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/words.h"

enum {
	KEY_TERRITORY = 0x200,
	KEY_ASSET,
	KEY_CLASS,
	KEY_SEVERITY,
	KEY_OUTCOME,
	KEY_DIRECTION,
	KEY_PATH,
	KEY_STATUS,
	KEY_RUN,
	KEY_LIMIT,
	KEY_OFFSET
};

/* A word of one of the lists of words.def. */
static int word(const struct argp_state *state, const char *option, const char *arg, int (*parse)(const char *),
                int count, const char *(*name)(unsigned))
{
	int v = parse(arg);
	char known[512] = "";

	if (v >= 0)
		return v;
	for (int i = 0; i < count; i++) {
		size_t n = strlen(known);
		(void)snprintf(known + n, sizeof(known) - n, "%s%s", i > 0 ? ", " : "", name((unsigned)i));
	}
	argp_error(state, "--%s: no '%s'; one of %s", option, arg, known);
	return v;
}

#define WORD_NAME(kind)                                                                                                \
	static const char *name_of_##kind(unsigned v)                                                                  \
	{                                                                                                              \
		return kind##_name((enum kind)v);                                                                      \
	}
WORD_NAME(attack_class)
WORD_NAME(outcome)
WORD_NAME(direction)
WORD_NAME(path_status)
WORD_NAME(attack_status)

static uint64_t number(const struct argp_state *state, const char *option, const char *arg)
{
	char *end;

	errno = 0;
	unsigned long long v = strtoull(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end != '\0' || errno != 0)
		argp_error(state, "--%s: '%s' is no whole number", option, arg);
	return v;
}

/* "3" or "2-4" or "3-". */
static void severity(const struct argp_state *state, const char *arg, struct ledger_filter *f)
{
	const char *dash = strchr(arg, '-');

	if (arg[0] < '0' || arg[0] > '5' || (arg[1] != '\0' && dash != arg + 1) ||
	    (dash != NULL && dash[1] != '\0' && (dash[1] < '0' || dash[1] > '5' || dash[2] != '\0')))
		argp_error(state, "--severity is 0 to 5, as 3, 2-4 or 3-");
	f->severity_min = arg[0] - '0';
	f->severity_max = dash == NULL ? f->severity_min : dash[1] != '\0' ? dash[1] - '0' : 5;
	if (f->severity_min > f->severity_max)
		argp_error(state, "--severity: %s is empty, the smaller one comes first", arg);
}

static void territory(const struct argp_state *state, const char *arg, struct ledger_filter *f)
{
	if (strlen(arg) != 2)
		argp_error(state, "--territory is two letters of ISO 3166-1, or ZZ");
	for (int i = 0; i < 2; i++)
		f->territory[i] = (char)(arg[i] >= 'a' && arg[i] <= 'z' ? arg[i] - 'a' + 'A' : arg[i]);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ledger_filter *f = state->input;

	switch (key) {
	case KEY_TERRITORY:
		territory(state, arg, f);
		return 0;
	case KEY_ASSET:
		(void)snprintf(f->asset, sizeof(f->asset), "%s", arg);
		return 0;
	case KEY_RUN:
		(void)snprintf(f->run, sizeof(f->run), "%s", arg);
		return 0;
	case KEY_CLASS:
		f->class = word(state, "class", arg, attack_class_parse, CLASS_COUNT, name_of_attack_class);
		return 0;
	case KEY_OUTCOME:
		f->outcome = word(state, "outcome", arg, outcome_parse, OUTCOME_COUNT, name_of_outcome);
		return 0;
	case KEY_DIRECTION:
		f->direction = word(state, "direction", arg, direction_parse, DIRECTION_COUNT, name_of_direction);
		return 0;
	case KEY_PATH:
		f->path = word(state, "path", arg, path_status_parse, PATH_COUNT, name_of_path_status);
		return 0;
	case KEY_STATUS:
		f->status = word(state, "status", arg, attack_status_parse, STATUS_COUNT, name_of_attack_status);
		return 0;
	case KEY_SEVERITY:
		severity(state, arg, f);
		return 0;
	case KEY_LIMIT:
		f->limit = number(state, "limit", arg);
		return 0;
	case KEY_OFFSET:
		f->offset = number(state, "offset", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "territory", KEY_TERRITORY, "CC", 0, "territory stated, ZZ: none is", 5 },
	{ "asset", KEY_ASSET, "NAME", 0, "asset or group; NAME/ADDRESS one of its hosts", 5 },
	{ "class", KEY_CLASS, "CLASS", 0, "scanner, brute-force, dos, ddos, ids-alert, exploit or other", 5 },
	{ "severity", KEY_SEVERITY, "N[-[M]]", 0, "severity, as 3, 2-4 or 3-", 5 },
	{ "outcome", KEY_OUTCOME, "WORD", 0, "repelled, refused, reached or unknown", 5 },
	{ "direction", KEY_DIRECTION, "WORD", 0, "in, out, internal or apart", 5 },
	{ "path", KEY_PATH, "WORD", 0, "confirmed, proxied, authenticated, reflector or spoofable", 5 },
	{ "status", KEY_STATUS, "WORD", 0, "counted, dismissed, own-test ...", 5 },
	{ "run", KEY_RUN, "ID", 0, "made by one run", 5 },
	{ "limit", KEY_LIMIT, "N", 0, "at most N", 6 },
	{ "offset", KEY_OFFSET, "N", 0, "leave out the first N", 6 },
	{ 0 }
};
const struct argp filter_argp = { .options = options, .parser = parse };
