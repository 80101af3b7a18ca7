#include "decide/service.h"

#include <errno.h>
#include <stdlib.h>

#include "base/utc.h"

/* An hour and the minute in which an attack may still be found to have begun, in slots of ten seconds. */
#define KEPT_US (HOUR_US + MINUTE_US)
enum { SLOTS_MAX = 6 * 61 };

struct served_asset {
	struct table_link link;
	TAILQ_ENTRY(served_asset) of_use;
	struct asset_ref asset;
	struct service_slot *slots; /* ring, owned */
	uint32_t first, count, size;
};

int services_init(struct services *s, const struct estate *estate, uint32_t limit, const struct siphash_key *key)
{
	*s = (struct services){ .estate = estate };
	TAILQ_INIT(&s->use);
	return table_init(&s->table, limit, key);
}

static void forget(struct services *s, struct served_asset *service)
{
	TAILQ_REMOVE(&s->use, service, of_use);
	table_remove(&s->table, &service->link);
	free(service->slots);
	free(service);
}

void services_fini(struct services *s)
{
	if (s->table.slots == NULL)
		return;
	while (!TAILQ_EMPTY(&s->use))
		forget(s, TAILQ_FIRST(&s->use));
	table_fini(&s->table);
}

static struct served_asset *service_for(struct services *s, const struct asset_ref *asset)
{
	struct table_key key = table_key_of(&(struct table_parts){ .asset = asset });
	struct served_asset *service = table_find(&s->table, &key);

	if (service != NULL) {
		TAILQ_REMOVE(&s->use, service, of_use);
	} else {
		if (table_full(&s->table)) {
			s->evicted++;
			forget(s, TAILQ_FIRST(&s->use));
		}
		service = calloc(1, sizeof(*service));
		if (service == NULL)
			return NULL;
		service->link.key = key;
		service->asset = *asset;
		table_insert(&s->table, &service->link);
	}
	TAILQ_INSERT_TAIL(&s->use, service, of_use);
	return service;
}

static struct service_slot *slot_at(const struct served_asset *s, uint32_t i)
{
	return &s->slots[(s->first + i) % s->size];
}

static bool grow(struct served_asset *s)
{
	uint32_t size = s->size != 0 ? s->size * 2 : 8;
	struct service_slot *slots = calloc(size, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (uint32_t i = 0; i < s->count; i++)
		slots[i] = *slot_at(s, i);
	free(s->slots);
	s->slots = slots;
	s->size = size;
	s->first = 0;
	return true;
}

static void drop_first(struct served_asset *s)
{
	s->first = (s->first + 1) % s->size;
	s->count--;
}

void services_add(struct services *services, const struct asset_ref *asset, const struct service_slot *slot)
{
	struct served_asset *s = service_for(services, asset);

	if (s == NULL) {
		services->no_memory++;
		return;
	}
	while (s->count > 0 && (slot_at(s, 0)->time_us < slot->time_us - KEPT_US || s->count == SLOTS_MAX))
		drop_first(s);
	if (s->count == s->size && !grow(s)) {
		services->no_memory++;
		return;
	}
	s->count++;
	*slot_at(s, s->count - 1) = *slot;
}

static bool same_asset(const struct asset_ref *a, const struct asset_ref *b)
{
	return a->index == b->index && address_equal(&a->host, &b->host);
}

bool asset_inside(const struct estate *estate, const struct asset_ref *inner, const struct asset_ref *around)
{
	struct asset_ref at = *inner;

	do
		if (same_asset(&at, around))
			return true;
	while (estate_enclosing(estate, &at, &at));
	return false;
}

static int compare_slots(const void *x, const void *y)
{
	const struct service_slot *a = x, *b = y;

	return (a->time_us > b->time_us) - (a->time_us < b->time_us);
}

/* Slots since an attack began; the order of equal times does not matter, they are summed. */
struct since {
	struct service_slot *slots; /* owned */
	size_t count, size;
};

static bool since_add(struct since *since, const struct service_slot *slot)
{
	if (since->count == since->size) {
		size_t size = since->size != 0 ? since->size * 2 : 16;
		struct service_slot *slots = realloc(since->slots, size * sizeof(*slots));
		if (slots == NULL)
			return false;
		since->slots = slots;
		since->size = size;
	}
	since->slots[since->count++] = *slot;
	return true;
}

static bool gather(const struct served_asset *s, int64_t first_us, struct reach *reach, struct since *since)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct service_slot *slot = slot_at(s, i);
		if (slot->time_us >= first_us) {
			if (!since_add(since, slot))
				return false;
		} else if (slot->time_us >= first_us - HOUR_US) {
			reach->before_count += slot->count;
			reach->before_served += slot->served;
		}
	}
	return true;
}

void services_start(struct services *services, const struct asset_ref *asset, bool inside, int64_t first_us,
                    const struct counting_rule *rule, struct reach *ret_reach)
{
	struct since since = { 0 };
	const struct served_asset *s;

	*ret_reach = (struct reach){ 0 };
	TAILQ_FOREACH(s, &services->use, of_use)
	{
		bool counts = inside ? asset_inside(services->estate, &s->asset, asset) : same_asset(&s->asset, asset);
		if (counts && !gather(s, first_us, ret_reach, &since))
			services->no_memory++;
	}
	if (since.count > 0)
		qsort(since.slots, since.count, sizeof(*since.slots), compare_slots);
	for (size_t i = 0; i < since.count; i++)
		reach_add(ret_reach, rule, &since.slots[i]);
	free(since.slots);
}

size_t services_memory(uint32_t limit)
{
	size_t slots = 512; /* the power of two SLOTS_MAX grows into */

	return table_memory(limit) +
	       limit * (sizeof(struct served_asset) + slots * sizeof(struct service_slot) + 2 * 16);
}
