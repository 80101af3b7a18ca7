/* Goal: the flattened table answers as a walk over all prefixes would, nested, adjacent and at the ends of the space. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/lpm.h"
#include "tap.h"

static uint64_t random_state = 7;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % n;
}

static uint32_t find_slowly(const struct lpm_entry *e, size_t n, const struct address *a)
{
	uint32_t value = LPM_NONE;
	int best = -1;

	for (size_t i = 0; i < n; i++)
		if (prefix_contains(&e[i].prefix, a) && (int)e[i].prefix.len >= best) {
			best = e[i].prefix.len;
			value = e[i].value;
		}
	return value;
}

/* Addresses that differ in few bits, so that random prefixes nest and touch. */
static struct address random_address(void)
{
	uint8_t v4[4] = { 198, 18, (uint8_t)random_below(4), (uint8_t)random_below(256) };
	struct address a = address_from_v4(v4);

	if (random_below(4) == 0)
		a.bytes[0] = (uint8_t)(random_below(2) * 255);
	return a;
}

int main(void)
{
	struct lpm_entry e[200];
	bool same = true;

	for (int round = 0; round < 200; round++) {
		size_t n = random_below(200);
		for (size_t i = 0; i < n; i++) {
			struct address a = random_address();
			e[i] = (struct lpm_entry){ prefix_of(&a, (uint8_t)(random_below(3) ? 108 + random_below(21)
				                                                           : random_below(129))),
				                   (uint32_t)i };
		}
		CLEANUP(lpm_freep) struct lpm *l = NULL;
		if (lpm_new(e, n, &l) < 0)
			return 99;
		for (int i = 0; i < 300; i++) {
			struct address a = random_address();
			if (lpm_find(l, &a) != find_slowly(e, n, &a))
				same = false;
		}
	}
	ok(same, "60,000 look-ups in 200 random tables answer as a walk does");

	struct address first = { 0 }, last;
	memset(last.bytes, 0xff, sizeof(last.bytes));
	struct lpm_entry all[] = { { { first, 0 }, 1 }, { { last, 128 }, 2 }, { { first, 128 }, 3 } };
	CLEANUP(lpm_freep) struct lpm *l = NULL;
	ok(lpm_new(all, 3, &l) == 0 && lpm_find(l, &last) == 2 && lpm_find(l, &first) == 3,
	   "the first and the last address");
	first.bytes[15] = 1;
	ok(lpm_find(l, &first) == 1, "one behind the first belongs to the prefix around it");
	ok(lpm_find(NULL, &first) == LPM_NONE, "no table holds nothing");
	return done();
}
