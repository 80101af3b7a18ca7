#include "publish/statement_time.h"

#include "base/check.h"
#include "base/utc.h"

enum { HOURS_OF_DAY = 24 };

bool statement_time_daily(const struct statement *st)
{
	return st->hour_count > STATEMENT_TIME_HOURLY_MAX;
}

size_t statement_time_count(const struct statement *st)
{
	return statement_time_daily(st) ? st->hour_count / HOURS_OF_DAY : st->hour_count;
}

struct statement_hour statement_time_column(const struct statement *st, size_t i)
{
	check(i < statement_time_count(st));
	if (!statement_time_daily(st))
		return st->hours[i];
	struct statement_hour sum = st->hours[i * HOURS_OF_DAY];
	for (size_t k = 1; k < HOURS_OF_DAY; k++) {
		const struct statement_hour *h = &st->hours[i * HOURS_OF_DAY + k];
		sum.attacks += h->attacks;
		sum.packets += h->packets;
		sum.lost_packets += h->lost_packets;
		sum.seen_us += h->seen_us;
		sum.expected_us += h->expected_us;
		sum.doubt |= h->doubt;
		for (int p = 0; p < PATH_COUNT; p++)
			sum.path[p] += h->path[p];
	}
	return sum;
}

bool statement_time_doubtful(const struct statement *st, size_t *at, struct statement_stretch *ret_stretch)
{
	while (*at < st->hour_count && st->hours[*at].doubt == 0)
		++*at;
	if (*at == st->hour_count)
		return false;
	struct statement_stretch s = { .from_us = st->hours[*at].hour_us, .doubt = st->hours[*at].doubt };
	for (; *at < st->hour_count && st->hours[*at].doubt == s.doubt; ++*at) {
		s.attacks += st->hours[*at].attacks;
		s.hours++;
	}
	s.until_us = s.from_us + s.hours * HOUR_US;
	*ret_stretch = s;
	return true;
}
