#include "decide/scanner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "decide/seen.h"

/* A claimed source on an asset; while it is active, seen chooses its scan vector. */
struct claimed {
	struct watch watch;
	bool active;
	uint8_t vector; /* VECTOR_PORT or VECTOR_HOST; VECTOR_NONE where the key has none */
	int64_t active_us;
	struct seen seen;
};

static void leaves(void *context, struct pending *p, const char *attack_id)
{
	struct scanner *s = context;

	if (attack_id == NULL)
		common_place(s->common, &p->observation, NULL);
}

static void forget(void *context, struct watch *watch)
{
	(void)context;
	seen_fini(&((struct claimed *)watch)->seen);
}

int scanner_init(struct scanner *s, struct common *common, struct attack_table *attacks, struct groups *groups,
                 const struct decider_limits *limits)
{
	*s = (struct scanner){
		.common = common,
		.attacks = attacks,
		.groups = groups,
		.windows = { .watch_size = sizeof(struct claimed),
		             .window_us = common->rule.scan_slow_window_us,
		             .idle_us = common->rule.gap_us[FAMILY_SCANNER],
		             .pending_limit = limits->pending / 2 + 1,
		             .owner = { .context = s, .leaves = leaves, .forget = forget } },
	};
	return windows_init(&s->windows, limits->watches + 2, &common->key);
}

void scanner_fini(struct scanner *s)
{
	windows_fini(&s->windows);
}

/* What a step belongs to: the watch of its claimed source, and the key its attack would have but for the scan vector. */
struct step {
	const struct observation *obs;
	enum attack_status status;
	struct attack_key key; /* asset: as a whole */
	struct prefix claimed; /* separates, never shown */
	bool each_host;        /* obs->asset names a host of key.asset */
};

static struct table_key watch_key(const struct step *step, const struct asset_ref *asset, const struct prefix *claimed)
{
	struct table_parts parts = {
		.group_kind = step->key.group_kind,
		.direction = step->key.direction,
		.status = (uint8_t)step->status,
		.asset = step->key.has_asset ? asset : NULL,
		.group = claimed,
	};

	return table_key_of(&parts);
}

struct join {
	struct scanner *scanner;
	const struct step *step;
};

/* Steps of a group that became part of a wider one count for that from now on. */
static void joined(void *context, const struct prefix *narrow, const struct prefix *wide)
{
	const struct join *join = context;
	struct windows *w = &join->scanner->windows;
	struct table_key from_key = watch_key(join->step, NULL, narrow), to_key = watch_key(join->step, NULL, wide);
	struct watch *from = windows_find(w, &from_key), *to = NULL;

	if (from != NULL) {
		(void)windows_watch(w, &from_key, join->step->obs->time_us); /* making the other must not forget it */
		to = windows_watch(w, &to_key, join->step->obs->time_us);
	}
	while (to != NULL && !TAILQ_EMPTY(&from->pending))
		windows_move(w, TAILQ_FIRST(&from->pending), to);
}

static void resolve_group(struct scanner *s, struct step *step)
{
	const struct observation *obs = step->obs;
	struct table_parts scope = { .family = FAMILY_SCANNER,
		                     .direction = obs->direction,
		                     .status = (uint8_t)step->status };
	struct join join = { .scanner = s, .step = step };
	struct groups_join tell = { .joined = joined, .context = &join };

	step->key.group_kind = GROUP_ADDRESS;
	step->key.group = groups_resolve(s->groups, &scope, &obs->source, obs->time_us,
	                                 s->common->rule.gap_us[FAMILY_SCANNER], &tell);
	step->claimed = step->key.group;
}

static struct step step_of(struct scanner *s, const struct observation *obs)
{
	struct step step = {
		.obs = obs,
		.status = common_status(s->common, &obs->source, obs->time_us),
		.key = { .family = FAMILY_SCANNER, .group_kind = GROUP_ANY, .direction = obs->direction },
		.claimed = group_narrow(&obs->source),
	};

	if (obs->path >= PATH_CONFIRMED) {
		resolve_group(s, &step);
		return step;
	}
	step.key.has_asset = true;
	step.key.asset.index = obs->asset.index;
	step.each_host = obs->asset.index != ASSET_NONE && !address_is_none(&obs->asset.host);
	return step;
}

/* What one window of a claimed source holds, of one host only or of all. */
struct tally {
	uint64_t targets; /* distinct (host, port) */
	uint32_t hosts, ports;
	int64_t first_us;
};

static bool in_tally(const struct pending *p, int64_t from_us, const struct address *host)
{
	const struct observation *obs = &p->observation;

	return obs->time_us >= from_us && (host == NULL || address_equal(&obs->asset.host, host));
}

/* Add what no earlier one in the window had. Lists are short: below the minimum there is little to compare. */
static void tally_add(struct tally *t, const struct pending *p, int64_t from_us, const struct address *host)
{
	const struct observation *obs = &p->observation;
	bool new_target = true, new_host = !address_is_none(&obs->host), new_port = obs->port != 0;

	for (const struct pending *q = TAILQ_PREV(p, pending_list, of_watch);
	     q != NULL && q->observation.time_us >= from_us; q = TAILQ_PREV(q, pending_list, of_watch)) {
		if (!in_tally(q, from_us, host))
			continue;
		bool same_host = address_equal(&q->observation.host, &obs->host);
		bool same_port = q->observation.port == obs->port;
		new_host &= !same_host;
		new_port &= !same_port;
		new_target &= !(same_host && same_port);
	}
	/* A line without a port stands for as many further distinct steps as it counts. */
	t->targets += obs->port == 0 ? obs->count : new_target;
	t->hosts += new_host;
	t->ports += new_port;
}

static struct tally tally_of(const struct claimed *c, int64_t from_us, const struct address *host)
{
	struct tally t = { .first_us = INT64_MAX };
	const struct pending *p;

	TAILQ_FOREACH(p, &c->watch.pending, of_watch)
	{
		if (!in_tally(p, from_us, host))
			continue;
		if (t.first_us == INT64_MAX)
			t.first_us = p->observation.time_us;
		tally_add(&t, p, from_us, host);
	}
	return t;
}

/* A minimum that was met. */
struct met {
	struct tally tally;
	int64_t from_us; /* the window's begin */
	uint64_t threshold;
};

static bool meets(const struct scanner *s, const struct claimed *c, int64_t now_us, const struct address *host,
                  struct met *ret_met)
{
	const struct counting_rule *rule = &s->common->rule;
	struct met fast = { .from_us = now_us - rule->scan_window_us, .threshold = rule->scan_targets };
	struct met slow = { .from_us = now_us - rule->scan_slow_window_us, .threshold = rule->scan_slow_targets };

	fast.tally = tally_of(c, fast.from_us, host);
	if (fast.tally.targets >= fast.threshold) {
		*ret_met = fast;
		return true;
	}
	slow.tally = tally_of(c, slow.from_us, host);
	if (slow.tally.targets >= slow.threshold) {
		*ret_met = slow;
		return true;
	}
	return false;
}

/* Until one is clearly the other: twice as many. */
static void review_vector(struct claimed *c)
{
	if (c->vector == VECTOR_PORT && c->seen.host_count >= 2 * c->seen.port_count)
		c->vector = VECTOR_HOST;
	else if (c->vector == VECTOR_HOST && c->seen.port_count >= 2 * c->seen.host_count)
		c->vector = VECTOR_PORT;
}

static void enter(struct scanner *s, struct open_attack *o, const struct observation *obs)
{
	struct entry entry = { .extends = true, .measures = true, .units = obs->count };

	attack_table_enter(s->attacks, o, obs, &entry);
}

static bool is_active(const struct scanner *s, const struct claimed *c, int64_t now_us)
{
	return c != NULL && c->active && now_us - c->active_us <= s->common->rule.gap_us[FAMILY_SCANNER];
}

/* A step of an active source: it enters the attack of its key. False when that is gone, for lack of room only. */
static bool follow(struct scanner *s, const struct step *step, struct claimed *c, const struct asset_ref *asset)
{
	const struct observation *obs = step->obs;
	struct attack_key key = step->key;

	seen_add(&c->seen, &obs->host, obs->port);
	if (key.has_asset) {
		review_vector(c);
		key.scan_vector = c->vector;
		key.asset = *asset;
	}
	struct open_attack *o = attack_table_join(s->attacks, &key, step->status, obs->time_us);
	if (o == NULL)
		o = attack_table_open(s->attacks, &key, step->status, obs->time_us, s->common->rule.scan_targets, NULL);
	if (o == NULL) {
		c->active = false;
		return false;
	}
	c->active_us = obs->time_us;
	enter(s, o, obs);
	return true;
}

static void activate(struct claimed *c, const struct step *step, const struct tally *tally)
{
	seen_fini(&c->seen);
	c->active = true;
	c->active_us = step->obs->time_us;
	c->vector = VECTOR_NONE;
	if (step->key.has_asset)
		c->vector = tally->hosts > tally->ports ? VECTOR_HOST : VECTOR_PORT;
}

/* The minimum is met: what is in its window enters; of it only what is not older than the attack. */
static void open_window(struct scanner *s, const struct step *step, struct claimed *from, struct claimed *active,
                        const struct asset_ref *asset, const struct address *host, const struct met *met)
{
	struct attack_key key = step->key;
	struct pending *p, *next;

	activate(active, step, &met->tally);
	key.asset = *asset;
	key.scan_vector = active->vector;
	struct open_attack *o = attack_table_join(s->attacks, &key, step->status, step->obs->time_us);
	if (o == NULL)
		o = attack_table_open(s->attacks, &key, step->status, met->tally.first_us, met->threshold, NULL);
	if (o == NULL) {
		active->active = false;
		return;
	}
	for (p = TAILQ_FIRST(&from->watch.pending); p != NULL; p = next) {
		next = TAILQ_NEXT(p, of_watch);
		if (!in_tally(p, met->from_us, host))
			continue;
		seen_add(&active->seen, &p->observation.host, p->observation.port);
		if (p->observation.time_us < o->attack.first_us)
			continue;
		enter(s, o, &p->observation);
		windows_leave(&s->windows, p, o->attack.id);
	}
}

/* A source that repeats itself below the minimum keeps no more than this waiting. */
static void shorten(struct scanner *s, struct claimed *c)
{
	uint32_t most = 4 * s->common->rule.scan_slow_targets + 24;

	while (c->watch.pending_count > most)
		windows_leave(&s->windows, TAILQ_FIRST(&c->watch.pending), NULL);
}

static struct claimed *claimed_for(struct scanner *s, const struct step *step, const struct asset_ref *asset, bool make)
{
	struct table_key key = watch_key(step, asset, &step->claimed);

	return make ? windows_watch(&s->windows, &key, step->obs->time_us) : windows_find(&s->windows, &key);
}

/* The step waits; is a minimum met with it, of its host alone or of all of the asset? */
static void watch_step(struct scanner *s, const struct step *step, struct claimed *whole)
{
	const struct observation *obs = step->obs;
	struct claimed *alone = NULL;
	struct met met;

	if (windows_hold(&s->windows, &whole->watch, obs) == NULL)
		return;
	if (step->each_host && meets(s, whole, obs->time_us, &obs->asset.host, &met))
		alone = claimed_for(s, step, &obs->asset, true);
	if (alone != NULL)
		open_window(s, step, whole, alone, &obs->asset, &obs->asset.host, &met);
	else if (meets(s, whole, obs->time_us, NULL, &met))
		open_window(s, step, whole, whole, &step->key.asset, NULL, &met);
	shorten(s, whole);
}

/* Answers that nobody asked for come from the victims of forged packets: they touch, but do not scan. */
static bool is_backscatter(const struct observation *obs)
{
	return obs->vector == VECTOR_TCP_SYNACK || obs->vector == VECTOR_TCP_RST || obs->path == PATH_REFLECTOR;
}

void scanner_judge(struct scanner *s, const struct observation *obs)
{
	if (is_backscatter(obs)) {
		s->common->counters.backscatter++;
		common_place(s->common, obs, NULL);
		return;
	}
	struct step step = step_of(s, obs);
	struct claimed *whole = claimed_for(s, &step, &step.key.asset, true);
	if (whole == NULL) {
		common_place(s->common, obs, NULL);
		return;
	}
	if (is_active(s, whole, obs->time_us) && follow(s, &step, whole, &step.key.asset))
		return;
	struct claimed *alone = step.each_host ? claimed_for(s, &step, &obs->asset, false) : NULL;
	if (is_active(s, alone, obs->time_us)) {
		alone = claimed_for(s, &step, &obs->asset, true); /* it is in use */
		if (alone != NULL && follow(s, &step, alone, &obs->asset))
			return;
	}
	watch_step(s, &step, whole);
}

size_t scanner_memory(const struct decider_limits *limits)
{
	size_t claimed = sizeof(struct claimed) + SEEN_MAX * (sizeof(struct address) + sizeof(uint16_t)) + 3 * 16;

	return table_memory(limits->watches + 2) + (limits->watches + 2) * claimed;
}
