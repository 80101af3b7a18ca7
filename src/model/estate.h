/* estate.h - what is defended, as the configuration says it. Built once by run/, then a read-only snapshot. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/lpm.h"
#include "model/observation.h"
#include "model/words.h"

enum { ASSET_NAME_MAX = 64, ASSET_TEXT_MAX = ASSET_NAME_MAX + ADDRESS_TEXT_MAX + 1, ESTATE_LIST_MAX = 256 };

/** What is defended. behind is only recorded so far: no figure depends on it. */
struct asset {
	char name[ASSET_NAME_MAX];  /* unique; the asset id of keys and statements */
	char title[ASSET_NAME_MAX]; /* for people; the name where not given */
	char owner[ASSET_NAME_MAX];
	uint8_t target_class;    /* enum target_class */
	bool each_host;          /* every address counts by itself, shown as name/ADDRESS */
	uint32_t parent;         /* the asset whose prefix most narrowly encloses all of this one's, or ASSET_NONE */
	struct prefix *prefixes; /* owned */
	size_t prefix_count;
	uint16_t *ports; /* served ports; empty: all. owned */
	size_t port_count;
	uint64_t ceiling[VECTOR_COUNT]; /* configured load per 30 s that replaces the floor, 0: none */
	char (*behind)[ASSET_NAME_MAX]; /* proxies and CDNs it sits behind. owned */
	size_t behind_count;
};

struct asset_group {
	char name[ASSET_NAME_MAX];
	uint32_t *members; /* indices of assets, ascending. owned */
	size_t member_count;
};

/** Addresses that are counted apart: contracted tests until a time, research scanners. */
struct register_entry {
	struct prefix prefix;
	char name[ASSET_NAME_MAX];
	int64_t from_us, until_us; /* INT64_MIN, INT64_MAX: always */
	uint8_t status;            /* STATUS_OWN_TEST or STATUS_RESEARCH */
};

struct estate {
	struct asset *assets;
	size_t asset_count;
	struct asset_group *groups;
	size_t group_count;
	struct register_entry *registered;
	size_t registered_count;
	struct lpm *by_address; /* value: asset index */
	char digest[65];        /* SHA-256 of the canonical text, estate_write_canonical() */
};

/** Index the addresses of assets[], set parents, compute the digest. Call once after filling. Returns 0 or -ENOMEM. */
int estate_seal(struct estate *estate);

/** Release everything the estate owns; safe on a zeroed one. */
void estate_fini(struct estate *estate);

/** The asset of an address by longest prefix. Index ASSET_NONE when outside. */
struct asset_ref estate_find(const struct estate *estate, const struct address *a);

/** The asset around one, by longest prefix: for a host of an each-host asset that asset itself (host ::), else the
 * parent. False when there is none. */
bool estate_enclosing(const struct estate *estate, const struct asset_ref *ref, struct asset_ref *ret_around);

/** in, out, internal or apart, by who is inside. */
enum direction estate_direction(const struct estate *estate, const struct address *client,
                                const struct address *server);

/** "bank", "clients/10.0.0.7", "external/203.0.113.5" (ASSET_NONE with a host) or "external". Returns buf. */
char *asset_format(const struct estate *estate, const struct asset_ref *ref, char buf[static ASSET_TEXT_MAX]);

/** The inverse of asset_format(). Returns 0 or -EINVAL (no such asset). */
int asset_parse(const struct estate *estate, const char *text, struct asset_ref *ret_ref);

/** The asset's entry, NULL for ASSET_NONE. */
const struct asset *estate_asset(const struct estate *estate, const struct asset_ref *ref);

/** The register entry that holds an address at a time, NULL if none. */
const struct register_entry *estate_registered(const struct estate *estate, const struct address *a, int64_t time_us);

struct text;

/** The estate as canonical text: one fact a line, sorted, LF. What recount reads back and what the digest is of. */
void estate_write_canonical(const struct estate *estate, struct text *out);

/** Read canonical text back into a zeroed estate and seal it. Returns 0, -EINVAL (not canonical: writing it again would not give the
 * same bytes) or -ENOMEM; after a failure estate_fini() releases what was read. */
int estate_read_canonical(struct estate *estate, const char *text, size_t n);
