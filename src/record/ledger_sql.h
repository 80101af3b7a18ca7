/* ledger_sql.h - what the parts of the SQLite ledger share: its statements, prepared once, and how to run them. */
#pragma once

#include <sqlite3.h>

#include "record/day_cells.h"
#include "record/ledger.h"

/* The cell of an attack, in the order of fields_day_total. */
#define LEDGER_SQL_CELL                                                                                                \
	"first_us / 86400000000 - (first_us % 86400000000 < 0), direction, now_status, now_class, path, territory,"    \
	" zz, now_target_class, now_outcome, now_severity, continues <> '', confirmed"

#define LEDGER_SQL_STATEMENTS(S)                                                                                       \
	S(RUN_FIND, "SELECT 1 FROM run WHERE run = ?")                                                                 \
	S(RUN_NEXT, "SELECT coalesce(max(run_no), 0) + 1 FROM run")                                                    \
	S(RUN_ADD, "INSERT INTO run (run_no, {run}) VALUES (?, {?run})")                                               \
	S(RUN_CAPTURE, "SELECT run_no, run FROM run"                                                                   \
	               " WHERE capture = ? AND superseded_by IS NULL AND capture <> ''")                               \
	S(RUN_SUPERSEDE, "UPDATE run SET superseded_by = ? WHERE run_no = ?")                                          \
	S(RUN_CELLS, "SELECT " LEDGER_SQL_CELL ", count(*), sum(observations) FROM attack WHERE run_no = ?"            \
	             " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12")                                                \
	S(RUN_DROP_ATTACKS, "DELETE FROM attack WHERE run_no = ?")                                                     \
	S(RUN_DROP_COVERAGE, "DELETE FROM coverage WHERE run_no = ?")                                                  \
	S(RUN_DROP_SEALED, "DELETE FROM sealed WHERE run_no = ?")                                                      \
	S(INPUT_ADD, "INSERT INTO run_input (run_no, position, {input}) VALUES (?, ?, {?input})")                      \
	S(INPUT_OF, "SELECT {input} FROM run_input WHERE run_no = ? ORDER BY position")                                \
	S(ATTACK_CELL, "SELECT attack_no, " LEDGER_SQL_CELL ", 1, observations FROM attack WHERE id = ?")              \
	S(ATTACK_DROP, "DELETE FROM attack WHERE attack_no = ?")                                                       \
	S(ATTACK_ADD, "INSERT INTO attack (run_no, {attack}, {record}, {now})"                                         \
	              " VALUES (?, {?attack}, {?record}, {?now})")                                                     \
	S(ATTACK_GET, "SELECT attack_no, run, {attack}, {record}, {now} FROM attack JOIN run USING (run_no)"           \
	              " WHERE id = ?")                                                                                 \
	S(ATTACK_PREFIX, "SELECT id FROM attack WHERE id >= ?1 AND id < ?1 || '~' LIMIT 2")                            \
	S(ATTACK_NOW, "UPDATE attack SET ({now}) = ({?now}) WHERE id = ?")                                             \
	S(SOURCE_ADD, "INSERT INTO attack_source (attack_no, position, {source}) VALUES (?, ?, {?source})")            \
	S(SOURCE_OF, "SELECT {source} FROM attack_source WHERE attack_no = ? ORDER BY position")                       \
	S(TARGET_ADD, "INSERT INTO attack_target (attack_no, position, name) VALUES (?, ?, ?)")                        \
	S(TARGET_OF, "SELECT name FROM attack_target WHERE attack_no = ? ORDER BY position")                           \
	S(COVERAGE_ADD, "INSERT OR REPLACE INTO coverage (run_no, {coverage}) VALUES (?, {?coverage})")                \
	S(SEALED_ADD, "INSERT OR REPLACE INTO sealed (run_no, {sealed}) VALUES (?, {?sealed})")                        \
	S(AMENDMENT_ADD, "INSERT INTO amendment ({amendment}) VALUES ({?amendment})")                                  \
	S(AMENDMENT_OF, "SELECT {amendment} FROM amendment WHERE id = ? ORDER BY amendment_no")                        \
	S(AMENDMENT_ALL, "SELECT {amendment} FROM amendment ORDER BY amendment_no")                                    \
	S(DAY_ADD, "INSERT INTO day_total ({day_total}, attacks, observations) VALUES ({?day_total}, ?, ?)"            \
	           " ON CONFLICT DO UPDATE SET attacks = attacks + excluded.attacks,"                                  \
	           " observations = observations + excluded.observations")                                             \
	S(DAY_SWEEP, "DELETE FROM day_total WHERE day = ? AND attacks = 0")                                            \
	S(DAY_RANGE, "SELECT {day_total}, attacks, observations FROM day_total WHERE day BETWEEN ? AND ?")             \
	S(COVERAGE_RANGE, "SELECT run, {coverage} FROM coverage JOIN run USING (run_no)"                               \
	                  " WHERE hour_us BETWEEN ? AND ? ORDER BY hour_us, sensor, run")                              \
	S(RUN_RANGE,                                                                                                   \
	  "SELECT run_no, {run} FROM run WHERE superseded_by IS NULL AND ("                                            \
	  "  EXISTS (SELECT 1 FROM attack a WHERE a.run_no = run.run_no AND first_us BETWEEN ?1 AND ?2)"               \
	  "  OR EXISTS (SELECT 1 FROM coverage c WHERE c.run_no = run.run_no AND hour_us BETWEEN ?1 AND ?2)"           \
	  "  OR EXISTS (SELECT 1 FROM sealed s WHERE s.run_no = run.run_no AND day BETWEEN ?3 AND ?4))"                \
	  " ORDER BY at_us, run")                                                                                      \
	S(SEALED_RANGE, "SELECT run, {sealed} FROM sealed JOIN run USING (run_no)"                                     \
	                " WHERE day BETWEEN ?1 AND ?2 AND (?3 = '' OR run = ?3) ORDER BY day, run, sealed.name")

#define LEDGER_SQL_ID(id, sql) id,
enum ledger_sql { LEDGER_SQL_STATEMENTS(LEDGER_SQL_ID) LEDGER_SQL_COUNT };

struct sqlite_ledger {
	struct ledger ledger;
	sqlite3 *db;
	sqlite3_stmt *cached[LEDGER_SQL_COUNT];
	sqlite3_int64 run_no;    /* of the open run */
	struct day_cells change; /* of the day table, by the open transaction */
};

/** The template of each statement (ledger_row_sql()). */
extern const char *const ledger_sql_text[LEDGER_SQL_COUNT];

static inline struct sqlite_ledger *ledger_sql_of(struct ledger *ledger)
{
	return (struct sqlite_ledger *)ledger;
}

/** Run SQL without parameters. This and all below return an error of ledger_schema_error(). */
int ledger_sql_exec(struct sqlite_ledger *l, const char *sql);

/** Prepare a template; the caller finalizes it. */
int ledger_sql_prepare(struct sqlite_ledger *l, const char *template, sqlite3_stmt **ret_stmt);
void ledger_sql_finalizep(sqlite3_stmt **s);

/** A cached statement, ready to bind. Whoever takes it resets it before anybody else can want it. */
int ledger_sql_take(struct sqlite_ledger *l, enum ledger_sql which, sqlite3_stmt **ret_stmt);

/** Run a bound statement that returns no rows, and leave it clean: it borrowed what was bound. */
int ledger_sql_finish(sqlite3_stmt *s);

/** Next row: 1, 0 at the end. */
int ledger_sql_next(sqlite3_stmt *s);

/** Read a cell of the day table: fields_day_total, attacks, observations. */
int ledger_sql_read_cell(sqlite3_stmt *s, int at, struct day_total *ret_total);

/** Number and id of the standing run over a capture: 1, or 0. */
int ledger_sql_find_capture(struct sqlite_ledger *l, const char *capture, sqlite3_int64 *ret_run_no,
                            char ret_run[static 27]);
