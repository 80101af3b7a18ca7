#include "inspect/rate/flood/shares.h"

#include <errno.h>
#include <stdlib.h>

#include "inspect/rate/group.h"

int shares_init(struct shares *shares, uint32_t size)
{
	shares->pool = calloc(size, sizeof(*shares->pool));
	return shares->pool == NULL ? -ENOMEM : slots_init(&shares->by, size);
}

void shares_fini(struct shares *shares)
{
	slots_fini(&shares->by);
	free(shares->pool);
	shares->pool = NULL;
}

size_t shares_memory(uint32_t size)
{
	return slots_memory(size) + size * sizeof(struct share);
}

static struct share *find(const struct shares *s, uint64_t hash, const struct address *group, uint32_t tally,
                          int64_t second)
{
	for (uint32_t i = slots_first(&s->by, hash); i != SLOTS_NONE; i = slots_next(&s->by, i, hash)) {
		struct share *share = &s->pool[i];
		if (share->tally == tally && share->second == second && address_equal(&share->group, group))
			return share;
	}
	return NULL;
}

static struct share *append(struct shares *s, struct share_list *list, uint64_t hash, const struct share *fresh)
{
	uint32_t i = slots_take(&s->by, hash);

	s->pool[i] = *fresh;
	s->pool[i].next = list->head; /* means nothing behind the last of list->count */
	list->head = i;
	list->count++;
	return &s->pool[i];
}

bool shares_add(struct shares *s, struct share_list *list, uint32_t most, uint32_t tally, int64_t second,
                const struct flow_event *e, uint64_t source_hash)
{
	struct address group = group_address(&e->client);
	uint64_t hash = hash_beside(source_hash, (uint64_t)tally << 32 ^ (uint64_t)second);
	struct share *share = find(s, hash, &group, tally, second);

	if (share == NULL) {
		if (list->count == most || slots_full(&s->by))
			return false;
		struct share fresh = { .group = group,
			               .client = e->client,
			               .server = e->server,
			               .client_port = e->client_port,
			               .server_port = e->server_port,
			               .proto = e->proto,
			               .tally = tally,
			               .second = second };
		share = append(s, list, hash, &fresh);
	}
	share->count++;
	share->refused += e->answer == ANSWER_RST || e->answer == ANSWER_ERROR;
	share->packets += e->packets;
	share->bytes += e->bytes;
	return true;
}

void shares_release(struct shares *s, struct share_list *list)
{
	uint32_t i = list->head;

	for (; list->count > 0; list->count--) {
		uint32_t next = s->pool[i].next;
		slots_drop(&s->by, i);
		i = next;
	}
}
