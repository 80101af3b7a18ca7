#include "run/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "decode/decode.h"
#include "proto/proto.h"
#include "run/event_list.h"
#include "run/packet_batch.h"
#include "run/workers.h"

enum { BATCH_BYTES = 64 << 20, FRAGMENTED_DATAGRAMS = 16384 };

/* One worker's part of the flow stage. */
struct lane {
	struct pipeline *pipeline;
	struct flow_table *table; /* owned */
	struct proto proto;
	struct event_list *events;
	struct event_index *wanted; /* RATE_SHARDS of them */
	uint64_t apart;
	bool empty; /* while ending: nothing left to judge */
};

struct observation_list {
	struct observation *items; /* owned */
	size_t count, room;
	bool failed;
};

struct shard {
	struct event_view events;
	struct observation_list found;
};

struct pipeline {
	struct pipeline_config config;
	struct workers *workers;
	struct defrag *defrag;
	struct rate *rate;
	struct packet_batch batch; /* several workers only */
	struct shard shards[RATE_SHARDS];
	int64_t now_us;
	uint64_t in_batch; /* frames since the last turn */
	bool ending;       /* no more packets: the lanes judge what is left, step by step */
	bool finishing;    /* the lanes are empty: the shards, too */
	bool out_of_memory;
	struct pipeline_counters counters;
	unsigned lane_count;
	/* Of all lanes, and at the end of the dispatcher, whose lost fragments need no lane. */
	struct event_list *events;
	struct event_index *wanted; /* row lane, column shard */
	struct lane dispatcher;
	struct lane lanes[];
};

static void take_observation(void *context, const struct observation *observation)
{
	struct observation_list *l = context;

	if (l->count == l->room) {
		size_t room = l->room == 0 ? 64 : l->room * 2;
		struct observation *items = realloc(l->items, room * sizeof(*items));
		if (items == NULL) {
			l->failed = true;
			return;
		}
		l->items = items;
		l->room = room;
	}
	l->items[l->count++] = *observation;
}

/* A flow event goes to the shards whose detectors want it. */
static void route_event(void *context, const struct flow_event *event)
{
	struct lane *lane = context;
	unsigned shards[RATE_ROUTES_MAX];

	unsigned n = rate_route(lane->pipeline->rate, event, shards);
	if (n == 0) {
		lane->apart += rate_apart(lane->pipeline->rate, event);
		return;
	}
	uint32_t at = event_list_add(lane->events, event);
	for (unsigned i = 0; i < n && at != UINT32_MAX; i++)
		if (!event_index_add(&lane->wanted[shards[i]], at))
			lane->events->failed = true;
}

static int lane_init(struct lane *lane, struct pipeline *p, unsigned row)
{
	*lane = (struct lane){ .pipeline = p,
		               .events = &p->events[row],
		               .wanted = &p->wanted[(size_t)row * RATE_SHARDS] };
	lane->proto.sink = (struct flow_event_sink){ .emit = route_event, .context = lane };
	if (row == p->lane_count)
		return 0;
	struct flow_table_config config = {
		.flows = (uint32_t)(p->config.flows / p->lane_count),
		.reassembly_bytes = p->config.reassembly_bytes / p->lane_count,
		.key = p->config.key,
		.events = lane->proto.sink,
		.streams = { .data = proto_data, .close = proto_close, .context = &lane->proto },
	};
	return flow_table_new(&config, &lane->table);
}

static int new_rate(struct pipeline *p)
{
	struct rate_config config = { .estate = p->config.estate,
		                      .rule = p->config.rule,
		                      .limits = p->config.rate_limits,
		                      .key = p->config.key };

	for (unsigned s = 0; s < RATE_SHARDS; s++)
		config.sink[s] = (struct observation_sink){ .emit = take_observation, .context = &p->shards[s].found };
	return rate_new(&config, &p->rate);
}

static int new_defrag(struct pipeline *p)
{
	uint64_t pages = p->config.fragment_bytes / DEFRAG_PAGE;
	struct defrag_config config = { .datagrams = FRAGMENTED_DATAGRAMS,
		                        .pages = pages < DEFRAG_PAGES_MIN ? DEFRAG_PAGES_MIN : (uint32_t)pages,
		                        .key = p->config.key,
		                        .lost = { .emit = route_event, .context = &p->dispatcher } };

	return defrag_new(&config, &p->defrag);
}

int pipeline_new(const struct pipeline_config *config, struct pipeline **ret_pipeline)
{
	if (config->workers == 0 || config->flows < config->workers)
		return -EINVAL;
	CLEANUP(pipeline_freep)
	struct pipeline *p = calloc(1, sizeof(*p) + config->workers * sizeof(p->lanes[0]));
	if (p == NULL)
		return -ENOMEM;
	p->config = *config;
	p->lane_count = config->workers;
	p->events = calloc(p->lane_count + 1, sizeof(*p->events));
	p->wanted = calloc((size_t)(p->lane_count + 1) * RATE_SHARDS, sizeof(*p->wanted));
	if (p->events == NULL || p->wanted == NULL)
		return -ENOMEM;
	int err = workers_new(config->workers, &p->workers);
	if (err == 0)
		err = new_rate(p);
	if (err == 0)
		err = lane_init(&p->dispatcher, p, p->lane_count);
	if (err == 0)
		err = new_defrag(p);
	for (unsigned i = 0; i < p->lane_count && err == 0; i++)
		err = lane_init(&p->lanes[i], p, i);
	if (err == 0 && p->lane_count > 1)
		err = packet_batch_init(&p->batch, PIPELINE_BATCH_MOST, BATCH_BYTES);
	if (err < 0)
		return err;
	*ret_pipeline = TAKE_PTR(p);
	return 0;
}

void pipeline_free(struct pipeline *p)
{
	if (p == NULL)
		return;
	workers_free(p->workers);
	for (unsigned i = 0; i < p->lane_count; i++)
		flow_table_free(p->lanes[i].table);
	for (size_t i = 0; p->events != NULL && i <= p->lane_count; i++)
		event_list_fini(&p->events[i]);
	for (size_t i = 0; p->wanted != NULL && i < (size_t)(p->lane_count + 1) * RATE_SHARDS; i++)
		event_index_fini(&p->wanted[i]);
	free(p->events);
	free(p->wanted);
	for (unsigned s = 0; s < RATE_SHARDS; s++) {
		event_view_fini(&p->shards[s].events);
		free(p->shards[s].found.items);
	}
	packet_batch_fini(&p->batch);
	rate_free(p->rate);
	defrag_free(p->defrag);
	free(p);
}

void pipeline_freep(struct pipeline **pipeline)
{
	pipeline_free(*pipeline);
}

/* First step of a turn: every lane works through its packets and fires its timers. */
static void step_lane(void *context, unsigned worker)
{
	struct pipeline *p = context;
	struct flow_table *table = p->lanes[worker].table;

	for (size_t i = 0; i < p->batch.count; i++)
		if (p->batch.lane[i] == worker)
			flow_table_packet(table, &p->batch.packets[i]);
	flow_table_advance(table, p->now_us);
	if (p->ending && !p->lanes[worker].empty)
		p->lanes[worker].empty = flow_table_finish_some(table, PIPELINE_FINISH_FLOWS);
}

/* Second step: every shard's detectors see the events of all lanes, in one order. */
static void step_shards(void *context, unsigned worker)
{
	struct pipeline *p = context;

	for (unsigned s = worker; s < RATE_SHARDS; s += p->lane_count) {
		struct event_view *view = &p->shards[s].events;
		if (event_view_fill(view, p->events, p->wanted + s, p->lane_count + 1, RATE_SHARDS) < 0) {
			p->shards[s].found.failed = true;
			continue;
		}
		for (size_t i = 0; i < view->count; i++)
			rate_feed(p->rate, s, view->events[i]);
		rate_advance(p->rate, s, p->now_us);
		if (p->finishing)
			rate_finish(p->rate, s);
	}
}

static void hand_over(struct pipeline *p)
{
	for (unsigned s = 0; s < RATE_SHARDS; s++) {
		struct observation_list *found = &p->shards[s].found;
		for (size_t i = 0; i < found->count; i++)
			p->config.observe(p->config.context, &found->items[i]);
		p->counters.observations += found->count;
		found->count = 0;
		p->out_of_memory |= found->failed;
	}
	p->config.advance(p->config.context, p->now_us);
}

/* End of a batch. */
static void turn(struct pipeline *p)
{
	defrag_advance(p->defrag, p->now_us);
	if (p->ending)
		defrag_finish(p->defrag);
	workers_run(p->workers, step_lane, p);
	workers_run(p->workers, step_shards, p);
	for (size_t i = 0; i <= p->lane_count; i++)
		event_list_reset(&p->events[i]);
	for (size_t i = 0; i < (size_t)(p->lane_count + 1) * RATE_SHARDS; i++)
		p->wanted[i].count = 0;
	packet_batch_reset(&p->batch);
	p->in_batch = 0;
	hand_over(p);
}

static void count_oddities(struct pipeline *p, const struct packet *packet)
{
	for (uint64_t odd = packet->odd; odd != 0; odd &= odd - 1)
		p->counters.odd[__builtin_ctzll(odd)]++;
	p->counters.tunnelled += packet->tunnels > 0;
}

static unsigned lane_of(const struct pipeline *p, const struct packet *packet)
{
	struct flow_key key;

	if (!flow_key_of(packet, &key))
		return 0;
	return (unsigned)(flow_key_hash(&p->config.key, &key) % p->lane_count);
}

static void give_to_lane(struct pipeline *p, const struct packet *packet)
{
	if (p->lane_count == 1) {
		flow_table_packet(p->lanes[0].table, packet);
		return;
	}
	unsigned lane = lane_of(p, packet);
	if (!packet_batch_add(&p->batch, packet, lane)) {
		/* No room in the middle of one microsecond: the batch is cut here, as it is at PIPELINE_BATCH_MOST. */
		turn(p);
		check(packet_batch_add(&p->batch, packet, lane));
	}
}

/* A batch does not end between two packets of the same microsecond: their order must not matter. */
static bool is_turn(const struct pipeline *p, int64_t time_us)
{
	return (p->in_batch >= PIPELINE_BATCH && time_us > p->now_us) || p->in_batch >= PIPELINE_BATCH_MOST;
}

static int64_t next_due(const struct pipeline *p)
{
	int64_t due = INT64_MAX;

	for (unsigned i = 0; i < p->lane_count; i++) {
		int64_t one = flow_table_due(p->lanes[i].table);
		due = one < due ? one : due;
	}
	return due;
}

/* Behind a silence: let timers fire in small steps, each a batch of its own, up to just before time_us. */
static void catch_up(struct pipeline *p, int64_t time_us)
{
	if (p->in_batch > 0)
		turn(p);
	for (int64_t due = next_due(p); due < time_us; due = next_due(p)) {
		int64_t step = (due > p->now_us ? due : p->now_us) + PIPELINE_GAP_US;
		p->now_us = step < time_us ? step : time_us - 1;
		turn(p);
	}
}

int pipeline_frame(struct pipeline *p, const struct frame *frame)
{
	struct frame f = *frame;
	struct packet packet;

	if (p->counters.packets++ > 0 && f.time_us < p->now_us) {
		f.time_us = p->now_us;
		p->counters.time_backwards++;
	}
	if (is_turn(p, f.time_us))
		turn(p);
	if (f.time_us - p->now_us > PIPELINE_GAP_US && p->counters.packets > 1)
		catch_up(p, f.time_us);
	p->now_us = f.time_us;
	p->in_batch++;
	p->counters.bytes += f.wire_len;
	decode_packet(&f, &packet);
	if (p->config.coverage != NULL)
		coverage_log_packet(p->config.coverage, &packet);
	enum defrag_verdict verdict = packet.fragment ? defrag_feed(p->defrag, &packet) : DEFRAG_PASS;
	if (packet.odd != 0 || packet.tunnels > 0)
		count_oddities(p, &packet);
	if (p->config.packet != NULL)
		p->config.packet(p->config.context, &packet);
	if (verdict != DEFRAG_HELD && packet.ip)
		give_to_lane(p, &packet);
	return p->out_of_memory ? -ENOMEM : 0;
}

int pipeline_finish(struct pipeline *p)
{
	bool empty = false;

	turn(p);
	for (p->ending = true; !empty;) {
		turn(p);
		empty = true;
		for (unsigned i = 0; i < p->lane_count; i++)
			empty &= p->lanes[i].empty;
	}
	p->finishing = true;
	turn(p);
	return p->out_of_memory ? -ENOMEM : 0;
}

static void add_flow_counters(struct flow_counters *sum, const struct flow_counters *one)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)one;

	for (size_t i = 0; i < flow_counters_count(); i++)
		to[i] += from[i];
}

void pipeline_count(const struct pipeline *p, struct pipeline_counters *ret_counters)
{
	*ret_counters = p->counters;
	ret_counters->apart = p->dispatcher.apart;
	ret_counters->defrag = *defrag_get_stats(p->defrag);
	for (unsigned i = 0; i < p->lane_count; i++) {
		ret_counters->apart += p->lanes[i].apart;
		add_flow_counters(&ret_counters->flow, flow_table_counters(p->lanes[i].table));
	}
	for (unsigned s = 0; s < RATE_SHARDS; s++)
		rate_count(p->rate, s, &ret_counters->rate);
}

int64_t pipeline_now(const struct pipeline *p)
{
	return p->now_us;
}

uint64_t pipeline_memory(const struct pipeline_config *config)
{
	struct flow_table_config flow = { .flows = (uint32_t)(config->flows / config->workers),
		                          .reassembly_bytes = config->reassembly_bytes / config->workers };
	struct defrag_config defrag = { .datagrams = FRAGMENTED_DATAGRAMS,
		                        .pages = (uint32_t)(config->fragment_bytes / DEFRAG_PAGE) };
	/* Events of one turn: every flow may fall due at once. Each is written once, and for each shard that wants it there are an
	 * index, a pointer and room to sort it. */
	uint64_t event = sizeof(struct flow_event) +
	                 RATE_ROUTES_MAX * (sizeof(uint32_t) + 2 * sizeof(const struct flow_event *));
	uint64_t events = (config->flows + PIPELINE_BATCH_MOST) * event;

	return flow_table_bytes(&flow) * config->workers + defrag_memory(&defrag) + rate_memory(&config->rate_limits) +
	       events + (config->workers > 1 ? BATCH_BYTES + PIPELINE_BATCH_MOST * (sizeof(struct packet) + 8) : 0);
}
