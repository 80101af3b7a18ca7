/* peak.h - the most units in any window, in sixtieths of the window: the true peak of any sixty neighbouring sixtieths.
 * Internal. */
#pragma once

#include <stdint.h>

enum { PEAK_SLOTS = 60 };

struct peak {
	int64_t slot; /* the newest, counted from 1970 */
	uint64_t sum, best;
	uint64_t units[PEAK_SLOTS];
};

/** Count units at a time; times older than the window are left out. */
void peak_add(struct peak *peak, int64_t window_us, int64_t time_us, uint64_t units);
