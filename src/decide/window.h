/* window.h - observations waiting under a minimum: each belongs to a watch (a claimed source, a source group, an asset's
 * vector) and leaves when it enters an attack or when the window has passed. Internal.
 *
 *     struct windows  one kind of minimum: its table of watches, its window, its share of memory
 *     struct watch    one key under that minimum; embedded first in the kind's own struct
 *     struct pending  one observation that waits, in order of time */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "decide/table.h"
#include "model/observation.h"

struct watch;

struct pending {
	TAILQ_ENTRY(pending) of_watch; /* its watch's observations, by observation_compare() */
	TAILQ_ENTRY(pending) of_age;   /* all of the kind, in order of arrival */
	TAILQ_ENTRY(pending) of_wide;  /* for the kind's own use (distributed brute force) */
	struct watch *watch;
	bool wide; /* is in a list by of_wide */
	struct observation observation;
};

TAILQ_HEAD(pending_list, pending);

struct watch {
	struct table_link link;
	TAILQ_ENTRY(watch) of_use; /* least recently used first */
	struct pending_list pending;
	uint32_t pending_count;
	int64_t used_us;
};

TAILQ_HEAD(watch_list, watch);

/** What a kind of minimum is told. */
struct windows_owner {
	void *context;
	/** An observation leaves for good: into the attack of that id, or nowhere with NULL. It is still linked. */
	void (*leaves)(void *context, struct pending *pending, const char *attack_id);
	/** A watch is about to be freed; it holds no observations. May be NULL. */
	void (*forget)(void *context, struct watch *watch);
};

struct windows {
	struct table table;
	struct watch_list use;
	struct pending_list age;
	size_t watch_size; /* of the struct that embeds struct watch */
	int64_t window_us; /* an observation leaves when now > its time + window */
	int64_t idle_us;   /* a watch without observations is freed when now > its last use + idle */
	uint32_t pending_count, pending_limit;
	struct windows_owner owner;
	uint64_t pending_evicted, watches_evicted, no_memory;
};

/** Set table, sizes, window_us, idle_us, pending_limit and owner in *windows before. Returns 0 or -ENOMEM. */
int windows_init(struct windows *windows, uint32_t watches, const struct siphash_key *key);

/** Free all; nothing is told. */
void windows_fini(struct windows *windows);

/** The watch of a key, or NULL. Does not count as use. */
void *windows_find(const struct windows *windows, const struct table_key *key);

/** The watch of a key, zeroed when it is new; the least recently used one makes room. NULL without memory. */
void *windows_watch(struct windows *windows, const struct table_key *key, int64_t now_us);

/** Let an observation wait. When full, the one that waited longest leaves. NULL without memory: then it has left. */
struct pending *windows_hold(struct windows *windows, struct watch *watch, const struct observation *obs);

/** Let one leave, into an attack or nowhere. */
void windows_leave(struct windows *windows, struct pending *pending, const char *attack_id);

/** Move one to another watch of the same kind. */
void windows_move(struct windows *windows, struct pending *pending, struct watch *to);

/** When the next one's window has passed; INT64_MAX: none waits. */
int64_t windows_due(const struct windows *windows);

/** Let everything leave whose window has passed; free what is idle. */
void windows_expire(struct windows *windows, int64_t now_us);

/** Let everything leave. */
void windows_drain(struct windows *windows);
