/* Floods: which units count for which vector, exact loads at the boundaries of window and floor, sources of application
 * floods, sums over networks, approximate numbers of sources inside their error, ordinary traffic below every floor. */
#include <math.h>

#include "inspect/rate/flood/distinct.h"
#include "rate_fixture.h"
#include "tap.h"

static const char forged[] = "198.18.0.0", web[] = "192.0.2.80";

/* n forged SYNs to the web server, evenly over a second. */
static void add_syns(struct run *r, int64_t second_us, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct flow_event e = unanswered(second_us + i * (SECOND_US / n), VECTOR_TCP_SYN, ANSWER_NONE,
		                                 addr_plus(forged, i), addr(web), 443);
		run_add(r, &e);
	}
}

static const struct observation *flood_of(const struct run *r, uint32_t asset, enum vector vector, bool rollup,
                                          size_t n)
{
	static const struct observation none;

	for (size_t i = 0; i < r->found_count; i++) {
		const struct observation *o = &r->found[i];
		if (o->detector == DETECTOR_FLOOD && o->asset.index == asset && o->vector == vector &&
		    o->rollup == rollup && address_is_none(&o->source) && n-- == 0)
			return o;
	}
	return &none;
}

static uint64_t peak(const struct run *r, uint32_t asset, enum vector vector, bool rollup)
{
	uint64_t load = 0;
	const struct observation *o;

	for (size_t n = 0; (o = flood_of(r, asset, vector, rollup, n))->load > 0; n++)
		load = o->load > load ? o->load : load;
	return load;
}

static void test_tenth_of_floor(void)
{
	struct run r;

	run_init(&r);
	add_syns(&r, T0, 299);
	run_all(&r, T0 + 60 * SECOND_US);
	ok(count_by(&r, DETECTOR_FLOOD) == 0, "299 SYNs in 30 s, one below a tenth of the floor: nothing");
	run_clear(&r);
	add_syns(&r, T0, 300);
	run_all(&r, T0 + 60 * SECOND_US);
	const struct observation *o = flood_of(&r, WEB, VECTOR_TCP_SYN, false, 0);
	ok(o->load == 300 && o->count == 300, "300 SYNs: an observation with load 300");
	for (uint32_t n = 3000; n <= 3001; n++) {
		run_clear(&r);
		add_syns(&r, T0, n);
		run_all(&r, T0 + 60 * SECOND_US);
		ok(peak(&r, WEB, VECTOR_TCP_SYN, false) == n, "%u SYNs are a load of %u", n, n);
	}
	run_fini(&r);
}

static void test_window(void)
{
	struct run r;

	run_init(&r);
	add_syns(&r, T0, 200);
	add_syns(&r, T0 + 29 * SECOND_US, 200);
	run_all(&r, T0 + 90 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_TCP_SYN, false) == 400, "the window holds 30 seconds");
	ok(flood_of(&r, WEB, VECTOR_TCP_SYN, false, 1)->load == 0,
	   "and is told once: a second later the first are out");
	run_clear(&r);
	add_syns(&r, T0, 200);
	add_syns(&r, T0 + 30 * SECOND_US, 200);
	run_all(&r, T0 + 90 * SECOND_US);
	ok(count_by(&r, DETECTOR_FLOOD) == 0, "units 30 seconds apart are not in one window");
	run_clear(&r);
	add_syns(&r, T0, 1000);
	run_all(&r, T0 + 90 * SECOND_US);
	size_t n = 0;
	while (flood_of(&r, WEB, VECTOR_TCP_SYN, false, n)->load == 1000)
		n++;
	ok(n == 30, "each of the 30 seconds with that load is told: %zu", n);
	ok(flood_of(&r, WEB, VECTOR_TCP_SYN, false, 1)->count == 0, "those after the burst without units");
	ok(flood_of(&r, WEB, VECTOR_TCP_SYN, false, 30)->load == 0, "the 31st is not");
	ok(r.lateness_us <= OBSERVATION_LATENESS_US, "in time: %.3f s", (double)r.lateness_us / 1e6);
	run_fini(&r);
}

static void test_figures(void)
{
	static const enum answer answers[] = { ANSWER_NONE, ANSWER_SYNACK, ANSWER_RST, ANSWER_UNREACHABLE };
	struct run r;

	run_init(&r);
	for (uint32_t i = 0; i < 400; i++) {
		struct flow_event e = unanswered(T0 + 250000 + i, VECTOR_TCP_SYN, answers[i % 4], addr_plus(forged, i),
		                                 addr(web), 443);
		e.packets = 3;
		e.bytes = 180;
		e.repeated = i % 2;
		e.cut = i % 3 == 0;
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	const struct observation *o = flood_of(&r, WEB, VECTOR_TCP_SYN, false, 0);
	ok(o->count == 1200 && o->packets == 1200 && o->bytes == 72000, "packets count, repeated and cut ones too");
	ok(o->refused == 600, "refused: those answered by RST or ICMP unreachable, half of them");
	ok(o->time_us == T0 + 250000, "at the time of the second's first unit");
	ok(o->path == PATH_SPOOFABLE && o->direction == DIRECTION_IN && address_is_none(&o->source),
	   "spoofable, in, no source");
	ok(o->sources > 340 && o->sources < 460, "about 400 sources: %llu", (unsigned long long)o->sources);
	struct address server = addr(web);
	ok(address_equal(&o->shown_server, &server) && o->shown_server_port == 443 && o->shown_proto == 6,
	   "shows a flow");
	run_fini(&r);
}

/* Which event is a unit of what, by hand from design 5.5. */
static void test_vectors(void)
{
	static const struct {
		enum vector vector;
		uint16_t client_port, server_port, payload;
		enum vector counted;
		enum path_status path;
		const char *what;
	} cases[] = {
		{ VECTOR_TCP_SYN, 40000, 80, 0, VECTOR_TCP_SYN, PATH_SPOOFABLE, "SYN" },
		{ VECTOR_TCP_SYNACK, 443, 40000, 0, VECTOR_TCP_SYNACK, PATH_REFLECTOR, "unasked SYN-ACK" },
		{ VECTOR_TCP_ACK, 40000, 80, 0, VECTOR_TCP_ACK, PATH_SPOOFABLE, "ACK" },
		{ VECTOR_TCP_RST, 40000, 80, 0, VECTOR_TCP_RST, PATH_SPOOFABLE, "RST" },
		{ VECTOR_TCP_ODD, 40000, 80, 0, VECTOR_TCP_ODD, PATH_SPOOFABLE, "NULL, FIN, Xmas" },
		{ VECTOR_UDP, 40000, 53, 30, VECTOR_UDP, PATH_SPOOFABLE, "UDP" },
		{ VECTOR_UDP, 53, 40000, 1400, VECTOR_UDP_AMPLIFIED, PATH_REFLECTOR, "UDP from an amplifier's port" },
		{ VECTOR_UDP, 123, 80, 8, VECTOR_UDP_AMPLIFIED, PATH_REFLECTOR, "however small" },
		{ VECTOR_UDP, 123, 123, 64, VECTOR_UDP, PATH_SPOOFABLE, "an NTP server asking another" },
		{ VECTOR_UDP, 123, 123, 65, VECTOR_UDP_AMPLIFIED, PATH_REFLECTOR, "an NTP server answering another" },
		{ VECTOR_UDP, 54, 40000, 1400, VECTOR_UDP, PATH_SPOOFABLE, "UDP from the port beside" },
		{ VECTOR_ICMP, 0, 0, 56, VECTOR_ICMP, PATH_SPOOFABLE, "ICMP" },
		{ VECTOR_FRAGMENT, 0, 0, 0, VECTOR_FRAGMENT, PATH_SPOOFABLE, "fragments" },
		{ VECTOR_FRAGMENT, 53, 22, 2000, VECTOR_UDP_AMPLIFIED, PATH_REFLECTOR,
		  "an amplifier's answer in fragments" },
		{ VECTOR_OTHER_IP, 0, 0, 0, VECTOR_OTHER_IP, PATH_SPOOFABLE, "another IP protocol" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run r;
		run_init(&r);
		struct flow_event e =
		        unanswered(T0, cases[i].vector, ANSWER_NONE, addr(forged), addr(web), cases[i].server_port);
		e.proto = cases[i].vector == VECTOR_UDP || cases[i].vector == VECTOR_FRAGMENT ? 17 : 6;
		e.client_port = cases[i].client_port;
		e.payload_mean = cases[i].payload;
		e.packets = 5000;
		run_add(&r, &e);
		run_all(&r, T0 + 60 * SECOND_US);
		const struct observation *o = flood_of(&r, WEB, cases[i].counted, false, 0);
		ok(o->load == 5000 && o->path == cases[i].path, "%s: %s", cases[i].what, vector_name(cases[i].counted));
		run_fini(&r);
	}
}

static void test_requests(void)
{
	struct run r;

	run_init(&r);
	for (uint32_t i = 0; i < 1000; i++) {
		struct flow_event e = request(T0 + i, i < 10 ? ANSWER_ERROR : ANSWER_DATA,
		                              addr_plus("203.0.113.0", i % 4), addr(web), 443);
		e.sequence = i;
		run_add(&r, &e);
		e.path = PATH_SPOOFABLE; /* not a unit */
		run_add(&r, &e);
		e.path = PATH_CONFIRMED;
		e.service = SERVICE_SSH; /* nor is this */
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	const struct observation *o = flood_of(&r, WEB, VECTOR_HTTP_FLOOD, false, 0);
	ok(o->load == 1000 && o->count == 1000 && o->refused == 10 && o->path == PATH_CONFIRMED,
	   "1,000 confirmed requests");
	size_t shares = 0;
	uint64_t sum = 0;
	for (size_t i = 0; i < r.found_count; i++) {
		if (r.found[i].rollup || address_is_none(&r.found[i].source) || r.found[i].detector != DETECTOR_FLOOD)
			continue;
		shares++;
		sum += r.found[i].count;
		ok(r.found[i].load == 0 && r.found[i].count == 250, "a share: load 0, 250 requests");
	}
	ok(shares == 4 && sum == 1000, "four sources share all of it");
	run_fini(&r);
}

static void test_heaviest_shares(void)
{
	struct run r;
	uint64_t least = UINT64_MAX, shares = 0;

	run_init(&r);
	for (uint32_t s = 0; s < 300; s++) /* source s sends 1 + s / 100 requests */
		for (uint32_t i = 0; i <= s / 100; i++) {
			struct flow_event e =
			        request(T0 + i, ANSWER_DATA, addr_plus(forged, s), addr("192.0.2.9"), 443);
			e.sequence = i;
			run_add(&r, &e);
		}
	run_all(&r, T0 + 13 * SECOND_US);
	uint64_t twos_or_more = 0;
	for (size_t i = 0; i < r.found_count; i++) {
		const struct observation *o = &r.found[i];
		if (o->detector != DETECTOR_FLOOD || o->rollup || address_is_none(&o->source))
			continue;
		shares++;
		twos_or_more += o->count >= 2;
		least = o->count < least ? o->count : least;
	}
	ok(shares == 256 && twos_or_more == 200 && least == 1, "of 300 sources the 256 heaviest: %llu",
	   (unsigned long long)shares);
	run_fini(&r);
}

static void test_connections_share_a_load(void)
{
	static const enum vector vectors[] = { VECTOR_TCP_CONNECTION, VECTOR_TLS_HANDSHAKE, VECTOR_HTTP_SLOW };
	struct run r;

	for (int n = 9; n <= 10; n++) {
		run_init(&r);
		for (int v = 0; v < 3; v++)
			for (int i = 0; i < n; i++) {
				struct flow_event e =
				        no_request(T0 + i, vectors[v], addr("203.0.113.5"), addr(web), 443);
				e.client_port = (uint16_t)(10000 + v * 100 + i);
				run_add(&r, &e);
			}
		run_all(&r, T0 + 60 * SECOND_US);
		if (n == 9)
			ok(count_by(&r, DETECTOR_FLOOD) == 0, "9 of each, 27 together: below a tenth of 300");
		for (int v = 0; v < 3 && n == 10; v++) {
			const struct observation *o = flood_of(&r, WEB, vectors[v], false, 0);
			ok(o->count == 10 && o->load == 30, "10 of each: %s has the load of all",
			   vector_name(vectors[v]));
		}
		ok(r.lateness_us <= OBSERVATION_LATENESS_US, "in time: %.3f s", (double)r.lateness_us / 1e6);
		run_fini(&r);
	}
}

static void test_rollup(void)
{
	struct run r;

	run_init(&r);
	for (uint32_t host = 1; host <= 8; host++) {
		struct flow_event e =
		        unanswered(T0 + host, VECTOR_UDP, ANSWER_NONE, addr(forged), addr_plus("10.0.0.0", host), 9);
		e.packets = 299;
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	const struct observation *o = flood_of(&r, CLIENTS, VECTOR_UDP, true, 0);
	ok(o->load == 8 * 299 && address_is_none(&o->asset.host), "eight hosts, each below a tenth: the network's sum");
	ok(flood_of(&r, CLIENTS, VECTOR_UDP, false, 0)->load == 0, "no host by itself");
	run_clear(&r);
	add_syns(&r, T0, 1000);
	struct flow_event e = unanswered(T0, VECTOR_TCP_SYN, ANSWER_NONE, addr(forged), addr("192.0.2.9"), 9);
	e.packets = 500;
	run_add(&r, &e);
	run_all(&r, T0 + 60 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_TCP_SYN, false) == 1000, "the web server's own");
	ok(peak(&r, BANK, VECTOR_TCP_SYN, false) == 500, "the bank's own, without the web server inside it");
	ok(peak(&r, BANK, VECTOR_TCP_SYN, true) == 1500, "the bank with everything inside it");
	ok(peak(&r, WEB, VECTOR_TCP_SYN, true) == 0, "nothing is inside the web server");
	run_fini(&r);
}

static void test_outbound(void)
{
	struct run r;

	run_init(&r);
	struct flow_event e = unanswered(T0, VECTOR_UDP, ANSWER_NONE, addr("10.0.0.5"), addr("203.0.113.9"), 9);
	e.packets = 4000;
	run_add(&r, &e);
	e = unanswered(T0, VECTOR_UDP, ANSWER_NONE, addr("10.0.0.5"), addr("239.1.2.3"), 9);
	e.packets = 4000;
	run_add(&r, &e);
	run_all(&r, T0 + 60 * SECOND_US);
	const struct observation *o = flood_of(&r, ASSET_NONE, VECTOR_UDP, false, 0);
	struct address host = addr("203.0.113.9");
	ok(o->load == 4000 && o->direction == DIRECTION_OUT && address_equal(&o->asset.host, &host),
	   "out: the target is the host outside");
	size_t n = 0;
	for (size_t i = 0; i < r.found_count; i++)
		n += r.found[i].detector == DETECTOR_FLOOD && r.found[i].load == 4000 && r.found[i].count > 0;
	ok(n == 1, "a multicast stream is no flood");
	run_fini(&r);
}

static void test_ceiling(void)
{
	struct run r;

	run_init(&r);
	r.estate.assets[WEB].ceiling[VECTOR_TCP_SYN] = 100;
	add_syns(&r, T0, 10);
	run_all(&r, T0 + 60 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_TCP_SYN, false) == 10, "where a ceiling is lower than the floor, a tenth of it");
	run_fini(&r);
}

/* Standard error 3.25 %: 300 estimates over all sizes stay inside four of it, and have no bias of half of it. */
static void test_distinct(void)
{
	static const uint32_t sizes[] = { 10, 100, 1000, 3000, 10000, 100000, 1000000 };
	struct siphash_key key = { 3, 4 };
	bool inside = true;

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		int rounds = sizes[s] > 10000 ? 5 : 50;
		double bias = 0, worst = 0;
		for (int round = 0; round < rounds; round++) {
			struct distinct d = { 0 };
			for (uint64_t i = 0; i < sizes[s]; i++) {
				uint64_t word = i << 8 | (uint64_t)round;
				distinct_add(&d, siphash_words(&key, &word, 1));
			}
			double error = (double)distinct_estimate(&d) / sizes[s] - 1;
			bias += error / rounds;
			worst = fabs(error) > worst ? fabs(error) : worst;
		}
		inside &= worst <= 0.13;
		ok(worst <= 0.13 && fabs(bias) <= 0.033, "%u things: worst %.1f %%, bias %.1f %%", sizes[s],
		   worst * 100, bias * 100);
	}
	struct distinct d = { 0 };
	ok(inside && distinct_estimate(&d) == 0, "none are none");
}

static uint64_t sources_told(const struct run *r, int64_t from_us, int64_t to_us)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->found_count; i++)
		if (r->found[i].detector == DETECTOR_FLOOD && !r->found[i].rollup && r->found[i].time_us >= from_us &&
		    r->found[i].time_us < to_us)
			n += r->found[i].sources;
	return n;
}

static void test_sources(void)
{
	struct run r;

	run_init(&r);
	for (int flood = 0; flood < 2; flood++)
		for (int s = 0; s < 10; s++)
			add_syns(&r, T0 + flood * HOUR_US + s * SECOND_US, 2000);
	run_all(&r, T0 + 2 * HOUR_US);
	uint64_t first = sources_told(&r, T0, T0 + HOUR_US), second = sources_told(&r, T0 + HOUR_US, T0 + 2 * HOUR_US);
	ok(first > 1740 && first < 2260, "20,000 SYNs of 2,000 sources: about %llu", (unsigned long long)first);
	ok(second == first, "the same again an hour later: a new flood counts them anew");
	run_fini(&r);
}

static void test_late(void)
{
	struct run r;

	run_init(&r);
	for (int seen = 12; seen <= 14; seen++) {
		struct flow_event e = unanswered(T0, VECTOR_TCP_SYN, ANSWER_NONE, addr(forged), addr(web), 443);
		e.packets = 1000;
		e.seen_us = T0 + seen * SECOND_US;
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_TCP_SYN, false) == 1000, "12 s late is counted, 13 s and more is not");
	ok(r.counters.late > 0, "but said: %llu", (unsigned long long)r.counters.late);
	run_fini(&r);
}

static void test_full(void)
{
	struct run r;

	run_init(&r);
	r.config.limits.flood_tallies = 8;
	for (uint32_t i = 0; i < 40000; i++) {
		struct flow_event e =
		        unanswered(T0 + i * 100, VECTOR_UDP, ANSWER_NONE, addr(forged), addr_plus("10.0.0.0", i), 9);
		run_add(&r, &e);
		if (i % 10 == 0) {
			e = unanswered(T0 + i * 100, VECTOR_UDP, ANSWER_NONE, addr(forged), addr("10.255.0.1"), 9);
			run_add(&r, &e);
		}
	}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(r.counters.flood_evicted > 0, "a full table forgets and says so: %llu",
	   (unsigned long long)r.counters.flood_evicted);
	ok(peak(&r, CLIENTS, VECTOR_UDP, false) == 4000, "never the host that is flooded meanwhile");
	ok(peak(&r, CLIENTS, VECTOR_UDP, true) == 44000, "nor the network's sum");
	run_fini(&r);
}

static void test_shares_full(void)
{
	struct run r;

	run_init(&r);
	r.config.limits.flood_shares = 10;
	for (uint32_t i = 0; i < 500; i++) {
		struct flow_event e = request(T0 + i, ANSWER_DATA, addr_plus(forged, i), addr(web), 443);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_HTTP_FLOOD, false) == 500, "without room for shares the load stays exact");
	ok(r.counters.flood_shares_full == 2 * 490, "the unnamed are counted, for asset and network: %llu",
	   (unsigned long long)r.counters.flood_shares_full);
	run_fini(&r);
}

static void test_false_alarms(void)
{
	struct run r;

	run_init(&r);
	for (uint32_t user = 0; user < 200; user++) /* behind one address, seven requests each in a minute */
		for (uint32_t i = 0; i < 7; i++) {
			struct flow_event e = request(T0 + user * 37000 + i * 8 * SECOND_US, ANSWER_DATA,
			                              addr("203.0.113.4"), addr(web), 443);
			e.client_port = (uint16_t)(20000 + user);
			e.sequence = i;
			run_add(&r, &e);
		}
	run_all(&r, T0 + 120 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_HTTP_FLOOD, false) < 1500, "200 users behind one address: %llu of 1,500",
	   (unsigned long long)peak(&r, WEB, VECTOR_HTTP_FLOOD, false));
	run_clear(&r);
	for (uint32_t i = 0; i < 2000; i++) {
		struct flow_event e = request(T0 + i * 50000, ANSWER_DATA, addr("203.0.113.5"), addr(web), 443);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 200 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_HTTP_FLOOD, false) == 600, "a crawler of 2,000 pages at 20 a second: 600 of 1,500");
	run_clear(&r);
	for (uint32_t i = 0; i < 600;
	     i++) { /* each second a probe that connects and closes, and one that asks a page */
		struct flow_event e =
		        no_request(T0 + i * SECOND_US, VECTOR_TCP_CONNECTION, addr("203.0.113.6"), addr(web), 443);
		run_add(&r, &e);
		e = request(T0 + i * SECOND_US, ANSWER_DATA, addr("203.0.113.6"), addr(web), 443);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 700 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_TCP_CONNECTION, false) == 30 && peak(&r, WEB, VECTOR_HTTP_FLOOD, false) == 0,
	   "monitoring each second: 30 of 300");
	run_clear(&r);
	struct flow_event e =
	        request(T0, ANSWER_DATA, addr("203.0.113.7"), addr(web), 443); /* its acknowledgements are answered */
	e.packets = 500000;
	e.bytes = UINT64_C(26000000);
	run_add(&r, &e);
	for (uint32_t i = 0; i < 100; i++) { /* 5 % of 2,000 SYNs lost at first, unanswered for 3 s once in 20 */
		e = unanswered(T0 + i * 300000, VECTOR_TCP_SYN, ANSWER_NONE, addr("203.0.113.8"), addr(web), 443);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(count_by(&r, DETECTOR_FLOOD) == 0, "a large download is one request, a lossy link a few SYNs");
	run_fini(&r);
}

/* "What it misses" of the pages in doc/detectors/: shown here so that the words stay true. */
static void test_stated_misses(void)
{
	struct run r;

	run_init(&r);
	for (int s = 0; s < 40; s++) /* ramp: 9 a second for 40 s, then the flood */
		add_syns(&r, T0 + s * SECOND_US, 9);
	add_syns(&r, T0 + 40 * SECOND_US, 5000);
	run_all(&r, T0 + 120 * SECOND_US);
	ok(flood_of(&r, WEB, VECTOR_TCP_SYN, false, 0)->time_us == T0 + 40 * SECOND_US,
	   "missed as stated: the ramp below a tenth");
	run_clear(&r);
	for (int i = 0; i < 5000;
	     i++) { /* answered echo requests: flow/ tells none; what it tells at the end is no unit */
		struct flow_event e = unanswered(T0 + i, VECTOR_ICMP, ANSWER_DATA, addr(forged), addr(web), 0);
		e.kind = FLOW_EVENT_END;
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(count_by(&r, DETECTOR_FLOOD) == 0, "missed as stated: packets that were answered");
	run_clear(&r);
	for (uint32_t i = 0; i < 1400; i++) {
		struct flow_event e = request(T0 + i * 20000, ANSWER_DATA, addr("203.0.113.4"), addr(web), 443);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_HTTP_FLOOD, false) == 1400, "missed as stated: costly requests below the floor");
	run_clear(&r);
	for (uint32_t i = 0; i < 2999; i++) { /* 140 kB a second */
		struct flow_event e =
		        unanswered(T0 + i * 10000, VECTOR_UDP, ANSWER_NONE, addr_plus(forged, i), addr(web), 9);
		e.bytes = 1428;
		run_add(&r, &e);
		e.vector = VECTOR_FRAGMENT;
		run_add(&r, &e);
		e.vector = VECTOR_UDP;
		e.client_port = 54; /* an amplifier that is not in the list */
		run_add(&r, &e);
	}
	run_all(&r, T0 + 90 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_FRAGMENT, false) == 2999, "missed as stated: few large packets, whatever their bytes");
	ok(peak(&r, WEB, VECTOR_UDP_AMPLIFIED, false) == 0 && peak(&r, WEB, VECTOR_UDP, false) == 5998,
	   "missed as stated: an amplifier outside the list is UDP like any other");
	run_clear(&r);
	for (int i = 0; i < 150; i++) {
		struct flow_event e =
		        no_request(T0 + i * 200000, VECTOR_HTTP_SLOW, addr("203.0.113.4"), addr(web), 443);
		e.client_port = (uint16_t)(1024 + i);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 90 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_HTTP_SLOW, false) == 150, "missed as stated: 150 workers filled with five a second");
	run_clear(&r);
	for (int i = 0; i < 299; i++) {
		struct flow_event e = no_request(T0 + i, VECTOR_HTTP_SLOW, addr("203.0.113.4"), addr(web), 443);
		e.client_port = (uint16_t)(1024 + i);
		run_add(&r, &e);
	}
	run_all(&r, T0 + 60 * SECOND_US);
	ok(peak(&r, WEB, VECTOR_HTTP_SLOW, false) == 299, "missed as stated: slow connections below the floor");
	run_fini(&r);
}

int main(void)
{
	test_tenth_of_floor();
	test_window();
	test_figures();
	test_vectors();
	test_requests();
	test_heaviest_shares();
	test_connections_share_a_load();
	test_rollup();
	test_outbound();
	test_ceiling();
	test_distinct();
	test_sources();
	test_late();
	test_full();
	test_shares_full();
	test_false_alarms();
	test_stated_misses();
	return done();
}
