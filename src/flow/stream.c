/* stream.c - the bytes of a TCP connection in order.
 *
 * What arrives in order is handed over where it lies. What arrives early waits in blocks of the table's pool, sorted by
 * sequence and disjoint: a segment fills only holes between them, so that the bytes counted first win. */
#include "flow/table.h"

#include <string.h>

/* Captures swap packets of the two directions: the acknowledgement may come before what it acknowledges. */
enum { LATE_US = 10000 };

struct piece {
	uint32_t seq;
	const uint8_t *data;
	uint32_t len;
};

static uint32_t block_take(struct flow_table *t)
{
	uint32_t b = t->blocks_free;

	if (b != 0)
		t->blocks_free = t->blocks[b].next;
	else if (t->blocks_fresh <= t->blocks_count)
		b = t->blocks_fresh++;
	return b;
}

static uint8_t *block_bytes(struct flow_table *t, uint32_t b)
{
	return t->block_data + (size_t)b * FLOW_BLOCK_BYTES;
}

static void block_drop_first(struct flow_table *t, struct flow_side *s)
{
	uint32_t b = s->blocks;

	s->blocks = t->blocks[b].next;
	s->held--;
	t->blocks[b].next = t->blocks_free;
	t->blocks_free = b;
}

static void blocks_drop(struct flow_table *t, struct flow_side *s)
{
	while (s->blocks != 0)
		block_drop_first(t, s);
}

static bool reader_wants(const struct flow_table *t, const struct flow *f)
{
	return t->config.streams.data != NULL && !f->proto.done && !f->closed;
}

static struct stream_event event_of(struct flow_table *t, struct flow *f, unsigned side)
{
	return (struct stream_event){
		.key = &f->key,
		.client = *flow_address(f, FLOW_CLIENT),
		.server = *flow_address(f, FLOW_SERVER),
		.client_port = flow_port(f, FLOW_CLIENT),
		.server_port = flow_port(f, FLOW_SERVER),
		.time_us = t->now_us,
		.confirmed_us = f->confirmed_us,
		.proto = f->key.proto,
		.side = (uint8_t)side,
		.midstream = f->midstream,
		.sequence = &f->sequence,
		.state = &f->proto,
	};
}

static void deliver(struct flow_table *t, struct flow *f, unsigned side, const uint8_t *data, uint32_t len)
{
	struct flow_side *s = &f->side[side];

	s->next += len;
	if (len == 0 || !reader_wants(t, f))
		return;
	struct stream_event e = event_of(t, f, side);
	e.gap = s->gap;
	e.data = data;
	e.len = len;
	s->gap = false;
	f->read = true;
	t->counters.stream_bytes += len;
	t->config.streams.data(t->config.streams.context, &e);
}

static void jump(struct flow_table *t, struct flow_side *s, uint32_t seq)
{
	t->counters.stream_gaps++;
	s->gap = true;
	s->next = seq;
}

/* Hand over the blocks that are in order now. */
static void drain(struct flow_table *t, struct flow *f, unsigned side)
{
	struct flow_side *s = &f->side[side];

	while (s->blocks != 0 && !seq_after(t->blocks[s->blocks].seq, s->next)) {
		uint32_t b = s->blocks, skip = s->next - t->blocks[b].seq, len = t->blocks[b].len;
		if (skip < len)
			deliver(t, f, side, block_bytes(t, b) + skip, len - skip);
		block_drop_first(t, s);
	}
}

static void piece_skip(struct piece *p, uint32_t n)
{
	p->seq += n;
	p->data += n;
	p->len -= n;
}

/* Store the start of a piece in a new block behind *link, at most up to limit. False without a block. */
static bool hold_some(struct flow_table *t, struct flow_side *s, struct piece *p, uint32_t *link, uint32_t limit)
{
	uint32_t n = limit < FLOW_BLOCK_BYTES ? limit : FLOW_BLOCK_BYTES;
	uint32_t b = s->held < FLOW_STREAM_BLOCKS ? block_take(t) : 0;

	if (b == 0)
		return false;
	t->blocks[b] = (struct block){ .next = *link, .seq = p->seq, .len = n };
	memcpy(block_bytes(t, b), p->data, n);
	*link = b;
	s->held++;
	t->counters.stream_buffered++;
	piece_skip(p, n);
	return true;
}

/* Keep what fills holes between the blocks. What is left of the piece found no block. Returns whether it overlapped. */
static bool hold(struct flow_table *t, struct flow_side *s, struct piece *p)
{
	uint32_t *link = &s->blocks;
	bool overlap = false;

	while (p->len > 0) {
		const struct block *b = &t->blocks[*link];
		if (*link != 0 && !seq_after(b->seq + b->len, p->seq)) {
			link = &t->blocks[*link].next;
			continue;
		}
		uint32_t room = *link != 0 ? b->seq - p->seq : p->len;
		if (*link != 0 && !seq_after(b->seq, p->seq)) {
			uint32_t known = b->seq + b->len - p->seq;
			overlap = true;
			piece_skip(p, known < p->len ? known : p->len);
		} else if (!hold_some(t, s, p, link, room < p->len ? room : p->len)) {
			break;
		}
	}
	return overlap;
}

/* Drop what was read before. Returns whether something else is left: a repetition is no overlap. */
static bool trim(const struct flow_side *s, struct piece *p)
{
	uint32_t old = s->next - p->seq;

	if (!seq_before(p->seq, s->next))
		return false;
	piece_skip(p, old < p->len ? old : p->len);
	return p->len > 0;
}

/* Read the piece, which is next, up to the first block, and what becomes readable by it. Returns whether it went on. */
static bool read_piece(struct flow_table *t, struct flow *f, unsigned side, struct piece *p)
{
	struct flow_side *s = &f->side[side];
	uint32_t room = s->blocks != 0 ? t->blocks[s->blocks].seq - p->seq : p->len;
	uint32_t n = room < p->len ? room : p->len;

	deliver(t, f, side, p->data, n);
	piece_skip(p, n);
	drain(t, f, side);
	return p->len > 0;
}

/* No room for the piece: give up the oldest hole. */
static void give_up_hole(struct flow_table *t, struct flow *f, unsigned side, const struct piece *p)
{
	struct flow_side *s = &f->side[side];
	uint32_t first = s->blocks != 0 ? t->blocks[s->blocks].seq : p->seq;

	t->counters.stream_full++;
	jump(t, s, seq_before(first, p->seq) ? first : p->seq);
	drain(t, f, side);
}

static void take_piece(struct flow_table *t, struct flow *f, unsigned side, struct piece p)
{
	struct flow_side *s = &f->side[side];
	bool overlap = false;

	for (;;) {
		overlap |= trim(s, &p);
		if (p.len > 0 && p.seq == s->next) {
			overlap |= read_piece(t, f, side, &p);
			continue;
		}
		if (p.len > 0 && f->phase == PHASE_OPEN) /* nobody answered: no memory */
			overlap |= hold(t, s, &p);
		if (p.len == 0)
			break;
		give_up_hole(t, f, side, &p);
	}
	t->counters.stream_overlaps += overlap;
}

/* Nobody reads: follow the sequence only. */
static void pass_over(struct flow_table *t, struct flow_side *s, uint32_t end)
{
	blocks_drop(t, s);
	if (seq_after(end, s->next))
		s->next = end;
}

static void check_ended(struct flow_side *s)
{
	if (s->finished && !s->ended && s->next == s->fin) {
		s->ended = true;
		s->next++;
	}
}

/* Bytes of a segment before the FIN of its stream. */
static uint32_t clipped(const struct flow_side *s, uint32_t seq, uint32_t len)
{
	if (!s->finished || !seq_after(seq + len, s->fin))
		return len;
	return seq_before(seq, s->fin) ? s->fin - seq : 0;
}

void stream_take(struct flow_table *t, struct flow *f, unsigned side, const struct packet *p)
{
	struct flow_side *s = &f->side[side];
	uint32_t end = p->seq + p->payload_wire_len;
	bool fin = (p->tcp_flags & TCP_FIN) != 0, last = !seq_before(end, s->sent);

	if (seq_after(end + fin, s->sent))
		s->sent = end + fin;
	if (s->ended)
		return;
	/* A FIN before bytes that were sent already is none. */
	if (fin && last && !s->finished) {
		s->finished = true;
		s->fin = end;
	}
	uint32_t wire_len = clipped(s, p->seq, p->payload_wire_len);
	uint32_t len = p->payload_len < wire_len ? p->payload_len : wire_len;
	if (!reader_wants(t, f)) {
		if (wire_len > 0)
			pass_over(t, s, p->seq + wire_len);
	} else if (p->seq == s->next && s->blocks == 0) {
		deliver(t, f, side, p->payload, len);
	} else if (len > 0) {
		take_piece(t, f, side, (struct piece){ .seq = p->seq, .data = p->payload, .len = len });
	}
	/* The rest of a snapped segment never comes. */
	if (wire_len > len && s->next == p->seq + len) {
		jump(t, s, p->seq + wire_len);
		drain(t, f, side);
	}
	check_ended(s);
}

/* Everything before limit has arrived: is what we miss of it lost to us, or late? */
static bool hole_is_lost(const struct flow_table *t, struct flow_side *s, uint32_t limit, bool at_end)
{
	uint32_t now_us = (uint32_t)t->now_us;

	if (!seq_before(s->next, limit)) {
		s->late = false;
		return true;
	}
	if (!s->late)
		s->late_us = now_us;
	s->late = true;
	return at_end || now_us - s->late_us >= LATE_US;
}

void stream_acked(struct flow_table *t, struct flow *f, unsigned side, uint32_t ack)
{
	struct flow_side *s = &f->side[side];
	uint32_t limit = s->finished && seq_after(ack, s->fin) ? s->fin : ack;

	if (s->ended || !s->seen)
		return;
	if (!reader_wants(t, f))
		pass_over(t, s, limit);
	if (!hole_is_lost(t, s, limit, s->finished && seq_after(ack, s->fin)))
		return;
	while (seq_before(s->next, limit)) {
		uint32_t first = s->blocks != 0 ? t->blocks[s->blocks].seq : limit;
		jump(t, s, seq_before(first, limit) ? first : limit);
		drain(t, f, side);
	}
	check_ended(s);
}

static void flush(struct flow_table *t, struct flow *f, unsigned side)
{
	struct flow_side *s = &f->side[side];

	while (s->blocks != 0 && reader_wants(t, f)) {
		jump(t, s, t->blocks[s->blocks].seq);
		drain(t, f, side);
	}
	blocks_drop(t, s);
}

void stream_restart(struct flow_table *t, struct flow *f, unsigned side, uint32_t seq)
{
	struct flow_side *s = &f->side[side];

	flush(t, f, side);
	s->gap = s->seen;
	s->first = s->next = s->sent = seq;
	s->seen = true;
	s->finished = s->ended = false;
}

void stream_close(struct flow_table *t, struct flow *f)
{
	flush(t, f, FLOW_CLIENT);
	flush(t, f, FLOW_SERVER);
	if (f->closed)
		return;
	f->closed = true;
	if (!f->read || t->config.streams.close == NULL)
		return;
	struct stream_event e = event_of(t, f, FLOW_CLIENT);
	t->config.streams.close(t->config.streams.context, &e);
}
