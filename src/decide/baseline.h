/* baseline.h - what is usual: the loads of each (asset, vector) over the trailing days, and their p99 (design 5.5).
 * Loads are the 30 s loads the flood detector reports; a second it does not report had less than a tenth of the floor and
 * counts as that. History is the data time seen; an hour without any observation is not history. One thread owns a
 * baseline. In memory and in the file assets go by name, so a baseline outlives a change of the estate. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/digest.h"
#include "base/text.h"
#include "decide/rule.h"
#include "model/estate.h"

struct baseline;

struct baseline_limits {
	uint32_t assets; /* (asset, own or sum) pairs, at least 1; full: a further one gets no p99, the floor decides */
};

/** Whose loads: an asset's own, or the sum over a network and all inside it. */
struct baseline_key {
	struct asset_ref asset;
	bool rollup;
};

/** A copy of the rule is kept; the estate must outlive the baseline. Returns 0, -EINVAL or -ENOMEM. */
int baseline_new(const struct counting_rule *rule, const struct estate *estate, const struct baseline_limits *limits,
                 struct baseline **ret_baseline);
void baseline_free(struct baseline *baseline);
void baseline_freep(struct baseline **baseline);

/** Data time has come to time_us: what lies between this and the former call is history when it is at most one hour.
 * Times that go back are no-ops. */
void baseline_tick(struct baseline *baseline, int64_t time_us);

/** One reported second of data time. Returns false when the table of assets is full. */
bool baseline_add(struct baseline *baseline, const struct baseline_key *key, enum vector vector, int64_t time_us,
                  uint64_t load);

/** An availability attack on the asset was open from from_us up to until_us: these seconds are not history. */
void baseline_exclude(struct baseline *baseline, const struct baseline_key *key, int64_t from_us, int64_t until_us);

/** What a load must exceed at time_us: max(floor, factor x p99) with enough history, else the asset's ceiling or the
 * floor. p99 is renewed at the first question of each hour of data time. UINT64_MAX where the vector never floods.
 * baseline may be NULL: no history. */
uint64_t baseline_threshold(struct baseline *baseline, const struct counting_rule *rule, const struct estate *estate,
                            const struct baseline_key *key, enum vector vector, int64_t time_us);

/** p99 over the trailing days up to time_us, bounded by the former week's. Returns false with too little history. */
bool baseline_p99(struct baseline *baseline, const struct baseline_key *key, enum vector vector, int64_t time_us,
                  uint64_t *ret_p99);

/** A person accepts what is usual now: the growth bound of all series starts again from their present p99. */
void baseline_accept(struct baseline *baseline, int64_t time_us);

/** Append the canonical text: the same content gives the same bytes. */
void baseline_write(const struct baseline *baseline, struct text *out);

/** Read canonical text into an empty baseline. Returns 0, -EINVAL with *reterr_error, -E2BIG (more assets than the limit)
 * or -ENOMEM; after a failure the baseline may only be freed. */
int baseline_parse(struct baseline *baseline, const char *text, size_t n, struct rule_error *reterr_error);

/** SHA-256 of the canonical text. Returns 0 or -ENOMEM. */
int baseline_digest(const struct baseline *baseline, struct digest *ret_digest);

/** For people and tests: one line of what is known about a series. */
struct baseline_series {
	const char *asset; /* valid until the baseline changes */
	bool rollup;
	uint8_t vector;         /* enum vector */
	uint64_t seconds;       /* history that counts for it, in the trailing days */
	uint64_t reported;      /* of them, reported ones */
	uint64_t p99;           /* after the growth bound */
	uint64_t p99_unbounded; /* before it */
	uint64_t former_week;   /* p99 of the former week, 0 none */
};

/** Every series, by asset name, own before sum, then vector, as of time_us. */
void baseline_each(struct baseline *baseline, int64_t time_us,
                   void (*each)(void *context, const struct baseline_series *series), void *context);
