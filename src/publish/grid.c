#include "publish/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "publish/print.h"

enum { GAP = 2, CUT_MIN = 8 };

struct sign {
	const char *utf8, *ascii, *colour;
};

static const struct sign signs[PATH_COUNT] = {
	[PATH_SPOOFABLE] = { "░", ".", "\x1b[90m" },     [PATH_REFLECTOR] = { "▒", "~", "\x1b[36m" },
	[PATH_CONFIRMED] = { "█", "#", "\x1b[34m" },     [PATH_PROXIED] = { "▓", "%", "\x1b[33m" },
	[PATH_AUTHENTICATED] = { "▆", "@", "\x1b[35m" },
};

/* Strongest evidence first. */
static const enum path_status bar_order[PATH_COUNT] = { PATH_AUTHENTICATED, PATH_CONFIRMED, PATH_PROXIED,
	                                                PATH_REFLECTOR, PATH_SPOOFABLE };

unsigned grid_width(const struct style *style)
{
	unsigned n = style->columns == 0 ? STYLE_COLUMNS : style->columns;

	return n < STYLE_COLUMNS_MIN ? STYLE_COLUMNS_MIN : n > STYLE_COLUMNS_MAX ? STYLE_COLUMNS_MAX : n;
}

void grid_init(struct grid *t, unsigned columns, unsigned right)
{
	check(columns > 0 && columns <= GRID_COLUMNS_MAX);
	*t = (struct grid){ .columns = columns, .right = right };
}

void grid_fini(struct grid *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	for (size_t i = 0; i < t->size / t->columns; i++)
		free(t->tails[i]);
	free(t->cells);
	free(t->tails);
	*t = (struct grid){ 0 };
}

static bool reserve(struct grid *t)
{
	if (t->failed)
		return false;
	if (t->count < t->size)
		return true;
	size_t rows = t->size == 0 ? 16 : 2 * t->size / t->columns;
	char **cells = realloc(t->cells, rows * t->columns * sizeof(*cells));
	t->cells = cells != NULL ? cells : t->cells;
	char **tails = cells != NULL ? realloc(t->tails, rows * sizeof(*tails)) : NULL;
	if (tails == NULL) {
		t->failed = true;
		return false;
	}
	t->tails = tails;
	for (size_t i = t->size / t->columns; i < rows; i++)
		tails[i] = NULL;
	t->size = rows * t->columns;
	return true;
}

void grid_cell(struct grid *t, const char *raw)
{
	struct text cell = { 0 };

	if (!reserve(t))
		return;
	escape_addz(&cell, ESCAPE_TERMINAL, raw);
	char *made = text_take(&cell);
	if (made == NULL)
		t->failed = true;
	else
		t->cells[t->count++] = made;
}

void grid_count(struct grid *t, uint64_t n)
{
	char buf[PRINT_MAX];

	grid_cell(t, print_count(n, buf));
}

void grid_tail(struct grid *t, struct text *text)
{
	char *made = text_take(text);

	if (made == NULL || t->failed) {
		t->failed = true;
		free(made);
		return;
	}
	check(t->count > 0 && t->count % t->columns == 0);
	t->tails[t->count / t->columns - 1] = made;
}

static void measure(const struct grid *t, size_t widths[static GRID_COLUMNS_MAX])
{
	for (size_t i = 0; i < t->count; i++) {
		size_t n = escape_columns(t->cells[i]);
		if (n > widths[i % t->columns])
			widths[i % t->columns] = n;
	}
}

/* Take what is too much from the widest left-aligned column. */
static void shrink(const struct grid *t, size_t most, size_t widths[static GRID_COLUMNS_MAX])
{
	size_t total = 0, widest = 0, width = 0;

	for (unsigned i = 0; i < t->columns; i++) {
		total += widths[i] + (i > 0 ? GAP : 0);
		if (!(t->right & 1u << i) && widths[i] > width) {
			widest = i;
			width = widths[i];
		}
	}
	if (total > most && width > CUT_MIN)
		widths[widest] = width > total - most + CUT_MIN ? width - (total - most) : CUT_MIN;
}

static void blanks(struct text *out, size_t n)
{
	while (n-- > 0)
		text_add(out, " ");
}

/* As many whole characters as fit. Returns the columns taken. */
static size_t add_fitting(struct text *out, const char *cell, size_t width, bool ascii)
{
	if (escape_columns(cell) <= width) {
		text_add(out, cell);
		return escape_columns(cell);
	}
	const char *ellipsis = ascii ? "~" : "…";
	size_t n = 0, len = 0, bytes = strlen(cell);
	while (len < bytes) {
		uint32_t code;
		size_t step = escape_utf8_next((const uint8_t *)cell + len, bytes - len, &code);
		char one[8] = "";
		memcpy(one, cell + len, step);
		if (n + escape_columns(one) > width - 1)
			break;
		n += escape_columns(one);
		len += step;
	}
	text_add_bytes(out, cell, len);
	text_add(out, ellipsis);
	return n + 1;
}

static void print_row(const struct grid *t, size_t row, const size_t widths[static GRID_COLUMNS_MAX],
                      const struct style *style, struct text *out)
{
	const char *tail = t->tails[row];

	for (unsigned i = 0; i < t->columns; i++) {
		const char *cell = t->cells[row * t->columns + i];
		size_t columns = escape_columns(cell);
		bool right = (t->right & 1u << i) != 0, last = i + 1 == t->columns && tail == NULL;
		if (i > 0)
			blanks(out, GAP);
		if (right && columns < widths[i])
			blanks(out, widths[i] - columns);
		size_t taken = add_fitting(out, cell, widths[i], style->ascii);
		if (!right && !last && taken < widths[i])
			blanks(out, widths[i] - taken);
	}
	if (tail != NULL) {
		blanks(out, GAP);
		text_add(out, tail);
	}
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	text_add(out, "\n");
}

static void print_underline(const struct grid *t, const size_t widths[static GRID_COLUMNS_MAX], unsigned indent,
                            const struct style *style, struct text *out)
{
	blanks(out, indent);
	for (unsigned i = 0; i < t->columns; i++) {
		if (i > 0)
			blanks(out, GAP);
		for (size_t k = 0; k < widths[i]; k++)
			text_add(out, style->ascii ? "-" : "─");
	}
	text_add(out, "\n");
}

void grid_print(const struct grid *t, const struct style *style, unsigned indent, struct text *out)
{
	size_t widths[GRID_COLUMNS_MAX] = { 0 };

	if (t->failed) {
		out->failed = true;
		return;
	}
	check(t->count % t->columns == 0);
	measure(t, widths);
	shrink(t, grid_width(style) - indent, widths);
	for (size_t row = 0; row < t->count / t->columns; row++) {
		blanks(out, indent);
		print_row(t, row, widths, style, out);
		if (row == 0)
			print_underline(t, widths, indent, style, out);
	}
}

void grid_paragraph(const struct style *style, const char *first, const char *raw, struct text *out)
{
	struct text words = { 0 };
	size_t indent = escape_columns(first), at = indent, width = grid_width(style);

	escape_addz(&words, ESCAPE_TERMINAL, raw);
	text_add(out, first);
	for (const char *p = text_get(&words); *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		char *word = strndup(p, len);
		size_t columns = word != NULL ? escape_columns(word) : 0;
		if (at > indent && at + 1 + columns > width) {
			text_add(out, "\n");
			blanks(out, indent);
			at = indent;
		} else if (at > indent) {
			text_add(out, " ");
			at++;
		}
		text_add_bytes(out, p, len);
		out->failed |= word == NULL;
		free(word);
		at += columns;
		p += len;
	}
	text_add(out, "\n");
	out->failed |= words.failed;
	text_fini(&words);
}

static void add_stretch(const struct style *style, const struct sign *sign, uint64_t n, struct text *out)
{
	if (n == 0)
		return;
	if (style->colour)
		text_add(out, sign->colour);
	while (n-- > 0)
		text_add(out, style->ascii ? sign->ascii : sign->utf8);
	if (style->colour)
		text_add(out, "\x1b[0m");
}

void grid_bar(const struct style *style, const uint64_t path[static PATH_COUNT], uint64_t most, unsigned width,
              struct text *out)
{
	uint64_t sum = 0, drawn = 0;

	/* Ends are rounded, not lengths, so that the whole is as long as its sum; what is not nothing shows. */
	for (int i = 0; i < PATH_COUNT; i++) {
		uint64_t n = path[bar_order[i]];
		sum += n;
		uint64_t end = most > 0 ? (uint64_t)((double)sum * width / (double)most + .5) : 0;
		if (n > 0 && end <= drawn && drawn < width)
			end = drawn + 1;
		if (end > width)
			end = width;
		if (end > drawn) {
			add_stretch(style, &signs[bar_order[i]], end - drawn, out);
			drawn = end;
		}
	}
}

void grid_bar_sign(const struct style *style, enum path_status path, struct text *out)
{
	add_stretch(style, &signs[path], 3, out);
}

void grid_rule(const struct style *style, unsigned columns, bool heavy, struct text *out)
{
	const char *piece = style->ascii ? (heavy ? "=" : "-") : heavy ? "━" : "─";

	while (columns-- > 0)
		text_add(out, piece);
	text_add(out, "\n");
}

void grid_strong(const struct style *style, const char *raw, struct text *out)
{
	if (style->colour)
		text_add(out, "\x1b[1m");
	escape_addz(out, ESCAPE_TERMINAL, raw);
	if (style->colour)
		text_add(out, "\x1b[0m");
}
