#include "run/counting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"

static void keep_attack(void *context, struct attack *attack)
{
	struct counting *c = context;

	size_t bytes = sizeof(*attack) + attack->sources_kept * sizeof(attack->sources[0]);

	if (bytes > COUNTING_BYTES_MAX - c->bytes)
		c->failed = c->too_many = true;
	if (c->failed)
		return;
	c->bytes += bytes;
	if (c->count == c->room) {
		size_t room = c->room == 0 ? 64 : c->room * 2;
		struct attack *attacks = realloc(c->attacks, room * sizeof(*attacks));
		if (attacks == NULL) {
			c->failed = true;
			return;
		}
		c->attacks = attacks;
		c->room = room;
	}
	attribution_fill(&c->inputs->attribution, &c->inputs->rule, attack);
	c->attacks[c->count++] = *attack;
	attack->sources = NULL; /* taken over */
	attack->sources_kept = 0;
}

static void forward_placed(void *context, const struct observation *observation, const char *attack_id)
{
	const struct counting *c = context;
	if (c->sink.placed != NULL)
		c->sink.placed(c->sink.context, observation, attack_id);
}

static void forward_shown(void *context, const char *attack_id, const struct observation *observation)
{
	const struct counting *c = context;
	if (c->sink.shown != NULL)
		c->sink.shown(c->sink.context, attack_id, observation);
}

static void forward_absorbed(void *context, const char *child, const char *into)
{
	const struct counting *c = context;
	if (c->sink.absorbed != NULL)
		c->sink.absorbed(c->sink.context, child, into);
}

int counting_init(struct counting *counting, const struct inputs *inputs, const struct estate *estate,
                  const uint8_t k_id[static 32], const struct siphash_key *key, const struct counting_sink *sink)
{
	struct decider_config config = { .rule = &inputs->rule,
		                         .grade = &inputs->grade,
		                         .estate = estate,
		                         .baseline = inputs->baseline,
		                         .key = *key,
		                         .limits = DECIDER_LIMITS_DEFAULT,
		                         .sink = { .closed = keep_attack,
		                                   .placed = forward_placed,
		                                   .shown = forward_shown,
		                                   .absorbed = forward_absorbed,
		                                   .context = counting } };

	*counting = (struct counting){ .inputs = inputs, .sink = *sink };
	memcpy(config.k_id, k_id, sizeof(config.k_id));
	return decider_new(&config, &counting->decider);
}

void counting_fini(struct counting *counting)
{
	for (size_t i = 0; i < counting->count; i++)
		attack_fini(&counting->attacks[i]);
	free(counting->attacks);
	decider_free(counting->decider);
	*counting = (struct counting){ 0 };
}

void counting_observe(struct counting *counting, const struct observation *observation)
{
	if (decider_observe(counting->decider, observation) == DECIDER_LATE)
		counting->late++;
}

void counting_advance(struct counting *counting, int64_t now_us)
{
	decider_advance(counting->decider, now_us);
}

static int compare_attacks(const void *va, const void *vb)
{
	const struct attack *a = va, *b = vb;

	if (a->first_us != b->first_us)
		return a->first_us < b->first_us ? -1 : 1;
	return strcmp(a->id, b->id);
}

int counting_finish(struct counting *counting, int64_t now_us)
{
	decider_finish(counting->decider, now_us);
	if (counting->failed)
		return counting->too_many ? -E2BIG : -ENOMEM;
	if (counting->count > 0)
		qsort(counting->attacks, counting->count, sizeof(*counting->attacks), compare_attacks);
	return 0;
}

struct siphash_key counting_table_key(const uint8_t k_id[static 32])
{
	static const char label[] = "redoubt/table/1";
	struct digest d;

	digest_hmac(k_id, label, sizeof(label), &d);
	return (struct siphash_key){ get_be64(d.bytes), get_be64(d.bytes + 8) };
}
