/* distinct.h - about how many different things were seen. Exact up to DISTINCT_FEW, then HyperLogLog (Flajolet, Fusy, Gandouet,
 * Meunier 2007) with linear counting in between. 1,024 registers: standard error 3.3 %. */
#pragma once

#include <stdint.h>

enum { DISTINCT_FEW = 16, DISTINCT_BITS = 10, DISTINCT_REGISTERS = 1 << DISTINCT_BITS };

struct distinct {
	uint32_t few_count; /* DISTINCT_FEW + 1: the registers count */
	uint64_t few[DISTINCT_FEW];
	uint8_t registers[DISTINCT_REGISTERS]; /* mean nothing while few */
};

/** Forget everything; also how one begins. Cheap: the registers are cleared when they are needed. */
static inline void distinct_reset(struct distinct *d)
{
	d->few_count = 0;
}

static inline void distinct_count_in(struct distinct *d, uint64_t hash)
{
	uint8_t *r = &d->registers[hash >> (64 - DISTINCT_BITS)];
	uint8_t rank = (uint8_t)(__builtin_clzll(hash << DISTINCT_BITS | UINT64_C(1) << (DISTINCT_BITS - 1)) + 1);

	if (rank > *r)
		*r = rank;
}

/** The first few are kept as they are. */
void distinct_add_few(struct distinct *d, uint64_t hash);

/** See the thing with this (keyed, 64-bit) hash. */
static inline void distinct_add(struct distinct *d, uint64_t hash)
{
	if (d->few_count > DISTINCT_FEW)
		distinct_count_in(d, hash);
	else
		distinct_add_few(d, hash);
}

/** How many things, about. 0 only for none. */
uint64_t distinct_estimate(const struct distinct *d);
