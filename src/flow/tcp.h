/* tcp.h - how the files about TCP share the work: tcp.c has the connection, handshake.c its beginning, stray.c what
 * belongs to nothing known, nothing.c connections that come to nothing. */
#pragma once

#include "flow/sequence.h"

/* tcp.c */
/** Mid-stream: begin to look at this side here. */
void tcp_pick_up(struct flow_table *t, struct flow *f, unsigned side, const struct packet *p);
/** The first SYN of a side: the client's or, where both open at once, the server's. */
void tcp_take_syn(struct flow_side *s, const struct packet *p);
/** The other side answered: the connection is open. */
void tcp_open_up(struct flow_table *t, struct flow *f);
/** The client proved its path. */
void tcp_confirm(struct flow_table *t, struct flow *f);
/** A segment that may belong to the connection. Returns whether it does. */
bool tcp_segment(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);
/** A packet of an open connection. Returns true when it starts a new one. */
bool tcp_open(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);
void tcp_close(struct flow_table *t, struct flow *f, bool reset);
void tcp_count_client(struct flow *f, const struct packet *p);

/* handshake.c: the flow began with a SYN and is not open */
void handshake_client(struct flow_table *t, struct flow *f, const struct packet *p);
void handshake_server(struct flow_table *t, struct flow *f, const struct packet *p);

/* stray.c: the flow began with anything else, and nobody answered. Both return true when the packet starts a new flow. */
bool stray_answer(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);
bool stray_more(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);

/* nothing.c */
/** A confirmed connection is over, or ran out of time: report it if no request was answered in all its life. */
void nothing_report(struct flow_table *t, struct flow *f, bool reset, bool cut);
void nothing_watch_window(struct flow_table *t, struct flow *f, const struct packet *p, unsigned side);
