/* command.h - the table of commands, and what they share: options, places, messages.
 * Text for people, --json for programs. Exit status 0, 1 failure, 2 usage. Only cmd/ and run/ print. */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"
#include "record/data_dir.h"
#include "record/ledger.h"
#include "run/config/config.h"

enum { EXIT_USAGE = 2, COMMAND_PATH_MAX = 4096 };

struct command {
	const char *name, *arguments, *summary;
	int (*run)(int argc, char **argv);
};

/** All commands, in the order of commands.def, ended by a NULL name. */
extern const struct command commands[];

#define COMMAND(function, name, arguments, summary) int cmd_##function(int argc, char **argv);
#include "cmd/commands.def"
#undef COMMAND

/** Options of most commands. */
struct common_options {
	const char *data, *config, *home;
	bool json;
	const char *day, *from, *to;
};

/* Children for argp tables; their input is a struct common_options. */
extern const struct argp place_argp;  /* --data --config */
extern const struct argp format_argp; /* --json */
extern const struct argp period_argp; /* --day --from --to */

/** Parse with argp: -h to standard output and exit 0, usage errors one line and exit 2. */
int command_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input);

/** "redoubt: ..." on standard error, one line; whatever stands in it is escaped for a terminal. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/** Print bytes from outside, escaped for a terminal. */
void print_outside(FILE *stream, const char *s);

/** Print lines that may hold bytes from outside, each escaped for a terminal. */
void print_problems(FILE *stream, const struct text *problems);

/** Load --config, or /etc/redoubt/redoubt.yaml where there is one, or the home networks. Says what is wrong. Returns 0 or
 * -errno. The caller runs config_fini(). */
int load_config(const struct common_options *options, struct config *ret_config);

/** The data directory: --data, else the configuration's, else the default for this user. */
void data_path(const struct common_options *options, const struct config *config,
               char ret_path[static COMMAND_PATH_MAX]);

/** Data directory and ledger together. */
struct place {
	struct data_dir *dir;
	struct ledger *ledger;
	char path[COMMAND_PATH_MAX];
};

/** Open both; says what is wrong. LEDGER_READ needs them to exist. Returns 0 or a negative error. */
int place_open(const struct common_options *options, const struct config *config, enum ledger_mode mode,
               struct place *ret_place);

/** Open where the command needs no configuration but its data directory: --data, else a readable configuration's, else the
 * default. */
int place_open_here(const struct common_options *options, enum ledger_mode mode, struct place *ret_place);
void place_close(struct place *place);

/** Days of --day, or --from and --to; without any, the whole range with *ret_given false. Says what is wrong; returns 0 or
 * -EINVAL. */
int period_days(const struct common_options *options, int64_t *ret_from, int64_t *ret_to, bool *ret_given);

/** Write to standard output and check that it arrived. Returns the exit status. */
int print_text(const struct text *text);

/** Print one JSON object on one line, ASCII, keys sorted, and release it. Returns the exit status. */
struct json_t;
int print_json(struct json_t *object);

/** Wall clock, microseconds. */
int64_t wall_clock_us(void);
