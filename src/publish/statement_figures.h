/* statement_figures.h - the pictures of the HTML statement: inline SVG without scripts, fonts or fixed widths. */
#pragma once

#include "base/text.h"
#include "publish/sentences.h"
#include "publish/statement.h"

enum { STATEMENT_FIGURES_TERRITORIES = 12 /* bars with a name of their own, beside ZZ */ };

/** The hatchings all pictures share; once, before the first. */
void statement_figures_patterns(struct text *out);

/** One bar for each territory, stacked by path; ZZ last, what has no bar of its own before it. */
void statement_figures_territories(const struct statement *st, const struct sentences *s, struct text *out);

/** One column for each hour or day, stacked by path, hatched where not fully seen. */
void statement_figures_time(const struct statement *st, const struct sentences *s, struct text *out);

/** A thin stacked bar beside a figure that is also printed: hidden from screen readers. */
void statement_figures_mini(const uint64_t path[static PATH_COUNT], uint64_t most, struct text *out);

/** A thin bar for a share in [0, 1]. */
void statement_figures_share(double share, struct text *out);

/** A square in a path's colour. */
void statement_figures_swatch(const char *name, struct text *out);
