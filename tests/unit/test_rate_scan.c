/* Scans: every new (host, port) of a claimed source once, exact while few, a lower bound within the stated error when many;
 * ordinary clients give what the rule can live with. */
#include "rate_fixture.h"
#include "tap.h"

static const char scanner[] = "198.51.100.7";

static struct flow_event *probe(struct run *r, int64_t time_us, enum vector vector, enum answer answer, const char *to,
                                uint16_t port)
{
	struct flow_event e = unanswered(time_us, vector, answer, addr(scanner), addr(to), port);

	return run_add(r, &e);
}

static uint64_t steps_found(const struct run *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->found_count; i++)
		n += r->found[i].detector == DETECTOR_SCAN ? r->found[i].count : 0;
	return n;
}

static void test_one_step(void)
{
	struct run r;

	run_init(&r);
	probe(&r, T0 + 5, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", 23);
	run_all(&r, T0 + 30 * SECOND_US);
	ok(r.found_count == 1, "a refused SYN is one observation");
	const struct observation *o = &r.found[0];
	ok(o->time_us == T0 + 5, "its time is the SYN's");
	ok(o->count == 1 && o->refused == 1 && o->port == 23 && o->direction == DIRECTION_IN,
	   "port, refusal, direction");
	struct address source = addr(scanner), host = addr("192.0.2.9");
	ok(address_equal(&o->source, &source) && address_equal(&o->host, &host), "source as claimed, host touched");
	ok(o->asset.index == BANK && address_is_none(&o->asset.host), "the asset is the bank");
	ok(o->path == PATH_SPOOFABLE && o->vector == VECTOR_TCP_SYN, "spoofable, tcp-syn");
	run_fini(&r);
}

/* What is a step, by hand from the design: closed or unanswered SYN, ACK, odd TCP, UDP; no retransmission. */
static void test_what_counts(void)
{
	static const struct {
		enum vector vector;
		enum answer answer;
		uint16_t payload, client_port;
		bool repeated, cut;
		int steps;
		const char *what;
	} cases[] = {
		{ VECTOR_TCP_SYN, ANSWER_NONE, 0, 40000, false, false, 1, "silent SYN" },
		{ VECTOR_TCP_SYN, ANSWER_UNREACHABLE, 0, 40000, false, false, 1, "SYN answered by ICMP unreachable" },
		{ VECTOR_TCP_SYN, ANSWER_SYNACK, 0, 40000, false, false, 0, "half-open SYN: the port is open" },
		{ VECTOR_TCP_SYN, ANSWER_NONE, 0, 40000, true, false, 0, "retransmission" },
		{ VECTOR_TCP_SYN, ANSWER_NONE, 0, 40000, false, true, 0, "the input ended before the answer's time" },
		{ VECTOR_TCP_SYN, ANSWER_RST, 0, 40000, false, true, 1, "refused, though the input ended" },
		{ VECTOR_TCP_ODD, ANSWER_NONE, 0, 40000, false, false, 1, "NULL, FIN, Xmas" },
		{ VECTOR_TCP_ACK, ANSWER_RST, 0, 40000, false, false, 1, "bare ACK" },
		{ VECTOR_TCP_ACK, ANSWER_RST, 1, 40000, false, false, 0, "ACK with data: the rest of a conversation" },
		{ VECTOR_TCP_ACK, ANSWER_NONE, 0, 443, false, false, 0, "ACK from a service's port: the rest too" },
		{ VECTOR_UDP, ANSWER_NONE, 4, 40000, false, false, 1, "silent UDP" },
		{ VECTOR_UDP, ANSWER_NONE, 400, 53, false, false, 0, "an amplifier's unasked answer" },
		{ VECTOR_TCP_SYNACK, ANSWER_NONE, 0, 80, false, false, 0, "backscatter: SYN-ACK" },
		{ VECTOR_TCP_RST, ANSWER_NONE, 0, 80, false, false, 0, "backscatter: RST" },
		{ VECTOR_ICMP, ANSWER_NONE, 0, 0, false, false, 0, "ICMP" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run r;
		run_init(&r);
		struct flow_event *e = probe(&r, T0, cases[i].vector, cases[i].answer, "192.0.2.9", 8080);
		e->payload_mean = cases[i].payload;
		e->client_port = cases[i].client_port;
		e->repeated = cases[i].repeated;
		e->cut = cases[i].cut;
		run_all(&r, T0 + 30 * SECOND_US);
		ok(count_by(&r, DETECTOR_SCAN) == (size_t)cases[i].steps, "%d step: %s", cases[i].steps, cases[i].what);
		run_fini(&r);
	}
}

static void test_known_for_a_day(void)
{
	static const int64_t day = DAY_US;
	struct run r;

	run_init(&r);
	for (int i = 0; i < 500; i++) /* a health check to a dead host, each second; a UDP client of a dead server */
		probe(&r, T0 + i * SECOND_US, VECTOR_UDP, ANSWER_NONE, "192.0.2.9", 53);
	run_all(&r, T0 + 600 * SECOND_US);
	ok(steps_found(&r) == 1, "one (host, port) is one observation, however often");
	run_clear(&r);
	probe(&r, T0, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", 80);
	probe(&r, T0 + day, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", 80);
	run_all(&r, T0 + day + MINUTE_US);
	ok(steps_found(&r) == 1, "known after exactly 24 h");
	run_clear(&r);
	probe(&r, T0, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", 80);
	probe(&r, T0 + day + 13 * SECOND_US, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", 80);
	probe(&r, T0 + 2 * day + 27 * SECOND_US, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", 80);
	run_all(&r, T0 + 2 * day + MINUTE_US);
	ok(steps_found(&r) == 2, "known for 24 h and the lateness, new a second later");
	run_fini(&r);
}

static void test_exact_limit(void)
{
	struct run r;

	for (int n = 64 - 1; n <= 64 + 1; n++) {
		run_init(&r);
		for (int i = 0; i < n; i++)
			probe(&r, T0 + i * 1000, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", (uint16_t)(1 + i));
		run_all(&r, T0 + 30 * SECOND_US);
		ok(steps_found(&r) == (uint64_t)n, "%d steps are %d steps", n, n);
		ok(r.counters.scan_summed == (n > 64), "%d of them summed up", n > 64);
		run_fini(&r);
	}
}

static void test_sum_lines(void)
{
	struct run r;

	run_init(&r);
	for (int i = 0; i < 64 + 300; i++) /* 100 a second: 0.64 s exact, then sums */
		probe(&r, T0 + i * 10000, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", (uint16_t)(1 + i));
	run_all(&r, T0 + 30 * SECOND_US);
	ok(steps_found(&r) == 364, "no step is lost");
	ok(count_by(&r, DETECTOR_SCAN) == 64 + 4, "64 lines, then one a second (four seconds begun)");
	const struct observation *o = found_by(&r, DETECTOR_SCAN, 64);
	ok(o->count == 36 && o->port == 0 && o->refused == 36 && o->packets == 36, "the first sum holds 36 steps");
	ok(o->time_us == T0 + 640000, "at the time of the first of them");
	struct address host = addr("192.0.2.9");
	ok(address_equal(&o->host, &host), "a sum over one host names it");
	ok(r.lateness_us <= OBSERVATION_LATENESS_US, "in time: %.3f s", (double)r.lateness_us / 1e6);
	run_fini(&r);
}

/* A slow scan never reaches the exact limit within ten minutes: all its lines are exact. */
static void test_slow_scan(void)
{
	struct run r;

	run_init(&r);
	for (int i = 0; i < 1000; i++)
		probe(&r, T0 + i * 30 * SECOND_US, VECTOR_TCP_SYN, ANSWER_NONE, "192.0.2.9", (uint16_t)(1 + i));
	run_all(&r, T0 + 9 * HOUR_US);
	ok(steps_found(&r) == 1000 && r.found_count == 1000, "1,000 steps in 8 hours, each with its port");
	run_fini(&r);
}

/* The stated error: at most 0.5 % of 10,000 lost, 10 % of 65,000; never a step too many. */
static void test_sketch_error(void)
{
	struct run r;

	run_init(&r);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 10000; i++)
			probe(&r, T0 + (round * 10000 + i) * 1000, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9",
			      (uint16_t)(1 + i));
	run_all(&r, T0 + 60 * SECOND_US);
	uint64_t n = steps_found(&r);
	ok(n <= 10000 && n >= 9950, "10,000 ports, each touched twice: %llu steps", (unsigned long long)n);
	run_clear(&r);
	for (int i = 0; i < 65000; i++)
		probe(&r, T0 + i * 100, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", (uint16_t)(1 + i));
	run_all(&r, T0 + 60 * SECOND_US);
	n = steps_found(&r);
	ok(n <= 65000 && n >= 58500, "65,000 ports: %llu steps", (unsigned long long)n);
	run_fini(&r);
}

static void test_sweep(void)
{
	struct run r;

	run_init(&r);
	for (uint32_t i = 1; i <= 40; i++) {
		struct flow_event e =
		        unanswered(T0 + i, VECTOR_TCP_SYN, ANSWER_NONE, addr(scanner), addr_plus("10.0.0.0", i), 22);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 30 * SECOND_US);
	ok(steps_found(&r) == 40, "a sweep over an each-host network: 40 steps");
	bool own = true;
	for (size_t i = 0; i < r.found_count; i++)
		own &= r.found[i].asset.index == CLIENTS && address_equal(&r.found[i].asset.host, &r.found[i].host);
	ok(own, "each on its own host");
	run_clear(&r);
	for (uint32_t i = 1; i <= 100; i++) {
		struct flow_event e =
		        unanswered(T0 + i, VECTOR_TCP_SYN, ANSWER_NONE, addr(scanner), addr_plus("10.0.0.0", i), 22);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 30 * SECOND_US);
	const struct observation *sum = found_by(&r, DETECTOR_SCAN, 64);
	ok(sum->count == 36 && address_is_none(&sum->host) && address_is_none(&sum->asset.host) &&
	           sum->asset.index == CLIENTS,
	   "beyond the exact limit, hosts count together");
	run_fini(&r);
}

static void test_directions(void)
{
	struct run r;

	run_init(&r);
	struct flow_event e = unanswered(T0, VECTOR_TCP_SYN, ANSWER_RST, addr("10.0.0.5"), addr("203.0.113.9"), 22);
	run_add(&r, &e);
	e = unanswered(T0 + 1, VECTOR_TCP_SYN, ANSWER_RST, addr("10.0.0.5"), addr("192.0.2.9"), 22);
	run_add(&r, &e);
	e = unanswered(T0 + 2, VECTOR_TCP_SYN, ANSWER_RST, addr("198.51.100.1"), addr("203.0.113.9"), 22);
	run_add(&r, &e);
	e = unanswered(T0 + 3, VECTOR_UDP, ANSWER_NONE, addr("10.0.0.5"), addr("239.255.255.250"), 1900);
	run_add(&r, &e);
	e = unanswered(T0 + 4, VECTOR_UDP, ANSWER_NONE, addr("10.0.0.5"), addr("10.0.0.255"), 137);
	run_add(&r, &e);
	run_all(&r, T0 + 30 * SECOND_US);
	ok(count_by(&r, DETECTOR_SCAN) == 2, "multicast, broadcast and strangers among themselves are no scans");
	const struct observation *out = &r.found[0], *internal = &r.found[1];
	ok(out->direction == DIRECTION_OUT && out->asset.index == ASSET_NONE && address_is_none(&out->asset.host),
	   "our host scans outside: out, no asset");
	ok(internal->direction == DIRECTION_INTERNAL && internal->asset.index == BANK, "our host scans ours: internal");
	run_fini(&r);
}

/* IPv6: memory is per /64, so that an address for every probe gains nothing. */
static void test_ipv6(void)
{
	struct run r;

	run_init(&r);
	for (int i = 0; i < 100; i++) {
		struct address client = addr("2001:db8:ffff::1");
		client.bytes[i % 2 ? 8 : 15] = (uint8_t)i;
		struct flow_event e = unanswered(T0 + i, VECTOR_TCP_SYN, ANSWER_RST, client, addr("2001:db8:1::5"), 80);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 30 * SECOND_US);
	ok(steps_found(&r) == 1, "a hundred addresses of one /64 on one port: one step");
	struct address client = addr("2001:db8:ffff:1::1");
	struct flow_event e = unanswered(T0 + 200, VECTOR_TCP_SYN, ANSWER_RST, client, addr("2001:db8:1::5"), 80);
	run_add(&r, &e);
	run_all(&r, T0 + 30 * SECOND_US);
	ok(steps_found(&r) == 2, "the next /64 is another source");
	run_fini(&r);
}

/* A forged flood is first steps only: it takes its share of the lines, and a scanner in its shadow is still seen. */
static void test_flood_beside(void)
{
	struct run r;

	run_init(&r);
	for (uint32_t i = 0; i < 200000; i++) {
		struct flow_event e = unanswered(T0 + i * 10, VECTOR_TCP_SYN, ANSWER_NONE,
		                                 addr_plus("198.18.0.0", i % 131072), addr("192.0.2.80"), 443);
		run_add(&r, &e);
	}
	for (int i = 0; i < 20; i++)
		probe(&r, T0 + i * 100000, VECTOR_TCP_SYN, ANSWER_RST, "192.0.2.9", (uint16_t)(1 + i));
	run_all(&r, T0 + 30 * SECOND_US);
	uint64_t lines = count_by(&r, DETECTOR_SCAN), own = 0;
	struct address source = addr(scanner);
	for (size_t i = 0; i < r.found_count; i++)
		own += r.found[i].detector == DETECTOR_SCAN && address_equal(&r.found[i].source, &source);
	ok(lines <= 64u * 64 * 4, "200,000 forged SYNs in 2 s give %llu lines, bounded", (unsigned long long)lines);
	ok(r.counters.scan_lines_full > 180000, "the others are counted: %llu",
	   (unsigned long long)r.counters.scan_lines_full);
	ok(own >= 10, "the scanner among them is seen: %llu of 20 steps", (unsigned long long)own);
	run_fini(&r);
}

static void test_full_tables(void)
{
	struct run r;

	run_init(&r);
	r.config.limits.scan_sources = 4;
	r.config.limits.scan_sets = 2;
	r.config.limits.scan_sketches = 1;
	for (int round = 0; round < 3; round++)
		for (uint32_t s = 0; s < 1000; s++)
			for (int i = 0; i < 80; i++) {
				struct flow_event e = unanswered(T0 + (int64_t)(round * 80 + i) * 100000 + s,
				                                 VECTOR_TCP_SYN, ANSWER_RST, addr_plus("198.18.0.0", s),
				                                 addr("192.0.2.9"), (uint16_t)(1 + i));
				run_add(&r, &e);
			}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(r.counters.scan_source_evicted > 0, "a full table forgets and counts: %llu sources",
	   (unsigned long long)r.counters.scan_source_evicted);
	ok(steps_found(&r) > 0 && r.found_count > 0, "and goes on");
	run_fini(&r);
	run_init(&r);
	r.config.limits.scan_sketches = 1;
	r.config.limits.scan_sets = 2;
	for (uint32_t s = 0; s < 400; s++)
		for (int i = 0; i < 200; i++) {
			struct flow_event e =
			        unanswered(T0 + (int64_t)i * 20000 + s, VECTOR_TCP_SYN, ANSWER_RST,
			                   addr_plus("198.18.0.0", s), addr("192.0.2.9"), (uint16_t)(1 + i));
			run_add(&r, &e);
		}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(r.counters.scan_set_evicted > 0, "so do full pools: %llu", (unsigned long long)r.counters.scan_set_evicted);
	run_fini(&r);
}

/* Ordinary things. None of them reaches three (host, port) of one source. */
static void test_false_alarms(void)
{
	struct run r;

	run_init(&r);
	for (int i = 0; i < 3; i++) /* happy eyeballs: the closed IPv6 port is tried again and again */
		probe(&r, T0 + i * SECOND_US, VECTOR_TCP_SYN, ANSWER_RST, "2001:db8:1::5", 443);
	for (uint32_t i = 0; i < 200; i++) { /* 200 users behind one address find one server down */
		struct flow_event *e = probe(&r, T0 + 5000 + i, VECTOR_TCP_SYN, ANSWER_NONE, "192.0.2.80", 443);
		e->client_port = (uint16_t)(1024 + i);
	}
	run_all(&r, T0 + 30 * SECOND_US);
	ok(steps_found(&r) == 2, "happy eyeballs and 200 users of a dead server: two (host, port)");
	run_fini(&r);
}

/* doc/detectors/port-scan.md, "What it misses". */
static void test_stated_misses(void)
{
	struct run r;

	run_init(&r);
	for (int i = 0; i < 100; i++)
		probe(&r, T0 + i, VECTOR_TCP_SYN, ANSWER_SYNACK, "192.0.2.80", (uint16_t)(1 + i));
	for (int i = 0; i < 100; i++)
		probe(&r, T0 + 1000 + i, VECTOR_UDP, ANSWER_NONE, "192.0.2.80", (uint16_t)(1 + i))->client_port = 53;
	run_all(&r, T0 + 30 * SECOND_US);
	ok(steps_found(&r) <= 1, "missed as stated: only open ports; UDP from an amplifier's port");
	run_clear(&r);
	for (uint32_t i = 0; i < 100; i++) {
		struct flow_event e = unanswered(T0 + i, VECTOR_TCP_SYN, ANSWER_RST, addr_plus("198.18.0.0", i),
		                                 addr("192.0.2.9"), (uint16_t)(1 + i));
		run_add(&r, &e);
	}
	run_all(&r, T0 + 30 * SECOND_US);
	bool single = true;
	for (size_t i = 0; i < r.found_count; i++)
		single &= r.found[i].count == 1;
	ok(single && r.found_count == 100, "missed as stated: a hundred sources with one port each stay single steps");
	run_clear(&r);
	static const char *const hosts[] = { "192.0.2.9", "192.0.2.10", "192.0.2.80", "2001:db8:1::5",
		                             "2001:db8:1::6" };
	for (int i = 0; i < 5; i++)
		probe(&r, T0 + i, VECTOR_TCP_SYN, ANSWER_RST, hosts[i], 22);
	run_all(&r, T0 + 30 * SECOND_US);
	uint64_t on[FIXTURE_ASSETS] = { 0 };
	for (size_t i = 0; i < r.found_count; i++)
		on[r.found[i].asset.index]++;
	ok(on[BANK] == 2 && on[WEB] == 1 && on[SIX] == 2,
	   "missed as stated: five hosts in three assets, at most two on each");
	run_fini(&r);
}

int main(void)
{
	test_one_step();
	test_what_counts();
	test_known_for_a_day();
	test_exact_limit();
	test_sum_lines();
	test_slow_scan();
	test_sketch_error();
	test_sweep();
	test_directions();
	test_ipv6();
	test_flood_beside();
	test_full_tables();
	test_false_alarms();
	test_stated_misses();
	return done();
}
