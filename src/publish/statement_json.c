#include "publish/statement_json.h"

#include <stdio.h>

#include "base/utc.h"
#include "publish/json_maker.h"
#include "publish/record_json.h"
#include "publish/statement_words.h"

enum { STATEMENT_FORMAT = 1 };

static const char *const doubts[STATEMENT_DOUBTS] = { "unseen",  "partly", "lossy",   "damaged",
	                                              "one-way", "full",   "not-over" };

static json_t *paths(struct json_maker *m, const uint64_t path[static PATH_COUNT])
{
	json_t *o = json_maker_object(m);

	for (int i = 0; i < PATH_COUNT; i++)
		json_maker_count(m, o, path_status_name((enum path_status)i), path[i]);
	return o;
}

static json_t *outcomes(struct json_maker *m, const uint64_t outcome[static OUTCOME_COUNT])
{
	json_t *o = json_maker_object(m);

	for (int i = 0; i < OUTCOME_COUNT; i++)
		json_maker_count(m, o, outcome_name((enum outcome)i), outcome[i]);
	return o;
}

static json_t *table(struct json_maker *m, const struct statement_table *t)
{
	json_t *rows = json_maker_array(m);

	for (size_t i = 0; i < t->count; i++) {
		json_t *row = json_maker_object(m);
		json_maker_string(m, row, "name", t->rows[i].name);
		json_maker_count(m, row, "attacks", t->rows[i].attacks);
		json_maker_put(m, row, "path", paths(m, t->rows[i].path));
		json_maker_put(m, row, "outcome", outcomes(m, t->rows[i].outcome));
		json_maker_append(m, rows, row);
	}
	return rows;
}

static json_t *tables(struct json_maker *m, const struct statement *st)
{
	json_t *o = json_maker_object(m);

	json_maker_put(m, o, "territory", table(m, &st->territories));
	json_maker_put(m, o, "zz_reason", table(m, &st->zz_reasons));
	json_maker_put(m, o, "target_class", table(m, &st->target_classes));
	json_maker_put(m, o, "asset", table(m, &st->assets));
	json_maker_put(m, o, "class", table(m, &st->classes));
	json_maker_put(m, o, "vector_group", table(m, &st->vector_groups));
	json_maker_put(m, o, "severity", table(m, &st->severities));
	json_maker_put(m, o, "outcome", table(m, &st->outcomes));
	return o;
}

static json_t *funnel(struct json_maker *m, const struct statement *st)
{
	json_t *o = json_maker_object(m);

	json_maker_count(m, o, "observations", st->observations);
	json_maker_count(m, o, "attacks", st->attacks);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		json_maker_count(m, o, outcome_name((enum outcome)i), st->outcome[i]);
	json_maker_count(m, o, "incidents", st->incidents);
	return o;
}

static void put_seen(struct json_maker *m, json_t *o, const struct statement_hour *h)
{
	json_t *doubt = json_maker_array(m);

	json_maker_count(m, o, "packets", h->packets);
	json_maker_count(m, o, "bytes", h->bytes);
	json_maker_count(m, o, "packets_in", h->packets_in);
	json_maker_count(m, o, "packets_out", h->packets_out);
	json_maker_count(m, o, "lost_packets", h->lost_packets);
	json_maker_count(m, o, "lost_bytes", h->lost_bytes);
	json_maker_count(m, o, "evicted_flows", h->evicted);
	json_maker_count(m, o, "apart", h->apart);
	json_maker_real(m, o, "seen_minutes", (double)h->seen_us / MINUTE_US);
	json_maker_real(m, o, "expected_minutes", (double)h->expected_us / MINUTE_US);
	for (unsigned i = 0; i < STATEMENT_DOUBTS; i++)
		if (h->doubt & 1u << i)
			json_maker_append_string(m, doubt, doubts[i]);
	json_maker_put(m, o, "doubt", doubt);
	json_maker_bool(m, o, "at_least", h->doubt != 0);
}

static json_t *hours(struct json_maker *m, const struct statement *st)
{
	json_t *rows = json_maker_array(m);
	char time[UTC_TEXT_MAX];

	for (size_t i = 0; i < st->hour_count; i++) {
		json_t *row = json_maker_object(m);
		json_maker_string(m, row, "hour", utc_format(st->hours[i].hour_us, time));
		json_maker_count(m, row, "attacks", st->hours[i].attacks);
		json_maker_put(m, row, "path", paths(m, st->hours[i].path));
		put_seen(m, row, &st->hours[i]);
		json_maker_append(m, rows, row);
	}
	return rows;
}

static json_t *coverage(struct json_maker *m, const struct statement *st)
{
	json_t *o = json_maker_object(m);

	put_seen(m, o, &st->coverage);
	json_maker_count(m, o, "sensors", st->sensors);
	return o;
}

static json_t *sources(struct json_maker *m, const struct statement *st)
{
	json_t *o = json_maker_object(m), *rows = json_maker_array(m);

	for (size_t i = 0; i < st->source_count; i++) {
		json_t *row = json_maker_object(m);
		json_maker_string(m, row, "territory", st->sources[i].territory);
		json_maker_count(m, row, "sources", st->sources[i].sources);
		json_maker_count(m, row, "units", st->sources[i].units);
		json_maker_append(m, rows, row);
	}
	json_maker_bool(m, o, "adds_up_to_attacks", false);
	json_maker_count(m, o, "unnamed", st->sources_unnamed);
	json_maker_put(m, o, "territories", rows);
	return o;
}

static json_t *inputs(struct json_maker *m, const struct statement *st)
{
	json_t *rows = json_maker_array(m);

	for (size_t i = 0; i < st->input_count; i++) {
		const struct statement_source *in = &st->inputs[i];
		json_t *row = json_maker_object(m);
		json_maker_string(m, row, "kind", in->kind);
		json_maker_string(m, row, "name", in->name);
		json_maker_string(m, row, "label", in->label);
		json_maker_string(m, row, "digest", in->digest);
		json_maker_time(m, row, "date", in->date_us);
		json_maker_count(m, row, "entries", in->entries);
		json_maker_bool(m, row, "stale", in->stale);
		json_maker_append(m, rows, row);
	}
	return rows;
}

static json_t *amendments(struct json_maker *m, const struct statement *st)
{
	json_t *rows = json_maker_array(m);

	for (size_t i = 0; i < st->amendment_count; i++) {
		const struct amendment *a = &st->amendments[i];
		json_t *row = json_maker_object(m);
		json_maker_string(m, row, "id", a->id);
		json_maker_time(m, row, "at", a->at_us);
		json_maker_string(m, row, "by", a->by);
		json_maker_string(m, row, "action", a->action);
		json_maker_string(m, row, "field", a->field);
		json_maker_string(m, row, "value", a->value);
		json_maker_string(m, row, "reason", a->reason);
		json_maker_append(m, rows, row);
	}
	return rows;
}

static json_t *top(struct json_maker *m, const struct statement *st)
{
	json_t *rows = json_maker_array(m);

	for (size_t i = 0; i < st->top_count; i++)
		json_maker_append(m, rows, record_json(m, st->top[i]));
	return rows;
}

struct lines {
	struct json_maker *m;
	json_t *array;
};

static void add_line(void *context, const char *sentence)
{
	struct lines *lines = context;

	json_maker_append_string(lines->m, lines->array, sentence);
}

static json_t *sentences_of(struct json_maker *m, const struct statement *st, const struct sentences *s)
{
	static const char *const names[STATEMENT_WORDS_PARTS] = { "said", "coverage", "care", "does_not_prove" };
	json_t *o = json_maker_object(m);

	for (int part = 0; part < STATEMENT_WORDS_PARTS; part++) {
		struct lines lines = { m, json_maker_array(m) };
		statement_words_each(st, s, (enum statement_words_part)part, add_line, &lines);
		json_maker_put(m, o, names[part], lines.array);
	}
	json_maker_string(m, o, "catalogue", sentences_digest(s));
	return o;
}

static void put_head(struct json_maker *m, json_t *o, const struct statement *st)
{
	char day[UTC_DAY_TEXT_MAX];

	json_maker_count(m, o, "statement", STATEMENT_FORMAT);
	json_maker_string(m, o, "estate", st->estate);
	json_maker_string(m, o, "program", st->program);
	json_maker_string(m, o, "from", utc_day_format(st->from_day, day));
	json_maker_string(m, o, "to", utc_day_format(st->to_day, day));
	json_maker_time(m, o, "made", st->now_us);
	json_maker_string_or_null(m, o, "rule", st->rule);
	json_maker_count(m, o, "rules", st->rules);
	json_maker_string(m, o, "inputs_digest", st->inputs_digest);
	json_maker_bool(m, o, "sealed", !st->not_sealed);
	json_maker_count(m, o, "attacks", st->attacks);
	json_maker_bool(m, o, "at_least", st->at_least);
	json_maker_count(m, o, "continued", st->continued);
	json_maker_count(m, o, "records", st->records);
	json_maker_count(m, o, "repeated", st->repeated);
	json_maker_count(m, o, "amended", st->amended);
}

int statement_json(const struct statement *st, const struct sentences *sentences, bool indent, struct text *out)
{
	struct json_maker m = { 0 };
	json_t *o = json_maker_object(&m);

	put_head(&m, o, st);
	json_maker_put(&m, o, "funnel", funnel(&m, st));
	json_maker_put(&m, o, "path", paths(&m, st->path));
	json_maker_put(&m, o, "tables", tables(&m, st));
	json_maker_put(&m, o, "directions", table(&m, &st->directions));
	json_maker_put(&m, o, "left_out", table(&m, &st->left_out));
	json_maker_put(&m, o, "hours", hours(&m, st));
	json_maker_put(&m, o, "coverage", coverage(&m, st));
	json_maker_put(&m, o, "sources_by_territory", sources(&m, st));
	json_maker_put(&m, o, "most_aggressive", top(&m, st));
	json_maker_put(&m, o, "amendments", amendments(&m, st));
	json_maker_put(&m, o, "inputs", inputs(&m, st));
	if (sentences != NULL)
		json_maker_put(&m, o, "sentences", sentences_of(&m, st, sentences));
	return json_maker_end(&m, o, indent, out);
}
