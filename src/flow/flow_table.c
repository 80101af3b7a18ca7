#include "flow/flow_table.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "flow/table.h"

enum { FLOWS_MAX = 1 << 30, EVICTION_TRIES = 16, LARGE_PAGE = 2 << 20 };
static const int64_t time_max_us = INT64_C(1) << 61;

/* ---- counters */

static const struct {
	const char *name, *meaning;
} counters[] = {
#define COUNTER(name, meaning) { #name, meaning },
#include "flow/flow_counters.def"
#undef COUNTER
};

_Static_assert(sizeof(struct flow_counters) / sizeof(uint64_t) == sizeof(counters) / sizeof(*counters),
               "every counter has a name");

size_t flow_counters_count(void)
{
	return sizeof(counters) / sizeof(*counters);
}

const char *flow_counters_name(size_t n)
{
	check(n < flow_counters_count());
	return counters[n].name;
}

const char *flow_counters_meaning(size_t n)
{
	check(n < flow_counters_count());
	return counters[n].meaning;
}

/* ---- life of a table */

static uint32_t bucket_count(const struct flow_table_config *config)
{
	uint32_t n = 16;

	while (n < config->flows)
		n *= 2;
	return n < FLOWS_MAX ? n * 2 : n;
}

static uint64_t block_count(const struct flow_table_config *config)
{
	return config->reassembly_bytes / FLOW_BLOCK_BYTES;
}

size_t flow_table_bytes(const struct flow_table_config *config)
{
	return sizeof(struct flow_table) + ((size_t)config->flows + 1) * sizeof(struct flow) +
	       (size_t)bucket_count(config) * sizeof(uint32_t) +
	       (size_t)(block_count(config) + 1) * (sizeof(struct block) + FLOW_BLOCK_BYTES);
}

/* Not touched here: what is never used costs nothing. Large pages, where the kernel gives them, for what a hash makes
 * us look up anywhere: in small ones each look-up misses the translation cache, too. */
static void *scattered_memory(size_t size)
{
	size_t align = size < LARGE_PAGE ? 64 : LARGE_PAGE;
	size_t whole = (size + align - 1) / align * align;
	void *memory = aligned_alloc(align, whole);

	if (memory != NULL && align == LARGE_PAGE)
		(void)madvise(memory, whole, MADV_HUGEPAGE);
	return memory;
}

static int allocate(struct flow_table *t)
{
	size_t buckets = bucket_count(&t->config);

	t->blocks_count = (uint32_t)block_count(&t->config);
	t->bucket_mask = (uint32_t)buckets - 1;
	t->flows = scattered_memory(((size_t)t->config.flows + 1) * sizeof(*t->flows));
	t->buckets = scattered_memory(buckets * sizeof(*t->buckets));
	t->blocks = calloc((size_t)t->blocks_count + 1, sizeof(*t->blocks));
	t->block_data = malloc(((size_t)t->blocks_count + 1) * FLOW_BLOCK_BYTES);
	if (t->flows == NULL || t->buckets == NULL || t->blocks == NULL || t->block_data == NULL)
		return -ENOMEM;
	memset(t->buckets, 0, buckets * sizeof(*t->buckets));
	return 0;
}

int flow_table_new(const struct flow_table_config *config, struct flow_table **ret_table)
{
	check(ret_table != NULL);
	if (config->flows == 0 || config->flows > FLOWS_MAX || block_count(config) > FLOWS_MAX)
		return -EINVAL;
	CLEANUP(flow_table_freep) struct flow_table *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return -ENOMEM;
	t->config = *config;
	int r = allocate(t);
	if (r < 0)
		return r;
	t->fresh = t->blocks_fresh = 1;
	timers_init(t);
	*ret_table = TAKE_PTR(t);
	return 0;
}

void flow_table_free(struct flow_table *t)
{
	if (t == NULL)
		return;
	free(t->flows);
	free(t->buckets);
	free(t->blocks);
	free(t->block_data);
	free(t);
}

void flow_table_freep(struct flow_table **t)
{
	flow_table_free(*t);
}

uint32_t flow_table_used(const struct flow_table *t)
{
	return t->used;
}

const struct flow_counters *flow_table_counters(const struct flow_table *t)
{
	return &t->counters;
}

/* ---- flows in and out */

/* The low bits of the hash chose the lane: all flows here share them. */
static uint32_t bucket_of(const struct flow_table *t, const struct flow_key *key)
{
	return (uint32_t)(flow_key_hash(&t->config.key, key) >> 32) & t->bucket_mask;
}

static struct flow *find(const struct flow_table *t, uint32_t bucket, const struct flow_key *key)
{
	for (uint32_t n = t->buckets[bucket]; n != 0; n = t->flows[n].chain)
		if (memcmp(&t->flows[n].key, key, sizeof(*key)) == 0)
			return &t->flows[n];
	return NULL;
}

static void unchain(struct flow_table *t, struct flow *f)
{
	uint32_t *link = &t->buckets[bucket_of(t, &f->key)], number = flow_number(t, f);

	while (*link != number)
		link = &t->flows[*link].chain;
	*link = f->chain;
}

void flow_remove(struct flow_table *t, struct flow *f)
{
	if (f->phase == PHASE_ASKING && f->waiting_packets > 0)
		events_unanswered(t, f, true);
	if (flow_is_tcp(f))
		tcp_leave(t, f);
	events_end(t, f);
	timers_clear(t, f, SLOT_DEADLINE);
	timers_clear(t, f, SLOT_STAY);
	unchain(t, f);
	f->chain = t->free;
	t->free = flow_number(t, f);
	t->used--;
}

/* The head of a lazy list may have been active since it was queued: look for one that was not, but not for long. */
static struct flow *longest_idle(struct flow_table *t, enum timer_kind kind)
{
	struct flow *f = &t->flows[t->timers[kind].head];

	for (int i = 0; i < EVICTION_TRIES && f->last_us > f->timer[SLOT_STAY].start_us; i++) {
		timers_set(t, f, kind, t->now_us);
		f = &t->flows[t->timers[kind].head];
	}
	return f;
}

static void evict(struct flow_table *t)
{
	if (t->timers[TIMER_CLOSED].head != 0) {
		t->counters.evicted_closed++;
		flow_remove(t, &t->flows[t->timers[TIMER_CLOSED].head]);
	} else if (t->timers[TIMER_UNANSWERED].head != 0) {
		t->counters.evicted_unanswered++;
		flow_remove(t, &t->flows[t->timers[TIMER_UNANSWERED].head]);
	} else {
		enum timer_kind kind = TIMER_OTHER;
		while (t->timers[kind].head == 0)
			kind++;
		t->counters.evicted_answered++;
		flow_remove(t, longest_idle(t, kind));
	}
}

static struct flow *flow_place(struct flow_table *t)
{
	uint32_t n;

	if (t->used == t->config.flows)
		evict(t);
	n = t->free;
	if (n != 0)
		t->free = t->flows[n].chain;
	else
		n = t->fresh++;
	t->used++;
	return &t->flows[n];
}

static void count_flow(struct flow_counters *c, uint8_t proto)
{
	c->flows++;
	if (proto == PROTO_TCP)
		c->tcp_flows++;
	else if (proto == PROTO_UDP)
		c->udp_flows++;
	else if (proto == PROTO_ICMP || proto == PROTO_ICMPV6)
		c->icmp_flows++;
	else
		c->other_flows++;
}

static void start(struct flow_table *t, const struct flow_key *key, uint32_t bucket, const struct packet *p,
                  bool src_low, uint32_t sequence)
{
	struct flow *f = flow_place(t);

	*f = (struct flow){ .key = *key, .sequence = sequence, .last_us = t->now_us };
	f->chain = t->buckets[bucket];
	t->buckets[bucket] = flow_number(t, f);
	count_flow(&t->counters, key->proto);
	timers_set(t, f, TIMER_UNANSWERED, t->now_us);
	if (key->proto == PROTO_TCP && !p->fragment)
		tcp_start(t, f, p, src_low);
	else
		datagram_start(t, f, p, src_low);
}

static void continue_tcp(struct flow_table *t, struct flow *f, const struct packet *p, bool src_low)
{
	unsigned side = src_low == f->client_low ? FLOW_CLIENT : FLOW_SERVER;

	if (!tcp_continue(t, f, p, side))
		return;
	struct flow_key key = f->key;
	uint32_t bucket = bucket_of(t, &key);
	flow_remove(t, f);
	/* Events of both may carry the same time: those of the new flow come later. */
	start(t, &key, bucket, p, src_low, f->sequence);
}

/* ---- packets */

static void count_packet(struct flow_counters *c, const struct packet *p)
{
	c->raw_fragments += p->fragment;
	if (p->proto == PROTO_TCP)
		c->tcp_packets++;
	else if (p->proto == PROTO_UDP)
		c->udp_packets++;
	else if (p->proto == PROTO_ICMP || p->proto == PROTO_ICMPV6)
		c->icmp_packets++;
	else
		c->other_packets++;
}

static void quoting(struct flow_table *t, const struct packet *p)
{
	const struct packet_quote *q = &p->quote;
	struct flow_key key;
	bool src_low = flow_key_from(&q->src, q->src_port, &q->dst, q->dst_port, q->proto, &key);
	struct flow *f = find(t, bucket_of(t, &key), &key);

	if (f == NULL)
		events_stray_error(t, p);
	else
		datagram_quoted(t, f, p, src_low == f->client_low ? FLOW_CLIENT : FLOW_SERVER);
}

static void conversing(struct flow_table *t, const struct packet *p)
{
	uint16_t src_port = p->fragment ? 0 : p->src_port, dst_port = p->fragment ? 0 : p->dst_port;
	struct flow_key key;
	bool src_low = flow_key_from(&p->src, src_port, &p->dst, dst_port, p->proto, &key);
	uint32_t bucket = bucket_of(t, &key);
	struct flow *f = find(t, bucket, &key);

	if (f == NULL)
		start(t, &key, bucket, p, src_low, 0);
	else if (flow_is_tcp(f))
		continue_tcp(t, f, p, src_low);
	else
		datagram_continue(t, f, p, src_low == f->client_low ? FLOW_CLIENT : FLOW_SERVER);
}

void flow_table_packet(struct flow_table *t, const struct packet *p)
{
	flow_table_advance(t, p->frame.time_us);
	t->counters.packets++;
	if (!p->ip) {
		t->counters.not_ip++;
		return;
	}
	count_packet(&t->counters, p);
	if (p->quote.present)
		quoting(t, p);
	else
		conversing(t, p);
}

void flow_table_advance(struct flow_table *t, int64_t now_us)
{
	if (now_us > time_max_us)
		now_us = time_max_us;
	if (now_us <= t->now_us)
		return;
	if (t->due_us <= now_us)
		timers_fire(t, now_us);
	t->now_us = now_us;
}

void flow_table_finish(struct flow_table *t)
{
	(void)flow_table_finish_some(t, UINT32_MAX);
}

bool flow_table_finish_some(struct flow_table *t, uint32_t flows)
{
	for (int k = TIMER_CLOSED; k < TIMER_KIND_COUNT; k++)
		while (t->timers[k].head != 0) {
			if (flows-- == 0)
				return false;
			flow_remove(t, &t->flows[t->timers[k].head]);
		}
	return true;
}

int64_t flow_table_due(const struct flow_table *t)
{
	return t->due_us;
}
