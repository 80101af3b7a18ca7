/* print.h - figures as people read them. */
#pragma once

#include <stdint.h>

enum { PRINT_MAX = 40 };

/** 1234567 as "1,234,567". Returns buf. */
char *print_count(uint64_t n, char buf[static PRINT_MAX]);

/** part of whole as "0.13 %"; what is not nothing is never printed as 0: "< 0.01 %". whole 0 gives "0 %". Returns buf. */
char *print_share(uint64_t part, uint64_t whole, char buf[static PRINT_MAX]);

/** Minutes, rounded down: tenths below ten minutes, else whole ones with separators. Returns buf. */
char *print_minutes(int64_t us, char buf[static PRINT_MAX]);

/** A length of time as "4 s", "12 min 5 s", "3 h 20 min". Returns buf. */
char *print_duration(int64_t us, char buf[static PRINT_MAX]);
