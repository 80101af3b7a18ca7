/* One connection, segments of its client in any order, 4 bytes of input each. Every byte says where it stands in the
 * stream: what comes out must count up without a break except where a gap is told. */
#include <stdlib.h>

#include "base/check.h"
#include "flow/flow_table.h"

enum { RECORD = 4, STREAM = 4096, MODULUS = 251 };

struct reader {
	uint32_t at;   /* where the next byte stands, modulo MODULUS */
	uint64_t read; /* bytes so far */
	bool closed;
};

static void on_data(void *context, const struct stream_event *e)
{
	struct reader *r = context;

	check(!r->closed && e->len > 0 && e->side == FLOW_CLIENT && e->confirmed_us != 0);
	for (uint32_t i = 0; i < e->len; i++) {
		check(e->gap || e->data[i] == r->at || i > 0);
		check(i == 0 || e->data[i] == (e->data[i - 1] + 1u) % MODULUS);
		r->at = (e->data[i] + 1u) % MODULUS;
	}
	r->read += e->len;
	check(r->read <= STREAM);
}

static void on_close(void *context, const struct stream_event *e)
{
	struct reader *r = context;

	check(!r->closed && e->data == NULL);
	r->closed = true;
}

static struct packet packet_of(bool from_client, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct address client = { { 1 } }, server = { { 2 } };

	return (struct packet){
		.frame = { .time_us = 1 },
		.ip = true,
		.proto = PROTO_TCP,
		.src = from_client ? client : server,
		.dst = from_client ? server : client,
		.src_port = from_client ? 5000 : 80,
		.dst_port = from_client ? 80 : 5000,
		.tcp_flags = flags,
		.seq = seq,
		.ack = ack,
		.window = 2 * STREAM,
		.window_scale = 0xff,
	};
}

static void segment(struct flow_table *t, const uint8_t *b)
{
	uint32_t offset = (uint32_t)(b[0] << 4 | (b[1] & 15)), len = b[2] * 4u;
	len = offset + len > STREAM ? STREAM - offset : len;
	struct packet p = packet_of(true, TCP_ACK | (b[1] & 0x40 ? TCP_FIN : 0), UINT32_MAX - 500 + offset, 1);
	uint8_t *data = malloc(len + 1u);

	check(data != NULL);
	for (uint32_t i = 0; i < len; i++)
		data[i] = (uint8_t)((offset + i) % MODULUS);
	p.payload = data;
	p.payload_len = b[3] % 16 == 1 ? len / 2 : len;
	p.payload_wire_len = len;
	flow_table_packet(t, &p);
	free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = { 0 };
	struct flow_table_config config = {
		.flows = 1,
		.reassembly_bytes = (size > 0 ? data[0] % 64u : 0) * FLOW_BLOCK_BYTES,
		.streams = { on_data, on_close, &r },
	};
	struct flow_table *t = NULL;

	check(flow_table_new(&config, &t) == 0);
	struct packet p = packet_of(true, TCP_SYN, UINT32_MAX - 501, 0);
	flow_table_packet(t, &p);
	p = packet_of(false, TCP_SYN | TCP_ACK, 0, UINT32_MAX - 500);
	flow_table_packet(t, &p);
	p = packet_of(true, TCP_ACK, UINT32_MAX - 500, 1);
	flow_table_packet(t, &p);
	for (; size >= RECORD; data += RECORD, size -= RECORD) {
		if (data[3] % 16 == 0) {
			p = packet_of(false, TCP_ACK, 1, UINT32_MAX - 500 + (uint32_t)(data[0] << 4));
			flow_table_packet(t, &p);
		} else {
			segment(t, data);
		}
		flow_table_check(t);
	}
	flow_table_finish(t);
	check(r.closed == (r.read > 0));
	flow_table_free(t);
	return 0;
}
