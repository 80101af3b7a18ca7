/* Goal: what the decider finds is a function of the set of observations alone: not of the order of arrival inside the
 * lateness, nor of how time is told, nor of the hash key; shifting all by whole days shifts the days only. Random mixtures
 * from fixed seeds. */
#include "decide_world.h"
#include "tap.h"

enum { MIX = 6000 };

struct mixture {
	struct observation list[MIX];
	size_t n;
};

static uint64_t draw(uint64_t *state, uint64_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % below;
}

static void draw_address(uint64_t *s, char text[static 64])
{
	if (draw(s, 3) == 0)
		(void)snprintf(text, 64, "2001:db8:0:%x%02x::%u", (unsigned)draw(s, 9), (unsigned)draw(s, 9),
		               1 + (unsigned)draw(s, 3));
	else
		(void)snprintf(text, 64, "203.0.113.%u", 190 + (unsigned)draw(s, 14));
}

static struct observation draw_one(uint64_t *s, int64_t t)
{
	static const enum vector vectors[] = { VECTOR_TCP_SYN, VECTOR_UDP, VECTOR_UDP_AMPLIFIED, VECTOR_HTTP_FLOOD };
	char source[64], host[64];
	int asset = (int)draw(s, WORLD_ASSETS);

	draw_address(s, source);
	(void)snprintf(host, sizeof(host), asset == CLIENTS ? "198.51.100.%u" : "192.0.2.%u", 1 + (unsigned)draw(s, 6));
	switch (draw(s, 8)) {
	case 0:
	case 1: {
		struct observation o = scan_step(t, source, asset, host, (uint16_t)(1 + draw(s, 5)));
		o.direction = draw(s, 9) == 0 ? DIRECTION_INTERNAL : DIRECTION_IN;
		o.path = draw(s, 5) == 0 ? PATH_CONFIRMED : PATH_SPOOFABLE;
		return o;
	}
	case 2:
	case 3:
	case 4:
		return login_try(t, source, (int)draw(s, 2), draw(s, 12) == 0);
	case 5: {
		struct observation o = { .time_us = t, .detector = DETECTOR_SERVICE, .asset = { .index = SITE } };
		o.count = 1 + draw(s, 9);
		o.served = draw(s, o.count + 1);
		return o;
	}
	default: {
		struct observation o = flood_second(t, asset, vectors[draw(s, 4)], draw(s, 6000), 1 + draw(s, 500));
		if (asset == NET)
			o.rollup = draw(s, 2) == 0;
		else if (asset == CLIENTS)
			o.asset.host = addr(host);
		if (draw(s, 4) == 0) {
			o.source = addr(source);
			o.path = PATH_CONFIRMED;
			o.load = 0;
		}
		return o;
	}
	}
}

static void draw_mixture(struct mixture *m, uint64_t seed)
{
	uint64_t s = seed * 0x9e3779b97f4a7c15 + 1;
	int64_t t = T0;

	m->n = MIX;
	for (size_t i = 0; i < m->n; i++) {
		/* Mostly dense, now and then minutes or hours of nothing. */
		uint64_t kind = draw(&s, 400);
		t += kind == 0  ? (int64_t)draw(&s, 5 * HOUR_US)
		     : kind < 4 ? (int64_t)draw(&s, 20 * MINUTE_US)
		                : (int64_t)draw(&s, 2 * SECOND_US);
		if (draw(&s, 3) == 0)
			t -= t % SECOND_US;
		m->list[i] = draw_one(&s, t);
	}
}

static uint64_t fold_bytes(uint64_t h, const void *data, size_t n)
{
	const uint8_t *b = data;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3;
	return h;
}

/* Everything that is told about an attack but its sources, in one text. */
static uint64_t digest_attack(const struct attack *a, int64_t shift_us)
{
	char line[1024];
	bool with_id = shift_us == 0;

	(void)snprintf(
	        line, sizeof(line),
	        "%s %s %d %x %d %d %d %d %d %d %s %d %lld %lld %lld %llu %llu %llu %llu %llu %llu %llu %llu %llu "
	        "%llu %llu %zu %u %.4f %.4f %.4f %.4f %.4f",
	        with_id ? a->id : "", with_id ? a->continues : "", a->class, a->vectors, a->path, a->outcome,
	        a->severity, a->status, a->open, a->sources_exact, a->asset, a->target_class,
	        (long long)(a->first_us - shift_us), (long long)(a->last_us - shift_us), (long long)a->reached_us,
	        (unsigned long long)a->observations, (unsigned long long)a->units, (unsigned long long)a->packets,
	        (unsigned long long)a->bytes, (unsigned long long)a->refused, (unsigned long long)a->accepted,
	        (unsigned long long)a->peak_load, (unsigned long long)a->threshold, (unsigned long long)a->targets,
	        (unsigned long long)a->claimed_sources, (unsigned long long)a->source_count, a->sources_kept,
	        a->aggressiveness.value, a->aggressiveness.rate, a->aggressiveness.duration, a->aggressiveness.breadth,
	        a->aggressiveness.focus, a->aggressiveness.method);
	uint64_t h = fold_bytes(0xcbf29ce484222325, line, strlen(line));
	for (size_t i = 0; i < a->targets_named_count; i++)
		h = fold_bytes(h, a->targets_named[i], strlen(a->targets_named[i]));
	for (size_t i = 0; i < a->sources_kept; i++) {
		h = fold_bytes(h, &a->sources[i].group.address, 16);
		h = fold_bytes(h, &a->sources[i].units, sizeof(uint64_t));
	}
	return h;
}

static uint64_t digest_world(const struct world *w, int64_t shift_us)
{
	uint64_t h = w->count;

	/* Ids order what closes at one instant, so after a shift the sum must not depend on order. */
	for (size_t i = 0; i < w->count; i++)
		h += digest_attack(&w->attacks[i], shift_us);
	return h + w->placed_in * 31 + w->placed_out * 17 + w->shown;
}

static uint64_t run_sorted(struct world *w, const struct mixture *m, int64_t shift_us)
{
	world_restart(w);
	for (size_t i = 0; i < m->n; i++) {
		struct observation o = m->list[i];
		o.time_us += shift_us;
		feed(w, &o);
	}
	finish(w, m->list[m->n - 1].time_us + shift_us + MINUTE_US);
	return digest_world(w, shift_us);
}

/* Each observation arrives up to the whole lateness after its time; time is told now and then. */
static uint64_t run_shuffled(struct world *w, const struct mixture *m, uint64_t seed)
{
	struct arrival {
		int64_t at_us;
		size_t i;
	} *arrivals = calloc(m->n, sizeof(*arrivals));
	uint64_t s = seed + 77;

	if (arrivals == NULL)
		exit(99);
	world_restart(w);
	for (size_t i = 0; i < m->n; i++) {
		int64_t late =
		        draw(&s, 4) == 0 ? OBSERVATION_LATENESS_US : (int64_t)draw(&s, OBSERVATION_LATENESS_US + 1);
		struct arrival a = { .at_us = m->list[i].time_us + late, .i = i };
		size_t at = i;
		for (; at > 0 &&
		       (arrivals[at - 1].at_us > a.at_us || (arrivals[at - 1].at_us == a.at_us && draw(&s, 2) == 0));
		     at--)
			arrivals[at] = arrivals[at - 1];
		arrivals[at] = a;
	}
	for (size_t i = 0; i < m->n; i++) {
		if (draw(&s, 3) == 0)
			decider_advance(w->decider, arrivals[i].at_us);
		if (decider_observe(w->decider, &m->list[arrivals[i].i]) != DECIDER_TAKEN)
			exit(97);
	}
	free(arrivals);
	finish(w, m->list[m->n - 1].time_us + MINUTE_US);
	return digest_world(w, 0);
}

/* Time told in many small steps, also where nothing happens. */
static uint64_t run_stepped(struct world *w, const struct mixture *m, int64_t step_us)
{
	world_restart(w);
	for (size_t i = 0; i < m->n; i++) {
		int64_t until = m->list[i].time_us;
		for (int64_t t = i > 0 ? m->list[i - 1].time_us : until; t < until; t += step_us)
			decider_advance(w->decider, t);
		if (decider_observe(w->decider, &m->list[i]) != DECIDER_TAKEN)
			exit(97);
	}
	finish(w, m->list[m->n - 1].time_us + MINUTE_US);
	return digest_world(w, 0);
}

/* The same with a baseline that learns: it is part of the input and of the result. */
static uint64_t with_baseline(struct world *w, const struct mixture *m, bool shuffled, struct digest *ret_learnt)
{
	struct baseline_limits limits = { .assets = 64 };
	CLEANUP(baseline_freep) struct baseline *baseline = NULL;

	if (baseline_new(&w->rule, &w->estate, &limits, &baseline) < 0)
		exit(99);
	w->config.baseline = baseline;
	uint64_t h = shuffled ? run_shuffled(w, m, 5) : run_sorted(w, m, 0);
	w->config.baseline = NULL;
	if (baseline_digest(baseline, ret_learnt) < 0)
		exit(99);
	return h;
}

static void one_seed(struct world *w, struct mixture *m, uint64_t seed)
{
	struct digest one, two;

	draw_mixture(m, seed);
	uint64_t h = run_sorted(w, m, 0);
	size_t count = w->count;
	ok(count > 20 && w->placed_in + w->placed_out == m->n && w->shown == w->placed_in &&
	           w->opened == w->count + w->absorbed,
	   "seed %d: %zu attacks, %zu continued, %zu absorbed; every observation placed once", (int)seed, count,
	   (size_t)decider_counters(w->decider)->continued, w->absorbed);
	ok(run_shuffled(w, m, seed) == h && run_shuffled(w, m, seed + 9) == h, "any order inside the lateness");
	ok(run_stepped(w, m, 7 * SECOND_US + 13) == h && run_stepped(w, m, 3600 * SECOND_US) == h,
	   "any telling of time");
	w->config.key = (struct siphash_key){ seed * 7919, ~seed };
	ok(run_sorted(w, m, 0) == h, "any hash key");
	w->config.key = (struct siphash_key){ 1, 2 };
	ok(run_sorted(w, m, 0) == h, "the same again");
	/* Ids differ after a shift, so both sides are taken without. */
	uint64_t base = 0, shifted = 0;
	for (size_t i = 0; i < w->count; i++) {
		struct attack a = w->attacks[i];
		a.id[0] = a.continues[0] = '\0';
		base += digest_attack(&a, 0);
	}
	(void)run_sorted(w, m, 133 * DAY_US);
	for (size_t i = 0; i < w->count; i++)
		shifted += digest_attack(&w->attacks[i], 133 * DAY_US);
	ok(base == shifted, "133 days later everything is the same, 133 days later");
	uint64_t learnt = with_baseline(w, m, false, &one);
	ok(with_baseline(w, m, true, &two) == learnt && memcmp(&one, &two, sizeof(one)) == 0,
	   "with a baseline that learns, too");
}

int main(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct mixture *m = calloc(1, sizeof(*m));

	if (w == NULL || m == NULL)
		return 99;
	world_init(w);
	for (uint64_t seed = 1; seed <= 6; seed++)
		one_seed(w, m, seed);
	world_fini(w);
	free(w);
	free(m);
	return done();
}
