/* Goal: each step runs once on each worker, and a step begins only after the former one ended everywhere. */
#include <errno.h>
#include <stdatomic.h>

#include "base/cleanup.h"
#include "run/workers.h"
#include "tap.h"

enum { WORKERS = 4, ROUNDS = 2000 };

struct rounds {
	int done[WORKERS]; /* steps each worker did; read by all others in the next step */
	atomic_int wrong;
	int round;
};

static void step(void *context, unsigned worker)
{
	struct rounds *r = context;

	for (int i = 0; i < WORKERS; i++)
		if (i != (int)worker && r->done[i] != r->round && r->done[i] != r->round + 1)
			atomic_fetch_add(&r->wrong, 1);
	if (r->done[worker] != r->round)
		atomic_fetch_add(&r->wrong, 1);
}

static void count(void *context, unsigned worker)
{
	((struct rounds *)context)->done[worker]++;
}

int main(void)
{
	struct rounds r = { 0 };
	CLEANUP(workers_freep) struct workers *w = NULL, *one = NULL;

	ok(workers_new(0, &w) == -EINVAL && w == NULL, "no worker is refused");
	ok(workers_new(WORKERS, &w) == 0 && workers_count(w) == WORKERS, "four workers");
	for (r.round = 0; r.round < ROUNDS; r.round++) {
		workers_run(w, step, &r);
		workers_run(w, count, &r);
	}
	ok(atomic_load(&r.wrong) == 0, "no step overtook another in %d rounds", ROUNDS);
	ok(r.done[0] == ROUNDS && r.done[1] == ROUNDS && r.done[2] == ROUNDS && r.done[3] == ROUNDS,
	   "each ran each step once");
	r = (struct rounds){ 0 };
	ok(workers_new(1, &one) == 0, "one worker");
	workers_run(one, count, &r);
	ok(r.done[0] == 1, "runs on the caller's thread");
	return done();
}
