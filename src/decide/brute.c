#include "decide/brute.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* One service of one asset, and all logins that wait there: the ground of distributed brute force. */
struct door {
	struct table_link link;
	struct pending_list waiting; /* by of_wide, in order of arrival */
	uint32_t failures;
	uint32_t groups; /* with failures among them */
};

struct group_watch {
	struct watch watch;
	struct door *door; /* while logins wait */
	uint32_t failures;
};

/* A login, and the keys it may belong to. */
struct login {
	const struct observation *obs;
	enum attack_status status;
	struct table_parts scope; /* everything of a watch's key but the group */
	struct attack_key alone, together;
};

static struct group_watch *watch_of(const struct pending *p)
{
	return (struct group_watch *)p->watch;
}

/* Take a waiting login out of its door; the last one closes it. */
static void leave_door(struct brute *b, struct pending *p)
{
	struct group_watch *w = watch_of(p);
	struct door *door = w->door;

	check(door != NULL);
	TAILQ_REMOVE(&door->waiting, p, of_wide);
	p->wide = false;
	if (!p->observation.accepted) {
		door->failures--;
		door->groups -= --w->failures == 0;
	}
	if (TAILQ_EMPTY(&door->waiting)) {
		table_remove(&b->doors, &door->link);
		free(door);
		w->door = NULL;
	}
}

static void leaves(void *context, struct pending *p, const char *attack_id)
{
	struct brute *b = context;

	if (p->wide)
		leave_door(b, p);
	if (attack_id == NULL)
		common_place(b->common, &p->observation, NULL);
}

int brute_init(struct brute *b, struct common *common, struct attack_table *attacks, struct groups *groups,
               const struct decider_limits *limits)
{
	*b = (struct brute){
		.common = common,
		.attacks = attacks,
		.groups = groups,
		.windows = { .watch_size = sizeof(struct group_watch),
		             .window_us = common->rule.brute_window_us,
		             .idle_us = 0,
		             .pending_limit = limits->pending / 4 + 1,
		             .owner = { .context = b, .leaves = leaves } },
	};
	if (windows_init(&b->windows, limits->watches / 4 + 3, &common->key) < 0)
		return -ENOMEM;
	/* A door has at least one login waiting. */
	return table_init(&b->doors, b->windows.pending_limit + 1, &common->key);
}

void brute_fini(struct brute *b)
{
	while (b->windows.table.slots != NULL && !TAILQ_EMPTY(&b->windows.age)) {
		struct pending *p = TAILQ_FIRST(&b->windows.age);
		if (p->wide)
			leave_door(b, p);
		TAILQ_REMOVE(&b->windows.age, p, of_age);
		TAILQ_REMOVE(&p->watch->pending, p, of_watch);
		p->watch->pending_count--;
		b->windows.pending_count--;
		free(p);
	}
	windows_fini(&b->windows);
	table_fini(&b->doors);
}

static struct table_key group_key(const struct table_parts *scope, const struct prefix *group)
{
	struct table_parts parts = *scope;

	parts.group = group;
	return table_key_of(&parts);
}

/* A watch forgets a door that closed when another watch's login was the last to leave. */
static struct door *door_of(struct brute *b, const struct table_parts *scope)
{
	struct table_key key = table_key_of(scope);
	struct door *door = table_find(&b->doors, &key);

	if (door != NULL)
		return door;
	check(!table_full(&b->doors));
	door = calloc(1, sizeof(*door));
	if (door == NULL)
		return NULL;
	door->link.key = key;
	TAILQ_INIT(&door->waiting);
	table_insert(&b->doors, &door->link);
	return door;
}

struct join {
	struct brute *brute;
	const struct login *login;
};

/* What a narrower group has waiting now waits for the wider one; the door stays, its groups become fewer. */
static void joined(void *context, const struct prefix *narrow, const struct prefix *wide)
{
	const struct join *join = context;
	struct windows *w = &join->brute->windows;
	struct table_key from_key = group_key(&join->login->scope, narrow);
	struct table_key to_key = group_key(&join->login->scope, wide);
	struct group_watch *from = windows_find(w, &from_key);

	if (from == NULL || from->watch.pending_count == 0)
		return;
	(void)windows_watch(w, &from_key, join->login->obs->time_us); /* so that making the other does not forget it */
	struct group_watch *to = windows_watch(w, &to_key, join->login->obs->time_us);
	if (to == NULL)
		return;
	to->door = from->door;
	while (!TAILQ_EMPTY(&from->watch.pending)) {
		struct pending *p = TAILQ_FIRST(&from->watch.pending);
		windows_move(w, p, &to->watch);
		if (!p->observation.accepted) {
			from->door->groups += to->failures++ == 0;
			from->door->groups -= --from->failures == 0;
		}
	}
	from->door = NULL;
}

static void resolve_group(struct brute *b, struct login *l)
{
	const struct observation *obs = l->obs;
	int64_t gap_us = b->common->rule.gap_us[FAMILY_BRUTE_FORCE];
	struct join join = { .brute = b, .login = l };
	struct groups_join tell = { .joined = joined, .context = &join };

	l->alone.group_kind = GROUP_ADDRESS;
	l->alone.group = obs->accepted
	                         ? groups_lookup(b->groups, &l->scope, &obs->source, obs->time_us, gap_us)
	                         : groups_resolve(b->groups, &l->scope, &obs->source, obs->time_us, gap_us, &tell);
}

static struct login login_of(struct brute *b, const struct observation *obs)
{
	struct login l = {
		.obs = obs,
		.status = common_status(b->common, &obs->source, obs->time_us),
		.together = { .family = FAMILY_BRUTE_FORCE,
		              .service = obs->service,
		              .group_kind = GROUP_DISTRIBUTED,
		              .has_asset = true,
		              .asset = obs->asset,
		              .direction = obs->direction },
	};

	l.scope = (struct table_parts){
		.family = FAMILY_BRUTE_FORCE,
		.service = obs->service,
		.direction = obs->direction,
		.status = (uint8_t)l.status,
		.asset = &obs->asset,
	};
	l.alone = l.together;
	resolve_group(b, &l);
	return l;
}

static void enter(struct brute *b, struct open_attack *o, const struct observation *obs)
{
	struct entry entry = { .extends = !obs->accepted, .measures = true, .units = !obs->accepted };

	o->attack.accepted += obs->accepted;
	attack_table_enter(b->attacks, o, obs, &entry);
}

/* Failures extend the attack they belong to; an accepted login enters it as its success but never extends it. */
static bool follow(struct brute *b, const struct login *l, const struct attack_key *key)
{
	const struct observation *obs = l->obs;
	struct open_attack *o = attack_table_find(b->attacks, key, l->status);

	if (o == NULL)
		return false;
	if (!obs->accepted) {
		o = attack_table_join(b->attacks, key, l->status, obs->time_us);
		if (o != NULL)
			enter(b, o, obs);
		return o != NULL;
	}
	struct prefix group = group_narrow(&obs->source);
	bool known = key->group_kind == GROUP_ADDRESS ||
	             sources_find(&o->sources, &b->attacks->sources_budget, &group) != NULL;
	if (!known || obs->time_us > o->attack.first_us + b->common->rule.longest_us)
		return false;
	enter(b, o, obs);
	return true;
}

static struct group_watch *wait_for_more(struct brute *b, const struct login *l)
{
	const struct observation *obs = l->obs;
	struct table_key key = group_key(&l->scope, &l->alone.group);
	struct group_watch *w =
	        obs->accepted ? windows_find(&b->windows, &key) : windows_watch(&b->windows, &key, obs->time_us);

	/* A login accepted without a failure before it is nobody's success. */
	if (w == NULL || (obs->accepted && w->failures == 0)) {
		common_place(b->common, obs, NULL);
		return NULL;
	}
	struct pending *p = windows_hold(&b->windows, &w->watch, obs);
	struct door *door = p != NULL ? door_of(b, &l->scope) : NULL;
	if (door == NULL) {
		if (p != NULL)
			windows_leave(&b->windows, p, NULL);
		return NULL;
	}
	w->door = door;
	p->wide = true;
	TAILQ_INSERT_TAIL(&door->waiting, p, of_wide);
	if (!obs->accepted) {
		door->failures++;
		door->groups += w->failures++ == 0;
	}
	return w;
}

static const struct pending *first_failure(const struct pending_list *list, bool wide)
{
	const struct pending *p = TAILQ_FIRST(list);

	while (p != NULL && p->observation.accepted)
		p = wide ? TAILQ_NEXT(p, of_wide) : TAILQ_NEXT(p, of_watch);
	return p;
}

/* Logins accepted before the source's first failure in the attack are no success of it. */
static bool belongs(const struct brute *b, const struct open_attack *o, const struct observation *obs)
{
	struct prefix group = group_narrow(&obs->source);

	if (obs->time_us < o->attack.first_us)
		return false;
	if (!obs->accepted)
		return true;
	return o->attack.key.group_kind == GROUP_ADDRESS
	               ? o->attack.units > 0
	               : sources_find(&o->sources, &b->attacks->sources_budget, &group) != NULL;
}

static void open_list(struct brute *b, const struct login *l, const struct attack_key *key, struct pending_list *list,
                      bool wide, uint64_t threshold)
{
	const struct pending *first = first_failure(list, wide);
	struct pending *p, *next;

	check(first != NULL);
	struct open_attack *o =
	        attack_table_open(b->attacks, key, l->status, first->observation.time_us, threshold, NULL);
	for (p = o != NULL ? TAILQ_FIRST(list) : NULL; p != NULL; p = next) {
		next = wide ? TAILQ_NEXT(p, of_wide) : TAILQ_NEXT(p, of_watch);
		if (!belongs(b, o, &p->observation))
			continue;
		/* The last one to leave closes the door, and the list with it. */
		enter(b, o, &p->observation);
		windows_leave(&b->windows, p, o->attack.id);
	}
}

void brute_judge(struct brute *b, const struct observation *obs)
{
	/* Without a proven path there is no login: proto/ reports none. */
	if (obs->path < PATH_CONFIRMED) {
		common_place(b->common, obs, NULL);
		return;
	}
	struct login l = login_of(b, obs);
	const struct counting_rule *rule = &b->common->rule;
	if (follow(b, &l, &l.alone) || follow(b, &l, &l.together))
		return;
	struct group_watch *w = wait_for_more(b, &l);
	if (w == NULL || obs->accepted)
		return;
	if (w->failures >= rule->brute_failures)
		open_list(b, &l, &l.alone, &w->watch.pending, false, rule->brute_failures);
	else if (w->door->failures >= rule->brute_distributed_failures &&
	         w->door->groups >= rule->brute_distributed_groups)
		open_list(b, &l, &l.together, &w->door->waiting, true, rule->brute_distributed_failures);
}

size_t brute_force_memory(const struct decider_limits *limits)
{
	size_t watches = limits->watches / 4 + 3, doors = limits->pending / 4 + 2;

	return table_memory(watches) + watches * (sizeof(struct group_watch) + 16) + table_memory(doors) +
	       doors * (sizeof(struct door) + 16);
}
