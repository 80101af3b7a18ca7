#!/usr/bin/env bash
# ledger.sh [BUILD]: attacks a second into the ledger, beside the sqlite3 shell inserting the same rows into the same tables, then a
# day's statement over them.
set -eu
build=${1:-build}
count=${ATTACKS:-100000}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/ours" "$tmp/theirs"
"$build/bench/ledger" "$tmp/ours" "$count" 10000
if command -v sqlite3 >/dev/null; then
	sqlite3 "$tmp/ours/ledger.db" .schema >"$tmp/schema.sql"
	{
		echo 'PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; BEGIN;'
		sqlite3 "$tmp/ours/ledger.db" .dump | grep -v -e '^CREATE ' -e '^PRAGMA' -e '^BEGIN' -e '^COMMIT' || true
		echo 'COMMIT;'
	} >"$tmp/rows.sql"
	{ echo 'PRAGMA journal_mode = WAL;'; cat "$tmp/schema.sql"; } | sqlite3 "$tmp/theirs/ledger.db" >/dev/null 2>&1 || true
	echo "the same rows by the sqlite3 shell:"
	( time sqlite3 "$tmp/theirs/ledger.db" <"$tmp/rows.sql" 2>"$tmp/errors" ) 2>&1 | tr '\n' ' '
	echo "($(sqlite3 "$tmp/theirs/ledger.db" 'select count(*) from attack') attacks, $(wc -l <"$tmp/errors") errors)"
fi
