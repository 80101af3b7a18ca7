/* Goal: what only a ledger on disk can suffer: a second writer, an older and a newer schema, damage, a full disk, and death
 * at any instant. Each leaves it as it was before, or as it is after a whole transaction. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "ledger_random.h"
#include "record/ledger.h"
#include "record/ledger_schema.h"
#include "tap.h"

static char root[] = "/tmp/redoubt-sqlite-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static const char *make_dir(const char *name)
{
	const char *path = path_of(name);

	return mkdir(path, 0700) == 0 ? path : "/nonexistent";
}

/* Open a database by itself, run SQL, close. */
static int sql(const char *dir, const char *text)
{
	char path[300];
	sqlite3 *db = NULL;

	(void)snprintf(path, sizeof(path), "%s/ledger.db", dir);
	int rc = sqlite3_open(path, &db);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, text, NULL, NULL, NULL);
	(void)sqlite3_close(db);
	return rc;
}

/* First column of the first row as text, "" if there is none. */
static const char *ask(const char *dir, const char *query)
{
	static char answer[256];
	char path[300];
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;

	answer[0] = '\0';
	(void)snprintf(path, sizeof(path), "%s/ledger.db", dir);
	if (sqlite3_open(path, &db) == SQLITE_OK && sqlite3_prepare_v2(db, query, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0) != NULL)
		(void)snprintf(answer, sizeof(answer), "%s", (const char *)sqlite3_column_text(s, 0));
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
	return answer;
}

/* A whole run of count attacks on a day. Returns 0 or the first error. */
static int add_run(struct ledger *l, const char *run, const char *capture, int count)
{
	struct run_inputs inputs = { .at_us = 1 };
	int err;

	strcpy(inputs.run, run);
	strcpy(inputs.capture, capture);
	if ((err = ledger_begin(l, &inputs)) < 0)
		return err;
	for (int i = 0; i < count && err == 0; i++) {
		struct record r = random_record(20779);
		err = ledger_add_attack(l, &r);
		attack_fini(&r.attack);
	}
	err = err == 0 ? ledger_commit(l) : err;
	if (err < 0)
		ledger_rollback(l);
	return err;
}

static uint64_t count_records(struct ledger *l)
{
	struct ledger_filter all = LEDGER_FILTER_ALL;
	uint64_t n = UINT64_MAX;

	return ledger_count(l, &all, &n) == 0 ? n : UINT64_MAX;
}

static int sum_total(void *context, const struct day_total *t)
{
	*(uint64_t *)context += t->attacks;
	return 0;
}

/* Every invariant that ties the tables together. */
static bool consistent(const char *dir)
{
	static const char *const none[] = {
		"SELECT 'source without attack' FROM attack_source WHERE attack_no NOT IN (SELECT attack_no FROM attack)",
		"SELECT 'attack without run' FROM attack WHERE run_no NOT IN (SELECT run_no FROM run)",
		"SELECT 'days' WHERE (SELECT total(attacks) FROM day_total) <> (SELECT count(*) FROM attack)",
		"SELECT * FROM pragma_foreign_key_check",
		("SELECT 1 FROM (SELECT class c, sum(attacks) n FROM day_total GROUP BY 1)"
		 " WHERE n <> (SELECT count(*) FROM attack WHERE now_class = c)"),
	};

	if (strcmp(ask(dir, "PRAGMA integrity_check"), "ok") != 0)
		return false;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (ask(dir, none[i])[0] != '\0') {
			printf("# %s\n", ask(dir, none[i]));
			return false;
		}
	return true;
}

static void test_files(void)
{
	const char *dir = make_dir("files");
	CLEANUP(ledger_closep) struct ledger *l = NULL;
	struct stat st;
	char path[300];

	ok(ledger_open(&ledger_sqlite, dir, LEDGER_READ, &l) == -ENOENT, "reading does not make a ledger");
	ok(ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &l) == 0 && add_run(l, "R1", "c1", 20) == 0, "writing does");
	for (int i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/ledger.db%s", dir,
		               (const char *const[]){ "", "-wal", "-shm" }[i]);
		ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "%s is 0600", path + strlen(root));
	}
	ok(strcmp(ask(dir, "PRAGMA journal_mode"), "wal") == 0, "write-ahead log");
	struct ledger *reader = NULL;
	ok(ledger_open(&ledger_sqlite, dir, LEDGER_READ, &reader) == 0 && count_records(reader) == 20,
	   "a reader sees what was committed");
	ok(add_run(reader, "R2", "c2", 1) == -EROFS, "and cannot write");
	struct amendment said = { .action = "dismiss", .by = "x", .reason = "y" };
	ok(ledger_amend(reader, &said) == -EROFS, "nor amend");
	ledger_close(reader);
	ledger_close(TAKE_PTR(l));
	ok(ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &l) == 0 && count_records(l) == 20 && consistent(dir),
	   "opened again, all is there");
	ok(sql(dir, "INSERT INTO amendment (id, at_us, by_name, action, field, value, reason)"
	            " VALUES ('A', 1, 'x', 'dismiss', '', '', 'y')") == SQLITE_OK &&
	           sql(dir, "UPDATE amendment SET reason = 'z'") == SQLITE_CONSTRAINT &&
	           sql(dir, "DELETE FROM amendment") == SQLITE_CONSTRAINT,
	   "amendments cannot be changed or taken back, whoever tries");
}

static void test_busy(void)
{
	const char *dir = make_dir("busy");
	CLEANUP(ledger_closep) struct ledger *one = NULL;
	CLEANUP(ledger_closep) struct ledger *two = NULL;
	struct run_inputs inputs = { .run = "R1", .capture = "c1" };

	ok(ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &one) == 0 &&
	           ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &two) == 0 && ledger_begin(one, &inputs) == 0,
	   "two writers, one at work");
	ok(add_run(two, "R2", "c2", 1) == -EBUSY, "the other is told");
	ok(count_records(two) == 0, "but may read");
	ledger_rollback(one);
	ok(add_run(two, "R2", "c2", 1) == 0, "and write afterwards");
}

static void test_versions(void)
{
	const char *dir = make_dir("versions");
	struct ledger *l = NULL;
	char path[300], filled[256], version[32];
	sqlite3 *db = NULL;

	/* A ledger of version 1 with the attacks of one made today: what the first redoubt would have left. */
	(void)snprintf(filled, sizeof(filled), "%s", make_dir("filled"));
	ok(ledger_open(&ledger_sqlite, filled, LEDGER_WRITE, &l) == 0 && add_run(l, "R1", "c1", 50) == 0, "50 attacks");
	ledger_close(TAKE_PTR(l));
	dir = path_of("versions");
	(void)snprintf(path, sizeof(path), "%s/ledger.db", dir);
	ok(sqlite3_open(path, &db) == SQLITE_OK && ledger_schema_migrate(db, 1) == 0 && ledger_schema_version(db) == 1,
	   "a ledger of version 1");
	(void)sqlite3_close(db);
	char copy[1024];
	(void)snprintf(
	        copy, sizeof(copy),
	        "ATTACH '%s/ledger.db' AS f; INSERT INTO run SELECT * FROM f.run; INSERT INTO attack SELECT * FROM"
	        " f.attack; INSERT INTO attack_source SELECT * FROM f.attack_source",
	        filled);
	ok(sql(dir, copy) == SQLITE_OK, "filled");
	ok(ledger_open(&ledger_sqlite, dir, LEDGER_READ, &l) == LEDGER_OLDER, "a reader does not change it");
	uint64_t attacks = 0;
	ok(ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &l) == 0 && count_records(l) == 50 &&
	           ledger_each_day_total(l, INT64_MIN, INT64_MAX, sum_total, &attacks) == 0 && attacks == 50,
	   "a writer brings it to this version, with its day table");
	ledger_close(TAKE_PTR(l));
	ok(consistent(dir), "consistent");
	(void)snprintf(version, sizeof(version), "PRAGMA user_version = %d", LEDGER_SCHEMA_VERSION + 1);
	ok(sql(dir, version) == SQLITE_OK && ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &l) == LEDGER_NEWER &&
	           ledger_open(&ledger_sqlite, dir, LEDGER_READ, &l) == LEDGER_NEWER,
	   "a newer one is refused");
}

static void test_damage(void)
{
	const char *dir = make_dir("damage");
	struct ledger *l = NULL;
	struct ledger_filter all = LEDGER_FILTER_ALL;
	struct record r;
	char path[300];

	ok(ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &l) == 0 && add_run(l, "R1", "c1", 3) == 0, "three attacks");
	ledger_close(TAKE_PTR(l));
	ok(sql(dir, "UPDATE attack SET class = 'rumour' WHERE attack_no = 2") == SQLITE_OK &&
	           ledger_open(&ledger_sqlite, dir, LEDGER_READ, &l) == 0 &&
	           ledger_count(l, &all, &(uint64_t){ 0 }) == 0,
	   "one gets a class that does not exist");
	char id[64];
	(void)snprintf(id, sizeof(id), "%s", ask(dir, "SELECT id FROM attack WHERE attack_no = 2"));
	ok(ledger_get(l, id, false, &r) == LEDGER_CORRUPT, "it is not handed out");
	ledger_close(TAKE_PTR(l));
	ok(sql(dir, "UPDATE attack SET severity = 6 WHERE attack_no = 1") == SQLITE_CONSTRAINT,
	   "the schema guards ranges");
	(void)snprintf(path, sizeof(path), "%s/ledger.db", make_dir("text"));
	FILE *f = fopen(path, "w");
	ok(f != NULL &&
	           fputs("this is a letter to a friend, and it is long enough to be read as a header of 100 bytes", f) >
	                   0 &&
	           fclose(f) == 0 && ledger_open(&ledger_sqlite, path_of("text"), LEDGER_WRITE, &l) == LEDGER_CORRUPT,
	   "a file that is no ledger is refused");
}

/* In a mount namespace of its own: fill a disk of 512 KiB, then look what is left. Exit status is the verdict. */
static int fill_disk(const char *dir)
{
	struct ledger *l = NULL;
	char run[16];
	int err = 0, runs = 0;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", dir, "tmpfs", 0, "size=512k,mode=0700") < 0)
		return 77;
	if (ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &l) != 0)
		return 1;
	for (; err == 0 && runs < 1000; runs += err == 0) {
		(void)snprintf(run, sizeof(run), "R%d", runs);
		err = add_run(l, run, run, 10);
	}
	if (err != -ENOSPC || count_records(l) != (uint64_t)runs * 10)
		return 2;
	ledger_close(l);
	if (!consistent(dir))
		return 3;
	if (ledger_open(&ledger_sqlite, dir, LEDGER_READ, &l) != 0 || count_records(l) != (uint64_t)runs * 10)
		return 4;
	ledger_close(l);
	return runs > 0 ? 0 : 5;
}

static void test_full_disk(void)
{
	const char *dir = make_dir("full");
	int status = -1;

	(void)fflush(stdout); /* ThreadSanitizer's _exit() would write what is buffered a second time */
	pid_t child = fork();
	if (child == 0)
		_exit(fill_disk(dir));
	(void)waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		ok(1, "a full disk # SKIP no mount namespace");
	else
		ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		   "a full disk is -ENOSPC, and every committed run is there whole (%d)", WEXITSTATUS(status));
}

/* Write runs of 20 attacks until killed; after each commit tell its number through the pipe. */
static void write_until_killed(const char *dir, int to, int first)
{
	struct ledger *l = NULL;
	char run[32];

	random_state = (uint64_t)first * 1000003;
	if (ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &l) != 0)
		_exit(1);
	for (int i = first;; i++) {
		(void)snprintf(run, sizeof(run), "R%d", i);
		if (add_run(l, run, run, 20) != 0 || write(to, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

/* One life of a writer: returns the runs it acknowledged. */
static int one_life(const char *dir, int first)
{
	int ends[2], number, acknowledged = 0, status;

	if (pipe(ends) < 0)
		return -1;
	pid_t child = fork();
	if (child == 0)
		write_until_killed(dir, ends[1], first);
	(void)close(ends[1]);
	/* It dies at another instant each time: after so many acknowledgements and some work more. */
	int after = 1 + (int)random_below(4);
	while (acknowledged < after && read(ends[0], &number, sizeof(number)) == sizeof(number))
		acknowledged++;
	for (uint64_t spin = random_below(3000000); spin > 0; spin--)
		__asm__ volatile("");
	(void)kill(child, SIGKILL);
	while (read(ends[0], &number, sizeof(number)) == sizeof(number))
		acknowledged++;
	(void)close(ends[0]);
	(void)waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? acknowledged : -1;
}

static void test_kill(void)
{
	char dir[256];
	int bad = 0, first = 0;
	uint64_t before = 0;

	(void)snprintf(dir, sizeof(dir), "%s", make_dir("kill"));
	random_state = 7;
	for (int life = 0; life < 12; life++) {
		struct ledger *l = NULL;
		int acknowledged = one_life(dir, first);
		bad += acknowledged < 0 || ledger_open(&ledger_sqlite, dir, LEDGER_WRITE, &l) != 0;
		uint64_t now = l != NULL ? count_records(l) : 0;
		/* Whole runs only: those acknowledged, and at most one that was durable but not yet told. */
		bad += now % 20 != 0 || now < before + (uint64_t)acknowledged * 20 ||
		       now > before + (uint64_t)(acknowledged + 1) * 20;
		ledger_close(l);
		bad += !consistent(dir);
		before = now;
		first += acknowledged + 1;
	}
	ok(bad == 0, "killed 12 times: %llu attacks, whole runs only, none acknowledged is lost",
	   (unsigned long long)before);
}

int main(void)
{
	char command[64];

	ok(mkdtemp(root) != NULL, "a place");
	test_files();
	test_busy();
	test_versions();
	test_damage();
	test_full_disk();
	test_kill();
	(void)snprintf(command, sizeof(command), "rm -r %s", root);
	ok(system(command) == 0, "clean");
	return done();
}
