#include "decide/availability.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/utc.h"

/* One asset's (or sum's) vector. */
struct series {
	struct watch watch;
	int64_t entered_us; /* the second whose figure entered an attack: its shares follow */
	struct attack_key entered;
};

/* True while an attack on the availability of the observation's asset, or of a network around it, is open. */
static bool is_under_attack(const struct availability *v, const struct observation *obs)
{
	static const uint8_t groups[] = { VECTOR_GROUP_NETWORK, VECTOR_GROUP_APPLICATION };
	struct attack_key key = {
		.family = FAMILY_AVAILABILITY, .group_kind = GROUP_ANY, .has_asset = true, .direction = obs->direction
	};

	for (size_t i = 0; i < sizeof(groups); i++) {
		key.vector_group = groups[i];
		key.asset = obs->asset;
		do
			if (attack_table_find(v->attacks, &key, STATUS_COUNTED) != NULL)
				return true;
		while (estate_enclosing(v->common->estate, &key.asset, &key.asset));
	}
	return false;
}

static void leaves_own(void *context, struct pending *p, const char *attack_id)
{
	struct availability *v = context;
	const struct observation *obs = &p->observation;
	struct baseline_key key = { .asset = obs->asset, .rollup = obs->rollup };

	if (attack_id != NULL)
		return;
	common_place(v->common, obs, NULL);
	/* What entered no attack is what is usual. */
	if (v->common->baseline == NULL || !address_is_none(&obs->source) || is_under_attack(v, obs))
		return;
	if (!baseline_add(v->common->baseline, &key, (enum vector)obs->vector, obs->time_us, obs->load))
		v->common->counters.baseline_full++;
}

static void leaves_sums(void *context, struct pending *p, const char *attack_id)
{
	struct availability *v = context;

	if (p->wide)
		TAILQ_REMOVE(&v->undecided, p, of_wide);
	p->wide = false;
	leaves_own(context, p, attack_id);
}

int availability_init(struct availability *v, struct common *common, struct attack_table *attacks,
                      struct services *services, const struct decider_limits *limits)
{
	const struct counting_rule *rule = &common->rule;
	struct windows windows = {
		.watch_size = sizeof(struct series),
		.window_us = rule->flood_window_us - 1, /* a load speaks of times later than now - window */
		.idle_us = rule->gap_us[FAMILY_AVAILABILITY],
		.pending_limit = limits->pending / 4 + 1,
		.owner = { .context = v, .leaves = leaves_own },
	};

	*v = (struct availability){ .common = common, .attacks = attacks, .services = services, .own = windows };
	windows.window_us = 2 * rule->flood_window_us;
	windows.owner.leaves = leaves_sums;
	v->sums = windows;
	TAILQ_INIT(&v->undecided);
	if (windows_init(&v->own, limits->watches / 4 + 1, &common->key) < 0 ||
	    windows_init(&v->sums, limits->watches / 16 + 1, &common->key) < 0)
		return -ENOMEM;
	return carpets_init(&v->carpets, limits->watches / 16 + 1, &common->key);
}

void availability_fini(struct availability *v)
{
	windows_fini(&v->own);
	windows_fini(&v->sums);
	carpets_fini(&v->carpets);
}

static struct attack_key key_for(const struct asset_ref *asset, enum vector vector, uint8_t direction)
{
	return (struct attack_key){
		.family = FAMILY_AVAILABILITY,
		.vector_group = (uint8_t)vector_group_of(vector),
		.group_kind = GROUP_ANY,
		.has_asset = true,
		.asset = *asset,
		.direction = direction,
	};
}

static uint64_t threshold_of(const struct availability *v, const struct observation *obs)
{
	const struct common *c = v->common;
	struct baseline_key key = { .asset = obs->asset, .rollup = obs->rollup };

	return baseline_threshold(c->baseline, &c->rule, c->estate, &key, (enum vector)obs->vector, obs->time_us);
}

static struct series *series_of(struct availability *v, const struct observation *obs)
{
	struct table_key key = table_key_of(
	        &(struct table_parts){ .vector = obs->vector, .direction = obs->direction, .asset = &obs->asset });

	return windows_watch(obs->rollup ? &v->sums : &v->own, &key, obs->time_us);
}

/* Carpet bombing of a network under the key's asset is known and goes on. */
static bool is_carpet(const struct open_attack *o)
{
	return o != NULL && o->carpet_us != CARPET_NOT;
}

/* The attack a figure of this asset would enter at a time: that on the widest network under carpet bombing around it, else
 * its own. NULL: none is open. */
static struct open_attack *target_of(struct availability *v, const struct attack_key *key, int64_t time_us)
{
	struct attack_key at = *key, chosen = *key;

	while (estate_enclosing(v->common->estate, &at.asset, &at.asset))
		if (is_carpet(attack_table_find(v->attacks, &at, STATUS_COUNTED)))
			chosen = at;
	return attack_table_join(v->attacks, &chosen, STATUS_COUNTED, time_us);
}

/* In an attack on a network its sums measure from the moment carpet bombing was known, its parts' figures until then. */
static bool measures(const struct open_attack *o, const struct observation *obs)
{
	if (!address_is_none(&obs->source))
		return false;
	if (o->carpet_us == CARPET_NOT)
		return !obs->rollup;
	return obs->rollup ? obs->time_us > o->carpet_us : obs->time_us <= o->carpet_us;
}

static void enter(struct availability *v, struct open_attack *o, const struct observation *obs, uint64_t threshold,
                  bool extends)
{
	struct entry entry = {
		.extends = extends,
		.measures = measures(o, obs),
		.units = obs->count,
		.threshold = address_is_none(&obs->source) && obs->load > threshold ? threshold : 0,
	};

	attack_table_enter(v->attacks, o, obs, &entry);
}

/* A load speaks of whole seconds: the window that ends with that of a time begins with this one. */
static int64_t window_begin(const struct availability *v, int64_t time_us)
{
	int64_t second_us = time_us - ((time_us % SECOND_US) + SECOND_US) % SECOND_US;

	return second_us - v->common->rule.flood_window_us + SECOND_US;
}

/* Everything of a series inside a window enters, from the attack's first on. */
static void enter_series(struct availability *v, struct windows *windows, struct series *s, struct open_attack *o,
                         int64_t from_us, int64_t until_us)
{
	struct pending *p, *next;

	for (p = TAILQ_FIRST(&s->watch.pending); p != NULL && p->observation.time_us <= until_us; p = next) {
		next = TAILQ_NEXT(p, of_watch);
		if (p->observation.time_us < from_us || p->observation.time_us < o->attack.first_us)
			continue;
		enter(v, o, &p->observation, threshold_of(v, &p->observation), false);
		windows_leave(windows, p, o->attack.id);
	}
}

/* Vectors whose units make one load: a window that meets the minimum holds seconds of all of them, and of no other. What another
 * vector had below its own minimum stays an observation: a flood of answers does not swallow the day's stray packets. */
static bool measured_together(enum vector a, enum vector b)
{
	bool connections_a = a == VECTOR_TCP_CONNECTION || a == VECTOR_TLS_HANDSHAKE || a == VECTOR_HTTP_SLOW;
	bool connections_b = b == VECTOR_TCP_CONNECTION || b == VECTOR_TLS_HANDSHAKE || b == VECTOR_HTTP_SLOW;

	return a == b || (connections_a && connections_b);
}

/* The series of a vector measured together with an observation's own: same asset, same direction. */
static struct series *beside(const struct windows *windows, const struct observation *obs, enum vector vector)
{
	struct table_key key = table_key_of(
	        &(struct table_parts){ .vector = (uint8_t)vector, .direction = obs->direction, .asset = &obs->asset });

	return measured_together(vector, (enum vector)obs->vector) ? windows_find(windows, &key) : NULL;
}

/* All observations inside the window that met the minimum enter. */
static void enter_window(struct availability *v, struct windows *windows, const struct observation *met,
                         struct open_attack *o, int64_t until_us)
{
	for (int i = 0; i < VECTOR_COUNT; i++) {
		struct series *s = beside(windows, met, (enum vector)i);
		if (s != NULL)
			enter_series(v, windows, s, o, window_begin(v, met->time_us), until_us);
	}
}

static int64_t first_of_series(const struct series *s, int64_t from_us, int64_t else_us)
{
	const struct pending *p;

	TAILQ_FOREACH(p, &s->watch.pending, of_watch)
	{
		/* A second without units only says that the load lasted. */
		if (p->observation.count > 0 && p->observation.time_us >= from_us && p->observation.time_us < else_us)
			return p->observation.time_us;
	}
	return else_us;
}

static int64_t first_in_window(const struct availability *v, const struct windows *windows,
                               const struct observation *met)
{
	int64_t first_us = met->time_us;

	for (int i = 0; i < VECTOR_COUNT; i++) {
		const struct series *s = beside(windows, met, (enum vector)i);
		if (s != NULL)
			first_us = first_of_series(s, window_begin(v, met->time_us), first_us);
	}
	return first_us;
}

/* Make the attack on a network one of carpet bombing: all open attacks inside become part of it. */
static struct open_attack *open_carpet(struct availability *v, const struct attack_key *network, int64_t first_us,
                                       uint64_t threshold, int64_t carpet_us)
{
	struct common *c = v->common;
	size_t max = v->attacks->count, n = 0;
	struct open_attack **inside = max > 0 ? calloc(max, sizeof(struct open_attack *)) : NULL;

	if (inside != NULL)
		n = attack_table_inside(v->attacks, network, inside, max);
	for (size_t i = 0; i < n; i++)
		first_us = inside[i]->attack.first_us < first_us ? inside[i]->attack.first_us : first_us;
	struct open_attack *o = attack_table_find(v->attacks, network, STATUS_COUNTED);
	if (o == NULL)
		o = attack_table_open(v->attacks, network, STATUS_COUNTED, first_us, threshold, NULL);
	if (o != NULL) {
		int64_t reached_us = o->reach.total_us;
		o->carpet_us = carpet_us;
		services_start(v->services, &network->asset, true, o->attack.first_us, &c->rule, &o->reach);
		o->reach.total_us += reached_us;
		for (size_t i = 0; i < n; i++)
			attack_table_absorb(v->attacks, inside[i], o);
	}
	free(inside);
	return o;
}

/* The last microsecond of a time's second: its sum belongs to its parts still. */
static int64_t second_end(int64_t time_us)
{
	return time_us - ((time_us % SECOND_US) + SECOND_US) % SECOND_US + SECOND_US - 1;
}

static struct carpet *carpet_of(struct availability *v, const struct attack_key *network)
{
	return carpets_watch(&v->carpets, &network->asset, (enum vector_group)network->vector_group,
	                     network->direction);
}

/* An asset met the flood rule alone: tell the networks around it, from the narrowest to the widest. */
static void note_alone(struct availability *v, const struct attack_key *key, const struct observation *obs,
                       uint64_t threshold)
{
	const struct counting_rule *rule = &v->common->rule;
	struct attack_key child = *key, network = *key;
	bool counts = true; /* the child below met it itself, or is under carpet bombing */
	struct carpet *own = carpet_of(v, key);

	if (own != NULL)
		own->alone_us[obs->vector] = obs->time_us;
	for (; estate_enclosing(v->common->estate, &network.asset, &network.asset); child = network) {
		struct carpet *carpet = carpet_of(v, &network);
		if (carpet == NULL)
			return;
		carpet->alone_us[obs->vector] = obs->time_us;
		uint32_t n = counts ? carpet_count(carpet, &child.asset, obs->time_us, rule->carpet_window_us) : 0;
		bool known = is_carpet(attack_table_find(v->attacks, &network, STATUS_COUNTED));
		if (!known && n >= rule->carpet_assets)
			known = open_carpet(v, &network, obs->time_us, threshold, second_end(obs->time_us)) != NULL;
		counts = known;
	}
}

static void hold(struct windows *windows, struct series *s, const struct observation *obs)
{
	(void)windows_hold(windows, &s->watch, obs);
}

/* A share goes where its second's figure went. */
static void judge_share(struct availability *v, struct windows *windows, struct series *s,
                        const struct observation *obs)
{
	struct open_attack *o = NULL;

	if (s->entered_us == obs->time_us && s->entered.has_asset)
		o = attack_table_find(v->attacks, &s->entered, STATUS_COUNTED);
	if (o != NULL)
		enter(v, o, obs, 0, false);
	else
		hold(windows, s, obs);
}

static void enter_met(struct availability *v, struct windows *windows, struct series *s, struct open_attack *o,
                      const struct observation *obs, uint64_t threshold)
{
	enter_window(v, windows, obs, o, obs->time_us);
	enter(v, o, obs, threshold, true);
	s->entered_us = obs->time_us;
	s->entered = o->attack.key;
}

static void judge_own(struct availability *v, struct series *s, const struct observation *obs)
{
	struct attack_key key = key_for(&obs->asset, (enum vector)obs->vector, obs->direction);
	uint64_t threshold = threshold_of(v, obs);

	if (obs->load <= threshold || obs->count == 0) {
		hold(&v->own, s, obs);
		return;
	}
	struct open_attack *o = target_of(v, &key, obs->time_us);
	if (o == NULL)
		o = attack_table_open(v->attacks, &key, STATUS_COUNTED, first_in_window(v, &v->own, obs), threshold,
		                      NULL);
	if (o == NULL) {
		hold(&v->own, s, obs);
		return;
	}
	enter_met(v, &v->own, s, o, obs, threshold);
	note_alone(v, &key, obs, threshold);
}

static void judge_sum(struct availability *v, struct series *s, const struct observation *obs)
{
	struct attack_key key = key_for(&obs->asset, (enum vector)obs->vector, obs->direction);
	uint64_t threshold = threshold_of(v, obs);
	struct open_attack *o = attack_table_find(v->attacks, &key, STATUS_COUNTED);

	if (is_carpet(o) && obs->count > 0) {
		uint64_t least = o->lowest_threshold < threshold ? o->lowest_threshold : threshold;
		o = obs->load > least ? attack_table_join(v->attacks, &key, STATUS_COUNTED, obs->time_us) : NULL;
		if (o != NULL) {
			enter(v, o, obs, least, true);
			s->entered_us = obs->time_us;
			s->entered = key;
			return;
		}
	}
	struct pending *p = windows_hold(&v->sums, &s->watch, obs);
	if (p != NULL && obs->load > threshold && obs->count > 0) {
		p->wide = true;
		TAILQ_INSERT_TAIL(&v->undecided, p, of_wide);
	}
}

void availability_judge(struct availability *v, const struct observation *obs)
{
	struct series *s = series_of(v, obs);

	if (s == NULL)
		common_place(v->common, obs, NULL);
	else if (!address_is_none(&obs->source))
		judge_share(v, obs->rollup ? &v->sums : &v->own, s, obs);
	else if (obs->rollup)
		judge_sum(v, s, obs);
	else
		judge_own(v, s, obs);
}

static int64_t sum_due(const struct availability *v)
{
	const struct pending *p = TAILQ_FIRST(&v->undecided);

	return p != NULL ? p->observation.time_us + v->common->rule.flood_window_us : INT64_MAX;
}

/* No asset inside met the rule alone within one window before or after: the sum is nobody's shadow. */
static bool is_clean(struct availability *v, const struct attack_key *network, const struct observation *obs)
{
	const struct carpet *carpet = carpet_of(v, network);

	return carpet != NULL && (carpet->alone_us[obs->vector] == INT64_MIN ||
	                          carpet->alone_us[obs->vector] < obs->time_us - v->common->rule.flood_window_us);
}

static void decide_sum(struct availability *v)
{
	struct pending *p = TAILQ_FIRST(&v->undecided);
	const struct observation *obs = &p->observation;
	struct attack_key key = key_for(&obs->asset, (enum vector)obs->vector, obs->direction);

	TAILQ_REMOVE(&v->undecided, p, of_wide);
	p->wide = false;
	struct open_attack *o = attack_table_find(v->attacks, &key, STATUS_COUNTED);
	if (!is_carpet(o)) {
		if (!is_clean(v, &key, obs))
			return;
		o = open_carpet(v, &key, first_in_window(v, &v->sums, obs), threshold_of(v, obs), INT64_MIN);
	} else {
		o = attack_table_join(v->attacks, &key, STATUS_COUNTED, obs->time_us);
	}
	if (o == NULL || obs->time_us < o->attack.first_us)
		return;
	struct observation met = *obs;
	enter_window(v, &v->sums, &met, o, met.time_us - 1);
	windows_leave(&v->sums, p, o->attack.id);
	enter(v, o, &met, threshold_of(v, &met), true);
}

static int64_t earlier(int64_t a_us, int64_t b_us)
{
	return a_us < b_us ? a_us : b_us;
}

int64_t availability_due(const struct availability *v)
{
	return earlier(sum_due(v), earlier(windows_due(&v->own), windows_due(&v->sums)));
}

/* Whether a load is usual depends on the attacks open when it leaves, so leaving has its place in time as well. */
void availability_do_due(struct availability *v)
{
	int64_t due_us = availability_due(v);

	if (sum_due(v) == due_us)
		decide_sum(v);
	else
		windows_leave(windows_due(&v->own) == due_us ? &v->own : &v->sums,
		              TAILQ_FIRST(windows_due(&v->own) == due_us ? &v->own.age : &v->sums.age), NULL);
}

void availability_expire(struct availability *v, int64_t now_us)
{
	windows_expire(&v->own, now_us);
	windows_expire(&v->sums, now_us);
}

void availability_finish(struct availability *v)
{
	while (!TAILQ_EMPTY(&v->undecided))
		decide_sum(v);
	windows_drain(&v->own);
	windows_drain(&v->sums);
}

size_t availability_memory(const struct decider_limits *limits)
{
	size_t own = limits->watches / 4 + 1, sums = limits->watches / 16 + 1;

	return table_memory(own) + own * (sizeof(struct series) + 16) + 2 * table_memory(sums) +
	       sums * (sizeof(struct series) + sizeof(struct carpet) + 2 * 16);
}
