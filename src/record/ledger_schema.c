#include "record/ledger_schema.h"

#include <errno.h>
#include <stdio.h>

#include "record/ledger.h"

/* A step once released never changes: a ledger somewhere was made by it. Words are kept as printed (words.def), so that
 * their order in the program may change; ranges that SQL can hold are held here too. */
static const char *const version_1[] = {
	"CREATE TABLE run ("
	" run_no INTEGER PRIMARY KEY,"
	" run TEXT NOT NULL UNIQUE CHECK (length(run) BETWEEN 1 AND 26),"
	" at_us INTEGER NOT NULL, ended_us INTEGER NOT NULL,"
	" program TEXT NOT NULL, rule TEXT NOT NULL, grade TEXT NOT NULL, estate TEXT NOT NULL, baseline TEXT NOT NULL,"
	" capture TEXT NOT NULL,"
	" superseded_by INTEGER REFERENCES run (run_no) DEFERRABLE INITIALLY DEFERRED"
	") STRICT;",
	/* The same capture stands once. */
	"CREATE UNIQUE INDEX run_capture ON run (capture) WHERE superseded_by IS NULL AND capture <> '';"

	"CREATE TABLE run_input ("
	" run_no INTEGER NOT NULL REFERENCES run (run_no) ON DELETE CASCADE,"
	" position INTEGER NOT NULL,"
	" kind TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, date_us INTEGER NOT NULL, digest TEXT NOT NULL,"
	" entries INTEGER NOT NULL CHECK (entries >= 0),"
	" PRIMARY KEY (run_no, position)"
	") STRICT, WITHOUT ROWID;",

	"CREATE TABLE attack ("
	" attack_no INTEGER PRIMARY KEY,"
	" run_no INTEGER NOT NULL REFERENCES run (run_no),"
	" id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 26),"
	" continues TEXT NOT NULL,"
	" key_family TEXT NOT NULL, key_vector_group TEXT NOT NULL, key_scan_vector TEXT NOT NULL,"
	" key_service TEXT NOT NULL, key_group_kind TEXT NOT NULL,"
	" key_has_asset INTEGER NOT NULL CHECK (key_has_asset IN (0, 1)),"
	" key_asset INTEGER NOT NULL CHECK (key_asset BETWEEN 0 AND 4294967295),"
	" key_asset_host BLOB NOT NULL CHECK (length(key_asset_host) = 16),"
	" key_group BLOB NOT NULL CHECK (length(key_group) = 16),"
	" key_group_len INTEGER NOT NULL CHECK (key_group_len BETWEEN 0 AND 128),"
	" direction TEXT NOT NULL, class TEXT NOT NULL, vectors TEXT NOT NULL, path TEXT NOT NULL,"
	" outcome TEXT NOT NULL, severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 5), status TEXT NOT NULL,"
	" open INTEGER NOT NULL CHECK (open IN (0, 1)),"
	" sources_exact INTEGER NOT NULL CHECK (sources_exact IN (0, 1)),"
	" asset TEXT NOT NULL, target_class TEXT NOT NULL,"
	" first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, reached_us INTEGER NOT NULL,"
	" observations INTEGER NOT NULL CHECK (observations >= 0),"
	" units INTEGER NOT NULL CHECK (units >= 0),"
	" packets INTEGER NOT NULL CHECK (packets >= 0),"
	" bytes INTEGER NOT NULL CHECK (bytes >= 0),"
	" refused INTEGER NOT NULL CHECK (refused >= 0),"
	" accepted INTEGER NOT NULL CHECK (accepted >= 0),"
	" peak_load INTEGER NOT NULL CHECK (peak_load >= 0),"
	" threshold INTEGER NOT NULL CHECK (threshold >= 0),"
	" targets INTEGER NOT NULL CHECK (targets >= 0),"
	" claimed_sources INTEGER NOT NULL CHECK (claimed_sources >= 0),"
	" source_count INTEGER NOT NULL CHECK (source_count >= 0),"
	" rate REAL NOT NULL CHECK (rate BETWEEN 0 AND 1),"
	" duration REAL NOT NULL CHECK (duration BETWEEN 0 AND 1),"
	" breadth REAL NOT NULL CHECK (breadth BETWEEN 0 AND 1),"
	" focus REAL NOT NULL CHECK (focus BETWEEN 0 AND 1),"
	" change REAL NOT NULL CHECK (change BETWEEN 0 AND 1),"
	" method REAL NOT NULL CHECK (method BETWEEN 0 AND 1),"
	" aggressiveness INTEGER NOT NULL CHECK (aggressiveness BETWEEN 0 AND 100),"
	" territory TEXT NOT NULL CHECK (length(territory) <= 2), zz TEXT NOT NULL, labels TEXT NOT NULL,"
	" as_number INTEGER NOT NULL CHECK (as_number BETWEEN 0 AND 4294967295),"
	" network TEXT NOT NULL, database_territory TEXT NOT NULL,"
	" evidence_count INTEGER NOT NULL CHECK (evidence_count >= 0), evidence TEXT NOT NULL, tunnel TEXT NOT NULL,"
	" observations_digest TEXT NOT NULL,"
	/* As it stands, amendments applied: what filters and sums look at. */
	" now_class TEXT NOT NULL, now_outcome TEXT NOT NULL,"
	" now_severity INTEGER NOT NULL CHECK (now_severity BETWEEN 0 AND 5), now_status TEXT NOT NULL,"
	" now_target_class TEXT NOT NULL, confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),"
	" amended INTEGER NOT NULL CHECK (amended IN (0, 1)),"
	" CHECK (last_us >= first_us)"
	") STRICT;",
	"CREATE INDEX attack_first ON attack (first_us, id);"
	"CREATE INDEX attack_run ON attack (run_no, first_us);"

	"CREATE TABLE attack_source ("
	" attack_no INTEGER NOT NULL REFERENCES attack (attack_no) ON DELETE CASCADE,"
	" position INTEGER NOT NULL,"
	" source BLOB NOT NULL CHECK (length(source) = 16),"
	" source_len INTEGER NOT NULL CHECK (source_len BETWEEN 0 AND 128),"
	" observations INTEGER NOT NULL CHECK (observations >= 0),"
	" units INTEGER NOT NULL CHECK (units >= 0),"
	" path TEXT NOT NULL,"
	" territory TEXT NOT NULL CHECK (length(territory) <= 2), zz TEXT NOT NULL, labels TEXT NOT NULL,"
	" as_number INTEGER NOT NULL CHECK (as_number BETWEEN 0 AND 4294967295),"
	" network TEXT NOT NULL, database_territory TEXT NOT NULL,"
	" PRIMARY KEY (attack_no, position)"
	") STRICT, WITHOUT ROWID;",

	"CREATE TABLE attack_target ("
	" attack_no INTEGER NOT NULL REFERENCES attack (attack_no) ON DELETE CASCADE,"
	" position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 31),"
	" name TEXT NOT NULL,"
	" PRIMARY KEY (attack_no, position)"
	") STRICT, WITHOUT ROWID;",

	"CREATE TABLE coverage ("
	" run_no INTEGER NOT NULL REFERENCES run (run_no),"
	" sensor TEXT NOT NULL, hour_us INTEGER NOT NULL CHECK (hour_us % 3600000000 = 0),"
	" packets INTEGER NOT NULL CHECK (packets >= 0),"
	" bytes INTEGER NOT NULL CHECK (bytes >= 0),"
	" packets_in INTEGER NOT NULL CHECK (packets_in >= 0),"
	" packets_out INTEGER NOT NULL CHECK (packets_out >= 0),"
	" lost_packets INTEGER NOT NULL CHECK (lost_packets >= 0),"
	" lost_bytes INTEGER NOT NULL CHECK (lost_bytes >= 0),"
	" flows INTEGER NOT NULL CHECK (flows >= 0),"
	" evicted INTEGER NOT NULL CHECK (evicted >= 0),"
	" observations INTEGER NOT NULL CHECK (observations >= 0),"
	" attacks_apart INTEGER NOT NULL CHECK (attacks_apart >= 0),"
	" seen_us INTEGER NOT NULL,"
	" PRIMARY KEY (run_no, sensor, hour_us)"
	") STRICT, WITHOUT ROWID;",
	"CREATE INDEX coverage_hour ON coverage (hour_us);"

	"CREATE TABLE sealed ("
	" run_no INTEGER NOT NULL REFERENCES run (run_no),"
	" attack_id TEXT NOT NULL, day INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,"
	" lines INTEGER NOT NULL CHECK (lines >= 0),"
	" bytes INTEGER NOT NULL CHECK (bytes >= 0),"
	" PRIMARY KEY (run_no, name)"
	") STRICT, WITHOUT ROWID;",
	"CREATE INDEX sealed_day ON sealed (day);"

	/* An attack may leave with its run and come again with the next: what was said of it stays. */
	"CREATE TABLE amendment ("
	" amendment_no INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL, at_us INTEGER NOT NULL, by_name TEXT NOT NULL CHECK (by_name <> ''),"
	" action TEXT NOT NULL CHECK (action IN ('dismiss', 'confirm', 'amend')),"
	" field TEXT NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL CHECK (reason <> '')"
	") STRICT;",
	"CREATE INDEX amendment_id ON amendment (id);"
	"CREATE TRIGGER amendment_stays BEFORE UPDATE ON amendment"
	" BEGIN SELECT raise(ABORT, 'amendments are append only'); END;"
	"CREATE TRIGGER amendment_remains BEFORE DELETE ON amendment"
	" BEGIN SELECT raise(ABORT, 'amendments are append only'); END;",
	NULL
};

/* Sums by everything a statement sorts by, so that a day of ten million attacks is a few thousand rows. */
static const char *const version_2[] = {
	"CREATE TABLE day_total ("
	" day INTEGER NOT NULL, direction TEXT NOT NULL, status TEXT NOT NULL, class TEXT NOT NULL, path TEXT NOT NULL,"
	" territory TEXT NOT NULL, zz TEXT NOT NULL, target_class TEXT NOT NULL, outcome TEXT NOT NULL,"
	" severity INTEGER NOT NULL, continued INTEGER NOT NULL, confirmed INTEGER NOT NULL,"
	" attacks INTEGER NOT NULL, observations INTEGER NOT NULL,"
	" PRIMARY KEY (day, direction, status, class, path, territory, zz, target_class, outcome, severity, continued,"
	"  confirmed)"
	") STRICT, WITHOUT ROWID;",
	"INSERT INTO day_total"
	" SELECT first_us / 86400000000 - (first_us % 86400000000 < 0), direction, now_status, now_class, path,"
	"  territory, zz, now_target_class, now_outcome, now_severity, continues <> '', confirmed,"
	"  count(*), sum(observations)"
	" FROM attack GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;",
	NULL
};

static const char *const *const versions[LEDGER_SCHEMA_VERSION] = { version_1, version_2 };

int ledger_schema_error(int sqlite_result)
{
	switch (sqlite_result & 0xff) { /* the primary code of an extended one */
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT:
	case SQLITE_SCHEMA:
	case SQLITE_ERROR: /* a table or column that should be there is not */
		return LEDGER_CORRUPT;
	default:
		return -EIO;
	}
}

int ledger_schema_version(sqlite3 *db)
{
	sqlite3_stmt *s = NULL;
	int version = 0;
	int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	(void)sqlite3_finalize(s);
	int err = ledger_schema_error(rc);
	return err < 0 ? err : version < 0 ? LEDGER_CORRUPT : version;
}

/* One step; the version is looked at again inside the transaction: another process may have been faster. */
static int step(sqlite3 *db, int to)
{
	char set[64];
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		return ledger_schema_error(rc);
	(void)snprintf(set, sizeof(set), "PRAGMA user_version = %d", to);
	int have = ledger_schema_version(db);
	if (have == to - 1) {
		for (const char *const *sql = versions[to - 1]; *sql != NULL && rc == SQLITE_OK; sql++)
			rc = sqlite3_exec(db, *sql, NULL, NULL, NULL);
		if (rc == SQLITE_OK)
			rc = sqlite3_exec(db, set, NULL, NULL, NULL);
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return have < 0 ? have : ledger_schema_error(rc);
}

int ledger_schema_migrate(sqlite3 *db, int version)
{
	int have = ledger_schema_version(db);

	if (have < 0)
		return have;
	if (have > LEDGER_SCHEMA_VERSION)
		return LEDGER_NEWER;
	for (int to = have + 1; to <= version; to++) {
		int err = step(db, to);
		if (err < 0)
			return err;
	}
	return 0;
}
