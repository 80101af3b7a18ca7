#include "record/recount_rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "record/amendment.h"
#include "record/day_cells.h"
#include "record/field.h"
#include "record/recount.h"

struct rows {
	struct ledger *ledger;
	const struct data_dir *dir;
	const char *run;
	struct text *out;
	uint64_t *differences;
};

__attribute__((format(printf, 2, 3))) static void differ(const struct rows *r, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_addf(r->out, "%s\n", line);
	++*r->differences;
}

static struct ledger_filter decided_of(const char *run)
{
	struct ledger_filter f = LEDGER_FILTER_ALL;

	f.as_decided = f.without_sources = true;
	(void)snprintf(f.run, sizeof(f.run), "%s", run);
	return f;
}

struct replaying {
	const struct rows *rows;
	struct record record;
	enum attack_status decided;
};

static int replay_amendment(void *context, const struct amendment *said)
{
	struct replaying *r = context;

	if (amendment_valid(said))
		amendment_apply(said, r->decided, &r->record);
	else
		differ(r->rows, "%s: an amendment by \"%s\" that nobody can make: %s %s %s", said->id, said->by,
		       said->action, said->field, said->value);
	return 0;
}

static int check_standing(void *context, const struct record *decided)
{
	const struct rows *r = context;
	CLEANUP(record_fini) struct record stands = { 0 };
	struct replaying replaying = { .rows = r, .record = *decided, .decided = decided->attack.status };

	int err = ledger_each_amendment(r->ledger, decided->attack.id, replay_amendment, &replaying);
	if (err == 0)
		err = ledger_get(r->ledger, decided->attack.id, false, &stands);
	if (err == 0)
		*r->differences +=
		        recount_compare_fields(decided->attack.id, "", &fields_now, &stands, &replaying.record, r->out);
	return err;
}

int recount_standing(struct ledger *ledger, const char *run, struct text *out, uint64_t *differences)
{
	struct rows r = { .ledger = ledger, .run = run, .out = out, .differences = differences };
	struct ledger_filter f = decided_of(run);

	return ledger_each_record(ledger, &f, check_standing, &r);
}

static int add_record(void *context, const struct record *record)
{
	struct day_total total = day_total_of(record);

	return day_cells_add(context, &total, 1);
}

static int take_total(void *context, const struct day_total *total)
{
	return day_cells_add(context, total, -1);
}

/* What is left of the attacks' sums when the day table's are taken away. */
static int name_cell(void *context, const struct day_total *left)
{
	const struct rows *r = context;
	char day[UTC_DAY_TEXT_MAX];

	differ(r, "day_total %s: %s, %s, %s, %s, severity %u, %s: the attacks say %+lld attacks, %+lld observations",
	       utc_day_format(left->day, day), direction_name(left->direction), attack_class_name(left->class),
	       attack_status_name(left->status), outcome_name(left->outcome), left->severity, left->territory,
	       (long long)left->attacks, (long long)left->observations);
	return 0;
}

int recount_day_table(struct ledger *ledger, int64_t from_day, int64_t to_day, struct text *out, uint64_t *differences)
{
	struct rows r = { .ledger = ledger, .out = out, .differences = differences };
	CLEANUP(day_cells_fini) struct day_cells left = { 0 };
	struct ledger_filter f = LEDGER_FILTER_ALL;

	f.from_day = from_day;
	f.to_day = to_day;
	f.without_sources = true;
	int err = ledger_each_record(ledger, &f, add_record, &left);
	if (err == 0)
		err = ledger_each_day_total(ledger, from_day, to_day, take_total, &left);
	return err == 0 ? day_cells_each(&left, INT64_MIN, INT64_MAX, name_cell, &r) : err;
}

static int digest_of(const struct data_dir *dir, const char *name, char hex[static SHA256_TEXT_MAX])
{
	CLEANUP(data_reader_freep) struct data_reader *reader = NULL;
	CLEANUP(digest_stream_freep) struct digest_stream *stream = digest_stream_new();
	struct digest digest;
	char block[16384];
	int n, err;

	if (stream == NULL)
		return -ENOMEM;
	if ((err = data_reader_new(dir, name, &reader)) < 0)
		return err;
	while ((n = data_reader_read(reader, block, sizeof(block))) > 0)
		digest_stream_add(stream, block, (size_t)n);
	if (n < 0)
		return n;
	digest_stream_end(TAKE_PTR(stream), &digest);
	(void)digest_format(&digest, hex);
	return 0;
}

static void check_slice(const struct rows *r, const struct record *record)
{
	const char *id = record->attack.id;
	char name[128], hex[SHA256_TEXT_MAX];

	if ((record->evidence_count > 0) != (record->evidence[0] != '\0'))
		differ(r, "%s: evidence_count %llu, but evidence \"%s\"", id,
		       (unsigned long long)record->evidence_count, record->evidence);
	if (record->evidence[0] == '\0')
		return;
	(void)snprintf(name, sizeof(name), "evidence/%s.pcapng", record->evidence);
	int err = digest_of(r->dir, name, hex);
	if (err < 0)
		differ(r, "%s: %s: %s", id, name, err == -ENOENT ? "missing" : strerror(-err));
	else if (strcmp(hex, record->evidence) != 0)
		differ(r, "%s: %s: altered: its SHA-256 is %s", id, name, hex);
}

/* All sealed rows of a ledger or a run, in any order. */
struct sealed_rows {
	struct sealed_file *files; /* owned */
	size_t count, size;
};

static void sealed_rows_fini(struct sealed_rows *s)
{
	free(s->files);
}

static int take_sealed(void *context, const struct sealed_file *file)
{
	struct sealed_rows *s = context;

	if (s->count == s->size) {
		size_t size = s->size == 0 ? 64 : 2 * s->size;
		struct sealed_file *files = reallocarray(s->files, size, sizeof(*files));
		if (files == NULL)
			return -ENOMEM;
		s->files = files;
		s->size = size;
	}
	s->files[s->count++] = *file;
	return 0;
}

static int by_attack(const void *a, const void *b)
{
	return strcmp(((const struct sealed_file *)a)->attack, ((const struct sealed_file *)b)->attack);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sealed_file *)a)->name, ((const struct sealed_file *)b)->name);
}

static int read_sealed_rows(struct ledger *ledger, const char *run, int (*order)(const void *, const void *),
                            struct sealed_rows *s)
{
	int err = ledger_each_sealed(ledger, run, INT64_MIN, INT64_MAX, take_sealed, s);

	if (err == 0 && s->count > 0)
		qsort(s->files, s->count, sizeof(*s->files), order);
	return err;
}

static const struct sealed_file *find_sealed(const struct sealed_rows *s, const struct sealed_file *key,
                                             int (*order)(const void *, const void *))
{
	return s->count > 0 ? bsearch(key, s->files, s->count, sizeof(*s->files), order) : NULL;
}

struct evidence_check {
	struct rows rows;
	struct sealed_rows sealed; /* by attack */
};

static int check_evidence(void *context, const struct record *record)
{
	const struct evidence_check *c = context;
	struct sealed_file key = { 0 };

	memcpy(key.attack, record->attack.id, sizeof(key.attack));
	const struct sealed_file *file = find_sealed(&c->sealed, &key, by_attack);
	const char *sealed = file != NULL ? file->digest : "";
	if (strcmp(sealed, record->observations_digest) != 0)
		differ(&c->rows, "%s: observations_digest \"%s\", its sealed file has \"%s\"", key.attack,
		       record->observations_digest, sealed);
	check_slice(&c->rows, record);
	return 0;
}

int recount_evidence(struct ledger *ledger, const struct data_dir *dir, const char *run, struct text *out,
                     uint64_t *differences)
{
	struct evidence_check c = { .rows = { .ledger = ledger, .dir = dir, .out = out, .differences = differences } };
	struct ledger_filter f = decided_of(run);

	int err = read_sealed_rows(ledger, run, by_attack, &c.sealed);
	if (err == 0)
		err = ledger_each_record(ledger, &f, check_evidence, &c);
	sealed_rows_fini(&c.sealed);
	return err;
}

struct run_sum {
	const char *run;
	uint64_t observations;
};

static int add_coverage(void *context, const struct coverage *coverage)
{
	struct run_sum *s = context;

	if (strcmp(coverage->run, s->run) == 0)
		s->observations += coverage->observations;
	return 0;
}

static int add_lines(void *context, const struct sealed_file *file)
{
	struct run_sum *s = context;

	s->observations += file->lines;
	return 0;
}

int recount_coverage(struct ledger *ledger, const char *run, struct text *out, uint64_t *differences)
{
	struct rows r = { .out = out, .differences = differences };
	struct run_sum said = { .run = run }, sealed = { .run = run };

	int err = ledger_each_coverage(ledger, INT64_MIN, INT64_MAX, add_coverage, &said);
	if (err == 0)
		err = ledger_each_sealed(ledger, run, INT64_MIN, INT64_MAX, add_lines, &sealed);
	if (err == 0 && said.observations != sealed.observations)
		differ(&r, "run %s: coverage: observations: ledger %llu, sealed lines %llu", run,
		       (unsigned long long)said.observations, (unsigned long long)sealed.observations);
	return err;
}

void recount_input(const char *run, const struct origin_source *row, const struct origin_source *file, struct text *out,
                   uint64_t *differences)
{
	char what[128];

	(void)snprintf(what, sizeof(what), "run_input %.64s: ", row->digest);
	*differences += recount_compare_fields(run, what, &fields_input, row, file, out);
}

struct stray_check {
	struct rows rows;
	struct sealed_rows sealed; /* by name */
	int64_t from_day, to_day;
};

static bool in_days(const struct stray_check *c, const char *name)
{
	char text[UTC_DAY_TEXT_MAX] = "";
	int64_t day;

	(void)sscanf(name, "observations/%10[0-9-]/", text);
	return utc_day_parse(text, &day) < 0 || (day >= c->from_day && day <= c->to_day);
}

static int check_stray(void *context, const char *name)
{
	const struct stray_check *c = context;
	struct sealed_file key = { 0 };

	(void)snprintf(key.name, sizeof(key.name), "%s", name);
	if (in_days(c, name) && find_sealed(&c->sealed, &key, by_name) == NULL)
		differ(&c->rows, "file %s is named by no run", name);
	return 0;
}

int recount_strays(struct ledger *ledger, const struct data_dir *dir, int64_t from_day, int64_t to_day,
                   struct text *out, uint64_t *differences)
{
	struct stray_check c = { .rows = { .out = out, .differences = differences },
		                 .from_day = from_day,
		                 .to_day = to_day };
	uint64_t superseded = 0;

	int err = ledger_count_superseded(ledger, &superseded);
	if (err < 0 || superseded > 0)
		return err;
	err = read_sealed_rows(ledger, "", by_name, &c.sealed);
	if (err == 0)
		err = data_dir_each_file(dir, "observations", check_stray, &c);
	sealed_rows_fini(&c.sealed);
	return err;
}
