/* counting.h - a decider with attribution behind it: observations in, finished attacks out. Used by replay and by recount, which must
 * come to the same. One thread owns it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "decide/decider.h"
#include "run/inputs.h"

/** What the finished attacks of one replay or recount may take, with their sources: some 60,000 attacks. */
enum { COUNTING_BYTES_MAX = 256 << 20 };

/** What others do with observations; any may be NULL. See struct decider_sink. */
struct counting_sink {
	void (*placed)(void *context, const struct observation *observation, const char *attack_id);
	void (*shown)(void *context, const char *attack_id, const struct observation *observation);
	void (*absorbed)(void *context, const char *child, const char *into);
	void *context;
};

struct counting {
	const struct inputs *inputs;
	struct decider *decider; /* owned */
	struct counting_sink sink;
	struct attack *attacks; /* owned with their sources; in the order they closed */
	size_t count, room;
	size_t bytes;  /* of the attacks, as counted against COUNTING_BYTES_MAX */
	uint64_t late; /* observations too late to be judged */
	bool failed;   /* out of memory, or too_many */
	bool too_many; /* attacks for COUNTING_BYTES_MAX */
};

/** Returns 0 or -ENOMEM. */
int counting_init(struct counting *counting, const struct inputs *inputs, const struct estate *estate,
                  const uint8_t k_id[static 32], const struct siphash_key *key, const struct counting_sink *sink);
void counting_fini(struct counting *counting);

void counting_observe(struct counting *counting, const struct observation *observation);
void counting_advance(struct counting *counting, int64_t now_us);

/** Close everything and order the attacks by first_us, then id. Returns 0, -ENOMEM or -E2BIG. */
int counting_finish(struct counting *counting, int64_t now_us);

/** Secret of all tables of a data directory, made from the secret of its attack ids. */
struct siphash_key counting_table_key(const uint8_t k_id[static 32]);
