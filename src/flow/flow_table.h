/* flow_table.h - conversations: who talks to whom, who answered, whose path is confirmed, and the streams they carry.
 *
 * One thread owns a table; several tables share nothing, and packets spread over them by flow_key_hash() give the same
 * events after sorting by flow_event_compare() as one table does, as long as none was full. Everything is allocated in
 * flow_table_new(). Time is that of the packets.
 *
 * Unanswered. What the other side does not answer in less than FLOW_ANSWER_US is reported (FLOW_EVENT_UNANSWERED). RST,
 * and ICMP unreachable that quotes the flow, are refusals: reported at once. Later packets of a flow that was reported
 * are collected for one second and reported together, unless the other side answers meanwhile. A UDP, ICMP or other flow
 * stays answered as long as answers are less than 60 s old.
 *
 * ICMP errors belong to the flow they quote: they can refuse it while it is unanswered, and nothing else. One that
 * quotes no known flow is reported at once, packet by packet, as icmp: nobody answers an error.
 *
 * Path. A TCP flow is confirmed when its client's ACK lies in (our initial sequence number, what we sent] and its own
 * sequence fits; picked up mid-stream, when it acknowledged payload of ours sent after we began to look. Who can forge
 * both directions at the sensor (no ingress filter between it and the server) can confirm what he likes: stated limit.
 * A confirmed flow is changed by nothing that a blind forger sends: segments need a fitting sequence and a fitting
 * acknowledgement (RFC 5961 5), RST the exact sequence (3), SYN never counts (4) unless the server accepts it with a
 * SYN-ACK. Where more than a window was lost to us, two misfitting segments, one of each side, that agree with each other are
 * followed. Window scales not seen in a handshake are taken as 8.
 *
 * Streams. Bytes are handed over in order, without copying where they arrive in order, else after waiting in blocks of a
 * pool. Where segments overlap the bytes counted first win, those in the pool included. A hole is jumped, and the next
 * bytes carry `gap`, when the receiver acknowledged what is missing and it did not come within 10 ms, when the stream's blocks (FLOW_STREAM_BLOCKS) or
 * the pool are used up, and when the flow ends. Flows that nobody answered get no blocks. Data of a SYN (Fast Open) is not
 * read: a gap. close() is called once for each flow of which data was handed over, when the connection closes or leaves the
 * table.
 *
 * Full table. The oldest closed flow goes first, then the unanswered one that is longest in the table (its packets are
 * still reported, with `cut`), then the answered one that is longest idle: ICMP and others, UDP, TCP. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "flow/flow_key.h"
#include "model/flow.h"
#include "model/flow_event.h"
#include "model/packet.h"

enum {
	FLOW_TABLE_FLOWS_DEFAULT = 1000000,
	FLOW_TABLE_REASSEMBLY_DEFAULT = 32 << 20,
	FLOW_BLOCK_BYTES = 2048, /* of the reassembly pool */
	FLOW_STREAM_BLOCKS = 48, /* that one direction of one flow may hold: 64 KiB of full-sized segments */
};

struct flow_table_config {
	uint32_t flows;            /* in the table at once, 1 to 2^30 */
	uint64_t reassembly_bytes; /* of the pool, for all flows of the table; 0: out-of-order data is a gap */
	struct siphash_key key;    /* results do not depend on it */
	/* How long a flow is kept after its last packet: between one and two times this, checked without a clock. 0: the
	 * default in brackets. Closed connections are kept for exactly closed_us after they closed. */
	int64_t open_us;       /* TCP connections [1 h] */
	int64_t closed_us;     /* [10 s] */
	int64_t unanswered_us; /* [30 s] */
	int64_t udp_us;        /* [60 s] */
	int64_t other_us;      /* ICMP and other protocols [30 s] */
	struct flow_event_sink events;
	struct stream_sink streams; /* data or close may be NULL */
};

#define COUNTER(name, meaning) uint64_t name;
struct flow_counters {
#include "flow/flow_counters.def"
};
#undef COUNTER

/** Name and meaning of the n-th counter of struct flow_counters (an array of uint64_t in that order). Static strings. */
size_t flow_counters_count(void);
const char *flow_counters_name(size_t n);
const char *flow_counters_meaning(size_t n);

struct flow_table;

/** On success *ret_table is owned by the caller. Returns 0, -EINVAL or -ENOMEM. */
int flow_table_new(const struct flow_table_config *config, struct flow_table **ret_table);

/** Free without judging what is left. NULL is a no-op. */
void flow_table_free(struct flow_table *table);
void flow_table_freep(struct flow_table **table);

/** Bytes that a table of this config allocates. */
size_t flow_table_bytes(const struct flow_table_config *config);

/** Account one packet; nothing of it is kept but copies. Timers that are due at its time fire before. A time before the
 * last one is taken as the last one; times are at most 2^61. A raw fragment is one that was never reassembled: it counts
 * as vector fragment between its addresses. */
void flow_table_packet(struct flow_table *table, const struct packet *packet);

/** Data time is now_us: fire every timer due at or before it. Their events carry their deadlines as seen_us. */
void flow_table_advance(struct flow_table *table, int64_t now_us);

/** The input ends at the last time given: judge what is left, with `cut` where the time to answer was not over, and end
 * every flow. The table is empty afterwards and can be used again. */
void flow_table_finish(struct flow_table *table);

/** The same for at most so many flows, so that a caller can take their events away in between. True when the table is empty.
 * Nothing else may be done with the table before it is. */
bool flow_table_finish_some(struct flow_table *table, uint32_t flows);

/** When the next timer fires; INT64_MAX without one. */
int64_t flow_table_due(const struct flow_table *table);

/** Flows in the table now. */
uint32_t flow_table_used(const struct flow_table *table);

/** Check every invariant; walks the whole table. For tests and fuzzers. */
void flow_table_check(const struct flow_table *table);

/** Valid until the table is freed. */
const struct flow_counters *flow_table_counters(const struct flow_table *table);
