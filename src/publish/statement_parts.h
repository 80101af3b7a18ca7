/* statement_parts.h - the parts of statement_build() that live in files of their own. */
#pragma once

#include "publish/statement.h"

/** Count one attack into a row. */
void statement_row_add(struct statement_row *row, const struct record *record);

/** Fill hours (already allocated and zeroed), coverage, doubtful, sensors and at_least. Returns 0 or -ENOMEM. */
int statement_coverage_build(const struct statement_input *input, struct statement *st);

/** Fill inputs, inputs_digest, rule and rules. Returns 0 or -ENOMEM. */
int statement_inputs_build(const struct statement_input *input, struct statement *st);
