/* target.h - whom an event is about: direction and asset, the same for every detector.
 *
 * A detector of rate/ is one folder with a struct of its own, one instance a shard:
 *     int  x_new(const struct x_config *config, struct x **ret_x);   estate, sink, key and sizes come with the config
 *     void x_free(struct x *x);
 *     void x_feed(struct x *x, const struct flow_event *event, ...); events in flow_event_compare() order
 *     void x_advance(struct x *x, int64_t now_us);                   data time; the same result however often it is called */
#pragma once

#include <stdbool.h>

#include "model/estate.h"
#include "model/flow_event.h"

struct target {
	uint8_t direction; /* enum direction; apart: nothing else is set */
	/* in, internal: the server's asset. out: ASSET_NONE, host is the server. */
	struct asset_ref asset;
};

static inline struct target target_of(const struct estate *estate, const struct flow_event *event)
{
	bool from_us = lpm_find(estate->by_address, &event->client) != LPM_NONE;
	struct target t = { .asset = estate_find(estate, &event->server) };

	if (t.asset.index != ASSET_NONE) {
		t.direction = from_us ? DIRECTION_INTERNAL : DIRECTION_IN;
	} else {
		t.direction = from_us ? DIRECTION_OUT : DIRECTION_APART;
		t.asset.host = event->server;
	}
	return t;
}
