/* observation_sort.h - any number of observations in order, in bounded memory: sorted pieces on disk, then one merge.
 * Order: group, then observation_compare(). One thread owns it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"
#include "record/data_dir.h"

struct observation_sort;

enum { OBSERVATION_SORT_MEMORY_MIN = 65536 };

/** memory in bytes, at least OBSERVATION_SORT_MEMORY_MIN; while merging, one observation for each piece of that size may come
 * on top. dir must outlive the sorter; it is asked for a file only when memory does not suffice. Returns 0, -EINVAL or
 * -ENOMEM. */
int observation_sort_new(struct data_dir *dir, size_t memory, struct observation_sort **ret_sort);
void observation_sort_free(struct observation_sort *sort);
void observation_sort_freep(struct observation_sort **sort);

/** Add one; it is copied. Returns 0, -ENOSPC or another -errno; after a failure the sorter may only be freed. */
int observation_sort_add(struct observation_sort *sort, uint64_t group, const struct observation *obs);

/** Call each() for all in order, then be empty. A result other than 0 ends it. Returns that, 0 or -errno. */
int observation_sort_each(struct observation_sort *sort,
                          int (*each)(void *context, uint64_t group, const struct observation *obs), void *context);
