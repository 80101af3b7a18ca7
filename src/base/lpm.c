#include "base/lpm.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"

/* Interval i reaches from edges[i].start up to, not including, edges[i + 1].start; the first one starts at ::. */
struct edge {
	uint64_t high, low; /* of the start, in host order: see lpm_find() */
	uint32_t value;
};

struct lpm {
	size_t count;
	struct edge edges[];
};

struct open_prefix {
	struct address last; /* highest address inside */
	uint32_t value;
};

struct sortable {
	struct lpm_entry entry;
	size_t order;
};

static int sortable_compare(const void *va, const void *vb)
{
	const struct sortable *a = va, *b = vb;
	int c = prefix_compare(&a->entry.prefix, &b->entry.prefix);

	return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static struct address prefix_last(const struct prefix *p)
{
	struct address a = p->address;

	for (unsigned i = 0; i < 16; i++) {
		unsigned fixed = p->len > 8 * i ? p->len - 8 * i : 0;
		if (fixed < 8)
			a.bytes[i] |= (uint8_t)(0xff >> fixed);
	}
	return a;
}

/* Returns false when a was the highest address of all. */
static bool address_increment(struct address *a)
{
	for (int i = 15; i >= 0; i--)
		if (++a->bytes[i] != 0)
			return true;
	return false;
}

static void push_edge(struct lpm *l, const struct address *start, uint32_t value)
{
	struct edge edge = { .high = get_be64(start->bytes), .low = get_be64(start->bytes + 8), .value = value };
	const struct edge *last = l->count > 0 ? &l->edges[l->count - 1] : NULL;

	if (last != NULL && last->high == edge.high && last->low == edge.low)
		l->count--; /* an empty interval: the newer one starts at the same place */
	if (l->count > 0 && l->edges[l->count - 1].value == value)
		return;
	l->edges[l->count++] = edge;
}

/* Close the innermost open prefix: what follows it belongs to the one around it. */
static size_t pop_open(struct lpm *l, const struct open_prefix *open, size_t depth)
{
	struct address next = open[depth - 1].last;

	if (address_increment(&next))
		push_edge(l, &next, depth > 1 ? open[depth - 2].value : LPM_NONE);
	return depth - 1;
}

static void flatten(struct lpm *l, const struct sortable *sorted, size_t count)
{
	struct open_prefix open[130]; /* nested prefixes have growing lengths: at most 129 */
	size_t depth = 0;
	static const struct address zero;

	push_edge(l, &zero, LPM_NONE);
	for (size_t i = 0; i < count; i++) {
		const struct prefix *p = &sorted[i].entry.prefix;
		if (i + 1 < count && prefix_compare(p, &sorted[i + 1].entry.prefix) == 0)
			continue;
		while (depth > 0 && address_compare(&open[depth - 1].last, &p->address) < 0)
			depth = pop_open(l, open, depth);
		check(depth < sizeof(open) / sizeof(open[0]));
		push_edge(l, &p->address, sorted[i].entry.value);
		open[depth++] = (struct open_prefix){ .last = prefix_last(p), .value = sorted[i].entry.value };
	}
	while (depth > 0)
		depth = pop_open(l, open, depth);
}

int lpm_new(const struct lpm_entry *entries, size_t count, struct lpm **ret_lpm)
{
	CLEANUP(freep) struct sortable *sorted = calloc(count + 1, sizeof(*sorted));
	CLEANUP(lpm_freep) struct lpm *l = calloc(1, sizeof(*l) + (2 * count + 1) * sizeof(l->edges[0]));

	if (sorted == NULL || l == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		check(entries[i].value != LPM_NONE);
		sorted[i] = (struct sortable){ .entry = entries[i], .order = i };
	}
	qsort(sorted, count, sizeof(*sorted), sortable_compare);
	flatten(l, sorted, count);
	*ret_lpm = TAKE_PTR(l);
	return 0;
}

void lpm_free(struct lpm *lpm)
{
	free(lpm);
}

void lpm_freep(struct lpm **lpm)
{
	lpm_free(*lpm);
}

uint32_t lpm_find(const struct lpm *l, const struct address *a)
{
	if (l == NULL)
		return LPM_NONE;
	uint64_t high = get_be64(a->bytes), low = get_be64(a->bytes + 8);
	const struct edge *e = l->edges;
	for (size_t count = l->count; count > 1;) { /* without branches: which way it goes cannot be foreseen */
		size_t half = count / 2;
		const struct edge *mid = &e[half];
		bool behind = (mid->high < high) | ((mid->high == high) & (mid->low <= low));
		e = behind ? mid : e;
		count -= half;
	}
	return e->value;
}
