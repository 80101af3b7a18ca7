#include "inspect/rate/rate.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/utc.h"
#include "inspect/rate/brute/brute.h"
#include "inspect/rate/flood/flood.h"
#include "inspect/rate/group.h"
#include "inspect/rate/scan/scan.h"
#include "inspect/rate/service/serving.h"
#include "inspect/rate/shape.h"

const struct rate_limits RATE_LIMITS_DEFAULT = {
	.scan_sources = 4096,
	.scan_sets = 256,
	.scan_sketches = 16,
	.scan_lines = 512,
	.flood_tallies = 128,
	.flood_shares = 4096,
	.service_assets = 256,
	.service_clients = 8192,
	.brute_sources = 1024,
};

/* One thread at a time; its own cache lines. */
struct shard {
	_Alignas(64) int64_t next_us; /* the detectors need not hear of times before */
	struct scan *scan;
	struct flood *flood;
	struct serving *serving;
	struct brute *brute;
	struct rate_counters counters;
};

struct rate {
	struct rate_config config;
	struct place *places; /* by asset index. owned */
	struct shard shards[RATE_SHARDS];
};

/* What need not be found out again for each event. */
struct place {
	uint64_t hash; /* of the asset as a whole */
	bool encloses; /* other assets lie inside it */
};

/* Which detectors an event concerns, and whom it is about. */
struct concern {
	struct target target;
	enum vector flood; /* VECTOR_NONE: none */
	bool scan, login, service;
	uint64_t asset_hash;
	struct asset_ref around; /* ASSET_NONE: no network asset around it */
	uint64_t around_hash;
};

size_t rate_memory(const struct rate_limits *limits)
{
	return sizeof(struct rate) + RATE_SHARDS * (scan_memory(limits) + flood_memory(limits) +
	                                            serving_memory(limits) + brute_memory(limits->brute_sources));
}

static bool limits_good(const struct rate_limits *l)
{
	return l->scan_sources > 0 && l->scan_sets > 0 && l->scan_sketches > 0 && l->scan_lines > 0 &&
	       l->flood_tallies > 0 && l->flood_shares > 0 && l->service_assets > 0 && l->service_clients > 0 &&
	       l->brute_sources > 0;
}

static int shard_init(struct rate *r, unsigned i)
{
	const struct rate_config *c = &r->config;
	struct shard *s = &r->shards[i];
	struct scan_config scan = { c->rule, c->limits, c->key, c->sink[i], &s->counters };
	struct flood_config flood = { c->estate, c->rule, c->limits, c->key, c->sink[i], &s->counters };
	struct brute_config brute = { c->estate, c->sink[i], c->key, c->limits.brute_sources };
	struct serving_config serving = { c->limits, c->key, c->sink[i], &s->counters };

	s->next_us = INT64_MIN;
	int err = scan_new(&scan, &s->scan);
	if (err == 0)
		err = flood_new(&flood, &s->flood);
	if (err == 0)
		err = serving_new(&serving, &s->serving);
	if (err == 0)
		err = brute_new(&brute, &s->brute);
	return err;
}

static int note_places(struct rate *r)
{
	const struct estate *e = r->config.estate;

	r->places = calloc(e->asset_count + 1, sizeof(*r->places));
	if (r->places == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < e->asset_count; i++) {
		struct asset_ref whole = { .index = (uint32_t)i };
		r->places[i].hash = asset_hash(&r->config.key, &whole);
		if (e->assets[i].parent != ASSET_NONE)
			r->places[e->assets[i].parent].encloses = true;
	}
	return 0;
}

int rate_new(const struct rate_config *config, struct rate **ret_rate)
{
	check(ret_rate != NULL);
	if (!limits_good(&config->limits))
		return -EINVAL;
	CLEANUP(rate_freep) struct rate *r = aligned_alloc(64, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	memset(r, 0, sizeof(*r));
	r->config = *config;
	int err = note_places(r);
	for (unsigned i = 0; i < RATE_SHARDS && err == 0; i++)
		err = shard_init(r, i);
	if (err < 0)
		return err;
	*ret_rate = TAKE_PTR(r);
	return 0;
}

void rate_free(struct rate *rate)
{
	if (rate == NULL)
		return;
	for (unsigned i = 0; i < RATE_SHARDS; i++) {
		scan_free(rate->shards[i].scan);
		flood_free(rate->shards[i].flood);
		serving_free(rate->shards[i].serving);
		brute_free(rate->shards[i].brute);
	}
	free(rate->places);
	free(rate);
}

void rate_freep(struct rate **rate)
{
	rate_free(*rate);
}

static bool is_ours(enum direction direction)
{
	return direction == DIRECTION_IN || direction == DIRECTION_INTERNAL;
}

static uint64_t hash_of(const struct rate *r, const struct asset_ref *asset)
{
	bool whole = asset->index != ASSET_NONE && address_is_none(&asset->host);

	return whole ? r->places[asset->index].hash : asset_hash(&r->config.key, asset);
}

/* False when no detector cares. The cheap questions come first: most events of a lossless day end here. */
static bool concern_of(const struct rate *r, const struct flow_event *e, struct concern *c)
{
	c->flood = flood_vector(r->config.rule, e);
	c->scan = scan_concerns(r->config.rule, e);
	c->login = e->kind == FLOW_EVENT_LOGIN;
	c->service = serving_word(e) != SERVING_NOTHING;
	if ((c->flood == VECTOR_NONE && !c->scan && !c->login && !c->service) || shape_for_many(&e->server))
		return false;
	c->target = target_of(r->config.estate, e);
	if (c->target.direction == DIRECTION_APART)
		return false;
	c->service = c->service && is_ours(c->target.direction);
	c->asset_hash = hash_of(r, &c->target.asset);
	if (estate_enclosing(r->config.estate, &c->target.asset, &c->around))
		c->around_hash = r->places[c->around.index].hash;
	else
		c->around.index = ASSET_NONE;
	return true;
}

static uint64_t source_hash_of(const struct rate *r, const struct flow_event *e)
{
	struct address group = group_address(&e->client);

	return group_hash(&r->config.key, &group, 0);
}

static unsigned shard_of(uint64_t hash)
{
	return hash % RATE_SHARDS;
}

static unsigned add_shard(unsigned shards[static RATE_ROUTES_MAX], unsigned count, unsigned shard)
{
	for (unsigned i = 0; i < count; i++)
		if (shards[i] == shard)
			return count;
	shards[count] = shard;
	return count + 1;
}

unsigned rate_route(const struct rate *r, const struct flow_event *e, unsigned ret_shards[static RATE_ROUTES_MAX])
{
	struct concern c;
	unsigned n = 0;

	if (!concern_of(r, e, &c))
		return 0;
	if (c.scan || c.login)
		n = add_shard(ret_shards, n, shard_of(source_hash_of(r, e)));
	if (c.flood != VECTOR_NONE || c.service)
		n = add_shard(ret_shards, n, shard_of(c.asset_hash));
	if (c.flood != VECTOR_NONE && c.around.index != ASSET_NONE)
		n = add_shard(ret_shards, n, shard_of(c.around_hash));
	return n;
}

bool rate_apart(const struct rate *r, const struct flow_event *e)
{
	return target_of(r->config.estate, e).direction == DIRECTION_APART;
}

static void advance(struct shard *s, int64_t now_us)
{
	if (now_us < s->next_us)
		return;
	s->next_us = (second_of(now_us) + 1) * SECOND_US;
	scan_advance(s->scan, now_us);
	flood_advance(s->flood, now_us);
	serving_advance(s->serving, now_us);
	brute_advance(s->brute, now_us);
}

/* A unit counts on its asset and on the network around it; where the asset is itself such a network, on its sum too. */
static void feed_flood(struct rate *r, unsigned shard, const struct flow_event *e, const struct concern *c,
                       uint64_t source_hash)
{
	struct unit unit = { .asset = c->target.asset,
		             .asset_hash = c->asset_hash,
		             .source_hash = source_hash,
		             .vector = c->flood,
		             .direction = c->target.direction };

	if (shard == shard_of(c->asset_hash)) {
		flood_feed(r->shards[shard].flood, e, &unit);
		unit.rollup = true;
		if (unit.asset.index != ASSET_NONE && r->places[unit.asset.index].encloses &&
		    address_is_none(&unit.asset.host))
			flood_feed(r->shards[shard].flood, e, &unit);
	}
	if (c->around.index == ASSET_NONE || shard != shard_of(c->around_hash))
		return;
	unit.rollup = true;
	unit.asset = c->around;
	unit.asset_hash = c->around_hash;
	flood_feed(r->shards[shard].flood, e, &unit);
}

void rate_feed(struct rate *r, unsigned shard, const struct flow_event *e)
{
	check_hot(shard < RATE_SHARDS);
	struct shard *s = &r->shards[shard];
	struct concern c;

	advance(s, e->seen_us);
	s->counters.events++;
	if (!concern_of(r, e, &c))
		return;
	uint64_t source_hash = source_hash_of(r, e);
	if (c.scan && shard == shard_of(source_hash))
		scan_feed(s->scan, e, &c.target, source_hash);
	if (c.login && shard == shard_of(source_hash))
		brute_feed(s->brute, e);
	if (c.flood != VECTOR_NONE)
		feed_flood(r, shard, e, &c, source_hash);
	if (c.service && shard == shard_of(c.asset_hash))
		serving_feed(s->serving, e, &c.target, c.asset_hash, source_hash);
}

void rate_advance(struct rate *r, unsigned shard, int64_t now_us)
{
	check(shard < RATE_SHARDS);
	advance(&r->shards[shard], now_us);
}

void rate_finish(struct rate *r, unsigned shard)
{
	check(shard < RATE_SHARDS);
	scan_finish(r->shards[shard].scan);
	flood_finish(r->shards[shard].flood);
	serving_finish(r->shards[shard].serving);
	brute_advance(r->shards[shard].brute, INT64_MAX);
}

void rate_count(const struct rate *r, unsigned shard, struct rate_counters *sum)
{
	struct rate_counters c = r->shards[shard].counters;
	struct brute_counters brute = { 0 };

	brute_count(r->shards[shard].brute, &brute);
	c.logins = brute.logins;
	c.logins_summed = brute.summed;
	c.brute_full = brute.full;
#define COUNTER(name, meaning) sum->name += c.name;
#include "inspect/rate/rate_counters.def"
#undef COUNTER
}
