#include "inspect/rate/service/serving.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "inspect/rate/group.h"
#include "inspect/rate/shape.h"
#include "inspect/rate/slots.h"

/* Events are at most the lag late: never are more than three bins open. */
enum { BINS = 4, KNOWN_BINS = SERVING_KNOWN_S / SERVING_BIN_S };
_Static_assert((BINS - 2) * SERVING_BIN_S >= SERVING_LAG_S, "the ring holds every open bin");

/* What a client did in a bin: bits. */
enum { TRIED = 1, SERVED = 2 };

/* Known by the hash of (asset, port, source group) alone; times in bins. */
struct client {
	uint64_t hash;
	int32_t known;     /* first bin with an answered request, of a row without a break of an hour */
	int32_t answered;  /* last one */
	int32_t newest;    /* in did */
	uint8_t did[BINS]; /* by bin modulo BINS, of the bins up to newest */
};

struct bin {
	uint32_t tried, served;
};

struct watch {
	struct asset_ref asset;
	uint32_t active_at;
	bool active;
	struct bin bins[BINS]; /* by bin modulo BINS */
};

struct serving {
	struct serving_config config;
	int64_t due; /* the bin to be closed next; earlier ones are */
	int64_t now; /* second of data time */
	struct slots watches_by, clients_by;
	struct watch *watches;
	struct client *clients;
	uint32_t *active; /* watches with something in their bins */
	uint32_t active_count;
};

size_t serving_memory(const struct rate_limits *limits)
{
	return sizeof(struct serving) + slots_memory(limits->service_assets) + slots_memory(limits->service_clients) +
	       limits->service_assets * (sizeof(struct watch) + sizeof(uint32_t)) +
	       limits->service_clients * sizeof(struct client);
}

static void serving_freep(struct serving **serving)
{
	serving_free(*serving);
}

int serving_new(const struct serving_config *config, struct serving **ret_serving)
{
	const struct rate_limits *limits = &config->limits;
	CLEANUP(serving_freep) struct serving *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->config = *config;
	s->due = s->now = INT64_MIN;
	s->watches = calloc(limits->service_assets, sizeof(*s->watches));
	s->active = calloc(limits->service_assets, sizeof(*s->active));
	s->clients = calloc(limits->service_clients, sizeof(*s->clients));
	if (s->watches == NULL || s->active == NULL || s->clients == NULL ||
	    slots_init(&s->watches_by, limits->service_assets) < 0 ||
	    slots_init(&s->clients_by, limits->service_clients) < 0)
		return -ENOMEM;
	*ret_serving = TAKE_PTR(s);
	return 0;
}

void serving_free(struct serving *serving)
{
	if (serving == NULL)
		return;
	slots_fini(&serving->watches_by);
	slots_fini(&serving->clients_by);
	free(serving->watches);
	free(serving->active);
	free(serving->clients);
	free(serving);
}

/* A SYN-ACK answers: whoever sent the SYN, the asset was there. Where the input ends, nobody knows. */
static enum serving_word word_of_unanswered(const struct flow_event *e)
{
	if (e->vector != VECTOR_TCP_SYN || e->answer == ANSWER_SYNACK || (e->cut && e->answer == ANSWER_NONE))
		return SERVING_NOTHING;
	return SERVING_FAILED;
}

/* Browsers open connections in advance and ask nothing on them: only a reset is a failure then. */
static enum serving_word word_of_no_request(const struct flow_event *e)
{
	return e->vector == VECTOR_TCP_CONNECTION && e->answer != ANSWER_RST ? SERVING_NOTHING : SERVING_FAILED;
}

enum serving_word serving_word(const struct flow_event *e)
{
	switch (e->kind) {
	case FLOW_EVENT_UNANSWERED:
		return word_of_unanswered(e);
	case FLOW_EVENT_NO_REQUEST:
		return word_of_no_request(e);
	case FLOW_EVENT_REQUEST:
		return e->path != PATH_CONFIRMED  ? SERVING_NOTHING
		       : e->answer == ANSWER_DATA ? SERVING_ANSWERED
		                                  : SERVING_SERVED;
	default:
		return SERVING_NOTHING;
	}
}

static int64_t bin_of(int64_t second)
{
	return second / SERVING_BIN_S - (second % SERVING_BIN_S < 0);
}

static void deactivate(struct serving *s, struct watch *w)
{
	uint32_t last = s->active[--s->active_count];

	s->active[w->active_at] = last;
	s->watches[last].active_at = w->active_at;
	w->active = false;
}

static uint32_t find_watch(const struct serving *s, uint64_t hash, const struct asset_ref *asset)
{
	for (uint32_t i = slots_first(&s->watches_by, hash); i != SLOTS_NONE; i = slots_next(&s->watches_by, i, hash))
		if (memcmp(&s->watches[i].asset, asset, sizeof(*asset)) == 0)
			return i;
	return SLOTS_NONE;
}

static struct watch *watch_of(struct serving *s, const struct asset_ref *asset, uint64_t hash)
{
	uint32_t i = find_watch(s, hash, asset);

	if (i == SLOTS_NONE) {
		if (slots_full(&s->watches_by)) {
			struct watch *oldest = &s->watches[slots_oldest(&s->watches_by)];
			s->config.counters->service_asset_evicted++;
			if (oldest->active)
				deactivate(s, oldest);
		}
		i = slots_take(&s->watches_by, hash);
		s->watches[i] = (struct watch){ .asset = *asset };
	}
	slots_touch(&s->watches_by, i);
	struct watch *w = &s->watches[i];
	if (!w->active) {
		w->active = true;
		w->active_at = s->active_count;
		s->active[s->active_count++] = i;
	}
	return w;
}

static uint32_t find_client(const struct serving *s, uint64_t hash)
{
	uint32_t i = slots_first(&s->clients_by, hash);

	while (i != SLOTS_NONE && s->clients[i].hash != hash)
		i = slots_next(&s->clients_by, i, hash);
	return i;
}

/* An answered request: from the next bin on, and for an hour, the client is a known one. */
static void make_known(struct serving *s, uint64_t hash, uint32_t i, int32_t bin)
{
	if (i == SLOTS_NONE) {
		s->config.counters->service_client_evicted += slots_full(&s->clients_by);
		i = slots_take(&s->clients_by, hash);
		s->clients[i] = (struct client){ .hash = hash, .known = bin, .answered = bin, .newest = bin };
	}
	struct client *c = &s->clients[i];
	slots_touch(&s->clients_by, i);
	if ((int64_t)bin - c->answered > KNOWN_BINS)
		c->known = bin;
	c->answered = bin > c->answered ? bin : c->answered;
}

static bool is_known(const struct client *c, int32_t bin)
{
	return c->known < bin && (int64_t)bin - c->answered <= KNOWN_BINS;
}

/* Note what the client did; returns what of it is news for this bin. */
static uint8_t did_now(struct client *c, int32_t bin, uint8_t what)
{
	for (int64_t b = (int64_t)c->newest + 1; b <= bin && b <= (int64_t)c->newest + BINS; b++)
		c->did[b & (BINS - 1)] = 0;
	c->newest = bin > c->newest ? bin : c->newest;
	uint8_t *did = &c->did[bin & (BINS - 1)];
	uint8_t news = what & (uint8_t) ~*did;
	*did |= what;
	return news;
}

void serving_feed(struct serving *s, const struct flow_event *e, const struct target *target, uint64_t asset_hash,
                  uint64_t source_hash)
{
	enum serving_word word = serving_word(e);
	int64_t second = second_of(e->time_us), bin = bin_of(second);
	uint64_t hash = hash_beside(source_hash, asset_hash ^ e->server_port);
	uint32_t i = find_client(s, hash);

	if (bin < s->due || second > s->now) {
		s->config.counters->late++;
		return;
	}
	if (i != SLOTS_NONE && is_known(&s->clients[i], (int32_t)bin)) {
		uint8_t what = word == SERVING_FAILED ? TRIED : TRIED | SERVED;
		uint8_t news = did_now(&s->clients[i], (int32_t)bin, what);
		struct bin *b = &watch_of(s, &target->asset, asset_hash)->bins[bin & (BINS - 1)];
		b->tried += (news & TRIED) != 0;
		b->served += (news & SERVED) != 0;
	}
	if (word == SERVING_ANSWERED)
		make_known(s, hash, i, (int32_t)bin);
}

static void emit(struct serving *s, const struct watch *w, const struct bin *b)
{
	struct observation o = {
		.time_us = ((s->due + 1) * SERVING_BIN_S - 1) * SECOND_US,
		.detector = DETECTOR_SERVICE,
		.path = PATH_CONFIRMED,
		.direction = DIRECTION_IN,
		.asset = w->asset,
		.count = b->tried,
		.served = b->served,
	};

	s->config.counters->service_bins++;
	s->config.sink.emit(s->config.sink.context, &o);
}

static bool is_empty(const struct watch *w)
{
	for (int b = 0; b < BINS; b++)
		if (w->bins[b].tried > 0)
			return false;
	return true;
}

static void close_bin(struct serving *s)
{
	for (uint32_t at = s->active_count; at-- > 0;) {
		struct watch *w = &s->watches[s->active[at]];
		struct bin *b = &w->bins[s->due & (BINS - 1)];
		if (b->tried > 0)
			emit(s, w, b);
		*b = (struct bin){ 0 };
		if (is_empty(w))
			deactivate(s, w);
	}
	s->due++;
}

static void close_until(struct serving *s, int64_t due)
{
	while (s->due < due && s->active_count > 0)
		close_bin(s);
	if (s->due < due)
		s->due = due;
}

void serving_advance(struct serving *s, int64_t now_us)
{
	int64_t now = second_of(now_us);

	if (now <= s->now)
		return;
	s->now = now;
	close_until(s, bin_of(now - SERVING_LAG_S));
}

void serving_finish(struct serving *s)
{
	close_until(s, bin_of(s->now) + 1);
}
