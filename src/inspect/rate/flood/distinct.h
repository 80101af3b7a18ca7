/* distinct.h - about how many different things were seen: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with linear
 * counting while few. 1,024 registers: standard error 3.3 %. */
#pragma once

#include <stdint.h>

enum { DISTINCT_BITS = 10, DISTINCT_REGISTERS = 1 << DISTINCT_BITS };

struct distinct {
	uint8_t registers[DISTINCT_REGISTERS];
};

/** See the thing with this (keyed, 64-bit) hash. */
static inline void distinct_add(struct distinct *d, uint64_t hash)
{
	uint8_t *r = &d->registers[hash >> (64 - DISTINCT_BITS)];
	uint8_t rank = (uint8_t)(__builtin_clzll(hash << DISTINCT_BITS | UINT64_C(1) << (DISTINCT_BITS - 1)) + 1);

	if (rank > *r)
		*r = rank;
}

/** How many things, about. 0 only for none. */
uint64_t distinct_estimate(const struct distinct *d);
