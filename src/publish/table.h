/* table.h - aligned columns, bars and wrapped paragraphs for a terminal. Cells are escaped here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "model/words.h"
#include "publish/style.h"

enum { TABLE_COLUMNS_MAX = 12 };

/** Rows of cells, the first of them the head. Filled cell by cell, row after row. */
struct table {
	unsigned columns;
	unsigned right; /* bit (1 << column): aligned to the right */
	char **cells;   /* escaped, owned */
	char **tails;   /* one a row: printed behind it as it is, NULL none. owned */
	size_t count, size;
	bool failed;
};

void table_init(struct table *t, unsigned columns, unsigned right);
void table_fini(struct table *t);

/** The next cell: any bytes. */
void table_cell(struct table *t, const char *raw);
void table_count(struct table *t, uint64_t n);

/** What stands behind the row whose last cell was just added: a bar, a note, fit for the terminal already. Taken from
 * text, which is empty afterwards. */
void table_tail(struct table *t, struct text *text);

/** Print with indent blanks in front. A cell too wide for the style's columns is cut, with an ellipsis, in the widest
 * column that is not aligned to the right. Column heads are underlined. */
void table_print(const struct table *t, const struct style *style, unsigned indent, struct text *out);

/** Width to lay out for. */
unsigned table_width(const struct style *style);

/** Append a paragraph of raw text, escaped, wrapped to the style's columns; first stands before its first line (already
 * fit for the terminal), further lines are indented by as many columns. */
void table_paragraph(const struct style *style, const char *first, const char *raw, struct text *out);

/** Append a bar of width characters for most: one stretch for each path status, strongest evidence first. */
void table_bar(const struct style *style, const uint64_t path[static PATH_COUNT], uint64_t most, unsigned width,
               struct text *out);

/** Append the sign a bar uses for a path status, three times. */
void table_bar_sign(const struct style *style, enum path_status path, struct text *out);

/** Append n rules' worth of a horizontal line and a newline. */
void table_rule(const struct style *style, unsigned columns, bool heavy, struct text *out);

/** Append raw text, escaped, emphasised where the style has colours. */
void table_strong(const struct style *style, const char *raw, struct text *out);
