#include "decide/reorder.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"

int reorder_init(struct reorder *r, uint32_t size)
{
	*r = (struct reorder){ .heap = calloc(size, sizeof(*r->heap)), .size = size };
	return r->heap != NULL ? 0 : -ENOMEM;
}

void reorder_fini(struct reorder *r)
{
	free(r->heap);
	*r = (struct reorder){ 0 };
}

void reorder_put(struct reorder *r, const struct observation *obs)
{
	uint32_t at = r->count++;

	check(r->count <= r->size);
	while (at > 0) {
		uint32_t parent = (at - 1) / 2;
		if (observation_compare(&r->heap[parent], obs) <= 0)
			break;
		r->heap[at] = r->heap[parent];
		at = parent;
	}
	r->heap[at] = *obs;
}

const struct observation *reorder_first(const struct reorder *r)
{
	return r->count > 0 ? &r->heap[0] : NULL;
}

void reorder_take(struct reorder *r, struct observation *ret_obs)
{
	check(r->count > 0);
	*ret_obs = r->heap[0];
	const struct observation *last = &r->heap[--r->count];
	uint32_t at = 0;
	for (;;) {
		uint32_t child = at * 2 + 1;
		if (child >= r->count)
			break;
		if (child + 1 < r->count && observation_compare(&r->heap[child + 1], &r->heap[child]) < 0)
			child++;
		if (observation_compare(last, &r->heap[child]) <= 0)
			break;
		r->heap[at] = r->heap[child];
		at = child;
	}
	r->heap[at] = *last;
}
