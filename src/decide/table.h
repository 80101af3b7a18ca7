/* table.h - a hash table of entries that embed a struct table_link as their first member. Keys are six words that may come
 * from an attacker, so the hash is keyed. Nothing ever walks a table: order must not depend on the key. Internal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/siphash.h"
#include "model/observation.h"

struct table_key {
	uint64_t word[6];
};

struct table_link {
	struct table_link *next;
	struct table_key key;
};

struct table {
	struct table_link **slots; /* owned; the entries are not */
	size_t mask;
	size_t count, limit;
	struct siphash_key key;
};

/** Room for limit entries. Returns 0 or -ENOMEM. */
int table_init(struct table *table, size_t limit, const struct siphash_key *key);
void table_fini(struct table *table);

/** The entry of a key, or NULL. */
void *table_find(const struct table *table, const struct table_key *key);

static inline bool table_full(const struct table *table)
{
	return table->count == table->limit;
}

/** Put in an entry whose key is set, not there yet, into a table that is not full. */
void table_insert(struct table *table, struct table_link *link);

/** Take out an entry that is there. */
void table_remove(struct table *table, struct table_link *link);

/** Bytes table_init() takes. */
size_t table_memory(size_t limit);

/** What a key is made of; small words share the first word. */
struct table_parts {
	uint8_t kind, family, vector, service, group_kind, direction, status, flag;
	const struct asset_ref *asset; /* NULL: none, which differs from ASSET_NONE */
	const struct prefix *group;    /* NULL: none */
};

struct table_key table_key_of(const struct table_parts *parts);
