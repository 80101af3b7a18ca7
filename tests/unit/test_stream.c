/* Goal: bytes come out in order whatever the order of segments; the first to be counted win; holes are told, never hidden;
 * memory is bounded. The connection's numbers: client 100, server 900, window 8,000 bytes. */
#include "flow_kit.h"

static const struct end client = { 10, 40000 }, server = { 80, 80 };

static struct kit *opened(uint64_t reassembly_bytes)
{
	struct kit *k = kit_new(16, reassembly_bytes);

	handshake(k, 0, client, server);
	return k;
}

/* Payload at an offset of the client's stream. */
static void send(struct kit *k, uint32_t offset, const char *data)
{
	tcp(k, SECOND, client, server, TCP_ACK, 101 + offset, 901, data);
}

/* The server acknowledges twice, so that what it misses is not late any more. */
static void acknowledge(struct kit *k, uint32_t offset)
{
	static int64_t time_us = SECOND;

	tcp(k, time_us, server, client, TCP_ACK, 901, 101 + offset, "");
	tcp(k, time_us += 10000, server, client, TCP_ACK, 901, 101 + offset, "");
}

static void permute(uint8_t *order, int n, int at, void (*visit)(const uint8_t *order, void *context), void *context)
{
	if (at == n)
		visit(order, context);
	for (int i = at; i < n; i++) {
		uint8_t swap = order[at];
		order[at] = order[i];
		order[i] = swap;
		permute(order, n, at + 1, visit, context);
		order[i] = order[at];
		order[at] = swap;
	}
}

static void in_any_order(const uint8_t *order, void *context)
{
	static const char *const part[] = { "one,", "two,", "three,", "four" };
	static const uint8_t offset[] = { 0, 4, 8, 14 };
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);
	int *good = context;

	for (int i = 0; i < 4; i++)
		send(k, offset[order[i]], part[order[i]]);
	*good += kit_read(k, FLOW_CLIENT, "one,two,three,four") && flow_table_counters(k->table)->stream_gaps == 0;
}

/* What must come out when every byte is that of the first segment, in order of arrival, that carried it. */
static void overlapping_in_any_order(const uint8_t *order, void *context)
{
	static const char *const part[] = { "aaaa", "bbbbbb", "cccc", "dddddddd" };
	static const uint8_t offset[] = { 0, 2, 4, 3 };
	char expected[12] = { 0 };
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);
	int *good = context;

	for (int i = 0; i < 4; i++) {
		const char *data = part[order[i]];
		for (size_t j = 0; j < strlen(data); j++)
			if (expected[offset[order[i]] + j] == 0)
				expected[offset[order[i]] + j] = data[j];
		send(k, offset[order[i]], data);
	}
	*good += kit_read(k, FLOW_CLIENT, expected) && flow_table_counters(k->table)->stream_overlaps > 0;
}

static void test_order(void)
{
	uint8_t order[4] = { 0, 1, 2, 3 };
	int good = 0;

	permute(order, 4, 0, in_any_order, &good);
	ok(good == 24, "four segments in all 24 orders");
	good = 0;
	permute(order, 4, 0, overlapping_in_any_order, &good);
	ok(good == 24, "four overlapping segments in all 24 orders: the bytes counted first win (%d)", good);
}

static void test_repeated(void)
{
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);

	send(k, 0, "GET ");
	send(k, 0, "GET ");
	send(k, 0, "XXX /");
	send(k, 6, "i");
	send(k, 6, "j");
	send(k, 5, "x");
	ok(kit_read(k, FLOW_CLIENT, "GET /xi"), "retransmissions add nothing, longer ones their new bytes");
	ok(flow_table_counters(k->table)->stream_overlaps == 2, "those that overlapped are counted");
}

static void test_gaps(void)
{
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);

	send(k, 4, "two");
	send(k, 10, "four");
	ok(k->len[FLOW_CLIENT] == 0, "behind a hole: kept");
	acknowledge(k, 4);
	ok(kit_read(k, FLOW_CLIENT, "~two"), "acknowledged up to the hole's end: lost to us");
	acknowledge(k, 9);
	ok(kit_read(k, FLOW_CLIENT, "~two"), "acknowledged inside the next hole");
	send(k, 9, "x");
	ok(kit_read(k, FLOW_CLIENT, "~two~xfour"), "what comes of it is read");
	send(k, 20, "end");
	tcp(k, 2 * SECOND, client, server, TCP_RST, 115, 0, "");
	ok(kit_read(k, FLOW_CLIENT, "~two~xfour~end") && k->closes == 1, "at the end what waits is read, with its gap");
	ok(flow_table_counters(k->table)->stream_gaps == 3, "every gap is counted");
}

static void test_late(void)
{
	for (int late = 0; late < 2; late++) {
		CLEANUP(kit_freep) struct kit *k = opened(1 << 20);
		tcp(k, SECOND, server, client, TCP_ACK, 901, 104, "");
		tcp(k, SECOND + 9999 + late, server, client, TCP_ACK, 901, 104, "");
		send(k, 0, "one");
		send(k, 3, "two");
		ok(kit_read(k, FLOW_CLIENT, late ? "~two" : "onetwo"), "data %s 10 ms after its acknowledgement is %s",
		   late ? "" : "less than", late ? "lost" : "read");
	}
}

static void test_snapped(void)
{
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);
	struct packet p = kit_tcp(SECOND, client, server, TCP_ACK, 101, 901, "head");

	p.payload_wire_len = 100;
	feed(k, p);
	send(k, 100, "next");
	p = kit_tcp(SECOND, client, server, TCP_ACK, 205, 901, "");
	p.payload_wire_len = 10;
	feed(k, p);
	send(k, 114, "last");
	ok(kit_read(k, FLOW_CLIENT, "head~next~last"), "what the capture cut off is a gap");
}

static void test_fin(void)
{
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);

	tcp(k, SECOND, client, server, TCP_ACK | TCP_FIN, 104, 901, "end");
	tcp(k, SECOND, server, client, TCP_ACK | TCP_FIN, 901, 101, "");
	ok(k->closes == 0, "a FIN behind a hole closes nothing");
	send(k, 0, "the");
	ok(kit_read(k, FLOW_CLIENT, "theend") && k->closes == 1, "filled, it does");

	CLEANUP(kit_freep) struct kit *over = opened(1 << 20);
	tcp(over, SECOND, client, server, TCP_ACK | TCP_FIN, 101, 901, "end");
	send(over, 0, "endless");
	ok(kit_read(over, FLOW_CLIENT, "end"), "nothing is read behind a FIN");

	CLEANUP(kit_freep) struct kit *lost = opened(1 << 20);
	tcp(lost, SECOND, client, server, TCP_ACK | TCP_FIN, 104, 901, "");
	tcp(lost, SECOND, server, client, TCP_ACK | TCP_FIN, 901, 105, "");
	ok(lost->closes == 0 && flow_table_counters(lost->table)->stream_gaps == 1, "acknowledged over a hole");
	flow_table_finish(lost->table);
	ok(kit_nth(lost, FLOW_EVENT_NO_REQUEST, 0).cut == false, "the connection was closed");
}

static void test_full(void)
{
	static char byte[2] = "x";
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);

	for (uint32_t i = 0; i < FLOW_STREAM_BLOCKS; i++)
		send(k, 2 + 2 * i, byte);
	ok(k->len[FLOW_CLIENT] == 0 && flow_table_counters(k->table)->stream_full == 0, "%d waiting pieces are kept",
	   FLOW_STREAM_BLOCKS);
	send(k, 2 + 2 * FLOW_STREAM_BLOCKS, byte);
	ok(k->len[FLOW_CLIENT] == 2 && k->stream[FLOW_CLIENT][0] == '~' &&
	           flow_table_counters(k->table)->stream_full == 1,
	   "one more: the oldest hole is given up");

	CLEANUP(kit_freep) struct kit *small = opened(2 * FLOW_BLOCK_BYTES);
	struct end c2 = { 11, 5 };
	send(small, 4, "b");
	send(small, 8, "c");
	handshake(small, SECOND, c2, server);
	tcp(small, SECOND + 30000, c2, server, TCP_ACK, 111, 901, "z");
	ok(kit_read(small, FLOW_CLIENT, "~z"), "a pool of two blocks is full: a third piece is not kept");
	send(small, 0, "aaaa");
	ok(kit_read(small, FLOW_CLIENT, "~zaaaab"), "blocks go back");

	CLEANUP(kit_freep) struct kit *none = opened(0);
	send(none, 4, "b");
	send(none, 0, "aaaa");
	ok(kit_read(none, FLOW_CLIENT, "~b"), "without a pool out-of-order data is a gap");
}

static void test_large(void)
{
	static char data[6001];
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);

	for (int i = 0; i < 6000; i++)
		data[i] = (char)('a' + i % 23);
	tcp(k, SECOND, client, server, TCP_ACK, 201, 901, data + 100);
	ok(k->len[FLOW_CLIENT] == 0, "a large piece waits in several blocks");
	data[100] = 0;
	send(k, 0, data);
	data[100] = (char)('a' + 100 % 23);
	ok(kit_read(k, FLOW_CLIENT, data), "and comes out whole");
}

static void test_done(void)
{
	CLEANUP(kit_freep) struct kit *k = opened(1 << 20);

	k->done_at = 3;
	send(k, 3, "later");
	send(k, 0, "now");
	ok(kit_read(k, FLOW_CLIENT, "now"), "a reader that is done is given nothing more, not even what waited");
	send(k, 8, "more");
	tcp(k, SECOND, server, client, TCP_ACK, 901, 113, "answer");
	ok(k->len[FLOW_SERVER] == 0, "of either side");
	tcp(k, SECOND, client, server, TCP_ACK | TCP_FIN, 113, 907, "");
	tcp(k, SECOND, server, client, TCP_ACK | TCP_FIN, 907, 114, "");
	ok(k->closes == 1, "but is told the end");
}

static void test_wrap(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 1 << 20);
	uint32_t c = 0xfffffffd, s = 0xffffffff;

	tcp(k, 0, client, server, TCP_SYN, c, 0, "");
	tcp(k, 1, server, client, TCP_SYN | TCP_ACK, s, c + 1, "");
	tcp(k, 2, client, server, TCP_ACK, c + 1, s + 1, "");
	tcp(k, 3, client, server, TCP_ACK, c + 5, s + 1, "behind");
	tcp(k, 4, client, server, TCP_ACK, c + 1, s + 1, "over");
	ok(kit_count(k, FLOW_EVENT_CONFIRMED) == 1 && kit_read(k, FLOW_CLIENT, "overbehind"), "sequences wrap");
}

static void test_unanswered(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 1 << 20);

	tcp(k, 0, client, server, TCP_ACK, 1000, 5, "a");
	tcp(k, 1, client, server, TCP_ACK, 1002, 5, "c");
	ok(kit_read(k, FLOW_CLIENT, "a~c") && flow_table_counters(k->table)->stream_buffered == 0,
	   "a flow that nobody answered holds no memory");

	CLEANUP(kit_freep) struct kit *high = kit_new(16, 1 << 20);
	tcp(high, 0, client, server, TCP_ACK, 1000, 0xf0000000, "a");
	tcp(high, 1, client, server, TCP_ACK, 1001, 0xf0000000, "b");
	ok(kit_read(high, FLOW_CLIENT, "ab"), "one direction alone is read, whatever it acknowledges");
}

int main(void)
{
	test_order();
	test_repeated();
	test_gaps();
	test_late();
	test_snapped();
	test_fin();
	test_full();
	test_large();
	test_done();
	test_wrap();
	test_unanswered();
	return done();
}
