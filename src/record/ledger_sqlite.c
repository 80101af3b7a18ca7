/* ledger_sqlite.c - the ledger on disk: DIR/ledger.db, WAL, every commit on the platter before it is acknowledged. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/utc.h"
#include "record/amendment.h"
#include "record/day_cells.h"
#include "record/field.h"
#include "record/ledger.h"
#include "record/ledger_row.h"
#include "record/ledger_schema.h"

/* The cell of an attack, in the order of fields_day_total. */
#define CELL                                                                                                           \
	"first_us / 86400000000 - (first_us % 86400000000 < 0), direction, now_status, now_class, path, territory,"    \
	" zz, now_target_class, now_outcome, now_severity, continues <> '', confirmed"

#define STATEMENTS(S)                                                                                                  \
	S(RUN_FIND, "SELECT 1 FROM run WHERE run = ?")                                                                 \
	S(RUN_NEXT, "SELECT coalesce(max(run_no), 0) + 1 FROM run")                                                    \
	S(RUN_ADD, "INSERT INTO run (run_no, {run}) VALUES (?, {?run})")                                               \
	S(RUN_CAPTURE, "SELECT run_no, run FROM run"                                                                   \
	               " WHERE capture = ? AND superseded_by IS NULL AND capture <> ''")                               \
	S(RUN_SUPERSEDE, "UPDATE run SET superseded_by = ? WHERE run_no = ?")                                          \
	S(RUN_CELLS, "SELECT " CELL ", count(*), sum(observations) FROM attack WHERE run_no = ?"                       \
	             " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12")                                                \
	S(RUN_DROP_ATTACKS, "DELETE FROM attack WHERE run_no = ?")                                                     \
	S(RUN_DROP_COVERAGE, "DELETE FROM coverage WHERE run_no = ?")                                                  \
	S(RUN_DROP_SEALED, "DELETE FROM sealed WHERE run_no = ?")                                                      \
	S(INPUT_ADD, "INSERT INTO run_input (run_no, position, {input}) VALUES (?, ?, {?input})")                      \
	S(INPUT_OF, "SELECT {input} FROM run_input WHERE run_no = ? ORDER BY position")                                \
	S(ATTACK_CELL, "SELECT attack_no, " CELL ", 1, observations FROM attack WHERE id = ?")                         \
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

#define FILTER(prefix)                                                                                                 \
	" FROM attack JOIN run USING (run_no) WHERE first_us BETWEEN ?1 AND ?2"                                        \
	" AND (?3 = '' OR territory = ?3)"                                                                             \
	" AND (?4 = '' OR asset = ?4 OR substr(asset, 1, length(?4) + 1) = ?4 || '/')"                                 \
	" AND (?5 = '' OR run = ?5)"                                                                                   \
	" AND (?6 IS NULL OR " prefix "class = ?6) AND (?7 IS NULL OR " prefix "outcome = ?7)"                         \
	" AND (?8 IS NULL OR direction = ?8) AND (?9 IS NULL OR path = ?9)"                                            \
	" AND (?10 IS NULL OR " prefix "status = ?10)"                                                                 \
	" AND " prefix "severity BETWEEN ?11 AND ?12"

#define ID(id, sql) id,
enum statement { STATEMENTS(ID) STATEMENT_COUNT };
#define SQL(id, sql) sql,
static const char *const statement_sql[] = { STATEMENTS(SQL) };

struct sqlite_ledger {
	struct ledger ledger;
	sqlite3 *db;
	sqlite3_stmt *cached[STATEMENT_COUNT];
	sqlite3_int64 run_no;    /* of the open run */
	struct day_cells change; /* of the day table, by the open transaction */
};

static struct sqlite_ledger *of(struct ledger *ledger)
{
	return (struct sqlite_ledger *)ledger;
}

static int exec(struct sqlite_ledger *l, const char *sql)
{
	return ledger_schema_error(sqlite3_exec(l->db, sql, NULL, NULL, NULL));
}

static int prepare(struct sqlite_ledger *l, const char *template, sqlite3_stmt **ret_stmt)
{
	CLEANUP(text_fini) struct text sql = { 0 };

	ledger_row_sql(template, &sql);
	if (sql.failed)
		return -ENOMEM;
	return ledger_schema_error(sqlite3_prepare_v3(l->db, sql.data, -1, SQLITE_PREPARE_PERSISTENT, ret_stmt, NULL));
}

static void stmt_finalizep(sqlite3_stmt **s)
{
	(void)sqlite3_finalize(*s);
}

/* A cached statement, ready to bind. Whoever takes it resets it before anybody else can want it. */
static int take(struct sqlite_ledger *l, enum statement which, sqlite3_stmt **ret_stmt)
{
	int err = l->cached[which] == NULL ? prepare(l, statement_sql[which], &l->cached[which]) : 0;

	if (err < 0)
		return err;
	*ret_stmt = l->cached[which];
	return 0;
}

/* Run a bound statement that returns no rows, and leave it clean: it borrowed what was bound. */
static int finish(sqlite3_stmt *s)
{
	int rc = sqlite3_step(s);

	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
	return ledger_schema_error(rc);
}

/* Next row: 1, 0 at the end, or an error. */
static int next(sqlite3_stmt *s)
{
	int rc = sqlite3_step(s);

	return rc == SQLITE_ROW ? 1 : ledger_schema_error(rc);
}

static int open_file(const char *path, enum ledger_mode mode)
{
	struct stat st;

	if (mode == LEDGER_READ)
		return stat(path, &st) < 0 ? -errno : 0;
	CLEANUP(closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? -errno : 0; /* SQLite gives its other files the mode of this one */
}

static int set_up(struct sqlite_ledger *l, enum ledger_mode mode)
{
	static const char settings[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
	                               "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON";
	int version, err;

	(void)sqlite3_extended_result_codes(l->db, 1);
	(void)sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_busy_timeout(l->db, 200); /* enough for another's checkpoint, not for another's run */
	if ((err = exec(l, settings)) < 0 || (version = err = ledger_schema_version(l->db)) < 0)
		return err;
	if (version > LEDGER_SCHEMA_VERSION)
		return LEDGER_NEWER; /* before anything is changed */
	if (mode == LEDGER_READ)
		return version < LEDGER_SCHEMA_VERSION ? LEDGER_OLDER : 0;
	if ((err = exec(l, "PRAGMA journal_mode = WAL")) < 0)
		return err;
	return ledger_schema_migrate(l->db, LEDGER_SCHEMA_VERSION);
}

static void sqlite_close(struct ledger *ledger)
{
	struct sqlite_ledger *l = of(ledger);

	for (int i = 0; i < STATEMENT_COUNT; i++)
		(void)sqlite3_finalize(l->cached[i]);
	(void)sqlite3_close(l->db);
	day_cells_fini(&l->change);
	free(l);
}

static int sqlite_open(const char *dir, enum ledger_mode mode, struct ledger **ret_ledger)
{
	CLEANUP(text_fini) struct text path = { 0 };
	int flags = mode == LEDGER_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

	text_addf(&path, "%s/ledger.db", dir);
	struct sqlite_ledger *l = calloc(1, sizeof(*l));
	if (l == NULL || path.failed) {
		free(l);
		return -ENOMEM;
	}
	int err = open_file(path.data, mode);
	if (err == 0)
		err = ledger_schema_error(
		        sqlite3_open_v2(path.data, &l->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL));
	if (err == 0)
		err = set_up(l, mode);
	if (err < 0) {
		sqlite_close(&l->ledger);
		return err;
	}
	*ret_ledger = &l->ledger;
	return 0;
}

static int read_cell(sqlite3_stmt *s, int at, struct day_total *ret_total)
{
	*ret_total = (struct day_total){ 0 };
	at = ledger_row_read(s, at, &fields_day_total, ret_total);
	if (at < 0)
		return at;
	ret_total->attacks = (uint64_t)sqlite3_column_int64(s, at);
	ret_total->observations = (uint64_t)sqlite3_column_int64(s, at + 1);
	return 0;
}

/* Bring the day table up to what this transaction changed. */
static int write_cell(struct sqlite_ledger *l, const struct day_total *cell)
{
	sqlite3_stmt *s;
	int err = take(l, DAY_ADD, &s);

	if (err < 0)
		return err;
	int at = ledger_row_bind(s, 1, &fields_day_total, cell);
	(void)sqlite3_bind_int64(s, at, (sqlite3_int64)cell->attacks);
	(void)sqlite3_bind_int64(s, at + 1, (sqlite3_int64)cell->observations);
	if ((err = finish(s)) < 0 || (int64_t)cell->attacks > 0)
		return err;
	if ((err = take(l, DAY_SWEEP, &s)) < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, cell->day);
	return finish(s);
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

static int run_statement(struct sqlite_ledger *l, enum statement which, sqlite3_int64 first)
{
	sqlite3_stmt *s;
	int err = take(l, which, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, first);
	return finish(s);
}

static int take_cells_away(struct sqlite_ledger *l, sqlite3_int64 run_no)
{
	struct day_total total;
	sqlite3_stmt *s;
	int err = take(l, RUN_CELLS, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, run_no);
	while ((err = next(s)) > 0)
		if ((err = read_cell(s, 0, &total)) < 0 || (err = day_cells_add(&l->change, &total, -1)) < 0)
			break;
	(void)sqlite3_reset(s);
	return err;
}

/* What the former run over this capture gave leaves; its row stays and names its successor. */
static int supersede(struct sqlite_ledger *l, sqlite3_int64 former)
{
	static const enum statement drops[] = { RUN_DROP_ATTACKS, RUN_DROP_COVERAGE, RUN_DROP_SEALED };
	sqlite3_stmt *s;
	int err = take_cells_away(l, former);

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]) && err == 0; i++)
		err = run_statement(l, drops[i], former);
	if (err < 0 || (err = take(l, RUN_SUPERSEDE, &s)) < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, l->run_no);
	(void)sqlite3_bind_int64(s, 2, former);
	return finish(s);
}

/* run_no of the standing run over a capture: 1, or 0. */
static int find_capture(struct sqlite_ledger *l, const char *capture, sqlite3_int64 *ret_run_no,
                        char ret_run[static 27])
{
	sqlite3_stmt *s;
	int err = take(l, RUN_CAPTURE, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, capture, -1, SQLITE_STATIC);
	int found = next(s);
	if (found > 0) {
		*ret_run_no = sqlite3_column_int64(s, 0);
		err = ledger_row_text(s, 1, ret_run, 27);
	}
	(void)sqlite3_reset(s);
	return err < 0 ? err : found;
}

static int add_inputs(struct sqlite_ledger *l, const struct run_inputs *inputs)
{
	sqlite3_stmt *s;
	int err = take(l, RUN_ADD, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, l->run_no);
	ledger_row_bind(s, 2, &fields_run, inputs);
	err = finish(s);
	if (err == 0)
		err = take(l, INPUT_ADD, &s);
	for (size_t i = 0; i < inputs->source_count && err == 0; i++) {
		(void)sqlite3_bind_int64(s, 1, l->run_no);
		(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)i);
		ledger_row_bind(s, 3, &fields_input, &inputs->sources[i]);
		err = finish(s);
	}
	return err;
}

/* -EEXIST if the run's id is taken; else sets the number it gets. */
static int number_run(struct sqlite_ledger *l, const char *run)
{
	sqlite3_stmt *s;
	int err = take(l, RUN_FIND, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, run, -1, SQLITE_STATIC);
	int found = next(s);
	(void)sqlite3_reset(s);
	if (found != 0)
		return found < 0 ? found : -EEXIST;
	if ((err = take(l, RUN_NEXT, &s)) < 0)
		return err;
	if ((err = next(s)) > 0)
		l->run_no = sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return err < 0 ? err : 0;
}

static void sqlite_rollback(struct ledger *ledger)
{
	(void)exec(of(ledger), "ROLLBACK"); /* after a full disk SQLite may have rolled back itself */
	day_cells_reset(&of(ledger)->change);
}

static int sqlite_begin(struct ledger *ledger, const struct run_inputs *inputs)
{
	struct sqlite_ledger *l = of(ledger);
	sqlite3_int64 former;
	char run[27];
	int err = exec(l, "BEGIN IMMEDIATE");

	if (err < 0)
		return err;
	err = number_run(l, inputs->run);
	int found = err == 0 ? find_capture(l, inputs->capture, &former, run) : err;
	err = found > 0 ? supersede(l, former) : found;
	if (err == 0)
		err = add_inputs(l, inputs);
	if (err < 0)
		sqlite_rollback(ledger);
	return err;
}

/* Take an attack of this id out again, with its share of the day table. */
static int drop_attack(struct sqlite_ledger *l, const char *id)
{
	struct day_total total;
	sqlite3_int64 attack_no = 0;
	sqlite3_stmt *s;
	int err = take(l, ATTACK_CELL, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	int found = next(s);
	if (found > 0) {
		attack_no = sqlite3_column_int64(s, 0);
		err = read_cell(s, 1, &total);
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
	int err = take(l, AMENDMENT_OF, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, record->attack.id, -1, SQLITE_STATIC);
	while ((err = next(s)) > 0) {
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
	int err = take(l, ATTACK_ADD, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, l->run_no);
	int at = ledger_row_bind(s, 2, &fields_attack, &record->attack);
	at = ledger_row_bind(s, at, &fields_record, record);
	ledger_row_bind(s, at, &fields_now, now);
	return finish(s);
}

static int add_parts(struct sqlite_ledger *l, sqlite3_int64 attack_no, const struct attack *a)
{
	sqlite3_stmt *s;
	int err = take(l, SOURCE_ADD, &s);

	for (size_t i = 0; i < a->sources_kept && err == 0; i++) {
		(void)sqlite3_bind_int64(s, 1, attack_no);
		(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)i);
		ledger_row_bind(s, 3, &fields_source, &a->sources[i]);
		err = finish(s);
	}
	if (err == 0)
		err = take(l, TARGET_ADD, &s);
	for (size_t i = 0; i < a->targets_named_count && err == 0; i++) {
		(void)sqlite3_bind_int64(s, 1, attack_no);
		(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)i);
		(void)sqlite3_bind_text(s, 3, a->targets_named[i], -1, SQLITE_STATIC);
		err = finish(s);
	}
	return err;
}

static int sqlite_add_attack(struct ledger *ledger, const struct record *record)
{
	struct sqlite_ledger *l = of(ledger);
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
static int add_struct(struct sqlite_ledger *l, enum statement which, const struct fields *fields, const void *base)
{
	sqlite3_stmt *s;
	int err = take(l, which, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, l->run_no);
	ledger_row_bind(s, 2, fields, base);
	return finish(s);
}

static int sqlite_add_coverage(struct ledger *ledger, const struct coverage *coverage)
{
	return add_struct(of(ledger), COVERAGE_ADD, &fields_coverage, coverage);
}

static int sqlite_add_sealed(struct ledger *ledger, const struct sealed_file *file)
{
	return add_struct(of(ledger), SEALED_ADD, &fields_sealed, file);
}

static int sqlite_commit(struct ledger *ledger)
{
	int err = write_cells(of(ledger));

	return err < 0 ? err : exec(of(ledger), "COMMIT");
}

static int sqlite_find_capture(struct ledger *ledger, const char *capture, char ret_run[static 27])
{
	sqlite3_int64 run_no;

	return find_capture(of(ledger), capture, &run_no, ret_run);
}

static int sqlite_find_id(struct ledger *ledger, const char *prefix, char ret_id[static ATTACK_ID_MAX])
{
	sqlite3_stmt *s;
	int err = take(of(ledger), ATTACK_PREFIX, &s);

	if (err < 0)
		return err;
	ret_id[0] = '\0';
	(void)sqlite3_bind_text(s, 1, prefix, -1, SQLITE_STATIC);
	int found = next(s);
	if (found > 0 && (err = ledger_row_text(s, 0, ret_id, ATTACK_ID_MAX)) == 0 && (found = next(s)) > 0)
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
	int err = take(l, SOURCE_OF, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, attack_no);
	while ((err = next(s)) > 0) {
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
	int err = take(l, TARGET_OF, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, attack_no);
	while ((err = next(s)) > 0 && a->targets_named_count < ATTACK_TARGETS_MAX)
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

static int sqlite_get(struct ledger *ledger, const char *id, bool as_decided, struct record *ret_record)
{
	struct sqlite_ledger *l = of(ledger);
	struct ledger_filter filter = { .as_decided = as_decided };
	struct record record;
	sqlite3_stmt *s;
	int err = take(l, ATTACK_GET, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	int found = next(s);
	if (found > 0 && (err = read_whole(l, s, &filter, &record)) == 0)
		*ret_record = record;
	(void)sqlite3_reset(s);
	return found <= 0 ? (found < 0 ? found : -ENOENT) : err;
}

static int write_now(struct sqlite_ledger *l, const struct record *now)
{
	sqlite3_stmt *s;
	int err = take(l, ATTACK_NOW, &s);

	if (err < 0)
		return err;
	int at = ledger_row_bind(s, 1, &fields_now, now);
	(void)sqlite3_bind_text(s, at, now->attack.id, -1, SQLITE_STATIC);
	return finish(s);
}

/* Inside a transaction: append, then let what stands and the day table follow. */
static int amend(struct sqlite_ledger *l, const struct amendment *amendment)
{
	CLEANUP(record_fini) struct record before = { 0 };
	CLEANUP(record_fini) struct record now = { 0 };
	sqlite3_stmt *s;
	int err = sqlite_get(&l->ledger, amendment->id, false, &before);

	if (err < 0 || (err = take(l, AMENDMENT_ADD, &s)) < 0)
		return err;
	ledger_row_bind(s, 1, &fields_amendment, amendment);
	if ((err = finish(s)) < 0 || (err = sqlite_get(&l->ledger, amendment->id, true, &now)) < 0)
		return err;
	if ((err = apply_amendments(l, &now)) < 0 || (err = write_now(l, &now)) < 0)
		return err;
	struct day_total former = day_total_of(&before), total = day_total_of(&now);
	if (day_cells_add(&l->change, &former, -1) < 0 || day_cells_add(&l->change, &total, 1) < 0)
		return -ENOMEM;
	return sqlite_commit(&l->ledger);
}

static int sqlite_amend(struct ledger *ledger, const struct amendment *amendment)
{
	int err = exec(of(ledger), "BEGIN IMMEDIATE");

	if (err < 0)
		return err;
	err = amend(of(ledger), amendment);
	if (err < 0)
		sqlite_rollback(ledger);
	return err;
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

static int sqlite_count(struct ledger *ledger, const struct ledger_filter *filter, uint64_t *ret_count)
{
	CLEANUP(stmt_finalizep) sqlite3_stmt *s = NULL;
	int err = prepare(of(ledger),
	                  filter->as_decided ? "SELECT count(*)" FILTER("") : "SELECT count(*)" FILTER("now_"), &s);

	if (err < 0)
		return err;
	bind_filter(s, filter);
	if ((err = next(s)) > 0)
		*ret_count = (uint64_t)sqlite3_column_int64(s, 0);
	return err < 0 ? err : 0;
}

static int sqlite_each_record(struct ledger *ledger, const struct ledger_filter *filter, ledger_record_fn *each,
                              void *context)
{
#define COLUMNS "SELECT attack_no, run, {attack}, {record}, {now}"
#define ORDER   " ORDER BY first_us, id LIMIT ?13 OFFSET ?14"
	CLEANUP(stmt_finalizep) sqlite3_stmt *s = NULL;
	int64_t limit = filter->limit == 0 || filter->limit > INT64_MAX ? -1 : (int64_t)filter->limit;
	int err = prepare(of(ledger), filter->as_decided ? COLUMNS FILTER("") ORDER : COLUMNS FILTER("now_") ORDER, &s);

	if (err < 0)
		return err;
	bind_filter(s, filter);
	(void)sqlite3_bind_int64(s, 13, limit);
	(void)sqlite3_bind_int64(s, 14, filter->offset > INT64_MAX ? INT64_MAX : (int64_t)filter->offset);
	while ((err = next(s)) > 0) {
		struct record record;
		err = read_whole(of(ledger), s, filter, &record);
		if (err == 0) {
			err = each(context, &record);
			record_fini(&record);
		}
		if (err != 0)
			break;
	}
	return err;
}

static int sqlite_each_coverage(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_coverage_fn *each,
                                void *context)
{
	CLEANUP(stmt_finalizep) sqlite3_stmt *s = NULL;
	int err = prepare(of(ledger), statement_sql[COVERAGE_RANGE], &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, day_start(from_day));
	(void)sqlite3_bind_int64(s, 2, day_end(to_day));
	while ((err = next(s)) > 0) {
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
	int err = take(l, INPUT_OF, &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, run_no);
	while ((err = next(s)) > 0) {
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

static int sqlite_each_run(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_run_fn *each, void *context)
{
	CLEANUP(stmt_finalizep) sqlite3_stmt *s = NULL;
	int err = prepare(of(ledger), statement_sql[RUN_RANGE], &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, day_start(from_day));
	(void)sqlite3_bind_int64(s, 2, day_end(to_day));
	(void)sqlite3_bind_int64(s, 3, from_day);
	(void)sqlite3_bind_int64(s, 4, to_day);
	while ((err = next(s)) > 0) {
		struct run_inputs inputs = { 0 };
		if (ledger_row_read(s, 1, &fields_run, &inputs) < 0)
			return LEDGER_CORRUPT;
		err = read_inputs(of(ledger), sqlite3_column_int64(s, 0), &inputs);
		if (err == 0)
			err = each(context, &inputs);
		free(inputs.sources);
		if (err != 0)
			break;
	}
	return err;
}

static int sqlite_each_sealed(struct ledger *ledger, const char *run, int64_t from_day, int64_t to_day,
                              ledger_sealed_fn *each, void *context)
{
	CLEANUP(stmt_finalizep) sqlite3_stmt *s = NULL;
	int err = prepare(of(ledger), statement_sql[SEALED_RANGE], &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, from_day);
	(void)sqlite3_bind_int64(s, 2, to_day);
	(void)sqlite3_bind_text(s, 3, run, -1, SQLITE_STATIC);
	while ((err = next(s)) > 0) {
		struct sealed_file f = { 0 };
		if (ledger_row_text(s, 0, f.run, sizeof(f.run)) < 0 || ledger_row_read(s, 1, &fields_sealed, &f) < 0)
			return LEDGER_CORRUPT;
		if ((err = each(context, &f)) != 0)
			break;
	}
	return err;
}

static int sqlite_each_amendment(struct ledger *ledger, const char *id, ledger_amendment_fn *each, void *context)
{
	CLEANUP(stmt_finalizep) sqlite3_stmt *s = NULL;
	int err = prepare(of(ledger), statement_sql[id[0] != '\0' ? AMENDMENT_OF : AMENDMENT_ALL], &s);

	if (err < 0)
		return err;
	if (id[0] != '\0')
		(void)sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	while ((err = next(s)) > 0) {
		struct amendment said = { 0 };
		if (ledger_row_read(s, 0, &fields_amendment, &said) < 0)
			return LEDGER_CORRUPT;
		if ((err = each(context, &said)) != 0)
			break;
	}
	return err;
}

/* Gathered first: SQLite would order the words by their letters, the contract orders them by their number. */
static int sqlite_each_day_total(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
                                 void *context)
{
	CLEANUP(stmt_finalizep) sqlite3_stmt *s = NULL;
	CLEANUP(day_cells_fini) struct day_cells cells = { 0 };
	struct day_total total;
	int err = prepare(of(ledger), statement_sql[DAY_RANGE], &s);

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(s, 1, from_day);
	(void)sqlite3_bind_int64(s, 2, to_day);
	while ((err = next(s)) > 0)
		if ((err = read_cell(s, 0, &total)) < 0 || (err = day_cells_add(&cells, &total, 1)) < 0)
			return err;
	return err < 0 ? err : day_cells_each(&cells, from_day, to_day, each, context);
}

const struct ledger_ops ledger_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.add_attack = sqlite_add_attack,
	.add_coverage = sqlite_add_coverage,
	.add_sealed = sqlite_add_sealed,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.amend = sqlite_amend,
	.find_capture = sqlite_find_capture,
	.find_id = sqlite_find_id,
	.get = sqlite_get,
	.count = sqlite_count,
	.each_record = sqlite_each_record,
	.each_coverage = sqlite_each_coverage,
	.each_run = sqlite_each_run,
	.each_sealed = sqlite_each_sealed,
	.each_amendment = sqlite_each_amendment,
	.each_day_total = sqlite_each_day_total,
};
