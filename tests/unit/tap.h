/* tap.h - the smallest TAP producer: ok() counts and prints, done() ends. */
#pragma once

#include <stdio.h>

static int tap_count, tap_bad;

#define ok(expr, ...)                                                                                                  \
	do {                                                                                                           \
		int good_ = (expr) ? 1 : 0;                                                                            \
		tap_bad += !good_;                                                                                     \
		printf("%sok %d - ", good_ ? "" : "not ", ++tap_count);                                                \
		printf(__VA_ARGS__);                                                                                   \
		printf("\n");                                                                                          \
		if (!good_)                                                                                            \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #expr);                                            \
	} while (0)

/** Print the plan; the program's exit status. */
static inline int done(void)
{
	printf("1..%d\n", tap_count);
	return tap_bad != 0;
}
