#include "decide/carpet.h"

#include <stdlib.h>
#include <string.h>

int carpets_init(struct carpets *c, uint32_t limit, const struct siphash_key *key)
{
	*c = (struct carpets){ 0 };
	TAILQ_INIT(&c->use);
	return table_init(&c->table, limit, key);
}

static void forget(struct carpets *c, struct carpet *carpet)
{
	TAILQ_REMOVE(&c->use, carpet, of_use);
	table_remove(&c->table, &carpet->link);
	free(carpet);
}

void carpets_fini(struct carpets *c)
{
	if (c->table.slots == NULL)
		return;
	while (!TAILQ_EMPTY(&c->use))
		forget(c, TAILQ_FIRST(&c->use));
	table_fini(&c->table);
}

static struct carpet *new_carpet(struct carpets *c, const struct table_key *key)
{
	if (table_full(&c->table)) {
		c->evicted++;
		forget(c, TAILQ_FIRST(&c->use));
	}
	struct carpet *carpet = calloc(1, sizeof(*carpet));
	if (carpet == NULL) {
		c->no_memory++;
		return NULL;
	}
	for (int i = 0; i < VECTOR_COUNT; i++)
		carpet->alone_us[i] = INT64_MIN;
	carpet->link.key = *key;
	table_insert(&c->table, &carpet->link);
	return carpet;
}

struct carpet *carpets_watch(struct carpets *c, const struct asset_ref *network, enum vector_group group,
                             uint8_t direction)
{
	struct table_key key = table_key_of(
	        &(struct table_parts){ .vector = (uint8_t)group, .direction = direction, .asset = network });
	struct carpet *carpet = table_find(&c->table, &key);

	if (carpet != NULL)
		TAILQ_REMOVE(&c->use, carpet, of_use);
	else if ((carpet = new_carpet(c, &key)) == NULL)
		return NULL;
	TAILQ_INSERT_TAIL(&c->use, carpet, of_use);
	return carpet;
}

uint32_t carpet_count(struct carpet *carpet, const struct asset_ref *child, int64_t now_us, int64_t window_us)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < carpet->count; i++) {
		bool same = carpet->children[i].asset.index == child->index &&
		            address_equal(&carpet->children[i].asset.host, &child->host);
		if (!same && now_us - carpet->children[i].met_us <= window_us)
			carpet->children[kept++] = carpet->children[i];
	}
	/* More than the rule asks for are not needed: the oldest goes. */
	if (kept == CARPET_ASSETS_MAX)
		memmove(&carpet->children[0], &carpet->children[1], --kept * sizeof(carpet->children[0]));
	carpet->children[kept].asset = *child;
	carpet->children[kept].met_us = now_us;
	carpet->count = ++kept;
	return kept;
}
