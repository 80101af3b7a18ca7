#include "base/utc.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/check.h"

/* Years 0000 to 9999: everything RFC 3339 can write. */
static const int64_t time_min_us = INT64_C(-62167219200) * 1000000;
static const int64_t time_max_us = INT64_C(253402300799) * 1000000 + 999999;

struct civil {
	int64_t year;
	unsigned month; /* 1 to 12 */
	unsigned day;   /* 1 to 31 */
};

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years that start on 1 March. */
static int64_t days_from_civil(struct civil c)
{
	int64_t y = c.month <= 2 ? c.year - 1 : c.year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (int64_t)(c.month > 2 ? c.month - 3 : c.month + 9) + 2) / 5 + c.day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

static struct civil civil_from_days(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	struct civil c = { .day = (unsigned)(doy - (153 * mp + 2) / 5 + 1),
		           .month = (unsigned)(mp < 10 ? mp + 3 : mp - 9) };

	c.year = yoe + era * 400 + (c.month <= 2);
	return c;
}

int64_t utc_day(int64_t time_us)
{
	int64_t day = time_us / DAY_US;
	return time_us % DAY_US < 0 ? day - 1 : day;
}

static int64_t clamp(int64_t time_us)
{
	return time_us < time_min_us ? time_min_us : time_us > time_max_us ? time_max_us : time_us;
}

char *utc_format(int64_t time_us, char buf[static UTC_TEXT_MAX])
{
	int64_t t = clamp(time_us), day = utc_day(t);
	unsigned us = (unsigned)((t - day * DAY_US) % SECOND_US), s = (unsigned)((t - day * DAY_US) / SECOND_US);
	struct civil c = civil_from_days(day);
	int n = snprintf(buf, UTC_TEXT_MAX, "%04d-%02u-%02uT%02u:%02u:%02u.%06uZ", (int)c.year, c.month, c.day,
	                 s / 3600, s / 60 % 60, s % 60, us);

	check(n > 0 && n < UTC_TEXT_MAX);
	return buf;
}

char *utc_format_people(int64_t time_us, char buf[static UTC_TEXT_MAX])
{
	int64_t t = clamp(time_us), day = utc_day(t);
	unsigned s = (unsigned)((t - day * DAY_US) / SECOND_US);
	struct civil c = civil_from_days(day);
	int n = snprintf(buf, UTC_TEXT_MAX, "%04d-%02u-%02u %02u:%02u:%02u UTC", (int)c.year, c.month, c.day, s / 3600,
	                 s / 60 % 60, s % 60);

	check(n > 0 && n < UTC_TEXT_MAX);
	return buf;
}

char *utc_day_format(int64_t day, char buf[static UTC_DAY_TEXT_MAX])
{
	char full[UTC_TEXT_MAX];
	int64_t last = utc_day(time_max_us), first = utc_day(time_min_us);

	utc_format((day > last ? last : day < first ? first : day) * DAY_US, full);
	int n = snprintf(buf, UTC_DAY_TEXT_MAX, "%.10s", full);
	check(n == 10);
	return buf;
}

/* Exactly count digits at *p, which moves behind them. */
static bool digits(const char **p, int count, unsigned *ret_value)
{
	unsigned v = 0;

	for (int i = 0; i < count; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		v = v * 10 + (unsigned)(**p - '0');
	}
	*ret_value = v;
	return true;
}

static bool literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static unsigned month_length(unsigned year, unsigned month)
{
	static const uint8_t length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : length[month - 1];
}

static bool parse_date(const char **p, int64_t *ret_day)
{
	unsigned y, m, d;

	if (!digits(p, 4, &y) || !literal(p, '-') || !digits(p, 2, &m) || !literal(p, '-') || !digits(p, 2, &d))
		return false;
	if (m < 1 || m > 12 || d < 1 || d > month_length(y, m))
		return false;
	*ret_day = days_from_civil((struct civil){ .year = y, .month = m, .day = d });
	return true;
}

int utc_day_parse(const char *text, int64_t *ret_day)
{
	int64_t day;

	if (!parse_date(&text, &day) || *text != '\0')
		return -EINVAL;
	*ret_day = day;
	return 0;
}

/* "Z", "+02:00" or "-0230"; minutes east of UTC. */
static bool parse_offset(const char **p, int64_t *ret_minutes)
{
	unsigned h, m;

	if (literal(p, 'Z') || literal(p, 'z')) {
		*ret_minutes = 0;
		return true;
	}
	bool west = **p == '-';
	if (!literal(p, '+') && !literal(p, '-'))
		return false;
	if (!digits(p, 2, &h))
		return false;
	(void)literal(p, ':');
	if (!digits(p, 2, &m) || h > 23 || m > 59)
		return false;
	*ret_minutes = (west ? -1 : 1) * (int64_t)(h * 60 + m);
	return true;
}

int utc_parse(const char *text, int64_t *ret_time_us)
{
	const char *p = text;
	int64_t day, offset, us = 0;
	unsigned h, m, s;

	if (!parse_date(&p, &day) || !(literal(&p, 'T') || literal(&p, ' ')))
		return -EINVAL;
	if (!digits(&p, 2, &h) || !literal(&p, ':') || !digits(&p, 2, &m) || !literal(&p, ':') || !digits(&p, 2, &s))
		return -EINVAL;
	if (h > 23 || m > 59 || s > 60)
		return -EINVAL;
	if (literal(&p, '.')) {
		int64_t unit = SECOND_US / 10;
		if (*p < '0' || *p > '9')
			return -EINVAL;
		for (; *p >= '0' && *p <= '9'; p++, unit /= 10)
			us += (*p - '0') * unit;
	}
	if (!parse_offset(&p, &offset) || *p != '\0')
		return -EINVAL;
	*ret_time_us = day * DAY_US + (int64_t)(h * 3600 + m * 60 + s) * SECOND_US + us - offset * MINUTE_US;
	return 0;
}
