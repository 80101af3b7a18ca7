/* statement_text.h - the statement for a terminal. */
#pragma once

#include "base/text.h"
#include "publish/sentences.h"
#include "publish/statement.h"
#include "publish/style.h"

/** Append the statement as lines of text. Everything from outside is escaped; without memory out->failed is set. */
void statement_text(const struct statement *st, const struct sentences *sentences, const struct style *style,
                    struct text *out);
