#include "record/observation_sort.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/cleanup.h"

struct item {
	uint64_t group;
	struct observation obs;
};

/* A sorted piece of the spill file. While merging, next..end of the file are still to be read, at..filled of the buffer
 * still to be given out. */
struct piece {
	uint64_t next, end; /* in items */
	struct item *buffer;
	size_t at, filled;
};

struct observation_sort {
	struct data_dir *dir;
	struct item *items;
	size_t count, size;
	int fd; /* spill file, -1 while there is none */
	uint64_t spilled;
	struct piece *pieces;
	size_t piece_count;
};

int observation_sort_new(struct data_dir *dir, size_t memory, struct observation_sort **ret_sort)
{
	if (memory < OBSERVATION_SORT_MEMORY_MIN)
		return -EINVAL;
	struct observation_sort *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->dir = dir;
	s->fd = -1;
	s->size = memory / sizeof(struct item);
	s->items = malloc(s->size * sizeof(struct item));
	if (s->items == NULL) {
		free(s);
		return -ENOMEM;
	}
	*ret_sort = s;
	return 0;
}

void observation_sort_free(struct observation_sort *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s->items);
	free(s->pieces);
	free(s);
}

void observation_sort_freep(struct observation_sort **sort)
{
	observation_sort_free(*sort);
}

static int compare(const struct item *a, const struct item *b)
{
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return observation_compare(&a->obs, &b->obs);
}

static int compare_items(const void *a, const void *b)
{
	return compare(a, b);
}

static int write_at(int fd, const void *data, size_t n, off_t at)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = pwrite(fd, p, n, at);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			p += done;
			at += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

static int spill(struct observation_sort *s)
{
	struct piece *pieces = reallocarray(s->pieces, s->piece_count + 1, sizeof(*pieces));

	if (pieces == NULL)
		return -ENOMEM;
	s->pieces = pieces;
	if (s->fd < 0 && (s->fd = data_dir_spill(s->dir)) < 0)
		return s->fd;
	qsort(s->items, s->count, sizeof(*s->items), compare_items);
	int err = write_at(s->fd, s->items, s->count * sizeof(*s->items), (off_t)(s->spilled * sizeof(*s->items)));
	if (err < 0)
		return err;
	pieces[s->piece_count++] = (struct piece){ .next = s->spilled, .end = s->spilled + s->count };
	s->spilled += s->count;
	s->count = 0;
	return 0;
}

int observation_sort_add(struct observation_sort *s, uint64_t group, const struct observation *obs)
{
	if (s->count == s->size) {
		int err = spill(s);
		if (err < 0)
			return err;
	}
	s->items[s->count++] = (struct item){ .group = group, .obs = *obs };
	return 0;
}

/* The next items of a piece into its buffer. Returns 1, 0 when the piece is used up, or -errno. */
static int refill(const struct observation_sort *s, struct piece *p, size_t room)
{
	uint64_t left = p->end - p->next;
	size_t want = left < room ? (size_t)left : room, have = 0;

	while (have < want * sizeof(struct item)) {
		ssize_t n = pread(s->fd, (char *)p->buffer + have, want * sizeof(struct item) - have,
		                  (off_t)(p->next * sizeof(struct item) + have));
		if (n == 0)
			return -EIO; /* somebody cut our file */
		if (n < 0 && errno != EINTR)
			return -errno;
		have += n > 0 ? (size_t)n : 0;
	}
	p->next += want;
	p->at = 0;
	p->filled = want;
	return want > 0;
}

static const struct item *head(const struct observation_sort *s, size_t piece)
{
	return &s->pieces[piece].buffer[s->pieces[piece].at];
}

/* Of equal items the one spilled first comes first: equal observations are interchangeable, but why not. */
static bool before(const struct observation_sort *s, size_t a, size_t b)
{
	int c = compare(head(s, a), head(s, b));

	return c != 0 ? c < 0 : a < b;
}

/* Sift down: heap[0..n) of piece numbers, the smallest head on top. */
static void sift(const struct observation_sort *s, size_t *heap, size_t n, size_t at)
{
	for (;;) {
		size_t least = at, left = 2 * at + 1;
		for (size_t child = left; child < left + 2 && child < n; child++)
			if (before(s, heap[child], heap[least]))
				least = child;
		if (least == at)
			return;
		size_t moved = heap[at];
		heap[at] = heap[least];
		heap[least] = moved;
		at = least;
	}
}

static int merge(struct observation_sort *s, size_t *heap, size_t room,
                 int (*each)(void *context, uint64_t group, const struct observation *obs), void *context)
{
	size_t n = 0;
	int ret = 0;

	for (size_t i = 0; i < s->piece_count; i++) {
		if ((ret = refill(s, &s->pieces[i], room)) < 0)
			return ret;
		heap[n++] = i;
	}
	for (size_t i = n / 2; i-- > 0;)
		sift(s, heap, n, i);
	ret = 0;
	while (n > 0 && ret == 0) {
		struct piece *p = &s->pieces[heap[0]];
		const struct item *item = &p->buffer[p->at++];
		ret = each(context, item->group, &item->obs);
		if (p->at == p->filled && ret == 0) {
			int more = refill(s, p, room);
			if (more < 0)
				return more;
			if (more == 0)
				heap[0] = heap[--n];
		}
		sift(s, heap, n, 0);
	}
	return ret;
}

/* Divide the memory among the pieces and merge them. */
static int merge_pieces(struct observation_sort *s,
                        int (*each)(void *context, uint64_t group, const struct observation *obs), void *context)
{
	size_t room = s->size / s->piece_count > 0 ? s->size / s->piece_count : 1;
	CLEANUP(freep) size_t *heap = calloc(s->piece_count, sizeof(*heap));

	if (room * s->piece_count > s->size) {
		struct item *items = reallocarray(s->items, s->piece_count, sizeof(*items));
		if (items == NULL)
			return -ENOMEM;
		s->items = items;
		s->size = s->piece_count;
	}
	if (heap == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->piece_count; i++)
		s->pieces[i].buffer = s->items + i * room;
	return merge(s, heap, room, each, context);
}

int observation_sort_each(struct observation_sort *s,
                          int (*each)(void *context, uint64_t group, const struct observation *obs), void *context)
{
	int ret = 0;

	if (s->piece_count > 0) {
		if (s->count > 0)
			ret = spill(s);
		if (ret == 0)
			ret = merge_pieces(s, each, context);
	} else {
		qsort(s->items, s->count, sizeof(*s->items), compare_items);
		for (size_t i = 0; i < s->count && ret == 0; i++)
			ret = each(context, s->items[i].group, &s->items[i].obs);
	}
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
	s->count = s->piece_count = 0;
	s->spilled = 0;
	return ret;
}
