/* attack.h - the only unit that may be called an attack: observations grouped by the counting rule. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/digest.h"
#include "model/estate.h"
#include "model/origin.h"
#include "model/words.h"

enum {
	ATTACK_ID_MAX = CROCKFORD_128_TEXT_MAX,
	ATTACK_SOURCES_MAX = 65536, /* source groups kept exactly per attack; beyond, only the heaviest stay named */
	ATTACK_TARGETS_MAX = 32,    /* assets named as touched */
};

/** One source group's share. */
struct attack_source {
	struct prefix group; /* IPv4 /32, IPv6 /64, /56 or /48 */
	uint64_t observations;
	uint64_t units; /* failures, requests, steps, packets: what the class counts */
	uint8_t path;   /* enum path_status, proxied set by attribution */
	struct origin origin;
};

/** The six parts of aggressiveness, each in [0, 1] (design 6). */
struct aggressiveness {
	double rate, duration, breadth, focus, change, method;
	unsigned value; /* 0 to 100 */
};

/** What makes two observations the same attack (design 5.1). */
struct attack_key {
	uint8_t family;       /* enum attack_family */
	uint8_t vector_group; /* availability: enum vector_group; else VECTOR_GROUP_NONE */
	uint8_t scan_vector;  /* scanner with group *: VECTOR_PORT or VECTOR_HOST; else VECTOR_NONE */
	uint8_t service;      /* brute force: enum service */
	uint8_t group_kind;   /* enum group_kind */
	bool has_asset;
	struct asset_ref asset;
	struct prefix group; /* GROUP_ADDRESS only, else all zero */
	uint8_t direction;   /* enum direction: out and internal never join in */
};

struct attack {
	char id[ATTACK_ID_MAX];
	char continues[ATTACK_ID_MAX]; /* id of the attack cut at 24 h, or "" */
	struct attack_key key;
	uint8_t class;              /* enum attack_class; dos or ddos decided at close */
	uint32_t vectors;           /* bit (1 << enum vector) */
	uint8_t path;               /* enum path_status */
	uint8_t outcome;            /* enum outcome */
	uint8_t severity;           /* 0 to 5 */
	uint8_t status;             /* enum attack_status as decided by rule; a person's word is in the record */
	bool open;                  /* still open when the data ended */
	bool sources_exact;         /* source_count is exact; else a lower bound */
	char asset[ASSET_TEXT_MAX]; /* the asset of the key, or the smallest group or asset that holds all it touched */
	uint8_t target_class;
	int64_t first_us, last_us;
	int64_t reached_us; /* how long availability was below half, microseconds; 0 */
	uint64_t observations;
	uint64_t units; /* what the class counts: steps, failures, packets or requests */
	uint64_t packets, bytes;
	uint64_t refused;
	uint64_t accepted;        /* logins accepted after the first failure */
	uint64_t peak_load;       /* availability: highest 30 s load; else most units in one window of the minimum */
	uint64_t threshold;       /* what the minimum was when it opened */
	uint64_t targets;         /* distinct (host, port), paths or users touched, as far as seen */
	uint64_t claimed_sources; /* spoofable or reflector: approximate number of claimed sources */
	uint64_t source_count;    /* source groups whose path is confirmed or better */
	struct attack_source *sources; /* heaviest first, owned */
	size_t sources_kept;
	char targets_named[ATTACK_TARGETS_MAX][ASSET_TEXT_MAX];
	size_t targets_named_count;
	struct aggressiveness aggressiveness;
	/* Filled by attribution. */
	struct origin origin; /* the attack's own: one territory, or ZZ with its reason */
};

/** Release what the attack owns (not the struct). */
void attack_fini(struct attack *attack);

/** Copy with its own sources. Returns 0 or -ENOMEM. */
int attack_copy(const struct attack *from, struct attack *ret_attack);

/** The canonical key of design 5: family, vector group or scan vector or "-", asset id or "-", source group (16 bytes and
 * prefix length) , service or "-", joined by 0x1f. Returns the length written into buf. */
size_t attack_key_canonical(const struct attack_key *key, const struct estate *estate, uint8_t buf[static 256]);

/** The id: first 16 bytes of HMAC-SHA-256(k_id, "redoubt/attack/1" 0x00 || rule digest || canonical key || first_us as
 * int64be), in Crockford base32. */
void attack_id_format(const uint8_t k_id[static 32], const struct digest *rule, const uint8_t *key, size_t key_len,
                      int64_t first_us, char ret_id[static ATTACK_ID_MAX]);
