/* statement_html.h - the statement as one page that needs nothing else: no scripts, no fonts, no network. */
#pragma once

#include "base/text.h"
#include "publish/sentences.h"
#include "publish/statement.h"

/** Append an HTML document with its own strict Content-Security-Policy. Everything from outside is escaped; without
 * memory out->failed is set. */
void statement_html(const struct statement *st, const struct sentences *sentences, struct text *out);
