/* workers.h - N threads that do one step together: workers_run() is a barrier on both sides. One worker is no thread at all. */
#pragma once

#include <stddef.h>

struct workers;

/** Start count - 1 threads, the caller being the last worker. Returns 0, -EINVAL, -ENOMEM or -EAGAIN. */
int workers_new(unsigned count, struct workers **ret_workers);

/** Stop and join. NULL is a no-op. */
void workers_free(struct workers *workers);
void workers_freep(struct workers **workers);

unsigned workers_count(const struct workers *workers);

/** Run step(context, i) for i in [0, count), each on its own thread, and return when all are done. What one step wrote is
 * visible to every worker of the next. */
void workers_run(struct workers *workers, void (*step)(void *context, unsigned worker), void *context);
