/* Goal: whatever order observations come in and however little memory there is, the sealed files are the same bytes: one for
 * each attack, one for each day of the rest, complete and sorted. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "observation_random.h"
#include "record/observation_file.h"
#include "record/observation_sort.h"
#include "record/observation_spool.h"
#include "tap.h"

enum { COUNT = 5000 };
#define DAY INT64_C(20779) /* 2026-11-22 */

static struct estate estate;
static struct observation observations[COUNT];

struct sealed {
	size_t count;
	struct sealed_file files[64];
};

static int keep(void *context, const struct sealed_file *file)
{
	struct sealed *s = context;

	s->files[s->count++] = *file;
	return 0;
}

static const char *attack_of(size_t i)
{
	return i % 7 == 0 ? "ATTACKA" : i % 7 == 1 ? "ATTACKB" : i % 7 == 2 ? "ATTACKC" : NULL;
}

/* Feed in an order that step gives (prime to COUNT), and seal. */
static int run(struct data_dir *dir, const char *name, size_t memory, size_t step, bool absorb, struct sealed *ret)
{
	CLEANUP(observation_spool_freep) struct observation_spool *spool = NULL;
	struct observation_spool_config config = { .memory = memory, .estate = &estate };
	int err;

	strcpy(config.run, name);
	ret->count = 0;
	if ((err = observation_spool_new(dir, &config, &spool)) < 0)
		return err;
	for (size_t i = 0, at = 0; i < COUNT; i++, at = (at + step) % COUNT) {
		if (absorb && i == COUNT / 2 && observation_spool_absorb(spool, "ATTACKB", "ATTACKA") < 0)
			return -1;
		if ((err = observation_spool_add(spool, &observations[at], attack_of(at))) < 0)
			return err;
	}
	return observation_spool_seal(spool, keep, ret);
}

static bool same(const struct sealed *a, const struct sealed *b, bool names)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->files[i].digest, b->files[i].digest) != 0 || a->files[i].lines != b->files[i].lines ||
		    (names && strcmp(a->files[i].name, b->files[i].name) != 0))
			return false;
	return true;
}

/* Lines of a file, or -1: read back, it has the digest and the number of lines that were told. */
static int64_t check_file(struct data_dir *dir, const struct sealed_file *file)
{
	CLEANUP(observation_reader_freep) struct observation_reader *r = NULL;
	struct observation_file_error error;
	struct observation o;
	struct digest digest;
	char hex[SHA256_TEXT_MAX];
	uint64_t lines;
	int more = observation_reader_new(dir, file->name, &estate, &r);

	if (more < 0)
		return -1;
	while ((more = observation_reader_next(r, &o, &error)) > 0)
		if (file->attack[0] == '\0' && utc_day(o.time_us) != file->day)
			return -1;
	if (more < 0)
		return -1;
	observation_reader_digest(r, &digest, &lines);
	return lines == file->lines && strcmp(digest_format(&digest, hex), file->digest) == 0 ? (int64_t)lines : -1;
}

static void test_kind(struct data_dir *dir, struct data_dir *second, const char *kind)
{
	struct sealed large, small, again;
	int64_t lines = 0;

	ok(run(dir, "RUN1", 4u << 20, 1, false, &large) == 0 && large.count == 3 + 3,
	   "%s: three attacks and three days give six files", kind);
	for (size_t i = 0; i < large.count; i++)
		lines += check_file(dir, &large.files[i]);
	ok(lines == COUNT, "%s: every observation is in one of them", kind);
	ok(strcmp(large.files[0].name, "observations/2026-11-22/ATTACKA.obs") == 0 &&
	           strcmp(large.files[3].name, "observations/2026-11-22/day.obs") == 0 &&
	           strcmp(large.files[5].name, "observations/2026-11-24/day.obs") == 0,
	   "%s: by day and name", kind);
	ok(run(second, "RUN1", OBSERVATION_SORT_MEMORY_MIN, 4999, false, &small) == 0 && same(&large, &small, true),
	   "%s: in 64 KiB of memory and another order: the same bytes", kind);
	ok(run(dir, "RUN2", 1u << 20, 7, false, &again) == 0 && same(&large, &again, true),
	   "%s: a second run with the same observations names the same files", kind);
	observations[0].count ^= 1;
	ok(run(dir, "RUN3", 1u << 20, 1, false, &again) == 0 && again.count == 6 &&
	           strcmp(again.files[0].name, "observations/2026-11-22/ATTACKA-RUN3.obs") == 0 &&
	           check_file(dir, &large.files[0]) == (int64_t)large.files[0].lines,
	   "%s: with other observations it writes beside, and changes nothing", kind);
	observations[0].count ^= 1;
	struct sealed one, two;
	ok(run(second, "RUN4", 4u << 20, 1, true, &one) == 0 && one.count == 5 &&
	           one.files[0].lines == large.files[0].lines + large.files[1].lines &&
	           check_file(second, &one.files[0]) == (int64_t)one.files[0].lines,
	   "%s: an absorbed attack's lines are in the file of the one that took it", kind);
	ok(run(second, "RUN4", OBSERVATION_SORT_MEMORY_MIN, 11, true, &two) == 0 && same(&one, &two, true),
	   "%s: spilled, too", kind);
}

int main(void)
{
	char root[] = "/tmp/redoubt-spool-XXXXXX", path[64], command[64];
	struct data_dir *dir[2] = { NULL }, *memory[2] = { NULL };

	ok(make_estate(&estate) == 0 && mkdtemp(root) != NULL, "an estate and a place");
	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%d", root, i);
		ok(data_dir_open(path, DATA_DIR_WRITE, &dir[i]) == 0 && data_dir_memory(&memory[i]) == 0,
		   "a directory");
	}
	for (size_t i = 0; i < COUNT; i++)
		observations[i] = random_observation(DAY * DAY_US, 3 * DAY_US);
	for (size_t i = 0; i < 3; i++) /* attacks begin on the first day */
		observations[i].time_us = DAY * DAY_US + (int64_t)i;
	test_kind(dir[0], dir[1], "disk");
	test_kind(memory[0], memory[1], "memory");
	for (int i = 0; i < 2; i++) {
		data_dir_free(dir[i]);
		data_dir_free(memory[i]);
	}
	estate_fini(&estate);
	(void)snprintf(command, sizeof(command), "rm -r %s", root);
	ok(system(command) == 0, "clean");
	return done();
}
