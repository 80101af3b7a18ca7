/* Everything besides packets that the figures depend on, each once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "publish/statement_parts.h"

enum { KINDS_OF_RUN = 6 };

static int compare_inputs(const void *pa, const void *pb)
{
	const struct statement_source *a = pa, *b = pb;
	int by_kind = strcmp(a->kind, b->kind), by_label = strcmp(a->label, b->label);
	int by_name = strcmp(a->name, b->name), by_digest = strcmp(a->digest, b->digest);
	int by_date = (a->date_us > b->date_us) - (a->date_us < b->date_us);

	return by_kind != 0    ? by_kind
	       : by_label != 0 ? by_label
	       : by_name != 0  ? by_name
	       : by_date != 0  ? by_date
	                       : by_digest;
}

static void add(struct statement *st, const char *kind, const char *digest)
{
	struct statement_source *s = &st->inputs[st->input_count++];

	(void)snprintf(s->kind, sizeof(s->kind), "%s", kind);
	(void)snprintf(s->digest, sizeof(s->digest), "%s", digest);
}

static void add_source(struct statement *st, const struct origin_source *from)
{
	struct statement_source *s = &st->inputs[st->input_count++];

	(void)snprintf(s->kind, sizeof(s->kind), "%s", from->kind);
	(void)snprintf(s->name, sizeof(s->name), "%s", from->name);
	(void)snprintf(s->label, sizeof(s->label), "%s", from->label);
	(void)snprintf(s->digest, sizeof(s->digest), "%s", from->digest);
	s->date_us = from->date_us;
	s->entries = from->entries;
	s->undated = from->date_us == 0;
	s->age_days = s->undated ? 0 : st->to_day - utc_day(from->date_us);
	s->stale = s->age_days > STATEMENT_STALE_DAYS || s->age_days < -STATEMENT_STALE_DAYS;
}

static void add_run(struct statement *st, const struct run_inputs *run)
{
	add(st, "rule", run->rule);
	add(st, "grade", run->grade);
	add(st, "estate", run->estate);
	add(st, "baseline", run->baseline);
	add(st, "capture", run->capture);
	add(st, "program", run->program);
	for (size_t i = 0; i < run->source_count; i++)
		add_source(st, &run->sources[i]);
}

static void keep_each_once(struct statement *st)
{
	size_t n = 0;

	qsort(st->inputs, st->input_count, sizeof(*st->inputs), compare_inputs);
	for (size_t i = 0; i < st->input_count; i++)
		if (n == 0 || compare_inputs(&st->inputs[n - 1], &st->inputs[i]) != 0)
			st->inputs[n++] = st->inputs[i];
	st->input_count = n;
}

static void find_rule(struct statement *st)
{
	for (size_t i = 0; i < st->input_count; i++) {
		if (strcmp(st->inputs[i].kind, "rule") != 0)
			continue;
		st->rules++;
		memcpy(st->rule, st->inputs[i].digest, sizeof(st->rule));
	}
	if (st->rules > 1)
		st->rule[0] = '\0';
}

static int digest_inputs(struct statement *st)
{
	struct text lines = { 0 };
	struct digest digest;

	for (size_t i = 0; i < st->input_count; i++) {
		const struct statement_source *s = &st->inputs[i];
		text_addf(&lines, "%s\x1f%s\x1f%s\x1f%lld\x1f%s\n", s->kind, s->label, s->name, (long long)s->date_us,
		          s->digest);
	}
	int err = lines.failed ? -ENOMEM : 0;
	digest_sha256(text_get(&lines), lines.len, &digest);
	digest_format(&digest, st->inputs_digest);
	text_fini(&lines);
	return err;
}

int statement_inputs_build(const struct statement_input *input, struct statement *st)
{
	size_t most = 1;

	for (size_t i = 0; i < input->input_count; i++)
		most += KINDS_OF_RUN + input->inputs[i].source_count;
	st->inputs = calloc(most, sizeof(*st->inputs));
	if (st->inputs == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < input->input_count; i++)
		add_run(st, &input->inputs[i]);
	keep_each_once(st);
	find_rule(st);
	return digest_inputs(st);
}
