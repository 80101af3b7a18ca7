/* decide_world.h - a small estate, the shipped rule and grade, and a decider whose attacks and placements are kept, for the
 * tests of decide/. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "decide/decider.h"

enum { BANK, SITE, NET, CLIENTS, SMALL, SMALL_COUNT = 9, WORLD_ASSETS = SMALL + SMALL_COUNT };
enum { WORLD_ATTACKS_MAX = 2048 };

/* 2026-11-22T10:00:00Z */
#define T0 (INT64_C(1795341600) * SECOND_US)

struct world {
	struct estate estate;
	struct counting_rule rule;
	struct grade grade;
	struct decider_config config;
	struct decider *decider;
	struct attack attacks[WORLD_ATTACKS_MAX]; /* closed, in order */
	size_t count;
	size_t opened, absorbed, placed_in, placed_out, shown;
};

static inline struct address addr(const char *text)
{
	struct address a;
	if (address_parse(text, &a) < 0)
		exit(99);
	return a;
}

static inline char *world_read(const char *name, size_t *ret_n)
{
	char path[4096];
	static char text[65536];
	(void)snprintf(path, sizeof(path), "%s/%s", getenv("REDOUBT_SOURCE"), name);
	CLEANUP(fclosep) FILE *f = fopen(path, "rb");
	if (f == NULL)
		exit(99);
	*ret_n = fread(text, 1, sizeof(text) - 1, f);
	text[*ret_n] = '\0';
	return text;
}

static inline void world_asset(struct world *w, int at, const char *name, const char *prefix, enum target_class class)
{
	struct asset *a = &w->estate.assets[at];
	(void)snprintf(a->name, sizeof(a->name), "%s", name);
	a->target_class = (uint8_t) class;
	a->prefixes = calloc(1, sizeof(*a->prefixes));
	a->prefix_count = 1;
	if (prefix_parse(prefix, &a->prefixes[0]) < 0)
		exit(99);
}

static inline void world_estate(struct world *w)
{
	struct estate *e = &w->estate;
	e->assets = calloc(WORLD_ASSETS, sizeof(*e->assets));
	e->asset_count = WORLD_ASSETS;
	world_asset(w, BANK, "bank", "192.0.2.0/28", TARGET_BANK);
	world_asset(w, SITE, "site", "192.0.2.16/28", TARGET_OFFICE);
	world_asset(w, NET, "net", "192.0.2.0/24", TARGET_HOSTING);
	world_asset(w, CLIENTS, "clients", "198.51.100.0/24", TARGET_OFFICE);
	e->assets[CLIENTS].each_host = true;
	for (int i = 0; i < SMALL_COUNT; i++) {
		char name[16], prefix[32];
		(void)snprintf(name, sizeof(name), "small%d", i);
		(void)snprintf(prefix, sizeof(prefix), "192.0.2.%d/29", 64 + 8 * i);
		world_asset(w, SMALL + i, name, prefix, TARGET_OFFICE);
	}
	e->registered = calloc(1, sizeof(*e->registered));
	e->registered_count = 1;
	e->registered[0] =
	        (struct register_entry){ .from_us = INT64_MIN, .until_us = INT64_MAX, .status = STATUS_RESEARCH };
	if (prefix_parse("203.0.113.200", &e->registered[0].prefix) < 0 || estate_seal(e) < 0)
		exit(99);
}

static inline void world_opened(void *context, const struct attack *attack)
{
	struct world *w = context;
	(void)attack;
	w->opened++;
}

static inline void world_closed(void *context, struct attack *attack)
{
	struct world *w = context;
	if (w->count == WORLD_ATTACKS_MAX)
		exit(99);
	w->attacks[w->count++] = *attack;
	attack->sources = NULL;
}

static inline void world_absorbed(void *context, const char *child, const char *into)
{
	struct world *w = context;
	(void)child;
	(void)into;
	w->absorbed++;
}

static inline void world_placed(void *context, const struct observation *obs, const char *id)
{
	struct world *w = context;
	(void)obs;
	w->placed_in += id != NULL;
	w->placed_out += id == NULL;
}

static inline void world_shown(void *context, const char *id, const struct observation *obs)
{
	struct world *w = context;
	(void)obs;
	(void)id;
	w->shown++;
}

/* Start again with the same estate and rule. */
static inline void world_restart(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		attack_fini(&w->attacks[i]);
	w->count = w->opened = w->absorbed = w->placed_in = w->placed_out = w->shown = 0;
	decider_free(w->decider);
	w->decider = NULL;
	if (decider_new(&w->config, &w->decider) < 0)
		exit(99);
}

static inline void world_init(struct world *w)
{
	struct rule_error error;
	size_t n;

	memset(w, 0, sizeof(*w));
	world_estate(w);
	const char *text = world_read("etc/cr1", &n);
	if (rule_parse(text, n, &w->rule, &error) < 0) {
		printf("# etc/cr1:%u:%u: %s\n", error.line, error.column, error.message);
		exit(99);
	}
	text = world_read("etc/grade1", &n);
	if (grade_parse(text, n, &w->grade, &error) < 0)
		exit(99);
	w->config = (struct decider_config){
		.rule = &w->rule,
		.grade = &w->grade,
		.estate = &w->estate,
		.key = { 1, 2 },
		.limits = DECIDER_LIMITS_DEFAULT,
		.sink = { .opened = world_opened,
		          .closed = world_closed,
		          .absorbed = world_absorbed,
		          .placed = world_placed,
		          .shown = world_shown,
		          .context = w },
	};
	world_restart(w);
}

static inline void world_fini(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		attack_fini(&w->attacks[i]);
	decider_free(w->decider);
	estate_fini(&w->estate);
}

static inline void feed(struct world *w, const struct observation *obs)
{
	if (decider_observe(w->decider, obs) != DECIDER_TAKEN)
		exit(98);
	decider_advance(w->decider, obs->time_us);
}

static inline struct observation scan_step(int64_t t, const char *source, int asset, const char *host, uint16_t port)
{
	struct observation o = {
		.time_us = t,
		.detector = DETECTOR_SCAN,
		.vector = VECTOR_TCP_SYN,
		.direction = DIRECTION_IN,
		.asset = { .index = (uint32_t)asset },
		.source = addr(source),
		.host = addr(host),
		.port = port,
		.count = 1,
		.packets = 1,
		.bytes = 44,
	};
	if (asset == CLIENTS)
		o.asset.host = o.host;
	return o;
}

static inline void scan(struct world *w, int64_t t, const char *source, int asset, const char *host, uint16_t port)
{
	struct observation o = scan_step(t, source, asset, host, port);
	feed(w, &o);
}

static inline struct observation login_try(int64_t t, const char *source, int asset, bool accepted)
{
	return (struct observation){
		.time_us = t,
		.detector = DETECTOR_BRUTE,
		.vector = VECTOR_LOGIN,
		.path = PATH_CONFIRMED,
		.direction = DIRECTION_IN,
		.service = SERVICE_SSH,
		.accepted = accepted,
		.asset = { .index = (uint32_t)asset },
		.source = addr(source),
		.host = addr("192.0.2.1"),
		.port = 22,
		.count = 1,
		.refused = !accepted,
	};
}

static inline void login(struct world *w, int64_t t, const char *source, bool accepted)
{
	struct observation o = login_try(t, source, BANK, accepted);
	feed(w, &o);
}

static inline struct observation flood_second(int64_t t, int asset, enum vector vector, uint64_t load, uint64_t count)
{
	bool application = vector_group_of(vector) == VECTOR_GROUP_APPLICATION;
	uint8_t path = application ? PATH_CONFIRMED : PATH_SPOOFABLE;
	if (vector == VECTOR_UDP_AMPLIFIED || vector == VECTOR_TCP_SYNACK)
		path = PATH_REFLECTOR;
	return (struct observation){
		.time_us = t,
		.detector = DETECTOR_FLOOD,
		.vector = (uint8_t)vector,
		.path = path,
		.direction = DIRECTION_IN,
		.asset = { .index = (uint32_t)asset },
		.count = count,
		.load = load,
		.packets = count,
		.bytes = count * 60,
	};
}

static inline void flood(struct world *w, int64_t t, int asset, enum vector vector, uint64_t load, uint64_t count)
{
	struct observation o = flood_second(t, asset, vector, load, count);
	feed(w, &o);
}

static inline void serve(struct world *w, int64_t t, int asset, uint64_t count, uint64_t served)
{
	struct observation o = { .time_us = t,
		                 .detector = DETECTOR_SERVICE,
		                 .asset = { .index = (uint32_t)asset },
		                 .count = count,
		                 .served = served };
	feed(w, &o);
}

static inline void finish(struct world *w, int64_t now_us)
{
	decider_finish(w->decider, now_us);
}
