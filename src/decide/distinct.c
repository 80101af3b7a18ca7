#include "decide/distinct.h"

#include <stdlib.h>

/* Where a thing is, or the free slot where it would be. */
static uint64_t *slot_of(uint64_t *slots, uint32_t size, uint64_t thing)
{
	uint32_t at = (uint32_t)thing & (size - 1);

	while (slots[at] != 0 && slots[at] != thing)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static bool grow(struct distinct *set)
{
	uint32_t size = set->size != 0 ? set->size * 2 : 8;
	uint64_t *slots = calloc(size, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (uint32_t i = 0; i < set->size; i++)
		if (set->slots[i] != 0)
			*slot_of(slots, size, set->slots[i]) = set->slots[i];
	free(set->slots);
	set->slots = slots;
	set->size = size;
	return true;
}

bool distinct_add(struct distinct *set, struct distinct_budget *budget, uint32_t limit, uint64_t thing)
{
	thing = thing != 0 ? thing : 1;
	if (set->size != 0 && *slot_of(set->slots, set->size, thing) == thing)
		return false;
	bool room = set->count < limit && budget->used < budget->limit;
	if (!room || (set->count * 2 >= set->size && !grow(set))) {
		set->full = true;
		return false;
	}
	*slot_of(set->slots, set->size, thing) = thing;
	set->count++;
	budget->used++;
	return true;
}

void distinct_fini(struct distinct *set, struct distinct_budget *budget)
{
	budget->used -= set->count;
	free(set->slots);
	*set = (struct distinct){ 0 };
}

void distinct_merge(struct distinct *set, struct distinct_budget *budget, uint32_t limit, const struct distinct *from)
{
	for (uint32_t i = 0; i < from->size; i++)
		if (from->slots[i] != 0)
			(void)distinct_add(set, budget, limit, from->slots[i]);
	set->full |= from->full;
}
