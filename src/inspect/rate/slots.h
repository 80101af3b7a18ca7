/* slots.h - a fixed number of slots, found by hash, forgotten by age: the index beside every array of a detector.
 * The table hands out slot numbers; what is in a slot, and comparing it, is its owner's. A full table gives the least
 * recently touched slot, never one that depends on the hash, so that what is forgotten does not depend on the key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOTS_NONE UINT32_MAX

struct slots_link {
	uint32_t hash;         /* upper half of the slot's hash: most chains are walked without looking into slots */
	uint32_t chain;        /* next with the same head; next free one while unused */
	uint32_t older, newer; /* by last touch */
};

struct slots {
	uint32_t *heads;          /* owned, mask + 1 */
	struct slots_link *links; /* owned, size */
	uint32_t mask, size;
	uint32_t free; /* first unused slot that was used before */
	uint32_t used; /* slots ever used: those behind have not been touched yet, nor has their memory */
	uint32_t newest, oldest;
};

/** Make a table of size slots (at least 1). Returns 0 or -ENOMEM. */
int slots_init(struct slots *t, uint32_t size);
void slots_fini(struct slots *t);

/** Upper bound of a table's memory, bytes. */
size_t slots_memory(uint32_t size);

/** The next slot at or behind i in the chain whose hash is likely this one, or SLOTS_NONE. */
static inline uint32_t slots_match(const struct slots *t, uint32_t i, uint64_t hash)
{
	while (i != SLOTS_NONE && t->links[i].hash != (uint32_t)(hash >> 32))
		i = t->links[i].chain;
	return i;
}

/** First slot to compare for a hash, or SLOTS_NONE. */
static inline uint32_t slots_first(const struct slots *t, uint64_t hash)
{
	return slots_match(t, t->heads[(hash >> 32) & t->mask], hash);
}

static inline uint32_t slots_next(const struct slots *t, uint32_t i, uint64_t hash)
{
	return slots_match(t, t->links[i].chain, hash);
}

/** True when slots_take() would forget a slot. */
static inline bool slots_full(const struct slots *t)
{
	return t->free == SLOTS_NONE && t->used == t->size;
}

/** A slot for a hash, touched. Where the table was full it is the least recent one, taken from its former owner:
 * look at slots_oldest() before, if that needs care. */
uint32_t slots_take(struct slots *t, uint64_t hash);

/** The slot is the most recent one from now on. */
void slots_touch(struct slots *t, uint32_t i);

/** Give a slot back. */
void slots_drop(struct slots *t, uint32_t i);

/** Least recently touched slot, or SLOTS_NONE. */
static inline uint32_t slots_oldest(const struct slots *t)
{
	return t->oldest;
}
