/* utc.h - data time. Times are int64_t microseconds since 1970-01-01 UTC, days count from that day; no clock is read here. */
#pragma once

#include <stdint.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

enum { UTC_TEXT_MAX = 32, UTC_DAY_TEXT_MAX = 16 };

/** Day number of a time, floor division: also right before 1970. */
int64_t utc_day(int64_t time_us);

/** Print "2026-11-22T16:50:00.000000Z" (RFC 3339). Times outside years 0000-9999 are clamped. Returns buf. */
char *utc_format(int64_t time_us, char buf[static UTC_TEXT_MAX]);

/** Print "2026-11-22 16:50:00 UTC" for people. Returns buf. */
char *utc_format_people(int64_t time_us, char buf[static UTC_TEXT_MAX]);

/** Print a day number as "2026-11-22". Returns buf. */
char *utc_day_format(int64_t day, char buf[static UTC_DAY_TEXT_MAX]);

/** Parse "2026-11-22". Returns 0 or -EINVAL. */
int utc_day_parse(const char *text, int64_t *ret_day);

/** Parse RFC 3339 with 'T' or ' ', optional fraction, 'Z' or a numeric offset. Returns 0 or -EINVAL. */
int utc_parse(const char *text, int64_t *ret_time_us);
