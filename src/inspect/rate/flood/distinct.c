#include "inspect/rate/flood/distinct.h"

#include <math.h>
#include <string.h>

void distinct_add_few(struct distinct *d, uint64_t hash)
{
	for (uint32_t i = 0; i < d->few_count; i++)
		if (d->few[i] == hash)
			return;
	if (d->few_count < DISTINCT_FEW) {
		d->few[d->few_count++] = hash;
		return;
	}
	memset(d->registers, 0, sizeof(d->registers));
	for (uint32_t i = 0; i < DISTINCT_FEW; i++)
		distinct_count_in(d, d->few[i]);
	distinct_count_in(d, hash);
	d->few_count = DISTINCT_FEW + 1;
}

uint64_t distinct_estimate(const struct distinct *d)
{
	const double m = DISTINCT_REGISTERS;
	uint32_t zeros = 0;
	double sum = 0;

	if (d->few_count <= DISTINCT_FEW)
		return d->few_count;
	for (int i = 0; i < DISTINCT_REGISTERS; i++) {
		sum += 1.0 / (double)(UINT64_C(1) << d->registers[i]);
		zeros += d->registers[i] == 0;
	}
	double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum; /* alpha of the paper for m >= 128 */
	if (estimate <= 2.5 * m && zeros > 0)
		estimate = m * log(m / zeros);
	return (uint64_t)(estimate + 0.5);
}
