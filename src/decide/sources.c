#include "decide/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static uint32_t hash_of(const struct sources_budget *budget, const struct prefix *group)
{
	uint64_t words[3] = { 0, 0, group->len };

	memcpy(words, group->address.bytes, 16);
	return (uint32_t)siphash_words(&budget->key, words, 3);
}

static uint32_t mask_of(const struct sources *s)
{
	return s->size * 2 - 1;
}

/* Where a group's position is kept, or the free slot for it. */
static uint32_t *slot_of(const struct sources *s, const struct sources_budget *budget, const struct prefix *group)
{
	uint32_t at = hash_of(budget, group) & mask_of(s);

	while (s->index[at] != 0 && prefix_compare(&s->list[s->index[at] - 1].group, group) != 0)
		at = (at + 1) & mask_of(s);
	return &s->index[at];
}

static int grow(struct sources *s, const struct sources_budget *budget)
{
	uint32_t size = s->size != 0 ? s->size * 2 : 4;
	struct source *list = realloc(s->list, size * sizeof(*list));

	if (list == NULL)
		return -ENOMEM;
	s->list = list;
	uint32_t *index = calloc((size_t)size * 2, sizeof(*index));
	if (index == NULL)
		return -ENOMEM;
	free(s->index);
	s->index = index;
	s->size = size;
	for (uint32_t i = 0; i < s->count; i++)
		*slot_of(s, budget, &s->list[i].group) = i + 1;
	return 0;
}

/* Lightest first; among equals the highest address, whatever the hash key was. */
static bool lighter(const struct sources *s, uint32_t a, uint32_t b)
{
	const struct source *x = &s->list[a], *y = &s->list[b];

	if (x->units != y->units)
		return x->units < y->units;
	if (x->observations != y->observations)
		return x->observations < y->observations;
	return prefix_compare(&x->group, &y->group) > 0;
}

static void heap_put(struct sources *s, uint32_t at, uint32_t position)
{
	s->heap[at] = position;
	s->heap_at[position] = at;
}

/* Weights only grow, so an entry only ever sinks. */
static void heap_sink(struct sources *s, uint32_t at)
{
	uint32_t position = s->heap[at];

	for (;;) {
		uint32_t child = at * 2 + 1;
		if (child >= s->count)
			break;
		if (child + 1 < s->count && lighter(s, s->heap[child + 1], s->heap[child]))
			child++;
		if (!lighter(s, s->heap[child], position))
			break;
		heap_put(s, at, s->heap[child]);
		at = child;
	}
	heap_put(s, at, position);
}

static int heap_build(struct sources *s)
{
	s->heap = calloc(s->count, sizeof(*s->heap));
	s->heap_at = calloc(s->count, sizeof(*s->heap_at));
	if (s->heap == NULL || s->heap_at == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->count; i++)
		heap_put(s, i, i);
	for (uint32_t i = s->count / 2; i-- > 0;)
		heap_sink(s, i);
	return 0;
}

/* Open addressing without tombstones: what follows a freed slot moves up when it may. */
static void index_remove(struct sources *s, const struct sources_budget *budget, const struct prefix *group)
{
	uint32_t hole = (uint32_t)(slot_of(s, budget, group) - s->index), at = hole;

	check(s->index[hole] != 0);
	for (;;) {
		at = (at + 1) & mask_of(s);
		if (s->index[at] == 0)
			break;
		uint32_t home = hash_of(budget, &s->list[s->index[at] - 1].group) & mask_of(s);
		if (((at - home) & mask_of(s)) < ((at - hole) & mask_of(s)))
			continue;
		s->index[hole] = s->index[at];
		hole = at;
	}
	s->index[hole] = 0;
}

static void weigh(struct sources *s, uint32_t position, uint8_t path, uint64_t observations, uint64_t units)
{
	struct source *source = &s->list[position];

	source->observations += observations;
	source->units += units;
	if (path < source->path)
		source->path = path;
	if (s->heap != NULL)
		heap_sink(s, s->heap_at[position]);
}

static int push_out(struct sources *s, const struct sources_budget *budget, const struct prefix *group, uint8_t path,
                    uint64_t observations, uint64_t units)
{
	s->full = true;
	if (s->count == 0 || (s->heap == NULL && heap_build(s) < 0)) {
		free(s->heap);
		free(s->heap_at);
		s->heap = s->heap_at = NULL;
		return -ENOMEM;
	}
	uint32_t position = s->heap[0];
	index_remove(s, budget, &s->list[position].group);
	s->list[position].group = *group;
	s->list[position].path = path;
	*slot_of(s, budget, group) = position + 1;
	weigh(s, position, path, observations, units);
	return 0;
}

int sources_add(struct sources *s, struct sources_budget *budget, const struct prefix *group, uint8_t path,
                uint64_t observations, uint64_t units)
{
	uint32_t *slot = s->size != 0 ? slot_of(s, budget, group) : NULL;

	if (slot != NULL && *slot != 0) {
		weigh(s, *slot - 1, path, observations, units);
		return 0;
	}
	bool room = !s->full && s->count < ATTACK_SOURCES_MAX && budget->used < budget->limit;
	if (room && s->count == s->size && grow(s, budget) < 0)
		room = false;
	if (!room)
		return push_out(s, budget, group, path, observations, units);
	s->list[s->count] =
	        (struct source){ .group = *group, .path = path, .observations = observations, .units = units };
	*slot_of(s, budget, group) = ++s->count;
	budget->used++;
	return 0;
}

const struct source *sources_find(const struct sources *s, const struct sources_budget *budget,
                                  const struct prefix *group)
{
	uint32_t position = s->size != 0 ? *slot_of(s, budget, group) : 0;

	return position != 0 ? &s->list[position - 1] : NULL;
}

void sources_fini(struct sources *s, struct sources_budget *budget)
{
	budget->used -= s->count;
	free(s->list);
	free(s->index);
	free(s->heap);
	free(s->heap_at);
	*s = (struct sources){ 0 };
}
