#include "decode/defrag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "decode/decode.h"

enum {
	UNIT = 8, /* fragments begin and, but for the last, end at multiples of it */
	PAGE_UNITS = DEFRAG_PAGE / UNIT,
	DATAGRAM_MAX = 65536,
	DATAGRAM_PAGES = DATAGRAM_MAX / DEFRAG_PAGE,
	LENGTH_MAX = 65535,
	HEADER_MAX = 60,
	IPV6_HEADER = 40,
	/* A datagram inside a reassembled one may be a fragment again; IPv6 could do that without a tunnel. */
	NESTING_MAX = PACKET_TUNNELS_MAX,
};

#define NONE        UINT32_MAX
#define SEQUENCE_OF (UINT32_C(1) << 31)

struct page {
	uint64_t have[PAGE_UNITS / 64]; /* bit per unit */
	uint8_t data[DEFRAG_PAGE];
};

struct key {
	struct address src, dst;
	uint32_t id;
	uint8_t proto; /* 0 for IPv6, where it is no part of the key */
	bool v6;
};

struct datagram {
	struct key key;
	uint32_t bucket_next, older, younger; /* datagram indices */
	uint32_t page[DATAGRAM_PAGES];
	int64_t first_us;
	uint32_t fragments;
	uint64_t bytes, data_bytes; /* with and without IP headers, as on the wire */
	uint32_t units;             /* of which data came */
	uint32_t extent;            /* end of the farthest data */
	uint32_t end;               /* of the datagram, once ended */
	uint32_t present;           /* bytes before the first one that was not captured */
	uint16_t src_port, dst_port;
	uint8_t proto;
	uint8_t header_len;
	uint8_t header[HEADER_MAX]; /* of the first fragment */
	bool ended, overlap, given_up;
};

struct defrag {
	struct defrag_config config;
	struct defrag_stats stats;
	struct datagram *datagrams; /* owned */
	uint32_t *buckets;          /* owned */
	uint32_t bucket_mask;
	struct page *pages;   /* owned */
	uint32_t *free_pages; /* owned; a stack */
	uint32_t free_page_count;
	uint32_t free_head; /* unused datagrams, by bucket_next */
	uint32_t oldest, youngest;
	int64_t now_us;
	uint32_t sequence;
	uint8_t out[HEADER_MAX + DATAGRAM_MAX];
};

/* Making and freeing */

static uint32_t bucket_count(uint32_t datagrams)
{
	uint32_t n = 1;
	while (n < datagrams)
		n *= 2;
	return n;
}

static bool config_valid(const struct defrag_config *c)
{
	return c->datagrams >= 1 && c->datagrams <= 1u << 24 && c->pages >= DEFRAG_PAGES_MIN && c->pages <= 1u << 24 &&
	       c->lost.emit != NULL;
}

size_t defrag_memory(const struct defrag_config *config)
{
	return sizeof(struct defrag) + config->datagrams * sizeof(struct datagram) +
	       bucket_count(config->datagrams) * sizeof(uint32_t) +
	       config->pages * (sizeof(struct page) + sizeof(uint32_t));
}

static void table_clear(struct defrag *d)
{
	for (uint32_t i = 0; i < d->config.datagrams; i++)
		d->datagrams[i].bucket_next = i + 1 < d->config.datagrams ? i + 1 : NONE;
	for (uint32_t i = 0; i <= d->bucket_mask; i++)
		d->buckets[i] = NONE;
	for (uint32_t i = 0; i < d->config.pages; i++)
		d->free_pages[i] = i;
	d->free_page_count = d->config.pages;
	d->free_head = 0;
	d->oldest = d->youngest = NONE;
}

int defrag_new(const struct defrag_config *config, struct defrag **ret_defrag)
{
	check(ret_defrag != NULL);
	if (!config_valid(config))
		return -EINVAL;
	CLEANUP(defrag_freep) struct defrag *d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	d->config = *config;
	d->now_us = INT64_MIN;
	d->bucket_mask = bucket_count(config->datagrams) - 1;
	d->datagrams = calloc(config->datagrams, sizeof(*d->datagrams));
	d->buckets = calloc(d->bucket_mask + 1u, sizeof(*d->buckets));
	d->pages = calloc(config->pages, sizeof(*d->pages));
	d->free_pages = calloc(config->pages, sizeof(*d->free_pages));
	if (d->datagrams == NULL || d->buckets == NULL || d->pages == NULL || d->free_pages == NULL)
		return -ENOMEM;
	table_clear(d);
	*ret_defrag = TAKE_PTR(d);
	return 0;
}

void defrag_free(struct defrag *d)
{
	if (d == NULL)
		return;
	free(d->datagrams);
	free(d->buckets);
	free(d->pages);
	free(d->free_pages);
	free(d);
}

void defrag_freep(struct defrag **d)
{
	defrag_free(*d);
}

/* The table: a keyed hash with chains, and a list by age */

static struct key key_of(const struct packet *p)
{
	return (struct key){ p->src, p->dst, p->fragment_id, p->v6 ? 0 : p->proto, p->v6 };
}

static bool key_equal(const struct key *a, const struct key *b)
{
	return a->id == b->id && a->proto == b->proto && a->v6 == b->v6 && address_equal(&a->src, &b->src) &&
	       address_equal(&a->dst, &b->dst);
}

static uint32_t *bucket_of(struct defrag *d, const struct key *key)
{
	uint64_t words[5];

	memcpy(words, key->src.bytes, 16);
	memcpy(words + 2, key->dst.bytes, 16);
	words[4] = (uint64_t)key->id << 16 | (uint64_t)key->proto << 8 | key->v6;
	return &d->buckets[siphash_words(&d->config.key, words, 5) & d->bucket_mask];
}

static uint32_t index_of(const struct defrag *d, const struct datagram *g)
{
	return (uint32_t)(g - d->datagrams);
}

static struct datagram *datagram_find(struct defrag *d, const struct key *key)
{
	for (uint32_t i = *bucket_of(d, key); i != NONE; i = d->datagrams[i].bucket_next)
		if (key_equal(&d->datagrams[i].key, key))
			return &d->datagrams[i];
	return NULL;
}

static void pages_release(struct defrag *d, struct datagram *g)
{
	for (uint32_t i = 0; i < DATAGRAM_PAGES; i++) {
		if (g->page[i] != NONE)
			d->free_pages[d->free_page_count++] = g->page[i];
		g->page[i] = NONE;
	}
}

static void age_unlink(struct defrag *d, const struct datagram *g)
{
	if (g->older != NONE)
		d->datagrams[g->older].younger = g->younger;
	else
		d->oldest = g->younger;
	if (g->younger != NONE)
		d->datagrams[g->younger].older = g->older;
	else
		d->youngest = g->older;
}

static void datagram_release(struct defrag *d, struct datagram *g)
{
	uint32_t index = index_of(d, g), *link = bucket_of(d, &g->key);

	while (*link != index)
		link = &d->datagrams[*link].bucket_next;
	*link = g->bucket_next;
	age_unlink(d, g);
	pages_release(d, g);
	g->bucket_next = d->free_head;
	d->free_head = index;
}

static void datagram_lose(struct defrag *d, struct datagram *g, int64_t seen_us, bool cut)
{
	struct flow_event event = {
		.time_us = g->first_us,
		.seen_us = seen_us,
		.client = g->key.src,
		.server = g->key.dst,
		.client_port = g->src_port,
		.server_port = g->dst_port,
		.payload_mean = (uint16_t)(g->data_bytes / g->fragments),
		.kind = FLOW_EVENT_UNANSWERED,
		.proto = g->proto,
		.vector = VECTOR_FRAGMENT,
		.path = PATH_SPOOFABLE,
		.answer = ANSWER_NONE,
		.cut = cut,
		.packets = g->fragments,
		.bytes = g->bytes,
		.sequence = SEQUENCE_OF | d->sequence++,
	};

	datagram_release(d, g);
	d->config.lost.emit(d->config.lost.context, &event);
}

static void evict(struct defrag *d, struct datagram *g)
{
	d->stats.evicted++;
	datagram_lose(d, g, d->now_us, false);
}

static struct datagram *datagram_new(struct defrag *d, const struct key *key)
{
	if (d->free_head == NONE)
		evict(d, &d->datagrams[d->oldest]);
	struct datagram *g = &d->datagrams[d->free_head];
	uint32_t index = d->free_head, *bucket = bucket_of(d, key);
	d->free_head = g->bucket_next;
	*g = (struct datagram){ .key = *key, .first_us = d->now_us, .present = NONE };
	g->bucket_next = *bucket;
	*bucket = index;
	g->older = d->youngest;
	g->younger = NONE;
	if (d->youngest != NONE)
		d->datagrams[d->youngest].younger = index;
	else
		d->oldest = index;
	d->youngest = index;
	for (uint32_t i = 0; i < DATAGRAM_PAGES; i++)
		g->page[i] = NONE;
	return g;
}

/* Data */

/* The page of g for these units. There are more pages than one datagram needs: without a free one, another's are taken. */
static struct page *page_get(struct defrag *d, struct datagram *g, uint32_t number)
{
	if (g->page[number] != NONE)
		return &d->pages[g->page[number]];
	while (d->free_page_count == 0) {
		uint32_t oldest = d->oldest == index_of(d, g) ? g->younger : d->oldest;
		check(oldest != NONE);
		evict(d, &d->datagrams[oldest]);
	}
	g->page[number] = d->free_pages[--d->free_page_count];
	struct page *page = &d->pages[g->page[number]];
	memset(page->have, 0, sizeof(page->have));
	return page;
}

static bool unit_have(const struct defrag *d, const struct datagram *g, uint32_t unit)
{
	uint32_t page = g->page[unit / PAGE_UNITS], bit = unit % PAGE_UNITS;

	return page != NONE && d->pages[page].have[bit / 64] >> bit % 64 & 1;
}

static const uint8_t *unit_data(const struct defrag *d, const struct datagram *g, uint32_t unit)
{
	return d->pages[g->page[unit / PAGE_UNITS]].data + unit % PAGE_UNITS * UNIT;
}

/* How much of the unit that starts at byte `at` of the fragment was captured. */
static uint32_t captured(const struct packet *p, uint32_t at)
{
	uint32_t rest = p->payload_len > at ? p->payload_len - at : 0;

	return rest < UNIT ? rest : UNIT;
}

static void unit_put(struct defrag *d, struct datagram *g, uint32_t unit, const uint8_t *data, uint32_t len)
{
	struct page *page = page_get(d, g, unit / PAGE_UNITS);
	uint32_t bit = unit % PAGE_UNITS;

	memset(page->data + bit * UNIT, 0, UNIT);
	if (len > 0)
		memcpy(page->data + bit * UNIT, data, len);
	page->have[bit / 64] |= UINT64_C(1) << bit % 64;
	g->units++;
}

enum place { PLACE_NEW, PLACE_REPEATED, PLACE_OVERLAP, PLACE_CONTRADICTS };

/* What is known already about the bytes of this fragment. */
static enum place place_of(const struct defrag *d, const struct datagram *g, const struct packet *p)
{
	uint32_t start = p->fragment_offset, end = start + p->payload_wire_len, first = start / UNIT;
	uint32_t count = (p->payload_wire_len + UNIT - 1) / UNIT, had = 0;
	bool same = true;

	if (p->fragment_more ? g->ended && end > g->end : g->ended ? end != g->end : end < g->extent)
		return PLACE_CONTRADICTS;
	for (uint32_t i = 0; i < count; i++) {
		if (!unit_have(d, g, first + i))
			continue;
		had++;
		uint32_t len = captured(p, i * UNIT);
		same = same && (len == 0 || memcmp(unit_data(d, g, first + i), p->payload + i * UNIT, len) == 0);
	}
	if (had == 0)
		return PLACE_NEW;
	return had == count && same ? PLACE_REPEATED : PLACE_OVERLAP;
}

static void put_new_units(struct defrag *d, struct datagram *g, const struct packet *p)
{
	uint32_t start = p->fragment_offset, end = start + p->payload_wire_len;

	for (uint32_t at = 0; at < p->payload_wire_len; at += UNIT)
		if (!unit_have(d, g, (start + at) / UNIT))
			unit_put(d, g, (start + at) / UNIT, p->payload + at, captured(p, at));
	if (p->payload_len < p->payload_wire_len && start + p->payload_len < g->present)
		g->present = start + p->payload_len;
	if (end > g->extent)
		g->extent = end;
	if (!p->fragment_more) {
		g->ended = true;
		g->end = end;
	}
}

/* The header that the whole datagram will have. IPv6: what stood between base header and fragment header is left out. */
static void keep_header(struct datagram *g, const struct packet *p)
{
	uint32_t len = p->v6 ? IPV6_HEADER : p->ip_payload_off;

	check_hot(len <= HEADER_MAX && len <= p->l3_len);
	memcpy(g->header, p->l3, len);
	g->header_len = (uint8_t)len;
	g->proto = p->proto;
	g->src_port = p->src_port;
	g->dst_port = p->dst_port;
}

static void account(struct datagram *g, const struct packet *p)
{
	if (g->fragments == 0)
		g->proto = p->proto;
	g->fragments++;
	g->bytes += p->ip_payload_off + p->payload_wire_len;
	g->data_bytes += p->payload_wire_len;
}

static void give_up(struct defrag *d, struct datagram *g)
{
	g->given_up = true;
	pages_release(d, g);
}

/* True when the fragment brought new data. */
static bool fragment_keep(struct defrag *d, struct datagram *g, struct packet *p)
{
	static const uint64_t unusable = UINT64_C(1) << ODD_FRAGMENT_LARGE | UINT64_C(1) << ODD_FRAGMENT_LENGTH;

	if (g->given_up || p->odd & unusable || p->payload_wire_len == 0) {
		d->stats.refused++;
		return false;
	}
	enum place place = place_of(d, g, p);
	if (place == PLACE_REPEATED) {
		d->stats.repeated++;
		return false;
	}
	if (place != PLACE_NEW) {
		packet_set_odd(p, ODD_FRAGMENT_OVERLAP);
		d->stats.overlaps++;
		g->overlap = true;
		if (p->v6)
			give_up(d, g);
		if (p->v6 || place == PLACE_CONTRADICTS)
			return false;
	}
	if (p->fragment_offset == 0 && g->header_len == 0)
		keep_header(g, p);
	put_new_units(d, g, p);
	return true;
}

static bool is_whole(const struct datagram *g)
{
	return g->ended && g->units == (g->end + UNIT - 1) / UNIT;
}

/* Header and data, one behind the other. Returns the bytes that are there. */
static uint32_t assemble(struct defrag *d, const struct datagram *g)
{
	uint32_t len = g->present < g->end ? g->present : g->end;
	uint8_t *out = d->out;

	memcpy(out, g->header, g->header_len);
	for (uint32_t at = 0; at < len; at += DEFRAG_PAGE) {
		uint32_t rest = len - at;
		memcpy(out + g->header_len + at, d->pages[g->page[at / DEFRAG_PAGE]].data,
		       rest < DEFRAG_PAGE ? rest : DEFRAG_PAGE);
	}
	if (g->key.v6) {
		put_be16(out + 4, (uint16_t)g->end);
		out[6] = g->proto;
	} else {
		put_be16(out + 2, (uint16_t)(g->header_len + g->end));
		put_be16(out + 6, get_be16(out + 6) & 0x4000); /* "don't fragment" stays */
	}
	return g->header_len + len;
}

static void deliver(struct defrag *d, struct datagram *g, struct packet *p)
{
	uint32_t fragments = p->fragments + g->fragments;
	uint32_t len = assemble(d, g);

	d->stats.whole++;
	if (g->overlap)
		packet_set_odd(p, ODD_FRAGMENT_OVERLAP);
	datagram_release(d, g);
	decode_datagram(p, d->out, len);
	p->fragments = fragments < UINT16_MAX ? (uint16_t)fragments : UINT16_MAX;
}

/* True when it made the datagram whole. */
static bool feed_fragment(struct defrag *d, struct packet *p)
{
	struct key key = key_of(p);
	struct datagram *g = datagram_find(d, &key);

	d->stats.fragments++;
	if (g == NULL)
		g = datagram_new(d, &key);
	account(g, p);
	if (!fragment_keep(d, g, p) || !is_whole(g))
		return false;
	/* The first fragment's header may be longer than the one of the last, which was measured with its own. */
	if (!g->key.v6 && g->header_len + g->end > LENGTH_MAX) {
		packet_set_odd(p, ODD_FRAGMENT_LARGE);
		give_up(d, g);
		return false;
	}
	deliver(d, g, p);
	return true;
}

enum defrag_verdict defrag_feed(struct defrag *d, struct packet *packet)
{
	defrag_advance(d, packet->frame.time_us);
	if (!packet->fragment)
		return DEFRAG_PASS;
	for (int depth = 0; packet->fragment; depth++)
		if (depth > NESTING_MAX || !feed_fragment(d, packet))
			return DEFRAG_HELD;
	return DEFRAG_WHOLE;
}

void defrag_advance(struct defrag *d, int64_t now_us)
{
	if (now_us <= d->now_us)
		return;
	d->now_us = now_us;
	while (d->oldest != NONE) {
		struct datagram *g = &d->datagrams[d->oldest];
		if (now_us - g->first_us < DEFRAG_TIMEOUT_US)
			return;
		d->stats.expired++;
		datagram_lose(d, g, g->first_us + DEFRAG_TIMEOUT_US, false);
	}
}

void defrag_finish(struct defrag *d)
{
	while (d->oldest != NONE) {
		d->stats.cut++;
		datagram_lose(d, &d->datagrams[d->oldest], d->now_us, true);
	}
}

const struct defrag_stats *defrag_get_stats(const struct defrag *d)
{
	return &d->stats;
}
