/* shape.h - what the look of unanswered packets says about them, beyond their vector. */
#pragma once

#include <stdbool.h>

#include "base/utc.h"
#include "model/flow_event.h"
#include "model/rule.h"

/* A question to an amplifier is small; NTP's is 48 bytes, DNS's seldom more. */
enum { SHAPE_QUESTION_MAX = 64 };

/** Second of data time, rounded down: also right before 1970. */
static inline int64_t second_of(int64_t time_us)
{
	return time_us / SECOND_US - (time_us % SECOND_US < 0);
}

/** Nobody answers these by rule: IPv4 and IPv6 multicast, limited broadcast. */
static inline bool shape_for_many(const struct address *to)
{
	if (!address_is_v4(to))
		return to->bytes[0] == 0xff;
	return (to->bytes[12] & 0xf0) == 0xe0 || memcmp(&to->bytes[12], "\xff\xff\xff\xff", 4) == 0;
}

/** Might be the broadcast address of a network: netmasks are not known here, but .255 ends most that have one. */
static inline bool shape_near_many(const struct address *to)
{
	return address_is_v4(to) && to->bytes[15] == 0xff;
}

/** Unasked UDP from an amplifier's port, whole or in fragments of which the first, with the ports, was seen. A small packet to
 * the same port is one server asking another (NTP, DNS), no answer. */
static inline bool shape_amplified(const struct counting_rule *rule, const struct flow_event *e)
{
	enum { PROTO_UDP = 17 };
	bool fragmented = e->vector == VECTOR_FRAGMENT && e->proto == PROTO_UDP;

	if (e->kind != FLOW_EVENT_UNANSWERED || (e->vector != VECTOR_UDP && !fragmented))
		return false;
	if (e->server_port == e->client_port && e->payload_mean <= SHAPE_QUESTION_MAX)
		return false;
	return counting_rule_amplifies(rule, e->client_port);
}

/** The rest of a conversation nobody remembers: a service's port to a client's. A probe without data comes from anywhere else. */
static inline bool shape_leftover(const struct flow_event *e)
{
	enum { SERVICE_PORTS = 1024 };

	return e->payload_mean > 0 || (e->client_port < SERVICE_PORTS && e->server_port >= SERVICE_PORTS);
}
