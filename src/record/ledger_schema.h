/* ledger_schema.h - the SQLite ledger's tables, version by version. */
#pragma once

#include <sqlite3.h>

enum { LEDGER_SCHEMA_VERSION = 2 };

/** What any result of SQLite means here: 0 for SQLITE_OK, DONE and ROW. */
int ledger_schema_error(int sqlite_result);

/** Version of an open database. Returns it (0: empty), LEDGER_CORRUPT, -EBUSY, -ENOMEM or -EIO. */
int ledger_schema_version(sqlite3 *db);

/** Bring a database to a version, at most LEDGER_SCHEMA_VERSION, each step in a transaction of its own. Tests stop earlier.
 * Returns 0, LEDGER_NEWER, LEDGER_CORRUPT, -EBUSY, -ENOSPC, -ENOMEM or -EIO. */
int ledger_schema_migrate(sqlite3 *db, int version);
