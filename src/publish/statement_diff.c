/* Both files become sorted lists of facts: figures by name, inputs by kind and name, amendments. Comparing is then one
 * merge, and nothing a hostile file may hold reaches further than a cut copy of its strings. */
#include "publish/statement_diff.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "publish/json_maker.h"
#include "publish/print.h"

enum { NAME_MAX_BYTES = 192, VALUE_MAX_BYTES = 256, DAY_MAX = 16, MINUTES_MAX = 32 };

/* One thing a statement says: a figure, an input, an amendment. */
struct fact {
	char name[NAME_MAX_BYTES];   /* what it is compared by */
	char value[VALUE_MAX_BYTES]; /* of inputs; of amendments "by: reason" */
	uint64_t count;              /* of figures */
};

struct facts {
	struct fact *all; /* owned */
	size_t count, size;
};

/* How one fact differs; the strings are those of the facts. */
struct difference {
	const struct fact *a, *b; /* NULL: not on that side */
};

struct differences {
	struct difference *all; /* owned */
	size_t count;
};

struct side {
	char from[DAY_MAX], to[DAY_MAX], seen[MINUTES_MAX], expected[MINUTES_MAX];
	uint64_t attacks;
	struct facts figures, inputs, amendments;
};

struct statement_diff {
	struct side side[2];
	struct differences figures, inputs, amendments;
};

struct reader {
	struct side *side;
	struct statement_diff_error *error;
};

static void facts_free(struct facts *f)
{
	free(f->all);
}

void statement_diff_free(struct statement_diff *diff)
{
	if (diff == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		facts_free(&diff->side[i].figures);
		facts_free(&diff->side[i].inputs);
		facts_free(&diff->side[i].amendments);
	}
	free(diff->figures.all);
	free(diff->inputs.all);
	free(diff->amendments.all);
	free(diff);
}

void statement_diff_freep(struct statement_diff **diff)
{
	statement_diff_free(*diff);
}

static void json_freep(json_t **json)
{
	json_decref(*json);
}

__attribute__((format(printf, 2, 3))) static int no_statement(const struct reader *r, const char *format, ...)
{
	va_list args;

	r->error->line = r->error->column = 0;
	va_start(args, format);
	(void)vsnprintf(r->error->text, sizeof(r->error->text), format, args);
	va_end(args);
	return -EINVAL;
}

/* The next fact, zeroed; NULL without memory. Valid until the next one. */
static struct fact *facts_add(struct facts *f)
{
	if (f->count == f->size) {
		size_t size = f->size == 0 ? 64 : 2 * f->size;
		struct fact *all = realloc(f->all, size * sizeof(*all));
		if (all == NULL)
			return NULL;
		f->all = all;
		f->size = size;
	}
	f->all[f->count] = (struct fact){ 0 };
	return &f->all[f->count++];
}

/* A string member; missing or another type: NULL. */
static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int add_count(const struct reader *r, const char *group, const char *name, const json_t *value)
{
	struct fact *f;

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return no_statement(r, "'%.60s %.60s' is no count", group, name);
	f = facts_add(&r->side->figures);
	if (f == NULL)
		return -ENOMEM;
	(void)snprintf(f->name, sizeof(f->name), "%s%s%.120s", group, group[0] != '\0' ? " " : "", name);
	f->count = (uint64_t)json_integer_value(value);
	return 0;
}

/* Every member of an object of counts: funnel, path. */
static int read_counts(const struct reader *r, const json_t *root, const char *group)
{
	json_t *object = json_object_get(root, group), *value;
	const char *key;

	if (!json_is_object(object))
		return no_statement(r, "'%s' is missing or no object", group);
	json_object_foreach(object, key, value)
	{
		int err = add_count(r, group, key, value);
		if (err < 0)
			return err;
	}
	return 0;
}

/* An array of rows, each with a name and a count. */
static int read_rows(const struct reader *r, const json_t *rows, const char *group, const char *name_key,
                     const char *count_key)
{
	size_t i;
	json_t *row;

	if (!json_is_array(rows))
		return no_statement(r, "'%.60s' is missing or no array", group);
	json_array_foreach(rows, i, row)
	{
		const char *name = string_of(row, name_key);
		if (name == NULL)
			return no_statement(r, "row %zu of '%.60s' has no '%s'", i + 1, group, name_key);
		int err = add_count(r, group, name, json_object_get(row, count_key));
		if (err < 0)
			return err;
	}
	return 0;
}

static int read_tables(const struct reader *r, const json_t *root)
{
	json_t *tables = json_object_get(root, "tables"), *rows;
	const char *name;

	if (!json_is_object(tables))
		return no_statement(r, "'tables' is missing or no object");
	json_object_foreach(tables, name, rows)
	{
		int err = read_rows(r, rows, name, "name", "attacks");
		if (err < 0)
			return err;
	}
	return 0;
}

static int read_figures(const struct reader *r, const json_t *root)
{
	static const char *const heads[] = { "continued", "records", "repeated", "amended" };
	const json_t *sources = json_object_get(root, "sources_by_territory");
	int err = 0;

	for (size_t i = 0; err == 0 && i < sizeof(heads) / sizeof(heads[0]); i++)
		err = add_count(r, "", heads[i], json_object_get(root, heads[i]));
	if (err == 0)
		err = read_counts(r, root, "funnel");
	if (err == 0)
		err = read_counts(r, root, "path");
	if (err == 0)
		err = read_tables(r, root);
	if (err == 0)
		err = read_rows(r, json_object_get(root, "directions"), "direction", "name", "attacks");
	if (err == 0)
		err = read_rows(r, json_object_get(root, "left_out"), "left out", "name", "attacks");
	if (err == 0)
		err = read_rows(r, json_object_get(sources, "territories"), "sources in", "territory", "sources");
	return err;
}

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static int add_input(const struct reader *r, const char *kind, const char *name, const char *date, const char *digest)
{
	struct fact *f = facts_add(&r->side->inputs);

	if (f == NULL)
		return -ENOMEM;
	(void)snprintf(f->name, sizeof(f->name), "%.40s%s%.100s", kind, name[0] != '\0' ? " " : "", name);
	(void)snprintf(f->value, sizeof(f->value), "%s%.40s%s%.120s", digest[0] == '\0' ? "none" : "", date,
	               date[0] != '\0' ? " " : "", digest);
	return 0;
}

static int read_inputs(const struct reader *r, const json_t *root)
{
	json_t *rows = json_object_get(root, "inputs"), *row;
	size_t i;

	if (!json_is_array(rows))
		return no_statement(r, "'inputs' is missing or no array");
	json_array_foreach(rows, i, row)
	{
		const char *kind = string_of(row, "kind"), *digest = string_of(row, "digest");
		const char *label = or_empty(string_of(row, "label"));
		if (kind == NULL || digest == NULL)
			return no_statement(r, "row %zu of 'inputs' has no 'kind' or no 'digest'", i + 1);
		int err = add_input(r, label[0] != '\0' ? label : kind, or_empty(string_of(row, "name")),
		                    or_empty(string_of(row, "date")), digest);
		if (err < 0)
			return err;
	}
	return add_input(r, "program of the statement", "", "", or_empty(string_of(root, "program")));
}

static int read_amendments(const struct reader *r, const json_t *root)
{
	json_t *rows = json_object_get(root, "amendments"), *row;
	size_t i;

	if (!json_is_array(rows))
		return no_statement(r, "'amendments' is missing or no array");
	json_array_foreach(rows, i, row)
	{
		const char *id = string_of(row, "id"), *action = string_of(row, "action");
		const char *field = or_empty(string_of(row, "field"));
		if (id == NULL || action == NULL)
			return no_statement(r, "row %zu of 'amendments' has no 'id' or no 'action'", i + 1);
		struct fact *f = facts_add(&r->side->amendments);
		if (f == NULL)
			return -ENOMEM;
		(void)snprintf(f->name, sizeof(f->name), "%.20s%s%.30s of %.40s at %.40s", action,
		               field[0] != '\0' ? " " : "", field, id, or_empty(string_of(row, "at")));
		(void)snprintf(f->value, sizeof(f->value), "%.80s: %.160s", or_empty(string_of(row, "by")),
		               or_empty(string_of(row, "reason")));
	}
	return 0;
}

static int read_minutes(const struct reader *r, const json_t *root, const char *key, char buf[static MINUTES_MAX])
{
	const json_t *value = json_object_get(json_object_get(root, "coverage"), key);

	if (!json_is_number(value))
		return no_statement(r, "'coverage %s' is no number", key);
	(void)snprintf(buf, MINUTES_MAX, "%.10g", json_number_value(value));
	return 0;
}

static int read_head(const struct reader *r, const json_t *root)
{
	const char *from = string_of(root, "from"), *to = string_of(root, "to");
	const json_t *attacks = json_object_get(root, "attacks");

	if (json_integer_value(json_object_get(root, "statement")) != 1)
		return no_statement(r, "no statement of format 1");
	if (from == NULL || to == NULL)
		return no_statement(r, "'from' or 'to' is missing");
	if (!json_is_integer(attacks) || json_integer_value(attacks) < 0)
		return no_statement(r, "'attacks' is no count");
	(void)snprintf(r->side->from, sizeof(r->side->from), "%.12s", from);
	(void)snprintf(r->side->to, sizeof(r->side->to), "%.12s", to);
	r->side->attacks = (uint64_t)json_integer_value(attacks);
	int err = read_minutes(r, root, "seen_minutes", r->side->seen);
	return err == 0 ? read_minutes(r, root, "expected_minutes", r->side->expected) : err;
}

static int compare_facts(const void *pa, const void *pb)
{
	const struct fact *a = pa, *b = pb;
	int by_name = strcmp(a->name, b->name), by_value = strcmp(a->value, b->value);

	return by_name != 0 ? by_name : by_value != 0 ? by_value : (a->count > b->count) - (a->count < b->count);
}

static void sort_facts(struct facts *f)
{
	if (f->count > 1)
		qsort(f->all, f->count, sizeof(*f->all), compare_facts);
}

static int read_side(struct reader *r, const char *data, size_t size)
{
	json_error_t broken;
	CLEANUP(json_freep) json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &broken);

	if (root == NULL) {
		if (json_error_code(&broken) == json_error_out_of_memory)
			return -ENOMEM;
		(void)no_statement(r, "%s", broken.text);
		r->error->line = broken.line > 0 ? (unsigned)broken.line : 1;
		r->error->column = broken.column > 0 ? (unsigned)broken.column : 1;
		return -EINVAL;
	}
	int err = read_head(r, root);
	if (err == 0)
		err = read_figures(r, root);
	if (err == 0)
		err = read_inputs(r, root);
	if (err == 0)
		err = read_amendments(r, root);
	if (err == 0) {
		sort_facts(&r->side->figures);
		sort_facts(&r->side->inputs);
		sort_facts(&r->side->amendments);
	}
	return err;
}

static size_t same_name(const struct facts *f, size_t at, const char *name)
{
	size_t n = 0;

	while (at + n < f->count && strcmp(f->all[at + n].name, name) == 0)
		n++;
	return n;
}

/* Facts of one name on both sides, sorted: what both have is left out, the rest paired in order, and what has no partner
 * came or went. */
static void differ(const struct fact *a, size_t a_n, const struct fact *b, size_t b_n, struct differences *d)
{
	struct difference *free_slots = d->all + d->count;
	size_t i = 0, k = 0, only_a = 0, only_b = 0;

	while (i < a_n || k < b_n) {
		int order = i == a_n ? 1 : k == b_n ? -1 : compare_facts(&a[i], &b[k]);
		if (order < 0)
			free_slots[only_a++].a = &a[i];
		if (order > 0)
			free_slots[only_b++].b = &b[k];
		i += order <= 0;
		k += order >= 0;
	}
	d->count += only_a > only_b ? only_a : only_b;
}

static int compare_lists(const struct facts *a, const struct facts *b, struct differences *d)
{
	size_t i = 0, k = 0;

	d->all = calloc(a->count + b->count + 1, sizeof(*d->all));
	if (d->all == NULL)
		return -ENOMEM;
	while (i < a->count || k < b->count) {
		int order = i == a->count ? 1 : k == b->count ? -1 : strcmp(a->all[i].name, b->all[k].name);
		const char *name = order <= 0 ? a->all[i].name : b->all[k].name;
		size_t a_n = same_name(a, i, name), b_n = same_name(b, k, name);
		differ(a->all + i, a_n, b->all + k, b_n, d);
		i += a_n;
		k += b_n;
	}
	return 0;
}

int statement_diff_new(const char *a, size_t a_size, const char *b, size_t b_size, struct statement_diff **ret_diff,
                       struct statement_diff_error *reterr_error)
{
	CLEANUP(statement_diff_freep) struct statement_diff *d = calloc(1, sizeof(*d));
	struct reader r = { .error = reterr_error };

	if (d == NULL)
		return -ENOMEM;
	if (a_size > STATEMENT_DIFF_BYTES_MAX || b_size > STATEMENT_DIFF_BYTES_MAX)
		return -EFBIG;
	for (int i = 0; i < 2; i++) {
		r.side = &d->side[i];
		reterr_error->which = i;
		int err = read_side(&r, i == 0 ? a : b, i == 0 ? a_size : b_size);
		if (err < 0)
			return err;
	}
	if (compare_lists(&d->side[0].figures, &d->side[1].figures, &d->figures) < 0 ||
	    compare_lists(&d->side[0].inputs, &d->side[1].inputs, &d->inputs) < 0 ||
	    compare_lists(&d->side[0].amendments, &d->side[1].amendments, &d->amendments) < 0)
		return -ENOMEM;
	*ret_diff = TAKE_PTR(d);
	return 0;
}

static bool same_days(const struct statement_diff *d)
{
	return strcmp(d->side[0].from, d->side[1].from) == 0 && strcmp(d->side[0].to, d->side[1].to) == 0;
}

static bool same_coverage(const struct statement_diff *d)
{
	return strcmp(d->side[0].seen, d->side[1].seen) == 0 && strcmp(d->side[0].expected, d->side[1].expected) == 0;
}

static bool same_figures(const struct statement_diff *d)
{
	return d->figures.count == 0 && d->side[0].attacks == d->side[1].attacks;
}

/* Something beside the figures differs, which may explain why they do. */
static bool explained(const struct statement_diff *d)
{
	return d->inputs.count > 0 || d->amendments.count > 0 || !same_days(d) || !same_coverage(d);
}

static bool rules_differ(const struct statement_diff *d)
{
	for (size_t i = 0; i < d->inputs.count; i++) {
		const struct fact *f = d->inputs.all[i].a != NULL ? d->inputs.all[i].a : d->inputs.all[i].b;
		if (strcmp(f->name, "rule") == 0)
			return true;
	}
	return false;
}

/* One sentence on a line of its own, escaped. */
static void put_line(const char *first, struct text *sentence, struct text *out)
{
	text_add(out, first);
	escape_addz(out, ESCAPE_TERMINAL, text_get(sentence));
	text_add(out, "\n");
	out->failed |= sentence->failed;
	text_reset(sentence);
}

static void say_headline(const struct statement_diff *d, const struct sentences *s, struct text *out)
{
	uint64_t a = d->side[0].attacks, b = d->side[1].attacks, n = a < b ? b - a : a - b;
	char from[PRINT_MAX], to[PRINT_MAX], by[PRINT_MAX];
	struct text t = { 0 };

	if (n == 0)
		SENTENCES_SAY(s, SENTENCE_DIFF_SAME, 1, &t, { "a", print_count(a, from) });
	else
		SENTENCES_SAY(s, a < b ? SENTENCE_DIFF_MORE : SENTENCE_DIFF_FEWER, n, &t, { "n", print_count(n, by) },
		              { "a", print_count(a, from) }, { "b", print_count(b, to) });
	put_line("", &t, out);
	text_fini(&t);
}

static void say_periods(const struct statement_diff *d, const struct sentences *s, struct text *out)
{
	char a[2 * DAY_MAX + 8], b[2 * DAY_MAX + 8];
	struct text t = { 0 };

	if (same_days(d))
		return;
	(void)snprintf(a, sizeof(a), "%s .. %s", d->side[0].from, d->side[0].to);
	(void)snprintf(b, sizeof(b), "%s .. %s", d->side[1].from, d->side[1].to);
	SENTENCES_SAY(s, SENTENCE_DIFF_PERIODS, 1, &t, { "a", a }, { "b", b });
	put_line("", &t, out);
	text_fini(&t);
}

static void say_figures(const struct statement_diff *d, const struct sentences *s, struct text *out)
{
	struct text t = { 0 };

	if (d->figures.count == 0)
		return;
	text_add(&t, sentences_get(s, SENTENCE_DIFF_FIGURES));
	put_line("\n", &t, out);
	for (size_t i = 0; i < d->figures.count; i++) {
		const struct difference *x = &d->figures.all[i];
		uint64_t a = x->a != NULL ? x->a->count : 0, b = x->b != NULL ? x->b->count : 0;
		char from[PRINT_MAX], to[PRINT_MAX], by[PRINT_MAX];
		text_addf(&t, "%-36s %12s -> %s (%c%s)", x->a != NULL ? x->a->name : x->b->name, print_count(a, from),
		          print_count(b, to), a < b ? '+' : '-', print_count(a < b ? b - a : a - b, by));
		put_line("  ", &t, out);
	}
	text_fini(&t);
}

static void say_input(const struct difference *x, const struct sentences *s, struct text *t)
{
	const char *name = x->a != NULL ? x->a->name : x->b->name;

	if (x->a == NULL)
		SENTENCES_SAY(s, SENTENCE_DIFF_ADDED, 1, t, { "input", name }, { "b", x->b->value });
	else if (x->b == NULL)
		SENTENCES_SAY(s, SENTENCE_DIFF_REMOVED, 1, t, { "input", name }, { "a", x->a->value });
	else
		SENTENCES_SAY(s, SENTENCE_DIFF_CHANGED, 1, t, { "input", name }, { "a", x->a->value },
		              { "b", x->b->value });
}

static void say_amendment(const struct difference *x, const struct sentences *s, struct text *t)
{
	const struct fact *f = x->b != NULL ? x->b : x->a;

	SENTENCES_SAY(s, x->b != NULL ? SENTENCE_DIFF_AMENDED : SENTENCE_DIFF_UNAMENDED, 1, t, { "what", f->name },
	              { "by", f->value });
}

static void say_coverage(const struct statement_diff *d, const struct sentences *s, struct text *t)
{
	char a[2 * MINUTES_MAX], b[2 * MINUTES_MAX];

	(void)snprintf(a, sizeof(a), "%s/%s", d->side[0].seen, d->side[0].expected);
	(void)snprintf(b, sizeof(b), "%s/%s", d->side[1].seen, d->side[1].expected);
	SENTENCES_SAY(s, SENTENCE_DIFF_COVERAGE, 1, t, { "a", a }, { "b", b });
}

static void say_why(const struct statement_diff *d, const struct sentences *s, struct text *out)
{
	struct text t = { 0 };

	if (d->inputs.count + d->amendments.count == 0 && same_coverage(d))
		return;
	text_add(&t, sentences_get(s, SENTENCE_DIFF_WHY));
	put_line("\n", &t, out);
	for (size_t i = 0; i < d->inputs.count; i++) {
		say_input(&d->inputs.all[i], s, &t);
		put_line("  ", &t, out);
	}
	for (size_t i = 0; i < d->amendments.count; i++) {
		say_amendment(&d->amendments.all[i], s, &t);
		put_line("  ", &t, out);
	}
	if (!same_coverage(d)) {
		say_coverage(d, s, &t);
		put_line("  ", &t, out);
	}
	text_fini(&t);
}

void statement_diff_text(const struct statement_diff *diff, const struct sentences *sentences, struct text *out)
{
	struct text t = { 0 };

	text_add(&t, sentences_get(sentences, SENTENCE_DIFF_TITLE));
	put_line("", &t, out);
	text_add(out, "\n");
	say_periods(diff, sentences, out);
	say_headline(diff, sentences, out);
	if (rules_differ(diff))
		text_add(&t, sentences_get(sentences, SENTENCE_DIFF_RULE));
	else if (same_figures(diff) && !explained(diff))
		text_add(&t, sentences_get(sentences, SENTENCE_DIFF_IDENTICAL));
	else if (!same_figures(diff) && !explained(diff))
		text_add(&t, sentences_get(sentences, SENTENCE_DIFF_UNEXPLAINED));
	if (t.len > 0)
		put_line("", &t, out);
	say_figures(diff, sentences, out);
	say_why(diff, sentences, out);
	text_fini(&t);
}

static json_t *side_json(struct json_maker *m, const struct side *side)
{
	json_t *o = json_maker_object(m);

	json_maker_string(m, o, "from", side->from);
	json_maker_string(m, o, "to", side->to);
	json_maker_count(m, o, "attacks", side->attacks);
	json_maker_string(m, o, "seen_minutes", side->seen);
	json_maker_string(m, o, "expected_minutes", side->expected);
	return o;
}

static json_t *differences_json(struct json_maker *m, const struct differences *d, bool counts)
{
	json_t *rows = json_maker_array(m);

	for (size_t i = 0; i < d->count; i++) {
		const struct fact *a = d->all[i].a, *b = d->all[i].b;
		json_t *row = json_maker_object(m);
		json_maker_string(m, row, "name", a != NULL ? a->name : b->name);
		if (counts) {
			json_maker_count(m, row, "a", a != NULL ? a->count : 0);
			json_maker_count(m, row, "b", b != NULL ? b->count : 0);
		} else {
			json_maker_string_or_null(m, row, "a", a != NULL ? a->value : "");
			json_maker_string_or_null(m, row, "b", b != NULL ? b->value : "");
		}
		json_maker_append(m, rows, row);
	}
	return rows;
}

int statement_diff_json(const struct statement_diff *diff, struct text *out)
{
	struct json_maker m = { 0 };
	json_t *o = json_maker_object(&m);

	json_maker_put(&m, o, "a", side_json(&m, &diff->side[0]));
	json_maker_put(&m, o, "b", side_json(&m, &diff->side[1]));
	json_maker_put(&m, o, "figures", differences_json(&m, &diff->figures, true));
	json_maker_put(&m, o, "inputs", differences_json(&m, &diff->inputs, false));
	json_maker_put(&m, o, "amendments", differences_json(&m, &diff->amendments, false));
	json_maker_bool(&m, o, "same_rule", !rules_differ(diff));
	json_maker_bool(&m, o, "same_figures", same_figures(diff));
	json_maker_bool(&m, o, "explained", same_figures(diff) || explained(diff));
	return json_maker_end(&m, o, false, out);
}
