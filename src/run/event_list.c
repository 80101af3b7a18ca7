#include "run/event_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* Make room for count items of size bytes. False without memory. */
static bool reserve(void **array, size_t *room, size_t count, size_t size)
{
	if (count <= *room)
		return true;
	size_t more = *room == 0 ? 64 : *room;
	while (more < count)
		more *= 2;
	void *grown = realloc(*array, more * size);
	if (grown == NULL)
		return false;
	*array = grown;
	*room = more;
	return true;
}

void event_list_fini(struct event_list *list)
{
	free(list->events);
	*list = (struct event_list){ 0 };
}

void event_index_fini(struct event_index *index)
{
	free(index->at);
	*index = (struct event_index){ 0 };
}

void event_view_fini(struct event_view *view)
{
	free(view->events);
	*view = (struct event_view){ 0 };
}

uint32_t event_list_add(struct event_list *list, const struct flow_event *event)
{
	if (list->count >= UINT32_MAX ||
	    !reserve((void **)&list->events, &list->room, list->count + 1, sizeof(*list->events))) {
		list->failed = true;
		return UINT32_MAX;
	}
	list->events[list->count] = *event;
	return (uint32_t)list->count++;
}

bool event_index_add(struct event_index *index, uint32_t at)
{
	if (!reserve((void **)&index->at, &index->room, index->count + 1, sizeof(*index->at)))
		return false;
	index->at[index->count++] = at;
	return true;
}

void event_list_reset(struct event_list *list)
{
	list->count = 0;
	list->failed = false;
}

typedef const struct flow_event *event_ptr;

/* End of the run of sorted events that starts at i. */
static size_t run_end(const event_ptr *e, size_t i, size_t n)
{
	for (i++; i < n; i++)
		if (flow_event_compare(e[i - 1], e[i]) > 0)
			break;
	return i;
}

static void merge_runs(const event_ptr *a, size_t na, const event_ptr *b, size_t nb, event_ptr *out)
{
	while (na > 0 && nb > 0) {
		if (flow_event_compare(*a, *b) <= 0) {
			*out++ = *a++;
			na--;
		} else {
			*out++ = *b++;
			nb--;
		}
	}
	memcpy(out, a, na * sizeof(*a));
	memcpy(out + na, b, nb * sizeof(*b));
}

/* One pass: neighbouring runs are merged. Returns the number of runs that are left. */
static size_t merge_pass(const event_ptr *from, event_ptr *to, size_t n)
{
	size_t runs = 0;

	for (size_t i = 0; i < n; runs++) {
		size_t middle = run_end(from, i, n);
		size_t end = middle < n ? run_end(from, middle, n) : n;
		merge_runs(from + i, middle - i, from + middle, end - middle, to + i);
		i = end;
	}
	return runs;
}

static void sort(struct event_view *view)
{
	event_ptr *from = view->events, *to = view->events + view->count;
	size_t n = view->count;

	if (n == 0 || run_end(from, 0, n) == n)
		return;
	for (size_t runs = 2; runs > 1;) {
		runs = merge_pass(from, to, n);
		event_ptr *swap = from;
		from = to;
		to = swap;
	}
	if (from != view->events)
		memcpy(view->events, from, n * sizeof(event_ptr));
}

int event_view_fill(struct event_view *view, const struct event_list *lists, const struct event_index *indices,
                    size_t count, size_t stride)
{
	size_t total = 0;

	view->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (lists[i].failed)
			return -ENOMEM;
		total += indices[i * stride].count;
	}
	if (!reserve((void **)&view->events, &view->room, 2 * total, sizeof(*view->events)))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct event_index *index = &indices[i * stride];
		for (size_t j = 0; j < index->count; j++) {
			check_hot(index->at[j] < lists[i].count);
			view->events[view->count++] = &lists[i].events[index->at[j]];
		}
	}
	sort(view);
	return 0;
}
