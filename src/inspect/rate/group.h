/* group.h - keyed hashes of what detectors look up: sources, assets, endpoints. */
#pragma once

#include "base/siphash.h"
#include "model/estate.h"

/** The address that stands for a source group: IPv4 itself, IPv6 its /64. */
static inline struct address group_address(const struct address *a)
{
	struct address group = *a;

	if (!address_is_v4(a))
		memset(&group.bytes[8], 0, 8);
	return group;
}

/** Hash of an address and a number beside it. */
static inline uint64_t group_hash(const struct siphash_key *key, const struct address *a, uint64_t beside)
{
	uint64_t words[3] = { 0, 0, beside };

	memcpy(words, a, sizeof(*a));
	return siphash_words(key, words, 3);
}

/** Key of what approximate counts are made of. It is fixed, so that a figure depends on the traffic alone and not on the data
 * directory's secret: who forges sources to suit it can bend an estimate of forged sources, and nothing else. */
#define GROUP_COUNTING_KEY ((struct siphash_key){ UINT64_C(0x7265646f7562742f), UINT64_C(0x636f756e74696e67) })

/** From a keyed hash and a number beside it, a hash of both: nobody who cannot know the first can choose the result. Cheaper
 * than to hash the address again. */
static inline uint64_t hash_beside(uint64_t hash, uint64_t beside)
{
	uint64_t x = hash ^ beside * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

static inline uint64_t endpoint_hash(const struct siphash_key *key, const struct address *host, uint16_t port)
{
	return group_hash(key, host, port);
}

static inline uint64_t asset_hash(const struct siphash_key *key, const struct asset_ref *asset)
{
	return group_hash(key, &asset->host, asset->index);
}
