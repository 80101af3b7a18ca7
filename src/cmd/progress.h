/* progress.h - a progress bar on a terminal: share, packets, rate, time left. Silent where standard error is no terminal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture.h"

struct progress {
	bool on, drawn;
	int64_t start_us, last_us; /* wall clock */
};

void progress_init(struct progress *progress, bool wanted);

/** For struct replay_options. Draws at most ten times a second. */
void progress_draw(void *context, const struct capture_progress *now);

/** Clear the line. */
void progress_done(struct progress *progress);
