/* pipeline.h - frames to observations: decode, defragmentation, flow, proto, inspect, on one or several workers.
 *
 *     dispatcher   decode → defrag → lane by flow key
 *     lanes        flow → proto → events, one list per shard
 *     shards       events in order → detectors → observations
 *
 * The dispatcher is the caller's thread. Lanes and shards run in turn behind a barrier (doc/architecture.md, "One batch"), so that 1,
 * 2 and 4 workers find the same. With one worker everything runs on the caller's thread and no packet is copied. */
#pragma once

#include <stdint.h>

#include "base/siphash.h"
#include "decode/defrag.h"
#include "flow/flow_table.h"
#include "inspect/rate/rate.h"
#include "model/estate.h"
#include "model/observation.h"
#include "model/packet.h"
#include "model/rule.h"
#include "run/coverage_log.h"

enum {
	PIPELINE_BATCH = 4096,       /* frames after which a batch ends at the next microsecond */
	PIPELINE_BATCH_MOST = 65536, /* frames after which it ends anyway */
	PIPELINE_GAP_US =
	        250000, /* a silence longer than this is caught up with in steps of it, so that the timers of a
				      * flood do not all fire into one batch */
	PIPELINE_FINISH_FLOWS = 65536, /* flows judged in one step at the end */
};

struct pipeline_config {
	const struct estate *estate;
	const struct counting_rule *rule;
	unsigned workers;
	uint64_t flows;            /* over all lanes */
	uint64_t reassembly_bytes; /* over all lanes */
	uint64_t fragment_bytes;
	struct rate_limits rate_limits;
	struct siphash_key key;
	struct coverage_log *coverage; /* packets are accounted here; may be NULL */
	/** Every decoded packet, defragmented, on the caller's thread; for evidence. May be NULL. */
	void (*packet)(void *context, const struct packet *packet);
	/** Observations of a batch, on the caller's thread, in no order. */
	void (*observe)(void *context, const struct observation *observation);
	/** Behind a batch: data time has come to now_us. */
	void (*advance)(void *context, int64_t now_us);
	void *context;
};

struct pipeline_counters {
	uint64_t packets, bytes; /* frames given, bytes on the wire */
	uint64_t time_backwards; /* frames older than the one before: taken at the newer time */
	uint64_t apart;          /* flow events about nothing in the estate */
	uint64_t observations;
	uint64_t odd[ODD_COUNT]; /* packets by oddity */
	uint64_t tunnelled;
	struct defrag_stats defrag;
	struct flow_counters flow; /* sum over the lanes */
	struct rate_counters rate; /* sum over the shards */
};

struct pipeline;

/** On success *ret_pipeline is the caller's. Returns 0, -EINVAL, -ENOMEM or -EAGAIN (no more threads). */
int pipeline_new(const struct pipeline_config *config, struct pipeline **ret_pipeline);
void pipeline_free(struct pipeline *pipeline);
void pipeline_freep(struct pipeline **pipeline);

/** Take one frame; its bytes are not kept. Returns 0, or -ENOMEM: findings were lost, give up. */
int pipeline_frame(struct pipeline *pipeline, const struct frame *frame);

/** The input has ended: judge what is left and emit everything. Returns 0 or -ENOMEM. Only counters may follow. */
int pipeline_finish(struct pipeline *pipeline);

void pipeline_count(const struct pipeline *pipeline, struct pipeline_counters *ret_counters);

/** Time of the newest frame. */
int64_t pipeline_now(const struct pipeline *pipeline);

/** Bytes a pipeline of this configuration may take at most. */
uint64_t pipeline_memory(const struct pipeline_config *config);
