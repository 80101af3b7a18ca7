#include "publish/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/utc.h"

char *print_count(uint64_t n, char buf[static PRINT_MAX])
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n), at = 0;

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf[at++] = ',';
		buf[at++] = digits[i];
	}
	buf[at] = '\0';
	check(at < PRINT_MAX);
	return buf;
}

char *print_share(uint64_t part, uint64_t whole, char buf[static PRINT_MAX])
{
	double percent = whole == 0 ? 0 : 100 * (double)part / (double)whole;

	if (part == 0 || whole == 0)
		strcpy(buf, "0 %");
	else if (percent < 0.01)
		strcpy(buf, "< 0.01 %");
	else
		(void)snprintf(buf, PRINT_MAX, "%.*f %%", percent < 10 ? 2 : 1, percent);
	return buf;
}

char *print_minutes(int64_t us, char buf[static PRINT_MAX])
{
	int64_t tenths = us > 0 ? us / (MINUTE_US / 10) : 0;

	if (us > 0 && tenths == 0)
		strcpy(buf, "< 0.1");
	else if (tenths < 100 && tenths % 10 != 0)
		(void)snprintf(buf, PRINT_MAX, "%" PRId64 ".%" PRId64, tenths / 10, tenths % 10);
	else
		return print_count((uint64_t)tenths / 10, buf);
	return buf;
}

char *print_duration(int64_t us, char buf[static PRINT_MAX])
{
	int64_t s = us > 0 ? us / SECOND_US : 0, m = s / 60, h = m / 60;

	if (s < 60)
		(void)snprintf(buf, PRINT_MAX, "%" PRId64 " s", s);
	else if (m < 60 && s % 60 != 0)
		(void)snprintf(buf, PRINT_MAX, "%" PRId64 " min %" PRId64 " s", m, s % 60);
	else if (m < 60)
		(void)snprintf(buf, PRINT_MAX, "%" PRId64 " min", m);
	else if (m % 60 != 0)
		(void)snprintf(buf, PRINT_MAX, "%" PRId64 " h %" PRId64 " min", h, m % 60);
	else
		(void)snprintf(buf, PRINT_MAX, "%" PRId64 " h", h);
	return buf;
}
