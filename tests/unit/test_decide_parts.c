/* Goal: the small parts of decide/: heaviest sources in bounded room, peaks, focus, distinct things, order. */
#include <stdlib.h>

#include "decide/distinct.h"
#include "decide/focus.h"
#include "decide/peak.h"
#include "decide/reorder.h"
#include "decide/sources.h"
#include "decide_world.h"
#include "tap.h"

static struct prefix numbered(unsigned i)
{
	uint8_t b[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
	struct address a = address_from_v4(b);
	return prefix_of(&a, 128);
}

/* Exact while there is room; then a heavy one is never lost, and no weight is. */
static void heaviest(void)
{
	struct sources_budget budget = { .limit = 100, .key = { 3, 4 } };
	struct sources s = { 0 }, other = { 0 };
	struct prefix heavy = numbered(7), light = numbered(50);
	uint64_t total = 0, kept = 0, lightest = UINT64_MAX;

	for (unsigned i = 0; i < 100; i++) {
		struct prefix p = numbered(i);
		total += i == 7 ? 100000 : i + 1;
		(void)sources_add(&s, &budget, &p, PATH_CONFIRMED, 1, i == 7 ? 100000 : i + 1);
	}
	ok(s.count == 100 && !s.full && sources_find(&s, &budget, &light)->units == 51, "a hundred are exact");
	ok(sources_add(&other, &budget, &light, PATH_CONFIRMED, 1, 1) < 0 && other.full,
	   "no room for another attack's");
	for (unsigned i = 0; i < 5000; i++) {
		struct prefix p = numbered(1000 + i % 700);
		total += 1;
		(void)sources_add(&s, &budget, &p, PATH_CONFIRMED, 1, 1);
	}
	for (uint32_t i = 0; i < s.count; i++) {
		kept += s.list[i].units;
		lightest = s.list[i].units < lightest ? s.list[i].units : lightest;
		ok(i > 2 || sources_find(&s, &budget, &s.list[i].group) == &s.list[i], "found where it is");
	}
	ok(s.count == 100 && s.full && kept == total, "a hundred are kept, no unit is lost");
	ok(sources_find(&s, &budget, &heavy)->units == 100000, "the heaviest stays, exactly");
	struct prefix fresh = numbered(99999);
	(void)sources_add(&s, &budget, &fresh, PATH_CONFIRMED, 1, 5);
	ok(sources_find(&s, &budget, &fresh)->units == lightest + 5, "the lightest makes room and is carried over");
	sources_fini(&s, &budget);
	sources_fini(&other, &budget);
	ok(budget.used == 0, "all room is given back");
}

/* Which ones stay must not depend on where they lay. */
static void no_key(void)
{
	uint64_t sum[2] = { 0 };

	for (int k = 0; k < 2; k++) {
		struct sources_budget budget = { .limit = 20, .key = { (uint64_t)k * 77, 9 } };
		struct sources s = { 0 };
		for (unsigned i = 0; i < 3000; i++) {
			struct prefix p = numbered(i * 31 % 83);
			(void)sources_add(&s, &budget, &p, PATH_CONFIRMED, 1, 1 + i % 3);
		}
		for (uint32_t i = 0; i < s.count; i++)
			sum[k] += s.list[i].units * s.list[i].group.address.bytes[15];
		sources_fini(&s, &budget);
	}
	ok(sum[0] == sum[1] && sum[0] > 0, "the same sources stay whatever the hash key");
}

static void peaks(void)
{
	struct peak p = { 0 };

	/* Ten a second for ten minutes in a window of one: the peak is 600. */
	for (int i = 0; i < 600; i++)
		peak_add(&p, MINUTE_US, T0 + i * SECOND_US, 10);
	ok(p.best == 600, "%d", (int)p.best);
	peak_add(&p, MINUTE_US, T0 + 600 * SECOND_US + HOUR_US, 599);
	ok(p.best == 600, "an hour later the window is empty");
	peak_add(&p, MINUTE_US, T0 + 660 * SECOND_US + HOUR_US - SECOND_US, 2);
	ok(p.best == 601, "59 s later it is not");
	peak_add(&p, MINUTE_US, T0, 1000);
	ok(p.best == 601, "what is older than the window is left out");
}

static void focuses(struct world *w)
{
	struct siphash_key key = { 1, 2 };
	struct focus f;
	struct prefix p = numbered(1), q = numbered(2);
	struct focus_group one = { .kind = GROUP_ADDRESS, .group = &p }, two = { .kind = GROUP_ADDRESS, .group = &q };
	struct asset_ref bank = { .index = BANK }, site = { .index = SITE }, net = { .index = NET };
	int64_t hour = T0 / HOUR_US * HOUR_US;

	if (focus_init(&f, &w->estate, 8, &key) < 0)
		exit(99);
	for (int i = 0; i < 30; i++)
		focus_note(&f, &one, i % 3 == 0 ? &bank : &site, hour);
	ok(focus_count(&f, &one, NULL, hour) == 30 && focus_count(&f, &one, &bank, hour) == 10 &&
	           focus_count(&f, &one, &net, hour) == 30 && focus_count(&f, &two, NULL, hour) == 0,
	   "on the asset, on the network around it, in all");
	focus_note(&f, &one, &bank, hour + 23 * HOUR_US);
	ok(focus_count(&f, &one, NULL, hour + 23 * HOUR_US) == 31, "within 24 hours");
	focus_note(&f, &one, &bank, hour + 24 * HOUR_US);
	ok(focus_count(&f, &one, NULL, hour + 24 * HOUR_US) == 2, "then the first hour has left");
	focus_note(&f, &one, &bank, hour + 90 * HOUR_US);
	ok(focus_count(&f, &one, &bank, hour + 90 * HOUR_US) == 1, "and after days all of it");
	for (int i = 0; i < 5; i++)
		focus_note(&f, &two, &bank, hour + 90 * HOUR_US);
	ok(f.evicted == 0, "both groups have room");
	struct prefix r = numbered(3);
	struct focus_group three = { .kind = GROUP_ADDRESS, .group = &r };
	focus_note(&f, &three, &bank, hour + 90 * HOUR_US);
	ok(f.evicted > 0 && focus_count(&f, &three, &bank, hour + 90 * HOUR_US) == 1,
	   "a third makes the oldest go, counted");
	focus_fini(&f);
}

static void things(void)
{
	struct distinct_budget budget = { .limit = 1000 };
	struct distinct a = { 0 }, b = { 0 };

	for (uint64_t i = 0; i < 500; i++)
		(void)distinct_add(&a, &budget, 600, i % 250 * 0x9e3779b97f4a7c15);
	ok(a.count == 250 && !a.full, "250 different ones, each twice");
	for (uint64_t i = 0; i < 700; i++)
		(void)distinct_add(&b, &budget, 600, (i + 100) * 0x9e3779b97f4a7c15);
	ok(b.count == 600 && b.full, "no more than the limit, and it says so");
	distinct_merge(&a, &budget, 600, &b);
	ok(a.count == 400 && a.full && budget.used == 1000, "nor more than the budget of all");
	distinct_fini(&a, &budget);
	distinct_fini(&b, &budget);
	ok(budget.used == 0, "all room is given back");
}

static void order(void)
{
	struct reorder r;
	struct observation o = { 0 }, last = { 0 };
	uint64_t s = 12345;
	bool sorted = true;

	if (reorder_init(&r, 500) < 0)
		exit(99);
	for (int i = 0; i < 500; i++) {
		s ^= s << 13, s ^= s >> 7, s ^= s << 17;
		o.time_us = (int64_t)(s % 100);
		o.port = (uint16_t)(s >> 20);
		reorder_put(&r, &o);
	}
	ok(reorder_full(&r), "full");
	for (int i = 0; i < 500; i++) {
		reorder_take(&r, &o);
		sorted &= i == 0 || observation_compare(&last, &o) <= 0;
		last = o;
	}
	ok(sorted && reorder_first(&r) == NULL, "what was put in any order comes in one");
	reorder_fini(&r);
}

/* Sums and parts of carpet bombing: nothing is measured twice. */
static void carpet_once(struct world *w)
{
	world_restart(w);
	/* Ten seconds, eight assets with 400 a second each, 3,200 together; the eighth meets the rule in second 8. */
	for (int i = 0; i < 20; i++) {
		struct observation sum =
		        flood_second(T0 + i * SECOND_US, NET, VECTOR_UDP, 3200 * (uint64_t)(i + 1), 3200);
		sum.rollup = true;
		feed(w, &sum);
		for (int a = 0; a < 8; a++)
			flood(w, T0 + i * SECOND_US + 1 + a, SMALL + a, VECTOR_UDP, 400 * (uint64_t)(i + 1), 400);
	}
	finish(w, T0 + HOUR_US);
	const struct attack *a = &w->attacks[0];
	ok(w->count == 1 && w->absorbed == 8 && a->units == 20 * 3200 && a->packets == 20 * 3200 &&
	           a->first_us == T0 + 1,
	   "twenty seconds of 3,200: %llu", (unsigned long long)a->units);
	ok(a->peak_load == 64000 && a->severity == 2 && a->targets_named_count == 8, "peak of the sum, eight assets");
}

/* Sources of a flood by IPv6: eight /64 of a /56 are one. */
static void folded(struct world *w)
{
	char text[PREFIX_TEXT_MAX];

	for (int n = 7; n <= 8; n++) {
		world_restart(w);
		flood(w, T0, SITE, VECTOR_HTTP_FLOOD, 4000, 4000);
		for (int i = 0; i < n; i++) {
			struct observation o = flood_second(T0, SITE, VECTOR_HTTP_FLOOD, 0, 400);
			(void)snprintf(text, sizeof(text), "2001:db8:0:1%02x::1", i);
			o.source = addr(text);
			feed(w, &o);
		}
		finish(w, T0 + HOUR_US);
		const struct attack *a = &w->attacks[0];
		if (n == 7)
			ok(a->source_count == 7 && a->sources[0].group.len == 64, "seven stay seven");
		else
			ok(a->source_count == 1 && a->sources[0].units == 3200 &&
			           strcmp(prefix_format(&a->sources[0].group, text), "2001:db8:0:100::/56") == 0,
			   "eight are %s", text);
	}
}

int main(void)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return 99;
	world_init(w);
	heaviest();
	no_key();
	peaks();
	focuses(w);
	things();
	order();
	carpet_once(w);
	folded(w);
	world_fini(w);
	free(w);
	return done();
}
