/* Goal: every login is told, none twice, whatever the key, the size of the table and the moments of brute_advance();
 * ordinary logins look like what they are. */
#include <stdlib.h>

#include "base/utc.h"
#include "inspect/rate/brute/brute.h"
#include "tap.h"

enum { TOLD_MAX = 100000 };

struct told {
	size_t n;
	struct observation list[TOLD_MAX];
};

static struct told told, other;
static struct estate estate;

#define T0 (INT64_C(1700000000) * SECOND_US)

static void keep(void *context, const struct observation *o)
{
	struct told *t = context;

	if (t->n < TOLD_MAX)
		t->list[t->n++] = *o;
}

static struct address addr(const char *text)
{
	struct address a = { 0 };

	if (address_parse(text, &a) < 0)
		exit(99);
	return a;
}

/* bank: 192.0.2.0/24; clients, each host by itself: 10.0.0.0/8 */
static void make_estate(void)
{
	static const char *const nets[] = { "192.0.2.0/24", "10.0.0.0/8" };

	estate.assets = calloc(2, sizeof(*estate.assets));
	estate.asset_count = 2;
	for (int i = 0; i < 2; i++) {
		struct asset *a = &estate.assets[i];
		snprintf(a->name, sizeof(a->name), "%s", i == 0 ? "bank" : "clients");
		a->prefixes = calloc(1, sizeof(*a->prefixes));
		a->prefix_count = 1;
		a->each_host = i == 1;
		if (a->prefixes == NULL || prefix_parse(nets[i], a->prefixes) < 0)
			exit(99);
	}
	if (estate_seal(&estate) < 0)
		exit(99);
}

static struct brute *start(uint32_t sources, uint64_t key, struct told *t)
{
	struct brute_config config = {
		.estate = &estate, .sink = { keep, t }, .key = { key, ~key }, .sources = sources
	};
	struct brute *b = NULL;

	t->n = 0;
	if (brute_new(&config, &b) < 0)
		exit(99);
	return b;
}

static struct flow_event login(int64_t time_us, const char *client, const char *server, bool accepted)
{
	return (struct flow_event){ .time_us = time_us,
		                    .seen_us = time_us,
		                    .client = addr(client),
		                    .server = addr(server),
		                    .client_port = 50000,
		                    .server_port = 22,
		                    .kind = FLOW_EVENT_LOGIN,
		                    .proto = 6,
		                    .vector = VECTOR_LOGIN,
		                    .path = PATH_CONFIRMED,
		                    .service = SERVICE_SSH,
		                    .accepted = accepted };
}

static void test_one(void)
{
	struct brute *b = start(4, 1, &told);
	struct flow_event e = login(T0, "198.51.100.7", "192.0.2.9", false);
	const struct observation *o = &told.list[0];

	brute_feed(b, &e);
	ok(told.n == 1 && o->detector == DETECTOR_BRUTE && o->vector == VECTOR_LOGIN && o->count == 1 &&
	           o->refused == 1 && !o->accepted && o->path == PATH_CONFIRMED && o->direction == DIRECTION_IN &&
	           o->service == SERVICE_SSH,
	   "a failed login is one line, at once");
	ok(o->time_us == T0 && o->asset.index == 0 && address_is_none(&o->asset.host) && o->port == 22 &&
	           address_equal(&o->source, &e.client) && address_equal(&o->host, &e.server) &&
	           o->shown_client_port == 50000 && address_equal(&o->shown_server, &e.server),
	   "it says who, where and which flow shows it");
	e = login(T0, "198.51.100.7", "10.1.2.3", true);
	brute_feed(b, &e);
	ok(told.n == 2 && told.list[1].accepted && told.list[1].refused == 0 && told.list[1].asset.index == 1 &&
	           address_equal(&told.list[1].asset.host, &e.server),
	   "an accepted one refuses nothing; an each-host asset names the host");
	e = login(T0, "10.1.2.3", "198.51.100.7", false);
	brute_feed(b, &e);
	ok(told.n == 3 && told.list[2].direction == DIRECTION_OUT && told.list[2].asset.index == ASSET_NONE &&
	           address_equal(&told.list[2].asset.host, &e.server),
	   "our host guessing elsewhere is out, the asset is the host outside");
	e = login(T0, "198.51.100.7", "198.51.100.8", false);
	brute_feed(b, &e);
	e = login(T0, "198.51.100.7", "192.0.2.9", false);
	e.path = PATH_SPOOFABLE;
	brute_feed(b, &e);
	e.kind = FLOW_EVENT_REQUEST;
	brute_feed(b, &e);
	struct brute_counters sum = { 0 };
	brute_count(b, &sum);
	ok(told.n == 3 && sum.logins == 5 && sum.apart == 2, "nothing of ours, or not confirmed: counted apart");
	brute_free(b);
}

static void test_bound(void)
{
	struct brute *b = start(4, 1, &told);

	for (int i = 0; i < BRUTE_LINES + 5; i++) {
		struct flow_event e = login(T0 + i, "198.51.100.7", "192.0.2.9", false);
		brute_feed(b, &e);
		if (i == BRUTE_LINES - 1)
			ok(told.n == BRUTE_LINES, "so many are told one by one");
	}
	brute_advance(b, T0 + SECOND_US - 1);
	ok(told.n == BRUTE_LINES, "the further ones wait for the second's end");
	brute_advance(b, T0 + SECOND_US);
	const struct observation *o = &told.list[BRUTE_LINES];
	ok(told.n == BRUTE_LINES + 1 && o->count == 5 && o->refused == 5 && o->time_us == T0 + BRUTE_LINES,
	   "then they are one line, with the time of the first of them");
	brute_advance(b, INT64_MAX);
	ok(told.n == BRUTE_LINES + 1, "told once");
	brute_free(b);
}

/* 40,000 logins of 60 sources at 5 servers over 20 s, drawn by a generator of our own. */
static void run(struct told *t, uint32_t sources, uint64_t key, int64_t step_us, struct brute_counters *sum)
{
	struct brute *b = start(sources, key, t);
	uint64_t state = 7;

	for (int i = 0; i < 40000; i++) {
		char client[32], server[32];
		state = state * 6364136223846793005u + 1442695040888963407u;
		snprintf(client, sizeof(client), "198.51.100.%u", (unsigned)(state >> 33) % 60);
		snprintf(server, sizeof(server), "192.0.2.%u", (unsigned)(state >> 43) % 5);
		struct flow_event e = login(T0 + i * INT64_C(500), client, server, (state >> 50) % 8 == 0);
		brute_feed(b, &e);
		if (step_us > 0 && i % 7 == 0)
			brute_advance(b, e.seen_us / step_us * step_us);
	}
	brute_advance(b, INT64_MAX);
	*sum = (struct brute_counters){ 0 };
	brute_count(b, sum);
	brute_free(b);
}

static uint64_t total(const struct told *t, bool accepted)
{
	uint64_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->list[i].accepted == accepted ? t->list[i].count : 0;
	return n;
}

static bool equal(const struct told *a, const struct told *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (observation_compare(&a->list[i], &b->list[i]) != 0)
			return false;
	return true;
}

static void test_property(void)
{
	struct brute_counters sum;
	uint64_t accepted = 0, state = 7;

	for (int i = 0; i < 40000; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		accepted += (state >> 50) % 8 == 0;
	}
	run(&told, 4096, 1, 0, &sum);
	ok(total(&told, true) == accepted && total(&told, false) == 40000 - accepted && sum.full == 0,
	   "the lines add up to the logins");
	run(&other, 4096, 0x123456789abcdefu, 0, &sum);
	ok(equal(&told, &other), "the key changes nothing");
	run(&other, 4096, 1, 1000, &sum);
	ok(equal(&told, &other), "when data time is told changes nothing");
	for (uint32_t sources = 1; sources <= 64; sources *= 8) {
		run(&told, sources, 1, 0, &sum);
		ok(total(&told, true) == accepted && total(&told, false) == 40000 - accepted && sum.full > 0,
		   "full at %u: seconds end early, no login is lost", (unsigned)sources);
		run(&other, sources, 99, 1000, &sum);
		ok(equal(&told, &other), "and the key and the moments still change nothing");
	}
}

/* What decide/ gets of an ordinary user: less than any minimum of the rule. */
static void test_false_alarm(void)
{
	struct brute *b = start(4, 1, &told);

	for (int i = 0; i < 7; i++) {
		struct flow_event e = login(T0 + i * 5 * SECOND_US, "198.51.100.7", "192.0.2.9", i == 6);
		brute_feed(b, &e);
	}
	ok(total(&told, false) == 6 && total(&told, true) == 1 && told.n == 7, "six wrong, then right: six and one");
	brute_free(b);
}

int main(void)
{
	make_estate();
	test_one();
	test_bound();
	test_property();
	test_false_alarm();
	struct brute_config none = { .estate = &estate, .sink = { keep, &told } };
	struct brute *b = NULL;
	ok(brute_new(&none, &b) < 0 && b == NULL, "a table of no size is refused");
	brute_free(NULL);
	estate_fini(&estate);
	return done();
}
