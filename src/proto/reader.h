/* reader.h - what the readers of proto/ share: the call, the room, turns and events. Internal to proto/.
 *
 * A reader is a state machine over bytes of two sides. All its state is its part of struct room, a copy of
 * proto_state.room while a call lasts. It says turn_asks() and turn_answers(); only turn.c emits events. */
#pragma once

#include "model/flow.h"
#include "model/flow_event.h"

enum reader_kind {
	READER_PICK = 0, /* no decision yet: a zeroed proto_state is here */
	READER_OTHER,
	READER_HTTP,
	READER_TLS,
	READER_SSH,
	READER_LINE,
	READER_RDP,
	READER_COUNT
};

/** Turns of payload, for every reader. */
struct turn {
	int64_t asked_us; /* when the client's open turn began */
	int64_t told_us;  /* when a REQUEST was last emitted */
	bool open;        /* the client has asked and was not answered */
	bool told;
};

struct pick_room {
	int64_t first_us; /* time of bytes[0] */
	uint8_t bytes[8]; /* the first bytes of one side */
	uint8_t have, side;
};

struct other_room {
	bool stay; /* this turn's first bytes were looked at */
};

/** One side's HTTP messages, one after the other. */
struct message {
	uint64_t left;   /* bytes of body or chunk to come */
	uint16_t status; /* of a response */
	uint8_t state;   /* enum message_state of http.c */
	uint8_t word;    /* what is being matched at the line's start, and how far */
	uint8_t pos;
	uint8_t flags;
};

struct http_room {
	struct message side[2];
	uint32_t head, basic; /* bit i: the i-th outstanding request is a HEAD or CONNECT, carries Basic credentials */
	uint16_t outstanding; /* complete requests that were not answered */
	bool connect;         /* the newest request asks for a tunnel */
	bool answered;        /* the request in progress was answered before it was complete */
	bool accepted;        /* the last Basic credentials of this flow were accepted */
};

/** One side's TLS records. */
struct record {
	uint16_t length, left;
	uint8_t type, have;
};

struct tls_room {
	struct record side[2];
	uint16_t hello;  /* bytes seen of the server's first handshake message */
	uint16_t cipher; /* of the ServerHello; 0 until known */
	uint8_t session; /* length of the ServerHello's session id */
	uint8_t flight;  /* TLS 1.3: encrypted records of the client's handshake */
	uint8_t alert;   /* level of the plaintext alert being read */
	bool finished;   /* TLS 1.3: the client's Finished was seen */
	bool opaque;     /* records were lost: every byte counts as application data */
};

struct ssh_side {
	uint32_t left; /* bytes of the packet to come */
	uint8_t phase, have;
	uint8_t type; /* of the plaintext packet */
};

struct ssh_room {
	int64_t asked_us, answer_us; /* last byte of the client's turn, first byte of the server's */
	struct ssh_side side[2];
	uint16_t ask, answer,
	        answer_first;     /* bytes of the turn; answer_first: of them, those of the first packet time */
	uint16_t accept, failure; /* sizes of SERVICE_ACCEPT and USERAUTH_FAILURE; 0 unknown */
	uint16_t probe, odd;      /* size of the first request; the last answer that was neither */
	uint8_t answers;          /* encrypted answers judged, at most 2 counted */
	uint8_t strange;          /* answers in a row that were neither failure nor success */
	bool direct;              /* the client is one that does not ask `none` first */
};

enum { LINE_HEAD = 20 };

struct line_side {
	uint8_t head[LINE_HEAD]; /* the line's first bytes */
	uint8_t have;            /* at most LINE_HEAD */
	bool lost;               /* skip to the line's end */
};

struct line_room {
	struct line_side side[2];
	uint32_t tag;    /* IMAP: hash of the tag of the login */
	uint8_t dialect; /* enum line_dialect of line.c */
	bool pending;    /* a login waits for its answer */
};

struct rdp_room {
	struct record side[2];
	uint32_t served;  /* the server's application bytes since the client's first */
	uint16_t skip[2]; /* bytes of the side's X.224 packet seen; UINT16_MAX: it is over */
	uint16_t length[2];
	uint8_t selected; /* protocol the server chose */
	bool spoke;       /* the client sent application data */
	bool challenged;  /* the server answered it */
	bool tried;       /* and the client answered that at length */
	bool judged;      /* accepted, or not to be judged */
};

struct room {
	struct turn turn;
	union {
		struct pick_room pick;
		struct other_room other;
		struct http_room http;
		struct tls_room tls;
		struct ssh_room ssh;
		struct line_room line;
		struct rdp_room rdp;
	};
};
_Static_assert(sizeof(struct room) <= sizeof(((struct proto_state *)0)->room), "a reader's state must fit");

struct call {
	const struct flow_event_sink *sink;
	const struct stream_event *event;
	struct proto_state *state;
	struct room *room;
	int64_t time_us; /* of the bytes at hand */
	uint8_t side;    /* who sent them */
	bool turn_start; /* they are the first since the other side's */
};

struct reader {
	/** Consume up to n bytes, n > 0. Fewer only after reader_switch(): the rest is the new reader's. */
	uint32_t (*data)(struct call *c, const uint8_t *p, uint32_t n);
	void (*gap)(struct call *c);   /* bytes of c->side were lost; NULL: nothing to do */
	void (*close)(struct call *c); /* NULL: nothing to do */
	bool session;                  /* its turns are no requests one by one: PROTO_SESSION_US applies */
};

extern const struct reader reader_pick, reader_other, reader_http, reader_tls, reader_ssh, reader_line, reader_rdp;

const struct reader *reader_of(enum reader_kind kind);

/** Let another reader have the flow from here on. Its room is zeroed, the turn stays. */
void reader_switch(struct call *c, enum reader_kind kind);

/** Give bytes to whatever reader has the flow, until all are taken. */
void reader_feed(struct call *c, const uint8_t *p, uint32_t n);

/** The client sends payload of a request. */
void turn_asks(struct call *c);

/** The server answers the open turn, if one is open. */
void turn_answers(struct call *c, enum answer answer);

/** An answered request, for readers that know better than turns. */
void turn_request(struct call *c, enum answer answer);

/** A login was answered at time_us. */
void turn_login(struct call *c, int64_t time_us, bool accepted);
