/* attacks.h - lists of attacks: a table row for people, one JSON object a line for programs and for adding up by hand. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "model/record.h"
#include "publish/style.h"

/** Append the line with the names of the columns. */
void attacks_text_head(const struct style *style, struct text *out);

/** Append one line; what the headline does not count carries its status or direction behind the target. */
void attacks_text(const struct record *record, const struct style *style, struct text *out);

/** Append one line of JSON, ASCII, keys sorted, with every field the statement counts by. "counted" true means: in the
 * headline of the statement of "day". Returns 0 or -ENOMEM. */
int attacks_json(const struct record *record, struct text *out);
