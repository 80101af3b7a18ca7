/* ledger.h - what was counted, and what persons said about it: values that statements are made of.
 * A back end is one table of functions; the calls below check what crosses the boundary and hand it on. One thread owns a
 * ledger. Days are UTC days of an attack's first_us, counted from 1970-01-01; a range includes both its ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/record.h"

struct ledger;

/** Besides -errno. The text of each is ledger_error(). */
enum {
	LEDGER_NEWER = -1000,     /* written by a newer redoubt: this one must not touch it */
	LEDGER_CORRUPT = -1001,   /* a row breaks the schema's own rules, or the file is no ledger */
	LEDGER_AMBIGUOUS = -1002, /* several ids begin so */
	LEDGER_OLDER = -1003,     /* opened for reading, but it must be brought to this version first */
};

enum ledger_mode {
	LEDGER_READ,  /* nothing is created or changed; the ledger must exist */
	LEDGER_WRITE, /* created, or brought to this version, where needed */
};

enum { SEALED_NAME_MAX = 128, LEDGER_ANY = -1 };

/** A sealed observation file. */
struct sealed_file {
	char run[27];
	char attack[ATTACK_ID_MAX]; /* "" for what no attack holds */
	int64_t day;                /* UTC day of its first line */
	char name[SEALED_NAME_MAX]; /* below the data directory */
	char digest[65];
	uint64_t lines, bytes;
};

/** One cell of the day table: attacks of one day that agree in everything a statement sorts by. Values as they stand,
 * amendments applied. */
struct day_total {
	int64_t day;
	uint8_t direction;    /* enum direction */
	uint8_t status;       /* enum attack_status */
	uint8_t class;        /* enum attack_class */
	uint8_t path;         /* enum path_status */
	uint8_t zz;           /* enum zz_reason */
	uint8_t target_class; /* enum target_class */
	uint8_t outcome;      /* enum outcome */
	uint8_t severity;     /* 0 to 5 */
	char territory[3];    /* ISO 3166-1 alpha-2 or "ZZ" */
	bool continued;       /* carries on an attack cut at 24 h */
	bool confirmed;       /* by a named person */
	uint64_t attacks, observations;
};

/** Which records. Begin with LEDGER_FILTER_ALL; LEDGER_ANY (or "" for text) lets everything pass. Filters look at the values
 * as they stand, or as decided with as_decided. */
struct ledger_filter {
	int64_t from_day, to_day;
	char territory[3];
	char asset[ASSET_TEXT_MAX]; /* "bank" also finds "bank/10.0.0.7" */
	char run[27];
	int class;     /* enum attack_class */
	int outcome;   /* enum outcome */
	int direction; /* enum direction */
	int path;      /* enum path_status */
	int status;    /* enum attack_status */
	int severity_min, severity_max;
	uint64_t offset, limit; /* paging, in the order first_us, id; limit 0: no limit */
	bool as_decided;        /* leave the amendments out: the rule's own verdict, for recount */
	bool without_sources;   /* do not load sources[] and targets_named[]: much faster for sums */
};

#define LEDGER_FILTER_ALL                                                                                              \
	((struct ledger_filter){ .from_day = INT64_MIN,                                                                \
	                         .to_day = INT64_MAX,                                                                  \
	                         .class = LEDGER_ANY,                                                                  \
	                         .outcome = LEDGER_ANY,                                                                \
	                         .direction = LEDGER_ANY,                                                              \
	                         .path = LEDGER_ANY,                                                                   \
	                         .status = LEDGER_ANY,                                                                 \
	                         .severity_min = 0,                                                                    \
	                         .severity_max = 5 })

/* Readers. What they are given is theirs during the call only. A result other than 0 ends the iteration and is handed to
 * the caller. They may read the ledger, not change it. */
typedef int ledger_record_fn(void *context, const struct record *record);
typedef int ledger_coverage_fn(void *context, const struct coverage *coverage);
typedef int ledger_run_fn(void *context, const struct run_inputs *inputs);
typedef int ledger_sealed_fn(void *context, const struct sealed_file *file);
typedef int ledger_amendment_fn(void *context, const struct amendment *amendment);
typedef int ledger_day_total_fn(void *context, const struct day_total *total);

/** A back end: the functions below without their checks. */
struct ledger_ops {
	const char *name;
	int (*open)(const char *dir, enum ledger_mode mode, struct ledger **ret_ledger);
	void (*close)(struct ledger *ledger);
	int (*begin)(struct ledger *ledger, const struct run_inputs *inputs);
	int (*add_attack)(struct ledger *ledger, const struct record *record);
	int (*add_coverage)(struct ledger *ledger, const struct coverage *coverage);
	int (*add_sealed)(struct ledger *ledger, const struct sealed_file *file);
	int (*commit)(struct ledger *ledger);
	void (*rollback)(struct ledger *ledger);
	int (*amend)(struct ledger *ledger, const struct amendment *amendment);
	int (*find_capture)(struct ledger *ledger, const char *capture, char ret_run[static 27]);
	int (*count_superseded)(struct ledger *ledger, uint64_t *ret_count);
	int (*find_id)(struct ledger *ledger, const char *prefix, char ret_id[static ATTACK_ID_MAX]);
	int (*get)(struct ledger *ledger, const char *id, bool as_decided, struct record *ret_record);
	int (*count)(struct ledger *ledger, const struct ledger_filter *filter, uint64_t *ret_count);
	int (*each_record)(struct ledger *ledger, const struct ledger_filter *filter, ledger_record_fn *each,
	                   void *context);
	int (*each_coverage)(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_coverage_fn *each,
	                     void *context);
	int (*each_run)(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_run_fn *each, void *context);
	int (*each_sealed)(struct ledger *ledger, const char *run, int64_t from_day, int64_t to_day,
	                   ledger_sealed_fn *each, void *context);
	int (*each_amendment)(struct ledger *ledger, const char *id, ledger_amendment_fn *each, void *context);
	int (*each_day_total)(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
	                      void *context);
};

/** What every back end's struct begins with. */
struct ledger {
	const struct ledger_ops *ops;
	bool writable;
	bool in_run; /* between begin and commit or rollback */
};

extern const struct ledger_ops ledger_memory; /* dir is not used; gone with close */
extern const struct ledger_ops ledger_sqlite; /* dir/ledger.db */

/** Open. On success *ret_ledger is owned by the caller. Returns 0, -ENOENT (LEDGER_READ: none there), LEDGER_NEWER,
 * LEDGER_OLDER, LEDGER_CORRUPT, -EBUSY (another process is bringing it to this version), -EACCES, -ENOSPC, -ENOMEM or -EIO. */
int ledger_open(const struct ledger_ops *ops, const char *dir, enum ledger_mode mode, struct ledger **ret_ledger);

/** Close; an open run is rolled back. NULL is a no-op. */
void ledger_close(struct ledger *ledger);
void ledger_closep(struct ledger **ledger);

/** A sentence for any result of this module, for the caller to print. Static string. */
const char *ledger_error(int err);

/* Writing. What one run adds becomes visible and durable as a whole by ledger_commit(), or not at all.
 * All return 0, -EROFS (opened for reading), -EBUSY (another writer holds the ledger), -ENOSPC, -ENOMEM or -EIO; after
 * a failure only ledger_rollback() and ledger_close() make sense. */

/** Begin a run. If the ledger already holds a run over the same capture, that one is superseded in the same transaction: its
 * attacks, coverage and sealed files leave the ledger (amendments stay and apply to the same ids again). Asking first with
 * ledger_find_capture() is the caller's duty. Also -EEXIST: a run of this id is there. */
int ledger_begin(struct ledger *ledger, const struct run_inputs *inputs);

/** Add an attack with all its sources, targets and its origin, or replace the one of the same id. record->run,
 * confirmed and amended are not read: it belongs to the run begun, and amendments the ledger holds for the id apply. Also -ERANGE: a value outside
 * its field's range (a counter above 2^63-1, a word outside its list, an aggressiveness part outside [0, 1]). */
int ledger_add_attack(struct ledger *ledger, const struct record *record);

/** Add one hour's coverage; the same run, sensor and hour again replaces it. Also -ERANGE, for a time that is no full hour too. */
int ledger_add_coverage(struct ledger *ledger, const struct coverage *coverage);

/** Name a sealed file of the run. Also -ERANGE. */
int ledger_add_sealed(struct ledger *ledger, const struct sealed_file *file);

int ledger_commit(struct ledger *ledger);
void ledger_rollback(struct ledger *ledger);

/** Append a person's word, in a transaction of its own. Never changes what was decided, only what stands:
 *  dismiss   status dismissed, confirmed false
 *  confirm   confirmed; a dismissal is lifted: the status by the rule holds again
 *  amend     field is severity, class, outcome, target-class or status; value is its printed word,
 *            but never outcome repelled: only a kernel's counters can say that
 * The last word on a field holds. Also -EINVAL (no such action, field or value; nobody named or no reason given), -ENOENT. */
int ledger_amend(struct ledger *ledger, const struct amendment *amendment);

/* Reading. All return 0, what the callback returned, LEDGER_CORRUPT, -ENOMEM or -EIO. */

/** Whether a run over this capture (hex digest) stands. Returns 1 with its id, or 0. */
int ledger_find_capture(struct ledger *ledger, const char *capture, char ret_run[static 27]);

/** How many runs were counted again: their rows left the ledger, their files did not. */
int ledger_count_superseded(struct ledger *ledger, uint64_t *ret_count);

/** One record by id or the beginning of one, in any case. The caller releases it with record_fini(). Also -ENOENT,
 * LEDGER_AMBIGUOUS. */
int ledger_get(struct ledger *ledger, const char *id, bool as_decided, struct record *ret_record);
void record_fini(struct record *record);

/** How many records pass, paging left out. */
int ledger_count(struct ledger *ledger, const struct ledger_filter *filter, uint64_t *ret_count);

/** Records that pass, ordered by first_us, then id. */
int ledger_each_record(struct ledger *ledger, const struct ledger_filter *filter, ledger_record_fn *each,
                       void *context);

/** Coverage of the hours of a day range, ordered by hour, sensor, run. */
int ledger_each_coverage(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_coverage_fn *each,
                         void *context);

/** Inputs of the standing runs with an attack, an hour of coverage or a sealed file in a day range; by at_us, run. */
int ledger_each_run(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_run_fn *each, void *context);

/** Sealed files of a day range, of one run or of all (""), ordered by day, run, name. */
int ledger_each_sealed(struct ledger *ledger, const char *run, int64_t from_day, int64_t to_day, ledger_sealed_fn *each,
                       void *context);

/** What was said about an attack (full id; "" about all), oldest first. */
int ledger_each_amendment(struct ledger *ledger, const char *id, ledger_amendment_fn *each, void *context);

/** The day table of a day range, ordered by day and then by every other key field. */
int ledger_each_day_total(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
                          void *context);
