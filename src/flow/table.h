/* table.h - the inside of a flow table, for the files of flow/ only.
 * A flow is a number (its place in the table, from 1; 0 is none): half the size of a pointer. */
#pragma once

#include "base/check.h"
#include "flow/flow_table.h"

enum flow_phase {
	PHASE_ASKING = 0, /* the other side has not answered */
	PHASE_OPEN,       /* it has */
	PHASE_CLOSED      /* TCP: both sides are done; kept so that trailing packets are no strays */
};

/** Every flow waits in at most one list of each slot. All entries of one list have the same timeout, so that a list is
 * in order of its deadlines by appending only. */
enum timer_slot { SLOT_DEADLINE = 0, SLOT_STAY, SLOT_COUNT };
enum timer_kind {
	TIMER_NONE = 0,
	TIMER_ANSWER,     /* deadline: since the first packet that waits for an answer */
	TIMER_REPEAT,     /* deadline: since the first packet after a verdict */
	TIMER_REQUEST,    /* deadline: since the handshake's end */
	TIMER_SHUT,       /* deadline: since the client shut its window */
	TIMER_CLOSED,     /* stay; from here on also the order of eviction */
	TIMER_UNANSWERED, /* stay */
	TIMER_OTHER,      /* stay */
	TIMER_UDP,        /* stay */
	TIMER_TCP,        /* stay */
	TIMER_KIND_COUNT
};

struct timer {
	int64_t start_us;
	uint32_t prev, next;
};

struct timer_list {
	int64_t timeout_us;
	int64_t due_us; /* the first deadline; INT64_MAX while empty */
	uint32_t head, tail;
};

/** One side of a TCP connection: what it sent, and what it allows the other to send. */
struct flow_side {
	uint32_t first;    /* its initial sequence number, or the first one seen */
	uint32_t next;     /* next byte for the reader */
	uint32_t sent;     /* end of what it was seen to send */
	uint32_t acked;    /* its highest acknowledgement */
	uint32_t edge;     /* right edge of the window it offered */
	uint32_t span;     /* the largest window it offered */
	uint32_t fin;      /* sequence of its FIN */
	uint32_t late_us;  /* since when the other side has acknowledged what is missing; low half of the time */
	uint32_t blocks;   /* its first waiting block, in order of sequence; 0 is none */
	uint8_t held;      /* how many */
	uint8_t scale;     /* window scale */
	bool seen : 1;     /* first, next and sent are valid */
	bool offered : 1;  /* acked, edge and span are valid */
	bool finished : 1; /* fin is valid */
	bool ended : 1;    /* everything up to the FIN was read */
	bool gap : 1;      /* bytes before next were lost, and the reader was not told */
	bool late : 1;     /* late_us is valid */
};

/** What every packet needs comes first, in one cache line. */
struct flow {
	struct flow_key key;
	uint32_t chain; /* next flow of the bucket, or of the free list */
	uint8_t phase;  /* enum flow_phase */
	uint8_t vector; /* enum vector of the first packet */
	uint8_t answer; /* enum answer so far */
	uint8_t icmp_type;
	uint8_t timer_kind[SLOT_COUNT];
	bool client_low : 1; /* the client is the lower end of the key */
	bool asker : 1;      /* the side whose packets are unanswered: FLOW_CLIENT or FLOW_SERVER */
	bool midstream : 1;
	bool judged : 1; /* unanswered packets were reported */
	bool confirmed : 1;
	bool told : 1;        /* NO_REQUEST was emitted */
	bool shut : 1;        /* the client's window is shut */
	bool wanted : 1;      /* and the server has data to send */
	bool read : 1;        /* a reader was given data */
	bool closed : 1;      /* the reader was told the end */
	bool syn_waiting : 1; /* a SYN was ignored, its sequence is syn_seq */
	bool syn_side : 1;    /* who sent it */
	bool other_first : 1; /* opening: the server sent SYN-ACKs of different sequence; syn_seq is the other one */
	bool misfit : 1;      /* a segment did not fit: misfit_end, misfit_ack */
	bool misfit_side : 1; /* who sent it */
	uint32_t sequence;    /* of events */
	int64_t last_us;      /* of the last packet that belonged to the flow */
	struct timer timer[SLOT_COUNT];
	int64_t confirmed_us;
	uint64_t total_bytes;   /* of the client, or of who asks while nobody answered */
	uint64_t waiting_bytes; /* not yet answered, not yet reported; the first came at the deadline's start */
	union {
		struct flow_side side[2]; /* TCP */
		int64_t answered_us;      /* others: of the server's last packet */
	};
	uint32_t syn_seq, misfit_end, misfit_ack;
	uint32_t total_packets;
	uint32_t waiting_packets;
	uint32_t waiting_payload; /* bytes; stops at 4 GiB */
	struct proto_state proto;
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct flow) <= 320, "a million flows must leave room in 512 MiB");

struct block {
	uint32_t next, seq;
	uint32_t len;
};

struct flow_table {
	struct flow_table_config config;
	int64_t now_us; /* time of the packet, or the deadline of the timer, being handled */
	int64_t due_us; /* no deadline is earlier */
	struct timer_list timers[TIMER_KIND_COUNT];
	struct flow *flows; /* [0] is no flow */
	uint32_t *buckets;  /* first flow of each */
	uint32_t bucket_mask;
	uint32_t used;         /* flows in the table */
	uint32_t fresh;        /* flows[fresh..] were never used */
	uint32_t free;         /* first of the free list */
	uint32_t blocks_fresh; /* as above */
	uint32_t blocks_free;
	uint32_t blocks_count;
	struct block *blocks;
	uint8_t *block_data;
	struct flow_counters counters;
};

static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool seq_after(uint32_t a, uint32_t b)
{
	return seq_before(b, a);
}

static inline uint32_t flow_number(const struct flow_table *t, const struct flow *f)
{
	return (uint32_t)(f - t->flows);
}

/** Fragments of TCP that were never reassembled are no connection. */
static inline bool flow_is_tcp(const struct flow *f)
{
	return f->key.proto == PROTO_TCP && f->vector != VECTOR_FRAGMENT;
}

static inline const struct address *flow_address(const struct flow *f, unsigned side)
{
	return (side == FLOW_CLIENT) == f->client_low ? &f->key.low : &f->key.high;
}

static inline uint16_t flow_port(const struct flow *f, unsigned side)
{
	return (side == FLOW_CLIENT) == f->client_low ? f->key.low_port : f->key.high_port;
}

/* timers.c */
void timers_init(struct flow_table *t);
/** Put a flow at the end of a list, out of the other list of that slot. start_us is never before an earlier start. */
void timers_set(struct flow_table *t, struct flow *f, enum timer_kind kind, int64_t start_us);
void timers_clear(struct flow_table *t, struct flow *f, enum timer_slot slot);
/** Fire in order of deadlines all that are due at or before now_us. */
void timers_fire(struct flow_table *t, int64_t now_us);

/* events.c */
/** Bytes of a packet on the wire, IP headers of all its fragments included. */
uint64_t events_packet_bytes(const struct packet *p);
/** One more packet that waits for an answer; starts the timer of the first. */
void events_wait(struct flow_table *t, struct flow *f, const struct packet *p);
/** Report the waiting packets as unanswered, now. */
void events_unanswered(struct flow_table *t, struct flow *f, bool cut);
/** The other side refused: report at once, or with what is being collected. */
void events_refused(struct flow_table *t, struct flow *f, enum answer answer);
/** The other side answered: forget what waits. */
void events_answered(struct flow_table *t, struct flow *f);
void events_confirmed(struct flow_table *t, struct flow *f);
/** Report once that a connection came to nothing, by vector, since time_us. */
void events_no_request(struct flow_table *t, struct flow *f, enum vector vector, enum answer answer, int64_t since_us,
                       bool cut);
void events_end(struct flow_table *t, struct flow *f);
/** An ICMP error that quotes no known flow. */
void events_stray_error(struct flow_table *t, const struct packet *p);

/* stream.c */
/** Account the segment's bytes and FIN; they lie in the window. */
void stream_take(struct flow_table *t, struct flow *f, unsigned side, const struct packet *p);
/** The receiver has everything before ack: what is missing of it was lost to us. */
void stream_acked(struct flow_table *t, struct flow *f, unsigned side, uint32_t ack);
/** Start again at seq: what waits is read first. */
void stream_restart(struct flow_table *t, struct flow *f, unsigned side, uint32_t seq);
/** Give the readers what waits, then tell them the end; once. */
void stream_close(struct flow_table *t, struct flow *f);

/* tcp.c */
void tcp_start(struct flow_table *t, struct flow *f, const struct packet *p, bool src_low);
/** Returns true when the packet ends the flow and starts a new one instead. */
bool tcp_continue(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);
/** Emit what an open connection still owes before it leaves. */
void tcp_leave(struct flow_table *t, struct flow *f);

/* nothing.c */
void nothing_request_timeout(struct flow_table *t, struct flow *f);
void nothing_shut_timeout(struct flow_table *t, struct flow *f);

/* datagram.c: UDP, ICMP and everything else without connections */
void datagram_start(struct flow_table *t, struct flow *f, const struct packet *p, bool src_low);
void datagram_continue(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);
/** An ICMP error quotes a packet of this flow, sent by side. */
void datagram_quoted(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);

/* flow_table.c */
/** Take a flow out of the table, after reporting all that it owes. */
void flow_remove(struct flow_table *t, struct flow *f);
