/* observation_spool.h - every observation of a run on its way into sealed files, in bounded memory.
 * Observations come in any order; what does not fit goes, sorted, to a nameless file of the data directory. At the end
 * they are merged into one file per attack and one per UTC day for those no attack holds. One thread owns a spool. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/estate.h"
#include "model/observation.h"
#include "record/data_dir.h"
#include "record/ledger.h"

struct observation_spool;

struct observation_spool_config {
	size_t memory;               /* bytes for observations not yet spilled, at least 64 KiB */
	const struct estate *estate; /* outlives the spool */
	char run[27];
};

/** On success *ret_spool is owned by the caller; dir must outlive it. Returns 0, -EINVAL, -ENOMEM or -errno of the disk. */
int observation_spool_new(struct data_dir *dir, const struct observation_spool_config *config,
                          struct observation_spool **ret_spool);
void observation_spool_free(struct observation_spool *spool);
void observation_spool_freep(struct observation_spool **spool);

/** Keep one observation: for the attack of this id, or for its day with NULL. Returns 0, -ENOSPC, -ENOMEM or -EIO; then the
 * run cannot be sealed. */
int observation_spool_add(struct observation_spool *spool, const struct observation *obs, const char *attack);

/** What was or will be added for child belongs to the attack into from now on (carpet bombing). Returns 0 or -ENOMEM. */
int observation_spool_absorb(struct observation_spool *spool, const char *child, const char *into);

/** Write all files and tell each, in order of day and name, to each() (typically ledger_add_sealed() and the attack's
 * observations_digest). All files are durable before the first is told. The spool is empty afterwards. Returns 0, what
 * each() returned, -ENOSPC, -ENOMEM or another -errno. */
int observation_spool_seal(struct observation_spool *spool, ledger_sealed_fn *each, void *context);
