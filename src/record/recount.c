#include "record/recount.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "record/field.h"
#include "record/observation_sort.h"

struct reading {
	struct data_dir *dir;
	const struct estate *estate;
	struct observation_sort *sort;
	struct recount_error *error;
};

static int read_file(struct reading *r, struct observation_reader *reader, const struct sealed_file *file)
{
	char hex[SHA256_TEXT_MAX];
	struct observation obs;
	struct digest digest;
	uint64_t lines;
	int more;

	while ((more = observation_reader_next(reader, &obs, &r->error->place)) > 0) {
		int err = observation_sort_add(r->sort, 0, &obs);
		if (err < 0)
			return err;
	}
	if (more < 0)
		return more;
	observation_reader_digest(reader, &digest, &lines);
	if (lines != file->lines || strcmp(digest_format(&digest, hex), file->digest) != 0)
		return RECOUNT_DIGEST;
	return 0;
}

static int read_sealed(void *context, const struct sealed_file *file)
{
	CLEANUP(observation_reader_freep) struct observation_reader *reader = NULL;
	struct reading *r = context;

	strcpy(r->error->name, file->name);
	int err = observation_reader_new(r->dir, file->name, r->estate, &reader);
	if (err < 0)
		return err == -ENOENT ? RECOUNT_MISSING : err;
	return read_file(r, reader, file);
}

static int emit(void *context, uint64_t group, const struct observation *obs)
{
	const struct observation_sink *sink = context;

	(void)group;
	sink->emit(sink->context, obs);
	return 0;
}

int recount_read(struct ledger *ledger, struct data_dir *dir, const struct estate *estate, const char *run,
                 int64_t from_day, int64_t to_day, size_t memory, const struct observation_sink *sink,
                 struct recount_error *reterr_error)
{
	CLEANUP(observation_sort_freep) struct observation_sort *sort = NULL;
	struct recount_error error = { 0 };
	struct reading reading = { .dir = dir, .estate = estate, .error = &error };
	int err = observation_sort_new(dir, memory, &sort);

	if (err < 0)
		return err;
	reading.sort = sort;
	err = ledger_each_sealed(ledger, run, from_day, to_day, read_sealed, &reading);
	if (err == 0) {
		struct observation_sink to = *sink;
		return observation_sort_each(sort, emit, &to);
	}
	*reterr_error = error;
	return err;
}

struct comparison {
	const char *id;
	struct text *out;
	size_t differences;
};

/* Every field of two structs that differs; what goes before the field's name. */
static void compare_fields(struct comparison *c, const char *what, const struct fields *fields, const void *a,
                           const void *b)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->field[i];
		if (field_equal(f, a, b))
			continue;
		text_addf(c->out, "%s: %s%s: ledger ", c->id, what, f->column);
		field_format(f, a, c->out);
		text_add(c->out, ", recount ");
		field_format(f, b, c->out);
		text_add(c->out, "\n");
		c->differences++;
	}
}

size_t recount_compare_fields(const char *id, const char *what, const struct fields *fields, const void *ledger,
                              const void *again, struct text *out)
{
	struct comparison c = { .id = id, .out = out };

	compare_fields(&c, what, fields, ledger, again);
	return c.differences;
}

static void compare_counts(struct comparison *c, const char *what, size_t a, size_t b)
{
	if (a == b)
		return;
	text_addf(c->out, "%s: %s: ledger %zu, recount %zu\n", c->id, what, a, b);
	c->differences++;
}

static void compare_sources(struct comparison *c, const struct attack *a, const struct attack *b)
{
	char what[48];

	compare_counts(c, "sources kept", a->sources_kept, b->sources_kept);
	for (size_t i = 0; i < a->sources_kept && i < b->sources_kept; i++) {
		(void)snprintf(what, sizeof(what), "source %zu ", i + 1);
		compare_fields(c, what, &fields_source, &a->sources[i], &b->sources[i]);
	}
}

static void compare_targets(struct comparison *c, const struct attack *a, const struct attack *b)
{
	compare_counts(c, "targets named", a->targets_named_count, b->targets_named_count);
	for (size_t i = 0; i < a->targets_named_count && i < b->targets_named_count; i++)
		if (strcmp(a->targets_named[i], b->targets_named[i]) != 0) {
			text_addf(c->out, "%s: target %zu: ledger \"%s\", recount \"%s\"\n", c->id, i + 1,
			          a->targets_named[i], b->targets_named[i]);
			c->differences++;
		}
}

size_t recount_compare(const struct attack *ledger, const struct attack *again, struct text *out)
{
	struct comparison c = { .id = ledger != NULL ? ledger->id : again->id, .out = out };

	if (ledger == NULL || again == NULL) {
		text_addf(out, "%s: %s\n", c.id,
		          ledger == NULL ? "missing in the ledger: the recount finds it"
		                         : "only in the ledger: the recount does not find it");
		return 1;
	}
	compare_fields(&c, "", &fields_attack, ledger, again);
	compare_sources(&c, ledger, again);
	compare_targets(&c, ledger, again);
	return c.differences;
}

struct matching {
	const struct attack **again; /* by id */
	bool *met;
	size_t count;
	struct text *out;
	uint64_t differences;
};

static int by_id(const void *a, const void *b)
{
	return strcmp((*(const struct attack *const *)a)->id, (*(const struct attack *const *)b)->id);
}

static int match(void *context, const struct record *record)
{
	struct matching *m = context;
	const struct attack *key = &record->attack;
	const struct attack **found = m->count > 0 ? bsearch(&key, m->again, m->count, sizeof(*m->again), by_id) : NULL;

	if (found != NULL)
		m->met[found - m->again] = true;
	m->differences += recount_compare(key, found != NULL ? *found : NULL, m->out);
	return m->out->failed ? -ENOMEM : 0;
}

int recount_compare_all(struct ledger *ledger, const struct ledger_filter *filter, const struct attack *again,
                        size_t count, struct text *out, uint64_t *ret_differences)
{
	CLEANUP(freep) const struct attack **sorted = calloc(count + 1, sizeof(*sorted));
	CLEANUP(freep) bool *met = calloc(count + 1, sizeof(*met));
	struct matching m = { .again = sorted, .met = met, .count = count, .out = out };
	struct ledger_filter as_decided = *filter;

	if (sorted == NULL || met == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &again[i];
	qsort(sorted, count, sizeof(*sorted), by_id);
	as_decided.as_decided = true;
	int err = ledger_each_record(ledger, &as_decided, match, &m);
	for (size_t i = 0; i < count && err == 0; i++)
		if (!met[i])
			m.differences += recount_compare(NULL, sorted[i], out);
	if (err == 0)
		*ret_differences = m.differences;
	return err != 0 ? err : out->failed ? -ENOMEM : 0;
}
