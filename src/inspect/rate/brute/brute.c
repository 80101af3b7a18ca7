#include "inspect/rate/brute/brute.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/utc.h"
#include "inspect/rate/target.h"

/* What many logins of one second have in common. */
struct sum {
	struct address source, server;
	uint8_t service;
	bool accepted;
	uint32_t slot;              /* of the table, that points here */
	uint32_t logins;            /* told one by one so far, at most BRUTE_LINES */
	struct observation further; /* count 0: none */
};

struct brute {
	struct brute_config config;
	struct brute_counters counters;
	int64_t second;   /* of seen_us, that sums[] are about */
	struct sum *sums; /* in the order of their first logins: the order they are told in */
	uint32_t sum_count;
	uint32_t *table; /* 1 + index into sums, 0 free; linear probing, at most half full */
	uint32_t slots_mask;
};

static uint32_t slots_size(uint32_t sources)
{
	uint32_t size = 2;

	while (size < UINT32_C(1) << 31 && size / 2 < sources)
		size *= 2;
	return size;
}

size_t brute_memory(uint32_t sources)
{
	return sizeof(struct brute) + sources * sizeof(struct sum) + slots_size(sources) * sizeof(uint32_t);
}

int brute_new(const struct brute_config *config, struct brute **ret_brute)
{
	check(ret_brute != NULL);
	if (config->sources == 0 || config->sources > UINT32_C(1) << 30)
		return -EINVAL;
	CLEANUP(brute_freep) struct brute *b = calloc(1, sizeof(*b));
	if (b == NULL)
		return -ENOMEM;
	b->config = *config;
	b->slots_mask = slots_size(config->sources) - 1;
	b->sums = calloc(config->sources, sizeof(*b->sums));
	b->table = calloc(slots_size(config->sources), sizeof(*b->table));
	if (b->sums == NULL || b->table == NULL)
		return -ENOMEM;
	*ret_brute = TAKE_PTR(b);
	return 0;
}

void brute_free(struct brute *brute)
{
	if (brute == NULL)
		return;
	free(brute->sums);
	free(brute->table);
	free(brute);
}

void brute_freep(struct brute **brute)
{
	brute_free(*brute);
}

static bool same(const struct sum *a, const struct sum *b)
{
	return address_equal(&a->source, &b->source) && address_equal(&a->server, &b->server) &&
	       a->service == b->service && a->accepted == b->accepted;
}

/* The slot that points at such a sum, or the free one where it belongs. */
static uint32_t find_slot(const struct brute *b, const struct sum *s)
{
	uint64_t words[5] = { [4] = (uint64_t)s->service << 1 | s->accepted };

	memcpy(words, &s->source, sizeof(s->source));
	memcpy(words + 2, &s->server, sizeof(s->server));
	uint32_t slot = (uint32_t)siphash_words(&b->config.key, words, 5) & b->slots_mask;
	while (b->table[slot] != 0 && !same(&b->sums[b->table[slot] - 1], s))
		slot = (slot + 1) & b->slots_mask;
	return slot;
}

/* The second is over: tell what was summed up, forget everything. */
static void end_second(struct brute *b)
{
	for (uint32_t i = 0; i < b->sum_count; i++) {
		b->table[b->sums[i].slot] = 0;
		if (b->sums[i].further.count > 0)
			b->config.sink.emit(b->config.sink.context, &b->sums[i].further);
	}
	b->sum_count = 0;
}

static struct sum *sum_of(struct brute *b, const struct flow_event *event)
{
	struct sum wanted = {
		.source = event->client, .server = event->server, .service = event->service, .accepted = event->accepted
	};
	uint32_t slot = find_slot(b, &wanted);

	if (b->table[slot] != 0)
		return &b->sums[b->table[slot] - 1];
	if (b->sum_count == b->config.sources) {
		b->counters.full++;
		end_second(b);
		slot = find_slot(b, &wanted);
	}
	wanted.slot = slot;
	b->sums[b->sum_count] = wanted;
	b->table[slot] = ++b->sum_count;
	return &b->sums[b->sum_count - 1];
}

static struct observation observation_of(const struct flow_event *event, const struct target *target)
{
	return (struct observation){ .time_us = event->time_us,
		                     .detector = DETECTOR_BRUTE,
		                     .vector = VECTOR_LOGIN,
		                     .path = event->path,
		                     .direction = target->direction,
		                     .service = event->service,
		                     .accepted = event->accepted,
		                     .asset = target->asset,
		                     .source = event->client,
		                     .host = event->server,
		                     .port = event->server_port,
		                     .count = 1,
		                     .refused = !event->accepted,
		                     .shown_client = event->client,
		                     .shown_server = event->server,
		                     .shown_client_port = event->client_port,
		                     .shown_server_port = event->server_port,
		                     .shown_proto = event->proto };
}

static void tell(struct brute *b, struct sum *sum, const struct observation *o)
{
	if (sum->logins < BRUTE_LINES) {
		sum->logins++;
		b->config.sink.emit(b->config.sink.context, o);
		return;
	}
	b->counters.summed++;
	if (sum->further.count == 0) {
		sum->further = *o;
		return;
	}
	sum->further.count++;
	sum->further.refused += o->refused;
	if (sum->further.port != o->port)
		sum->further.port = 0; /* many */
}

void brute_feed(struct brute *brute, const struct flow_event *event)
{
	if (event->kind != FLOW_EVENT_LOGIN)
		return;
	struct target target = target_of(brute->config.estate, event);

	brute->counters.logins++;
	if (target.direction == DIRECTION_APART || event->path < PATH_CONFIRMED) {
		brute->counters.apart++;
		return;
	}
	brute_advance(brute, event->seen_us);
	brute->second = event->seen_us / SECOND_US;
	struct observation o = observation_of(event, &target);
	tell(brute, sum_of(brute, event), &o);
}

void brute_advance(struct brute *brute, int64_t now_us)
{
	if (brute->sum_count > 0 && now_us / SECOND_US > brute->second)
		end_second(brute);
}

void brute_count(const struct brute *brute, struct brute_counters *sum)
{
	sum->logins += brute->counters.logins;
	sum->apart += brute->counters.apart;
	sum->summed += brute->counters.summed;
	sum->full += brute->counters.full;
}
