/* Goal: severity and aggressiveness as design 6 has them: values worked by hand, and no part raised ever lowers them. */
#include <math.h>

#include "base/utc.h"
#include "decide/grade.h"
#include "tap.h"

static const struct grade grade1 = {
	.weight = { .5, .3, .3, .2, .4, .5 },
	.method = { .1, .4, .5, .7, .5, .8, 0 },
};

static bool near(double a, double b)
{
	return fabs(a - b) < 0.00006;
}

static void by_hand(void)
{
	struct aggressiveness a;
	/* A SYN flood of 30,000 a window, 10 x the floor, for 15 minutes on one asset:
	 * rate log10(10)/3 = .3333, duration log2(16)/log2(1441) = 4/10.4929 = .3812, breadth 0, method .7
	 * 1 - (1 - .5 x .3333)(1 - .3 x .3812)(1 - .5 x .7) = 1 - .83335 x .88564 x .65 = 1 - .47973 = .52027 */
	struct grade_facts flood = {
		.peak = 30000, .threshold = 3000, .duration_us = 15 * MINUTE_US, .targets = 1, .class = CLASS_DDOS
	};
	grade_aggressiveness(&grade1, &flood, &a);
	ok(near(a.rate, .3333) && near(a.duration, .3812) && near(a.breadth, 0) && near(a.method, .7) && a.value == 52,
	   "a flood: %.4f %.4f, %u", a.rate, a.duration, a.value);
	/* A scan of 1,000 ports in a minute, all on this asset: rate log10(1000/3)/3 = .8410, duration log2(2)/10.4929 =
	 * .0953, breadth 3/4 = .75, focus 1, method .1
	 * 1 - .5795 x .97141 x .775 x .8 x .95 = 1 - .33157 = .66843 */
	struct grade_facts scan = { .peak = 1000,
		                    .threshold = 3,
		                    .duration_us = MINUTE_US,
		                    .targets = 1000,
		                    .focus_here = 1000,
		                    .focus_all = 1000,
		                    .class = CLASS_SCANNER };
	grade_aggressiveness(&grade1, &scan, &a);
	ok(near(a.rate, .8410) && near(a.duration, .0953) && near(a.breadth, .75) && near(a.focus, 1) && a.value == 67,
	   "a scan: %.4f %.4f %.4f, %u", a.rate, a.duration, a.breadth, a.value);
	struct grade_facts least = { .peak = 3, .threshold = 3, .targets = 3, .class = CLASS_OTHER };
	least.targets = 1;
	grade_aggressiveness(&grade1, &least, &a);
	ok(a.value == 0, "exactly the threshold, an instant, one target: 0");
	struct grade_facts most = { .peak = UINT64_MAX,
		                    .threshold = 1,
		                    .duration_us = 40 * DAY_US,
		                    .targets = UINT64_MAX,
		                    .focus_here = 100,
		                    .focus_all = 100,
		                    .changed = true,
		                    .class = CLASS_EXPLOIT };
	grade_aggressiveness(&grade1, &most, &a);
	/* 1 - .5 x .7 x .7 x .8 x .6 x .6 = .92944 */
	ok(near(a.rate, 1) && near(a.duration, 1) && near(a.breadth, 1) && a.value == 93, "everything at its most: %u",
	   a.value);
	struct grade_facts few = { .focus_here = 99, .focus_all = 99 };
	grade_aggressiveness(&grade1, &few, &a);
	ok(near(a.focus, 0), "focus of 99 observations is 0");
	few = (struct grade_facts){ .focus_here = 25, .focus_all = 100 };
	grade_aggressiveness(&grade1, &few, &a);
	ok(near(a.focus, .25), "25 of 100 is .25");
}

static double *part_at(struct aggressiveness *a, int i)
{
	double *parts[] = { &a->rate, &a->duration, &a->breadth, &a->focus, &a->change, &a->method };
	return parts[i];
}

/* Raise each part from any mixture: the number never falls. */
static void monotone(void)
{
	uint64_t s = 88172645463325252;
	unsigned lowered = 0;

	for (int n = 0; n < 20000; n++) {
		struct aggressiveness a = { 0 }, b;
		for (int i = 0; i < GRADE_PART_COUNT; i++) {
			s ^= s << 13, s ^= s >> 7, s ^= s << 17;
			*part_at(&a, i) = (double)(s % 10001) / 10000;
		}
		b = a;
		double *raised = part_at(&b, n % GRADE_PART_COUNT);
		s ^= s << 13, s ^= s >> 7, s ^= s << 17;
		*raised += (1 - *raised) * (double)(s % 1001) / 1000;
		lowered += grade_value(&grade1, &b) < grade_value(&grade1, &a);
	}
	ok(lowered == 0, "raising a part never lowers the number (20,000 mixtures)");
	struct grade_facts f = { .threshold = 300, .class = CLASS_DOS };
	struct aggressiveness last = { 0 }, now;
	for (f.peak = 1; f.peak < UINT64_C(1) << 40; f.peak *= 2) {
		f.duration_us = (int64_t)f.peak * 1000;
		f.targets = f.peak;
		grade_aggressiveness(&grade1, &f, &now);
		lowered += now.value < last.value || now.rate < last.rate || now.duration < last.duration ||
		           now.breadth < last.breadth;
		last = now;
	}
	ok(lowered == 0 && last.value > 60, "more of everything never lowers it");
}

static unsigned severity(enum attack_class class, enum outcome outcome, enum target_class target, uint64_t assets)
{
	struct attack a = { .class = class, .outcome = outcome, .target_class = target, .threshold = 3000 };
	return grade_severity(&a, assets);
}

static void severities(void)
{
	ok(severity(CLASS_BRUTE_FORCE, OUTCOME_REACHED, TARGET_OFFICE, 1) == 4, "brute force reached: 4");
	ok(severity(CLASS_EXPLOIT, OUTCOME_REACHED, TARGET_BANK, 1) == 3, "another reached: 3");
	struct attack a = { .class = CLASS_DDOS,
		            .outcome = OUTCOME_REACHED,
		            .target_class = TARGET_BANK,
		            .reached_us = 10 * MINUTE_US };
	ok(grade_severity(&a, 1) == 4, "availability of a bank reached for 10 minutes: 4");
	a.reached_us--;
	ok(grade_severity(&a, 1) == 3, "a microsecond less: 3");
	a.reached_us++;
	a.target_class = TARGET_MEDIA;
	ok(grade_severity(&a, 1) == 3, "of a class that is not critical: 3");
	ok(severity(CLASS_BRUTE_FORCE, OUTCOME_REFUSED, TARGET_BANK, 1) == 2, "not reached, critical: 2");
	ok(severity(CLASS_BRUTE_FORCE, OUTCOME_REFUSED, TARGET_OFFICE, 3) == 2, "three assets: 2");
	ok(severity(CLASS_BRUTE_FORCE, OUTCOME_REFUSED, TARGET_OFFICE, 2) == 1, "two: 1");
	a = (struct attack){ .class = CLASS_DOS, .threshold = 3000, .peak_load = 30000 };
	ok(grade_severity(&a, 1) == 2, "a load of 10 x the threshold: 2");
	a.peak_load--;
	ok(grade_severity(&a, 1) == 1, "one less: 1");
	ok(severity(CLASS_SCANNER, OUTCOME_REFUSED, TARGET_OFFICE, 1) == 0, "a scanner: 0");
	ok(severity(CLASS_SCANNER, OUTCOME_UNKNOWN, TARGET_BANK, 1) == 2,
	   "a scanner of a critical class: the line before");
}

int main(void)
{
	by_hand();
	monotone();
	severities();
	return done();
}
