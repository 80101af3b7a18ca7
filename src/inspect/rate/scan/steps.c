#include "inspect/rate/scan/steps.h"

static bool forgotten(const struct step *old, int64_t second)
{
	return second - old->second > STEPS_WINDOW_S;
}

enum step_verdict steps_add(struct step *steps, uint32_t *count, uint32_t room, const struct step *step)
{
	uint32_t place = *count;

	for (uint32_t i = 0; i < *count; i++) {
		bool old = forgotten(&steps[i], step->second);
		if (steps[i].hash == step->hash && !old)
			return STEP_KNOWN;
		if (old && place == *count)
			place = i;
	}
	if (place == room)
		return STEP_FULL;
	steps[place] = *step;
	*count += place == *count;
	return STEP_NEW;
}

enum step_verdict sketch_add(uint64_t bits[static SKETCH_BITS / 64], uint64_t hash)
{
	uint32_t at = (uint32_t)hash, stride = (uint32_t)(hash >> 32) | 1;
	enum step_verdict verdict = STEP_KNOWN;

	for (int i = 0; i < SKETCH_PROBES; i++, at += stride) {
		uint64_t *word = &bits[at % SKETCH_BITS / 64];
		uint64_t bit = UINT64_C(1) << at % 64;
		if ((*word & bit) == 0)
			verdict = STEP_NEW;
		*word |= bit;
	}
	return verdict;
}
