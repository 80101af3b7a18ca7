/* coverage_log.h - what could be seen, hour by hour of data time: printed beside each count. One thread owns it. */
#pragma once

#include <stddef.h>

#include "model/estate.h"
#include "model/packet.h"
#include "model/record.h"

enum { COVERAGE_CACHE = 1024 };

struct coverage_log {
	const struct estate *estate;
	struct coverage *hours; /* ascending, owned */
	size_t count, room;
	int64_t last_us;
	/* Addresses seen lately and whether they are ours: most packets need no search. */
	struct {
		struct address address;
		bool known, inside;
	} cache[COVERAGE_CACHE];
	bool failed; /* out of memory: hours are missing */
};

void coverage_log_init(struct coverage_log *log, const struct estate *estate);
void coverage_log_fini(struct coverage_log *log);

/** Account one decoded packet; times do not go back. */
void coverage_log_packet(struct coverage_log *log, const struct packet *packet);

/** The hour of a time, made when needed; the last hour for an earlier time. NULL without memory. */
struct coverage *coverage_log_hour(struct coverage_log *log, int64_t time_us);
