#include "inspect/rate/scan/scan.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "inspect/rate/group.h"
#include "inspect/rate/scan/steps.h"
#include "inspect/rate/shape.h"
#include "inspect/rate/slots.h"

/* A second has room for scan_lines observations; first steps of sources may take only a part. A forged flood is nothing
 * but first steps: it cannot keep the later steps of a real scanner from being seen, nor push him out of the table. */
enum { FIRST_STEPS_SHARE = 8 };

struct source {
	struct address group;
	uint32_t asset;
	uint32_t few_count;
	struct step few[STEPS_FEW];
	uint32_t set;    /* slot in sets, or SLOTS_NONE */
	uint32_t sketch; /* slot in sketches, or SLOTS_NONE */
	uint32_t lines;  /* observations since lines_us */
	int64_t lines_us;
};

struct sketch {
	uint32_t owner;
	int64_t born; /* second of its first step */
	/* Steps of the current second that get no line of their own; count 0: none. */
	struct observation sum;
	uint64_t bits[SKETCH_BITS / 64];
};

struct scan {
	struct scan_config config;
	int64_t second; /* of data time */
	uint32_t lines, first_lines;
	struct slots sources_by, sets_by,
	        sketches_by; /* sets and sketches are found through their source, aged by the table */
	struct source *sources;
	struct step_set *sets;
	struct sketch *sketches;
	uint32_t *summing; /* sketches with a sum in this second */
	uint32_t summing_count;
};

size_t scan_memory(const struct rate_limits *limits)
{
	return sizeof(struct scan) + slots_memory(limits->scan_sources) + slots_memory(limits->scan_sets) +
	       slots_memory(limits->scan_sketches) + limits->scan_sources * sizeof(struct source) +
	       limits->scan_sets * sizeof(struct step_set) +
	       limits->scan_sketches * (sizeof(struct sketch) + sizeof(uint32_t));
}

static void scan_freep(struct scan **scan)
{
	scan_free(*scan);
}

int scan_new(const struct scan_config *config, struct scan **ret_scan)
{
	const struct rate_limits *limits = &config->limits;
	CLEANUP(scan_freep) struct scan *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->config = *config;
	s->second = INT64_MIN;
	s->sources = calloc(limits->scan_sources, sizeof(*s->sources));
	s->sets = calloc(limits->scan_sets, sizeof(*s->sets));
	s->sketches = calloc(limits->scan_sketches, sizeof(*s->sketches));
	s->summing = calloc(limits->scan_sketches, sizeof(*s->summing));
	if (s->sources == NULL || s->sets == NULL || s->sketches == NULL || s->summing == NULL ||
	    slots_init(&s->sources_by, limits->scan_sources) < 0 || slots_init(&s->sets_by, limits->scan_sets) < 0 ||
	    slots_init(&s->sketches_by, limits->scan_sketches) < 0)
		return -ENOMEM;
	*ret_scan = TAKE_PTR(s);
	return 0;
}

void scan_free(struct scan *scan)
{
	if (scan == NULL)
		return;
	slots_fini(&scan->sources_by);
	slots_fini(&scan->sets_by);
	slots_fini(&scan->sketches_by);
	free(scan->sources);
	free(scan->sets);
	free(scan->sketches);
	free(scan->summing);
	free(scan);
}

static bool probes(const struct counting_rule *rule, const struct flow_event *e)
{
	switch (e->vector) {
	case VECTOR_TCP_SYN:
	case VECTOR_TCP_ODD:
		return true;
	case VECTOR_TCP_ACK:
		return !shape_leftover(e);
	case VECTOR_UDP:
		return !shape_near_many(&e->server) && !shape_amplified(rule, e);
	default: /* what comes as an answer (SYN-ACK, RST, ICMP errors) is backscatter, not a question */
		return false;
	}
}

bool scan_concerns(const struct counting_rule *rule, const struct flow_event *e)
{
	bool refused = e->answer == ANSWER_RST || e->answer == ANSWER_UNREACHABLE;

	if (e->kind != FLOW_EVENT_UNANSWERED || e->repeated || (e->answer != ANSWER_NONE && !refused))
		return false;
	return (refused || !e->cut) && probes(rule, e);
}

static void emit_sum(struct scan *s, struct sketch *sketch)
{
	if (sketch->sum.count == 0)
		return;
	s->config.sink.emit(s->config.sink.context, &sketch->sum);
	sketch->sum.count = 0;
}

static void forget_sum(struct scan *s, uint32_t slot)
{
	emit_sum(s, &s->sketches[slot]);
	for (uint32_t i = 0; i < s->summing_count; i++)
		if (s->summing[i] == slot)
			s->summing[i--] = s->summing[--s->summing_count];
}

static void emit_sums(struct scan *s)
{
	for (uint32_t i = 0; i < s->summing_count; i++)
		emit_sum(s, &s->sketches[s->summing[i]]);
	s->summing_count = 0;
}

void scan_advance(struct scan *s, int64_t now_us)
{
	int64_t second = second_of(now_us);

	if (second <= s->second)
		return;
	emit_sums(s);
	s->second = second;
	s->lines = s->first_lines = 0;
}

void scan_finish(struct scan *s)
{
	emit_sums(s);
}

/* Forget a source and give back what it held. */
static void forget(struct scan *s, uint32_t i)
{
	struct source *source = &s->sources[i];

	if (source->set != SLOTS_NONE)
		slots_drop(&s->sets_by, source->set);
	if (source->sketch != SLOTS_NONE) {
		forget_sum(s, source->sketch);
		slots_drop(&s->sketches_by, source->sketch);
	}
	slots_drop(&s->sources_by, i);
}

static uint32_t find(const struct scan *s, uint64_t hash, const struct address *group, uint32_t asset)
{
	const struct slots *t = &s->sources_by;

	for (uint32_t i = slots_first(t, hash); i != SLOTS_NONE; i = slots_next(t, i, hash))
		if (s->sources[i].asset == asset && address_equal(&s->sources[i].group, group))
			return i;
	return SLOTS_NONE;
}

static uint32_t remember(struct scan *s, uint64_t hash, const struct address *group, uint32_t asset)
{
	if (slots_full(&s->sources_by)) {
		s->config.counters->scan_source_evicted++;
		forget(s, slots_oldest(&s->sources_by));
	}
	uint32_t i = slots_take(&s->sources_by, hash);
	s->sources[i] = (struct source){
		.group = *group, .asset = asset, .set = SLOTS_NONE, .sketch = SLOTS_NONE, .lines_us = INT64_MIN
	};
	return i;
}

/* The pools are never looked up, the source knows its slot: any hash does that spreads over the heads. */
static uint64_t pool_hash(uint32_t owner)
{
	return (uint64_t)owner << 32;
}

static void give_set(struct scan *s, uint32_t owner)
{
	struct source *source = &s->sources[owner];

	if (slots_full(&s->sets_by)) {
		s->config.counters->scan_set_evicted++;
		forget(s, s->sets[slots_oldest(&s->sets_by)].owner);
	}
	source->set = slots_take(&s->sets_by, pool_hash(owner));
	struct step_set *set = &s->sets[source->set];
	set->owner = owner;
	set->count = source->few_count;
	memcpy(set->steps, source->few, source->few_count * sizeof(source->few[0]));
}

static void give_sketch(struct scan *s, uint32_t owner, int64_t second)
{
	if (slots_full(&s->sketches_by)) {
		s->config.counters->scan_sketch_evicted++;
		forget(s, s->sketches[slots_oldest(&s->sketches_by)].owner);
	}
	uint32_t i = slots_take(&s->sketches_by, pool_hash(owner));
	s->sources[owner].sketch = i;
	memset(&s->sketches[i], 0, sizeof(s->sketches[i]));
	s->sketches[i].owner = owner;
	s->sketches[i].born = second;
}

static enum step_verdict add_to_sketch(struct scan *s, uint32_t owner, const struct step *step)
{
	if (s->sources[owner].sketch == SLOTS_NONE)
		give_sketch(s, owner, step->second);
	uint32_t i = s->sources[owner].sketch;
	struct sketch *sketch = &s->sketches[i];
	slots_touch(&s->sketches_by, i);
	if (step->second - sketch->born > STEPS_WINDOW_S) {
		memset(sketch->bits, 0, sizeof(sketch->bits));
		sketch->born = step->second;
	}
	return sketch_add(sketch->bits, step->hash);
}

static enum step_verdict add_step(struct scan *s, uint32_t owner, const struct step *step)
{
	struct source *source = &s->sources[owner];

	if (source->set == SLOTS_NONE) {
		enum step_verdict verdict = steps_add(source->few, &source->few_count, STEPS_FEW, step);
		if (verdict != STEP_FULL)
			return verdict;
		give_set(s, owner);
	}
	struct step_set *set = &s->sets[source->set];
	slots_touch(&s->sets_by, source->set);
	enum step_verdict verdict = steps_add(set->steps, &set->count, STEPS_SET, step);
	return verdict != STEP_FULL ? verdict : add_to_sketch(s, owner, step);
}

static void sum_up(struct scan *s, uint32_t slot, const struct observation *o)
{
	struct observation *sum = &s->sketches[slot].sum;

	s->config.counters->scan_summed++;
	if (sum->count == 0) {
		*sum = *o;
		sum->port = 0;
		s->summing[s->summing_count++] = slot;
		return;
	}
	if (!address_equal(&sum->host, &o->host))
		sum->host = sum->asset.host = (struct address){ 0 };
	sum->time_us = o->time_us < sum->time_us ? o->time_us : sum->time_us;
	sum->count += o->count;
	sum->refused += o->refused;
	sum->packets += o->packets;
	sum->bytes += o->bytes;
}

/* A line of its own while there is room for one, in the source's ten minutes and in the shard's second. */
static void report(struct scan *s, uint32_t i, const struct observation *o, int64_t now_us)
{
	struct source *source = &s->sources[i];

	if (source->lines == 0 || now_us - source->lines_us >= SCAN_LINES_US) {
		source->lines = 0;
		source->lines_us = now_us;
	}
	if (source->lines >= SCAN_LINES) {
		check_hot(source->sketch != SLOTS_NONE);
		sum_up(s, source->sketch, o);
	} else if (s->lines >= s->config.limits.scan_lines) {
		s->config.counters->scan_lines_full++;
	} else {
		source->lines++;
		s->lines++;
		s->config.sink.emit(s->config.sink.context, o);
	}
}

static struct observation observation_of(const struct flow_event *e, const struct target *target)
{
	struct observation o = {
		.time_us = e->time_us,
		.detector = DETECTOR_SCAN,
		.vector = e->vector,
		.path = e->path,
		.direction = target->direction,
		.asset = target->asset,
		.source = e->client,
		.host = e->server,
		.port = e->server_port,
		.count = 1,
		.packets = e->packets,
		.bytes = e->bytes,
		.refused = e->answer != ANSWER_NONE,
		.shown_client = e->client,
		.shown_server = e->server,
		.shown_client_port = e->client_port,
		.shown_server_port = e->server_port,
		.shown_proto = e->proto,
	};

	if (o.asset.index == ASSET_NONE) /* a scanner of ours scans the world, not one host of it */
		o.asset.host = (struct address){ 0 };
	return o;
}

static bool room_for_first(struct scan *s)
{
	uint32_t room = s->config.limits.scan_lines / FIRST_STEPS_SHARE;

	return s->first_lines < (room > 0 ? room : 1) && s->lines < s->config.limits.scan_lines;
}

void scan_feed(struct scan *s, const struct flow_event *e, const struct target *target, uint64_t source_hash)
{
	struct address group = group_address(&e->client);
	uint64_t hash = source_hash + ((uint64_t)target->asset.index << 32); /* a source touches few assets */
	uint32_t i = find(s, hash, &group, target->asset.index);

	s->config.counters->scan_steps++;
	if (i == SLOTS_NONE) {
		if (!room_for_first(s)) {
			s->config.counters->scan_lines_full++;
			return;
		}
		s->first_lines++;
		i = remember(s, hash, &group, target->asset.index);
	}
	slots_touch(&s->sources_by, i);
	struct step step = { .hash = endpoint_hash(&GROUP_COUNTING_KEY, &e->server, e->server_port),
		             .second = s->second };
	if (add_step(s, i, &step) != STEP_NEW) {
		s->config.counters->scan_known++;
		return;
	}
	struct observation o = observation_of(e, target);
	report(s, i, &o, e->seen_us);
}
