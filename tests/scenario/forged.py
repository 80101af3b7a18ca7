"""Goal: whoever forges one row of the ledger, or one file beside it, is named by recount: each row that a sealed file can prove is
forged alone, in a copy of the same data directory."""
import contextlib
import os
import shutil
import sqlite3

from harness import CONFIG, Room, attacks, data_dir, demo, finish, ok, run, same, skip

# What is forged, how, and what recount must say.
ROWS = [
    ("a class as it stands", "UPDATE attack SET now_class = 'exploit' WHERE attack_no = 1", "now_class: ledger "),
    ("an outcome as it stands", "UPDATE attack SET now_outcome = 'repelled' WHERE attack_no = 1", "now_outcome: ledger "),
    ("a severity as it stands", "UPDATE attack SET now_severity = 5 WHERE attack_no = 1", "now_severity: ledger 5"),
    ("a status as it stands", "UPDATE attack SET now_status = 'dismissed' WHERE attack_no = 1", "now_status: ledger "),
    ("a target class", "UPDATE attack SET now_target_class = 'energy' WHERE attack_no = 1", "now_target_class: ledger "),
    ("a confirmation nobody gave", "UPDATE attack SET confirmed = 1 WHERE attack_no = 2", "confirmed: ledger "),
    ("an amendment nobody made", "UPDATE attack SET amended = 1 WHERE attack_no = 2", "amended: ledger "),
    ("an amendment nobody can make", "INSERT INTO amendment (id, at_us, by_name, action, field, value, reason) SELECT id, 0, 'x',"
     " 'amend', 'outcome', 'repelled', 'y' FROM attack WHERE attack_no = 1", "that nobody can make"),
    ("a sum of the day table", "UPDATE day_total SET attacks = attacks + 1000 WHERE rowid = 1", "the attacks say -1000 attacks"),
    ("a cell taken out", "DELETE FROM day_total WHERE rowid = 1", "day_total "),
    ("observations in the coverage", "UPDATE coverage SET observations = observations + 1", "coverage: observations: ledger "),
    ("a coverage row taken out", "DELETE FROM coverage", "coverage: observations: ledger 0"),
    ("a database's name", "UPDATE run_input SET name = 'other' WHERE kind <> 'list'", "name: ledger \"other\""),
    ("a database's date", "UPDATE run_input SET date_us = 0 WHERE kind <> 'list'", "date_us: ledger "),
    ("a list's entries", "UPDATE run_input SET entries = entries + 1 WHERE kind = 'list'", "entries: ledger "),
    ("evidence unnamed", "UPDATE attack SET evidence = '' WHERE evidence_count > 0", "evidence_count 1, but evidence \"\""),
    ("other evidence", f"UPDATE attack SET evidence = '{'0' * 64}' WHERE evidence_count > 0", "0.pcapng: missing"),
    ("an observations digest", f"UPDATE attack SET observations_digest = '{'0' * 64}' WHERE attack_no = 1",
     "observations_digest \"0"),
    ("a run superseded by itself", "UPDATE run SET superseded_by = run_no", "attacks belong to no run that stands"),
    ("a run with all its rows taken out", "DELETE FROM attack; DELETE FROM coverage; DELETE FROM sealed; DELETE FROM day_total;"
     " DELETE FROM run", "is named by no run"),
]


def forge(data, sql):
    with contextlib.closing(sqlite3.connect(os.path.join(data, "ledger.db"))) as ledger:
        if "rowid" in sql:
            # The key of the first cell: the table has no row numbers of its own.
            keys = [row[1] for row in ledger.execute("PRAGMA table_info(day_total)") if row[5]]
            first = ledger.execute(f"SELECT {', '.join(keys)} FROM day_total LIMIT 1").fetchone()
            ledger.execute(sql.replace("rowid = 1", " AND ".join(f"{key} = ?" for key in keys)), first)
        else:
            ledger.executescript(sql)
        ledger.commit()


def named(room, data, what, change, wanted):
    copy = room("forged")
    shutil.copytree(data, copy)
    change(copy)
    status, out, err = run("recount", "--data", copy)
    ok(status == 1 and wanted in out and "equal:" not in out, f"{what}: named", f"status {status}\n{out}{err}")
    shutil.rmtree(copy)


def first_slice(data):
    folder = os.path.join(data, "evidence")
    return os.path.join(folder, sorted(os.listdir(folder))[0])


def append(path):
    with open(path, "ab") as f:
        f.write(b"x")


def stray(data):
    folder = os.path.join(data, "observations", "2020-01-01")
    os.mkdir(folder)
    append(os.path.join(folder, "day.obs"))


def untouched(data):
    status, out, err = run("recount", "--data", data)
    ok(status == 0 and out.startswith("equal: "), "what nobody forged is equal", f"status {status}\n{out}{err}")
    ok("not checked: " in out, "what a recount cannot know is said", out)


def amended(data):
    """A person's word, and the same capture counted again, are no forgeries."""
    first, second = (a["id"] for a in attacks(data)[:2])
    said = ("--data", data, "--by", "A. Analyst", "--reason", "test")
    same([run("amend", *said, first, "severity", "5")[0], run("dismiss", *said, second)[0], run("confirm", *said, second)[0]],
         [0, 0, 0], "three words of a person")
    same(run("amend", *said, first, "outcome", "repelled")[0], 1, "that a kernel dropped packets is no person's word")
    untouched(data)


def main():
    with Room() as room:
        capture = demo(room)
        if capture is None:
            skip("forged rows", "no zstd")
            return
        data = data_dir(room("data"))
        same(run("replay", "--quiet", "--config", CONFIG, "--data", data, capture)[0], 0, "the bundled capture is counted")
        untouched(data)
        for what, sql, wanted in ROWS:
            named(room, data, what, lambda copy, sql=sql: forge(copy, sql), wanted)
        named(room, data, "an altered slice", lambda copy: append(first_slice(copy)), "altered: its SHA-256 is")
        named(room, data, "a slice taken away", lambda copy: os.remove(first_slice(copy)), "missing")
        named(room, data, "a file of a run that is gone", stray, "file observations/2020-01-01/day.obs is named by no run")
        amended(data)
        same(run("replay", "--quiet", "--again", "--config", CONFIG, "--data", data, capture)[0], 0, "counted again")
        untouched(data)


main()
finish()
