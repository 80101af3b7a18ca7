#include "decide/focus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"

enum { HOURS = 24 };

struct focus_entry {
	struct table_link link;
	TAILQ_ENTRY(focus_entry) of_use;
	int64_t hour; /* the newest */
	uint64_t sum;
	uint32_t observations[HOURS];
};

int focus_init(struct focus *f, const struct estate *estate, uint32_t limit, const struct siphash_key *key)
{
	*f = (struct focus){ .estate = estate };
	TAILQ_INIT(&f->use);
	return table_init(&f->table, limit, key);
}

static void forget(struct focus *f, struct focus_entry *e)
{
	TAILQ_REMOVE(&f->use, e, of_use);
	table_remove(&f->table, &e->link);
	free(e);
}

void focus_fini(struct focus *f)
{
	if (f->table.slots == NULL)
		return;
	while (!TAILQ_EMPTY(&f->use))
		forget(f, TAILQ_FIRST(&f->use));
	table_fini(&f->table);
}

static struct table_key key_of(const struct focus_group *group, const struct asset_ref *asset)
{
	return table_key_of(&(struct table_parts){ .group_kind = group->kind, .group = group->group, .asset = asset });
}

static unsigned place(int64_t hour)
{
	return (unsigned)(((hour % HOURS) + HOURS) % HOURS);
}

static void move_to(struct focus_entry *e, int64_t hour)
{
	if (hour - e->hour >= HOURS) {
		memset(e->observations, 0, sizeof(e->observations));
		e->sum = 0;
		e->hour = hour;
	}
	while (e->hour < hour) {
		unsigned at = place(++e->hour);
		e->sum -= e->observations[at];
		e->observations[at] = 0;
	}
}

static struct focus_entry *entry_for(struct focus *f, const struct table_key *key)
{
	struct focus_entry *e = table_find(&f->table, key);

	if (e != NULL) {
		TAILQ_REMOVE(&f->use, e, of_use);
	} else {
		if (table_full(&f->table)) {
			/* Silent for a day, it is no loss. */
			f->evicted++;
			forget(f, TAILQ_FIRST(&f->use));
		}
		e = calloc(1, sizeof(*e));
		if (e == NULL) {
			f->no_memory++;
			return NULL;
		}
		e->link.key = *key;
		table_insert(&f->table, &e->link);
	}
	TAILQ_INSERT_TAIL(&f->use, e, of_use);
	return e;
}

static void count_one(struct focus *f, const struct focus_group *group, const struct asset_ref *asset, int64_t now_us)
{
	struct table_key key = key_of(group, asset);
	struct focus_entry *e = entry_for(f, &key);

	if (e == NULL)
		return;
	move_to(e, now_us / HOUR_US);
	e->observations[place(e->hour)]++;
	e->sum++;
}

void focus_note(struct focus *f, const struct focus_group *group, const struct asset_ref *asset, int64_t now_us)
{
	struct asset_ref at = *asset;

	count_one(f, group, NULL, now_us);
	do
		count_one(f, group, &at, now_us);
	while (estate_enclosing(f->estate, &at, &at));
}

uint64_t focus_count(struct focus *f, const struct focus_group *group, const struct asset_ref *asset, int64_t now_us)
{
	struct table_key key = key_of(group, asset);
	struct focus_entry *e = table_find(&f->table, &key);

	if (e == NULL)
		return 0;
	if (now_us / HOUR_US > e->hour)
		move_to(e, now_us / HOUR_US);
	return e->sum;
}

size_t focus_memory(uint32_t limit)
{
	return table_memory(limit) + limit * (sizeof(struct focus_entry) + 16);
}
