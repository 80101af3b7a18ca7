#include "decide/peak.h"

static unsigned place(int64_t slot)
{
	return (unsigned)(((slot % PEAK_SLOTS) + PEAK_SLOTS) % PEAK_SLOTS);
}

/* Empty the slots that a newer one pushes out of the window. */
static void move_to(struct peak *p, int64_t slot)
{
	if (slot - p->slot >= PEAK_SLOTS) {
		*p = (struct peak){ .slot = slot, .best = p->best };
		return;
	}
	while (p->slot < slot) {
		unsigned at = place(++p->slot);
		p->sum -= p->units[at];
		p->units[at] = 0;
	}
}

void peak_add(struct peak *p, int64_t window_us, int64_t time_us, uint64_t units)
{
	int64_t width = window_us >= PEAK_SLOTS ? window_us / PEAK_SLOTS : 1;
	int64_t slot = time_us / width;

	if (slot > p->slot)
		move_to(p, slot);
	if (p->slot - slot >= PEAK_SLOTS)
		return;
	p->units[place(slot)] += units;
	p->sum += units;
	if (p->sum > p->best)
		p->best = p->sum;
}
