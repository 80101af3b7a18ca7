/* observation_random.h - an estate with an asset of each kind, and random observations about it. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "ledger_random.h"
#include "model/estate.h"
#include "model/observation.h"

static inline int make_estate(struct estate *e)
{
	e->asset_count = 2;
	e->assets = calloc(2, sizeof(*e->assets));
	for (int i = 0; i < 2; i++) {
		struct asset *a = &e->assets[i];
		strcpy(a->name, i == 0 ? "bank" : "clients");
		strcpy(a->title, a->name);
		a->each_host = i == 1;
		a->prefixes = calloc(1, sizeof(*a->prefixes));
		a->prefix_count = 1;
		if (prefix_parse(i == 0 ? "192.0.2.0/24" : "2001:db8::/32", a->prefixes) < 0)
			return -1;
	}
	return estate_seal(e);
}

static inline struct address random_address(void)
{
	uint8_t b[16];

	for (int i = 0; i < 16; i++)
		b[i] = (uint8_t)(random_below(3) == 0 ? random_u64() : 0);
	struct address a;
	memcpy(a.bytes, b, 16);
	return random_below(2) == 0 ? address_from_v4(b) : a;
}

static inline struct observation random_observation(int64_t from_us, uint64_t span_us)
{
	struct observation o = { .time_us = from_us + (int64_t)random_below(span_us),
		                 .detector = (uint8_t)random_below(DETECTOR_COUNT),
		                 .vector = (uint8_t)random_below(VECTOR_COUNT),
		                 .path = (uint8_t)random_below(PATH_COUNT),
		                 .direction = (uint8_t)random_below(DIRECTION_COUNT),
		                 .service = (uint8_t)random_below(SERVICE_COUNT),
		                 .rollup = random_below(2) == 0,
		                 .accepted = random_below(2) == 0,
		                 .source = random_address(),
		                 .host = random_address(),
		                 .port = (uint16_t)random_u64(),
		                 .count = random_u64() >> random_below(64),
		                 .load = random_u64() >> random_below(64),
		                 .packets = random_u64() >> random_below(64),
		                 .bytes = random_u64() >> random_below(64),
		                 .sources = random_u64() >> random_below(64),
		                 .refused = random_u64() >> random_below(64),
		                 .served = random_u64() >> random_below(64) };

	o.asset.index = (const uint32_t[]){ 0, 1, ASSET_NONE }[random_below(3)];
	if (o.asset.index != 0)
		o.asset.host = random_address();
	return o;
}
