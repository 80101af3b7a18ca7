#include "cmd/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utc.h"
#include "cmd/command.h"

enum { BAR_WIDTH = 24 };

void progress_init(struct progress *progress, bool wanted)
{
	*progress = (struct progress){ .on = wanted && isatty(STDERR_FILENO) == 1, .start_us = wall_clock_us() };
}

static void print_bytes(char buf[static 16], uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double v = (double)bytes;
	int u = 0;

	for (; v >= 1024 && u < 4; u++)
		v /= 1024;
	(void)snprintf(buf, 16, "%.1f %s", v, units[u]);
}

void progress_draw(void *context, const struct capture_progress *now)
{
	struct progress *p = context;
	int64_t t = wall_clock_us();
	char bar[BAR_WIDTH + 1], done[16];

	if (!p->on || t - p->last_us < SECOND_US / 10)
		return;
	p->last_us = t;
	p->drawn = true;
	double seconds = (double)(t - p->start_us) / 1e6;
	double share = now->raw_total > 0 ? (double)now->raw_bytes / (double)now->raw_total : 0;
	if (share > 1)
		share = 1;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)(share * BAR_WIDTH));
	bar[BAR_WIDTH] = '\0';
	print_bytes(done, now->raw_bytes);
	double rate = seconds > 0 ? (double)now->packets / seconds : 0;
	if (now->raw_total > 0 && share > 0) {
		long left = (long)(seconds * (1 - share) / share + 0.5);
		(void)fprintf(stderr, "\r[%s] %3.0f %%  %s  %llu packets  %.0f/s  %ld:%02ld left \033[K", bar,
		              share * 100, done, (unsigned long long)now->packets, rate, left / 60, left % 60);
	} else {
		(void)fprintf(stderr, "\r%s  %llu packets  %.0f/s \033[K", done, (unsigned long long)now->packets,
		              rate);
	}
	(void)fflush(stderr);
}

void progress_done(struct progress *progress)
{
	if (progress->drawn)
		(void)fputs("\r\033[K", stderr);
}
