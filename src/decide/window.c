#include "decide/window.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"

int windows_init(struct windows *w, uint32_t watches, const struct siphash_key *key)
{
	check(w->watch_size >= sizeof(struct watch) && w->pending_limit > 0);
	TAILQ_INIT(&w->use);
	TAILQ_INIT(&w->age);
	return table_init(&w->table, watches, key);
}

static void free_pending(struct windows *w, struct pending *p)
{
	TAILQ_REMOVE(&p->watch->pending, p, of_watch);
	TAILQ_REMOVE(&w->age, p, of_age);
	p->watch->pending_count--;
	w->pending_count--;
	free(p);
}

static void free_watch(struct windows *w, struct watch *watch)
{
	check(watch->pending_count == 0);
	if (w->owner.forget != NULL)
		w->owner.forget(w->owner.context, watch);
	TAILQ_REMOVE(&w->use, watch, of_use);
	table_remove(&w->table, &watch->link);
	free(watch);
}

void windows_fini(struct windows *w)
{
	if (w->table.slots == NULL)
		return;
	while (!TAILQ_EMPTY(&w->age))
		free_pending(w, TAILQ_FIRST(&w->age));
	while (!TAILQ_EMPTY(&w->use))
		free_watch(w, TAILQ_FIRST(&w->use));
	table_fini(&w->table);
}

void windows_leave(struct windows *w, struct pending *p, const char *attack_id)
{
	w->owner.leaves(w->owner.context, p, attack_id);
	check(!p->wide);
	free_pending(w, p);
}

static void empty_watch(struct windows *w, struct watch *watch)
{
	while (!TAILQ_EMPTY(&watch->pending))
		windows_leave(w, TAILQ_FIRST(&watch->pending), NULL);
}

void *windows_find(const struct windows *w, const struct table_key *key)
{
	return table_find(&w->table, key);
}

static struct watch *new_watch(struct windows *w, const struct table_key *key)
{
	if (table_full(&w->table)) {
		w->watches_evicted++;
		empty_watch(w, TAILQ_FIRST(&w->use));
		free_watch(w, TAILQ_FIRST(&w->use));
	}
	struct watch *watch = calloc(1, w->watch_size);
	if (watch == NULL)
		return NULL;
	watch->link.key = *key;
	TAILQ_INIT(&watch->pending);
	table_insert(&w->table, &watch->link);
	return watch;
}

void *windows_watch(struct windows *w, const struct table_key *key, int64_t now_us)
{
	struct watch *watch = table_find(&w->table, key);

	if (watch != NULL)
		TAILQ_REMOVE(&w->use, watch, of_use);
	else if ((watch = new_watch(w, key)) == NULL) {
		w->no_memory++;
		return NULL;
	}
	TAILQ_INSERT_TAIL(&w->use, watch, of_use);
	watch->used_us = now_us;
	return watch;
}

/* Behind all that compare lower or equal: almost always at the end. */
static void insert_ordered(struct watch *watch, struct pending *p)
{
	struct pending *before = TAILQ_LAST(&watch->pending, pending_list);

	while (before != NULL && observation_compare(&before->observation, &p->observation) > 0)
		before = TAILQ_PREV(before, pending_list, of_watch);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&watch->pending, before, p, of_watch);
	else
		TAILQ_INSERT_HEAD(&watch->pending, p, of_watch);
	p->watch = watch;
	watch->pending_count++;
}

struct pending *windows_hold(struct windows *w, struct watch *watch, const struct observation *obs)
{
	if (w->pending_count == w->pending_limit) {
		w->pending_evicted++;
		windows_leave(w, TAILQ_FIRST(&w->age), NULL);
	}
	struct pending *p = calloc(1, sizeof(*p));
	if (p == NULL) {
		struct pending gone = { .watch = watch, .observation = *obs };
		w->no_memory++;
		w->owner.leaves(w->owner.context, &gone, NULL);
		return NULL;
	}
	p->observation = *obs;
	insert_ordered(watch, p);
	TAILQ_INSERT_TAIL(&w->age, p, of_age);
	w->pending_count++;
	return p;
}

void windows_move(struct windows *w, struct pending *p, struct watch *to)
{
	(void)w;
	TAILQ_REMOVE(&p->watch->pending, p, of_watch);
	p->watch->pending_count--;
	insert_ordered(to, p);
}

int64_t windows_due(const struct windows *w)
{
	const struct pending *p = TAILQ_FIRST(&w->age);

	return p != NULL ? p->observation.time_us + w->window_us : INT64_MAX;
}

void windows_expire(struct windows *w, int64_t now_us)
{
	struct pending *p;
	struct watch *watch;

	while ((p = TAILQ_FIRST(&w->age)) != NULL && now_us > p->observation.time_us + w->window_us)
		windows_leave(w, p, NULL);
	while ((watch = TAILQ_FIRST(&w->use)) != NULL && watch->pending_count == 0 &&
	       now_us > watch->used_us + w->idle_us)
		free_watch(w, watch);
}

void windows_drain(struct windows *w)
{
	while (!TAILQ_EMPTY(&w->age))
		windows_leave(w, TAILQ_FIRST(&w->age), NULL);
}
