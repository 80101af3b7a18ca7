/* attack_table.h - the open attacks: found by key, closed after their gap, cut at their greatest length. Internal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "decide/common.h"
#include "decide/distinct.h"
#include "decide/focus.h"
#include "decide/outcome.h"
#include "decide/peak.h"
#include "decide/service.h"
#include "decide/sources.h"
#include "decide/table.h"

struct open_attack {
	struct table_link link;
	struct attack attack; /* what is told; figures as far as they are known */
	size_t at;            /* place in attack_table.heap */
	int64_t queued_us;    /* the deadline it is queued under; the true one may be later */
	int64_t extends_us;   /* the last observation that counts for the gap */
	int64_t carpet_us;    /* carpet bombing since then; CARPET_NOT before */
	uint64_t lowest_threshold;
	uint64_t units_reflector, units_confirmed; /* among units, by path */
	uint64_t flood_seconds;                    /* distinct seconds that entered, of a flood */
	int64_t flood_second;                      /* the last of them */
	struct sources sources;
	struct distinct targets, assets, claimed;
	struct asset_ref named[ATTACK_TARGETS_MAX];
	uint32_t named_count;
	uint8_t *touched; /* bit an asset index; only where the key has no asset. owned */
	bool touched_outside;
	struct peak peak;
	struct reach reach;
	uint64_t focus_here, focus_all;
};

#define CARPET_NOT INT64_MAX

struct attack_table {
	struct common *common;
	struct focus *focus;
	struct services *services;
	struct table table;
	struct open_attack **heap; /* by queued_us, then first and key. owned */
	size_t count, limit;
	struct sources_budget sources_budget;
	struct distinct_budget targets_budget;
};

/** common, focus and services outlive the table. Returns 0 or -ENOMEM. */
int attack_table_init(struct attack_table *table, struct common *common, struct focus *focus, struct services *services,
                      const struct decider_limits *limits);

/** Free all; nothing is told. */
void attack_table_fini(struct attack_table *table);

/** The open attack of a key and register status, or NULL. */
struct open_attack *attack_table_find(const struct attack_table *table, const struct attack_key *key,
                                      enum attack_status status);

/** The attack that an observation of this key joins at time_us, cut and continued when it would become too long. NULL: none
 * is open. */
struct open_attack *attack_table_join(struct attack_table *table, const struct attack_key *key,
                                      enum attack_status status, int64_t time_us);

/** Open an attack of a key that has none, and tell it. continues: the id of the one it continues, or NULL. NULL: no room,
 * counted. */
struct open_attack *attack_table_open(struct attack_table *table, const struct attack_key *key,
                                      enum attack_status status, int64_t first_us, uint64_t threshold,
                                      const char *continues);

/** How an observation enters. */
struct entry {
	bool extends;  /* counts for the gap */
	bool measures; /* its packets, bytes, refusals and units are the attack's */
	uint64_t units;
	uint64_t threshold; /* flood: what its load had to exceed; 0: no flood second */
};

/** Let an observation enter: figures, place, evidence. */
void attack_table_enter(struct attack_table *table, struct open_attack *open, const struct observation *obs,
                        const struct entry *entry);

/** When the next attack may have to be closed; INT64_MAX: none is open. */
int64_t attack_table_due(const struct attack_table *table);

/** Close what is due at attack_table_due(). */
void attack_table_close_due(struct attack_table *table);

/** Add the figures of child to into (attack_figures.c, as attack_table_enter()). */
void attack_table_add_figures(struct attack_table *table, struct open_attack *child, struct open_attack *into);

/** Make child part of into: its figures are added, it is told as absorbed. */
void attack_table_absorb(struct attack_table *table, struct open_attack *child, struct open_attack *into);

/** All open attacks whose asset lies inside around (not on it), of this family, vector group and direction: up to max,
 * by first and key. Returns how many. */
size_t attack_table_inside(const struct attack_table *table, const struct attack_key *around,
                           struct open_attack **ret_list, size_t max);

/** Tell the open availability attacks how the clients of an asset fared. */
void attack_table_serve(struct attack_table *table, const struct asset_ref *asset, const struct service_slot *slot);

/** The data ended at now_us: close all; open is set where the gap was not over. */
void attack_table_finish(struct attack_table *table, int64_t now_us);
