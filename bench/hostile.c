/* hostile - write a capture that fills every table of a replay: usage: hostile N > OUT.pcap
 * N times, in turn: a SYN of a forged source to any host and port; a fragment whose datagram never becomes whole; a connection
 * that a source really opens, of which data comes with a hole before it, and which never closes. Half a million rounds share one
 * microsecond, then four seconds pass: whole tables fall due at once. Servers are 192.0.2.0/24, sources 198.18.0.0/15. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { SYN = 2, ACK = 16, BURST = 500000, PAUSE_S = 4, DATA = 1000, IP_AT = 14, L4_AT = 34 };

static const uint64_t start_s = 1795305600;

struct writer {
	uint32_t second;
	uint8_t frame[54 + DATA];
};

static uint32_t scatter(uint64_t n)
{
	return (uint32_t)((n * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static uint32_t source(uint32_t n)
{
	return UINT32_C(0xc6120000) | (n & 0x1ffff);
}

static uint32_t server(uint32_t n)
{
	return UINT32_C(0xc0000200) | (n >> 24);
}

static void ip(struct writer *w, uint32_t from, uint32_t to, uint8_t proto, uint16_t len)
{
	uint8_t *h = w->frame + IP_AT;

	memset(h, 0, 40);
	w->frame[12] = 0x08;
	h[0] = 0x45;
	put_be16(h + 2, len);
	h[8] = 64;
	h[9] = proto;
	put_be32(h + 12, from);
	put_be32(h + 16, to);
}

static int put(const struct writer *w, uint32_t len)
{
	const uint32_t head[4] = { w->second, 0, len, len };

	return fwrite(head, sizeof(head), 1, stdout) == 1 && fwrite(w->frame, len, 1, stdout) == 1 ? 0 : -1;
}

static int tcp(struct writer *w, uint32_t from, uint32_t to, uint16_t from_port, uint16_t to_port, uint32_t seq,
               uint32_t ack, uint8_t flags, uint16_t data)
{
	uint8_t *h = w->frame + L4_AT;

	ip(w, from, to, 6, (uint16_t)(40 + data));
	put_be16(h, from_port);
	put_be16(h + 2, to_port);
	put_be32(h + 4, seq);
	put_be32(h + 8, ack);
	h[12] = 0x50;
	h[13] = flags;
	put_be16(h + 14, 64240);
	return put(w, 54u + data);
}

static int fragment(struct writer *w, uint32_t n)
{
	ip(w, source(n), server(n), 17, 20 + 512);
	put_be16(w->frame + IP_AT + 4, (uint16_t)n);
	put_be16(w->frame + IP_AT + 6, 0x2000 | ((n >> 8) % 64 * 64)); /* more follow */
	return put(w, 34 + 512);
}

static int connection(struct writer *w, uint32_t n, uint64_t i)
{
	uint16_t port = (uint16_t)(1024 + i % 60000);
	uint32_t a = source(n), b = server(n), x = n, y = ~n;
	int err = tcp(w, a, b, port, 80, x, 0, SYN, 0);

	if (err == 0)
		err = tcp(w, b, a, 80, port, y, x + 1, SYN | ACK, 0);
	if (err == 0)
		err = tcp(w, a, b, port, 80, x + 1, y + 1, ACK, 0);
	return err == 0 ? tcp(w, a, b, port, 80, x + 1 + DATA, y + 1, ACK, DATA) : err;
}

int main(int argc, char **argv)
{
	const uint32_t file_head[6] = { 0xa1b2c3d4, 2 | 4u << 16, 0, 0, 65535, 1 };
	static struct writer w;
	uint64_t count = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;

	if (count == 0 || fwrite(file_head, sizeof(file_head), 1, stdout) != 1)
		return 2;
	for (uint64_t i = 0; i < count; i++) {
		uint32_t n = scatter(i + 1);
		w.second = (uint32_t)(start_s + i / BURST * PAUSE_S);
		if (tcp(&w, source(n), server(n), (uint16_t)n, (uint16_t)(n >> 8), n, 0, SYN, 0) < 0 ||
		    fragment(&w, n) < 0 || (i % 8 == 0 && connection(&w, n, i) < 0))
			return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
