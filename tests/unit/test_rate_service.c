/* Service: who was served within the hour, and is he still; what is a failure and what is not; bins to the microsecond. */
#include "rate_fixture.h"
#include "tap.h"

static const char web[] = "192.0.2.80";

static void ask(struct run *r, int64_t time_us, uint32_t client, enum answer answer)
{
	struct flow_event e = request(time_us, answer, addr_plus("203.0.113.0", client), addr(web), 443);

	e.sequence = (uint32_t)r->event_count;
	run_add(r, &e);
}

static void refuse(struct run *r, int64_t time_us, uint32_t client, enum answer answer, uint16_t port)
{
	struct flow_event e =
	        unanswered(time_us, VECTOR_TCP_SYN, answer, addr_plus("203.0.113.0", client), addr(web), port);

	e.client_port = (uint16_t)(1024 + r->event_count);
	run_add(r, &e);
}

static const struct observation *bin_at(const struct run *r, int64_t start_us)
{
	static const struct observation none;

	for (size_t i = 0; i < r->found_count; i++) {
		const struct observation *o = &r->found[i];
		if (o->detector == DETECTOR_SERVICE && o->time_us == start_us + 9 * SECOND_US)
			return o;
	}
	return &none;
}

static void test_known_and_served(void)
{
	struct run r;

	run_init(&r);
	for (uint32_t c = 0; c < 10; c++)
		ask(&r, T0 + c, c, ANSWER_DATA);
	for (uint32_t c = 0; c < 6; c++)
		ask(&r, T0 + 20 * SECOND_US + c, c, ANSWER_DATA);
	for (uint32_t c = 4; c < 10; c++)
		refuse(&r, T0 + 21 * SECOND_US + c, c, ANSWER_NONE, 443);
	refuse(&r, T0 + 22 * SECOND_US, 77, ANSWER_NONE, 443);
	run_all(&r, T0 + 60 * SECOND_US);
	ok(count_by(&r, DETECTOR_SERVICE) == 1, "the bin in which all are new tells nothing");
	const struct observation *o = bin_at(&r, T0 + 20 * SECOND_US);
	ok(o->count == 10 && o->served == 6,
	   "ten known clients tried, six were served (two of them failed once): %llu, %llu",
	   (unsigned long long)o->count, (unsigned long long)o->served);
	ok(o->asset.index == WEB && o->direction == DIRECTION_IN && address_is_none(&o->source),
	   "of the asset, nobody named");
	ok(r.lateness_us <= OBSERVATION_LATENESS_US, "in time: %.3f s", (double)r.lateness_us / 1e6);
	run_fini(&r);
}

/* What is a failure: only silence and refusal, towards somebody who asked. */
static void test_words(void)
{
	struct address c = addr("203.0.113.0"), s = addr(web);
	struct {
		struct flow_event event;
		uint64_t tried, served;
		const char *what;
	} cases[] = {
		{ request(0, ANSWER_DATA, c, s, 443), 1, 1, "an answer" },
		{ request(0, ANSWER_ERROR, c, s, 443), 1, 1, "an error is an answer" },
		{ unanswered(0, VECTOR_TCP_SYN, ANSWER_NONE, c, s, 443), 1, 0, "a silent SYN" },
		{ unanswered(0, VECTOR_TCP_SYN, ANSWER_RST, c, s, 443), 1, 0, "a refused SYN" },
		{ unanswered(0, VECTOR_TCP_SYN, ANSWER_UNREACHABLE, c, s, 443), 1, 0, "an unreachable host" },
		{ unanswered(0, VECTOR_TCP_SYN, ANSWER_SYNACK, c, s, 443), 0, 0,
		  "a half-open SYN may be forged: neutral" },
		{ unanswered(0, VECTOR_TCP_SYN, ANSWER_NONE, c, s, 444), 0, 0, "a port where he was never served" },
		{ unanswered(0, VECTOR_TCP_ACK, ANSWER_NONE, c, s, 443), 0, 0, "no connection was asked for" },
		{ no_request(0, VECTOR_TCP_CONNECTION, c, s, 443), 0, 0, "a connection on which nothing was asked" },
		{ no_request(0, VECTOR_HTTP_SLOW, c, s, 443), 1, 0, "a request without an answer" },
		{ no_request(0, VECTOR_TLS_HANDSHAKE, c, s, 443), 1, 0, "a TLS handshake without an answer" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run r;
		run_init(&r);
		ask(&r, T0, 0, ANSWER_DATA);
		cases[i].event.time_us += T0 + 30 * SECOND_US;
		cases[i].event.seen_us += T0 + 30 * SECOND_US;
		run_add(&r, &cases[i].event);
		run_all(&r, T0 + 90 * SECOND_US);
		const struct observation *o = bin_at(&r, T0 + 30 * SECOND_US);
		ok(o->count == cases[i].tried && o->served == cases[i].served, "%s", cases[i].what);
		run_fini(&r);
	}
	struct run r;
	run_init(&r);
	ask(&r, T0, 0, ANSWER_DATA);
	struct flow_event e = no_request(T0 + 30 * SECOND_US, VECTOR_TCP_CONNECTION, c, s, 443);
	e.answer = ANSWER_RST;
	run_add(&r, &e);
	refuse(&r, T0 + 60 * SECOND_US, 0, ANSWER_NONE, 443);
	r.events[2].cut = true;
	run_all(&r, T0 + 90 * SECOND_US);
	ok(bin_at(&r, T0 + 30 * SECOND_US)->count == 1, "a connection reset before anything was asked is a failure");
	ok(bin_at(&r, T0 + 60 * SECOND_US)->count == 0, "a SYN whose answer the input does not show is none");
	run_fini(&r);
}

static void test_boundaries(void)
{
	struct run r;

	run_init(&r);
	ask(&r, T0, 0, ANSWER_DATA);
	ask(&r, T0 + 10 * SECOND_US - 1, 0, ANSWER_DATA);
	run_all(&r, T0 + 60 * SECOND_US);
	ok(count_by(&r, DETECTOR_SERVICE) == 0, "known from the next bin on: the last microsecond of the first is not");
	run_clear(&r);
	ask(&r, T0, 0, ANSWER_DATA);
	ask(&r, T0 + 10 * SECOND_US, 0, ANSWER_DATA);
	run_all(&r, T0 + 60 * SECOND_US);
	ok(bin_at(&r, T0 + 10 * SECOND_US)->count == 1, "the first microsecond of the next is");
	for (int over = 0; over <= 1; over++) {
		run_clear(&r);
		ask(&r, T0, 0, ANSWER_DATA);
		refuse(&r, T0 + HOUR_US + over * 10 * SECOND_US, 0, ANSWER_NONE, 443);
		run_all(&r, T0 + 2 * HOUR_US);
		ok(count_by(&r, DETECTOR_SERVICE) == (over ? 0 : 1), "%s",
		   over ? "a bin later not" : "known for an hour of bins");
	}
	run_fini(&r);
}

/* A flood forged in the names of served clients changes nothing about them while the asset answers. */
static void test_forged_names(void)
{
	struct run r;

	run_init(&r);
	for (uint32_t c = 0; c < 20; c++)
		for (int64_t s = 0; s < 60; s += 5)
			ask(&r, T0 + s * SECOND_US + c, c, ANSWER_DATA);
	for (uint32_t i = 0; i < 10000; i++) {
		refuse(&r, T0 + 20 * SECOND_US + i * 1000, i % 20, ANSWER_SYNACK, 443);
		r.events[r.event_count - 1].client_port = (uint16_t)(1024 + i);
	}
	run_all(&r, T0 + 90 * SECOND_US);
	bool all = true;
	for (int64_t s = 10; s < 60; s += 10)
		all &= bin_at(&r, T0 + s * SECOND_US)->count == 20 && bin_at(&r, T0 + s * SECOND_US)->served == 20;
	ok(all, "20 of 20 served, 10,000 forged SYNs in their names or not");
	run_fini(&r);
}

static void test_outage(void)
{
	struct run r;

	run_init(&r);
	for (int64_t s = 0; s < 60; s += 5)
		for (uint32_t c = 0; c < 20; c++)
			if (s < 30)
				ask(&r, T0 + s * SECOND_US + c, c, ANSWER_DATA);
			else
				refuse(&r, T0 + s * SECOND_US + c, c, ANSWER_NONE, 443);
	run_all(&r, T0 + 90 * SECOND_US);
	ok(bin_at(&r, T0 + 20 * SECOND_US)->served == 20, "before: 20 of 20");
	ok(bin_at(&r, T0 + 30 * SECOND_US)->count == 20 && bin_at(&r, T0 + 30 * SECOND_US)->served == 0,
	   "after: none of 20");
	run_fini(&r);
}

static void test_full(void)
{
	struct run r;

	run_init(&r);
	r.config.limits.service_clients = 2;
	for (uint32_t c = 0; c < 200; c++)
		ask(&r, T0 + c, c, ANSWER_DATA);
	run_all(&r, T0 + 60 * SECOND_US);
	ok(r.counters.service_client_evicted == 198, "a full table forgets the least recently served and counts: %llu",
	   (unsigned long long)r.counters.service_client_evicted);
	run_clear(&r);
	r.config.limits = RATE_LIMITS_DEFAULT;
	r.config.limits.service_assets = 1;
	for (int round = 0; round < 3; round++)
		for (uint32_t host = 0; host < 1000; host++) {
			struct flow_event e = request(T0 + round * 30 * SECOND_US + host, ANSWER_DATA,
			                              addr("203.0.113.1"), addr_plus("10.0.0.0", host), 443);
			e.sequence = (uint32_t)round;
			run_add(&r, &e);
		}
	run_all(&r, T0 + 120 * SECOND_US);
	ok(r.counters.service_asset_evicted > 0 && count_by(&r, DETECTOR_SERVICE) > 0, "so do assets: %llu",
	   (unsigned long long)r.counters.service_asset_evicted);
	run_fini(&r);
}

int main(void)
{
	test_known_and_served();
	test_words();
	test_boundaries();
	test_forged_names();
	test_outage();
	test_full();
	return done();
}
