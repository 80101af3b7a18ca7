#include "run/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/cleanup.h"

struct seat {
	struct workers *workers;
	pthread_t thread;
	unsigned index;
};

struct workers {
	unsigned count;
	unsigned started; /* threads; the caller is the last worker and needs none */
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	/* Under lock. */
	unsigned long round; /* grows by one for each step */
	unsigned working;
	bool stop;
	void (*step)(void *context, unsigned worker);
	void *context;
	struct seat seats[];
};

static bool wait_for_round(struct workers *w, unsigned long done)
{
	(void)pthread_mutex_lock(&w->lock);
	while (w->round == done && !w->stop)
		(void)pthread_cond_wait(&w->begin, &w->lock);
	bool go = !w->stop;
	(void)pthread_mutex_unlock(&w->lock);
	return go;
}

static void finish_round(struct workers *w)
{
	(void)pthread_mutex_lock(&w->lock);
	if (--w->working == 0)
		(void)pthread_cond_signal(&w->end);
	(void)pthread_mutex_unlock(&w->lock);
}

static void *worker_main(void *arg)
{
	const struct seat *seat = arg;

	for (unsigned long done = 0; wait_for_round(seat->workers, done); done++) {
		seat->workers->step(seat->workers->context, seat->index);
		finish_round(seat->workers);
	}
	return NULL;
}

int workers_new(unsigned count, struct workers **ret_workers)
{
	if (count == 0)
		return -EINVAL;
	struct workers *fresh = calloc(1, sizeof(*fresh) + count * sizeof(fresh->seats[0]));
	if (fresh == NULL)
		return -ENOMEM;
	fresh->count = count;
	(void)pthread_mutex_init(&fresh->lock, NULL);
	(void)pthread_cond_init(&fresh->begin, NULL);
	(void)pthread_cond_init(&fresh->end, NULL);
	CLEANUP(workers_freep) struct workers *w = fresh;
	for (unsigned i = 0; i + 1 < count; i++) {
		w->seats[i] = (struct seat){ .workers = w, .index = i };
		if (pthread_create(&w->seats[i].thread, NULL, worker_main, &w->seats[i]) != 0)
			return -EAGAIN;
		w->started++;
	}
	*ret_workers = TAKE_PTR(w);
	return 0;
}

void workers_free(struct workers *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stop = true;
	(void)pthread_cond_broadcast(&w->begin);
	(void)pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->started; i++)
		(void)pthread_join(w->seats[i].thread, NULL);
	(void)pthread_cond_destroy(&w->begin);
	(void)pthread_cond_destroy(&w->end);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

void workers_freep(struct workers **workers)
{
	workers_free(*workers);
}

unsigned workers_count(const struct workers *workers)
{
	return workers->count;
}

void workers_run(struct workers *w, void (*step)(void *context, unsigned worker), void *context)
{
	if (w->count == 1) {
		step(context, 0);
		return;
	}
	(void)pthread_mutex_lock(&w->lock);
	w->step = step;
	w->context = context;
	w->working = w->started;
	w->round++;
	(void)pthread_cond_broadcast(&w->begin);
	(void)pthread_mutex_unlock(&w->lock);
	step(context, w->count - 1);
	(void)pthread_mutex_lock(&w->lock);
	while (w->working > 0)
		(void)pthread_cond_wait(&w->end, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
}
