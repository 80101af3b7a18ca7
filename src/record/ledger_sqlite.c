/* ledger_sqlite.c - the ledger on disk: DIR/ledger.db, WAL, every commit on the platter before it is acknowledged. */
#include "record/ledger_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "record/ledger_schema.h"
#include "record/ledger_sql.h"

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
	                               "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	                               "PRAGMA cache_size = -65536"; /* KiB */
	int version, err;

	(void)sqlite3_extended_result_codes(l->db, 1);
	(void)sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_busy_timeout(l->db, 200); /* enough for another's checkpoint, not for another's run */
	if ((err = ledger_sql_exec(l, settings)) < 0 || (version = err = ledger_schema_version(l->db)) < 0)
		return err;
	if (version > LEDGER_SCHEMA_VERSION)
		return LEDGER_NEWER; /* before anything is changed */
	if (mode == LEDGER_READ)
		return version < LEDGER_SCHEMA_VERSION ? LEDGER_OLDER : 0;
	if ((err = ledger_sql_exec(l, "PRAGMA journal_mode = WAL")) < 0)
		return err;
	return ledger_schema_migrate(l->db, LEDGER_SCHEMA_VERSION);
}

static void sqlite_close(struct ledger *ledger)
{
	struct sqlite_ledger *l = ledger_sql_of(ledger);

	for (int i = 0; i < LEDGER_SQL_COUNT; i++)
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

const struct ledger_ops ledger_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = ledger_sqlite_begin,
	.add_attack = ledger_sqlite_add_attack,
	.add_coverage = ledger_sqlite_add_coverage,
	.add_sealed = ledger_sqlite_add_sealed,
	.commit = ledger_sqlite_commit,
	.rollback = ledger_sqlite_rollback,
	.amend = ledger_sqlite_amend,
	.find_capture = ledger_sqlite_find_capture,
	.count_superseded = ledger_sqlite_count_superseded,
	.find_id = ledger_sqlite_find_id,
	.get = ledger_sqlite_get,
	.count = ledger_sqlite_count,
	.each_record = ledger_sqlite_each_record,
	.each_coverage = ledger_sqlite_each_coverage,
	.each_run = ledger_sqlite_each_run,
	.each_sealed = ledger_sqlite_each_sealed,
	.each_amendment = ledger_sqlite_each_amendment,
	.each_day_total = ledger_sqlite_each_day_total,
};
