/* day_cells.h - sums of attacks by everything a statement sorts by; also differences of such sums, which may be negative
 * (kept in two's complement). Grows with the number of different cells, which the words bound. */
#pragma once

#include "record/ledger.h"

struct day_cells {
	struct day_total *cells; /* open addressing, unused ones have attacks and observations 0 and used[] unset */
	bool *used;
	size_t size; /* power of two, or 0 */
	size_t count;
};

void day_cells_fini(struct day_cells *cells);

/** The cell a record falls into, with its sums. */
struct day_total day_total_of(const struct record *record);

/** Add total's sums to its cell; with sign -1, take them away. Returns 0 or -ENOMEM. */
int day_cells_add(struct day_cells *cells, const struct day_total *total, int sign);

/** Forget all. */
void day_cells_reset(struct day_cells *cells);

/** Call each() for every cell of the day range that holds attacks, in the order of fields_day_total. Returns 0, -ENOMEM or
 * what each() returned. */
int day_cells_each(const struct day_cells *cells, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
                   void *context);
