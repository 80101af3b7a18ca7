#include "inspect/rate/flood/flood.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "inspect/rate/flood/distinct.h"
#include "inspect/rate/flood/shares.h"
#include "inspect/rate/group.h"
#include "inspect/rate/shape.h"
#include "inspect/rate/slots.h"

/* A ring holds the window behind the second being judged and the seconds before it that may still grow. */
enum { RING = 64, WORTH = 10 };
_Static_assert(FLOOD_WINDOW_S + FLOOD_LAG_S + 1 <= RING, "the ring holds the window and the lag");

struct second {
	uint32_t count, refused, packets;
	uint32_t first_us; /* behind the second's start, while count > 0 */
	uint64_t bytes;
	struct share_list shares;
};

/* What one tally is about. No padding: it is compared whole. */
struct tally_key {
	struct asset_ref asset;
	uint8_t vector, direction, rollup, zero;
};

struct tally {
	struct tally_key key;
	uint64_t asset_hash;
	bool active;             /* has units in the ring */
	bool counted;            /* sources holds something */
	uint32_t active_at;      /* its place among the active ones */
	int64_t since;           /* the first second with a unit since it is active */
	uint64_t floor;          /* of load */
	uint64_t load;           /* units in the window that ends with the second judged last */
	uint64_t pending;        /* units in seconds not judged yet */
	int64_t shown_second;    /* the last that was worth telling */
	uint64_t told;           /* sources told so far */
	uint32_t example_weight; /* how many units its second had when the example was taken */
	uint16_t example_port[2];
	struct address example[2]; /* client, server of a flow from the heaviest second */
	uint8_t example_proto;
	struct distinct sources;
	struct second ring[RING]; /* by second modulo RING */
};

struct flood {
	struct flood_config config;
	int64_t due; /* the second to be judged next; earlier ones are closed */
	int64_t now; /* second of data time */
	struct slots by;
	struct tally *tallies;
	uint32_t *active; /* slots of the active ones */
	uint32_t active_count;
	struct shares shares;
};

size_t flood_memory(const struct rate_limits *limits)
{
	return sizeof(struct flood) + slots_memory(limits->flood_tallies) +
	       limits->flood_tallies * (sizeof(struct tally) + sizeof(uint32_t)) + shares_memory(limits->flood_shares);
}

static void flood_freep(struct flood **flood)
{
	flood_free(*flood);
}

int flood_new(const struct flood_config *config, struct flood **ret_flood)
{
	uint32_t tallies = config->limits.flood_tallies;
	CLEANUP(flood_freep) struct flood *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -ENOMEM;
	f->config = *config;
	f->due = f->now = INT64_MIN;
	f->tallies = calloc(tallies, sizeof(*f->tallies));
	f->active = calloc(tallies, sizeof(*f->active));
	if (f->tallies == NULL || f->active == NULL || slots_init(&f->by, tallies) < 0 ||
	    shares_init(&f->shares, config->limits.flood_shares) < 0)
		return -ENOMEM;
	*ret_flood = TAKE_PTR(f);
	return 0;
}

void flood_free(struct flood *flood)
{
	if (flood == NULL)
		return;
	slots_fini(&flood->by);
	shares_fini(&flood->shares);
	free(flood->tallies);
	free(flood->active);
	free(flood);
}

/* Requests of a protocol that is known not to be HTTP are no part of an HTTP flood. */
static bool may_be_http(const struct flow_event *e)
{
	return e->service == SERVICE_NONE || e->service == SERVICE_HTTP;
}

static enum vector vector_of(const struct counting_rule *rule, const struct flow_event *e)
{
	switch (e->kind) {
	case FLOW_EVENT_UNANSWERED:
		return shape_amplified(rule, e) ? VECTOR_UDP_AMPLIFIED : e->vector;
	case FLOW_EVENT_REQUEST:
		return e->path == PATH_CONFIRMED && may_be_http(e) ? VECTOR_HTTP_FLOOD : VECTOR_NONE;
	case FLOW_EVENT_NO_REQUEST:
		return e->path == PATH_CONFIRMED ? e->vector : VECTOR_NONE;
	default:
		return VECTOR_NONE;
	}
}

enum vector flood_vector(const struct counting_rule *rule, const struct flow_event *e)
{
	enum vector vector = vector_of(rule, e);

	return rule->flood_floor[vector] > 0 ? vector : VECTOR_NONE;
}

static bool of_application(const struct tally *t)
{
	return vector_group_of(t->key.vector) == VECTOR_GROUP_APPLICATION;
}

static bool of_connections(uint8_t vector)
{
	return vector == VECTOR_TCP_CONNECTION || vector == VECTOR_TLS_HANDSHAKE || vector == VECTOR_HTTP_SLOW;
}

static enum path_status path_of(const struct tally *t)
{
	if (t->key.vector == VECTOR_UDP_AMPLIFIED || t->key.vector == VECTOR_TCP_SYNACK)
		return PATH_REFLECTOR;
	return of_application(t) ? PATH_CONFIRMED : PATH_SPOOFABLE;
}

static uint64_t floor_of(const struct flood *f, const struct tally_key *key)
{
	const struct asset *asset = estate_asset(f->config.estate, &key->asset);
	uint64_t floor = f->config.rule->flood_floor[key->vector];
	uint64_t ceiling = asset != NULL ? asset->ceiling[key->vector] : 0;

	return ceiling > 0 && ceiling < floor ? ceiling : floor;
}

/* Few tallies share an asset: what tells them apart need not be hashed with the key. */
static uint64_t key_hash(const struct tally_key *key, uint64_t asset_hash)
{
	uint64_t beside = (uint64_t)key->vector << 3 | (uint64_t)key->direction << 1 | key->rollup;

	return asset_hash + (beside << 32) * UINT64_C(0x9e3779b9);
}

static uint32_t find(const struct flood *f, uint64_t hash, const struct tally_key *key)
{
	for (uint32_t i = slots_first(&f->by, hash); i != SLOTS_NONE; i = slots_next(&f->by, i, hash))
		if (memcmp(&f->tallies[i].key, key, sizeof(*key)) == 0)
			return i;
	return SLOTS_NONE;
}

static void deactivate(struct flood *f, struct tally *t)
{
	uint32_t last = f->active[--f->active_count];

	f->active[t->active_at] = last;
	f->tallies[last].active_at = t->active_at;
	t->active = false;
}

/* Only seconds between its first one and now can hold anything, and no more of them than the ring. */
static void empty_ring(struct flood *f, struct tally *t)
{
	int64_t second = f->due - FLOOD_WINDOW_S > t->since ? f->due - FLOOD_WINDOW_S : t->since;

	for (; second <= f->now; second++) {
		struct second *s = &t->ring[second & (RING - 1)];
		shares_release(&f->shares, &s->shares);
		*s = (struct second){ 0 };
	}
}

static void forget_oldest(struct flood *f)
{
	uint32_t i = slots_oldest(&f->by);

	if (f->tallies[i].active) {
		f->config.counters->flood_evicted++;
		deactivate(f, &f->tallies[i]);
		empty_ring(f, &f->tallies[i]);
	}
	slots_drop(&f->by, i);
}

/* But for the ring, which is empty in a tally that was never used or has been forgotten. */
static void begin(struct tally *t, const struct tally_key *key, uint64_t floor)
{
	memset(t, 0, offsetof(struct tally, sources));
	t->key = *key;
	t->floor = floor;
	t->shown_second = INT64_MIN;
	distinct_reset(&t->sources);
}

static uint32_t find_or_take(struct flood *f, const struct tally_key *key, uint64_t asset_hash)
{
	uint64_t hash = key_hash(key, asset_hash);
	uint32_t i = find(f, hash, key);

	if (i != SLOTS_NONE) {
		slots_touch(&f->by, i);
		return i;
	}
	if (slots_full(&f->by))
		forget_oldest(f);
	i = slots_take(&f->by, hash);
	begin(&f->tallies[i], key, floor_of(f, key));
	f->tallies[i].asset_hash = asset_hash;
	return i;
}

/* The example is a flow of the heaviest second so far: most of its flows are the flood's. */
static void keep_example(struct tally *t, const struct second *s, const struct flow_event *e)
{
	if (s->count <= t->example_weight)
		return;
	t->example_weight = s->count;
	t->example[0] = e->client;
	t->example[1] = e->server;
	t->example_port[0] = e->client_port;
	t->example_port[1] = e->server_port;
	t->example_proto = e->proto;
}

static uint32_t units_of(const struct flow_event *e)
{
	return e->kind == FLOW_EVENT_UNANSWERED ? e->packets : 1;
}

static void add_units(struct tally *t, struct second *s, const struct flow_event *e, uint32_t units)
{
	uint32_t behind_us = (uint32_t)(e->time_us - second_of(e->time_us) * SECOND_US);
	bool refused = e->answer == ANSWER_RST || e->answer == ANSWER_UNREACHABLE || e->answer == ANSWER_ERROR;

	s->first_us = s->count == 0 || behind_us < s->first_us ? behind_us : s->first_us;
	s->count += units;
	s->refused += refused ? units : 0;
	s->packets += e->packets;
	s->bytes += e->bytes;
	t->pending += units;
}

/* A flood begins with no sources seen, however long its asset was watched before. */
static void forget_sources(struct tally *t)
{
	distinct_reset(&t->sources);
	t->counted = false;
	t->told = 0;
	t->example_weight = 0;
}

static bool between_floods(const struct flood *f, const struct tally *t)
{
	int64_t gap_s = f->config.rule->gap_us[FAMILY_AVAILABILITY] / SECOND_US;

	return t->counted && (t->shown_second == INT64_MIN || f->due - t->shown_second > gap_s);
}

static void activate(struct flood *f, uint32_t i, int64_t second)
{
	struct tally *t = &f->tallies[i];

	if (between_floods(f, t))
		forget_sources(t);
	t->active = true;
	t->since = second;
	t->active_at = f->active_count;
	f->active[f->active_count++] = i;
}

void flood_feed(struct flood *f, const struct flow_event *e, const struct unit *of)
{
	struct tally_key key = { .asset = of->asset,
		                 .vector = (uint8_t)of->vector,
		                 .direction = (uint8_t)of->direction,
		                 .rollup = of->rollup };
	int64_t second = second_of(e->time_us);
	uint32_t units = units_of(e);

	if (second < f->due || second > f->now || units == 0) {
		f->config.counters->late += units > 0;
		return;
	}
	uint32_t i = find_or_take(f, &key, of->asset_hash);
	struct tally *t = &f->tallies[i];
	struct second *s = &t->ring[second & (RING - 1)];
	if (!t->active)
		activate(f, i, second);
	t->since = second < t->since ? second : t->since;
	add_units(t, s, e, units);
	keep_example(t, s, e);
	t->counted = true;
	struct address source = group_address(&e->client);
	distinct_add(&t->sources, group_hash(&GROUP_COUNTING_KEY, &source, 0));
	if (!of->rollup)
		f->config.counters->flood_units += units;
	if (of_application(t) && !shares_add(&f->shares, &s->shares, FLOOD_SHARES_KEPT, i, second, e, of->source_hash))
		f->config.counters->flood_shares_full++;
}

static struct observation observation_of(const struct tally *t, int64_t second)
{
	const struct second *s = &t->ring[second & (RING - 1)];

	return (struct observation){
		.time_us = second * SECOND_US + s->first_us,
		.detector = DETECTOR_FLOOD,
		.vector = t->key.vector,
		.path = (uint8_t)path_of(t),
		.direction = t->key.direction,
		.rollup = t->key.rollup,
		.asset = t->key.asset,
		.count = s->count,
		.packets = s->packets,
		.bytes = s->bytes,
		.refused = s->refused,
		.shown_client = t->example[0],
		.shown_server = t->example[1],
		.shown_client_port = t->example_port[0],
		.shown_server_port = t->example_port[1],
		.shown_proto = t->example_proto,
	};
}

static int share_compare(const void *left, const void *right)
{
	const struct share *a = *(const struct share *const *)left, *b = *(const struct share *const *)right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return address_compare(&a->group, &b->group);
}

static void emit_share(struct flood *f, struct observation o, const struct share *share)
{
	o.source = share->client;
	o.count = share->count;
	o.packets = share->packets;
	o.bytes = share->bytes;
	o.refused = share->refused;
	o.shown_client = share->client;
	o.shown_server = share->server;
	o.shown_client_port = share->client_port;
	o.shown_server_port = share->server_port;
	o.shown_proto = share->proto;
	f->config.sink.emit(f->config.sink.context, &o);
}

static void emit_shares(struct flood *f, const struct tally *t, int64_t second)
{
	const struct share_list *list = &t->ring[second & (RING - 1)].shares;
	const struct share *heaviest[FLOOD_SHARES_KEPT];
	struct observation o = observation_of(t, second);
	uint32_t at = list->head;

	for (uint32_t n = 0; n < list->count; n++, at = f->shares.pool[at].next)
		heaviest[n] = &f->shares.pool[at];
	qsort(heaviest, list->count, sizeof(heaviest[0]), share_compare);
	for (uint32_t n = 0; n < list->count && n < FLOOD_SHARES_SHOWN; n++)
		emit_share(f, o, heaviest[n]);
}

/* The estimate never falls, but for a new start after forget_sources(). */
static uint64_t fresh_sources(struct tally *t)
{
	uint64_t estimate = distinct_estimate(&t->sources), fresh = estimate > t->told ? estimate - t->told : 0;

	t->told += fresh;
	return fresh;
}

/* The vectors of connections without a request share one load. */
static uint64_t load_of(const struct flood *f, const struct tally *t)
{
	static const uint8_t vectors[] = { VECTOR_TCP_CONNECTION, VECTOR_TLS_HANDSHAKE, VECTOR_HTTP_SLOW };
	struct tally_key key = t->key;
	uint64_t load = 0;

	if (!of_connections(t->key.vector))
		return t->load;
	for (size_t v = 0; v < sizeof(vectors); v++) {
		key.vector = vectors[v];
		uint32_t i = find(f, key_hash(&key, t->asset_hash), &key);
		load += i != SLOTS_NONE ? f->tallies[i].load : 0;
	}
	return load;
}

static void judge(struct flood *f, struct tally *t)
{
	uint64_t load = load_of(f, t);

	if (t->load == 0 || load * WORTH < t->floor)
		return;
	struct observation o = observation_of(t, f->due);
	o.load = load;
	o.sources = fresh_sources(t);
	t->shown_second = f->due;
	f->config.counters->flood_seconds++;
	f->config.sink.emit(f->config.sink.context, &o);
	emit_shares(f, t, f->due);
}

/* Move the window so that it ends with the second due. */
static void slide(struct flood *f, struct tally *t)
{
	struct second *in = &t->ring[f->due & (RING - 1)];
	struct second *out = &t->ring[(f->due - FLOOD_WINDOW_S) & (RING - 1)];

	t->pending -= in->count;
	t->load += in->count;
	t->load -= out->count;
	*out = (struct second){ 0 };
}

static void settle(struct flood *f, uint32_t at)
{
	struct tally *t = &f->tallies[f->active[at]];

	shares_release(&f->shares, &t->ring[f->due & (RING - 1)].shares);
	if (between_floods(f, t) && (t->load + t->pending) * WORTH < t->floor)
		forget_sources(t);
	if (t->load == 0 && t->pending == 0)
		deactivate(f, t);
}

/* All windows move before any is judged: vectors that share a load must stand at the same second. */
static void close_second(struct flood *f)
{
	for (uint32_t i = 0; i < f->active_count; i++)
		slide(f, &f->tallies[f->active[i]]);
	for (uint32_t i = 0; i < f->active_count; i++)
		judge(f, &f->tallies[f->active[i]]);
	for (uint32_t i = f->active_count; i-- > 0;)
		settle(f, i);
	f->due++;
}

static void close_until(struct flood *f, int64_t due)
{
	while (f->due < due && f->active_count > 0)
		close_second(f);
	if (f->due < due)
		f->due = due;
}

void flood_advance(struct flood *f, int64_t now_us)
{
	int64_t now = second_of(now_us);

	if (now <= f->now)
		return;
	f->now = now;
	close_until(f, now - FLOOD_LAG_S + 1);
}

void flood_finish(struct flood *f)
{
	close_until(f, f->now + 1);
}
