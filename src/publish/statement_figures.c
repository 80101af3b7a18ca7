#include "publish/statement_figures.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/utc.h"
#include "publish/print.h"
#include "publish/statement_time.h"
#include "publish/statement_words.h"
#include "publish/territory.h"

enum { ROW = 44, BAR_AT = 22, BAR_HEIGHT = 14, TIME_TOP = 14, TIME_HEIGHT = 190, TIME_LABELS = 22 };

/* Strongest evidence first, as in every bar. */
static const enum path_status bar_order[PATH_COUNT] = { PATH_AUTHENTICATED, PATH_CONFIRMED, PATH_PROXIED,
	                                                PATH_REFLECTOR, PATH_SPOOFABLE };

static double percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

static void text_at(struct text *out, const char *x, int y, const char *attributes, const char *raw)
{
	text_addf(out, "<text x=\"%s\" y=\"%d\"%s>", x, y, attributes);
	escape_addz(out, ESCAPE_HTML, raw);
	text_add(out, "</text>");
}

void statement_figures_patterns(struct text *out)
{
	text_add(out, "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>"
	              "<pattern id=\"forged\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
	              "patternTransform=\"rotate(45)\"><rect class=\"forged-paper\" width=\"6\" height=\"6\"/>"
	              "<line class=\"forged-line\" x1=\"2\" y1=\"0\" x2=\"2\" y2=\"6\"/></pattern>"
	              "<pattern id=\"doubt\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
	              "patternTransform=\"rotate(-45)\"><line class=\"doubt-line\" x1=\"4\" y1=\"0\" x2=\"4\" "
	              "y2=\"8\"/></pattern></defs></svg>\n");
}

static void stacked(const uint64_t path[static PATH_COUNT], uint64_t most, int y, int height, struct text *out)
{
	uint64_t before = 0;

	for (int i = 0; i < PATH_COUNT; i++) {
		uint64_t n = path[bar_order[i]];
		if (n == 0)
			continue;
		text_addf(out, "<rect class=\"%s\" x=\"%.3f%%\" y=\"%d\" width=\"%.3f%%\" height=\"%d\"/>",
		          path_status_name(bar_order[i]), percent(before, most), y, percent(n, most), height);
		before += n;
	}
}

/* The rows drawn: the largest, the sum of the others, ZZ. */
struct bars {
	struct statement_row rows[STATEMENT_FIGURES_TERRITORIES + 2];
	size_t count, others; /* territories in the row without a name */
	uint64_t most;
};

static void add_row(struct statement_row *to, const struct statement_row *from)
{
	to->attacks += from->attacks;
	for (int i = 0; i < PATH_COUNT; i++)
		to->path[i] += from->path[i];
}

static void choose_bars(const struct statement_table *t, struct bars *bars)
{
	size_t stated = t->count;

	if (stated > 0 && strcmp(t->rows[stated - 1].name, "ZZ") == 0)
		stated--;
	size_t named = stated <= STATEMENT_FIGURES_TERRITORIES ? stated : STATEMENT_FIGURES_TERRITORIES - 1;
	for (size_t i = 0; i < named; i++)
		bars->rows[bars->count++] = t->rows[i];
	for (size_t i = named; i < stated; i++)
		add_row(&bars->rows[bars->count], &t->rows[i]);
	bars->others = stated - named;
	bars->count += bars->others > 0;
	if (stated < t->count)
		bars->rows[bars->count++] = t->rows[stated];
	for (size_t i = 0; i < bars->count; i++)
		bars->most = bars->rows[i].attacks > bars->most ? bars->rows[i].attacks : bars->most;
}

static void bar_name(const struct bars *bars, size_t i, const struct sentences *s, struct text *out)
{
	const char *name = bars->rows[i].name;
	char n[PRINT_MAX];

	if (name[0] == '\0')
		SENTENCES_SAY(s, SENTENCE_LABEL_OTHERS, bars->others, out, { "n", print_count(bars->others, n) });
	else if (strcmp(name, "ZZ") == 0)
		text_addf(out, "ZZ  %s", sentences_get(s, SENTENCE_LABEL_UNSTATED));
	else
		text_addf(out, "%s  %s", name, territory_name(name) != NULL ? territory_name(name) : "");
}

static void open_figure(const char *id, const char *title, const struct text *summary, size_t height, struct text *out)
{
	text_addf(out,
	          "<svg role=\"img\" aria-labelledby=\"%s-title %s-summary\" width=\"100%%\" height=\"%zu\">"
	          "<title id=\"%s-title\">",
	          id, id, height, id);
	escape_addz(out, ESCAPE_HTML, title);
	text_addf(out, "</title><desc id=\"%s-summary\">", id);
	escape_addz(out, ESCAPE_HTML, text_get(summary));
	text_add(out, "</desc>\n");
}

static void summarize_bars(const struct bars *bars, const struct sentences *s, struct text *out)
{
	struct text name = { 0 };
	size_t longest = 0;
	char n[PRINT_MAX], rows[PRINT_MAX];

	for (size_t i = 1; i < bars->count; i++)
		longest = bars->rows[i].attacks > bars->rows[longest].attacks ? i : longest;
	bar_name(bars, longest, s, &name);
	SENTENCES_SAY(s, SENTENCE_FIGURE_TERRITORY, 1, out, { "n", print_count(bars->count, rows) },
	              { "name", text_get(&name) }, { "count", print_count(bars->most, n) });
	out->failed |= name.failed;
	text_fini(&name);
}

void statement_figures_territories(const struct statement *st, const struct sentences *s, struct text *out)
{
	struct bars bars = { 0 };
	struct text t = { 0 };
	char n[PRINT_MAX];

	choose_bars(&st->territories, &bars);
	summarize_bars(&bars, s, &t);
	open_figure("territories", sentences_get(s, SENTENCE_HEADING_TERRITORY), &t, bars.count * ROW, out);
	for (size_t i = 0; i < bars.count; i++) {
		int y = (int)i * ROW;
		text_reset(&t);
		bar_name(&bars, i, s, &t);
		text_at(out, "0", y + 15, "", text_get(&t));
		text_at(out, "100%", y + 15, " text-anchor=\"end\"", print_count(bars.rows[i].attacks, n));
		stacked(bars.rows[i].path, bars.most, y + BAR_AT, BAR_HEIGHT, out);
		text_add(out, "\n");
	}
	text_add(out, "</svg>\n");
	out->failed |= t.failed;
	text_fini(&t);
}

/* The least of 1, 2, 5, 10, 20, 50 ... that is no smaller: where the scale ends. */
static uint64_t round_up(uint64_t n)
{
	uint64_t unit = 1;

	while (unit <= UINT64_MAX / 100) {
		if (n <= unit)
			return unit;
		if (n <= 2 * unit)
			return 2 * unit;
		if (n <= 5 * unit)
			return 5 * unit;
		unit *= 10;
	}
	return n;
}

static int time_y(uint64_t n, uint64_t scale)
{
	return TIME_TOP + TIME_HEIGHT - (int)(percent(n, scale) * TIME_HEIGHT / 100 + .5);
}

static void time_scale(uint64_t scale, struct text *out)
{
	char n[PRINT_MAX];

	for (uint64_t half = scale > 1 ? 1 : 2; half <= 2; half++) {
		uint64_t value = scale / 2 * half + (half == 2 ? scale % 2 : 0);
		int y = time_y(value, scale);
		text_addf(out, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", y, y);
		text_at(out, "0", y - 4, " class=\"soft\"", print_count(value, n));
	}
}

static void time_column(const struct statement_hour *h, size_t i, size_t count, uint64_t scale, struct text *out)
{
	double width = 100.0 / (double)count, x = width * (double)i;
	uint64_t below = 0;

	for (int k = 0; k < PATH_COUNT; k++) {
		uint64_t n = h->path[bar_order[k]];
		if (n == 0)
			continue;
		int bottom = time_y(below, scale), top = time_y(below + n, scale);
		text_addf(out, "<rect class=\"%s\" x=\"%.3f%%\" y=\"%d\" width=\"%.3f%%\" height=\"%d\"/>",
		          path_status_name(bar_order[k]), x + width * .12, top, width * .76,
		          bottom > top ? bottom - top : 1);
		below += n;
	}
}

static void time_label(const struct statement *st, const struct statement_hour *h, size_t i, size_t count,
                       struct text *out)
{
	size_t step = statement_time_daily(st) ? (count + 7) / 8 : count > 24 ? 6 : 3;
	char time[UTC_TEXT_MAX], x[32];

	if (i % step != 0)
		return;
	utc_format_people(h->hour_us, time);
	time[statement_time_daily(st) ? 10 : 13] = '\0';
	(void)snprintf(x, sizeof(x), "%.3f%%", 100.0 / (double)count * ((double)i + .12));
	text_at(out, x, TIME_TOP + TIME_HEIGHT + 16, " class=\"soft\"", time + (statement_time_daily(st) ? 5 : 11));
}

static void time_doubt(const struct statement_hour *h, size_t i, size_t count, struct text *out)
{
	double width = 100.0 / (double)count;

	if (h->doubt != 0)
		text_addf(out, "<rect class=\"doubtful\" x=\"%.3f%%\" y=\"%d\" width=\"%.3f%%\" height=\"%d\"/>",
		          width * (double)i, TIME_TOP, width, TIME_HEIGHT);
}

static void summarize_time(const struct statement *st, const struct sentences *s, uint64_t *ret_most, struct text *out)
{
	size_t count = statement_time_count(st), tallest = 0;
	char time[UTC_TEXT_MAX], n[PRINT_MAX], columns[PRINT_MAX];

	*ret_most = 0;
	for (size_t i = 0; i < count; i++) {
		struct statement_hour h = statement_time_column(st, i);
		if (h.attacks <= *ret_most)
			continue;
		*ret_most = h.attacks;
		tallest = i;
	}
	utc_format_people(statement_time_column(st, tallest).hour_us, time);
	SENTENCES_SAY(s, SENTENCE_FIGURE_HOURS, 1, out, { "n", print_count(count, columns) }, { "time", time },
	              { "count", print_count(*ret_most, n) });
}

void statement_figures_time(const struct statement *st, const struct sentences *s, struct text *out)
{
	size_t count = statement_time_count(st);
	struct text summary = { 0 };
	uint64_t most = 0;

	summarize_time(st, s, &most, &summary);
	uint64_t scale = round_up(most);
	open_figure("time", sentences_get(s, statement_time_daily(st) ? SENTENCE_HEADING_DAYS : SENTENCE_HEADING_HOURS),
	            &summary, TIME_TOP + TIME_HEIGHT + TIME_LABELS, out);
	for (size_t i = 0; i < count; i++) {
		struct statement_hour h = statement_time_column(st, i);
		time_doubt(&h, i, count, out);
	}
	time_scale(scale, out);
	for (size_t i = 0; i < count; i++) {
		struct statement_hour h = statement_time_column(st, i);
		time_column(&h, i, count, scale, out);
		time_label(st, &h, i, count, out);
	}
	text_addf(out, "<line class=\"base\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/></svg>\n",
	          TIME_TOP + TIME_HEIGHT, TIME_TOP + TIME_HEIGHT);
	out->failed |= summary.failed;
	text_fini(&summary);
}

void statement_figures_mini(const uint64_t path[static PATH_COUNT], uint64_t most, struct text *out)
{
	text_add(out, "<svg class=\"mini\" width=\"100%\" height=\"6\" aria-hidden=\"true\">");
	stacked(path, most, 0, 6, out);
	text_add(out, "</svg>");
}

void statement_figures_share(double share, struct text *out)
{
	text_addf(out,
	          "<svg class=\"mini\" width=\"100%%\" height=\"5\" aria-hidden=\"true\"><rect class=\"track\" "
	          "width=\"100%%\" height=\"5\"/><rect class=\"fill\" width=\"%.2f%%\" height=\"5\"/></svg>",
	          share < 0   ? 0
	          : share > 1 ? 100
	                      : 100 * share);
}

void statement_figures_swatch(const char *name, struct text *out)
{
	text_addf(
	        out,
	        "<svg width=\"22\" height=\"14\" aria-hidden=\"true\"><rect class=\"%s\" width=\"22\" height=\"14\"/></svg>",
	        name);
}
