/* rate_fixture.h - a small estate, the floors of cr1, made-up flow events and the detectors of rate/ run over them. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/utc.h"
#include "inspect/rate/rate.h"

/* 2026-11-22 00:00 UTC, a whole second. */
#define T0 INT64_C(1795305600000000)

enum { BANK = 0, WEB, CLIENTS, SIX, FIXTURE_ASSETS };

struct run {
	struct estate estate;
	struct counting_rule rule;
	struct rate_config config;
	int64_t batch_us; /* rate_advance() to all shards after so much data time; 0: never */
	bool backwards;   /* shards run in the opposite order */
	struct flow_event *events;
	size_t event_count, event_room;
	struct observation *found;
	size_t found_count, found_room;
	int64_t lateness_us; /* highest time between an observation's time and the batch end before it was found */
	int64_t batch_end_us;
	bool finishing;
	struct rate_counters counters;
};

__attribute__((unused)) static struct address addr(const char *text)
{
	struct address a;

	check(address_parse(text, &a) == 0);
	return a;
}

/** The n-th address behind one. */
__attribute__((unused)) static struct address addr_plus(const char *text, uint32_t n)
{
	struct address a = addr(text);
	int at = address_is_v4(&a) ? 15 : 7; /* of IPv6 the n-th /64 */

	for (; n > 0; at--, n >>= 8) {
		n += a.bytes[at];
		a.bytes[at] = (uint8_t)n;
	}
	return a;
}

static void set_asset(struct asset *a, const char *name, const char *network, bool each_host)
{
	(void)snprintf(a->name, sizeof(a->name), "%s", name);
	a->each_host = each_host;
	a->prefixes = calloc(1, sizeof(*a->prefixes));
	a->prefix_count = 1;
	check(prefix_parse(network, a->prefixes) == 0);
}

static void set_rule(struct counting_rule *r)
{
	static const uint64_t floors[VECTOR_COUNT] = {
		[VECTOR_TCP_SYN] = 3000,       [VECTOR_TCP_SYNACK] = 1000,    [VECTOR_TCP_ACK] = 3000,
		[VECTOR_TCP_RST] = 3000,       [VECTOR_TCP_ODD] = 3000,       [VECTOR_UDP] = 3000,
		[VECTOR_UDP_AMPLIFIED] = 1000, [VECTOR_ICMP] = 3000,          [VECTOR_FRAGMENT] = 3000,
		[VECTOR_OTHER_IP] = 3000,      [VECTOR_TCP_CONNECTION] = 300, [VECTOR_TLS_HANDSHAKE] = 300,
		[VECTOR_HTTP_FLOOD] = 1500,    [VECTOR_HTTP_SLOW] = 300,
	};
	static const uint16_t ports[] = { 19, 53, 123, 389, 1900, 11211 };

	memcpy(r->flood_floor, floors, sizeof(floors));
	memcpy(r->amplifier_port, ports, sizeof(ports));
	r->amplifier_port_count = sizeof(ports) / sizeof(ports[0]);
	r->gap_us[FAMILY_AVAILABILITY] = 15 * MINUTE_US;
}

static void run_init(struct run *r)
{
	*r = (struct run){ .batch_us = SECOND_US / 4 };
	r->estate.assets = calloc(FIXTURE_ASSETS, sizeof(*r->estate.assets));
	r->estate.asset_count = FIXTURE_ASSETS;
	set_asset(&r->estate.assets[BANK], "bank", "192.0.2.0/24", false);
	set_asset(&r->estate.assets[WEB], "web", "192.0.2.80/32", false);
	set_asset(&r->estate.assets[CLIENTS], "clients", "10.0.0.0/8", true);
	set_asset(&r->estate.assets[SIX], "six", "2001:db8:1::/48", false);
	check(estate_seal(&r->estate) == 0);
	set_rule(&r->rule);
	r->config = (struct rate_config){ .limits = RATE_LIMITS_DEFAULT, .key = { 1, 2 } };
}

static void run_fini(struct run *r)
{
	estate_fini(&r->estate);
	free(r->events);
	free(r->found);
}

__attribute__((unused)) static void run_clear(struct run *r)
{
	r->event_count = r->found_count = 0;
	r->lateness_us = 0;
}

static void run_found(void *context, const struct observation *o)
{
	struct run *r = context;
	int64_t late = r->batch_end_us - o->time_us;

	if (!r->finishing && late > r->lateness_us)
		r->lateness_us = late;
	if (r->found_count == r->found_room) {
		r->found_room = r->found_room * 2 + 1024;
		r->found = realloc(r->found, r->found_room * sizeof(*r->found));
		check(r->found != NULL);
	}
	r->found[r->found_count++] = *o;
}

static int by_event(const void *a, const void *b)
{
	return flow_event_compare(a, b);
}

static int by_observation(const void *a, const void *b)
{
	return observation_compare(a, b);
}

__attribute__((unused)) static struct flow_event *run_add(struct run *r, const struct flow_event *e)
{
	if (r->event_count == r->event_room) {
		r->event_room = r->event_room * 2 + 1024;
		r->events = realloc(r->events, r->event_room * sizeof(*r->events));
		check(r->events != NULL);
	}
	r->events[r->event_count] = *e;
	return &r->events[r->event_count++];
}

static uint64_t route_bits(const struct rate *rate, const struct flow_event *e)
{
	unsigned shards[RATE_ROUTES_MAX], n = rate_route(rate, e, shards);
	uint64_t bits = 0;

	for (unsigned i = 0; i < n; i++)
		bits |= UINT64_C(1) << shards[i];
	return bits;
}

/* One batch: every shard gets its events in order, then hears of the batch's end. */
static void run_batch(struct run *r, struct rate *rate, const struct flow_event *events, size_t count, int64_t end_us)
{
	uint64_t *routes = calloc(count + 1, sizeof(*routes));

	check(routes != NULL);
	for (size_t n = 0; n < count; n++)
		routes[n] = route_bits(rate, &events[n]);
	r->batch_end_us = end_us;
	for (unsigned i = 0; i < RATE_SHARDS; i++) {
		unsigned shard = r->backwards ? RATE_SHARDS - 1 - i : i;
		for (size_t n = 0; n < count; n++)
			if (routes[n] >> shard & 1)
				rate_feed(rate, shard, &events[n]);
		if (r->batch_us > 0)
			rate_advance(rate, shard, end_us);
	}
	free(routes);
}

static void run_batches(struct run *r, struct rate *rate, int64_t until_us)
{
	size_t from = 0, to;

	if (r->batch_us == 0 || r->event_count == 0) {
		run_batch(r, rate, r->events, r->event_count, until_us);
		return;
	}
	for (int64_t end = r->events[0].seen_us + r->batch_us;; end += r->batch_us) {
		for (to = from; to < r->event_count && r->events[to].seen_us <= end; to++)
			;
		if (to == r->event_count && end > until_us)
			break;
		run_batch(r, rate, &r->events[from], to - from, end);
		if (to < r->event_count && to == from && r->events[to].seen_us > end + 120 * SECOND_US)
			end = r->events[to].seen_us - r->batch_us; /* hours of silence */
		from = to;
	}
	run_batch(r, rate, &r->events[from], r->event_count - from, until_us);
}

/** Sort the events, run them through all shards, sort what was found. The data ends at until_us. */
static void run_all(struct run *r, int64_t until_us)
{
	struct rate *rate;

	r->found_count = 0;
	r->finishing = false;
	r->counters = (struct rate_counters){ 0 };
	r->config.estate = &r->estate;
	r->config.rule = &r->rule;
	for (unsigned i = 0; i < RATE_SHARDS; i++)
		r->config.sink[i] = (struct observation_sink){ run_found, r };
	check(rate_new(&r->config, &rate) == 0);
	qsort(r->events, r->event_count, sizeof(*r->events), by_event);
	run_batches(r, rate, until_us);
	r->finishing = true;
	for (unsigned i = 0; i < RATE_SHARDS; i++) {
		rate_advance(rate, i, until_us);
		rate_finish(rate, i);
		rate_count(rate, i, &r->counters);
	}
	rate_free(rate);
	if (r->found_count > 0)
		qsort(r->found, r->found_count, sizeof(*r->found), by_observation);
}

/** The n-th observation of a detector; an empty one where there is none. */
__attribute__((unused)) static const struct observation *found_by(const struct run *r, enum detector detector, size_t n)
{
	static const struct observation none;

	for (size_t i = 0; i < r->found_count; i++)
		if (r->found[i].detector == detector && n-- == 0)
			return &r->found[i];
	return &none;
}

__attribute__((unused)) static size_t count_by(const struct run *r, enum detector detector)
{
	size_t n = 0;

	for (size_t i = 0; i < r->found_count; i++)
		n += r->found[i].detector == detector;
	return n;
}

/** Unanswered packets: known after the answer's time, or at once where refused. */
static struct flow_event unanswered(int64_t time_us, enum vector vector, enum answer answer, struct address client,
                                    struct address server, uint16_t port)
{
	bool refused = answer == ANSWER_RST || answer == ANSWER_UNREACHABLE;

	return (struct flow_event){
		.time_us = time_us,
		.seen_us = time_us + (refused ? 200 : FLOW_ANSWER_US),
		.client = client,
		.server = server,
		.client_port = 40000,
		.server_port = port,
		.kind = FLOW_EVENT_UNANSWERED,
		.proto = vector == VECTOR_UDP ? 17 : 6,
		.vector = vector,
		.path = PATH_SPOOFABLE,
		.answer = answer,
		.packets = 1,
		.bytes = 60,
	};
}

/** One answered request of a confirmed flow. */
__attribute__((unused)) static struct flow_event request(int64_t time_us, enum answer answer, struct address client,
                                                         struct address server, uint16_t port)
{
	struct flow_event e = unanswered(time_us, VECTOR_NONE, ANSWER_RST, client, server, port);

	e.kind = FLOW_EVENT_REQUEST;
	e.path = PATH_CONFIRMED;
	e.answer = answer;
	e.bytes = 400;
	return e;
}

/** A connection on which nothing was answered: known ten seconds after its handshake. */
__attribute__((unused)) static struct flow_event no_request(int64_t time_us, enum vector vector, struct address client,
                                                            struct address server, uint16_t port)
{
	struct flow_event e = request(time_us, ANSWER_NONE, client, server, port);

	e.kind = FLOW_EVENT_NO_REQUEST;
	e.vector = vector;
	e.seen_us = time_us + FLOW_REQUEST_US;
	return e;
}
