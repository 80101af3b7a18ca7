#include "publish/statement_text.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/utc.h"
#include "publish/grid.h"
#include "publish/print.h"
#include "publish/statement_time.h"
#include "publish/statement_words.h"
#include "publish/territory.h"

enum { INDENT = 2, BAR = 28, ROWS_MAX = 25 };

/* What every part of the page needs. */
struct page {
	const struct statement *st;
	const struct sentences *s;
	const struct style *style;
	struct text *out;
};

static const char *word(const struct page *p, enum sentence_id id)
{
	return sentences_get(p->s, id);
}

static void heading(const struct page *p, enum sentence_id id)
{
	const char *text = word(p, id);

	text_add(p->out, "\n");
	grid_strong(p->style, text, p->out);
	text_add(p->out, "\n");
	grid_rule(p->style, (unsigned)escape_columns(text), false, p->out);
}

static void add_sentence(void *context, const char *sentence)
{
	const struct page *p = context;

	grid_paragraph(p->style, p->style->ascii ? "  * " : "  • ", sentence, p->out);
}

static void sentences_part(const struct page *p, enum statement_words_part part)
{
	struct page copy = *p;

	statement_words_each(p->st, p->s, part, add_sentence, &copy);
}

/* "Counting rule   cr1@..." */
static void fact(const struct page *p, enum sentence_id label, const char *value)
{
	struct text first = { 0 };
	size_t columns = escape_columns(word(p, label));

	text_add(&first, "  ");
	escape_addz(&first, ESCAPE_TERMINAL, word(p, label));
	text_addf(&first, "%*s", (int)(columns < 15 ? 16 - columns : 1), "");
	grid_paragraph(p->style, text_get(&first), value, p->out);
	p->out->failed |= first.failed;
	text_fini(&first);
}

static void coverage_fact(const struct page *p)
{
	const struct statement_hour *c = &p->st->coverage;
	char a[PRINT_MAX], b[PRINT_MAX], share[PRINT_MAX];
	struct text t = { 0 };

	SENTENCES_SAY(p->s, SENTENCE_COVERAGE_MINUTES, 1, &t, { "seen", print_minutes(c->seen_us, a) },
	              { "expected", print_minutes(c->expected_us, b) });
	text_add(&t, " ");
	SENTENCES_SAY(p->s, SENTENCE_COVERAGE_LOSS, 1, &t, { "lost", print_count(c->lost_packets, a) },
	              { "packets", print_count(c->packets + c->lost_packets, b) },
	              { "share", print_share(c->lost_packets, c->packets + c->lost_packets, share) });
	fact(p, SENTENCE_LABEL_COVERAGE, text_get(&t));
	text_fini(&t);
}

static void head(const struct page *p)
{
	const struct statement *st = p->st;
	struct text t = { 0 };
	char buf[PRINT_MAX], time[UTC_TEXT_MAX];

	SENTENCES_SAY(p->s, SENTENCE_TITLE, 1, &t, { "estate", statement_words_estate(st, p->s) });
	text_add(&t, ", ");
	statement_words_when(st, p->s, &t);
	grid_strong(p->style, text_get(&t), p->out);
	text_add(p->out, "\n");
	grid_rule(p->style, grid_width(p->style), true, p->out);
	text_reset(&t);
	if (st->at_least)
		text_addf(&t, "%s ", word(p, SENTENCE_HEADLINE_LEAST));
	text_addf(&t, "%s ", print_count(st->attacks, buf));
	SENTENCES_SAY(p->s, SENTENCE_HEADLINE_WORD, st->attacks, &t, { "", "" });
	text_add(p->out, "\n  ");
	grid_strong(p->style, text_get(&t), p->out);
	text_add(p->out, "\n\n");
	text_fini(&t);
	fact(p, SENTENCE_LABEL_RULE, st->rule[0] != '\0' ? st->rule : "-");
	coverage_fact(p);
	fact(p, SENTENCE_LABEL_INPUTS, st->inputs_digest);
	if (st->now_us != 0)
		fact(p, SENTENCE_LABEL_MADE, utc_format_people(st->now_us, time));
}

static void funnel_row(struct grid *t, const struct page *p, const char *name, uint64_t n)
{
	struct text bar = { 0 };
	const uint64_t path[PATH_COUNT] = { [PATH_CONFIRMED] = n };

	grid_cell(t, name);
	grid_count(t, n);
	grid_bar(p->style, path, p->st->attacks, BAR, &bar);
	grid_tail(t, &bar);
}

static void funnel(const struct page *p)
{
	struct grid t;
	char name[48];

	heading(p, SENTENCE_HEADING_FUNNEL);
	grid_init(&t, 2, 1u << 1);
	grid_cell(&t, word(p, SENTENCE_LABEL_OBSERVATIONS));
	grid_count(&t, p->st->observations);
	funnel_row(&t, p, word(p, SENTENCE_LABEL_ATTACKS), p->st->attacks);
	for (size_t i = 0; i < p->st->outcomes.count; i++) {
		(void)snprintf(name, sizeof(name), "  %.40s", p->st->outcomes.rows[i].name);
		funnel_row(&t, p, name, p->st->outcomes.rows[i].attacks);
	}
	funnel_row(&t, p, word(p, SENTENCE_LABEL_INCIDENTS), p->st->incidents);
	grid_print(&t, p->style, INDENT, p->out);
	grid_fini(&t);
}

static void path_cells(struct grid *t, const uint64_t path[static PATH_COUNT])
{
	for (int i = 0; i < PATH_COUNT; i++)
		grid_count(t, path[i]);
}

static void path_heads(struct grid *t)
{
	for (int i = 0; i < PATH_COUNT; i++)
		grid_cell(t, path_status_name((enum path_status)i));
}

static void row_bar(struct grid *t, const struct page *p, const uint64_t path[static PATH_COUNT], uint64_t most,
                    unsigned width)
{
	struct text bar = { 0 };

	grid_bar(p->style, path, most, width, &bar);
	grid_tail(t, &bar);
}

static uint64_t most_attacks(const struct statement_table *t)
{
	uint64_t most = 0;

	for (size_t i = 0; i < t->count; i++)
		most = t->rows[i].attacks > most ? t->rows[i].attacks : most;
	return most;
}

/* What a row is called: "DE Germany", "  tor". */
static void territory_cell(struct grid *t, const char *code)
{
	char name[STATEMENT_NAME_MAX + 8];

	(void)snprintf(name, sizeof(name), "%s %s", code, territory_name(code) != NULL ? territory_name(code) : "");
	grid_cell(t, name);
}

static void territory_rows(struct grid *t, const struct page *p)
{
	const struct statement *st = p->st;
	uint64_t most = most_attacks(&st->territories);
	char name[STATEMENT_NAME_MAX + 8];

	for (size_t i = 0; i < st->territories.count; i++) {
		const struct statement_row *row = &st->territories.rows[i];
		if (strcmp(row->name, "ZZ") == 0) {
			(void)snprintf(name, sizeof(name), "ZZ %s", word(p, SENTENCE_LABEL_UNSTATED));
			grid_cell(t, name);
		} else {
			territory_cell(t, row->name);
		}
		grid_count(t, row->attacks);
		path_cells(t, row->path);
		row_bar(t, p, row->path, most, 14);
	}
	for (size_t i = 0; i < st->zz_reasons.count; i++) {
		(void)snprintf(name, sizeof(name), "   %s", st->zz_reasons.rows[i].name);
		grid_cell(t, name);
		grid_count(t, st->zz_reasons.rows[i].attacks);
		path_cells(t, st->zz_reasons.rows[i].path);
		row_bar(t, p, st->zz_reasons.rows[i].path, most, 14);
	}
}

static void legend(const struct page *p)
{
	text_add(p->out, "\n");
	for (int i = 0; i < PATH_COUNT; i++) {
		struct text first = { 0 };
		if (p->st->path[i] == 0)
			continue;
		text_add(p->out, "  ");
		grid_bar_sign(p->style, (enum path_status)i, p->out);
		text_addf(&first, " %-14s", path_status_name((enum path_status)i));
		grid_paragraph(p->style, text_get(&first), statement_words_path(p->s, (enum path_status)i), p->out);
		text_fini(&first);
	}
}

static void territories(const struct page *p)
{
	struct grid t;

	heading(p, SENTENCE_HEADING_TERRITORY);
	grid_init(&t, 2 + PATH_COUNT, ~1u);
	grid_cell(&t, word(p, SENTENCE_LABEL_TERRITORY));
	grid_cell(&t, word(p, SENTENCE_LABEL_ATTACKS));
	path_heads(&t);
	territory_rows(&t, p);
	grid_cell(&t, word(p, SENTENCE_LABEL_TOTAL));
	grid_count(&t, p->st->attacks);
	path_cells(&t, p->st->path);
	grid_print(&t, p->style, INDENT, p->out);
	grid_fini(&t);
	legend(p);
}

static void doubt_note(const struct page *p, unsigned doubt, uint64_t hours, struct text *out)
{
	struct text note = { 0 };

	for (unsigned i = 0; i < STATEMENT_DOUBTS; i++)
		if (doubt & 1u << i) {
			text_add(&note, note.len > 0 ? " " : "");
			statement_words_doubt(p->s, i, hours, &note);
		}
	escape_addz(out, ESCAPE_TERMINAL, text_get(&note));
	text_fini(&note);
}

static void time_name(const struct statement *st, int64_t time_us, char buf[static UTC_TEXT_MAX])
{
	utc_format_people(time_us, buf);
	buf[statement_time_daily(st) ? 10 : 16] = '\0';
}

static void hours(const struct page *p)
{
	const struct statement *st = p->st;
	size_t count = statement_time_count(st);
	uint64_t most = 0;
	struct grid t;
	char name[UTC_TEXT_MAX];

	heading(p, statement_time_daily(st) ? SENTENCE_HEADING_DAYS : SENTENCE_HEADING_HOURS);
	for (size_t i = 0; i < count; i++)
		most = statement_time_column(st, i).attacks > most ? statement_time_column(st, i).attacks : most;
	grid_init(&t, 2, 1u << 1);
	grid_cell(&t, word(p, SENTENCE_LABEL_HOUR));
	grid_cell(&t, word(p, SENTENCE_LABEL_ATTACKS));
	for (size_t i = 0; i < count; i++) {
		struct statement_hour h = statement_time_column(st, i);
		char n[PRINT_MAX + 2];
		time_name(st, h.hour_us, name);
		grid_cell(&t, name);
		n[0] = '\0';
		if (h.doubt != 0)
			strcpy(n, p->style->ascii ? ">=" : "≥");
		strcat(n, print_count(h.attacks, (char[PRINT_MAX]){ 0 }));
		grid_cell(&t, n);
		row_bar(&t, p, h.path, most, 2 * BAR);
	}
	grid_print(&t, p->style, INDENT, p->out);
	grid_fini(&t);
}

static void outcome_heads(struct grid *t)
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		grid_cell(t, outcome_name(statement_outcome(i)));
}

static void outcome_row(struct grid *t, const struct page *p, const char *name, const struct statement_row *row,
                        uint64_t most)
{
	grid_cell(t, strcmp(name, "-") == 0 ? word(p, SENTENCE_LABEL_NOT_FLOOD) : name);
	grid_count(t, row->attacks);
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		grid_count(t, row->outcome[statement_outcome(i)]);
	row_bar(t, p, row->path, most, BAR);
}

/* What a long table does not show by name, so that it still adds up. */
static void others_row(struct grid *t, const struct page *p, const struct statement_table *from, uint64_t most)
{
	struct statement_row rest = { 0 };
	struct text name = { 0 };
	char n[PRINT_MAX];

	for (size_t i = ROWS_MAX; i < from->count; i++) {
		rest.attacks += from->rows[i].attacks;
		for (int k = 0; k < OUTCOME_COUNT; k++)
			rest.outcome[k] += from->rows[i].outcome[k];
		for (int k = 0; k < PATH_COUNT; k++)
			rest.path[k] += from->rows[i].path[k];
	}
	SENTENCES_SAY(p->s, SENTENCE_LABEL_OTHERS, 2, &name, { "n", print_count(from->count - ROWS_MAX, n) });
	outcome_row(t, p, text_get(&name), &rest, most > rest.attacks ? most : rest.attacks);
	text_fini(&name);
}

/* One of the tables that need only a name: attacks, how they ended, and a bar by path. */
static void simple_table(const struct page *p, enum sentence_id title, const struct statement_table *from)
{
	uint64_t most = most_attacks(from);
	struct grid t;

	if (from->count == 0)
		return;
	heading(p, title);
	grid_init(&t, 2 + OUTCOME_COUNT, ~1u);
	grid_cell(&t, "");
	grid_cell(&t, word(p, SENTENCE_LABEL_ATTACKS));
	outcome_heads(&t);
	for (size_t i = 0; i < from->count && i < ROWS_MAX; i++)
		outcome_row(&t, p, from->rows[i].name, &from->rows[i], most);
	if (from->count > ROWS_MAX)
		others_row(&t, p, from, most);
	grid_print(&t, p->style, INDENT, p->out);
	grid_fini(&t);
}

static void sources(const struct page *p)
{
	struct grid t;
	struct text note = { 0 };

	if (p->st->source_count == 0 && p->st->sources_unnamed == 0)
		return;
	heading(p, SENTENCE_HEADING_SOURCES);
	grid_paragraph(p->style, "  ", word(p, SENTENCE_SOURCES_NOTE), p->out);
	text_add(p->out, "\n");
	grid_init(&t, 2, 1u << 1);
	grid_cell(&t, word(p, SENTENCE_LABEL_TERRITORY));
	grid_cell(&t, word(p, SENTENCE_LABEL_SOURCES));
	for (size_t i = 0; i < p->st->source_count; i++) {
		territory_cell(&t, p->st->sources[i].territory);
		grid_count(&t, p->st->sources[i].sources);
	}
	grid_print(&t, p->style, INDENT, p->out);
	grid_fini(&t);
	if (p->st->sources_unnamed > 0) {
		char n[PRINT_MAX];
		SENTENCES_SAY(p->s, SENTENCE_SOURCES_UNNAMED, p->st->sources_unnamed, &note,
		              { "n", print_count(p->st->sources_unnamed, n) });
		grid_paragraph(p->style, "  ", text_get(&note), p->out);
	}
	text_fini(&note);
}

static void parts_line(const struct page *p, const struct aggressiveness *g)
{
	text_addf(p->out, "      rate %.2f, duration %.2f, breadth %.2f, focus %.2f, change %.2f, method %.2f\n",
	          g->rate, g->duration, g->breadth, g->focus, g->change, g->method);
}

static void top(const struct page *p)
{
	char time[UTC_TEXT_MAX], duration[PRINT_MAX];

	if (p->st->top_count == 0)
		return;
	heading(p, SENTENCE_HEADING_TOP);
	for (size_t i = 0; i < p->st->top_count; i++) {
		const struct attack *a = &p->st->top[i]->attack;
		text_addf(p->out, "  %3u  ", a->aggressiveness.value);
		grid_strong(p->style, a->id, p->out);
		text_addf(p->out, "  %s, severity %u, %s, path %s, %s\n       ", attack_class_name(a->class),
		          a->severity, outcome_name(a->outcome), path_status_name(a->path),
		          statement_territory(p->st->top[i]));
		escape_addz(p->out, ESCAPE_TERMINAL, a->asset);
		text_addf(p->out, ", %s, %s\n ", utc_format_people(a->first_us, time),
		          print_duration(a->last_us - a->first_us, duration));
		parts_line(p, &a->aggressiveness);
	}
}

static void left_out(const struct page *p)
{
	struct grid t;

	if (p->st->left_out.count == 0)
		return;
	heading(p, SENTENCE_HEADING_LEFT_OUT);
	grid_init(&t, 3, 1u << 1);
	grid_cell(&t, "");
	grid_cell(&t, word(p, SENTENCE_LABEL_ATTACKS));
	grid_cell(&t, word(p, SENTENCE_LABEL_REASON));
	for (size_t i = 0; i < p->st->left_out.count; i++) {
		const struct statement_row *row = &p->st->left_out.rows[i];
		int status = attack_status_parse(row->name);
		grid_cell(&t, row->name);
		grid_count(&t, row->attacks);
		grid_cell(&t, status > STATUS_COUNTED ? statement_words_left(p->s, (enum attack_status)status) : "");
	}
	grid_print(&t, p->style, INDENT, p->out);
	grid_fini(&t);
}

static void amended(const struct page *p)
{
	struct grid t;
	char time[UTC_TEXT_MAX];

	if (p->st->amendment_count == 0)
		return;
	heading(p, SENTENCE_HEADING_AMENDED);
	grid_init(&t, 5, 0);
	grid_cell(&t, word(p, SENTENCE_LABEL_DATE));
	grid_cell(&t, "");
	grid_cell(&t, "id");
	grid_cell(&t, word(p, SENTENCE_LABEL_BY));
	grid_cell(&t, word(p, SENTENCE_LABEL_REASON));
	for (size_t i = 0; i < p->st->amendment_count; i++) {
		const struct amendment *a = &p->st->amendments[i];
		utc_format_people(a->at_us, time);
		time[10] = '\0';
		grid_cell(&t, time);
		grid_cell(&t, a->action);
		grid_cell(&t, a->id);
		grid_cell(&t, a->by);
		grid_cell(&t, a->reason);
	}
	grid_print(&t, p->style, INDENT, p->out);
	grid_fini(&t);
}

static void coverage(const struct page *p)
{
	struct statement_stretch stretch;
	char from[UTC_TEXT_MAX], until[UTC_TEXT_MAX];

	heading(p, SENTENCE_HEADING_COVERAGE);
	sentences_part(p, STATEMENT_WORDS_COVERAGE);
	if (p->st->coverage.doubt != 0)
		text_add(p->out, "\n");
	for (size_t at = 0; statement_time_doubtful(p->st, &at, &stretch);) {
		struct text first = { 0 }, note = { 0 };
		utc_format_people(stretch.from_us, from);
		utc_format_people(stretch.until_us, until);
		text_addf(&first, "  %.16s to %.16s  ", from, until);
		doubt_note(p, stretch.doubt, stretch.hours, &note);
		grid_paragraph(p->style, text_get(&first), text_get(&note), p->out);
		text_fini(&first);
		text_fini(&note);
	}
}

/* Each on lines of its own: a hash that is cut cannot be compared. */
static void inputs(const struct page *p)
{
	char date[UTC_DAY_TEXT_MAX];

	heading(p, SENTENCE_HEADING_INPUTS);
	for (size_t i = 0; i < p->st->input_count; i++) {
		const struct statement_source *in = &p->st->inputs[i];
		struct text first = { 0 }, value = { 0 };
		text_addf(&first, "  %-10s", in->label[0] != '\0' ? in->label : in->kind);
		text_addf(&value, "%s%s", in->name, in->name[0] != '\0' ? ", " : "");
		if (in->date_us != 0)
			text_addf(&value, "%s, ", utc_day_format(utc_day(in->date_us), date));
		text_add(&value, in->digest[0] != '\0' ? in->digest : "-");
		struct text label = { 0 };
		escape_addz(&label, ESCAPE_TERMINAL, text_get(&first));
		grid_paragraph(p->style, text_get(&label), text_get(&value), p->out);
		text_fini(&label);
		text_fini(&first);
		text_fini(&value);
	}
}

void statement_text(const struct statement *st, const struct sentences *sentences, const struct style *style,
                    struct text *out)
{
	const struct page p = { st, sentences, style, out };

	head(&p);
	heading(&p, SENTENCE_HEADING_SAID);
	sentences_part(&p, STATEMENT_WORDS_SAID);
	sentences_part(&p, STATEMENT_WORDS_CARE);
	funnel(&p);
	territories(&p);
	hours(&p);
	simple_table(&p, SENTENCE_HEADING_TARGET, &st->target_classes);
	simple_table(&p, SENTENCE_HEADING_ASSET, &st->assets);
	simple_table(&p, SENTENCE_HEADING_CLASS, &st->classes);
	simple_table(&p, SENTENCE_HEADING_VECTOR, &st->vector_groups);
	simple_table(&p, SENTENCE_HEADING_SEVERITY, &st->severities);
	simple_table(&p, SENTENCE_HEADING_DIRECTION, &st->directions);
	sources(&p);
	top(&p);
	left_out(&p);
	amended(&p);
	coverage(&p);
	heading(&p, SENTENCE_HEADING_PROOF);
	sentences_part(&p, STATEMENT_WORDS_PROOF);
	inputs(&p);
	text_add(out, "\n");
	grid_paragraph(style, "  ", word(&p, SENTENCE_CHECK), out);
}
