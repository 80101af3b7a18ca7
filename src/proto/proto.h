/* proto.h - streams to transactions: answered requests and logins.
 *
 *     flow/ -- struct stream_sink --> proto/ -- struct flow_event_sink --> FLOW_EVENT_REQUEST, FLOW_EVENT_LOGIN
 *
 * A reader is chosen by the first bytes of either side (mid-stream: also by the server's port) and keeps all it knows in
 * proto_state.room, so a flow costs no allocation and may be dropped at any time. Any bytes are accepted. How a side's
 * bytes are cut into calls changes nothing but the time each byte carries.
 *
 * What is a request depends on the reader; every answered one is counted in state->requests:
 *   http   a response status at a response's start that answers a complete request. Pipelined ones count each. 1xx is no
 *          answer; 400, 408 and the like before the request was complete set state->refused instead.
 *   tls    a turn of application data: client, then server. Handshake records, TLS 1.3's encrypted handshake, alerts and
 *          the short control frames of HTTP/2 do not count.
 *   else   a turn of payload: client, then server.
 * For each a REQUEST event is emitted at the server's first byte if the flow is confirmed, except that a flow which is
 * neither http nor tls emits at most one every PROTO_SESSION_US: the turns of a database, a shell or a file transfer are
 * no flood of requests, but its user is being served.
 *
 * An event's time_us is when the client's payload of that turn began (LOGIN: when the server answered), never more than
 * FLOW_LATENESS_US before seen_us: what takes longer is reported at that limit. */
#pragma once

#include "model/flow.h"
#include "model/flow_event.h"

#define PROTO_SESSION_US (10 * INT64_C(1000000))

/** The context of the two functions below. Not changed by them: lanes may share one, or have one each. */
struct proto {
	struct flow_event_sink sink;
};

/** For struct stream_sink, with a struct proto as context. Called from the lane that owns the flow; keeps no pointer. */
void proto_data(void *context, const struct stream_event *event);

/** The flow ends: a login the server answered last is judged now. Call before the flow's END event. */
void proto_close(void *context, const struct stream_event *event);
