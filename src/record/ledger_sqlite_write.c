/* ledger_sqlite_write.c - runs, attacks and amendments into the database, the day table with them. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "record/amendment.h"
#include "record/field.h"
#include "record/ledger_row.h"
#include "record/ledger_sql.h"
#include "record/ledger_sqlite.h"

/* Bring the day table up to what this transaction changed. */
static int write_cell(struct sqlite_ledger *l, const struct day_total *cell)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, DAY_ADD, &s);

	if (err < 0)
		return err;
	int at = ledger_row_bind(s, 1, &fields_day_total, cell);
	(void)sqlite3_bind_int64(s, at, (sqlite3_int64)cell->attacks);
	(void)sqlite3_bind_int64(s, at + 1, (sqlite3_int64)cell->observations);
	if ((err = ledger_sql_finish(s)) < 0 || (int64_t)cell->attacks > 0)
		return err;
	if ((err = ledger_sql_take(l, DAY_SWEEP, &s)) < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, cell->day);
	return ledger_sql_finish(s);
}

static int write_cells(struct sqlite_ledger *l)
{
	int err = 0;

	for (size_t i = 0; i < l->change.size && err == 0; i++)
		if (l->change.used[i])
			err = write_cell(l, &l->change.cells[i]);
	day_cells_reset(&l->change);
	return err;
}

static int run_statement(struct sqlite_ledger *l, enum ledger_sql which, sqlite3_int64 first)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, which, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, first);
	return ledger_sql_finish(s);
}

static int take_cells_away(struct sqlite_ledger *l, sqlite3_int64 run_no)
{
	struct day_total total;
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, RUN_CELLS, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, run_no);
	while ((err = ledger_sql_next(s)) > 0)
		if ((err = ledger_sql_read_cell(s, 0, &total)) < 0 || (err = day_cells_add(&l->change, &total, -1)) < 0)
			break;
	(void)sqlite3_reset(s);
	return err;
}

/* What the former run over this capture gave leaves; its row stays and names its successor. */
static int supersede(struct sqlite_ledger *l, sqlite3_int64 former)
{
	static const enum ledger_sql drops[] = { RUN_DROP_ATTACKS, RUN_DROP_COVERAGE, RUN_DROP_SEALED };
	sqlite3_stmt *s;
	int err = take_cells_away(l, former);

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]) && err == 0; i++)
		err = run_statement(l, drops[i], former);
	if (err < 0 || (err = ledger_sql_take(l, RUN_SUPERSEDE, &s)) < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, l->run_no);
	(void)sqlite3_bind_int64(s, 2, former);
	return ledger_sql_finish(s);
}

static int add_inputs(struct sqlite_ledger *l, const struct run_inputs *inputs)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, RUN_ADD, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, l->run_no);
	ledger_row_bind(s, 2, &fields_run, inputs);
	err = ledger_sql_finish(s);
	if (err == 0)
		err = ledger_sql_take(l, INPUT_ADD, &s);
	for (size_t i = 0; i < inputs->source_count && err == 0; i++) {
		(void)sqlite3_bind_int64(s, 1, l->run_no);
		(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)i);
		ledger_row_bind(s, 3, &fields_input, &inputs->sources[i]);
		err = ledger_sql_finish(s);
	}
	return err;
}

/* -EEXIST if the run's id is taken; else sets the number it gets. */
static int number_run(struct sqlite_ledger *l, const char *run)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, RUN_FIND, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, run, -1, SQLITE_STATIC);
	int found = ledger_sql_next(s);
	(void)sqlite3_reset(s);
	if (found != 0)
		return found < 0 ? found : -EEXIST;
	if ((err = ledger_sql_take(l, RUN_NEXT, &s)) < 0)
		return err;
	if ((err = ledger_sql_next(s)) > 0)
		l->run_no = sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return err < 0 ? err : 0;
}

void ledger_sqlite_rollback(struct ledger *ledger)
{
	(void)ledger_sql_exec(ledger_sql_of(ledger),
	                      "ROLLBACK"); /* after a full disk SQLite may have rolled back itself */
	day_cells_reset(&ledger_sql_of(ledger)->change);
}

int ledger_sqlite_begin(struct ledger *ledger, const struct run_inputs *inputs)
{
	struct sqlite_ledger *l = ledger_sql_of(ledger);
	sqlite3_int64 former;
	char run[27];
	int err = ledger_sql_exec(l, "BEGIN IMMEDIATE");

	if (err < 0)
		return err;
	err = number_run(l, inputs->run);
	int found = err == 0 ? ledger_sql_find_capture(l, inputs->capture, &former, run) : err;
	err = found > 0 ? supersede(l, former) : found;
	if (err == 0)
		err = add_inputs(l, inputs);
	if (err < 0)
		ledger_sqlite_rollback(ledger);
	return err;
}

/* Take an attack of this id out again, with its share of the day table. */
static int drop_attack(struct sqlite_ledger *l, const char *id)
{
	struct day_total total;
	sqlite3_int64 attack_no = 0;
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, ATTACK_CELL, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	int found = ledger_sql_next(s);
	if (found > 0) {
		attack_no = sqlite3_column_int64(s, 0);
		err = ledger_sql_read_cell(s, 1, &total);
	}
	(void)sqlite3_reset(s);
	if (found <= 0 || err < 0)
		return found < 0 ? found : err;
	if ((err = day_cells_add(&l->change, &total, -1)) < 0)
		return err;
	return run_statement(l, ATTACK_DROP, attack_no);
}

/* Let everything said about the record's attack change it. */
static int apply_amendments(struct sqlite_ledger *l, struct record *record)
{
	enum attack_status decided = record->attack.status;
	struct amendment said = { 0 };
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, AMENDMENT_OF, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, record->attack.id, -1, SQLITE_STATIC);
	while ((err = ledger_sql_next(s)) > 0) {
		if (ledger_row_read(s, 0, &fields_amendment, &said) < 0 || !amendment_valid(&said)) {
			err = LEDGER_CORRUPT;
			break;
		}
		amendment_apply(&said, decided, record);
	}
	(void)sqlite3_reset(s);
	return err;
}

static int add_row(struct sqlite_ledger *l, const struct record *record, const struct record *now)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, ATTACK_ADD, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, l->run_no);
	int at = ledger_row_bind(s, 2, &fields_attack, &record->attack);
	at = ledger_row_bind(s, at, &fields_record, record);
	ledger_row_bind(s, at, &fields_now, now);
	return ledger_sql_finish(s);
}

static int add_parts(struct sqlite_ledger *l, sqlite3_int64 attack_no, const struct attack *a)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, SOURCE_ADD, &s);

	for (size_t i = 0; i < a->sources_kept && err == 0; i++) {
		(void)sqlite3_bind_int64(s, 1, attack_no);
		(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)i);
		ledger_row_bind(s, 3, &fields_source, &a->sources[i]);
		err = ledger_sql_finish(s);
	}
	if (err == 0)
		err = ledger_sql_take(l, TARGET_ADD, &s);
	for (size_t i = 0; i < a->targets_named_count && err == 0; i++) {
		(void)sqlite3_bind_int64(s, 1, attack_no);
		(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)i);
		(void)sqlite3_bind_text(s, 3, a->targets_named[i], -1, SQLITE_STATIC);
		err = ledger_sql_finish(s);
	}
	return err;
}

int ledger_sqlite_add_attack(struct ledger *ledger, const struct record *record)
{
	struct sqlite_ledger *l = ledger_sql_of(ledger);
	struct record now = *record;
	int err = drop_attack(l, record->attack.id);

	now.confirmed = now.amended = false;
	if (err < 0 || (err = apply_amendments(l, &now)) < 0)
		return err;
	if ((err = add_row(l, record, &now)) < 0)
		return err;
	if ((err = add_parts(l, sqlite3_last_insert_rowid(l->db), &record->attack)) < 0)
		return err;
	struct day_total total = day_total_of(&now);
	return day_cells_add(&l->change, &total, 1);
}

/* A row that is one number and one struct. */
static int add_struct(struct sqlite_ledger *l, enum ledger_sql which, const struct fields *fields, const void *base)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, which, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, l->run_no);
	ledger_row_bind(s, 2, fields, base);
	return ledger_sql_finish(s);
}

int ledger_sqlite_add_coverage(struct ledger *ledger, const struct coverage *coverage)
{
	return add_struct(ledger_sql_of(ledger), COVERAGE_ADD, &fields_coverage, coverage);
}

int ledger_sqlite_add_sealed(struct ledger *ledger, const struct sealed_file *file)
{
	return add_struct(ledger_sql_of(ledger), SEALED_ADD, &fields_sealed, file);
}

int ledger_sqlite_commit(struct ledger *ledger)
{
	int err = write_cells(ledger_sql_of(ledger));

	return err < 0 ? err : ledger_sql_exec(ledger_sql_of(ledger), "COMMIT");
}

static int write_now(struct sqlite_ledger *l, const struct record *now)
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, ATTACK_NOW, &s);

	if (err < 0)
		return err;
	int at = ledger_row_bind(s, 1, &fields_now, now);
	(void)sqlite3_bind_text(s, at, now->attack.id, -1, SQLITE_STATIC);
	return ledger_sql_finish(s);
}

/* Inside a transaction: append, then let what stands and the day table follow. */
static int amend(struct sqlite_ledger *l, const struct amendment *amendment)
{
	CLEANUP(record_fini) struct record before = { 0 };
	CLEANUP(record_fini) struct record now = { 0 };
	sqlite3_stmt *s;
	int err = ledger_sqlite_get(&l->ledger, amendment->id, false, &before);

	if (err < 0 || (err = ledger_sql_take(l, AMENDMENT_ADD, &s)) < 0)
		return err;
	ledger_row_bind(s, 1, &fields_amendment, amendment);
	if ((err = ledger_sql_finish(s)) < 0 || (err = ledger_sqlite_get(&l->ledger, amendment->id, true, &now)) < 0)
		return err;
	if ((err = apply_amendments(l, &now)) < 0 || (err = write_now(l, &now)) < 0)
		return err;
	struct day_total former = day_total_of(&before), total = day_total_of(&now);
	if (day_cells_add(&l->change, &former, -1) < 0 || day_cells_add(&l->change, &total, 1) < 0)
		return -ENOMEM;
	return ledger_sqlite_commit(&l->ledger);
}

int ledger_sqlite_amend(struct ledger *ledger, const struct amendment *amendment)
{
	int err = ledger_sql_exec(ledger_sql_of(ledger), "BEGIN IMMEDIATE");

	if (err < 0)
		return err;
	err = amend(ledger_sql_of(ledger), amendment);
	if (err < 0)
		ledger_sqlite_rollback(ledger);
	return err;
}
