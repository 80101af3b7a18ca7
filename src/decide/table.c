#include "decide/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static size_t slots_for(size_t limit)
{
	size_t n = 16;

	while (n < limit)
		n *= 2;
	return n;
}

int table_init(struct table *t, size_t limit, const struct siphash_key *key)
{
	size_t n = slots_for(limit);

	*t = (struct table){ .slots = calloc(n, sizeof(*t->slots)), .mask = n - 1, .limit = limit, .key = *key };
	return t->slots != NULL ? 0 : -ENOMEM;
}

void table_fini(struct table *t)
{
	free(t->slots);
	*t = (struct table){ 0 };
}

static struct table_link **slot_of(const struct table *t, const struct table_key *key)
{
	return &t->slots[siphash_words(&t->key, key->word, 6) & t->mask];
}

void *table_find(const struct table *t, const struct table_key *key)
{
	for (struct table_link *l = *slot_of(t, key); l != NULL; l = l->next)
		if (memcmp(&l->key, key, sizeof(*key)) == 0)
			return l;
	return NULL;
}

void table_insert(struct table *t, struct table_link *link)
{
	struct table_link **slot = slot_of(t, &link->key);

	check(!table_full(t));
	link->next = *slot;
	*slot = link;
	t->count++;
}

void table_remove(struct table *t, struct table_link *link)
{
	struct table_link **at = slot_of(t, &link->key);

	while (*at != link) {
		check(*at != NULL);
		at = &(*at)->next;
	}
	*at = link->next;
	t->count--;
}

size_t table_memory(size_t limit)
{
	return slots_for(limit) * sizeof(struct table_link *);
}

static void put_address(uint64_t word[static 2], const struct address *a)
{
	memcpy(word, a->bytes, 16);
}

struct table_key table_key_of(const struct table_parts *p)
{
	struct table_key key = { 0 };

	key.word[0] = (uint64_t)p->kind << 56 | (uint64_t)p->family << 48 | (uint64_t)p->vector << 40 |
	              (uint64_t)p->service << 32 | (uint64_t)p->group_kind << 24 | (uint64_t)p->direction << 16 |
	              (uint64_t)p->status << 8 | p->flag;
	if (p->asset != NULL) {
		key.word[1] = UINT64_C(1) << 32 | p->asset->index;
		put_address(&key.word[2], &p->asset->host);
	}
	if (p->group != NULL) {
		key.word[1] |= (uint64_t)(p->group->len + 1) << 40;
		put_address(&key.word[4], &p->group->address);
	}
	return key;
}
