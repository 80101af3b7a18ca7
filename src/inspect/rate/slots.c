#include "inspect/rate/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static uint32_t heads_for(uint32_t size)
{
	uint32_t heads = 1;

	while (heads < size && heads < UINT32_C(1) << 31)
		heads *= 2;
	return heads;
}

int slots_init(struct slots *t, uint32_t size)
{
	check(size > 0 && size < SLOTS_NONE);
	uint32_t heads = heads_for(size);
	*t = (struct slots){
		.heads = malloc(heads * sizeof(*t->heads)),
		.links = calloc(size, sizeof(*t->links)),
		.mask = heads - 1,
		.size = size,
		.free = SLOTS_NONE,
		.newest = SLOTS_NONE,
		.oldest = SLOTS_NONE,
	};
	if (t->heads == NULL || t->links == NULL) {
		slots_fini(t);
		return -ENOMEM;
	}
	memset(t->heads, 0xff, heads * sizeof(*t->heads));
	return 0;
}

void slots_fini(struct slots *t)
{
	free(t->heads);
	free(t->links);
	*t = (struct slots){ 0 };
}

size_t slots_memory(uint32_t size)
{
	return heads_for(size) * sizeof(uint32_t) + (size_t)size * sizeof(struct slots_link);
}

static void age_in(struct slots *t, uint32_t i)
{
	t->links[i].older = t->newest;
	t->links[i].newer = SLOTS_NONE;
	if (t->newest != SLOTS_NONE)
		t->links[t->newest].newer = i;
	else
		t->oldest = i;
	t->newest = i;
}

static void age_out(struct slots *t, uint32_t i)
{
	uint32_t older = t->links[i].older, newer = t->links[i].newer;

	if (older != SLOTS_NONE)
		t->links[older].newer = newer;
	else
		t->oldest = newer;
	if (newer != SLOTS_NONE)
		t->links[newer].older = older;
	else
		t->newest = older;
}

void slots_touch(struct slots *t, uint32_t i)
{
	if (t->newest == i)
		return;
	age_out(t, i);
	age_in(t, i);
}

static void chain_out(struct slots *t, uint32_t i)
{
	uint32_t *at = &t->heads[t->links[i].hash & t->mask];

	while (*at != i) {
		check_hot(*at != SLOTS_NONE);
		at = &t->links[*at].chain;
	}
	*at = t->links[i].chain;
}

void slots_drop(struct slots *t, uint32_t i)
{
	chain_out(t, i);
	age_out(t, i);
	t->links[i].chain = t->free;
	t->free = i;
}

uint32_t slots_take(struct slots *t, uint64_t hash)
{
	if (slots_full(t))
		slots_drop(t, t->oldest);
	uint32_t i = t->free;
	if (i != SLOTS_NONE)
		t->free = t->links[i].chain;
	else
		i = t->used++;
	uint32_t *head = &t->heads[(hash >> 32) & t->mask];
	t->links[i].hash = (uint32_t)(hash >> 32);
	t->links[i].chain = *head;
	*head = i;
	age_in(t, i);
	return i;
}
