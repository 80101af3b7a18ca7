#include "run/coverage_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utc.h"

void coverage_log_init(struct coverage_log *log, const struct estate *estate)
{
	memset(log, 0, sizeof(*log));
	log->estate = estate;
}

void coverage_log_fini(struct coverage_log *log)
{
	free(log->hours);
	log->hours = NULL;
	log->count = log->room = 0;
}

static int64_t hour_of(int64_t time_us)
{
	int64_t hour = time_us / HOUR_US;
	return (time_us % HOUR_US < 0 ? hour - 1 : hour) * HOUR_US;
}

struct coverage *coverage_log_hour(struct coverage_log *log, int64_t time_us)
{
	int64_t hour = hour_of(time_us);

	if (log->count > 0 && log->hours[log->count - 1].hour_us >= hour)
		return &log->hours[log->count - 1];
	if (log->count == log->room) {
		size_t room = log->room == 0 ? 24 : log->room * 2;
		struct coverage *hours = realloc(log->hours, room * sizeof(*hours));
		if (hours == NULL) {
			log->failed = true;
			return NULL;
		}
		log->hours = hours;
		log->room = room;
	}
	struct coverage *c = &log->hours[log->count++];
	*c = (struct coverage){ .hour_us = hour };
	return c;
}

static bool is_inside(struct coverage_log *log, const struct address *a)
{
	uint32_t mix = (get_be32(a->bytes + 12) ^ get_be32(a->bytes + 4)) * UINT32_C(2654435761);
	size_t at = mix >> 22; /* the top 10 bits: COVERAGE_CACHE places */

	if (!log->cache[at].known || !address_equal(&log->cache[at].address, a)) {
		log->cache[at].address = *a;
		log->cache[at].known = true;
		log->cache[at].inside = lpm_find(log->estate->by_address, a) != LPM_NONE;
	}
	return log->cache[at].inside;
}

/* Time between two packets counts as watched, in the hour where it ends: a sensor that hears nothing for a minute was still up. */
static void count_time(struct coverage_log *log, struct coverage *c, int64_t now_us)
{
	int64_t from = log->last_us > c->hour_us ? log->last_us : c->hour_us;

	if (log->count > 1 || c->packets > 0)
		c->seen_us += now_us - from;
}

void coverage_log_packet(struct coverage_log *log, const struct packet *packet)
{
	int64_t now = packet->frame.time_us;
	struct coverage *c = coverage_log_hour(log, now);

	if (c == NULL)
		return;
	if (now > log->last_us || c->packets == 0) {
		count_time(log, c, now);
		log->last_us = now;
	}
	c->packets++;
	c->bytes += packet->frame.wire_len;
	if (!packet->ip)
		return;
	bool from = is_inside(log, &packet->src), to = is_inside(log, &packet->dst);
	c->packets_in += to && !from;
	c->packets_out += from && !to;
}
