/* The front: where an event goes, and that what is found depends on the events alone: not on batches, on the order of
 * shards, on the order of events of different flows at one time, nor (what is exact) on the key. */
#include "rate_fixture.h"
#include "tap.h"

/* A generator of our own: the same numbers everywhere. */
static uint64_t draw(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = *state;
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct address draw_target(uint64_t *state)
{
	static const char *const fixed[] = { "192.0.2.80", "192.0.2.9", "2001:db8:1::5", "203.0.113.200" };
	uint64_t n = draw(state) % 8;

	return n < 4 ? addr(fixed[n]) : addr_plus("10.0.0.0", (uint32_t)(n * 3));
}

static struct flow_event draw_event(uint64_t *state)
{
	static const uint8_t vectors[] = { VECTOR_TCP_SYN, VECTOR_UDP, VECTOR_ICMP, VECTOR_TCP_ACK, VECTOR_TCP_ODD };
	static const uint8_t slow[] = { VECTOR_TCP_CONNECTION, VECTOR_TLS_HANDSHAKE, VECTOR_HTTP_SLOW };
	static const uint8_t answers[] = { ANSWER_NONE, ANSWER_RST, ANSWER_SYNACK, ANSWER_UNREACHABLE };
	struct address client = addr_plus("198.51.100.0", (uint32_t)(draw(state) % 40)), server = draw_target(state);
	int64_t time_us = T0 + (int64_t)(draw(state) % 400) * SECOND_US / 4; /* many events at one time */
	uint16_t port = (uint16_t)(draw(state) % 12);
	struct flow_event e;

	switch (draw(state) % 5) {
	case 0:
		e = request(time_us, draw(state) % 8 ? ANSWER_DATA : ANSWER_ERROR, client, server, port);
		break;
	case 1:
		e = no_request(time_us, slow[draw(state) % 3], client, server, port);
		break;
	case 2:
		e = request(time_us, ANSWER_ERROR, client, server, 22);
		e.kind = FLOW_EVENT_LOGIN;
		e.service = SERVICE_SSH;
		e.accepted = draw(state) % 10 == 0;
		break;
	default:
		e = unanswered(time_us, vectors[draw(state) % 5], answers[draw(state) % 4], client, server, port);
		e.packets = (uint32_t)(draw(state) % 20);
	}
	e.client_port = (uint16_t)draw(state);
	return e;
}

static void add_traffic(struct run *r)
{
	uint64_t state = 42;

	for (uint32_t i = 0; i < 30000; i++) {
		struct flow_event e = draw_event(&state);
		e.sequence = i;
		run_add(r, &e);
	}
}

/* Everything that is sealed, but for what may be approximate. */
static bool same(const struct run *a, const struct run *b, bool approximate)
{
	if (a->found_count != b->found_count)
		return false;
	for (size_t i = 0; i < a->found_count; i++) {
		struct observation x = a->found[i], y = b->found[i];
		if (approximate)
			x.sources = y.sources = 0;
		if (observation_compare(&x, &y) != 0)
			return false;
	}
	return true;
}

static int by_seen_backwards(const void *left, const void *right)
{
	const struct flow_event *a = left, *b = right;

	return a->seen_us != b->seen_us ? (a->seen_us > b->seen_us) - (a->seen_us < b->seen_us)
	                                : -flow_event_compare(a, b);
}

static void test_invariance(void)
{
	static const int64_t batches[] = { 0, SECOND_US / 10, SECOND_US, 7 * SECOND_US + 3, 60 * SECOND_US };
	struct run first, r;

	run_init(&first);
	add_traffic(&first);
	run_all(&first, T0 + 200 * SECOND_US);
	ok(count_by(&first, DETECTOR_SCAN) > 1000 && count_by(&first, DETECTOR_FLOOD) > 1000 &&
	           count_by(&first, DETECTOR_SERVICE) > 20 && count_by(&first, DETECTOR_BRUTE) > 1000,
	   "made-up traffic: %zu scan, %zu flood, %zu service", count_by(&first, DETECTOR_SCAN),
	   count_by(&first, DETECTOR_FLOOD), count_by(&first, DETECTOR_SERVICE));
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		run_init(&r);
		r.batch_us = batches[i];
		r.backwards = i % 2;
		add_traffic(&r);
		run_all(&r, T0 + 200 * SECOND_US);
		ok(same(&first, &r, false), "the same in batches of %.1f s, shards %s", (double)batches[i] / 1e6,
		   r.backwards ? "backwards" : "forwards");
		run_fini(&r);
	}
	run_init(&r);
	r.config.key = (struct siphash_key){ 77, 78 };
	add_traffic(&r);
	run_all(&r, T0 + 200 * SECOND_US);
	ok(same(&first, &r, true), "the same with another key, but for the approximate number of sources");
	run_fini(&r);
	run_fini(&first);
}

static void feed_all(struct run *r, int (*order)(const void *, const void *))
{
	struct rate *rate;
	unsigned shards[RATE_ROUTES_MAX];

	r->found_count = 0;
	r->config.estate = &r->estate;
	r->config.rule = &r->rule;
	for (unsigned i = 0; i < RATE_SHARDS; i++)
		r->config.sink[i] = (struct observation_sink){ run_found, r };
	check(rate_new(&r->config, &rate) == 0);
	qsort(r->events, r->event_count, sizeof(*r->events), order);
	for (size_t i = 0; i < r->event_count; i++)
		for (unsigned n = rate_route(rate, &r->events[i], shards); n > 0; n--)
			rate_feed(rate, shards[n - 1], &r->events[i]);
	for (unsigned i = 0; i < RATE_SHARDS; i++) {
		rate_advance(rate, i, T0 + 200 * SECOND_US);
		rate_finish(rate, i);
	}
	rate_free(rate);
	if (r->found_count > 0)
		qsort(r->found, r->found_count, sizeof(*r->found), by_observation);
}

/* Events of one time in the opposite order. Who is the first to touch (host, port), and so a scan's ports in a line, may
 * only differ within one time; each source group here has one address. */
static void test_order_of_equal_times(void)
{
	struct run a, b;

	run_init(&a);
	run_init(&b);
	add_traffic(&a);
	add_traffic(&b);
	feed_all(&a, by_event);
	feed_all(&b, by_seen_backwards);
	uint64_t steps[2] = { 0, 0 };
	size_t n = 0;
	for (size_t i = 0; i < a.found_count; i++)
		steps[0] += a.found[i].detector == DETECTOR_SCAN ? a.found[i].count : 0;
	for (size_t i = 0; i < b.found_count; i++)
		steps[1] += b.found[i].detector == DETECTOR_SCAN ? b.found[i].count : 0;
	ok(steps[0] == steps[1], "equal times in any order: as many steps");
	for (size_t i = 0, j = 0; i < a.found_count && j < b.found_count; i++, j++) {
		while (i < a.found_count && a.found[i].detector == DETECTOR_SCAN)
			i++;
		while (j < b.found_count && b.found[j].detector == DETECTOR_SCAN)
			j++;
		n += i < a.found_count && j < b.found_count && observation_compare(&a.found[i], &b.found[j]) != 0;
	}
	ok(n == 0, "and the same floods and service");
	run_fini(&a);
	run_fini(&b);
}

static void test_routes(void)
{
	struct run r;
	struct rate *rate;
	unsigned shards[RATE_ROUTES_MAX];

	run_init(&r);
	r.config.estate = &r.estate;
	r.config.rule = &r.rule;
	check(rate_new(&r.config, &rate) == 0);
	uint64_t state = 7;
	bool distinct = true, few = true, equal = true;
	for (int i = 0; i < 20000; i++) {
		struct flow_event e = draw_event(&state);
		unsigned n = rate_route(rate, &e, shards), again[RATE_ROUTES_MAX];
		few &= n <= 3;
		for (unsigned k = 0; k < n; k++)
			distinct &= shards[k] < RATE_SHARDS && (k == 0 || shards[k] != shards[k - 1]) &&
			            (k < 2 || shards[2] != shards[0]);
		equal &= rate_route(rate, &e, again) == n && memcmp(shards, again, n * sizeof(shards[0])) == 0;
	}
	ok(few && distinct && equal, "at most three shards, each once, always the same");
	struct flow_event e =
	        unanswered(T0, VECTOR_TCP_SYN, ANSWER_NONE, addr("198.51.100.1"), addr("203.0.113.9"), 80);
	ok(rate_route(rate, &e, shards) == 0 && rate_apart(rate, &e),
	   "strangers among themselves go nowhere, and are apart");
	e.server = addr("192.0.2.9");
	ok(rate_route(rate, &e, shards) > 0 && !rate_apart(rate, &e), "towards us they do");
	e.kind = FLOW_EVENT_END;
	ok(rate_route(rate, &e, shards) == 0, "the end of a flow concerns nobody");
	rate_free(rate);
	r.config.limits.scan_sets = 0;
	ok(rate_new(&r.config, &rate) < 0, "a limit of 0 is refused");
	run_fini(&r);
}

static void test_jumps(void)
{
	struct run r;

	run_init(&r);
	for (int day = 0; day < 400; day++) { /* data times of a year, in one batch each */
		struct flow_event e = unanswered(T0 + day * DAY_US, VECTOR_UDP, ANSWER_NONE, addr("198.51.100.1"),
		                                 addr("192.0.2.9"), 9);
		e.packets = 1000;
		run_add(&r, &e);
	}
	struct flow_event e = unanswered(-1, VECTOR_UDP, ANSWER_NONE, addr("198.51.100.1"), addr("192.0.2.9"), 9);
	e.packets = 3001;
	run_add(&r, &e);
	r.batch_us = 0;
	run_all(&r, T0 + 400 * DAY_US);
	size_t peaks = 0;
	for (size_t i = 0; i < r.found_count; i++)
		peaks += r.found[i].detector == DETECTOR_FLOOD && !r.found[i].rollup && r.found[i].count > 0;
	ok(peaks == 401 && r.found[0].time_us == -1, "time may jump by days, and be before 1970");
	run_fini(&r);
}

int main(void)
{
	test_routes();
	test_invariance();
	test_order_of_equal_times();
	test_jumps();
	struct rate_limits limits = RATE_LIMITS_DEFAULT;
	ok(rate_memory(&limits) < 256u << 20, "the default limits take at most %zu MiB", rate_memory(&limits) >> 20);
	return done();
}
