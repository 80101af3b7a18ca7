/* statement_json.h - the statement for programs; what statement_diff() reads back. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "publish/sentences.h"
#include "publish/statement.h"

/** Append one JSON object and a newline: ASCII only, keys sorted, the same bytes for the same statement. indent: for
 * reading, else one line. sentences NULL leaves out the member "sentences". Returns 0 or -ENOMEM. */
int statement_json(const struct statement *st, const struct sentences *sentences, bool indent, struct text *out);
