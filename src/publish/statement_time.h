/* statement_time.h - a statement's hours as pictures and lists want them. */
#pragma once

#include "publish/statement.h"

enum { STATEMENT_TIME_HOURLY_MAX = 48 /* hours drawn one by one; beyond, days */ };

/** True when the columns of time are days. */
bool statement_time_daily(const struct statement *st);

/** How many columns there are. */
size_t statement_time_count(const struct statement *st);

/** Column i: an hour, or the sum of a day's hours (hour_us its midnight, doubt or-ed). */
struct statement_hour statement_time_column(const struct statement *st, size_t i);

/** Neighbouring hours with the same doubt. */
struct statement_stretch {
	int64_t from_us, until_us;
	unsigned hours, doubt;
	uint64_t attacks;
};

/** The next stretch in doubt from hour *at on; *at moves behind it. False when there is none. */
bool statement_time_doubtful(const struct statement *st, size_t *at, struct statement_stretch *ret_stretch);
