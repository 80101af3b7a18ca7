#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/utc.h"
#include "cmd/command.h"

static const char default_config[] = "/etc/redoubt/redoubt.yaml";

void complain(const char *format, ...)
{
	CLEANUP(freep) char *message = NULL;
	va_list args;

	va_start(args, format);
	int n = vasprintf(&message, format, args);
	va_end(args);
	if (n < 0)
		message = NULL; /* what it then holds is nobody's */
	(void)fputs("redoubt: ", stderr);
	print_outside(stderr, message != NULL ? message : "out of memory");
	(void)fputc('\n', stderr);
}

void print_outside(FILE *stream, const char *s)
{
	CLEANUP(text_fini) struct text line = { 0 };

	escape_addz(&line, ESCAPE_TERMINAL, s);
	(void)fputs(text_get(&line), stream);
}

void print_problems(FILE *stream, const struct text *problems)
{
	CLEANUP(text_fini) struct text out = { 0 };
	const char *line = text_get(problems);

	for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		escape_add(&out, ESCAPE_TERMINAL, line, (size_t)(end - line));
		text_add(&out, "\n");
	}
	escape_addz(&out, ESCAPE_TERMINAL, line);
	(void)fputs(text_get(&out), stream);
}

enum { OPTION_DATA = 0x100, OPTION_CONFIG, OPTION_JSON, OPTION_DAY, OPTION_FROM, OPTION_TO };

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct common_options *o = state->input;

	switch (key) {
	case OPTION_DATA:
		o->data = arg;
		return 0;
	case OPTION_CONFIG:
		o->config = arg;
		return 0;
	case OPTION_JSON:
		o->json = true;
		return 0;
	case OPTION_DAY:
		o->day = arg;
		return 0;
	case OPTION_FROM:
		o->from = arg;
		return 0;
	case OPTION_TO:
		o->to = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option place_options[] = {
	{ "data", OPTION_DATA, "DIR", 0, "data directory (default /var/lib/redoubt, or $XDG_STATE_HOME/redoubt)", 10 },
	{ "config", OPTION_CONFIG, "FILE", 0, "configuration (default /etc/redoubt/redoubt.yaml where there is one)",
	  10 },
	{ 0 }
};
static const struct argp_option format_options[] = { { "json", OPTION_JSON, NULL, 0, "JSON for programs", 11 }, { 0 } };
static const struct argp_option period_options[] = { { "day", OPTION_DAY, "DAY", 0, "one UTC day, as 2026-11-22", 9 },
	                                             { "from", OPTION_FROM, "DAY", 0, "first day", 9 },
	                                             { "to", OPTION_TO, "DAY", 0, "last day", 9 },
	                                             { 0 } };
const struct argp place_argp = { .options = place_options, .parser = parse_common };
const struct argp format_argp = { .options = format_options, .parser = parse_common };
const struct argp period_argp = { .options = period_options, .parser = parse_common };

int command_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input)
{
	char name[64], help[] = "--help";

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-h") == 0) /* argp itself only knows -? */
			argv[i] = help;
	/* Help speaks of "redoubt replay", not of "replay". */
	(void)snprintf(name, sizeof(name), "redoubt %s", argv[0]);
	argv[0] = name;
	argp_err_exit_status = EXIT_USAGE;
	return argp_parse(argp, argc, argv, flags, NULL, input) == 0 ? 0 : -EINVAL;
}

int load_config(const struct common_options *options, struct config *ret_config)
{
	CLEANUP(text_fini) struct text problems = { 0 };
	const char *path = options->config;
	int err;

	config_init(ret_config);
	if (path == NULL && options->home == NULL && access(default_config, F_OK) == 0)
		path = default_config;
	if (path != NULL)
		err = config_load(ret_config, path, &problems);
	else
		err = config_home(ret_config, options->home, &problems);
	if (problems.len > 0)
		print_problems(stderr, &problems);
	else if (err < 0)
		complain("cannot read '%s': %s", path != NULL ? path : "--home", strerror(-err));
	return err;
}

void data_path(const struct common_options *options, const struct config *config,
               char ret_path[static COMMAND_PATH_MAX])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (options->data != NULL)
		(void)snprintf(ret_path, COMMAND_PATH_MAX, "%s", options->data);
	else if (config != NULL && config->data[0] != '\0')
		(void)snprintf(ret_path, COMMAND_PATH_MAX, "%.4000s", config->data);
	else if (geteuid() == 0)
		(void)snprintf(ret_path, COMMAND_PATH_MAX, "/var/lib/redoubt");
	else if (state != NULL && state[0] == '/')
		(void)snprintf(ret_path, COMMAND_PATH_MAX, "%s/redoubt", state);
	else
		(void)snprintf(ret_path, COMMAND_PATH_MAX, "%s/.local/state/redoubt", home != NULL ? home : "");
}

void place_close(struct place *place)
{
	ledger_close(place->ledger);
	data_dir_free(place->dir);
	place->ledger = NULL;
	place->dir = NULL;
}

static const char *error_text(int err)
{
	if (err <= -1000)
		return ledger_error(err);
	if (err == -EBUSY)
		return "another redoubt is writing to it";
	if (err == -ENOKEY)
		return "k_id, the secret of attack ids, is missing; put it back from a backup: a new one would give every "
		       "attack another id";
	if (err == -EBADMSG)
		return "k_id, the secret of attack ids, is not 32 bytes long";
	return strerror(-err);
}

int place_open(const struct common_options *options, const struct config *config, enum ledger_mode mode,
               struct place *ret_place)
{
	struct place p = { 0 };

	data_path(options, config, p.path);
	int err = data_dir_open(p.path, mode == LEDGER_WRITE ? DATA_DIR_WRITE : DATA_DIR_READ, &p.dir);
	if (err < 0) {
		bool is_there = err == -ENOENT && access(p.path, F_OK) == 0;
		complain("cannot open data directory '%s': %s%s", p.path,
		         is_there ? "it has no k_id, nothing was recorded in it" : error_text(err),
		         err == -ENOENT ? "; 'redoubt replay' makes one" : "");
		return err;
	}
	err = ledger_open(&ledger_sqlite, p.path, mode, &p.ledger);
	if (err < 0) {
		complain("cannot open the ledger in '%s': %s", p.path, error_text(err));
		place_close(&p);
		return err;
	}
	*ret_place = p;
	return 0;
}

int place_open_here(const struct common_options *options, enum ledger_mode mode, struct place *ret_place)
{
	struct config config;
	bool wanted = options->data == NULL && (options->config != NULL || access(default_config, R_OK) == 0);

	if (!wanted)
		return place_open(options, NULL, mode, ret_place);
	int err = load_config(options, &config);
	if (err == 0)
		err = place_open(options, &config, mode, ret_place);
	config_fini(&config);
	return err;
}

static int parse_day(const char *option, const char *text, int64_t *ret_day)
{
	int err = utc_day_parse(text, ret_day);

	if (err < 0)
		complain("%s: '%s' is not a day as 2026-11-22", option, text);
	return err;
}

int period_days(const struct common_options *options, int64_t *ret_from, int64_t *ret_to, bool *ret_given)
{
	int64_t from = INT64_MIN, to = INT64_MAX;
	int err = 0;

	if (options->day != NULL && (options->from != NULL || options->to != NULL)) {
		complain("--day and --from or --to exclude each other");
		return -EINVAL;
	}
	if (options->day != NULL) {
		err = parse_day("--day", options->day, &from);
		to = from;
	}
	if (err == 0 && options->from != NULL)
		err = parse_day("--from", options->from, &from);
	if (err == 0 && options->to != NULL)
		err = parse_day("--to", options->to, &to);
	if (err == 0 && from > to) {
		complain("--from is after --to");
		err = -EINVAL;
	}
	*ret_from = from;
	*ret_to = to;
	*ret_given = options->day != NULL || options->from != NULL || options->to != NULL;
	return err;
}

int print_text(const struct text *text)
{
	if (text->failed) {
		complain("out of memory");
		return 1;
	}
	if (fwrite(text_get(text), 1, text->len, stdout) != text->len || fflush(stdout) != 0) {
		complain("cannot write: %s", strerror(errno));
		return 1;
	}
	return 0;
}

int print_json(struct json_t *object)
{
	CLEANUP(freep) char *line = json_dumps(object, JSON_ENSURE_ASCII | JSON_SORT_KEYS);

	json_decref(object);
	if (line == NULL || puts(line) < 0 || fflush(stdout) != 0) {
		complain("cannot write: %s", line == NULL ? "out of memory" : strerror(errno));
		return 1;
	}
	return 0;
}

int64_t wall_clock_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}
