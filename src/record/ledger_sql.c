#include "record/ledger_sql.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "record/ledger_row.h"
#include "record/ledger_schema.h"

#define LEDGER_SQL_TEXT(id, sql) sql,
const char *const ledger_sql_text[LEDGER_SQL_COUNT] = { LEDGER_SQL_STATEMENTS(LEDGER_SQL_TEXT) };

int ledger_sql_exec(struct sqlite_ledger *l, const char *sql)
{
	return ledger_schema_error(sqlite3_exec(l->db, sql, NULL, NULL, NULL));
}

int ledger_sql_prepare(struct sqlite_ledger *l, const char *template, sqlite3_stmt **ret_stmt)
{
	CLEANUP(text_fini) struct text sql = { 0 };

	ledger_row_sql(template, &sql);
	if (sql.failed)
		return -ENOMEM;
	return ledger_schema_error(sqlite3_prepare_v3(l->db, sql.data, -1, SQLITE_PREPARE_PERSISTENT, ret_stmt, NULL));
}

void ledger_sql_finalizep(sqlite3_stmt **s)
{
	(void)sqlite3_finalize(*s);
}

int ledger_sql_take(struct sqlite_ledger *l, enum ledger_sql which, sqlite3_stmt **ret_stmt)
{
	int err = l->cached[which] == NULL ? ledger_sql_prepare(l, ledger_sql_text[which], &l->cached[which]) : 0;

	if (err < 0)
		return err;
	*ret_stmt = l->cached[which];
	return 0;
}

int ledger_sql_finish(sqlite3_stmt *s)
{
	int rc = sqlite3_step(s);

	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
	return ledger_schema_error(rc);
}

int ledger_sql_next(sqlite3_stmt *s)
{
	int rc = sqlite3_step(s);

	return rc == SQLITE_ROW ? 1 : ledger_schema_error(rc);
}

int ledger_sql_read_cell(sqlite3_stmt *s, int at, struct day_total *ret_total)
{
	*ret_total = (struct day_total){ 0 };
	at = ledger_row_read(s, at, &fields_day_total, ret_total);
	if (at < 0)
		return at;
	ret_total->attacks = (uint64_t)sqlite3_column_int64(s, at);
	ret_total->observations = (uint64_t)sqlite3_column_int64(s, at + 1);
	return 0;
}

int ledger_sql_find_capture(struct sqlite_ledger *l, const char *capture, sqlite3_int64 *ret_run_no,
                            char ret_run[static 27])
{
	sqlite3_stmt *s;
	int err = ledger_sql_take(l, RUN_CAPTURE, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, capture, -1, SQLITE_STATIC);
	int found = ledger_sql_next(s);
	if (found > 0) {
		*ret_run_no = sqlite3_column_int64(s, 0);
		err = ledger_row_text(s, 1, ret_run, 27);
	}
	(void)sqlite3_reset(s);
	return err < 0 ? err : found;
}
