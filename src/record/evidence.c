#include "record/evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "record/mask.h"
#include "record/pcapng.h"

enum {
	RING_MIN = 65536,
	WALK_MAX = 4096,     /* entries of one bucket looked at for one observation */
	SLICE_FIRST = 1024,  /* bytes a slice begins with */
	FRAGMENT_BYTES = 64, /* kept of a packet whose payload cannot be masked in place */
	NO_PAYLOAD = 0xffff,
	NONE = -1,
	LARGE_PAGE = 2 << 20,
	AHEAD = 512, /* bytes of the ring fetched before they are written */
};

/* A packet in the ring or in a slice, followed by its bytes. */
struct kept {
	uint64_t
	        place; /* ring: of the entry before it in the same bucket; slice: its own, which says if it is there already */
	uint64_t flow; /* keyed hash of the flow's ends, 64 bits: taken for the flow itself */
	int64_t time_us;
	uint32_t wire_len;
	uint16_t len;
	uint16_t link;
	uint16_t payload; /* offset of the transport payload, or NO_PAYLOAD */
	uint16_t to_port;
	bool upwards; /* sent by the lower end: tells the directions of a flow apart */
	uint8_t detector, vector;
	uint8_t tunnels; /* the two outermost, four bits each; 0 none */
};

struct slice {
	char id[ATTACK_ID_MAX];
	int32_t next; /* in its bucket, or in the free list */
	uint32_t packets;
	uint32_t bytes, size; /* used, allocated */
	uint8_t *data;        /* struct kept and bytes, one after another, 8-aligned */
};

struct evidence {
	struct evidence_config config;
	struct evidence_stats stats;
	/* The ring. Places count bytes ever written; a place is alive while less than a ring's size was written behind it. */
	uint8_t *ring;
	uint64_t size, end;
	uint64_t pending;  /* place of the newest entry of all, not yet in its bucket; 0 none */
	uint64_t *buckets; /* place of the newest entry */
	uint64_t bucket_mask;
	struct slice *slices;
	int32_t *slice_buckets;
	uint32_t slice_mask;
	int32_t free_slices;
	uint32_t slices_used; /* ever, the rest of the array is untouched */
	size_t slices_bytes;
};

static uint64_t power_of_two(uint64_t at_least)
{
	uint64_t n = 1;

	while (n < at_least)
		n *= 2;
	return n;
}

static uint64_t bucket_count(const struct evidence_config *c)
{
	return power_of_two(c->ring_bytes) / 256;
}

static bool config_fits(const struct evidence_config *c)
{
	return c->ring_bytes >= RING_MIN && c->ring_bytes <= (size_t)1 << 40 && c->packet_bytes >= FRAGMENT_BYTES &&
	       c->packet_bytes <= 1024 && c->slice_packets >= 1 && c->slice_packets <= 4096 &&
	       c->slice_bytes >= SLICE_FIRST && c->slice_bytes <= 1u << 30 && c->slices >= 1 && c->slices <= 1u << 24;
}

/* Every packet writes to memory that was last touched a whole ring ago: large pages spare a page walk for each. */
static uint8_t *new_ring(uint64_t size)
{
	uint64_t align = size < LARGE_PAGE ? 4096 : LARGE_PAGE;
	void *ring = aligned_alloc(align, size);

	if (ring != NULL)
		(void)madvise(ring, size, MADV_HUGEPAGE);
	return ring;
}

int evidence_new(const struct evidence_config *config, struct evidence **ret_evidence)
{
	check(ret_evidence != NULL);
	if (!config_fits(config))
		return -EINVAL;
	CLEANUP(evidence_freep) struct evidence *e = calloc(1, sizeof(*e));
	if (e == NULL)
		return -ENOMEM;
	e->config = *config;
	e->size = power_of_two(config->ring_bytes);
	e->end = 2 * e->size; /* place 0, in empty buckets, is never alive */
	e->bucket_mask = bucket_count(config) - 1;
	e->slice_mask = (uint32_t)power_of_two(config->slices) - 1;
	e->free_slices = NONE;
	e->ring = new_ring(e->size);
	e->buckets = calloc(e->bucket_mask + 1, sizeof(*e->buckets));
	e->slices = calloc(config->slices, sizeof(*e->slices));
	e->slice_buckets = malloc((e->slice_mask + (size_t)1) * sizeof(*e->slice_buckets));
	if (e->ring == NULL || e->buckets == NULL || e->slices == NULL || e->slice_buckets == NULL)
		return -ENOMEM;
	memset(e->slice_buckets, 0xff, (e->slice_mask + (size_t)1) * sizeof(*e->slice_buckets));
	*ret_evidence = TAKE_PTR(e);
	return 0;
}

void evidence_free(struct evidence *e)
{
	if (e == NULL)
		return;
	for (uint32_t i = 0; e->slices != NULL && i < e->slices_used; i++)
		free(e->slices[i].data);
	free(e->ring);
	free(e->buckets);
	free(e->slices);
	free(e->slice_buckets);
	free(e);
}

void evidence_freep(struct evidence **evidence)
{
	evidence_free(*evidence);
}

size_t evidence_memory(const struct evidence_config *c)
{
	return sizeof(struct evidence) + power_of_two(c->ring_bytes) + bucket_count(c) * sizeof(uint64_t) +
	       c->slices * sizeof(struct slice) + power_of_two(c->slices) * sizeof(int32_t) + c->slices_bytes;
}

/* The two ends in canonical order, so that both directions have one hash. */
static uint64_t hash_ends(const struct siphash_key *key, const struct address *a, uint16_t a_port,
                          const struct address *b, uint16_t b_port, uint8_t proto, bool *ret_upwards)
{
	uint64_t words[5];
	int c = address_compare(a, b);
	bool upwards = c < 0 || (c == 0 && a_port <= b_port);

	memcpy(words, upwards ? a : b, 16);
	memcpy(words + 2, upwards ? b : a, 16);
	words[4] = (uint64_t)(upwards ? a_port : b_port) << 32 | (uint64_t)(upwards ? b_port : a_port) << 16 | proto;
	*ret_upwards = upwards;
	return siphash_words(key, words, 5);
}

static bool alive(const struct evidence *e, uint64_t place)
{
	return e->end - place <= e->size;
}

static struct kept *at(const struct evidence *e, uint64_t place)
{
	return (struct kept *)(void *)(e->ring + (place & (e->size - 1)));
}

static uint64_t room_for(uint32_t len)
{
	return (sizeof(struct kept) + len + 7) & ~UINT64_C(7);
}

/* Where in its frame the payload begins; a reassembled one lies elsewhere. */
static uint16_t payload_offset(const struct packet *p)
{
	uintptr_t data = (uintptr_t)p->frame.data, payload = (uintptr_t)p->payload;

	if (payload < data || payload - data > p->frame.len || payload - data >= NO_PAYLOAD)
		return NO_PAYLOAD;
	return (uint16_t)(payload - data);
}

/* An entry enters its bucket one packet late: by then the bucket has come from memory. */
static void link_pending(struct evidence *e)
{
	if (e->pending == 0)
		return;
	struct kept *k = at(e, e->pending);
	uint64_t *bucket = &e->buckets[k->flow & e->bucket_mask];
	k->place = *bucket;
	*bucket = e->pending;
	e->pending = 0;
}

void evidence_note(struct evidence *e, const struct packet *p)
{
	if (e == NULL || !p->ip)
		return;
	struct kept k = { .time_us = p->frame.time_us,
		          .wire_len = p->frame.wire_len,
		          .link = p->frame.link,
		          .payload = payload_offset(p),
		          .to_port = p->dst_port,
		          .tunnels = (uint8_t)(p->tunnel[0] | p->tunnel[1] << 4) };
	uint32_t most = k.payload == NO_PAYLOAD ? FRAGMENT_BYTES : e->config.packet_bytes;
	k.len = (uint16_t)(p->frame.len < most ? p->frame.len : most);
	k.flow = hash_ends(&e->config.key, &p->src, p->src_port, &p->dst, p->dst_port, p->proto, &k.upwards);
	uint64_t room = room_for(k.len), place = e->end;
	if ((place & (e->size - 1)) + room > e->size)
		place = (place | (e->size - 1)) + 1; /* an entry does not wrap */
	link_pending(e);
	e->pending = place;
	__builtin_prefetch(&e->buckets[k.flow & e->bucket_mask], 1);
	e->end = place + room;
	for (uint64_t ahead = 0; ahead < room; ahead += 64)
		__builtin_prefetch(e->ring + ((e->end + AHEAD + ahead) & (e->size - 1)), 1);
	struct kept *to = at(e, place);
	*to = k;
	memcpy(to + 1, p->frame.data, k.len);
	e->stats.noted++;
}

/* Attack ids are HMACs; the key guards where K_id is known. */
static int32_t *slice_bucket(const struct evidence *e, const char *id)
{
	uint64_t words[4] = { 0 };

	memcpy(words, id, strnlen(id, ATTACK_ID_MAX - 1));
	return &e->slice_buckets[siphash_words(&e->config.key, words, 4) & e->slice_mask];
}

static struct slice *find_slice(const struct evidence *e, const char *id)
{
	for (int32_t i = *slice_bucket(e, id); i != NONE; i = e->slices[i].next)
		if (strcmp(e->slices[i].id, id) == 0)
			return &e->slices[i];
	return NULL;
}

/* A slice for an attack that has none. NULL: all are in use. */
static struct slice *new_slice(struct evidence *e, const char *id)
{
	int32_t i = e->free_slices;

	if (i != NONE)
		e->free_slices = e->slices[i].next;
	else if (e->slices_used < e->config.slices)
		i = (int32_t)e->slices_used++;
	else
		return NULL;
	int32_t *bucket = slice_bucket(e, id);
	e->slices[i] = (struct slice){ .next = *bucket };
	memcpy(e->slices[i].id, id, strnlen(id, ATTACK_ID_MAX - 1));
	*bucket = i;
	return &e->slices[i];
}

static void drop_slice(struct evidence *e, struct slice *s)
{
	int32_t index = (int32_t)(s - e->slices), *link = slice_bucket(e, s->id);

	while (*link != index)
		link = &e->slices[*link].next;
	*link = s->next;
	e->slices_bytes -= s->size;
	free(s->data);
	*s = (struct slice){ .next = e->free_slices };
	e->free_slices = index;
}

static bool has_place(const struct slice *s, uint64_t place)
{
	for (uint32_t offset = 0; offset < s->bytes;) {
		const struct kept *k = (const struct kept *)(const void *)(s->data + offset);
		if (k->place == place)
			return true;
		offset += (uint32_t)room_for(k->len);
	}
	return false;
}

/* Make room for more bytes: EVIDENCE_COLLECTED, or why not. */
static enum evidence_result reserve(struct evidence *e, struct slice *s, uint32_t more)
{
	uint32_t size = s->size == 0 ? SLICE_FIRST : s->size;

	if (s->packets >= e->config.slice_packets || s->bytes + more > e->config.slice_bytes)
		return EVIDENCE_SLICE_FULL;
	while (size < s->bytes + more)
		size *= 2;
	size = size > e->config.slice_bytes ? e->config.slice_bytes : size;
	if (size == s->size)
		return EVIDENCE_COLLECTED;
	if (e->slices_bytes + (size - s->size) > e->config.slices_bytes)
		return EVIDENCE_NO_SLICE;
	uint8_t *data = realloc(s->data, size);
	if (data == NULL)
		return EVIDENCE_NO_SLICE;
	e->slices_bytes += size - s->size;
	s->data = data;
	s->size = size;
	return EVIDENCE_COLLECTED;
}

static enum evidence_result keep(struct evidence *e, struct slice *s, const struct kept *k)
{
	uint32_t room = (uint32_t)room_for(k->len);
	enum evidence_result result = reserve(e, s, room);

	if (result != EVIDENCE_COLLECTED)
		return result;
	memcpy(s->data + s->bytes, k, sizeof(*k) + k->len);
	s->bytes += room;
	s->packets++;
	return EVIDENCE_COLLECTED;
}

/* Copy one packet of the ring, saying who wanted it. */
static enum evidence_result copy(struct evidence *e, struct slice *s, uint64_t place, const struct observation *shown)
{
	uint32_t start = s->bytes;
	enum evidence_result result = keep(e, s, at(e, place));

	if (result == EVIDENCE_COLLECTED) {
		struct kept *k = (struct kept *)(void *)(s->data + start);
		k->place = place;
		k->detector = shown->detector;
		k->vector = shown->vector;
		e->stats.collected++;
	}
	return result;
}

/* Follow the bucket from the newest entry to the oldest that lives. */
static enum evidence_result collect(struct evidence *e, struct slice *s, uint64_t flow, const struct observation *shown)
{
	uint64_t place = e->buckets[flow & e->bucket_mask];
	bool found = false;

	for (int walked = 0; walked < WALK_MAX && alive(e, place); walked++) {
		const struct kept *k = at(e, place);
		uint64_t older = k->place;
		if (k->flow == flow) {
			found = true;
			enum evidence_result result =
			        has_place(s, place) ? EVIDENCE_COLLECTED : copy(e, s, place, shown);
			if (result != EVIDENCE_COLLECTED)
				return result;
		}
		place = older;
	}
	return found ? EVIDENCE_COLLECTED : EVIDENCE_NOT_FOUND;
}

static enum evidence_result count(struct evidence *e, enum evidence_result result)
{
	e->stats.not_found += result == EVIDENCE_NOT_FOUND;
	e->stats.slice_full += result == EVIDENCE_SLICE_FULL;
	e->stats.no_slice += result == EVIDENCE_NO_SLICE;
	return result;
}

enum evidence_result evidence_collect(struct evidence *e, const char *attack, const struct observation *shown)
{
	bool upwards;

	if (e == NULL || address_is_none(&shown->shown_client))
		return EVIDENCE_NOT_FOUND;
	link_pending(e);
	struct slice *s = find_slice(e, attack);
	if (s != NULL && s->packets >= e->config.slice_packets)
		return count(e, EVIDENCE_SLICE_FULL);
	if (s == NULL && (s = new_slice(e, attack)) == NULL)
		return count(e, EVIDENCE_NO_SLICE);
	uint64_t flow = hash_ends(&e->config.key, &shown->shown_client, shown->shown_client_port, &shown->shown_server,
	                          shown->shown_server_port, shown->shown_proto, &upwards);
	enum evidence_result result = collect(e, s, flow, shown);
	if (s->packets == 0)
		drop_slice(e, s);
	return count(e, result);
}

void evidence_absorb(struct evidence *e, const char *child, const char *into)
{
	struct slice *from = e != NULL ? find_slice(e, child) : NULL;

	if (from == NULL || strcmp(child, into) == 0)
		return;
	struct slice *to = find_slice(e, into);
	if (to == NULL)
		to = new_slice(e, into);
	for (uint32_t offset = 0; to != NULL && offset < from->bytes;) {
		const struct kept *k = (const struct kept *)(const void *)(from->data + offset);
		offset += (uint32_t)room_for(k->len);
		if (!has_place(to, k->place) && keep(e, to, k) != EVIDENCE_COLLECTED)
			break;
	}
	drop_slice(e, from);
	if (to != NULL && to->packets == 0)
		drop_slice(e, to);
}

static int by_time(const void *a, const void *b)
{
	const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static struct kept **sort_packets(const struct slice *s)
{
	struct kept **sorted = calloc(s->packets + (size_t)1, sizeof(*sorted));
	uint32_t n = 0;

	for (uint32_t offset = 0; sorted != NULL && offset < s->bytes; n++) {
		sorted[n] = (struct kept *)(void *)(s->data + offset);
		offset += (uint32_t)room_for(sorted[n]->len);
	}
	if (sorted != NULL)
		qsort(sorted, n, sizeof(struct kept *), by_time);
	return sorted;
}

/* What the packet before this one in its direction left open. */
static struct mask former_mask(struct kept *const *packets, const struct mask *masks, uint32_t i)
{
	for (uint32_t j = i; j-- > 0;)
		if (packets[j]->flow == packets[i]->flow && packets[j]->upwards == packets[i]->upwards)
			return masks[j];
	return (struct mask){ 0 };
}

/* Mask the bytes in the slice itself: they are written once and then gone. */
static int mask_packets(struct evidence *e, struct kept *const *packets, uint32_t n)
{
	CLEANUP(freep) struct mask *masks = calloc(n, sizeof(*masks));

	if (masks == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		struct kept *k = packets[i];
		masks[i] = former_mask(packets, masks, i);
		if (k->payload < k->len)
			e->stats.masked_packets += mask_credentials(
			        &masks[i], k->to_port, (uint8_t *)(k + 1) + k->payload, (size_t)k->len - k->payload);
	}
	return 0;
}

/* LINKTYPE number: raw IP has other numbers on other systems. */
static uint16_t link_number(uint16_t link)
{
	return link == LINK_RAW_BSD || link == LINK_RAW_OPENBSD ? LINK_RAW : link;
}

/* Interfaces in the order in which packets need them. */
static void write_packets(const struct evidence *e, const struct slice *s, struct kept *const *packets,
                          struct text *out)
{
	uint16_t links[16];
	uint32_t link_count = 0;
	char comment[128];

	pcapng_add_section(out);
	for (uint32_t i = 0; i < s->packets; i++) {
		const struct kept *k = packets[i];
		uint16_t link = link_number(k->link);
		uint32_t interface = 0;
		while (interface < link_count && links[interface] != link)
			interface++;
		if (interface == sizeof(links) / sizeof(links[0]))
			continue; /* more kinds of link than decode knows */
		if (interface == link_count) {
			links[link_count++] = link;
			pcapng_add_interface(out, link, e->config.packet_bytes);
		}
		(void)snprintf(comment, sizeof(comment), "attack %s, detector %s, vector %s", s->id,
		               detector_name(k->detector), vector_name(k->vector));
		pcapng_add_packet(out, interface, k->time_us, (const uint8_t *)(k + 1), k->len, k->wire_len, comment);
	}
}

static int write_file(struct data_dir *dir, const struct text *content, char ret_digest[static SHA256_TEXT_MAX])
{
	CLEANUP(data_writer_freep) struct data_writer *w = NULL;
	struct digest digest;
	char hex[SHA256_TEXT_MAX], name[96];
	uint64_t bytes;
	int err = data_writer_new(dir, &w);

	if (err < 0)
		return err;
	data_writer_add(w, content->data, content->len);
	if ((err = data_writer_close(w, &digest, &bytes)) < 0)
		return err;
	(void)snprintf(name, sizeof(name), "evidence/%s.pcapng", digest_format(&digest, hex));
	if ((err = data_writer_name(w, name)) == 0)
		strcpy(ret_digest, hex);
	return err;
}

/* Of the first packet that came through any: the way an attack's packets came in. */
static void name_tunnels(struct kept *const *packets, uint32_t count, char ret_tunnel[static EVIDENCE_TUNNEL_MAX])
{
	ret_tunnel[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		unsigned outer = packets[i]->tunnels & 15u, inner = packets[i]->tunnels >> 4;
		if (outer == TUNNEL_NONE)
			continue;
		(void)snprintf(ret_tunnel, EVIDENCE_TUNNEL_MAX, inner != TUNNEL_NONE ? "%s, %s" : "%s",
		               tunnel_kind_name(outer), tunnel_kind_name(inner));
		return;
	}
}

int evidence_seal(struct evidence *e, struct data_dir *dir, const char *attack, char ret_digest[static SHA256_TEXT_MAX],
                  char ret_tunnel[static EVIDENCE_TUNNEL_MAX])
{
	struct slice *s = e != NULL ? find_slice(e, attack) : NULL;
	CLEANUP(text_fini) struct text content = { 0 };

	ret_digest[0] = '\0';
	ret_tunnel[0] = '\0';
	if (s == NULL)
		return 0;
	CLEANUP(freep) struct kept **packets = sort_packets(s);
	if (packets == NULL || mask_packets(e, packets, s->packets) < 0)
		return -ENOMEM;
	write_packets(e, s, packets, &content);
	name_tunnels(packets, s->packets, ret_tunnel);
	int packet_count = (int)s->packets;
	int err = content.failed ? -ENOMEM : write_file(dir, &content, ret_digest);
	if (err == 0)
		drop_slice(e, s);
	return err < 0 ? err : packet_count;
}

void evidence_stats(const struct evidence *e, struct evidence_stats *ret_stats)
{
	*ret_stats = e != NULL ? e->stats : (struct evidence_stats){ 0 };
}
