/* Goal: every flow event as flow_event.h defines it, at its boundary and one microsecond either side; forged packets,
 * full tables and the number of tables change nothing that they must not. */
#include "flow_kit.h"

static const struct end client = { 10, 40000 }, server = { 80, 443 };
static uint64_t random_state = 11;

static uint32_t random_u32(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 32);
}

static void test_syn_unanswered(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	tcp(k, 5 * SECOND, client, server, TCP_SYN, 100, 0, "");
	tcp(k, 6 * SECOND, client, server, TCP_SYN, 100, 0, "");
	flow_table_advance(k->table, 8 * SECOND - 1);
	ok(k->events == 0, "no verdict one microsecond before 3 s");
	flow_table_advance(k->table, 8 * SECOND);
	struct flow_event e = kit_nth(k, FLOW_EVENT_UNANSWERED, 0);
	ok(k->events == 1 && e.time_us == 5 * SECOND && e.seen_us == 8 * SECOND && e.vector == VECTOR_TCP_SYN &&
	           e.answer == ANSWER_NONE && e.packets == 2 && e.bytes == 80 && !e.repeated && !e.cut &&
	           !e.midstream && e.path == PATH_SPOOFABLE && e.client_port == 40000 && e.server_port == 443,
	   "3 s after the first SYN both are reported once");
	tcp(k, 9 * SECOND, client, server, TCP_SYN, 100, 0, "");
	tcp(k, 10 * SECOND - 1, client, server, TCP_SYN, 100, 0, "");
	ok(k->events == 1, "further SYNs are collected");
	tcp(k, 10 * SECOND, client, server, TCP_SYN, 100, 0, "");
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 1);
	ok(k->events == 2 && e.repeated && e.packets == 2 && e.time_us == 9 * SECOND && e.seen_us == 10 * SECOND,
	   "for one second");
	flow_table_finish(k->table);
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 2);
	ok(e.repeated && e.cut && e.packets == 1 && kit_count(k, FLOW_EVENT_END) == 1, "the rest at the end is cut");
	ok(k->event[k->events - 1].kind == FLOW_EVENT_END && k->event[k->events - 1].packets == 5 &&
	           flow_table_used(k->table) == 0,
	   "the end is last, with the client's totals");
}

static void test_answer_in_time(void)
{
	for (int late = 0; late < 2; late++) {
		CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);
		tcp(k, 0, client, server, TCP_SYN, 100, 0, "");
		tcp(k, 1 * SECOND, server, client, TCP_SYN | TCP_ACK, 900, 101, "");
		tcp(k, 3 * SECOND - 1 + late, client, server, TCP_ACK, 101, 901, "");
		struct flow_event e = kit_nth(k, FLOW_EVENT_UNANSWERED, 0);
		ok(kit_count(k, FLOW_EVENT_UNANSWERED) == (uint32_t)late, "the ACK %s 3 s",
		   late ? "at" : "1 us before");
		ok(!late || (e.answer == ANSWER_SYNACK && e.seen_us == 3 * SECOND && e.packets == 1),
		   "a half-open handshake is tcp-syn, answered syn-ack");
		ok(kit_count(k, FLOW_EVENT_CONFIRMED) == 1, "the path is confirmed all the same");
	}
}

static void test_refused(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	tcp(k, 1 * SECOND, client, server, TCP_SYN, 100, 0, "");
	tcp(k, 1 * SECOND + 10, server, client, TCP_RST | TCP_ACK, 0, 107, "");
	ok(k->events == 0, "a RST that acknowledges something else refuses nothing");
	tcp(k, 1 * SECOND + 20, server, client, TCP_RST | TCP_ACK, 0, 101, "");
	struct flow_event e = kit_nth(k, FLOW_EVENT_UNANSWERED, 0);
	ok(e.answer == ANSWER_RST && e.time_us == 1 * SECOND && e.seen_us == 1 * SECOND + 20 && !e.repeated,
	   "a RST refuses at once");
	tcp(k, 2 * SECOND, client, server, TCP_SYN, 100, 0, "");
	tcp(k, 2 * SECOND + 20, server, client, TCP_RST | TCP_ACK, 0, 101, "");
	flow_table_advance(k->table, 5 * SECOND);
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 1);
	ok(k->events == 2 && e.repeated && e.answer == ANSWER_RST && e.seen_us == 3 * SECOND, "the retry is repeated");

	struct end other = { 10, 40001 };
	tcp(k, 6 * SECOND, other, server, TCP_SYN, 100, 0, "");
	feed(k, kit_error(6 * SECOND + 5, 1, 11, 0, PROTO_TCP, other, server));
	feed(k, kit_error(6 * SECOND + 6, 1, 3, 4, PROTO_TCP, other, server));
	feed(k, kit_error(6 * SECOND + 7, 1, 3, 1, PROTO_TCP, server, other));
	ok(k->events == 2 && flow_table_counters(k->table)->quotes_ignored == 3,
	   "time exceeded, fragmentation needed and errors about the other direction refuse nothing");
	feed(k, kit_error(6 * SECOND + 9, 1, 3, 1, PROTO_TCP, other, server));
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 2);
	ok(k->events == 3 && e.answer == ANSWER_UNREACHABLE && e.seen_us == 6 * SECOND + 9 && e.client_port == 40001 &&
	           e.server.bytes[15] == 80,
	   "host unreachable refuses at once");

	struct end third = { 10, 40002 };
	tcp(k, 7 * SECOND, third, server, TCP_SYN, 100, 0, "");
	tcp(k, 7 * SECOND + 1, server, third, TCP_SYN | TCP_ACK, 900, 101, "");
	feed(k, kit_error(7 * SECOND + 2, 1, 3, 1, PROTO_TCP, third, server));
	ok(kit_count(k, FLOW_EVENT_UNANSWERED) == 3, "not what was answered by a SYN-ACK");
}

static void test_half_open_scan(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	tcp(k, 0, client, server, TCP_SYN, 100, 0, "");
	tcp(k, 10, server, client, TCP_SYN | TCP_ACK, 900, 101, "");
	tcp(k, 20, client, server, TCP_RST, 101, 0, "");
	struct flow_event e = kit_nth(k, FLOW_EVENT_UNANSWERED, 0);
	ok(k->events == 1 && e.answer == ANSWER_SYNACK && e.vector == VECTOR_TCP_SYN && e.packets == 1 &&
	           e.seen_us == 20,
	   "a bare RST ends a half-open handshake: its SYN is reported");
	flow_table_advance(k->table, 10 * SECOND + 19);
	ok(k->events == 1, "it is remembered for 10 s");
	flow_table_advance(k->table, 10 * SECOND + 20);
	e = kit_nth(k, FLOW_EVENT_END, 0);
	ok(k->events == 2 && e.seen_us == 10 * SECOND + 20 && e.packets == 2, "and ends");
}

static void test_confirmed(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	tcp(k, 1000, client, server, TCP_SYN, 100, 0, "");
	tcp(k, 2000, server, client, TCP_SYN | TCP_ACK, 900, 101, "");
	tcp(k, 3000, client, server, TCP_ACK, 101, 900, "");
	tcp(k, 3001, client, server, TCP_ACK, 101, 902, "");
	tcp(k, 3002, client, server, TCP_ACK, 101 + 8001, 901, "");
	tcp(k, 3003, client, server, TCP_ACK, 98 - 8000, 901, "");
	ok(k->events == 0 && flow_table_counters(k->table)->out_of_window == 4,
	   "acknowledgements one off, and sequences outside the window, confirm nothing");
	tcp(k, 4000, client, server, TCP_ACK, 101, 901, "");
	struct flow_event e = kit_nth(k, FLOW_EVENT_CONFIRMED, 0);
	ok(k->events == 1 && e.path == PATH_CONFIRMED && e.time_us == 4000 && e.seen_us == 4000 && !e.midstream,
	   "our initial sequence number + 1 does");
	flow_table_advance(k->table, 4000 + 10 * SECOND - 1);
	ok(k->events == 1, "10 s - 1 us without a request");
	flow_table_advance(k->table, 4000 + 10 * SECOND);
	e = kit_nth(k, FLOW_EVENT_NO_REQUEST, 0);
	ok(k->events == 2 && e.vector == VECTOR_TCP_CONNECTION && e.answer == ANSWER_NONE && e.time_us == 4000 &&
	           e.seen_us == 4000 + 10 * SECOND && e.path == PATH_CONFIRMED && !e.cut,
	   "10 s");
	flow_table_finish(k->table);
	ok(kit_count(k, FLOW_EVENT_NO_REQUEST) == 1 && kit_count(k, FLOW_EVENT_UNANSWERED) == 0, "once");
}

static void test_cookies(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	tcp(k, 1, client, server, TCP_SYN, 100, 0, "");
	tcp(k, 2, server, client, TCP_SYN | TCP_ACK, 900, 101, "");
	tcp(k, 3, server, client, TCP_SYN | TCP_ACK, 5000, 101, "");
	tcp(k, 4, client, server, TCP_ACK, 101, 5001, "GET");
	tcp(k, 5, server, client, TCP_ACK, 5001, 104, "OK");
	ok(kit_count(k, FLOW_EVENT_CONFIRMED) == 1 && kit_read(k, FLOW_CLIENT, "GET") && kit_read(k, FLOW_SERVER, "OK"),
	   "of two SYN cookies the client may take the second");

	CLEANUP(kit_freep) struct kit *k2 = kit_new(16, 0);
	tcp(k2, 1, client, server, TCP_SYN, 100, 0, "");
	tcp(k2, 2, client, server, TCP_SYN, 7000, 0, "");
	tcp(k2, 3, server, client, TCP_SYN | TCP_ACK, 900, 7001, "");
	tcp(k2, 4, client, server, TCP_ACK, 7001, 901, "GET");
	ok(kit_count(k2, FLOW_EVENT_CONFIRMED) == 1 && kit_read(k2, FLOW_CLIENT, "GET"),
	   "of two SYNs the server may take the second");

	CLEANUP(kit_freep) struct kit *k3 = kit_new(16, 0);
	tcp(k3, 1, client, server, TCP_SYN, 100, 0, "");
	tcp(k3, 2, server, client, TCP_SYN | TCP_ACK, 900, 101, "");
	tcp(k3, 3, client, server, TCP_SYN, 7000, 0, "");
	tcp(k3, 4, server, client, TCP_SYN | TCP_ACK, 1900, 7001, "");
	tcp(k3, 5, client, server, TCP_ACK, 7001, 1901, "GET");
	ok(kit_count(k3, FLOW_EVENT_CONFIRMED) == 1 && kit_read(k3, FLOW_CLIENT, "GET"),
	   "a handshake tried anew before the first was over");
}

static void test_odd_handshakes(void)
{
	CLEANUP(kit_freep) struct kit *both = kit_new(16, 0);
	tcp(both, 1, client, server, TCP_SYN, 100, 0, "");
	tcp(both, 2, server, client, TCP_SYN, 900, 0, "");
	tcp(both, 3, server, client, TCP_SYN | TCP_ACK, 900, 101, "");
	ok(both->events == 0, "simultaneous open: not confirmed by what the server says");
	tcp(both, 4, client, server, TCP_SYN | TCP_ACK, 101, 901, "");
	ok(both->events == 0, "nor by a SYN-ACK of another sequence");
	tcp(both, 4, client, server, TCP_SYN | TCP_ACK, 100, 901, "");
	ok(kit_count(both, FLOW_EVENT_CONFIRMED) == 1, "but by the client's SYN-ACK");

	CLEANUP(kit_freep) struct kit *split = kit_new(16, 0);
	tcp(split, 1, client, server, TCP_SYN, 100, 0, "");
	tcp(split, 2, server, client, TCP_SYN, 900, 0, "");
	tcp(split, 3, client, server, TCP_SYN | TCP_ACK, 100, 900, "");
	ok(split->events == 0, "split handshake: a wrong acknowledgement confirms nothing");
	tcp(split, 4, client, server, TCP_SYN | TCP_ACK, 100, 901, "");
	tcp(split, 5, server, client, TCP_ACK, 901, 101, "HELLO");
	ok(kit_count(split, FLOW_EVENT_CONFIRMED) == 1 && kit_read(split, FLOW_SERVER, "HELLO"), "the right one does");

	CLEANUP(kit_freep) struct kit *fast = kit_new(16, 0);
	tcp(fast, 1, client, server, TCP_SYN, 100, 0, "GET /");
	tcp(fast, 2, server, client, TCP_SYN | TCP_ACK, 900, 106, "");
	tcp(fast, 3, server, client, TCP_ACK, 901, 106, "OK");
	ok(kit_count(fast, FLOW_EVENT_CONFIRMED) == 0, "Fast Open: data before the client's ACK confirms nothing");
	tcp(fast, 4, client, server, TCP_ACK, 106, 903, "X");
	ok(kit_count(fast, FLOW_EVENT_CONFIRMED) == 1 && kit_read(fast, FLOW_CLIENT, "~X") &&
	           kit_read(fast, FLOW_SERVER, "OK"),
	   "the ACK does; data of the SYN is a gap");

	CLEANUP(kit_freep) struct kit *lost = kit_new(16, 0);
	tcp(lost, 1, client, server, TCP_SYN, 100, 0, "");
	tcp(lost, 2, client, server, TCP_ACK, 101, 901, "");
	tcp(lost, 3, server, client, TCP_ACK, 901, 101, "SSH-2.0");
	ok(lost->events == 0, "a lost SYN-ACK: open, and not confirmed");
	tcp(lost, 4, client, server, TCP_ACK, 101, 908, "SSH-2.0");
	ok(kit_count(lost, FLOW_EVENT_CONFIRMED) == 1 && kit_read(lost, FLOW_CLIENT, "SSH-2.0"),
	   "until the client acknowledges data we saw");
}

static void test_no_request(void)
{
	CLEANUP(kit_freep) struct kit *slow = kit_new(16, 0);
	handshake(slow, 0, client, server);
	tcp(slow, 1 * SECOND, client, server, TCP_ACK, 101, 901, "GET / HTTP/1.1\r\n");
	tcp(slow, 5 * SECOND, server, client, TCP_RST, 901, 0, "");
	struct flow_event e = kit_nth(slow, FLOW_EVENT_NO_REQUEST, 0);
	ok(e.vector == VECTOR_HTTP_SLOW && e.answer == ANSWER_RST && e.seen_us == 5 * SECOND && e.time_us == 20000,
	   "payload, no answer, reset by the server: http-slow at once");
	ok(slow->closes == 1, "the reader was told");

	CLEANUP(kit_freep) struct kit *fin = kit_new(16, 0);
	handshake(fin, 0, client, server);
	tcp(fin, 1 * SECOND, client, server, TCP_FIN | TCP_ACK, 101, 901, "");
	ok(kit_count(fin, FLOW_EVENT_NO_REQUEST) == 0, "one FIN closes nothing");
	tcp(fin, 2 * SECOND, server, client, TCP_FIN | TCP_ACK, 901, 102, "");
	e = kit_nth(fin, FLOW_EVENT_NO_REQUEST, 0);
	ok(e.vector == VECTOR_TCP_CONNECTION && e.answer == ANSWER_NONE && e.seen_us == 2 * SECOND,
	   "both do: tcp-connection");
	tcp(fin, 2 * SECOND + 1, client, server, TCP_ACK, 102, 902, "");
	ok(flow_table_counters(fin->table)->after_close == 1 && flow_table_used(fin->table) == 1,
	   "the last ACK belongs to the closed connection");

	CLEANUP(kit_freep) struct kit *served = kit_new(16, 0);
	served->answer_bytes = 2;
	handshake(served, 0, client, server);
	tcp(served, 1 * SECOND, client, server, TCP_ACK, 101, 901, "GET");
	tcp(served, 2 * SECOND, server, client, TCP_ACK, 901, 104, "OK");
	flow_table_advance(served->table, 30 * SECOND);
	flow_table_finish(served->table);
	ok(kit_count(served, FLOW_EVENT_NO_REQUEST) == 0, "an answered request: nothing to report");

	CLEANUP(kit_freep) struct kit *cut = kit_new(16, 0);
	handshake(cut, 0, client, server);
	flow_table_advance(cut->table, 5 * SECOND);
	flow_table_finish(cut->table);
	e = kit_nth(cut, FLOW_EVENT_NO_REQUEST, 0);
	ok(e.cut && e.seen_us == 5 * SECOND && kit_nth(cut, FLOW_EVENT_END, 0).sequence > e.sequence,
	   "the input's end before 10 s: cut");
}

static struct packet with_window(struct packet p, uint16_t window)
{
	p.window = window;
	return p;
}

static void test_shut_window(void)
{
	for (int probed = 0; probed < 2; probed++) {
		CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);
		k->answer_bytes = 2;
		handshake(k, 0, client, server);
		tcp(k, 1 * SECOND, client, server, TCP_ACK, 101, 901, "GET");
		tcp(k, 2 * SECOND, server, client, TCP_ACK, 901, 104, "DATA");
		feed(k, with_window(kit_tcp(3 * SECOND, client, server, TCP_ACK, 104, 905, ""), 0));
		if (probed)
			tcp(k, 4 * SECOND, server, client, TCP_ACK, 904, 104, "");
		flow_table_advance(k->table, 13 * SECOND - 1);
		ok(kit_count(k, FLOW_EVENT_NO_REQUEST) == 0, "a window shut for 10 s - 1 us");
		flow_table_advance(k->table, 13 * SECOND);
		struct flow_event e = kit_nth(k, FLOW_EVENT_NO_REQUEST, 0);
		ok(kit_count(k, FLOW_EVENT_NO_REQUEST) == (uint32_t)probed, "for 10 s, %s",
		   probed ? "while the server probes it" : "but nobody wants to send");
		ok(!probed || (e.vector == VECTOR_HTTP_SLOW && e.time_us == 3 * SECOND && e.seen_us == 13 * SECOND),
		   "is http-slow since it shut");
	}
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);
	k->answer_bytes = 2;
	handshake(k, 0, client, server);
	tcp(k, 1 * SECOND, client, server, TCP_ACK, 101, 901, "GET");
	tcp(k, 2 * SECOND, server, client, TCP_ACK, 901, 104, "DATA");
	feed(k, with_window(kit_tcp(3 * SECOND, client, server, TCP_ACK, 104, 903, ""), 0));
	tcp(k, 12 * SECOND, client, server, TCP_ACK, 104, 903, "");
	flow_table_advance(k->table, 60 * SECOND);
	ok(kit_count(k, FLOW_EVENT_NO_REQUEST) == 0, "a window that opens again is no attack");
}

static void test_strays(void)
{
	static const struct {
		uint8_t flags;
		enum vector vector;
		const char *name;
	} probe[] = {
		{ TCP_SYN | TCP_ACK, VECTOR_TCP_SYNACK, "SYN-ACK" },
		{ TCP_RST, VECTOR_TCP_RST, "RST" },
		{ TCP_RST | TCP_ACK, VECTOR_TCP_RST, "RST-ACK" },
		{ TCP_ACK, VECTOR_TCP_ACK, "ACK" },
		{ TCP_ACK | TCP_FIN, VECTOR_TCP_ACK, "FIN-ACK" },
		{ 0, VECTOR_TCP_ODD, "NULL" },
		{ TCP_FIN, VECTOR_TCP_ODD, "FIN" },
		{ TCP_FIN | TCP_PSH | TCP_URG, VECTOR_TCP_ODD, "Xmas" },
		{ TCP_SYN | TCP_FIN, VECTOR_TCP_ODD, "SYN-FIN" },
		{ TCP_SYN | TCP_RST, VECTOR_TCP_ODD, "SYN-RST" },
	};

	for (size_t i = 0; i < sizeof(probe) / sizeof(*probe); i++)
		for (int low = 0; low < 2; low++) {
			CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);
			tcp(k, 7, low ? server : client, low ? client : server, probe[i].flags, 100, 77, "");
			flow_table_advance(k->table, 3 * SECOND + 7);
			struct flow_event e = kit_nth(k, FLOW_EVENT_UNANSWERED, 0);
			ok(k->events == 1 && e.vector == probe[i].vector && e.midstream && e.packets == 1 &&
			           e.client_port == (low ? 443 : 40000) && e.answer == ANSWER_NONE,
			   "%s to %s: its sender asked", probe[i].name, low ? "a client" : "a server");
		}

	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);
	tcp(k, 1, client, server, 0, 100, 0, "");
	tcp(k, 2, server, client, TCP_RST | TCP_ACK, 0, 100, "");
	ok(kit_nth(k, FLOW_EVENT_UNANSWERED, 0).answer == ANSWER_RST, "a closed port answers NULL with RST");
	struct end c2 = { 11, 50000 };
	tcp(k, 3, c2, server, TCP_ACK, 100, 5555, "");
	tcp(k, 4, server, c2, TCP_RST, 5555, 0, "");
	ok(kit_nth(k, FLOW_EVENT_UNANSWERED, 1).answer == ANSWER_RST, "and ACK");
}

static void test_midstream(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	tcp(k, 1, server, client, TCP_ACK, 9000, 500, "part");
	tcp(k, 2, client, server, TCP_ACK, 500, 9000, "");
	ok(k->events == 0, "acknowledging what was sent before we looked proves nothing");
	tcp(k, 3, client, server, TCP_ACK, 500, 9005, "");
	ok(k->events == 0, "nor what was not sent yet");
	tcp(k, 4, client, server, TCP_ACK, 500, 9004, "more");
	struct flow_event e = kit_nth(k, FLOW_EVENT_CONFIRMED, 0);
	ok(k->events == 1 && e.midstream && e.client_port == 40000 && e.time_us == 4,
	   "acknowledging data that we saw confirms the path of the client");
	ok(kit_read(k, FLOW_CLIENT, "more") && kit_read(k, FLOW_SERVER, "part"), "both streams are read");
	flow_table_advance(k->table, 60 * SECOND);
	flow_table_finish(k->table);
	ok(kit_count(k, FLOW_EVENT_NO_REQUEST) == 0 && kit_count(k, FLOW_EVENT_UNANSWERED) == 0,
	   "what it asked before we looked is unknown: nothing is reported");

	CLEANUP(kit_freep) struct kit *h = kit_new(16, 0);
	tcp(h, 1, server, client, TCP_SYN | TCP_ACK, 900, 101, "");
	tcp(h, 2, client, server, TCP_ACK, 101, 901, "");
	e = kit_nth(h, FLOW_EVENT_CONFIRMED, 0);
	ok(h->events == 1 && e.client_port == 40000 && !e.midstream, "only the SYN was missed: the handshake confirms");
	flow_table_advance(h->table, 11 * SECOND);
	ok(kit_count(h, FLOW_EVENT_NO_REQUEST) == 1, "and a request is expected");
}

static void test_reuse(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	handshake(k, 0, client, server);
	tcp(k, 1 * SECOND, client, server, TCP_RST, 101, 0, "");
	tcp(k, 2 * SECOND, client, server, TCP_SYN, 50000, 0, "");
	ok(kit_count(k, FLOW_EVENT_END) == 1 && flow_table_counters(k->table)->flows == 2,
	   "a SYN after the close starts a new flow");
	tcp(k, 2 * SECOND + 1, server, client, TCP_SYN | TCP_ACK, 70000, 50001, "");
	tcp(k, 2 * SECOND + 2, client, server, TCP_ACK, 50001, 70001, "");
	ok(kit_count(k, FLOW_EVENT_CONFIRMED) == 2, "with its own handshake");

	tcp(k, 3 * SECOND, client, server, TCP_SYN, 90000, 0, "");
	tcp(k, 3 * SECOND + 1, server, client, TCP_ACK, 70001, 50001, "");
	ok(flow_table_counters(k->table)->flows == 2 && flow_table_counters(k->table)->challenged == 1,
	   "a SYN on an open connection is challenged");
	tcp(k, 3 * SECOND + 2, server, client, TCP_SYN | TCP_ACK, 110000, 90001, "");
	tcp(k, 3 * SECOND + 3, client, server, TCP_ACK, 90001, 110001, "");
	ok(flow_table_counters(k->table)->flows == 3 && kit_count(k, FLOW_EVENT_CONFIRMED) == 3 &&
	           kit_count(k, FLOW_EVENT_UNANSWERED) == 0,
	   "unless the server accepts it");
}

static void test_lossy_capture(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	tcp(k, 1, server, client, TCP_SYN | TCP_ACK, 900, 101, "");
	tcp(k, 2, client, server, TCP_SYN, 100, 0, "");
	tcp(k, 3, client, server, TCP_ACK, 101, 901, "A");
	struct flow_event e = kit_nth(k, FLOW_EVENT_CONFIRMED, 0);
	ok(k->events == 1 && !e.midstream && e.vector == VECTOR_TCP_SYN && e.packets == 2 &&
	           kit_read(k, FLOW_CLIENT, "A"),
	   "a SYN captured behind its SYN-ACK");

	tcp(k, 4, client, server, TCP_ACK, 800000, 800000, "FORGED");
	tcp(k, 4, client, server, TCP_ACK, 800000, 800000, "FORGED");
	ok(flow_table_counters(k->table)->followed == 0, "one side alone agrees with nobody");
	tcp(k, 4, server, client, TCP_ACK, 500000, 70000, "lost");
	tcp(k, 5, client, server, TCP_ACK, 900000, 500004, "FORGED");
	tcp(k, 6, server, client, TCP_ACK, 500004, 70000, "lost");
	tcp(k, 7, client, server, TCP_ACK, 70000, 500008, "B");
	tcp(k, 8, server, client, TCP_ACK, 500008, 70001, "found");
	ok(kit_read(k, FLOW_CLIENT, "A~B") && kit_read(k, FLOW_SERVER, "~found") &&
	           flow_table_counters(k->table)->followed == 1,
	   "more than a window was lost: followed once both sides agree");
}

static void test_udp(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);

	udp(k, 0, client, server, 100);
	udp(k, 1 * SECOND, client, server, 200);
	flow_table_advance(k->table, 3 * SECOND - 1);
	ok(k->events == 0, "UDP: 3 s - 1 us");
	flow_table_advance(k->table, 3 * SECOND);
	struct flow_event e = kit_nth(k, FLOW_EVENT_UNANSWERED, 0);
	ok(e.vector == VECTOR_UDP && e.packets == 2 && e.bytes == 356 && e.payload_mean == 150 &&
	           e.seen_us == 3 * SECOND,
	   "3 s: two packets, 300 bytes of payload");
	udp(k, 4 * SECOND, client, server, 10);
	udp(k, 4 * SECOND + 500, server, client, 10);
	flow_table_advance(k->table, 20 * SECOND);
	ok(k->events == 1, "answered late: no more is reported");
	udp(k, 64 * SECOND + 499, client, server, 10);
	flow_table_advance(k->table, 68 * SECOND);
	ok(kit_count(k, FLOW_EVENT_UNANSWERED) == 1, "asked 60 s - 1 us after the last answer: answered");
	udp(k, 69 * SECOND, server, client, 10);
	udp(k, 129 * SECOND, client, server, 10);
	flow_table_advance(k->table, 132 * SECOND);
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 1);
	ok(e.time_us == 129 * SECOND && !e.repeated, "60 s after it: unanswered");

	struct end c2 = { 11, 50000 };
	udp(k, 140 * SECOND, c2, server, 10);
	feed(k, kit_error(140 * SECOND + 9, 80, 3, 3, PROTO_UDP, c2, server));
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 2);
	ok(e.answer == ANSWER_UNREACHABLE && e.seen_us == 140 * SECOND + 9, "port unreachable refuses at once");
}

static void test_icmp(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(16, 0);
	struct end a = { 1, 7 }, b = { 2, 7 };
	struct packet p = kit_packet(0, PROTO_ICMP, a, b, 8, NULL, 56);

	p.icmp_type = 8;
	feed(k, p);
	p = kit_packet(9, PROTO_ICMP, b, a, 8, NULL, 56);
	feed(k, p);
	flow_table_advance(k->table, 4 * SECOND);
	ok(k->events == 0, "an echo and its reply");
	p = kit_packet(5 * SECOND, PROTO_ICMP, (struct end){ 3, 9 }, (struct end){ 2, 9 }, 8, NULL, 56);
	feed(k, p);
	flow_table_advance(k->table, 8 * SECOND);
	struct flow_event e = kit_nth(k, FLOW_EVENT_UNANSWERED, 0);
	ok(k->events == 1 && e.vector == VECTOR_ICMP && e.icmp_type == 0 && e.client.bytes[15] == 3,
	   "an unasked reply");
	feed(k, kit_error(9 * SECOND, 5, 3, 3, PROTO_UDP, client, server));
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 1);
	ok(e.vector == VECTOR_ICMP && e.icmp_type == 3 && e.seen_us == 9 * SECOND && e.client.bytes[15] == 5 &&
	           e.server.bytes[15] == 10 && flow_table_used(k->table) == 2,
	   "an error about no known flow is reported at once and takes no place");

	p = kit_packet(10 * SECOND, 47, a, b, 4, NULL, 1000);
	p.src_port = p.dst_port = 0;
	feed(k, p);
	p = kit_packet(10 * SECOND, PROTO_UDP, a, b, 8, NULL, 4000);
	p.fragments = 3;
	feed(k, p);
	flow_table_advance(k->table, 13 * SECOND);
	ok(kit_nth(k, FLOW_EVENT_UNANSWERED, 2).vector == VECTOR_OTHER_IP, "another protocol");
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 3);
	ok(e.vector == VECTOR_FRAGMENT && e.packets == 3 && e.bytes == 4028 + 40,
	   "a datagram of three fragments is three");
	p = kit_packet(14 * SECOND, PROTO_TCP, a, b, 0, NULL, 400);
	p.fragment = true;
	feed(k, p);
	flow_table_advance(k->table, 17 * SECOND);
	e = kit_nth(k, FLOW_EVENT_UNANSWERED, 4);
	ok(e.vector == VECTOR_FRAGMENT && e.proto == PROTO_TCP && e.client_port == 0, "a raw fragment has no ports");
	p.ip = false;
	feed(k, p);
	ok(flow_table_counters(k->table)->not_ip == 1, "what is not IP is counted");
}

/* 10,000 packets in a served client's name that know his ports and addresses, and nothing else. */
static void forge(struct kit *k, const char *name, int64_t time_us)
{
	for (int i = 0; i < 10000; i++) {
		uint32_t seq = random_u32(), ack = random_u32();
		int64_t now = time_us + i * 10;
		if (strcmp(name, "SYN") == 0)
			tcp(k, now, client, server, TCP_SYN, seq, 0, "");
		else if (strcmp(name, "SYN-ACK") == 0)
			tcp(k, now, client, server, TCP_SYN | TCP_ACK, seq, ack, "");
		else if (strcmp(name, "RST") == 0)
			tcp(k, now, client, server, TCP_RST, seq, 0, "");
		else if (strcmp(name, "ACK") == 0)
			tcp(k, now, client, server, TCP_ACK, seq, ack, "");
		else if (strcmp(name, "data") == 0)
			tcp(k, now, client, server, TCP_ACK | TCP_PSH, seq, ack, "FORGED");
		else if (strcmp(name, "FIN") == 0)
			tcp(k, now, client, server, TCP_FIN | TCP_ACK, seq, ack, "");
		else if (strcmp(name, "Xmas") == 0)
			tcp(k, now, client, server, TCP_FIN | TCP_PSH | TCP_URG, seq, ack, "");
		else if (strcmp(name, "UDP") == 0)
			udp(k, now, client, server, 100);
		else if (strcmp(name, "SYN of other ports") == 0)
			tcp(k, now, (struct end){ 10, (uint16_t)(41000 + i) }, server, TCP_SYN, seq, 0, "");
		else
			feed(k, kit_error(now, 99, 3, (uint8_t)(i % 16), PROTO_TCP, client, server));
	}
}

static void test_forged(void)
{
	static const char *const vector[] = { "SYN", "SYN-ACK", "RST", "ACK",        "data",
		                              "FIN", "Xmas",    "UDP", "ICMP error", "SYN of other ports" };

	for (size_t i = 0; i < sizeof(vector) / sizeof(*vector); i++) {
		CLEANUP(kit_freep) struct kit *k = kit_new(20000, 1 << 20);
		k->answer_bytes = 2;
		handshake(k, 0, client, server);
		tcp(k, 1 * SECOND, client, server, TCP_ACK, 101, 901, "GET");
		tcp(k, 1 * SECOND + 100, server, client, TCP_ACK, 901, 104, "OK");
		forge(k, vector[i], 2 * SECOND);
		tcp(k, 3 * SECOND, client, server, TCP_ACK, 104, 903, "AGAIN");
		tcp(k, 3 * SECOND + 100, server, client, TCP_ACK, 903, 109, "YES");
		ok(kit_read(k, FLOW_CLIENT, "GETAGAIN") && kit_read(k, FLOW_SERVER, "OKYES") && k->confirmed_data,
		   "10,000 forged %s: his streams are his own, his path is confirmed", vector[i]);
		tcp(k, 4 * SECOND, client, server, TCP_FIN | TCP_ACK, 109, 906, "");
		tcp(k, 4 * SECOND + 100, server, client, TCP_FIN | TCP_ACK, 906, 110, "");
		flow_table_finish(k->table);
		bool clean = kit_count(k, FLOW_EVENT_CONFIRMED) == 1 && kit_count(k, FLOW_EVENT_NO_REQUEST) == 0;
		for (uint32_t e = 0; e < k->events; e++)
			if (k->event[e].kind == FLOW_EVENT_UNANSWERED)
				clean &= k->event[e].path == PATH_SPOOFABLE &&
				         (k->event[e].proto != PROTO_TCP || k->event[e].client_port != 40000);
		ok(clean && k->closes == 1, "10,000 forged %s: no event about his flow", vector[i]);
	}
}

/* RFC 5961 5.2: SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT, and, as packets may be lost to us, up to what was allowed. */
static void test_window(void)
{
	static const struct {
		uint32_t seq, ack;
		bool fits;
		const char *name;
	} segment[] = {
		{ 104, 903, true, "in order" },
		{ 104, 903 - 8001, true, "an old acknowledgement, the largest window and 1 back" },
		{ 104, 903 - 8002, false, "one further back" },
		{ 104, 901 + 8000, true, "an acknowledgement up to what was allowed" },
		{ 104, 903 + 8001, false, "one behind what was allowed" },
		{ 104 + 8000, 903, true, "data at the window's edge" },
		{ 104 + 8001, 903, false, "one behind it" },
		{ 104 - 8000 - 2, 903, true, "old data that touches a window back" },
		{ 104 - 8000 - 3, 903, false, "older" },
	};

	for (size_t i = 0; i < sizeof(segment) / sizeof(*segment); i++) {
		CLEANUP(kit_freep) struct kit *k = kit_new(16, 1 << 20);
		handshake(k, 0, client, server);
		tcp(k, 1 * SECOND, client, server, TCP_ACK, 101, 901, "GET");
		tcp(k, 1 * SECOND + 100, server, client, TCP_ACK, 901, 104, "OK");
		tcp(k, 1 * SECOND + 200, client, server, TCP_ACK, 104, 903, "");
		tcp(k, 2 * SECOND, client, server, TCP_ACK, segment[i].seq, segment[i].ack, "x");
		ok((flow_table_counters(k->table)->out_of_window == 0) == segment[i].fits, "%s", segment[i].name);
	}
}

static void test_full(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(4, 0);
	struct end c[8];

	for (uint8_t i = 0; i < 8; i++)
		c[i] = (struct end){ (uint8_t)(20 + i), 50000 };
	handshake(k, 0, c[0], server);                           /* open, the longest idle */
	handshake(k, 1 * SECOND, c[1], server);                  /* open */
	tcp(k, 2 * SECOND, c[2], server, TCP_SYN, 1, 0, "");     /* unanswered, older */
	tcp(k, 2 * SECOND + 1, c[3], server, TCP_SYN, 1, 0, ""); /* unanswered, newer */
	tcp(k, 3 * SECOND, c[4], server, TCP_SYN, 1, 0, "");
	struct flow_event e = kit_nth(k, FLOW_EVENT_UNANSWERED, 0);
	ok(e.client.bytes[15] == 22 && e.cut && e.packets == 1 && e.seen_us == 3 * SECOND,
	   "the oldest unanswered flow makes room, and is reported");
	tcp(k, 3 * SECOND + 5, c[1], server, TCP_RST, 101, 0, "");
	tcp(k, 3 * SECOND + 6, c[5], server, TCP_SYN, 1, 0, "");
	ok(kit_nth(k, FLOW_EVENT_END, 1).client.bytes[15] == 21, "a closed one goes before");
	ok(flow_table_counters(k->table)->evicted_unanswered == 1 &&
	           flow_table_counters(k->table)->evicted_closed == 1 && flow_table_used(k->table) == 4,
	   "both are counted");
	CLEANUP(kit_freep) struct kit *o = kit_new(2, 0);
	handshake(o, 0, c[0], server);
	handshake(o, 1 * SECOND, c[1], server);
	tcp(o, 2 * SECOND, c[0], server, TCP_ACK, 101, 901, "x");
	tcp(o, 3 * SECOND, c[2], server, TCP_SYN, 1, 0, "");
	e = kit_nth(o, FLOW_EVENT_END, 0);
	ok(e.client.bytes[15] == 21 && flow_table_counters(o->table)->evicted_answered == 1,
	   "of open connections the idle one goes, not the oldest");
	ok(kit_nth(o, FLOW_EVENT_NO_REQUEST, 0).cut, "it had no time to ask: cut");
}

/* A flood of ten times the table: every SYN is reported exactly once. */
static void test_flood(void)
{
	CLEANUP(kit_freep) struct kit *k = kit_new(1000, 0);
	uint64_t packets = 0;

	for (int i = 0; i < 10000; i++)
		tcp(k, i * 100, (struct end){ (uint8_t)(i % 250), (uint16_t)(1024 + i) }, server, TCP_SYN, random_u32(),
		    0, "");
	flow_table_finish(k->table);
	for (uint32_t i = 0; i < k->events; i++)
		packets += k->event[i].kind == FLOW_EVENT_UNANSWERED ? k->event[i].packets : 0;
	ok(packets == 10000 && kit_count(k, FLOW_EVENT_END) == 10000,
	   "10,000 forged SYNs over 1,000 places: all counted");
}

static int compare(const void *a, const void *b)
{
	return flow_event_compare(a, b);
}

static struct packet random_packet(int64_t now)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK,           TCP_ACK,
		                         TCP_ACK, TCP_RST,           TCP_FIN | TCP_ACK, 0 };
	struct end a = { (uint8_t)(1 + random_u32() % 4), (uint16_t)(1000 + random_u32() % 3) };
	struct end b = { (uint8_t)(5 + random_u32() % 3), (uint16_t)(20 + random_u32() % 3) };
	bool back = random_u32() % 2 == 0;
	struct end from = back ? b : a, to = back ? a : b;
	uint32_t kind = random_u32() % 10;

	if (kind == 0)
		return kit_packet(now, PROTO_UDP, from, to, 8, NULL, random_u32() % 100);
	if (kind == 1)
		return kit_error(now, 77, 3, 1, random_u32() % 2 == 0 ? PROTO_TCP : PROTO_UDP, from, to);
	return kit_tcp(now, from, to, flags[random_u32() % sizeof(flags)], 100 + random_u32() % 3,
	               100 + random_u32() % 3, random_u32() % 3 == 0 ? "ab" : "");
}

/* The same packets over some tables, by hash; the events sorted. */
static struct kit *run_over(uint32_t tables, uint64_t seed)
{
	struct kit *all = kit_new(1, 0), *k[4] = { NULL };
	struct siphash_key key = { 3, 4 };
	int64_t now = 0;

	random_state = seed;
	for (uint32_t i = 0; i < tables; i++)
		k[i] = kit_new(1000, 1 << 20);
	for (int i = 0; i < 5000; i++) {
		now += random_u32() % 4 == 0 ? random_u32() % SECOND : 0;
		struct packet p = random_packet(now);
		struct flow_key f;
		flow_key_of(&p, &f);
		feed(k[flow_key_hash(&key, &f) % tables], p);
	}
	for (uint32_t i = 0; i < tables; i++) {
		flow_table_advance(k[i]->table, now);
		flow_table_finish(k[i]->table);
		memcpy(&all->event[all->events], k[i]->event, k[i]->events * sizeof(*k[i]->event));
		all->events += k[i]->events;
		kit_freep(&k[i]);
	}
	qsort(all->event, all->events, sizeof(*all->event), compare);
	return all;
}

static void test_lanes(void)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		CLEANUP(kit_freep) struct kit *one = run_over(1, seed);
		bool same = one->events > 500;
		for (uint32_t tables = 2; tables <= 4; tables += 2) {
			CLEANUP(kit_freep) struct kit *many = run_over(tables, seed);
			same &= one->events == many->events &&
			        memcmp(one->event, many->event, one->events * sizeof(*one->event)) == 0;
		}
		bool known_in_time = true;
		for (uint32_t i = 0; i < one->events; i++)
			known_in_time &= one->event[i].seen_us - one->event[i].time_us <= FLOW_LATENESS_US &&
			                 one->event[i].seen_us >= one->event[i].time_us;
		ok(same, "seed %d: 1, 2 and 4 tables give the same %u events", (int)seed, one->events);
		ok(known_in_time, "seed %d: none is known later than allowed", (int)seed);
	}
}

static void test_key(void)
{
	struct packet p = kit_tcp(0, client, server, TCP_SYN, 0, 0, ""),
	              r = kit_tcp(0, server, client, TCP_ACK, 0, 0, "");
	struct packet q = kit_error(0, 9, 3, 1, PROTO_TCP, client, server);
	struct flow_key a, b, c;
	struct siphash_key key = { 5, 6 };

	ok(flow_key_of(&p, &a) && flow_key_of(&r, &b) && flow_key_of(&q, &c) && memcmp(&a, &b, sizeof(a)) == 0 &&
	           memcmp(&a, &c, sizeof(a)) == 0 && flow_key_hash(&key, &a) == flow_key_hash(&key, &b),
	   "both directions, and errors about them, have one key");
	p.ip = false;
	ok(!flow_key_of(&p, &a), "what is not IP has none");
}

static void test_config(void)
{
	struct flow_table_config c = { .flows = 0 };
	struct flow_table *t = NULL;

	ok(flow_table_new(&c, &t) == -22 && t == NULL, "no flows: -EINVAL");
	c.flows = FLOW_TABLE_FLOWS_DEFAULT;
	c.reassembly_bytes = FLOW_TABLE_REASSEMBLY_DEFAULT;
	ok(flow_table_bytes(&c) <= 400u << 20, "a million flows: %zu MiB", flow_table_bytes(&c) >> 20);
	c = (struct flow_table_config){ .flows = 2 };
	ok(flow_table_new(&c, &t) == 0, "no sinks");
	struct packet p = kit_tcp(1, client, server, TCP_SYN, 0, 0, "");
	flow_table_packet(t, &p);
	flow_table_finish(t);
	ok(flow_table_used(t) == 0 && flow_table_counters(t)->tcp_flows == 1, "work too");
	flow_table_free(t);
	ok(strcmp(flow_counters_name(0), "packets") == 0 && flow_counters_count() * 8 == sizeof(struct flow_counters),
	   "every counter has a name");
}

int main(void)
{
	test_syn_unanswered();
	test_answer_in_time();
	test_refused();
	test_half_open_scan();
	test_confirmed();
	test_cookies();
	test_odd_handshakes();
	test_no_request();
	test_shut_window();
	test_strays();
	test_midstream();
	test_reuse();
	test_lossy_capture();
	test_udp();
	test_icmp();
	test_forged();
	test_window();
	test_full();
	test_flood();
	test_lanes();
	test_key();
	test_config();
	return done();
}
