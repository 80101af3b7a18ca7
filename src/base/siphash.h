/* siphash.h - SipHash-1-3 over short fixed keys: the keyed hash of every table whose keys an attacker chooses.
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF"; one compression and three finalisation rounds, as in
 * Linux hsiphash and Rust's HashMap: enough against flooding of tables, not for signatures. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1;
};

#define SIPHASH_ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static inline void siphash_round(uint64_t v[static 4])
{
	v[0] += v[1];
	v[1] = SIPHASH_ROTL(v[1], 13) ^ v[0];
	v[0] = SIPHASH_ROTL(v[0], 32);
	v[2] += v[3];
	v[3] = SIPHASH_ROTL(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = SIPHASH_ROTL(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = SIPHASH_ROTL(v[1], 17) ^ v[2];
	v[2] = SIPHASH_ROTL(v[2], 32);
}

/** Hash n 64-bit words. Words are taken in host order: the result is for tables in memory, never for files. */
static inline uint64_t siphash_words(const struct siphash_key *key, const uint64_t *words, size_t n)
{
	uint64_t v[4] = { key->k0 ^ 0x736f6d6570736575, key->k1 ^ 0x646f72616e646f6d, key->k0 ^ 0x6c7967656e657261,
		          key->k1 ^ 0x7465646279746573 };

	for (size_t i = 0; i < n; i++) {
		v[3] ^= words[i];
		siphash_round(v);
		v[0] ^= words[i];
	}
	uint64_t length = (uint64_t)(n * 8) << 56;
	v[3] ^= length;
	siphash_round(v);
	v[0] ^= length;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
