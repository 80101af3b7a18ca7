/* recount_rows.h - the rows beside the attacks, each compared with what it was made from: what stands, the day table, evidence,
 * coverage, inputs, and files whose row is gone. Each call appends one line a difference to out and adds their number to
 * *differences. All return 0, or what the ledger or the data directory answered. */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "record/data_dir.h"
#include "record/ledger.h"

/** What stands of a run's attacks is what was decided with the amendments replayed over it. */
int recount_standing(struct ledger *ledger, const char *run, struct text *out, uint64_t *differences);

/** The day table of a day range holds the sums over its attacks as they stand. */
int recount_day_table(struct ledger *ledger, int64_t from_day, int64_t to_day, struct text *out, uint64_t *differences);

/** Each packet slice a run's attacks name exists and has its digest; observations_digest is that of the attack's sealed row. */
int recount_evidence(struct ledger *ledger, const struct data_dir *dir, const char *run, struct text *out,
                     uint64_t *differences);

/** The observations in a run's coverage are its sealed lines. */
int recount_coverage(struct ledger *ledger, const char *run, struct text *out, uint64_t *differences);

/** The row of a database or list says what its file says. */
void recount_input(const char *run, const struct origin_source *row, const struct origin_source *file, struct text *out,
                   uint64_t *differences);

/** Every file below observations/ of a day range has its row. A run that was counted again leaves files that no row names
 * any more: where there is one, such files are no difference. */
int recount_strays(struct ledger *ledger, const struct data_dir *dir, int64_t from_day, int64_t to_day,
                   struct text *out, uint64_t *differences);
