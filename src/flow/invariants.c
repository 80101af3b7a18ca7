/* invariants.c - what is true of a table between two packets. For tests and fuzzers: it walks everything. */
#include "flow/table.h"

static uint32_t blocks_of(const struct flow_table *t, const struct flow_side *s)
{
	uint32_t n = 0;

	for (uint32_t b = s->blocks; b != 0; b = t->blocks[b].next, n++) {
		uint32_t next = t->blocks[b].next, end = t->blocks[b].seq + t->blocks[b].len;
		check(t->blocks[b].len > 0 && t->blocks[b].len <= FLOW_BLOCK_BYTES);
		check(seq_after(t->blocks[b].seq, s->next));
		check(next == 0 || !seq_before(t->blocks[next].seq, end));
	}
	check(n == s->held && n <= FLOW_STREAM_BLOCKS);
	return n;
}

static void flow_check(const struct flow_table *t, const struct flow *f)
{
	enum timer_kind deadline = f->timer_kind[SLOT_DEADLINE], stay = f->timer_kind[SLOT_STAY];

	check(stay >= TIMER_CLOSED && stay < TIMER_KIND_COUNT && deadline < TIMER_CLOSED);
	check((f->phase == PHASE_CLOSED) == (stay == TIMER_CLOSED));
	check((f->phase == PHASE_ASKING) == (stay == TIMER_UNANSWERED));
	check((f->waiting_packets > 0) == (deadline == TIMER_ANSWER || deadline == TIMER_REPEAT));
	check(f->phase == PHASE_ASKING || f->waiting_packets == 0);
	check(!f->confirmed || f->phase != PHASE_ASKING);
	check(f->last_us <= t->now_us);
}

static void list_check(const struct flow_table *t, enum timer_kind kind)
{
	const struct timer_list *list = &t->timers[kind];
	enum timer_slot slot = kind >= TIMER_CLOSED ? SLOT_STAY : SLOT_DEADLINE;
	uint32_t prev = 0;

	for (uint32_t n = list->head; n != 0; prev = n, n = t->flows[n].timer[slot].next) {
		const struct flow *f = &t->flows[n];
		check(f->timer_kind[slot] == kind && f->timer[slot].prev == prev);
		check(prev == 0 || t->flows[prev].timer[slot].start_us <= f->timer[slot].start_us);
	}
	check(list->tail == prev);
	check(list->head == 0 ? list->due_us == INT64_MAX
	                      : list->due_us == t->flows[list->head].timer[slot].start_us + list->timeout_us);
	check(t->due_us <= list->due_us);
}

void flow_table_check(const struct flow_table *t)
{
	uint32_t used = 0, blocks = 0;

	for (uint32_t i = 0; i <= t->bucket_mask; i++)
		for (uint32_t n = t->buckets[i]; n != 0; n = t->flows[n].chain, used++) {
			const struct flow *f = &t->flows[n];
			flow_check(t, f);
			if (flow_is_tcp(f))
				blocks += blocks_of(t, &f->side[0]) + blocks_of(t, &f->side[1]);
		}
	check(used == t->used && used <= t->config.flows);
	for (uint32_t b = t->blocks_free; b != 0; b = t->blocks[b].next)
		blocks++;
	check(blocks == t->blocks_fresh - 1);
	for (int k = TIMER_ANSWER; k < TIMER_KIND_COUNT; k++)
		list_check(t, (enum timer_kind)k);
}
