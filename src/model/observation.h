/* observation.h - one finding of one detector. The only thing decide/ ever sees of the traffic, and what is sealed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "model/words.h"

enum { OBSERVATION_LATENESS_US = 15000000 }; /* no observation reaches decide/ later than this after its time */

struct estate;

/** Which asset: an index into the estate, plus the address for assets that count each host by itself. */
struct asset_ref {
	uint32_t index;      /* ASSET_NONE: outside the estate */
	struct address host; /* :: unless the asset is declared each-host, or index is ASSET_NONE */
};

#define ASSET_NONE UINT32_MAX

/** What the numbers mean depends on the detector:
 *  scan     one step: source touched (host, port), closed or unanswered. count 1; beyond the detector's exact limit one
 *           line per second with count = further distinct steps, port 0.
 *  flood    one second of one vector on one asset (asset.host set for each-host assets; rollup: the sum over a network
 *           asset and everything inside it). source :: and load set: the second's figure. source an address, load 0:
 *           that source's share of the same second (confirmed sources only).
 *  brute    one login; count 1; accepted says which way it went. Beyond the detector's limit one line per source,
 *           asset, service and second, with count = further logins and the time of the first of them.
 *  service  ten seconds of an asset: count = known clients that tried, served = of those, the ones that were served. */
struct observation {
	int64_t time_us;
	uint8_t detector;  /* enum detector */
	uint8_t vector;    /* enum vector */
	uint8_t path;      /* enum path_status of the flow */
	uint8_t direction; /* enum direction */
	uint8_t service;   /* enum service */
	bool rollup;
	bool accepted;
	struct asset_ref asset;
	struct address source; /* as claimed; whether it may be used is path's matter. :: none or many */
	struct address host;   /* touched address, :: where many */
	uint16_t port;         /* touched port, 0 where many */
	uint64_t count;
	uint64_t load; /* flood: units over the last 30 s */
	uint64_t packets;
	uint64_t bytes;
	uint64_t sources; /* flood: claimed sources not seen before in this detector's memory, approximate */
	uint64_t refused; /* RST, ICMP unreachable, TLS alert, 3xx-5xx, failed login among count */
	uint64_t served;
	/* One flow that shows it, for evidence; not sealed, not compared. */
	struct address shown_client, shown_server;
	uint16_t shown_client_port, shown_server_port;
	uint8_t shown_proto;
};

/** Total order of sealed observations: time, then every sealed field. Equal observations are interchangeable. */
int observation_compare(const struct observation *a, const struct observation *b);

struct observation_sink {
	void (*emit)(void *context, const struct observation *observation);
	void *context;
};
