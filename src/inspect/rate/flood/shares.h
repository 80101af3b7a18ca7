/* shares.h - how much each source sent in one second of one tally: a pool for the seconds that are not judged yet. */
#pragma once

#include "inspect/rate/slots.h"
#include "model/flow_event.h"

struct share {
	struct address group;          /* /32 or /64 */
	struct address client, server; /* of its first unit in that second, as an example and as the source's name */
	uint16_t client_port, server_port;
	uint8_t proto;
	uint32_t tally, next;
	int64_t second;
	uint32_t count, refused, packets;
	uint64_t bytes;
};

/** The shares of one second of one tally. All zero: none. */
struct share_list {
	uint32_t head, count;
};

struct shares {
	struct slots by;
	struct share *pool; /* owned */
};

/** Returns 0 or -ENOMEM. */
int shares_init(struct shares *shares, uint32_t size);
void shares_fini(struct shares *shares);
size_t shares_memory(uint32_t size);

/** Add a unit of event's client, whose group has this keyed hash. False when it found no place: the pool or the list (most entries) was full. */
bool shares_add(struct shares *shares, struct share_list *list, uint32_t most, uint32_t tally, int64_t second,
                const struct flow_event *event, uint64_t source_hash);

/** Give all of a list back, the list is empty then. */
void shares_release(struct shares *shares, struct share_list *list);
