/* flow_event.h - what flow/ and proto/ tell inspect/ about a flow.
 * "Client" is who sent the first packet (or, picked up mid-stream, who looks like it): where something is unanswered,
 * the client is the sender of the unanswered packets. Path status belongs to the flow, never to the address. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "model/words.h"

enum flow_event_kind {
	/** Packets of the client that the server did not answer within FLOW_ANSWER_US, or only refused (answer says how).
	 * vector: tcp-syn, tcp-synack, tcp-ack, tcp-rst, tcp-odd, udp, icmp, fragment, other-ip. A half-open handshake
	 * (answer syn-ack, never acknowledged) is tcp-syn. A flow that goes on unanswered gives one event a second;
	 * repeated is set on all but the first. Packets that were answered later are not reported again. */
	FLOW_EVENT_UNANSWERED = 0,
	/** The client proved its path: its ACK covered our initial sequence number + 1, or, mid-stream, data of ours that
	 * was sent after we began to look. time_us is the handshake's end. Once per flow. */
	FLOW_EVENT_CONFIRMED,
	/** One request of a confirmed flow was answered: payload of the client, then payload of the server. Under TLS
	 * handshake records do not count. answer: data, or error for a visible HTTP 3xx/4xx/5xx or TLS alert. */
	FLOW_EVENT_REQUEST,
	/** A confirmed connection reached FLOW_REQUEST_US without an answered request, or ended before. time_us is the
	 * time the handshake ended. vector: http-slow where the client had sent payload or keeps its window shut,
	 * tls-handshake where all it sent was TLS handshake records, else tcp-connection. answer: none, rst (the server
	 * reset it), error (a visible 4xx/5xx such as 408). Once per flow. */
	FLOW_EVENT_NO_REQUEST,
	/** A login was tried on a confirmed flow; service says where; accepted or not, by the answer's shape. */
	FLOW_EVENT_LOGIN,
	/** The flow is gone from the table. packets and bytes are the client's totals. Once per flow, always the last. */
	FLOW_EVENT_END,
	FLOW_EVENT_KIND_COUNT
};

/* Data time, microseconds. No event is ever known later than FLOW_LATENESS_US after its time_us. */
#define FLOW_ANSWER_US   (3 * INT64_C(1000000))
#define FLOW_REQUEST_US  (10 * INT64_C(1000000))
#define FLOW_LATENESS_US (12 * INT64_C(1000000))

struct flow_event {
	int64_t time_us; /* when it happened */
	int64_t seen_us; /* when it became known: a packet's time or a timer's deadline; events are ordered by it */
	struct address client, server;
	uint16_t client_port, server_port; /* host order */
	uint16_t payload_mean;             /* UNANSWERED: mean bytes of payload of the reported packets */
	uint8_t kind;                      /* enum flow_event_kind */
	uint8_t proto;                     /* IP protocol */
	uint8_t vector;                    /* enum vector */
	uint8_t path;                      /* enum path_status: spoofable or confirmed */
	uint8_t answer;                    /* enum answer */
	uint8_t service;                   /* enum service */
	bool repeated;
	bool accepted;
	bool cut;       /* the input ended before the answer's time was over: unanswered as far as seen */
	bool midstream; /* the flow's start was not seen */
	uint8_t icmp_type;
	uint32_t packets;  /* client packets this event reports; for fragments each counts */
	uint64_t bytes;    /* their bytes on the wire, IP header included */
	uint32_t sequence; /* order inside one flow at one seen_us */
};

/** The order in which events reach detectors: seen_us, then addresses and ports, then sequence. Total for events of one
 * run; independent of the number of workers. */
int flow_event_compare(const struct flow_event *a, const struct flow_event *b);

/** Where a stage puts its events. Called from the worker that owns the flow; the event is not kept. */
struct flow_event_sink {
	void (*emit)(void *context, const struct flow_event *event);
	void *context;
};
