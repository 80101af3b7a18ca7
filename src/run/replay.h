/* replay.h - the whole path in one process: captures in, attacks decided, attributed and written to a ledger.
 * The result is a function of captures, configuration, rule, grade, databases, lists and baseline. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "capture/capture.h"
#include "decide/decider.h"
#include "record/data_dir.h"
#include "record/evidence.h"
#include "record/ledger.h"
#include "run/inputs.h"
#include "run/pipeline.h"

struct replay_options {
	const char *const *paths; /* captures; "-" is standard input */
	size_t path_count;
	const struct config *config; /* estate sealed */
	struct inputs *inputs;
	struct data_dir *dir;
	struct ledger *ledger;
	unsigned workers;
	bool again;    /* a capture that is in the ledger already replaces what was made of it */
	bool remember; /* ledger and files outlive the process: hash the captures, refuse duplicates */
	int64_t at_us; /* wall clock, for the run's record */
	/** Called now and then, for a progress bar. May be NULL. */
	void (*progress)(void *context, const struct capture_progress *progress);
	void *context;
};

struct replay_result {
	char run[27];
	bool duplicate; /* refused: duplicate_run holds the same capture */
	char duplicate_run[27];
	bool overlap;        /* refused: an attack of another run is among these */
	size_t failed_input; /* -errno of opening: which path; path_count otherwise */
	struct capture_progress progress;
	struct pipeline_counters counters;
	struct decider_counters decider;
	struct evidence_stats evidence;
	uint64_t attacks;
	uint64_t lost;         /* packets lost, as far as known, and damaged inputs count one at least */
	uint64_t dropped_late; /* observations too late to be judged: always 0 in a replay */
	struct text remarks;   /* what is odd about the input though nothing is lost */
	struct text damage;    /* one line for each damaged input, with its offset */
};

void replay_result_fini(struct replay_result *result);

/** Run it all. Mistakes are said in problems. Returns 0; 1 when something was lost to damage (the rest was done);
 * -EEXIST for a duplicate; or -errno, with nothing in the ledger. */
int replay_run(const struct replay_options *options, struct replay_result *ret_result, struct text *problems);

/** Bytes the replay of this configuration may take at most: what `redoubt check --memory` prints. */
uint64_t replay_memory(const struct config *config, unsigned workers);
