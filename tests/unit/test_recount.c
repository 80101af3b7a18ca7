/* Goal: what was sealed comes back in the decider's order, a file that was touched stops the recount by name, and two
 * countings that differ in any one field are told apart in words. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "observation_random.h"
#include "record/observation_sort.h"
#include "record/observation_spool.h"
#include "record/recount.h"
#include "tap.h"

enum { COUNT = 2000 };

static struct estate estate;
static struct observation observations[COUNT];
static char path[] = "/tmp/redoubt-recount-XXXXXX";
static char any_file[SEALED_NAME_MAX];

static int add_sealed(void *context, const struct sealed_file *file)
{
	strcpy(any_file, file->name);
	return ledger_add_sealed(context, file);
}

static int by_order(const void *a, const void *b)
{
	return observation_compare(a, b);
}

static int seal(struct data_dir *dir, struct ledger *l)
{
	CLEANUP(observation_spool_freep) struct observation_spool *spool = NULL;
	struct observation_spool_config config = { .memory = OBSERVATION_SORT_MEMORY_MIN,
		                                   .estate = &estate,
		                                   .run = "R" };
	struct run_inputs inputs = { .run = "R", .capture = "c" };
	char id[ATTACK_ID_MAX];
	int err = observation_spool_new(dir, &config, &spool);

	for (int i = 0; i < COUNT && err == 0; i++) {
		observations[i] = random_observation(20779 * DAY_US, 2 * DAY_US);
		(void)snprintf(id, sizeof(id), "A%d", i % 50);
		err = observation_spool_add(spool, &observations[i], i % 3 == 0 ? id : NULL);
	}
	if (err < 0 || (err = ledger_begin(l, &inputs)) < 0)
		return err;
	err = observation_spool_seal(spool, add_sealed, l);
	return err < 0 ? err : ledger_commit(l);
}

struct emitted {
	size_t count, wrong;
};

static void take(void *context, const struct observation *o)
{
	struct emitted *e = context;

	e->wrong += e->count >= COUNT || observation_compare(o, &observations[e->count]) != 0;
	e->count++;
}

static void test_read(struct data_dir *dir, struct ledger *l)
{
	struct emitted e = { 0 };
	struct observation_sink sink = { .emit = take, .context = &e };
	struct recount_error error = { 0 };
	char file[256];

	qsort(observations, COUNT, sizeof(observations[0]), by_order);
	ok(recount_read(l, dir, &estate, "R", 20779, 20780, OBSERVATION_SORT_MEMORY_MIN, &sink, &error) == 0 &&
	           e.count == COUNT && e.wrong == 0,
	   "all %d observations in the decider's order, from many files in 64 KiB", COUNT);
	e = (struct emitted){ 0 };
	ok(recount_read(l, dir, &estate, "Q", 0, INT64_MAX, OBSERVATION_SORT_MEMORY_MIN, &sink, &error) == 0 &&
	           e.count == 0,
	   "another run has none");
	ok(recount_read(l, dir, &estate, "R", 20781, 20790, OBSERVATION_SORT_MEMORY_MIN, &sink, &error) == 0 &&
	           e.count == 0,
	   "nor have other days");
	(void)snprintf(file, sizeof(file), "%s/%s", path, any_file);
	/* Make the file's last line a repetition of itself: canonical, but not what was sealed. */
	CLEANUP(closep) int fd = open(file, O_RDWR);
	static char text[1 << 20];
	ssize_t n = read(fd, text, sizeof(text));
	ssize_t start = n - 1;
	while (start > 0 && text[start - 1] != '\n')
		start--;
	ok(n > 0 && n < (ssize_t)sizeof(text) && pwrite(fd, text + start, (size_t)(n - start), n) == n - start &&
	           recount_read(l, dir, &estate, "R", 20779, 20780, OBSERVATION_SORT_MEMORY_MIN, &sink, &error) ==
	                   RECOUNT_DIGEST &&
	           strcmp(error.name, any_file) == 0 && e.count == 0,
	   "a line more is found, the file named, nothing emitted");
	ok(pwrite(fd, "x", 1, 23) == 1 &&
	           recount_read(l, dir, &estate, "R", 20779, 20780, OBSERVATION_SORT_MEMORY_MIN, &sink, &error) ==
	                   OBSERVATION_FILE_BAD &&
	           strcmp(error.name, any_file) == 0 && error.place.line == 2 && error.place.column == 1,
	   "a changed byte is found with its place");
	ok(unlink(file) == 0 &&
	           recount_read(l, dir, &estate, "R", 20779, 20780, OBSERVATION_SORT_MEMORY_MIN, &sink, &error) ==
	                   RECOUNT_MISSING &&
	           strcmp(error.name, any_file) == 0,
	   "a missing file is named");
}

/* Change one field to another valid value: exactly one line must name it. */
static void test_every_field(const struct record *r)
{
	int bad = 0;

	for (size_t i = 0; i < fields_attack.count; i++) {
		const struct field *f = &fields_attack.field[i];
		struct attack changed = r->attack;
		CLEANUP(text_fini) struct text out = { 0 };
		char want[128];
		((uint8_t *)&changed)[f->offset] ^= 1; /* every kind's first byte may differ by one */
		if (f->kind == FIELD_WORD && field_uint(f, &changed) >= f->max)
			field_set_uint(f, &changed, f->max - 2);
		(void)snprintf(want, sizeof(want), "%s: %s: ledger ", r->attack.id, f->column);
		bool good = recount_compare(&r->attack, &changed, &out) == 1 &&
		            strncmp(text_get(&out), want, strlen(want)) == 0 &&
		            strchr(out.data, '\n') == out.data + out.len - 1;
		if (!good)
			printf("# %s: %s", f->column, text_get(&out));
		bad += !good;
	}
	ok(bad == 0, "each of %zu fields is named when it differs", fields_attack.count);
}

static void test_compare(struct ledger *l)
{
	struct run_inputs inputs = { .run = "S", .capture = "d" };
	struct record r[3] = { random_record(20779), random_record(20779), random_record(20780) };
	struct ledger_filter all = LEDGER_FILTER_ALL;
	uint64_t differences = 99;
	CLEANUP(text_fini) struct text out = { 0 };

	ok(recount_compare(&r[0].attack, &r[0].attack, &out) == 0 && out.len == 0, "equal attacks have nothing to say");
	test_every_field(&r[0]);
	int err = ledger_begin(l, &inputs);
	for (int i = 0; i < 2 && err == 0; i++)
		err = ledger_add_attack(l, &r[i]);
	ok(err == 0 && ledger_commit(l) == 0, "two attacks in the ledger");
	struct attack again[2] = { r[1].attack, r[0].attack };
	ok(recount_compare_all(l, &all, again, 2, &out, &differences) == 0 && differences == 0 && out.len == 0,
	   "counted again in another order: no difference");
	struct amendment said = { .action = "amend", .field = "severity", .value = "5", .by = "x", .reason = "y" };
	strcpy(said.id, r[0].attack.id);
	ok(ledger_amend(l, &said) == 0 && recount_compare_all(l, &all, again, 2, &out, &differences) == 0 &&
	           differences == 0,
	   "what a person said is no difference");
	again[0] = r[2].attack;
	ok(recount_compare_all(l, &all, again, 2, &out, &differences) == 0 && differences == 2 &&
	           strstr(out.data, "only in the ledger") != NULL && strstr(out.data, "missing in the ledger") != NULL,
	   "one missing and one extra");
	for (int i = 0; i < 3; i++)
		attack_fini(&r[i].attack);
}

int main(void)
{
	struct data_dir *dir = NULL;
	struct ledger *l = NULL;
	char command[64];

	ok(make_estate(&estate) == 0 && mkdtemp(path) != NULL && data_dir_open(path, DATA_DIR_WRITE, &dir) == 0 &&
	           ledger_open(&ledger_memory, NULL, LEDGER_WRITE, &l) == 0 && seal(dir, l) == 0,
	   "a sealed run");
	test_read(dir, l);
	test_compare(l);
	ledger_close(l);
	data_dir_free(dir);
	estate_fini(&estate);
	(void)snprintf(command, sizeof(command), "rm -r %s", path);
	ok(system(command) == 0, "clean");
	return done();
}
