/* Goal: days, leap years and offsets as a calendar has them. Expectations come from date(1). */
#include <errno.h>
#include <string.h>

#include "base/utc.h"
#include "tap.h"

static int parses_to(const char *text, int64_t seconds, int64_t us)
{
	int64_t t;
	return utc_parse(text, &t) == 0 && t == seconds * SECOND_US + us;
}

static int prints(int64_t seconds, const char *text)
{
	char buf[UTC_TEXT_MAX];
	return strcmp(utc_format(seconds * SECOND_US, buf), text) == 0;
}

int main(void)
{
	int64_t v;
	char buf[UTC_TEXT_MAX];

	ok(prints(1795366200, "2026-11-22T16:50:00.000000Z"), "date -u -d @1795366200");
	ok(prints(951782400, "2000-02-29T00:00:00.000000Z"), "29 February 2000");
	ok(prints(-1, "1969-12-31T23:59:59.000000Z"), "before 1970");
	ok(prints(-62135596800, "0001-01-01T00:00:00.000000Z"), "year 1");
	ok(utc_day(-1) == -1 && utc_day(0) == 0 && utc_day(DAY_US - 1) == 0 && utc_day(DAY_US) == 1, "days are floors");
	ok(strcmp(utc_format(INT64_MAX, buf), "9999-12-31T23:59:59.999999Z") == 0, "the far future is clamped");
	ok(strcmp(utc_format(INT64_MIN, buf), "0000-01-01T00:00:00.000000Z") == 0, "the far past is clamped");
	ok(parses_to("2026-11-22T16:50:00Z", 1795366200, 0), "plain");
	ok(parses_to("2026-11-22 18:50:00.25+02:00", 1795366200, 250000), "offset and fraction");
	ok(parses_to("2026-11-22T13:20:00-0330", 1795366200, 0), "offset west without colon");
	ok(utc_parse("2025-02-29T00:00:00Z", &v) == -EINVAL, "29 February 2025 is no day");
	ok(utc_parse("2026-11-22T16:50:00", &v) == -EINVAL, "a time without zone is refused");
	ok(utc_parse("2026-11-22T24:00:00Z", &v) == -EINVAL, "hour 24 is refused");
	ok(utc_day_parse("2026-11-22", &v) == 0 && v == 20779, "a day");
	ok(utc_day_parse("2026-11-22x", &v) == -EINVAL && utc_day_parse("2026-13-01", &v) == -EINVAL, "no day");
	return done();
}
