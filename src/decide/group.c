#include "decide/group.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"

struct member {
	struct prefix prefix;
	int64_t seen_us;
};

/* A /56 with its /64, or a /48 with its /56, inside one scope. */
struct neighbourhood {
	struct table_link link;
	TAILQ_ENTRY(neighbourhood) of_use;
	bool merged;
	int64_t seen_us;
	uint32_t count;
	struct member members[]; /* room for groups.merge */
};

int groups_init(struct groups *g, uint32_t limit, uint32_t merge, const struct siphash_key *key)
{
	check(merge >= 1 && merge <= GROUP_MEMBERS_MAX);
	*g = (struct groups){ .merge = merge };
	TAILQ_INIT(&g->use);
	return table_init(&g->table, limit, key);
}

static void forget(struct groups *g, struct neighbourhood *n)
{
	TAILQ_REMOVE(&g->use, n, of_use);
	table_remove(&g->table, &n->link);
	free(n);
}

void groups_fini(struct groups *g)
{
	if (g->table.slots == NULL)
		return;
	while (!TAILQ_EMPTY(&g->use))
		forget(g, TAILQ_FIRST(&g->use));
	table_fini(&g->table);
}

struct prefix group_narrow(const struct address *a)
{
	return prefix_of(a, address_is_v4(a) ? 128 : 64);
}

static struct table_key key_of(const struct table_parts *scope, const struct prefix *wide)
{
	struct table_parts parts = *scope;

	parts.group = wide;
	return table_key_of(&parts);
}

static struct neighbourhood *find(const struct groups *g, const struct table_parts *scope, const struct prefix *wide)
{
	struct table_key key = key_of(scope, wide);

	return table_find(&g->table, &key);
}

/* The neighbourhood to note a member in, made when missing, forgotten what is too old. */
static struct neighbourhood *touch(struct groups *g, const struct table_parts *scope, const struct prefix *wide,
                                   int64_t now_us, int64_t gap_us)
{
	struct neighbourhood *n = find(g, scope, wide);

	if (n == NULL) {
		if (table_full(&g->table)) {
			g->evicted++;
			forget(g, TAILQ_FIRST(&g->use));
		}
		n = calloc(1, sizeof(*n) + g->merge * sizeof(struct member));
		if (n == NULL) {
			g->no_memory++;
			return NULL;
		}
		n->link.key = key_of(scope, wide);
		table_insert(&g->table, &n->link);
	} else {
		TAILQ_REMOVE(&g->use, n, of_use);
		if (n->merged && now_us - n->seen_us > gap_us) {
			n->merged = false;
			n->count = 0;
		}
	}
	TAILQ_INSERT_TAIL(&g->use, n, of_use);
	n->seen_us = now_us;
	return n;
}

static void drop_old(struct neighbourhood *n, int64_t now_us, int64_t gap_us)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n->count; i++)
		if (now_us - n->members[i].seen_us <= gap_us)
			n->members[kept++] = n->members[i];
	n->count = kept;
}

/* Note a member; true when with it so many meet that they become one. */
static bool meet(struct groups *g, struct neighbourhood *n, const struct prefix *narrow, int64_t now_us, int64_t gap_us)
{
	if (n->merged)
		return false;
	drop_old(n, now_us, gap_us);
	for (uint32_t i = 0; i < n->count; i++)
		if (prefix_compare(&n->members[i].prefix, narrow) == 0) {
			n->members[i].seen_us = now_us;
			return false;
		}
	n->members[n->count++] = (struct member){ .prefix = *narrow, .seen_us = now_us };
	n->merged = n->count == g->merge;
	g->merges += n->merged;
	return n->merged;
}

static void tell(const struct neighbourhood *n, const struct prefix *wide, const struct groups_join *join)
{
	for (uint32_t i = 0; i < n->count; i++)
		join->joined(join->context, &n->members[i].prefix, wide);
}

/* A /48 takes in its /56 that were one, and the /64 of those that were not. */
static void tell_deep(const struct groups *g, const struct table_parts *scope, const struct neighbourhood *n,
                      const struct prefix *wide, const struct groups_join *join)
{
	tell(n, wide, join);
	for (uint32_t i = 0; i < n->count; i++) {
		const struct neighbourhood *inner = find(g, scope, &n->members[i].prefix);
		if (inner != NULL)
			tell(inner, wide, join);
	}
}

struct prefix groups_resolve(struct groups *g, const struct table_parts *scope, const struct address *a, int64_t now_us,
                             int64_t gap_us, const struct groups_join *join)
{
	struct prefix narrow = group_narrow(a);

	if (address_is_v4(a))
		return narrow;
	struct prefix p56 = prefix_of(a, 56), p48 = prefix_of(a, 48);
	struct neighbourhood *n56 = touch(g, scope, &p56, now_us, gap_us);
	if (n56 != NULL && meet(g, n56, &narrow, now_us, gap_us))
		tell(n56, &p56, join);
	bool merged = n56 != NULL && n56->merged; /* making room for the /48 may forget the /56 */
	struct neighbourhood *n48 = touch(g, scope, &p48, now_us, gap_us);
	if (n48 != NULL && meet(g, n48, &p56, now_us, gap_us))
		tell_deep(g, scope, n48, &p48, join);
	if (n48 != NULL && n48->merged)
		return p48;
	return merged ? p56 : narrow;
}

static bool is_merged(const struct neighbourhood *n, int64_t now_us, int64_t gap_us)
{
	return n != NULL && n->merged && now_us - n->seen_us <= gap_us;
}

struct prefix groups_lookup(const struct groups *g, const struct table_parts *scope, const struct address *a,
                            int64_t now_us, int64_t gap_us)
{
	struct prefix p56 = prefix_of(a, 56), p48 = prefix_of(a, 48);

	if (address_is_v4(a))
		return group_narrow(a);
	if (is_merged(find(g, scope, &p48), now_us, gap_us))
		return p48;
	return is_merged(find(g, scope, &p56), now_us, gap_us) ? p56 : group_narrow(a);
}

size_t groups_memory(uint32_t limit)
{
	size_t neighbourhood = sizeof(struct neighbourhood) + GROUP_MEMBERS_MAX * sizeof(struct member) + 16;

	return table_memory(limit) + limit * neighbourhood;
}
