/* What could be seen, hour by hour: without it no number means anything. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "publish/statement_parts.h"

/* Sorted by hour, then sensor. */
static int compare_coverage(const void *pa, const void *pb)
{
	const struct coverage *a = *(const struct coverage *const *)pa, *b = *(const struct coverage *const *)pb;
	int by_hour = (a->hour_us > b->hour_us) - (a->hour_us < b->hour_us);

	return by_hour != 0 ? by_hour : strcmp(a->sensor, b->sensor);
}

static int compare_sensors(const void *pa, const void *pb)
{
	const struct coverage *a = *(const struct coverage *const *)pa, *b = *(const struct coverage *const *)pb;

	return strcmp(a->sensor, b->sensor);
}

static void add_figures(struct statement_hour *h, const struct coverage *c)
{
	h->packets += c->packets;
	h->bytes += c->bytes;
	h->packets_in += c->packets_in;
	h->packets_out += c->packets_out;
	h->lost_packets += c->lost_packets;
	h->lost_bytes += c->lost_bytes;
	h->evicted += c->evicted;
	h->apart += c->attacks_apart;
}

/* How far time has come: as far as the clock says, and at least as far as the data, for a clock may be set back.
 * Without a clock every hour is over. */
static int64_t time_reached(const struct statement_input *input)
{
	int64_t reached_us = input->now_us;

	if (input->now_us == 0)
		return INT64_MAX;
	for (size_t i = 0; i < input->coverage_count; i++) {
		const struct coverage *c = &input->coverage[i];
		if (c->packets > 0 && c->hour_us + c->seen_us > reached_us)
			reached_us = c->hour_us + c->seen_us;
	}
	for (size_t i = 0; i < input->record_count; i++)
		if (input->records[i]->attack.last_us > reached_us)
			reached_us = input->records[i]->attack.last_us;
	return reached_us;
}

/* Time in the hour that is over: all of it, or what the time reached leaves. */
static int64_t elapsed(int64_t reached_us, const struct statement_hour *h)
{
	if (reached_us >= h->hour_us + HOUR_US)
		return HOUR_US;
	return reached_us > h->hour_us ? reached_us - h->hour_us : 0;
}

/* All runs of one sensor in one hour; together they cannot have seen more than there was. */
static void end_sensor(struct statement_hour *h, int64_t there_was, int64_t seen_us)
{
	if (seen_us > there_was)
		seen_us = there_was;
	if (seen_us * 100 < there_was * STATEMENT_SEEN_PERCENT)
		h->doubt |= STATEMENT_PARTLY;
	h->seen_us += seen_us;
}

/* Rows of one hour, sorted by sensor. Returns how many sensors they are of. */
static unsigned fill_hour(struct statement_hour *h, int64_t there_was, const struct coverage *const *rows, size_t n)
{
	unsigned sensors = 0;
	int64_t seen_us = 0;

	for (size_t i = 0; i < n; i++) {
		add_figures(h, rows[i]);
		seen_us += rows[i]->seen_us;
		if (i + 1 == n || compare_sensors(&rows[i], &rows[i + 1]) != 0) {
			end_sensor(h, there_was, seen_us);
			seen_us = 0;
			sensors++;
		}
	}
	return sensors;
}

static void judge_hour(const struct statement *st, struct statement_hour *h, int64_t there_was, unsigned sensors)
{
	unsigned expected = st->sensors > 0 ? st->sensors : 1;

	h->expected_us = there_was * expected;
	if (there_was < HOUR_US)
		h->doubt |= STATEMENT_NOT_OVER;
	if (there_was > 0 && sensors == 0)
		h->doubt |= STATEMENT_UNSEEN;
	if (sensors > 0 && sensors < expected)
		h->doubt |= STATEMENT_PARTLY;
	/* Kept in this form so that no figure an hour can hold overflows. */
	if (h->lost_packets > (h->packets + h->lost_packets) / 100)
		h->doubt |= STATEMENT_LOSSY;
	if (h->lost_bytes > 0)
		h->doubt |= STATEMENT_DAMAGED;
	if ((h->packets_in == 0) != (h->packets_out == 0))
		h->doubt |= STATEMENT_ONE_WAY;
	if (h->evicted > 0)
		h->doubt |= STATEMENT_FULL;
}

static void add_to_total(struct statement *st, const struct statement_hour *h)
{
	struct statement_hour *total = &st->coverage;

	total->seen_us += h->seen_us;
	total->expected_us += h->expected_us;
	total->packets += h->packets;
	total->bytes += h->bytes;
	total->packets_in += h->packets_in;
	total->packets_out += h->packets_out;
	total->lost_packets += h->lost_packets;
	total->lost_bytes += h->lost_bytes;
	total->evicted += h->evicted;
	total->apart += h->apart;
	total->doubt |= h->doubt;
	for (unsigned i = 0; i < STATEMENT_DOUBTS; i++)
		st->doubtful[i] += (h->doubt & 1u << i) != 0;
}

static unsigned count_sensors(const struct coverage **rows, size_t n)
{
	unsigned sensors = 0;

	qsort(rows, n, sizeof(struct coverage *), compare_sensors);
	for (size_t i = 0; i < n; i++)
		sensors += i == 0 || compare_sensors(&rows[i - 1], &rows[i]) != 0;
	return sensors;
}

int statement_coverage_build(const struct statement_input *input, struct statement *st)
{
	int64_t begin = st->from_day * DAY_US, end = (st->to_day + 1) * DAY_US, reached_us = time_reached(input);
	CLEANUP(freep) const struct coverage **rows = calloc(input->coverage_count + 1, sizeof(struct coverage *));
	size_t n = 0, at = 0;

	if (rows == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < input->coverage_count; i++)
		if (input->coverage[i].hour_us >= begin && input->coverage[i].hour_us < end)
			rows[n++] = &input->coverage[i];
	st->sensors = count_sensors(rows, n);
	qsort(rows, n, sizeof(struct coverage *), compare_coverage);
	for (size_t i = 0; i < st->hour_count; i++) {
		struct statement_hour *h = &st->hours[i];
		size_t first = at;
		h->hour_us = begin + (int64_t)i * HOUR_US;
		while (at < n && rows[at]->hour_us < h->hour_us + HOUR_US)
			at++;
		int64_t there_was = elapsed(reached_us, h);
		judge_hour(st, h, there_was, fill_hour(h, there_was, rows + first, at - first));
		add_to_total(st, h);
	}
	st->at_least = st->coverage.doubt != 0 || st->coverage.lost_packets > 0 || st->coverage.expected_us == 0;
	return 0;
}
