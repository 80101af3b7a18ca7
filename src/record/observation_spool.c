#include "record/observation_spool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/siphash.h"
#include "base/utc.h"
#include "record/observation_file.h"
#include "record/observation_sort.h"

/* Sorter's groups: numbers of attacks, and behind them the days, moved so that they are not negative. */
#define GROUP_DAY  (UINT64_C(1) << 63)
#define DAY_OFFSET (INT64_C(1) << 40)

struct owner {
	char id[ATTACK_ID_MAX];
	uint32_t into; /* the attack that absorbed it, or itself */
};

struct observation_spool {
	struct data_dir *dir;
	struct observation_spool_config config;
	struct observation_sort *sort;
	struct owner *owners;
	size_t owner_count;
	uint32_t *table; /* open addressing, owner number + 1, 0 free */
	size_t table_size;
	bool absorbed;
};

int observation_spool_new(struct data_dir *dir, const struct observation_spool_config *config,
                          struct observation_spool **ret_spool)
{
	check(config->estate != NULL);
	CLEANUP(observation_spool_freep) struct observation_spool *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->dir = dir;
	s->config = *config;
	int err = observation_sort_new(dir, config->memory, &s->sort);
	if (err < 0)
		return err;
	*ret_spool = TAKE_PTR(s);
	return 0;
}

void observation_spool_free(struct observation_spool *s)
{
	if (s == NULL)
		return;
	observation_sort_free(s->sort);
	free(s->owners);
	free(s->table);
	free(s);
}

void observation_spool_freep(struct observation_spool **spool)
{
	observation_spool_free(*spool);
}

/* Ids are HMACs under a secret: nobody chooses them, so the hash needs no key of its own. */
static size_t hash_id(const char *id)
{
	static const struct siphash_key key = { 0 };
	uint64_t words[4] = { 0 };

	memcpy(words, id, strnlen(id, ATTACK_ID_MAX - 1));
	return (size_t)siphash_words(&key, words, 4);
}

static size_t place_of(const struct observation_spool *s, const char *id)
{
	size_t i = hash_id(id) & (s->table_size - 1);

	while (s->table[i] != 0 && strcmp(s->owners[s->table[i] - 1].id, id) != 0)
		i = (i + 1) & (s->table_size - 1);
	return i;
}

static int grow(struct observation_spool *s)
{
	size_t size = s->table_size == 0 ? 64 : 2 * s->table_size;
	uint32_t *table = calloc(size, sizeof(*table));
	struct owner *owners = reallocarray(s->owners, size / 2, sizeof(*owners));

	if (owners != NULL)
		s->owners = owners;
	if (table == NULL || owners == NULL) {
		free(table);
		return -ENOMEM;
	}
	free(s->table);
	s->table = table;
	s->table_size = size;
	for (size_t i = 0; i < s->owner_count; i++)
		s->table[place_of(s, s->owners[i].id)] = (uint32_t)i + 1;
	return 0;
}

/* The number of an attack, given on first use. */
static int owner_of(struct observation_spool *s, const char *id, uint32_t *ret_owner)
{
	check(strlen(id) < ATTACK_ID_MAX && id[0] != '\0');
	if (2 * s->owner_count >= s->table_size && grow(s) < 0)
		return -ENOMEM;
	size_t i = place_of(s, id);
	if (s->table[i] == 0) {
		struct owner *o = &s->owners[s->owner_count];
		*o = (struct owner){ .into = (uint32_t)s->owner_count };
		strcpy(o->id, id);
		s->table[i] = (uint32_t)++s->owner_count;
	}
	*ret_owner = s->table[i] - 1;
	return 0;
}

static uint32_t final_owner(const struct observation_spool *s, uint32_t owner)
{
	while (s->owners[owner].into != owner)
		owner = s->owners[owner].into;
	return owner;
}

int observation_spool_add(struct observation_spool *s, const struct observation *obs, const char *attack)
{
	uint32_t owner;

	if (attack == NULL)
		return observation_sort_add(s->sort, GROUP_DAY | (uint64_t)(utc_day(obs->time_us) + DAY_OFFSET), obs);
	int err = owner_of(s, attack, &owner);
	return err < 0 ? err : observation_sort_add(s->sort, final_owner(s, owner), obs);
}

int observation_spool_absorb(struct observation_spool *s, const char *child, const char *into)
{
	uint32_t from, to;

	if (owner_of(s, child, &from) < 0 || owner_of(s, into, &to) < 0)
		return -ENOMEM;
	from = final_owner(s, from);
	to = final_owner(s, to);
	s->owners[from].into = to;
	s->absorbed = s->absorbed || from != to;
	return 0;
}

/* Sealing: files are written one after another, as the sorter gives their lines. */
struct sealing {
	struct observation_spool *spool;
	struct data_writer *writer; /* of the file being written, NULL before the first */
	struct text line;
	uint64_t group;
	struct sealed_file current;
	struct sealed_file *files; /* complete and named */
	size_t count, size;
};

static void sealing_fini(struct sealing *s)
{
	data_writer_free(s->writer);
	text_fini(&s->line);
	free(s->files);
}

static int begin_file(struct sealing *s, uint64_t group, const struct observation *first)
{
	int err = data_writer_new(s->spool->dir, &s->writer);

	if (err < 0)
		return err;
	s->group = group;
	s->current = (struct sealed_file){ .day = utc_day(first->time_us) };
	strcpy(s->current.run, s->spool->config.run);
	if ((group & GROUP_DAY) == 0)
		strcpy(s->current.attack, s->spool->owners[group].id);
	data_writer_add(s->writer, OBSERVATION_FILE_HEAD, sizeof(OBSERVATION_FILE_HEAD) - 1);
	return 0;
}

/* DAY/ID.obs or DAY/day.obs; where another run has sealed other lines there, the run's id is put behind. */
static int name_file(struct sealing *s)
{
	struct sealed_file *f = &s->current;
	const char *stem = f->attack[0] != '\0' ? f->attack : "day";
	char day[UTC_DAY_TEXT_MAX];

	(void)snprintf(f->name, sizeof(f->name), "observations/%s/%s.obs", utc_day_format(f->day, day), stem);
	int err = data_writer_name(s->writer, f->name);
	if (err != -EEXIST)
		return err;
	(void)snprintf(f->name, sizeof(f->name), "observations/%s/%s-%s.obs", day, stem, f->run);
	return data_writer_name(s->writer, f->name);
}

static int end_file(struct sealing *s)
{
	struct digest digest;

	if (s->writer == NULL)
		return 0;
	int err = data_writer_close(s->writer, &digest, &s->current.bytes);
	if (err < 0 || (err = name_file(s)) < 0)
		return err;
	data_writer_free(s->writer);
	s->writer = NULL;
	digest_format(&digest, s->current.digest);
	if (s->count == s->size) {
		s->size = s->size == 0 ? 64 : 2 * s->size;
		struct sealed_file *files = reallocarray(s->files, s->size, sizeof(*files));
		if (files == NULL)
			return -ENOMEM;
		s->files = files;
	}
	s->files[s->count++] = s->current;
	return 0;
}

static int seal_line(void *context, uint64_t group, const struct observation *obs)
{
	struct sealing *s = context;
	int err = 0;

	if (s->writer == NULL || group != s->group) {
		if ((err = end_file(s)) < 0 || (err = begin_file(s, group, obs)) < 0)
			return err;
	}
	text_reset(&s->line);
	observation_line_add(&s->line, s->spool->config.estate, obs);
	if (s->line.failed)
		return -ENOMEM;
	data_writer_add(s->writer, s->line.data, s->line.len);
	s->current.lines++;
	return 0;
}

static int move_line(void *context, uint64_t group, const struct observation *obs)
{
	struct observation_spool *s = context;

	if ((group & GROUP_DAY) == 0)
		group = final_owner(s, (uint32_t)group);
	return observation_sort_add(s->sort, group, obs);
}

/* Lines of absorbed attacks lie apart from those of the one they belong to: sort once more. */
static int sort_absorbed(struct observation_spool *s)
{
	CLEANUP(observation_sort_freep) struct observation_sort *former = s->sort;

	s->sort = NULL;
	int err = observation_sort_new(s->dir, s->config.memory, &s->sort);
	return err < 0 ? err : observation_sort_each(former, move_line, s);
}

static int by_day_and_name(const void *a, const void *b)
{
	const struct sealed_file *x = a, *y = b;

	return x->day != y->day ? (x->day < y->day ? -1 : 1) : strcmp(x->name, y->name);
}

int observation_spool_seal(struct observation_spool *spool, ledger_sealed_fn *each, void *context)
{
	CLEANUP(sealing_fini) struct sealing s = { .spool = spool };
	int err = spool->absorbed ? sort_absorbed(spool) : 0;

	if (err == 0)
		err = observation_sort_each(spool->sort, seal_line, &s);
	if (err == 0)
		err = end_file(&s);
	if (err == 0 && s.count > 0)
		qsort(s.files, s.count, sizeof(*s.files), by_day_and_name);
	for (size_t i = 0; i < s.count && err == 0; i++)
		err = each(context, &s.files[i]);
	return err;
}
