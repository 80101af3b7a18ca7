/* grid.h - aligned columns, bars and wrapped paragraphs for a terminal. Cells are escaped here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "model/words.h"
#include "publish/style.h"

enum { GRID_COLUMNS_MAX = 12 };

/** Rows of cells, the first of them the head. Filled cell by cell, row after row. */
struct grid {
	unsigned columns;
	unsigned right; /* bit (1 << column): aligned to the right */
	char **cells;   /* escaped, owned */
	char **tails;   /* one a row: printed behind it as it is, NULL none. owned */
	size_t count, size;
	bool failed;
};

void grid_init(struct grid *t, unsigned columns, unsigned right);
void grid_fini(struct grid *t);

/** The next cell: any bytes. */
void grid_cell(struct grid *t, const char *raw);
void grid_count(struct grid *t, uint64_t n);

/** What stands behind the row whose last cell was just added: a bar, a note, fit for the terminal already. Taken from
 * text, which is empty afterwards. */
void grid_tail(struct grid *t, struct text *text);

/** Print with indent blanks in front. A cell too wide for the style's columns is cut, with an ellipsis, in the widest
 * column that is not aligned to the right. Column heads are underlined. */
void grid_print(const struct grid *t, const struct style *style, unsigned indent, struct text *out);

/** Width to lay out for. */
unsigned grid_width(const struct style *style);

/** Append a paragraph of raw text, escaped, wrapped to the style's columns; first stands before its first line (already
 * fit for the terminal), further lines are indented by as many columns. */
void grid_paragraph(const struct style *style, const char *first, const char *raw, struct text *out);

/** Append a bar of width characters for most: one stretch for each path status, strongest evidence first. */
void grid_bar(const struct style *style, const uint64_t path[static PATH_COUNT], uint64_t most, unsigned width,
              struct text *out);

/** Append the sign a bar uses for a path status, three times. */
void grid_bar_sign(const struct style *style, enum path_status path, struct text *out);

/** Append n rules' worth of a horizontal line and a newline. */
void grid_rule(const struct style *style, unsigned columns, bool heavy, struct text *out);

/** Append raw text, escaped, emphasised where the style has colours. */
void grid_strong(const struct style *style, const char *raw, struct text *out);
