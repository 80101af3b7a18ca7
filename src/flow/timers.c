/* timers.c - what happens when nothing happens. One first-in-first-out list for each kind of timeout: setting, clearing
 * and firing cost O(1), whatever the number of flows.
 *
 * The lists that keep flows in the table are lazy: a packet does not move its flow, a deadline does when it finds that
 * there were packets meanwhile. That saves two cache misses for every packet of every flow. */
#include "flow/table.h"

static enum timer_slot slot_of(enum timer_kind kind)
{
	return kind >= TIMER_CLOSED ? SLOT_STAY : SLOT_DEADLINE;
}

static int64_t or_default(int64_t configured_us, int64_t default_us)
{
	return configured_us > 0 ? configured_us : default_us;
}

void timers_init(struct flow_table *t)
{
	const struct flow_table_config *c = &t->config;
	const int64_t timeout_us[TIMER_KIND_COUNT] = {
		[TIMER_ANSWER] = FLOW_ANSWER_US,
		[TIMER_REPEAT] = 1000000,
		[TIMER_REQUEST] = FLOW_REQUEST_US,
		[TIMER_SHUT] = FLOW_REQUEST_US,
		[TIMER_CLOSED] = or_default(c->closed_us, INT64_C(10000000)),
		[TIMER_UNANSWERED] = or_default(c->unanswered_us, INT64_C(30000000)),
		[TIMER_OTHER] = or_default(c->other_us, INT64_C(30000000)),
		[TIMER_UDP] = or_default(c->udp_us, INT64_C(60000000)),
		[TIMER_TCP] = or_default(c->open_us, INT64_C(3600000000)),
	};

	for (int k = 0; k < TIMER_KIND_COUNT; k++)
		t->timers[k] = (struct timer_list){ .timeout_us = timeout_us[k], .due_us = INT64_MAX };
	t->due_us = INT64_MAX;
}

static void list_set_due(struct flow_table *t, struct timer_list *list, enum timer_slot slot)
{
	list->due_us = list->head == 0 ? INT64_MAX : t->flows[list->head].timer[slot].start_us + list->timeout_us;
	if (list->due_us < t->due_us)
		t->due_us = list->due_us;
}

void timers_clear(struct flow_table *t, struct flow *f, enum timer_slot slot)
{
	enum timer_kind kind = f->timer_kind[slot];
	struct timer_list *list = &t->timers[kind];
	struct timer *timer = &f->timer[slot];

	if (kind == TIMER_NONE)
		return;
	f->timer_kind[slot] = TIMER_NONE;
	if (timer->next != 0)
		t->flows[timer->next].timer[slot].prev = timer->prev;
	else
		list->tail = timer->prev;
	if (timer->prev != 0) {
		t->flows[timer->prev].timer[slot].next = timer->next;
		return;
	}
	list->head = timer->next;
	list_set_due(t, list, slot);
}

void timers_set(struct flow_table *t, struct flow *f, enum timer_kind kind, int64_t start_us)
{
	enum timer_slot slot = slot_of(kind);
	struct timer_list *list = &t->timers[kind];
	uint32_t number = flow_number(t, f);

	timers_clear(t, f, slot);
	check_hot(list->tail == 0 || t->flows[list->tail].timer[slot].start_us <= start_us);
	f->timer_kind[slot] = (uint8_t)kind;
	f->timer[slot] = (struct timer){ .start_us = start_us, .prev = list->tail };
	if (list->tail != 0) {
		t->flows[list->tail].timer[slot].next = number;
		list->tail = number;
		return;
	}
	list->head = list->tail = number;
	list_set_due(t, list, slot);
}

static enum timer_kind earliest(const struct flow_table *t)
{
	enum timer_kind kind = TIMER_ANSWER;

	for (int k = TIMER_ANSWER + 1; k < TIMER_KIND_COUNT; k++)
		if (t->timers[k].due_us < t->timers[kind].due_us)
			kind = (enum timer_kind)k;
	return kind;
}

static void stay_timeout(struct flow_table *t, struct flow *f, enum timer_kind kind)
{
	if (f->last_us + t->timers[kind].timeout_us <= t->now_us)
		flow_remove(t, f);
	else
		timers_set(t, f, kind, t->now_us);
}

static void fire(struct flow_table *t, enum timer_kind kind)
{
	struct flow *f = &t->flows[t->timers[kind].head];

	switch (kind) {
	case TIMER_ANSWER:
	case TIMER_REPEAT:
		events_unanswered(t, f, false);
		break;
	case TIMER_REQUEST:
		nothing_request_timeout(t, f);
		break;
	case TIMER_SHUT:
		nothing_shut_timeout(t, f);
		break;
	default:
		stay_timeout(t, f, kind);
	}
}

void timers_fire(struct flow_table *t, int64_t now_us)
{
	while (t->due_us <= now_us) {
		enum timer_kind kind = earliest(t);
		t->due_us = t->timers[kind].due_us;
		if (t->due_us > now_us)
			return;
		t->now_us = t->due_us;
		fire(t, kind);
	}
}
