/* Goal: events of several lanes come out in flow_event_compare() order, whatever lane held them, each exactly once. */
#include <stdlib.h>

#include "run/event_list.h"
#include "tap.h"

enum { LANES = 4, SHARDS = 3, EVENTS = 5000 };

static uint64_t random_state = 11;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % n;
}

static int compare(const void *a, const void *b)
{
	return flow_event_compare(a, b);
}

int main(void)
{
	static struct flow_event all[EVENTS], wanted[EVENTS];
	struct event_list lists[LANES] = { 0 };
	struct event_index indices[LANES * SHARDS] = { 0 };
	struct event_view view = { 0 };
	bool same = true;

	for (uint32_t i = 0; i < EVENTS; i++)
		all[i] = (struct flow_event){ .seen_us = random_below(100) + i / 10,
			                      .client_port = (uint16_t)random_below(50),
			                      .sequence = i,
			                      .kind = (uint8_t)random_below(SHARDS) };
	for (uint32_t i = 0; i < EVENTS; i++) {
		uint32_t lane = random_below(LANES);
		uint32_t at = event_list_add(&lists[lane], &all[i]);
		same &= at != UINT32_MAX && event_index_add(&indices[lane * SHARDS + all[i].kind], at);
	}
	for (uint32_t s = 0; s < SHARDS; s++) {
		size_t n = 0;
		for (uint32_t i = 0; i < EVENTS; i++)
			if (all[i].kind == s)
				wanted[n++] = all[i];
		qsort(wanted, n, sizeof(wanted[0]), compare);
		if (event_view_fill(&view, lists, indices + s, LANES, SHARDS) < 0 || view.count != n)
			return 99;
		for (size_t i = 0; i < n; i++)
			same &= flow_event_compare(view.events[i], &wanted[i]) == 0;
	}
	ok(same, "three shards over four lanes see what sorting gives");
	for (int i = 0; i < LANES; i++)
		event_list_reset(&lists[i]);
	for (int i = 0; i < LANES * SHARDS; i++)
		indices[i].count = 0;
	ok(event_view_fill(&view, lists, indices, LANES, SHARDS) == 0 && view.count == 0, "nothing is nothing");
	for (int i = 0; i < LANES; i++)
		event_list_fini(&lists[i]);
	for (int i = 0; i < LANES * SHARDS; i++)
		event_index_fini(&indices[i]);
	event_view_fini(&view);
	return done();
}
