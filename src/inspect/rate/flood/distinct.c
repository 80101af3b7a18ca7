#include "inspect/rate/flood/distinct.h"

#include <math.h>

/* alpha of the paper for m >= 128, and where linear counting hands over. */
static const double m = DISTINCT_REGISTERS;

uint64_t distinct_estimate(const struct distinct *d)
{
	uint32_t zeros = 0;
	double sum = 0;

	for (int i = 0; i < DISTINCT_REGISTERS; i++) {
		sum += 1.0 / (double)(UINT64_C(1) << d->registers[i]);
		zeros += d->registers[i] == 0;
	}
	double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
	if (estimate <= 2.5 * m && zeros > 0)
		estimate = m * log(m / zeros);
	return (uint64_t)(estimate + 0.5);
}
