#include "publish/statement_html.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/escape.h"
#include "base/utc.h"
#include "publish/print.h"
#include "publish/statement_figures.h"
#include "publish/statement_style.h"
#include "publish/statement_time.h"
#include "publish/statement_words.h"
#include "publish/territory.h"

enum { ROWS_MAX = 25 };

/* What every part of the page needs. */
struct page {
	const struct statement *st;
	const struct sentences *s;
	struct text *out;
};

/* Our own markup; raw() for everything else. */
static void add(const struct page *p, const char *markup)
{
	text_add(p->out, markup);
}

static void raw(const struct page *p, const char *text)
{
	escape_addz(p->out, ESCAPE_HTML, text);
}

static const char *word(const struct page *p, enum sentence_id id)
{
	return sentences_get(p->s, id);
}

static void element(const struct page *p, const char *tag, const char *attributes, const char *text)
{
	text_addf(p->out, "<%s%s>", tag, attributes);
	raw(p, text);
	text_addf(p->out, "</%s>", tag);
}

static void number(const struct page *p, const char *tag, const char *attributes, uint64_t n)
{
	char buf[PRINT_MAX];

	element(p, tag, attributes, print_count(n, buf));
}

/* A cell of a figure; nothing is printed softly, so that the eye finds what is there. */
static void figure_cell(const struct page *p, uint64_t n)
{
	number(p, "td", n == 0 ? " class=\"n nil\"" : " class=\"n\"", n);
}

static void open_section(const struct page *p, enum sentence_id heading)
{
	add(p, "<section>\n");
	element(p, "h2", "", word(p, heading));
	add(p, "\n");
}

static void add_sentence(void *context, const char *sentence)
{
	const struct page *p = context;

	element(p, "li", "", sentence);
	add(p, "\n");
}

static void sentences_list(const struct page *p, enum statement_words_part part, const char *classes)
{
	struct page copy = *p;
	size_t before = p->out->len, begin;

	text_addf(p->out, "<ul class=\"%s\">\n", classes);
	begin = p->out->len;
	statement_words_each(p->st, p->s, part, add_sentence, &copy);
	if (p->out->len == begin && !p->out->failed)
		p->out->data[p->out->len = before] = '\0';
	else
		add(p, "</ul>\n");
}

/* CSP wants the style's hash in base64. */
static void style_hash(struct text *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct digest d;
	char base64[45];
	size_t n = 0;

	digest_sha256(statement_style, strlen(statement_style), &d);
	for (size_t i = 0; i < SHA256_SIZE; i += 3) {
		unsigned v = (unsigned)d.bytes[i] << 16 | (i + 1 < SHA256_SIZE ? (unsigned)d.bytes[i + 1] << 8 : 0) |
		             (i + 2 < SHA256_SIZE ? d.bytes[i + 2] : 0);
		for (unsigned k = 0; k < 4; k++)
			base64[n++] = i + k > SHA256_SIZE ? '=' : digits[v >> (18 - 6 * k) & 63];
	}
	base64[n] = '\0';
	text_addf(out, "sha256-%s", base64);
}

static void title(const struct page *p, struct text *out)
{
	SENTENCES_SAY(p->s, SENTENCE_TITLE, 1, out, { "estate", statement_words_estate(p->st, p->s) });
}

static void document_head(const struct page *p)
{
	struct text t = { 0 };

	title(p, &t);
	text_add(&t, ", ");
	statement_words_when(p->st, p->s, &t);
	add(p, "<!DOCTYPE html>\n<html lang=\"");
	raw(p, word(p, SENTENCE_LANGUAGE));
	add(p, "\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\""
	       "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '");
	style_hash(p->out);
	add(p, "'\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	       "<meta name=\"referrer\" content=\"no-referrer\"/>\n");
	element(p, "title", "", text_get(&t));
	add(p, "\n<style>");
	add(p, statement_style);
	add(p, "</style>\n</head>\n");
	p->out->failed |= t.failed;
	text_fini(&t);
}

static void fact(const struct page *p, enum sentence_id label, const char *attributes, const char *value)
{
	add(p, "<div>");
	element(p, "dt", "", word(p, label));
	element(p, "dd", attributes, value);
	add(p, "</div>\n");
}

static void coverage_words(const struct page *p, struct text *out)
{
	const struct statement_hour *c = &p->st->coverage;
	char seen[PRINT_MAX], expected[PRINT_MAX], lost[PRINT_MAX], packets[PRINT_MAX], share[PRINT_MAX];

	SENTENCES_SAY(p->s, SENTENCE_COVERAGE_MINUTES, 1, out, { "seen", print_minutes(c->seen_us, seen) },
	              { "expected", print_minutes(c->expected_us, expected) });
	text_add(out, " ");
	SENTENCES_SAY(p->s, SENTENCE_COVERAGE_LOSS, 1, out, { "lost", print_count(c->lost_packets, lost) },
	              { "packets", print_count(c->packets + c->lost_packets, packets) },
	              { "share", print_share(c->lost_packets, c->packets + c->lost_packets, share) });
}

static void facts(const struct page *p)
{
	struct text coverage = { 0 };
	char time[UTC_TEXT_MAX];

	coverage_words(p, &coverage);
	add(p, "<dl class=\"facts\">\n");
	fact(p, SENTENCE_LABEL_RULE, " class=\"mono\"", p->st->rule[0] != '\0' ? p->st->rule : "-");
	fact(p, SENTENCE_LABEL_COVERAGE, "", text_get(&coverage));
	fact(p, SENTENCE_LABEL_INPUTS, " class=\"mono\"", p->st->inputs_digest);
	if (p->st->now_us != 0)
		fact(p, SENTENCE_LABEL_MADE, "", utc_format_people(p->st->now_us, time));
	add(p, "</dl>\n");
	p->out->failed |= coverage.failed;
	text_fini(&coverage);
}

static void hero(const struct page *p)
{
	struct text t = { 0 };

	add(p, "<header class=\"top\">\n");
	title(p, &t);
	element(p, "h1", "", text_get(&t));
	text_reset(&t);
	statement_words_when(p->st, p->s, &t);
	element(p, "p", " class=\"when\"", text_get(&t));
	add(p, "\n<div class=\"hero\">\n<p>");
	if (p->st->at_least) {
		element(p, "span", " class=\"least\"", word(p, SENTENCE_HEADLINE_LEAST));
		add(p, " ");
	}
	number(p, "span", " class=\"number\"", p->st->attacks);
	text_reset(&t);
	SENTENCES_SAY(p->s, SENTENCE_HEADLINE_WORD, p->st->attacks, &t, { "", "" });
	add(p, " ");
	element(p, "span", " class=\"unit\"", text_get(&t));
	add(p, "</p>\n");
	facts(p);
	add(p, "</div>\n</header>\n");
	p->out->failed |= t.failed;
	text_fini(&t);
}

static void said(const struct page *p)
{
	open_section(p, SENTENCE_HEADING_SAID);
	sentences_list(p, STATEMENT_WORDS_SAID, "said lead");
	sentences_list(p, STATEMENT_WORDS_CARE, "said care");
	add(p, "</section>\n");
}

static void funnel_step(const struct page *p, const char *name, uint64_t n)
{
	number(p, "span", " class=\"value\"", n);
	add(p, " ");
	element(p, "span", " class=\"name\"", name);
}

static void funnel(const struct page *p)
{
	open_section(p, SENTENCE_HEADING_FUNNEL);
	add(p, "<ol class=\"funnel\">\n<li>");
	funnel_step(p, word(p, SENTENCE_LABEL_OBSERVATIONS), p->st->observations);
	add(p, "</li>\n<li>");
	funnel_step(p, word(p, SENTENCE_LABEL_ATTACKS), p->st->attacks);
	add(p, "</li>\n<li><div class=\"split\">");
	for (size_t i = 0; i < p->st->outcomes.count; i++) {
		add(p, "<div>");
		funnel_step(p, p->st->outcomes.rows[i].name, p->st->outcomes.rows[i].attacks);
		add(p, "</div>");
	}
	add(p, "</div></li>\n<li>");
	funnel_step(p, word(p, SENTENCE_LABEL_INCIDENTS), p->st->incidents);
	add(p, "</li>\n</ol>\n</section>\n");
}

static void legend(const struct page *p)
{
	text_addf(p->out, "<ul class=\"legend\" aria-label=\"");
	raw(p, word(p, SENTENCE_FIGURE_PATHS));
	add(p, "\">\n");
	for (int i = 0; i < PATH_COUNT; i++) {
		const char *name = path_status_name((enum path_status)i);
		if (p->st->path[i] == 0)
			continue;
		add(p, "<li>");
		statement_figures_swatch(name, p->out);
		element(p, "b", "", name);
		element(p, "span", "", statement_words_path(p->s, (enum path_status)i));
		add(p, "</li>\n");
	}
	add(p, "</ul>\n");
}

/* A table wider than a phone scrolls by itself, with the keyboard too. */
static void open_table(const struct page *p, enum sentence_id label)
{
	add(p, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
	raw(p, word(p, label));
	add(p, "\">\n<table>\n");
	element(p, "caption", "", word(p, label));
	add(p, "\n<thead><tr>");
}

static void close_table(const struct page *p)
{
	add(p, "</table></div>\n");
}

static void column(const struct page *p, const char *name, bool figures)
{
	element(p, "th", figures ? " scope=\"col\" class=\"n\"" : " scope=\"col\"", name);
}

static void path_columns(const struct page *p)
{
	for (int i = 0; i < PATH_COUNT; i++)
		column(p, path_status_name((enum path_status)i), true);
}

static void path_row(const struct page *p, const char *classes, const char *name, uint64_t attacks,
                     const uint64_t path[static PATH_COUNT])
{
	text_addf(p->out, "<tr%s>", classes);
	element(p, "th", " scope=\"row\"", name);
	figure_cell(p, attacks);
	for (int i = 0; i < PATH_COUNT; i++)
		figure_cell(p, path[i]);
	add(p, "</tr>\n");
}

static void territory_rows(const struct page *p)
{
	const struct statement *st = p->st;
	struct text name = { 0 };

	for (size_t i = 0; i < st->territories.count; i++) {
		const struct statement_row *row = &st->territories.rows[i];
		text_reset(&name);
		text_addf(&name, "%s  %s", row->name,
		          strcmp(row->name, "ZZ") == 0        ? word(p, SENTENCE_LABEL_UNSTATED)
		          : territory_name(row->name) != NULL ? territory_name(row->name)
		                                              : "");
		path_row(p, "", text_get(&name), row->attacks, row->path);
	}
	for (size_t i = 0; i < st->zz_reasons.count; i++) {
		const struct statement_row *row = &st->zz_reasons.rows[i];
		int zz = zz_reason_parse(row->name);
		text_reset(&name);
		text_addf(&name, "%s: %s", row->name,
		          zz > ZZ_STATED ? statement_words_zz(p->s, (enum zz_reason)zz) : "");
		path_row(p, " class=\"part\"", text_get(&name), row->attacks, row->path);
	}
	p->out->failed |= name.failed;
	text_fini(&name);
}

static void territories(const struct page *p)
{
	open_section(p, SENTENCE_HEADING_TERRITORY);
	legend(p);
	if (p->st->attacks > 0) {
		add(p, "<figure>\n");
		statement_figures_territories(p->st, p->s, p->out);
		add(p, "</figure>\n");
	}
	open_table(p, SENTENCE_HEADING_TERRITORY);
	column(p, word(p, SENTENCE_LABEL_TERRITORY), false);
	column(p, word(p, SENTENCE_LABEL_ATTACKS), true);
	path_columns(p);
	add(p, "</tr></thead>\n<tbody>\n");
	territory_rows(p);
	add(p, "</tbody>\n<tfoot>\n");
	path_row(p, "", word(p, SENTENCE_LABEL_TOTAL), p->st->attacks, p->st->path);
	add(p, "</tfoot>\n");
	close_table(p);
	add(p, "</section>\n");
}

static void time_row(const struct page *p, const struct statement_hour *h)
{
	char time[UTC_TEXT_MAX], n[PRINT_MAX];
	struct text count = { 0 };

	utc_format_people(h->hour_us, time);
	time[statement_time_daily(p->st) ? 10 : 16] = '\0';
	SENTENCES_SAY(p->s, h->doubt != 0 ? SENTENCE_COUNT_LEAST : SENTENCE_COUNT_EXACT, h->attacks, &count,
	              { "n", print_count(h->attacks, n) });
	add(p, "<tr>");
	element(p, "th", " scope=\"row\"", time);
	element(p, "td", " class=\"n\"", text_get(&count));
	for (int i = 0; i < PATH_COUNT; i++)
		figure_cell(p, h->path[i]);
	add(p, "</tr>\n");
	text_fini(&count);
}

static void time_section(const struct page *p)
{
	enum sentence_id heading = statement_time_daily(p->st) ? SENTENCE_HEADING_DAYS : SENTENCE_HEADING_HOURS;
	size_t count = statement_time_count(p->st);

	open_section(p, heading);
	add(p, "<figure>\n");
	if (p->st->coverage.doubt != 0)
		element(p, "figcaption", "", word(p, SENTENCE_FIGURE_DOUBT));
	statement_figures_time(p->st, p->s, p->out);
	add(p, "</figure>\n<details>\n");
	element(p, "summary", "", word(p, SENTENCE_LABEL_TABLE));
	add(p, "\n");
	open_table(p, heading);
	column(p, word(p, SENTENCE_LABEL_HOUR), false);
	column(p, word(p, SENTENCE_LABEL_ATTACKS), true);
	path_columns(p);
	add(p, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < count; i++) {
		struct statement_hour h = statement_time_column(p->st, i);
		time_row(p, &h);
	}
	add(p, "</tbody>\n<tfoot>\n");
	path_row(p, "", word(p, SENTENCE_LABEL_TOTAL), p->st->attacks, p->st->path);
	add(p, "</tfoot>\n");
	close_table(p);
	add(p, "</details>\n</section>\n");
}

static void outcome_row(const struct page *p, const char *name, const struct statement_row *row, uint64_t most)
{
	add(p, "<tr><th scope=\"row\">");
	raw(p, name);
	statement_figures_mini(row->path, most, p->out);
	add(p, "</th>");
	figure_cell(p, row->attacks);
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		figure_cell(p, row->outcome[statement_outcome(i)]);
	add(p, "</tr>\n");
}

static void others_row(const struct page *p, const struct statement_table *t, uint64_t most)
{
	struct statement_row rest = { 0 };
	struct text name = { 0 };
	char n[PRINT_MAX];

	for (size_t i = ROWS_MAX; i < t->count; i++) {
		rest.attacks += t->rows[i].attacks;
		for (int k = 0; k < OUTCOME_COUNT; k++)
			rest.outcome[k] += t->rows[i].outcome[k];
		for (int k = 0; k < PATH_COUNT; k++)
			rest.path[k] += t->rows[i].path[k];
	}
	SENTENCES_SAY(p->s, SENTENCE_LABEL_OTHERS, 2, &name, { "n", print_count(t->count - ROWS_MAX, n) });
	outcome_row(p, text_get(&name), &rest, most > rest.attacks ? most : rest.attacks);
	text_fini(&name);
}

static void outcome_table(const struct page *p, enum sentence_id heading, enum sentence_id name,
                          const struct statement_table *t)
{
	uint64_t most = 0;

	for (size_t i = 0; i < t->count; i++)
		most = t->rows[i].attacks > most ? t->rows[i].attacks : most;
	add(p, "<div>\n");
	element(p, "h3", "", word(p, heading));
	open_table(p, heading);
	column(p, word(p, name), false);
	column(p, word(p, SENTENCE_LABEL_ATTACKS), true);
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		column(p, outcome_name(statement_outcome(i)), true);
	add(p, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < t->count && i < ROWS_MAX; i++)
		outcome_row(p, strcmp(t->rows[i].name, "-") == 0 ? word(p, SENTENCE_LABEL_NOT_FLOOD) : t->rows[i].name,
		            &t->rows[i], most);
	if (t->count > ROWS_MAX)
		others_row(p, t, most);
	add(p, "</tbody>\n");
	close_table(p);
	add(p, "</div>\n");
}

static void breakdowns(const struct page *p)
{
	const struct statement *st = p->st;

	open_section(p, SENTENCE_HEADING_OUTCOME);
	add(p, "<div class=\"pairs\">\n");
	outcome_table(p, SENTENCE_HEADING_TARGET, SENTENCE_LABEL_TARGET, &st->target_classes);
	outcome_table(p, SENTENCE_HEADING_ASSET, SENTENCE_LABEL_TARGET, &st->assets);
	outcome_table(p, SENTENCE_HEADING_CLASS, SENTENCE_LABEL_CLASS, &st->classes);
	outcome_table(p, SENTENCE_HEADING_VECTOR, SENTENCE_LABEL_CLASS, &st->vector_groups);
	outcome_table(p, SENTENCE_HEADING_SEVERITY, SENTENCE_LABEL_SEVERITY, &st->severities);
	if (st->directions.count > 0)
		outcome_table(p, SENTENCE_HEADING_DIRECTION, SENTENCE_LABEL_KIND, &st->directions);
	add(p, "</div>\n</section>\n");
}

static void sources(const struct page *p)
{
	struct text t = { 0 };
	char n[PRINT_MAX];

	if (p->st->source_count == 0 && p->st->sources_unnamed == 0)
		return;
	open_section(p, SENTENCE_HEADING_SOURCES);
	element(p, "p", " class=\"note\"", word(p, SENTENCE_SOURCES_NOTE));
	add(p, "<div class=\"few\">\n");
	open_table(p, SENTENCE_HEADING_SOURCES);
	column(p, word(p, SENTENCE_LABEL_TERRITORY), false);
	column(p, word(p, SENTENCE_LABEL_SOURCES), true);
	add(p, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->st->source_count; i++) {
		text_reset(&t);
		territory_say(p->st->sources[i].territory, &t);
		add(p, "<tr>");
		element(p, "th", " scope=\"row\"", text_get(&t));
		figure_cell(p, p->st->sources[i].sources);
		add(p, "</tr>\n");
	}
	add(p, "</tbody>\n");
	close_table(p);
	add(p, "</div>\n");
	if (p->st->sources_unnamed > 0) {
		text_reset(&t);
		SENTENCES_SAY(p->s, SENTENCE_SOURCES_UNNAMED, p->st->sources_unnamed, &t,
		              { "n", print_count(p->st->sources_unnamed, n) });
		element(p, "p", " class=\"note after\"", text_get(&t));
	}
	add(p, "</section>\n");
	p->out->failed |= t.failed;
	text_fini(&t);
}

static void part(const struct page *p, const char *name, double x)
{
	char value[16];

	(void)snprintf(value, sizeof(value), "%.2f", x);
	add(p, "<div>");
	element(p, "dt", "", name);
	add(p, "<dd>");
	raw(p, value);
	statement_figures_share(x, p->out);
	add(p, "</dd></div>");
}

static void labelled(const struct page *p, enum sentence_id label, const char *value, struct text *out)
{
	text_addf(out, "%s%s %s", out->len > 0 ? " · " : "", word(p, label), value);
}

static void worst_one(const struct page *p, const struct record *r)
{
	const struct attack *a = &r->attack;
	const struct aggressiveness *g = &a->aggressiveness;
	struct text t = { 0 };
	char buf[PRINT_MAX], time[UTC_TEXT_MAX];

	text_addf(&t, "%s · %s", attack_class_name(a->class), a->asset);
	add(p, "<li>\n<div>");
	number(p, "span", " class=\"value\"", g->value);
	element(p, "span", " class=\"name\"", "/ 100");
	add(p, "</div>\n<div>");
	element(p, "h3", "", text_get(&t));
	text_reset(&t);
	(void)snprintf(buf, sizeof(buf), "%u", a->severity);
	labelled(p, SENTENCE_LABEL_SEVERITY, buf, &t);
	labelled(p, SENTENCE_LABEL_OUTCOME, outcome_name(a->outcome), &t);
	labelled(p, SENTENCE_LABEL_PATH, path_status_name(a->path), &t);
	labelled(p, SENTENCE_LABEL_TERRITORY, statement_territory(r), &t);
	labelled(p, SENTENCE_LABEL_FIRST, utc_format_people(a->first_us, time), &t);
	labelled(p, SENTENCE_LABEL_DURATION, print_duration(a->last_us - a->first_us, buf), &t);
	add(p, "<p>");
	raw(p, text_get(&t));
	add(p, "<br/>");
	element(p, "code", " class=\"id\"", a->id);
	add(p, "</p>\n<dl class=\"parts\">");
	part(p, "rate", g->rate);
	part(p, "duration", g->duration);
	part(p, "breadth", g->breadth);
	part(p, "focus", g->focus);
	part(p, "change", g->change);
	part(p, "method", g->method);
	add(p, "</dl></div>\n</li>\n");
	p->out->failed |= t.failed;
	text_fini(&t);
}

static void worst(const struct page *p)
{
	if (p->st->top_count == 0)
		return;
	open_section(p, SENTENCE_HEADING_TOP);
	add(p, "<ol class=\"worst\">\n");
	for (size_t i = 0; i < p->st->top_count; i++)
		worst_one(p, p->st->top[i]);
	add(p, "</ol>\n</section>\n");
}

static void left_out(const struct page *p)
{
	if (p->st->left_out.count == 0)
		return;
	open_section(p, SENTENCE_HEADING_LEFT_OUT);
	open_table(p, SENTENCE_HEADING_LEFT_OUT);
	column(p, word(p, SENTENCE_LABEL_KIND), false);
	column(p, word(p, SENTENCE_LABEL_REASON), false);
	column(p, word(p, SENTENCE_LABEL_ATTACKS), true);
	add(p, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->st->left_out.count; i++) {
		const struct statement_row *row = &p->st->left_out.rows[i];
		int status = attack_status_parse(row->name);
		add(p, "<tr>");
		element(p, "th", " scope=\"row\"", row->name);
		element(p, "td", "",
		        status > STATUS_COUNTED ? statement_words_left(p->s, (enum attack_status)status) : "");
		figure_cell(p, row->attacks);
		add(p, "</tr>\n");
	}
	add(p, "</tbody>\n");
	close_table(p);
	add(p, "</section>\n");
}

static void amended(const struct page *p)
{
	char time[UTC_TEXT_MAX];

	if (p->st->amendment_count == 0)
		return;
	open_section(p, SENTENCE_HEADING_AMENDED);
	open_table(p, SENTENCE_HEADING_AMENDED);
	column(p, word(p, SENTENCE_LABEL_DATE), false);
	column(p, word(p, SENTENCE_LABEL_KIND), false);
	column(p, word(p, SENTENCE_LABEL_NAME), false);
	column(p, word(p, SENTENCE_LABEL_BY), false);
	column(p, word(p, SENTENCE_LABEL_REASON), false);
	add(p, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->st->amendment_count; i++) {
		const struct amendment *a = &p->st->amendments[i];
		add(p, "<tr>");
		element(p, "td", "", utc_format_people(a->at_us, time));
		element(p, "td", "", a->action);
		element(p, "td", " class=\"mono\"", a->id);
		element(p, "td", "", a->by);
		element(p, "td", "", a->reason);
		add(p, "</tr>\n");
	}
	add(p, "</tbody>\n");
	close_table(p);
	add(p, "</section>\n");
}

static void stretch_row(const struct page *p, const struct statement_stretch *stretch)
{
	char from[UTC_TEXT_MAX], until[UTC_TEXT_MAX], n[PRINT_MAX];
	struct text t = { 0 };

	utc_format_people(stretch->from_us, from);
	utc_format_people(stretch->until_us, until);
	text_addf(&t, "%.16s – %.16s", from, until);
	add(p, "<tr>");
	element(p, "th", " scope=\"row\"", text_get(&t));
	text_reset(&t);
	SENTENCES_SAY(p->s, SENTENCE_COUNT_LEAST, stretch->attacks, &t, { "n", print_count(stretch->attacks, n) });
	element(p, "td", " class=\"n\"", text_get(&t));
	text_reset(&t);
	for (unsigned i = 0; i < STATEMENT_DOUBTS; i++)
		if (stretch->doubt & 1u << i) {
			text_add(&t, t.len > 0 ? " " : "");
			statement_words_doubt(p->s, i, stretch->hours, &t);
		}
	element(p, "td", "", text_get(&t));
	add(p, "</tr>\n");
	p->out->failed |= t.failed;
	text_fini(&t);
}

static void coverage(const struct page *p)
{
	struct statement_stretch stretch;

	open_section(p, SENTENCE_HEADING_COVERAGE);
	sentences_list(p, STATEMENT_WORDS_COVERAGE, "said");
	if (p->st->coverage.doubt != 0) {
		element(p, "h3", " class=\"after\"", word(p, SENTENCE_FIGURE_DOUBT_TABLE));
		open_table(p, SENTENCE_FIGURE_DOUBT_TABLE);
		column(p, word(p, SENTENCE_LABEL_HOUR), false);
		column(p, word(p, SENTENCE_LABEL_ATTACKS), true);
		column(p, word(p, SENTENCE_LABEL_NOTE), false);
		add(p, "</tr></thead>\n<tbody>\n");
		for (size_t at = 0; statement_time_doubtful(p->st, &at, &stretch);)
			stretch_row(p, &stretch);
		add(p, "</tbody>\n");
		close_table(p);
	}
	add(p, "</section>\n");
}

static void proof(const struct page *p)
{
	open_section(p, SENTENCE_HEADING_PROOF);
	sentences_list(p, STATEMENT_WORDS_PROOF, "said");
	add(p, "</section>\n");
}

static void inputs(const struct page *p)
{
	char date[UTC_DAY_TEXT_MAX];

	open_section(p, SENTENCE_HEADING_INPUTS);
	open_table(p, SENTENCE_HEADING_INPUTS);
	column(p, word(p, SENTENCE_LABEL_KIND), false);
	column(p, word(p, SENTENCE_LABEL_NAME), false);
	column(p, word(p, SENTENCE_LABEL_DATE), false);
	column(p, word(p, SENTENCE_LABEL_DIGEST), false);
	add(p, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->st->input_count; i++) {
		const struct statement_source *in = &p->st->inputs[i];
		add(p, "<tr>");
		element(p, "th", " scope=\"row\"", in->label[0] != '\0' ? in->label : in->kind);
		element(p, "td", "", in->name);
		element(p, "td", " class=\"n\"", in->date_us != 0 ? utc_day_format(utc_day(in->date_us), date) : "");
		element(p, "td", " class=\"mono\"", in->digest[0] != '\0' ? in->digest : "-");
		add(p, "</tr>\n");
	}
	add(p, "</tbody>\n");
	close_table(p);
	add(p, "</section>\n");
}

static void foot(const struct page *p)
{
	add(p, "<footer>");
	element(p, "p", "", word(p, SENTENCE_CHECK));
	add(p, "<p>");
	raw(p, "redoubt ");
	raw(p, p->st->program);
	add(p, "</p></footer>\n");
}

void statement_html(const struct statement *st, const struct sentences *sentences, struct text *out)
{
	const struct page p = { st, sentences, out };

	document_head(&p);
	add(&p, "<body>\n<main>\n");
	statement_figures_patterns(out);
	hero(&p);
	said(&p);
	funnel(&p);
	territories(&p);
	time_section(&p);
	breakdowns(&p);
	sources(&p);
	worst(&p);
	left_out(&p);
	amended(&p);
	coverage(&p);
	proof(&p);
	inputs(&p);
	foot(&p);
	add(&p, "</main>\n</body>\n</html>\n");
}
