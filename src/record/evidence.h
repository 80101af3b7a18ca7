/* evidence.h - the packets behind an attack. A ring in memory holds the beginnings of the latest packets; what an
 * observation shows is copied out of it into the attack's bounded slice, and sealed as pcapng named by its SHA-256.
 * One thread owns it. Nothing is allocated per packet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "model/attack.h"
#include "model/observation.h"
#include "model/packet.h"
#include "model/record.h"
#include "record/data_dir.h"

enum { EVIDENCE_TUNNEL_MAX = RECORD_TUNNEL_MAX };

struct evidence;

struct evidence_config {
	size_t ring_bytes; /* packets kept for look-up; oldest leave first. A power of two is used, at least 64 KiB */
	uint32_t packet_bytes;  /* of each packet, 64 to 1024; by default the first 256 */
	uint32_t slice_packets; /* of one attack, 1 to 4,096 */
	uint32_t slice_bytes;
	uint32_t slices;     /* attacks with evidence at once */
	size_t slices_bytes; /* of all slices together */
	struct siphash_key key;
};

#define EVIDENCE_DEFAULTS                                                                                              \
	((struct evidence_config){ .ring_bytes = 64u << 20,                                                            \
	                           .packet_bytes = 256,                                                                \
	                           .slice_packets = 200,                                                               \
	                           .slice_bytes = 64u << 10,                                                           \
	                           .slices = 65536,                                                                    \
	                           .slices_bytes = 64u << 20 })

struct evidence_stats {
	uint64_t noted;          /* packets put into the ring */
	uint64_t collected;      /* copied into slices */
	uint64_t not_found;      /* observations whose flow the ring no longer (or never) held */
	uint64_t slice_full;     /* observations whose attack's slice was full: normal for large attacks */
	uint64_t no_slice;       /* observations of attacks that got no slice: slices or slices_bytes used up */
	uint64_t masked_packets; /* sealed packets with masked credentials */
};

enum evidence_result { EVIDENCE_COLLECTED = 0, EVIDENCE_NOT_FOUND, EVIDENCE_SLICE_FULL, EVIDENCE_NO_SLICE };

/** On success *ret_evidence is owned by the caller. Returns 0, -EINVAL or -ENOMEM. */
int evidence_new(const struct evidence_config *config, struct evidence **ret_evidence);
void evidence_free(struct evidence *evidence);
void evidence_freep(struct evidence **evidence);

/** Remember the beginning of a packet. NULL evidence is a no-op: that is how it is switched off. Cannot fail. */
void evidence_note(struct evidence *evidence, const struct packet *packet);

/** Copy the packets of the flow an observation shows into the slice of an attack: those the slice has not yet, newest first,
 * while there is room. Cannot fail; the result says what happened, and is counted. */
enum evidence_result evidence_collect(struct evidence *evidence, const char *attack, const struct observation *shown);

/** What was collected for child belongs to the attack into from now on, while there is room (carpet bombing). */
void evidence_absorb(struct evidence *evidence, const char *child, const char *into);

/** Write the slice of an attack as evidence/<sha256>.pcapng, credentials masked, and forget it. Returns the number of
 * packets with ret_digest set, 0 where there is nothing (ret_digest ""), or -errno. ret_tunnel names the tunnels they came in, outermost first,
 * the two outermost at most; "" none. */
int evidence_seal(struct evidence *evidence, struct data_dir *dir, const char *attack,
                  char ret_digest[static SHA256_TEXT_MAX], char ret_tunnel[static EVIDENCE_TUNNEL_MAX]);

void evidence_stats(const struct evidence *evidence, struct evidence_stats *ret_stats);

/** Bytes it may use at most with a configuration. */
size_t evidence_memory(const struct evidence_config *config);
