/* ledger_sqlite_read.c - records, runs, coverage, sealed files and sums out of the database. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "record/amendment.h"
#include "record/field.h"
#include "record/ledger_row.h"
#include "record/ledger_sql.h"
#include "record/ledger_sqlite.h"

#define FILTER(prefix)                                                                                                 \
	" FROM attack JOIN run USING (run_no) WHERE first_us BETWEEN ?1 AND ?2"                                        \
	" AND (?3 = '' OR territory = ?3)"                                                                             \
	" AND (?4 = '' OR asset = ?4 OR substr(asset, 1, length(?4) + 1) = ?4 || '/')"                                 \
	" AND (?5 = '' OR run = ?5)"                                                                                   \
	" AND (?6 IS NULL OR " prefix "class = ?6) AND (?7 IS NULL OR " prefix "outcome = ?7)"                         \
	" AND (?8 IS NULL OR direction = ?8) AND (?9 IS NULL OR path = ?9)"                                            \
	" AND (?10 IS NULL OR " prefix "status = ?10)"                                                                 \
	" AND " prefix "severity BETWEEN ?11 AND ?12"

int ledger_sqlite_find_capture(struct ledger *ledger, const char *capture, char ret_run[static 27])
{
	sqlite3_int64 run_no;

	return ledger_sql_find_capture(ledger_sql_of(ledger), capture, &run_no, ret_run);
}

int ledger_sqlite_count_superseded(struct ledger *ledger, uint64_t *ret_count)
{
	CLEANUP(ledger_sql_finalizep) sqlite3_stmt *s = NULL;
	int err = ledger_sql_prepare(ledger_sql_of(ledger), "SELECT count(*) FROM run WHERE superseded_by IS NOT NULL",
	                             &s);

	if (err == 0 && (err = ledger_sql_next(s)) > 0)
		*ret_count = (uint64_t)sqlite3_column_int64(s, 0);
	return err < 0 ? err : 0;
}

int ledger_sqlite_find_id(struct ledger *ledger, const char *prefix, char ret_id[static ATTACK_ID_MAX])
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(ledger_sql_of(ledger), ATTACK_PREFIX, &s);

	if (err < 0)
		return err;
	ret_id[0] = '\0';
	(void)sqlite3_bind_text(s, 1, prefix, -1, SQLITE_STATIC);
	int found = ledger_sql_next(s);
	if (found > 0 && (err = ledger_row_text(s, 0, ret_id, ATTACK_ID_MAX)) == 0 && (found = ledger_sql_next(s)) > 0)
		err = LEDGER_AMBIGUOUS;
	else if (found == 0)
		err = ret_id[0] == '\0' ? -ENOENT : 0;
	(void)sqlite3_reset(s);
	return found < 0 ? found : err;
}

/* Read attack_no, run, attack, record, now. */
static int read_record(sqlite3_stmt *s, bool as_decided, struct record *ret_record, sqlite3_int64 *ret_attack_no)
{
	int at;

	*ret_record = (struct record){ 0 };
	*ret_attack_no = sqlite3_column_int64(s, 0);
	if (ledger_row_text(s, 1, ret_record->run, sizeof(ret_record->run)) < 0)
		return LEDGER_CORRUPT;
	if ((at = ledger_row_read(s, 2, &fields_attack, &ret_record->attack)) < 0)
		return at;
	if ((at = ledger_row_read(s, at, &fields_record, ret_record)) < 0 || as_decided)
		return at < 0 ? at : 0;
	return ledger_row_read(s, at, &fields_now, ret_record) < 0 ? LEDGER_CORRUPT : 0;
}

static int read_sources(struct sqlite_ledger *l, sqlite3_int64 attack_no, struct attack *a)
{
	size_t size = 0;
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, SOURCE_OF, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, attack_no);
	while ((err = ledger_sql_next(s)) > 0) {
		if (a->sources_kept == size) {
			size = size == 0 ? 4 : 2 * size;
			struct attack_source *grown = reallocarray(a->sources, size, sizeof(*grown));
			if (grown == NULL) {
				err = -ENOMEM;
				break;
			}
			a->sources = grown;
		}
		struct attack_source *source = &a->sources[a->sources_kept++];
		*source = (struct attack_source){ 0 };
		if ((err = ledger_row_read(s, 0, &fields_source, source)) < 0)
			break;
	}
	(void)sqlite3_reset(s);
	return err;
}

static int read_targets(struct sqlite_ledger *l, sqlite3_int64 attack_no, struct attack *a)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, TARGET_OF, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, attack_no);
	while ((err = ledger_sql_next(s)) > 0 && a->targets_named_count < ATTACK_TARGETS_MAX)
		if ((err = ledger_row_text(s, 0, a->targets_named[a->targets_named_count++], ASSET_TEXT_MAX)) < 0)
			break;
	(void)sqlite3_reset(s);
	return err < 0 ? err : 0;
}

static int read_whole(struct sqlite_ledger *l, sqlite3_stmt *s, const struct ledger_filter *filter,
                      struct record *ret_record)
{
	sqlite3_int64 attack_no;
	int err = read_record(s, filter->as_decided, ret_record, &attack_no);

	if (err == 0 && !filter->without_sources)
		err = read_sources(l, attack_no, &ret_record->attack);
	if (err == 0 && !filter->without_sources)
		err = read_targets(l, attack_no, &ret_record->attack);
	if (err < 0)
		record_fini(ret_record);
	return err;
}

int ledger_sqlite_get(struct ledger *ledger, const char *id, bool as_decided, struct record *ret_record)
{
	struct sqlite_ledger *l = ledger_sql_of(ledger);
	struct ledger_filter filter = { .as_decided = as_decided };
	struct record record;
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, ATTACK_GET, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	int found = ledger_sql_next(s);
	if (found > 0 && (err = read_whole(l, s, &filter, &record)) == 0)
		*ret_record = record;
	(void)sqlite3_reset(s);
	return found <= 0 ? (found < 0 ? found : -ENOENT) : err;
}

/* First microsecond of a day, and last of it, for any int64 day. */
static int64_t day_start(int64_t day)
{
	int64_t us;

	if (__builtin_mul_overflow(day, DAY_US, &us))
		return day < 0 ? INT64_MIN : INT64_MAX;
	return us;
}

static int64_t day_end(int64_t day)
{
	return day == INT64_MAX || day_start(day + 1) == INT64_MAX ? INT64_MAX : day_start(day + 1) - 1;
}

static void bind_word(sqlite3_stmt *s, int at, const char *word)
{
	(void)sqlite3_bind_text(s, at, word, -1, SQLITE_STATIC); /* NULL: any */
}

static void bind_filter(sqlite3_stmt *s, const struct ledger_filter *f)
{
	(void)sqlite3_bind_int64(s, 1, day_start(f->from_day));
	(void)sqlite3_bind_int64(s, 2, day_end(f->to_day));
	bind_word(s, 3, f->territory);
	bind_word(s, 4, f->asset);
	bind_word(s, 5, f->run);
	bind_word(s, 6, f->class == LEDGER_ANY ? NULL : attack_class_name((enum attack_class)f->class));
	bind_word(s, 7, f->outcome == LEDGER_ANY ? NULL : outcome_name((enum outcome)f->outcome));
	bind_word(s, 8, f->direction == LEDGER_ANY ? NULL : direction_name((enum direction)f->direction));
	bind_word(s, 9, f->path == LEDGER_ANY ? NULL : path_status_name((enum path_status)f->path));
	bind_word(s, 10, f->status == LEDGER_ANY ? NULL : attack_status_name((enum attack_status)f->status));
	(void)sqlite3_bind_int(s, 11, f->severity_min);
	(void)sqlite3_bind_int(s, 12, f->severity_max);
}

int ledger_sqlite_count(struct ledger *ledger, const struct ledger_filter *filter, uint64_t *ret_count)
{
	CLEANUP(ledger_sql_finalizep) sqlite3_stmt *s = NULL;
	int err = ledger_sql_prepare(
	        ledger_sql_of(ledger),
	        filter->as_decided ? "SELECT count(*)" FILTER("") : "SELECT count(*)" FILTER("now_"), &s);

	if (err < 0)
		return err;
	bind_filter(s, filter);
	if ((err = ledger_sql_next(s)) > 0)
		*ret_count = (uint64_t)sqlite3_column_int64(s, 0);
	return err < 0 ? err : 0;
}

int ledger_sqlite_each_record(struct ledger *ledger, const struct ledger_filter *filter, ledger_record_fn *each,
                              void *context)
{
#define COLUMNS "SELECT attack_no, run, {attack}, {record}, {now}"
#define ORDER   " ORDER BY first_us, id LIMIT ?13 OFFSET ?14"
	CLEANUP(ledger_sql_finalizep) sqlite3_stmt *s = NULL;
	int64_t limit = filter->limit == 0 || filter->limit > INT64_MAX ? -1 : (int64_t)filter->limit;
	int err = ledger_sql_prepare(ledger_sql_of(ledger),
	                             filter->as_decided ? COLUMNS FILTER("") ORDER : COLUMNS FILTER("now_") ORDER, &s);

	if (err < 0)
		return err;
	bind_filter(s, filter);
	(void)sqlite3_bind_int64(s, 13, limit);
	(void)sqlite3_bind_int64(s, 14, filter->offset > INT64_MAX ? INT64_MAX : (int64_t)filter->offset);
	while ((err = ledger_sql_next(s)) > 0) {
		struct record record;
		err = read_whole(ledger_sql_of(ledger), s, filter, &record);
		if (err == 0) {
			err = each(context, &record);
			record_fini(&record);
		}
		if (err != 0)
			break;
	}
	return err;
}

int ledger_sqlite_each_coverage(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_coverage_fn *each,
                                void *context)
{
	CLEANUP(ledger_sql_finalizep) sqlite3_stmt *s = NULL;
	int err = ledger_sql_prepare(ledger_sql_of(ledger), ledger_sql_text[COVERAGE_RANGE], &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, day_start(from_day));
	(void)sqlite3_bind_int64(s, 2, day_end(to_day));
	while ((err = ledger_sql_next(s)) > 0) {
		struct coverage c = { 0 };
		if (ledger_row_text(s, 0, c.run, sizeof(c.run)) < 0 || ledger_row_read(s, 1, &fields_coverage, &c) < 0)
			return LEDGER_CORRUPT;
		if ((err = each(context, &c)) != 0)
			break;
	}
	return err;
}

static int read_inputs(struct sqlite_ledger *l, sqlite3_int64 run_no, struct run_inputs *inputs)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, INPUT_OF, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, run_no);
	while ((err = ledger_sql_next(s)) > 0) {
		struct origin_source *grown = reallocarray(inputs->sources, inputs->source_count + 1, sizeof(*grown));
		if (grown == NULL) {
			err = -ENOMEM;
			break;
		}
		inputs->sources = grown;
		grown[inputs->source_count] = (struct origin_source){ 0 };
		if ((err = ledger_row_read(s, 0, &fields_input, &grown[inputs->source_count++])) < 0)
			break;
	}
	(void)sqlite3_reset(s);
	return err;
}

int ledger_sqlite_each_run(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_run_fn *each, void *context)
{
	CLEANUP(ledger_sql_finalizep) sqlite3_stmt *s = NULL;
	int err = ledger_sql_prepare(ledger_sql_of(ledger), ledger_sql_text[RUN_RANGE], &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, day_start(from_day));
	(void)sqlite3_bind_int64(s, 2, day_end(to_day));
	(void)sqlite3_bind_int64(s, 3, from_day);
	(void)sqlite3_bind_int64(s, 4, to_day);
	while ((err = ledger_sql_next(s)) > 0) {
		struct run_inputs inputs = { 0 };
		if (ledger_row_read(s, 1, &fields_run, &inputs) < 0)
			return LEDGER_CORRUPT;
		err = read_inputs(ledger_sql_of(ledger), sqlite3_column_int64(s, 0), &inputs);
		if (err == 0)
			err = each(context, &inputs);
		free(inputs.sources);
		if (err != 0)
			break;
	}
	return err;
}

int ledger_sqlite_each_sealed(struct ledger *ledger, const char *run, int64_t from_day, int64_t to_day,
                              ledger_sealed_fn *each, void *context)
{
	CLEANUP(ledger_sql_finalizep) sqlite3_stmt *s = NULL;
	int err = ledger_sql_prepare(ledger_sql_of(ledger), ledger_sql_text[SEALED_RANGE], &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, from_day);
	(void)sqlite3_bind_int64(s, 2, to_day);
	(void)sqlite3_bind_text(s, 3, run, -1, SQLITE_STATIC);
	while ((err = ledger_sql_next(s)) > 0) {
		struct sealed_file f = { 0 };
		if (ledger_row_text(s, 0, f.run, sizeof(f.run)) < 0 || ledger_row_read(s, 1, &fields_sealed, &f) < 0)
			return LEDGER_CORRUPT;
		if ((err = each(context, &f)) != 0)
			break;
	}
	return err;
}

int ledger_sqlite_each_amendment(struct ledger *ledger, const char *id, ledger_amendment_fn *each, void *context)
{
	CLEANUP(ledger_sql_finalizep) sqlite3_stmt *s = NULL;
	int err = ledger_sql_prepare(ledger_sql_of(ledger),
	                             ledger_sql_text[id[0] != '\0' ? AMENDMENT_OF : AMENDMENT_ALL], &s);

	if (err < 0)
		return err;
	if (id[0] != '\0')
		(void)sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	while ((err = ledger_sql_next(s)) > 0) {
		struct amendment said = { 0 };
		if (ledger_row_read(s, 0, &fields_amendment, &said) < 0)
			return LEDGER_CORRUPT;
		if ((err = each(context, &said)) != 0)
			break;
	}
	return err;
}

/* Gathered first: SQLite would order the words by their letters, the contract orders them by their number. */
int ledger_sqlite_each_day_total(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
                                 void *context)
{
	CLEANUP(ledger_sql_finalizep) sqlite3_stmt *s = NULL;
	CLEANUP(day_cells_fini) struct day_cells cells = { 0 };
	struct day_total total;
	int err = ledger_sql_prepare(ledger_sql_of(ledger), ledger_sql_text[DAY_RANGE], &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, from_day);
	(void)sqlite3_bind_int64(s, 2, to_day);
	while ((err = ledger_sql_next(s)) > 0)
		if ((err = ledger_sql_read_cell(s, 0, &total)) < 0 || (err = day_cells_add(&cells, &total, 1)) < 0)
			return err;
	return err < 0 ? err : day_cells_each(&cells, from_day, to_day, each, context);
}
