/* recount.h - the sealed observations of a run back in the order decide/ saw them, and the difference between two countings.
 * decide/ itself runs in cmd/recount.c; nothing here reads the attacks from the ledger but the comparison. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "model/attack.h"
#include "model/estate.h"
#include "model/observation.h"
#include "record/data_dir.h"
#include "record/ledger.h"
#include "record/observation_file.h"

enum {
	RECOUNT_DIGEST = -1200,  /* a sealed file's SHA-256 or number of lines is not what the ledger says */
	RECOUNT_MISSING = -1201, /* a sealed file the ledger names is not there */
};

/** Which file stopped a recount, and where. */
struct recount_error {
	char name[SEALED_NAME_MAX];
	struct observation_file_error place; /* OBSERVATION_FILE_BAD only */
};

/** Every sealed observation of one run ("" all runs) whose file lies in a day range, in observation_compare() order. Each
 * file is checked against the digest the ledger holds before the first observation is emitted. memory bounds the sorting,
 * in bytes, at least 64 KiB. Runs are decided apart, so a recount reads one run at a time.
 * Returns 0, or with *reterr_error: RECOUNT_DIGEST, RECOUNT_MISSING, OBSERVATION_FILE_BAD; else -errno. */
int recount_read(struct ledger *ledger, struct data_dir *dir, const struct estate *estate, const char *run,
                 int64_t from_day, int64_t to_day, size_t memory, const struct observation_sink *sink,
                 struct recount_error *reterr_error);

/** Name every field in which two attacks differ, one line each: "ID: FIELD: ledger A, recount B". Either may be NULL: the
 * attack is missing there. Returns the number of lines added to out. */
size_t recount_compare(const struct attack *ledger, const struct attack *again, struct text *out);

struct fields;

/** Name every one of fields in which two structs of their kind differ: "ID: WHATFIELD: ledger A, recount B". Returns the
 * number of lines added to out. */
size_t recount_compare_fields(const char *id, const char *what, const struct fields *fields, const void *ledger,
                              const void *again, struct text *out);

/** Compare all attacks of a filter, as decided, with again[0..count), in any order. Returns 0 with *ret_differences set, or
 * what ledger_each_record() returns. */
int recount_compare_all(struct ledger *ledger, const struct ledger_filter *filter, const struct attack *again,
                        size_t count, struct text *out, uint64_t *ret_differences);
