/* Goal: the counting rule, paragraph by paragraph (design 5): each value exactly met and missed by one. */
#include "decide_world.h"
#include "tap.h"

static const char *const attacker = "203.0.113.9";

/* 5.5, scanner: 3 within 10 minutes, both ends included. */
static void scan_minimum(struct world *w)
{
	world_restart(w);
	scan(w, T0, attacker, BANK, "192.0.2.1", 21);
	scan(w, T0 + 1, attacker, BANK, "192.0.2.1", 22);
	finish(w, T0 + HOUR_US);
	ok(w->count == 0 && w->placed_out == 2 && w->shown == 0, "two steps are no scan");

	world_restart(w);
	scan(w, T0, attacker, BANK, "192.0.2.1", 21);
	scan(w, T0 + 1, attacker, BANK, "192.0.2.1", 22);
	scan(w, T0 + 10 * MINUTE_US, attacker, BANK, "192.0.2.1", 23);
	finish(w, T0 + HOUR_US);
	const struct attack *a = &w->attacks[0];
	ok(w->count == 1 && a->class == CLASS_SCANNER && a->first_us == T0 && a->observations == 3 && w->opened == 1,
	   "three within exactly 10 minutes are");
	ok(a->key.group_kind == GROUP_ANY && a->key.has_asset && a->key.scan_vector == VECTOR_PORT &&
	           a->path == PATH_SPOOFABLE && a->source_count == 0 && a->claimed_sources == 1 && a->sources == NULL,
	   "keyed * with asset and scan vector; the claimed source is never named");
	ok(strcmp(a->asset, "bank") == 0 && a->threshold == 3 && a->outcome == OUTCOME_UNKNOWN && a->open,
	   "asset, threshold, outcome, still open");

	world_restart(w);
	scan(w, T0, attacker, BANK, "192.0.2.1", 21);
	scan(w, T0 + 1, attacker, BANK, "192.0.2.1", 22);
	scan(w, T0 + 10 * MINUTE_US + 1, attacker, BANK, "192.0.2.1", 23);
	finish(w, T0 + HOUR_US);
	ok(w->count == 0, "one microsecond more and they are not");

	world_restart(w);
	for (int i = 0; i < 5; i++)
		scan(w, T0 + i, attacker, BANK, "192.0.2.1", (uint16_t)(21 + i % 2));
	finish(w, T0 + HOUR_US);
	ok(w->count == 0 && w->placed_out == 5, "the same (host, port) again is not distinct");

	world_restart(w);
	scan(w, T0, attacker, BANK, "192.0.2.1", 21);
	scan(w, T0 + 1, "203.0.113.10", BANK, "192.0.2.1", 22);
	scan(w, T0 + 2, "203.0.113.11", BANK, "192.0.2.1", 23);
	finish(w, T0 + HOUR_US);
	ok(w->count == 0, "three claimed sources with one step each are none");
}

/* 5.5, scanner: 10 within 24 hours. */
static void scan_slow(struct world *w)
{
	for (int n = 9; n <= 10; n++) {
		world_restart(w);
		for (int i = 0; i < n; i++)
			scan(w, T0 + i * 160 * MINUTE_US, attacker, BANK, "192.0.2.1", (uint16_t)(100 + i));
		finish(w, T0 + 24 * HOUR_US);
		ok((w->count == 1) == (n == 10), "%d steps in a day, never three in ten minutes", n);
	}
	ok(w->attacks[0].first_us == T0 && w->attacks[0].threshold == 10 && w->attacks[0].units == 10,
	   "first is the earliest of the ten, all ten enter");
	world_restart(w);
	for (int i = 0; i < 10; i++)
		scan(w, T0 + i * 160 * MINUTE_US + (i == 9 ? 1 : 0), attacker, BANK, "192.0.2.1", (uint16_t)(100 + i));
	finish(w, T0 + 24 * HOUR_US + 1);
	ok(w->count == 0, "the tenth one microsecond after the day");
}

static void scan_vector(struct world *w)
{
	world_restart(w);
	for (int i = 0; i < 3; i++) {
		char host[32];
		(void)snprintf(host, sizeof(host), "192.0.2.%d", 1 + i);
		scan(w, T0 + i, attacker, BANK, host, 22);
	}
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && w->attacks[0].key.scan_vector == VECTOR_HOST, "three hosts, one port: host");

	world_restart(w);
	scan(w, T0, attacker, BANK, "192.0.2.1", 1);
	scan(w, T0 + 1, attacker, BANK, "192.0.2.2", 2);
	scan(w, T0 + 2, attacker, BANK, "192.0.2.3", 3);
	for (int i = 4; i <= 6; i++) {
		char host[32];
		(void)snprintf(host, sizeof(host), "192.0.2.%d", i);
		scan(w, T0 + i, attacker, BANK, host, 3);
	}
	finish(w, T0 + HOUR_US);
	ok(w->count == 2 && w->attacks[0].key.scan_vector == VECTOR_PORT && w->attacks[0].observations == 5 &&
	           w->attacks[1].key.scan_vector == VECTOR_HOST && w->attacks[1].observations == 1,
	   "as many hosts as ports is port; six hosts of three ports are twice as many: host from then on");

	world_restart(w);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++) {
			char source[32];
			(void)snprintf(source, sizeof(source), "203.0.113.%d", 9 + i);
			scan(w, T0 + i * HOUR_US + j, source, BANK, "192.0.2.1", (uint16_t)(1 + j));
		}
	finish(w, T0 + 2 * HOUR_US);
	ok(w->count == 1 && w->attacks[0].observations == 6 && w->attacks[0].claimed_sources == 2,
	   "two claimed sources of one key are one attack");
}

/* A sweep over an asset that counts each host is seen; a scan of one host is that host's. */
static void scan_each_host(struct world *w)
{
	world_restart(w);
	for (int i = 0; i < 3; i++) {
		char host[32];
		(void)snprintf(host, sizeof(host), "198.51.100.%d", 1 + i);
		scan(w, T0 + i, attacker, CLIENTS, host, 445);
	}
	for (int i = 0; i < 3; i++)
		scan(w, T0 + 10 + i, "203.0.113.77", CLIENTS, "198.51.100.8", (uint16_t)(1 + i));
	finish(w, T0 + HOUR_US);
	ok(w->count == 2, "two attacks");
	const char *sweep = w->attacks[0].key.scan_vector == VECTOR_HOST ? w->attacks[0].asset : w->attacks[1].asset;
	const char *one = w->attacks[0].key.scan_vector == VECTOR_HOST ? w->attacks[1].asset : w->attacks[0].asset;
	ok(strcmp(sweep, "clients") == 0 && strcmp(one, "clients/198.51.100.8") == 0, "%s and %s", sweep, one);
}

/* 5.4: the gap, equality included; the cut at 24 h. */
static void gap_and_cut(struct world *w)
{
	for (int extra = 0; extra < 2; extra++) {
		world_restart(w);
		for (int i = 0; i < 10; i++)
			login(w, T0 + i, attacker, false);
		login(w, T0 + 9 + 60 * MINUTE_US + extra, attacker, false);
		finish(w, T0 + 3 * HOUR_US);
		ok(w->count == 1 && w->attacks[0].observations == 11u - (unsigned)extra && !w->attacks[0].open,
		   "a failure %s is %s", extra ? "one microsecond behind the gap" : "exactly at the gap",
		   extra ? "not in it" : "the same attack");
	}
	for (int extra = 0; extra < 2; extra++) {
		world_restart(w);
		int64_t t = T0;
		for (int i = 0; i < 10; i++)
			login(w, T0, attacker, false);
		for (t = T0 + 30 * MINUTE_US; t < T0 + DAY_US; t += 30 * MINUTE_US)
			login(w, t, attacker, false);
		login(w, T0 + DAY_US + extra, attacker, false);
		finish(w, T0 + DAY_US + HOUR_US);
		if (extra == 0)
			ok(w->count == 1 && w->attacks[0].last_us == T0 + DAY_US, "first + 24 h is still the same");
		else
			ok(w->count == 2 && strcmp(w->attacks[1].continues, w->attacks[0].id) == 0 &&
			           w->attacks[0].continues[0] == '\0' && w->attacks[1].first_us == T0 + DAY_US + 1 &&
			           w->attacks[1].observations == 1 && !w->attacks[0].open && w->attacks[1].open,
			   "one microsecond later a new one continues it");
	}
	ok(decider_counters(w->decider)->continued == 1 && decider_counters(w->decider)->attacks == 2, "counted");
}

/* 5.6: the day is that of first; the id is the HMAC of design 5 over key and first. */
static void day_and_id(struct world *w)
{
	int64_t midnight = (utc_day(T0) + 1) * DAY_US;
	char id[ATTACK_ID_MAX];
	struct digest rule;

	world_restart(w);
	for (int i = 0; i < 10; i++)
		login(w, midnight - 1 + i, attacker, false);
	finish(w, midnight + HOUR_US);
	ok(w->count == 1 && utc_day(w->attacks[0].first_us) == utc_day(T0) && w->attacks[0].last_us > midnight,
	   "23:59:59.999999 is the day before");
	uint8_t key[] = "brute-force\x1f-\x1f"
	                "bank\x1f................!\x1fssh";
	struct address a = addr(attacker);
	memcpy(key + 19, a.bytes, 16);
	key[35] = 128;
	(void)digest_parse(w->rule.text + 4, &rule);
	attack_id_format(w->config.k_id, &rule, key, sizeof(key) - 1, midnight - 1, id);
	ok(strcmp(id, w->attacks[0].id) == 0, "id %s", id);
}

/* 5.5, brute force; 5.9: reached. */
static void brute_minimum(struct world *w)
{
	for (int n = 9; n <= 10; n++) {
		world_restart(w);
		for (int i = 0; i < n; i++)
			login(w, i == n - 1 ? T0 + 60 * MINUTE_US : T0 + i, attacker, false);
		finish(w, T0 + 2 * HOUR_US);
		ok((w->count == 1) == (n == 10), "%d failures in exactly an hour", n);
	}
	const struct attack *a = &w->attacks[0];
	ok(a->class == CLASS_BRUTE_FORCE && a->key.group_kind == GROUP_ADDRESS && a->key.service == SERVICE_SSH &&
	           a->path == PATH_CONFIRMED && a->source_count == 1 && a->sources[0].units == 10 &&
	           a->outcome == OUTCOME_REFUSED && a->units == 10,
	   "confirmed, one source, refused");
	world_restart(w);
	for (int i = 0; i < 10; i++)
		login(w, i == 9 ? T0 + 60 * MINUTE_US + 1 : T0 + i, attacker, false);
	finish(w, T0 + 2 * HOUR_US);
	ok(w->count == 0, "ten failures in an hour and a microsecond are none");

	world_restart(w);
	for (int i = 0; i < 6; i++)
		login(w, T0 + i, attacker, false);
	login(w, T0 + 6, attacker, true);
	finish(w, T0 + 2 * HOUR_US);
	ok(w->count == 0 && w->placed_out == 7, "six wrong passwords, then the right one: no attack");

	world_restart(w);
	login(w, T0, attacker, true);
	for (int i = 1; i <= 10; i++)
		login(w, T0 + i, attacker, false);
	finish(w, T0 + 2 * HOUR_US);
	ok(w->count == 1 && w->attacks[0].outcome == OUTCOME_REFUSED && w->attacks[0].observations == 10,
	   "a login accepted before the first failure is no success of the attack");

	world_restart(w);
	for (int i = 0; i < 11; i++)
		login(w, T0 + i, attacker, i == 5);
	finish(w, T0 + 2 * HOUR_US);
	ok(w->count == 1 && w->attacks[0].outcome == OUTCOME_REACHED && w->attacks[0].accepted == 1 &&
	           w->attacks[0].observations == 11 && w->attacks[0].severity == 4,
	   "one accepted among the failures is: reached, severity 4");

	world_restart(w);
	for (int i = 0; i < 10; i++)
		login(w, T0 + i, attacker, false);
	login(w, T0 + 50 * MINUTE_US, attacker, true);
	login(w, T0 + 100 * MINUTE_US, attacker, false);
	finish(w, T0 + 4 * HOUR_US);
	ok(w->count == 1 && w->attacks[0].accepted == 1 && w->attacks[0].last_us == T0 + 50 * MINUTE_US,
	   "success enters the attack, but does not extend it");
}

static void brute_distributed(struct world *w)
{
	for (int groups = 9; groups <= 10; groups++) {
		world_restart(w);
		/* At most 9 failures a group, so no group meets the minimum alone; 9 groups cannot reach 100 then. */
		int n = 0;
		for (int round = 0; round < 12 && n < 100; round++)
			for (int g = 0; g < groups + 2 && n < 100; g++) {
				char source[32];
				int at = g < groups ? g : groups - 1;
				(void)snprintf(source, sizeof(source), "203.0.113.%d", 10 + at);
				if (g >= groups || round >= 9)
					continue;
				login(w, T0 + n++ * SECOND_US, source, false);
			}
		finish(w, T0 + 2 * HOUR_US);
		ok(w->count == 0, "%d groups with 9 failures each are fewer than 100", groups);
	}
	world_restart(w);
	for (int n = 0; n < 99; n++) {
		char source[32];
		(void)snprintf(source, sizeof(source), "203.0.113.%d", 10 + n % 12);
		login(w, T0 + n * SECOND_US, source, false);
	}
	ok(w->opened == 0, "99 failures by 12 groups");
	login(w, T0 + 99 * SECOND_US, "203.0.113.22", false);
	login(w, T0 + 100 * SECOND_US, "203.0.113.10", true);
	login(w, T0 + 101 * SECOND_US, "203.0.113.99", true);
	finish(w, T0 + 2 * HOUR_US);
	const struct attack *a = &w->attacks[0];
	ok(w->count == 1 && a->key.group_kind == GROUP_DISTRIBUTED && a->first_us == T0 && a->units == 100 &&
	           a->source_count == 13 && a->accepted == 1 && a->outcome == OUTCOME_REACHED && w->placed_out == 1,
	   "the hundredth makes *d of 13 groups; a member's success counts, a stranger's does not");
}

/* The number of groups decides where failures are enough: with a higher minimum a group can have more than nine. */
static void brute_groups(struct world *w)
{
	uint32_t before = w->rule.brute_failures;
	w->rule.brute_failures = 50;
	for (int groups = 9; groups <= 10; groups++) {
		world_restart(w);
		for (int n = 0; n < 100; n++) {
			char source[32];
			(void)snprintf(source, sizeof(source), "203.0.113.%d", 10 + n % groups);
			login(w, T0 + n * SECOND_US, source, false);
		}
		finish(w, T0 + 2 * HOUR_US);
		ok(w->count == (groups == 10), "100 failures by %d groups", groups);
	}
	w->rule.brute_failures = before;
}

/* 5.2: /64 of one /56. */
static void merging(struct world *w)
{
	for (int n = 7; n <= 8; n++) {
		world_restart(w);
		for (int i = 0; i < 16; i++) {
			char source[64];
			(void)snprintf(source, sizeof(source), "2001:db8:0:1%02x::1", i % n);
			login(w, T0 + i * SECOND_US, source, false);
		}
		finish(w, T0 + 2 * HOUR_US);
		ok(w->count == (n == 8), "%d /64 of one /56", n);
	}
	char text[PREFIX_TEXT_MAX];
	ok(strcmp(prefix_format(&w->attacks[0].key.group, text), "2001:db8:0:100::/56") == 0 &&
	           w->attacks[0].units == 16 && w->attacks[0].first_us == T0,
	   "eight are one group with all their failures: %s", text);

	world_restart(w);
	for (int i = 0; i < 16; i++) {
		char source[64];
		(void)snprintf(source, sizeof(source), "2001:db8:0:%d00::1", i % 8);
		login(w, T0 + i * SECOND_US, source, false);
	}
	finish(w, T0 + 2 * HOUR_US);
	ok(w->count == 1 && strcmp(prefix_format(&w->attacks[0].key.group, text), "2001:db8::/48") == 0,
	   "eight /56 are a /48");

	world_restart(w);
	for (int i = 0; i < 16; i++) {
		char source[64];
		(void)snprintf(source, sizeof(source), "2001:db8:0:1%02x::1", i % 8);
		/* The eighth comes later than the gap after the first. */
		login(w, T0 + i / 7 * (61 * MINUTE_US) + i % 7, source, false);
	}
	finish(w, T0 + 9 * HOUR_US);
	ok(w->count == 0 && decider_counters(w->decider)->merges == 0,
	   "eight that never meet within the gap stay apart");
}

static void ramp(struct world *w, int64_t t, int asset, enum vector vector, const uint64_t *loads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		flood(w, t + (int64_t)i * SECOND_US, asset, vector, loads[i], 1000);
}

/* 5.5, floods. */
static void flood_minimum(struct world *w)
{
	world_restart(w);
	ramp(w, T0, SITE, VECTOR_TCP_SYN, (const uint64_t[]){ 1000, 2000, 3000 }, 3);
	finish(w, T0 + HOUR_US);
	ok(w->count == 0 && w->placed_out == 3, "a load of exactly the floor is no flood");

	world_restart(w);
	ramp(w, T0, SITE, VECTOR_TCP_SYN, (const uint64_t[]){ 1000, 2000, 3001, 3500, 2999 }, 5);
	finish(w, T0 + HOUR_US);
	const struct attack *a = &w->attacks[0];
	ok(w->count == 1 && a->first_us == T0 && a->last_us == T0 + 3 * SECOND_US && a->observations == 4 &&
	           a->units == 4000 && a->peak_load == 3500 && a->threshold == 3000 && w->placed_out == 1,
	   "one more is; first is the earliest second in the window; what is under it afterwards stays out");
	ok(a->class == CLASS_DDOS && a->path == PATH_SPOOFABLE && a->key.vector_group == VECTOR_GROUP_NETWORK &&
	           a->outcome == OUTCOME_UNKNOWN && !a->open,
	   "spoofable floods are ddos; the gap was over");

	world_restart(w);
	flood(w, T0, SITE, VECTOR_TCP_SYN, 1000, 1000);
	flood(w, T0 + 30 * SECOND_US, SITE, VECTOR_TCP_SYN, 3001, 1000);
	flood(w, T0 + 30 * SECOND_US + 1 + 15 * MINUTE_US, SITE, VECTOR_UDP, 3001, 1000);
	finish(w, T0 + HOUR_US);
	ok(w->count == 2 && w->attacks[0].first_us == T0 + 30 * SECOND_US, "a second 30 s ago is not in the window");
	ok(w->attacks[1].first_us == T0 + 30 * SECOND_US + 1 + 15 * MINUTE_US,
	   "the gap and a microsecond: a new attack");

	world_restart(w);
	flood(w, T0, SITE, VECTOR_TCP_SYN, 3001, 1000);
	flood(w, T0 + 15 * MINUTE_US, SITE, VECTOR_UDP, 3001, 1000);
	flood(w, T0 + 15 * MINUTE_US, SITE, VECTOR_HTTP_FLOOD, 1501, 1000);
	finish(w, T0 + HOUR_US);
	ok(w->count == 2, "two vectors of one group are one attack at exactly the gap; another group is another");

	world_restart(w);
	flood(w, T0, SITE, VECTOR_TCP_CONNECTION, 100, 100);
	flood(w, T0 + SECOND_US, SITE, VECTOR_HTTP_SLOW, 301, 201);
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && w->attacks[0].first_us == T0 && w->attacks[0].units == 301,
	   "first is the earliest observation inside the window, of the vectors that make one load");

	world_restart(w);
	flood(w, T0, SITE, VECTOR_TCP_SYN, 400, 0);
	flood(w, T0 + SECOND_US, SITE, VECTOR_TCP_SYN, 3400, 3000);
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && w->attacks[0].first_us == T0 + SECOND_US, "a second without units begins nothing");

	world_restart(w);
	flood(w, T0, SITE, VECTOR_UDP, 2000, 1000);
	flood(w, T0 + SECOND_US, SITE, VECTOR_TCP_SYN, 3001, 2500);
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && w->attacks[0].first_us == T0 + SECOND_US && w->attacks[0].units == 2500 &&
	           w->attacks[0].vectors == 1u << VECTOR_TCP_SYN,
	   "what another vector had below its own minimum stays an observation");

	world_restart(w);
	flood(w, T0, SITE, VECTOR_TCP_ACK, 2999, 2999);
	flood(w, T0 + SECOND_US, SITE, VECTOR_UDP_AMPLIFIED, 1001, 1001);
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && w->attacks[0].first_us == T0 + SECOND_US && w->attacks[0].path == PATH_REFLECTOR &&
	           w->attacks[0].vectors == 1u << VECTOR_UDP_AMPLIFIED && w->placed_out == 1,
	   "what stays under its own floor beside a flood is no part of it");

	world_restart(w);
	flood(w, T0 + 900000, SITE, VECTOR_TCP_SYN, 1000, 1000);
	flood(w, T0 + 30 * SECOND_US + 100000, SITE, VECTOR_TCP_SYN, 3001, 1000);
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && w->attacks[0].first_us == T0 + 30 * SECOND_US + 100000,
	   "the window is of whole seconds: the thirtieth before is not in it");

	world_restart(w);
	flood(w, T0, SITE, VECTOR_TCP_SYNACK, 1000, 1000);
	scan(w, T0 + 1, attacker, SITE, "192.0.2.17", 1);
	for (uint16_t i = 0; i < 5; i++) {
		struct observation o = scan_step(T0 + 2 + i, attacker, SITE, "192.0.2.17", (uint16_t)(100 + i));
		o.vector = VECTOR_TCP_SYNACK;
		feed(w, &o);
	}
	finish(w, T0 + HOUR_US);
	ok(w->count == 0 && decider_counters(w->decider)->backscatter == 5,
	   "backscatter below the floor is never an attack");

	world_restart(w);
	w->estate.assets[SITE].ceiling[VECTOR_TCP_SYN] = 9000;
	flood(w, T0, SITE, VECTOR_TCP_SYN, 9000, 1000);
	flood(w, T0 + 1, SITE, VECTOR_DNS_QUERY, 1000000, 1000);
	finish(w, T0 + HOUR_US);
	ok(w->count == 0, "the configured ceiling replaces the floor; a vector without floor never floods");
	w->estate.assets[SITE].ceiling[VECTOR_TCP_SYN] = 0;
}

static void reflector(struct world *w)
{
	for (int share = 89; share <= 90; share++) {
		world_restart(w);
		flood(w, T0, SITE, VECTOR_UDP_AMPLIFIED, 90000, (uint64_t)share * 100);
		flood(w, T0, SITE, VECTOR_UDP, 10000, (uint64_t)(100 - share) * 100);
		finish(w, T0 + HOUR_US);
		ok(w->count == 1 && w->attacks[0].path == (share == 90 ? PATH_REFLECTOR : PATH_SPOOFABLE),
		   "%d %% amplifier answers", share);
	}
}

static void share(struct world *w, int64_t t, const char *source, uint64_t count)
{
	struct observation o = flood_second(t, SITE, VECTOR_HTTP_FLOOD, 0, count);
	o.source = addr(source);
	feed(w, &o);
}

/* 5.1 and the sources of application floods. */
static void application(struct world *w)
{
	for (int groups = 9; groups <= 10; groups++) {
		world_restart(w);
		/* One second, one window: what is left may be 1,500 requests. */
		flood(w, T0, SITE, VECTOR_HTTP_FLOOD, 3000 + 200 * (uint64_t)groups, 1500 + 200 * (uint64_t)groups);
		for (int i = 0; i < groups; i++) {
			char source[32];
			(void)snprintf(source, sizeof(source), "203.0.113.%d", 10 + i);
			share(w, T0, source, 200);
		}
		share(w, T0, "203.0.113.99", 30);
		finish(w, T0 + HOUR_US);
		const struct attack *a = &w->attacks[0];
		ok(w->count == 1 && a->source_count == (uint64_t)groups && a->sources_kept == (size_t)groups &&
		           a->class == (groups == 10 ? CLASS_DDOS : CLASS_DOS) && a->path == PATH_CONFIRMED,
		   "%d heavy source groups: %s; the ordinary user is not named", groups, groups == 10 ? "ddos" : "dos");
	}
}

static void sum_second(struct world *w, int64_t t, uint64_t load)
{
	struct observation o = flood_second(t, NET, VECTOR_UDP, load, 200);
	o.rollup = true;
	feed(w, &o);
}

/* 5.1, carpet bombing. */
static void carpet(struct world *w)
{
	for (int n = 7; n <= 8; n++) {
		world_restart(w);
		for (int i = 0; i < n; i++)
			flood(w, i == 7 ? T0 + 15 * MINUTE_US : T0 + i * MINUTE_US, SMALL + i, VECTOR_UDP, 3001, 500);
		finish(w, T0 + DAY_US);
		if (n == 7)
			ok(w->count == 7 && w->absorbed == 0, "seven assets of a network: seven attacks");
	}
	ok(w->count == 1 && w->absorbed == 8 && strcmp(w->attacks[0].asset, "net") == 0 &&
	           w->attacks[0].first_us == T0 && w->attacks[0].units == 4000 &&
	           w->attacks[0].targets_named_count == 8,
	   "eight within exactly 15 minutes: one attack on the network (%zu, %zu)", w->count, w->absorbed);

	world_restart(w);
	for (int i = 0; i < 8; i++)
		flood(w, i == 7 ? T0 + 15 * MINUTE_US + 1 : T0 + i * MINUTE_US, SMALL + i, VECTOR_UDP, 3001, 500);
	finish(w, T0 + DAY_US);
	ok(w->count == 8, "the eighth one microsecond later: eight attacks");

	world_restart(w);
	for (int i = 0; i < 40; i++)
		sum_second(w, T0 + i * SECOND_US, i < 20 ? 150 * (uint64_t)(i + 1) : 3001);
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && strcmp(w->attacks[0].asset, "net") == 0 && w->attacks[0].first_us == T0 &&
	           w->attacks[0].units == 8000 && w->attacks[0].last_us == T0 + 39 * SECOND_US,
	   "a sum above the floor with no asset alone: an attack on the network, first in its window");

	world_restart(w);
	for (int i = 0; i < 40; i++) {
		uint64_t load = 150 * (uint64_t)(i + 1);
		flood(w, T0 + i * SECOND_US, SMALL, VECTOR_UDP, load, 150);
		sum_second(w, T0 + i * SECOND_US, load + 600);
	}
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && strcmp(w->attacks[0].asset, "small0") == 0,
	   "a flood of one asset that the sum sees a few seconds earlier stays that asset's");
}

/* 5.9, availability. */
static void reached(struct world *w)
{
	for (int below = 2; below <= 3; below++) {
		world_restart(w);
		for (int i = 0; i < 360; i++)
			serve(w, T0 + i * 10 * SECOND_US, SITE, 10, 10);
		int64_t t = T0 + HOUR_US;
		for (int i = 0; i < 60; i++) {
			flood(w, t + i * SECOND_US, SITE, VECTOR_TCP_SYN, 30000, 1000);
			if (i % 10 == 5)
				serve(w, t + i * SECOND_US, SITE, 10, i / 10 >= 1 && i / 10 <= below ? 4 : 5);
		}
		finish(w, t + HOUR_US);
		ok(w->count == 1 && (w->attacks[0].outcome == OUTCOME_REACHED) == (below == 3),
		   "%d tens of seconds below half; exactly half is not below", below);
	}
	ok(w->attacks[0].reached_us == 30 * SECOND_US && w->attacks[0].severity == 3, "30 s, severity 3");

	world_restart(w);
	for (int i = 0; i < 60; i++) {
		flood(w, T0 + i * SECOND_US, SITE, VECTOR_TCP_SYN, 30000, 1000);
		if (i % 10 == 5)
			serve(w, T0 + i * SECOND_US, SITE, 10, 0);
	}
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && w->attacks[0].outcome == OUTCOME_UNKNOWN, "without an hour before nothing can be said");
}

/* Clients fared well from ten minutes before until `age` before; the flood lasts `seconds`; slots in which all fail come at
 * the given seconds. */
static bool is_reached(struct world *w, int64_t age_us, int seconds, const int *failing, size_t n)
{
	int64_t t = T0 + 2 * HOUR_US;
	size_t next = 0;

	world_restart(w);
	for (int64_t s = t - age_us; s < t - age_us + 60 * SECOND_US; s += 10 * SECOND_US)
		serve(w, s, SITE, 10, 10);
	for (int i = 0; i < 120; i++) {
		if (i < seconds)
			flood(w, t + i * SECOND_US, SITE, VECTOR_TCP_SYN, 30000, 1000);
		if (next < n && failing[next] == i) {
			serve(w, t + i * SECOND_US, SITE, 10, 0);
			next++;
		}
	}
	finish(w, t + HOUR_US);
	return w->count == 1 && w->attacks[0].outcome == OUTCOME_REACHED;
}

static void reached_edges(struct world *w)
{
	static const int steady[] = { 9, 19, 29 }, sparse[] = { 9, 59 }, bridged[] = { 9, 39 },
	                 after[] = { 61, 71, 81 };

	ok(is_reached(w, 60 * MINUTE_US, 60, steady, 3), "what was an hour before the first counts");
	ok(!is_reached(w, 62 * MINUTE_US, 60, steady, 3), "what was earlier does not");
	ok(!is_reached(w, 30 * MINUTE_US, 60, sparse, 2), "two failing slots 50 s apart are no stretch");
	ok(is_reached(w, 30 * MINUTE_US, 60, bridged, 2), "30 s of nobody trying do not break one");
	ok(!is_reached(w, 30 * MINUTE_US, 31, after, 3),
	   "failures later than 30 s after the last flood second are not its");
}

/* 5.7, 5.8 */
static void kept_apart(struct world *w)
{
	world_restart(w);
	for (int i = 0; i < 3; i++) {
		scan(w, T0 + i, attacker, BANK, "192.0.2.1", (uint16_t)(1 + i));
		scan(w, T0 + i, "203.0.113.200", BANK, "192.0.2.1", (uint16_t)(1 + i));
		struct observation inside = scan_step(T0 + i, "198.51.100.7", BANK, "192.0.2.1", (uint16_t)(1 + i));
		inside.direction = DIRECTION_INTERNAL;
		feed(w, &inside);
		struct observation out = scan_step(T0 + i, "192.0.2.5", BANK, "233.252.0.1", (uint16_t)(1 + i));
		out.direction = DIRECTION_OUT;
		out.asset.index = ASSET_NONE;
		feed(w, &out);
	}
	finish(w, T0 + HOUR_US);
	unsigned research = 0, internal = 0, outwards = 0;
	for (size_t i = 0; i < w->count; i++) {
		research += w->attacks[i].status == STATUS_RESEARCH;
		internal += w->attacks[i].key.direction == DIRECTION_INTERNAL;
		outwards +=
		        w->attacks[i].key.direction == DIRECTION_OUT && strcmp(w->attacks[i].asset, "external") == 0;
	}
	ok(w->count == 4 && research == 1 && internal == 1 && outwards == 1, "research, internal, out: each apart");
}

/* Bounds: named outcomes, nothing lost from placement. */
static void bounds(struct world *w)
{
	struct decider_limits before = w->config.limits;

	w->config.limits.attacks = 1;
	world_restart(w);
	for (int i = 0; i < 10; i++) {
		login(w, T0 + 2 * i, attacker, false);
		login(w, T0 + 2 * i + 1, "203.0.113.10", false);
	}
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && decider_counters(w->decider)->attacks_full == 1 && w->placed_in + w->placed_out == 20,
	   "no room for a second attack: said, and its observations are placed");
	w->config.limits = before;
	w->config.limits.pending = 4;
	world_restart(w);
	for (int i = 0; i < 20; i++)
		login(w, T0 + i, attacker, false);
	finish(w, T0 + HOUR_US);
	ok(w->count == 0 && decider_counters(w->decider)->pending_evicted == 18 && w->placed_out == 20,
	   "a full pool lets the oldest go, counted");
	w->config.limits = before;
	w->config.limits.reorder = 3;
	world_restart(w);
	for (int i = 0; i < 10; i++) {
		struct observation o = login_try(T0 + i, attacker, BANK, false);
		(void)decider_observe(w->decider, &o);
	}
	struct observation old = login_try(T0, attacker, BANK, false);
	ok(decider_observe(w->decider, &old) == DECIDER_LATE && decider_counters(w->decider)->hurried == 7 &&
	           decider_counters(w->decider)->late == 1,
	   "a full heap judges early; what is older than the judged is late");
	finish(w, T0 + HOUR_US);
	ok(w->count == 1 && w->placed_in == 10, "all were counted");
	w->config.limits = before;
	w->config.limits.focus = 0;
	struct decider *none = NULL;
	ok(decider_new(&w->config, &none) < 0 && none == NULL, "a limit of 0 is refused");
	w->config.limits = before;
	ok(decider_memory(&before, &w->estate) > sizeof(struct attack), "a bound is stated: %zu MiB",
	   decider_memory(&before, &w->estate) >> 20);
}

int main(void)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return 99;
	world_init(w);
	scan_minimum(w);
	scan_slow(w);
	scan_vector(w);
	scan_each_host(w);
	gap_and_cut(w);
	day_and_id(w);
	brute_minimum(w);
	brute_distributed(w);
	brute_groups(w);
	merging(w);
	flood_minimum(w);
	reflector(w);
	application(w);
	carpet(w);
	reached(w);
	reached_edges(w);
	kept_apart(w);
	bounds(w);
	world_fini(w);
	free(w);
	return done();
}
