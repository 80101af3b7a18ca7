/* flow.h - one conversation, as flow/ keeps it and proto/ reads its streams. Plain data; flow/ owns and changes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "model/words.h"

enum { FLOW_CLIENT = 0, FLOW_SERVER = 1 }; /* sides; side s sent stream s */

/** Ends in canonical order (lower address, then port, first): both directions have the same key. VLAN and tunnel are
 * not part of it: an asymmetric VLAN must not split a handshake. */
struct flow_key {
	struct address low, high;
	uint16_t low_port, high_port; /* host order */
	uint8_t proto;
	uint8_t zero[3]; /* hashed with the rest */
};

/** What proto/ may remember about a flow. Zeroed when the flow starts; plain data without pointers. */
struct proto_state {
	uint8_t reader;  /* which reader of proto/ has it */
	uint8_t service; /* enum service, once known */
	bool done;       /* no reader wants more data */
	bool tls;        /* the client speaks TLS */
	bool refused;    /* the server answered without a request being answered: a visible 4xx/5xx, a TLS alert */
	uint8_t turn;    /* who sent payload last: 0 nobody, else 1 + side */
	bool asked;      /* the client has sent payload that may be (part of) a request; under TLS: application data */
	uint32_t requests; /* answered requests so far */
	uint8_t room[84];  /* the reader's own */
};

/** One flow as handed to proto/: identity by value, state by pointer. Valid during the call only. */
struct stream_event {
	const struct flow_key *key;
	struct address client, server;
	uint16_t client_port, server_port;
	int64_t time_us;      /* of the packet that made the data available */
	int64_t confirmed_us; /* when the path was confirmed, 0 while it is not */
	uint8_t proto;
	uint8_t side;        /* who sent the data: FLOW_CLIENT or FLOW_SERVER */
	bool midstream;      /* the start of the stream was not seen */
	bool gap;            /* bytes before data were lost */
	const uint8_t *data; /* in order, without overlap; NULL on close */
	uint32_t len;
	uint32_t *sequence; /* the flow's event counter: use and increment for each event emitted */
	struct proto_state *state;
};

/** proto/ as flow/ sees it. */
struct stream_sink {
	void (*data)(void *context, const struct stream_event *event);
	void (*close)(void *context, const struct stream_event *event); /* the flow ends; data is NULL */
	void *context;
};
