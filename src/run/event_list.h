/* event_list.h - flow events on their way from the lanes to the shards, for the length of one batch.
 * A lane writes each event once and notes for each shard which ones it wants; a shard reads the lanes' events in order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/flow_event.h"

/** Events of one lane. */
struct event_list {
	struct flow_event *events; /* owned */
	size_t count, room;
	bool failed; /* out of memory: events are missing */
};

/** Which of a lane's events one shard wants. */
struct event_index {
	uint32_t *at; /* positions in the lane's list, owned */
	size_t count, room;
};

/** Events in order; borrowed from the lanes' lists. */
struct event_view {
	const struct flow_event **events; /* owned; room for twice as many: the second half is for sorting */
	size_t count, room;
};

void event_list_fini(struct event_list *list);
void event_index_fini(struct event_index *index);
void event_view_fini(struct event_view *view);

/** Append a copy. Returns its position, or UINT32_MAX without memory (then list->failed is set). */
uint32_t event_list_add(struct event_list *list, const struct flow_event *event);

/** Note a position. False without memory. */
bool event_index_add(struct event_index *index, uint32_t at);

/** Forget the events, keep the memory. */
void event_list_reset(struct event_list *list);

/** Fill view with the events that indices[i * stride], i in [0, count), take from lists[i], in flow_event_compare() order. Lanes
 * work in time order, so their lists come nearly sorted: natural merge sort, linear when they are. Returns 0 or -ENOMEM. */
int event_view_fill(struct event_view *view, const struct event_list *lists, const struct event_index *indices,
                    size_t count, size_t stride);
