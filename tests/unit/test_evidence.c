/* Goal: an attack's slice holds the packets its observations show, no others, within its bounds; the sealed file is pcapng
 * to the byte, has no password in it, does not depend on the hash key, and opens in other people's programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "record/evidence.h"
#include "tap.h"

static char root[] = "/tmp/redoubt-evidence-XXXXXX";

/* Ethernet, IPv4 and TCP or UDP around a text; what decode would say about it. */
struct made {
	uint8_t bytes[600];
	struct packet packet;
};

static void make(struct made *m, int64_t time_us, const char *from, uint16_t from_port, const char *to,
                 uint16_t to_port, const char *text)
{
	size_t n = strlen(text), ip = 20 + 20 + n;
	uint8_t *b = m->bytes;

	memset(m, 0, sizeof(*m));
	put_be16(b + 12, 0x0800);
	b[14] = 0x45;
	put_be16(b + 16, (uint16_t)ip);
	b[22] = 64;
	b[23] = PROTO_TCP;
	(void)address_parse(from, &m->packet.src);
	(void)address_parse(to, &m->packet.dst);
	memcpy(b + 26, m->packet.src.bytes + 12, 4);
	memcpy(b + 30, m->packet.dst.bytes + 12, 4);
	put_be16(b + 34, from_port);
	put_be16(b + 36, to_port);
	b[46] = 0x50;
	b[47] = TCP_ACK;
	memcpy(b + 54, text, n);
	m->packet.frame = (struct frame){ .data = b,
		                          .len = (uint32_t)(14 + ip),
		                          .wire_len = (uint32_t)(14 + ip),
		                          .time_us = time_us,
		                          .link = LINK_ETHERNET };
	m->packet.ip = true;
	m->packet.proto = PROTO_TCP;
	m->packet.src_port = from_port;
	m->packet.dst_port = to_port;
	m->packet.payload = b + 54;
	m->packet.payload_len = (uint32_t)n;
}

static struct observation shown(const char *client, uint16_t client_port, const char *server, uint16_t server_port)
{
	struct observation o = { .detector = DETECTOR_BRUTE,
		                 .vector = VECTOR_LOGIN,
		                 .shown_client_port = client_port,
		                 .shown_server_port = server_port,
		                 .shown_proto = PROTO_TCP };

	(void)address_parse(client, &o.shown_client);
	(void)address_parse(server, &o.shown_server);
	return o;
}

static void note(struct evidence *e, int64_t time_us, const char *from, uint16_t from_port, const char *to,
                 uint16_t to_port, const char *text)
{
	struct made m;

	make(&m, time_us, from, from_port, to, to_port, text);
	evidence_note(e, &m.packet);
}

static int read_file(struct data_dir *dir, const char *digest, uint8_t *buf, size_t size)
{
	CLEANUP(data_reader_freep) struct data_reader *r = NULL;
	char name[128];

	(void)snprintf(name, sizeof(name), "evidence/%s.pcapng", digest);
	if (data_reader_new(dir, name, &r) < 0)
		return -1;
	return data_reader_read(r, buf, size);
}

static struct evidence *new_evidence(const struct evidence_config *config)
{
	struct evidence *e = NULL;

	return evidence_new(config, &e) == 0 ? e : NULL;
}

/* Section, interface and one packet of 60 bytes, by hand from the draft. */
static void test_bytes(struct data_dir *dir)
{
	struct evidence_config config = EVIDENCE_DEFAULTS;
	CLEANUP(evidence_freep) struct evidence *e = new_evidence(&config);
	struct observation o = shown("203.0.113.7", 4000, "192.0.2.1", 22);
	char digest[SHA256_TEXT_MAX], tunnel[EVIDENCE_TUNNEL_MAX];
	uint8_t got[512];
	static const uint8_t
	        before
	                [] = {
		                0x0a, 0x0d, 0x0d, 0x0a, 44,   0,    0,    0,    0x4d, 0x3c, 0x2b, 0x1a, 1,   0,   0,
		                0, /* section */
		                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4,    0,    7,    0,    'r', 'e', 'd',
		                'o', /* any length, userappl */
		                'u',  'b',  't',  0,    0,    0,    0,    0,    44,   0,    0,    0, /* end of options */
		                1,    0,    0,    0,    20,   0,    0,    0,    1,    0,    0,    0,    0,   1,   0,
		                0,    20,   0,    0,    0, /* Ethernet, 256 bytes */
		                6,    0,    0,    0,    140,  0,    0,    0,    0,    0,    0,    0,    1,   0,   0,
		                0,    2,    0,    0,    0,    55,   0,    0,    0,    55,   0,    0,    0 /* 2^32 + 2 us */
	                };
	static const char comment[] = "attack ATTACK, detector brute, vector login";
	static const uint8_t after[] = { 0, 0, 0, 0, 0, 140, 0, 0, 0 };

	note(e, (INT64_C(1) << 32) + 2, "203.0.113.7", 4000, "192.0.2.1", 22, "x");
	ok(evidence_collect(e, "ATTACK", &o) == EVIDENCE_COLLECTED &&
	           evidence_seal(e, dir, "ATTACK", digest, tunnel) == 1,
	   "one packet is collected and sealed");
	int n = read_file(dir, digest, got, sizeof(got));
	size_t head = sizeof(before), data = head + 56;
	ok(n == (int)(head - 28 + 140) && memcmp(got, before, head) == 0, "section, interface and packet header");
	ok(got[head + 12] == 8 && got[head + 14] == 0x45 && got[head + 54] == 'x' && got[head + 55] == 0,
	   "the frame, padded to 4");
	ok(get_le16(got + data) == 1 && get_le16(got + data + 2) == 43 && memcmp(got + data + 4, comment, 43) == 0 &&
	           memcmp(got + data + 47, after, sizeof(after)) == 0,
	   "the comment and the end");
	ok(evidence_seal(e, dir, "ATTACK", digest, tunnel) == 0 && digest[0] == '\0', "sealed, it is forgotten");

	struct made m;
	make(&m, 5, "203.0.113.7", 4000, "192.0.2.1", 22, "x");
	m.packet.tunnels = 2;
	m.packet.tunnel[0] = TUNNEL_GRE;
	m.packet.tunnel[1] = TUNNEL_VXLAN;
	evidence_note(e, &m.packet);
	ok(evidence_collect(e, "T", &o) == EVIDENCE_COLLECTED && evidence_seal(e, dir, "T", digest, tunnel) > 0 &&
	           strcmp(tunnel, "gre, vxlan") == 0,
	   "the tunnels its packets came in are named, outermost first");
}

static void test_flows(struct data_dir *dir)
{
	struct evidence_config config = EVIDENCE_DEFAULTS;
	CLEANUP(evidence_freep) struct evidence *e = new_evidence(&config);
	struct observation o = shown("203.0.113.7", 4000, "192.0.2.1", 22);
	char digest[SHA256_TEXT_MAX], tunnel[EVIDENCE_TUNNEL_MAX];
	struct evidence_stats stats;

	note(e, 1, "203.0.113.7", 4000, "192.0.2.1", 22, "");
	note(e, 2, "192.0.2.1", 22, "203.0.113.7", 4000, "");
	note(e, 3, "203.0.113.7", 4001, "192.0.2.1", 22, "another port");
	note(e, 4, "203.0.113.8", 4000, "192.0.2.1", 22, "another address");
	note(e, 5, "203.0.113.7", 22, "192.0.2.1", 4000, "ports exchanged");
	struct made udp;
	make(&udp, 6, "203.0.113.7", 4000, "192.0.2.1", 22, "another protocol");
	udp.packet.proto = PROTO_UDP;
	evidence_note(e, &udp.packet);
	udp.packet.ip = false;
	evidence_note(e, &udp.packet);
	ok(evidence_collect(e, "A", &o) == EVIDENCE_COLLECTED && evidence_collect(e, "A", &o) == EVIDENCE_COLLECTED,
	   "both directions, asked twice");
	note(e, 7, "203.0.113.7", 4000, "192.0.2.1", 22, "later");
	ok(evidence_collect(e, "A", &o) == EVIDENCE_COLLECTED && evidence_seal(e, dir, "A", digest, tunnel) == 3,
	   "each packet once, none of other flows");
	o.shown_client_port = 4002;
	ok(evidence_collect(e, "B", &o) == EVIDENCE_NOT_FOUND && evidence_seal(e, dir, "B", digest, tunnel) == 0,
	   "an unknown flow");
	o = (struct observation){ 0 };
	ok(evidence_collect(e, "B", &o) == EVIDENCE_NOT_FOUND, "an observation that shows nothing");
	evidence_stats(e, &stats);
	ok(stats.noted == 7 && stats.collected == 3 && stats.not_found == 1, "counted");
	evidence_note(NULL, &udp.packet);
	ok(evidence_collect(NULL, "A", &o) == EVIDENCE_NOT_FOUND && evidence_seal(NULL, dir, "A", digest, tunnel) == 0,
	   "switched off, nothing happens");
}

static void test_bounds(struct data_dir *dir)
{
	struct evidence_config config = EVIDENCE_DEFAULTS;
	struct observation o = shown("203.0.113.7", 4000, "192.0.2.1", 22);
	char digest[SHA256_TEXT_MAX], tunnel[EVIDENCE_TUNNEL_MAX];
	struct evidence_stats stats;

	config.ring_bytes = 65536;
	config.slice_packets = 5;
	config.slices = 2;
	CLEANUP(evidence_freep) struct evidence *e = new_evidence(&config);
	note(e, 1, "203.0.113.9", 1, "192.0.2.1", 22, "old");
	for (int i = 0; i < 6; i++)
		note(e, 10 + i, "203.0.113.7", 4000, "192.0.2.1", 22, "");
	ok(evidence_collect(e, "A", &o) == EVIDENCE_SLICE_FULL && evidence_seal(e, dir, "A", digest, tunnel) == 5,
	   "five packets and not a sixth");
	for (int i = 0; i < 2; i++)
		ok(evidence_collect(e, i == 0 ? "A" : "B", &o) == EVIDENCE_SLICE_FULL, "a slice for attack %d", i + 1);
	ok(evidence_collect(e, "C", &o) == EVIDENCE_NO_SLICE, "none for the third");
	ok(evidence_seal(e, dir, "A", digest, tunnel) == 5 && evidence_collect(e, "C", &o) == EVIDENCE_SLICE_FULL,
	   "until one is sealed");
	/* Entries are 40 bytes and a frame of 54, rounded up: 96. 65,536 bytes hold 682 of them. */
	struct observation old = shown("203.0.113.9", 1, "192.0.2.1", 22);
	for (int i = 0; i < 675; i++)
		note(e, 100 + i, "203.0.113.7", 4000, "192.0.2.1", 22, "");
	evidence_seal(e, dir, "B", digest, tunnel);
	ok(evidence_collect(e, "B", &old) == EVIDENCE_COLLECTED, "the oldest of 682 packets is still in the ring");
	evidence_seal(e, dir, "B", digest, tunnel);
	note(e, 1000, "203.0.113.7", 4000, "192.0.2.1", 22, "");
	ok(evidence_collect(e, "B", &old) == EVIDENCE_NOT_FOUND, "the oldest of 683 is not");
	evidence_stats(e, &stats);
	ok(stats.slice_full == 4 && stats.no_slice == 1 && stats.not_found == 1, "counted");
	config.slices_bytes = 1024;
	CLEANUP(evidence_freep) struct evidence *small = new_evidence(&config);
	note(small, 1, "203.0.113.7", 4000, "192.0.2.1", 22, "");
	ok(evidence_collect(small, "A", &o) == EVIDENCE_COLLECTED &&
	           evidence_collect(small, "B", &o) == EVIDENCE_NO_SLICE,
	   "slices share their bytes");
	config.packet_bytes = 63;
	struct evidence *none = NULL;
	ok(evidence_new(&config, &none) == -EINVAL && none == NULL, "a configuration that cannot be");
}

static void test_absorb(struct data_dir *dir)
{
	struct evidence_config config = EVIDENCE_DEFAULTS;
	CLEANUP(evidence_freep) struct evidence *e = new_evidence(&config);
	struct observation a = shown("203.0.113.7", 1, "192.0.2.1", 22), b = shown("203.0.113.7", 2, "192.0.2.1", 22);
	char digest[SHA256_TEXT_MAX], tunnel[EVIDENCE_TUNNEL_MAX];

	note(e, 1, "203.0.113.7", 1, "192.0.2.1", 22, "");
	note(e, 2, "203.0.113.7", 2, "192.0.2.1", 22, "");
	evidence_collect(e, "CHILD", &a);
	evidence_collect(e, "CHILD", &b);
	evidence_collect(e, "NET", &b);
	evidence_absorb(e, "CHILD", "NET");
	evidence_absorb(e, "NOBODY", "NET");
	ok(evidence_seal(e, dir, "CHILD", digest, tunnel) == 0 && evidence_seal(e, dir, "NET", digest, tunnel) == 2,
	   "an absorbed attack's packets are its taker's, each once");
}

static void talk(struct evidence *e)
{
	note(e, 1, "203.0.113.7", 4000, "192.0.2.1", 21, "USER anna\r\n");
	note(e, 2, "192.0.2.1", 21, "203.0.113.7", 4000, "331 Password\r\n");
	note(e, 3, "203.0.113.7", 4000, "192.0.2.1", 21, "PASS s3c");
	note(e, 3, "192.0.2.1", 21, "203.0.113.7", 4000, "ret in an answer");
	note(e, 4, "203.0.113.7", 4000, "192.0.2.1", 21, "ret\r\n");
	for (int i = 0; i < 40; i++)
		note(e, 5 + i, "203.0.113.7", (uint16_t)(5000 + i), "192.0.2.1", 21, "USER root\r\nPASS hunter2\r\n");
}

static int seal_talk(struct data_dir *dir, uint64_t key, char digest[static SHA256_TEXT_MAX], uint64_t *ret_masked)
{
	char tunnel[EVIDENCE_TUNNEL_MAX];
	struct evidence_config config = EVIDENCE_DEFAULTS;
	struct evidence_stats stats;

	config.key = (struct siphash_key){ key, key };
	CLEANUP(evidence_freep) struct evidence *e = new_evidence(&config);
	talk(e);
	for (int i = 39; i >= -1; i--) {
		struct observation o = shown("203.0.113.7", (uint16_t)(i < 0 ? 4000 : 5000 + i), "192.0.2.1", 21);
		evidence_collect(e, "0123456789ABCDEFGHJKMNPQRS", &o);
	}
	int n = evidence_seal(e, dir, "0123456789ABCDEFGHJKMNPQRS", digest, tunnel);
	evidence_stats(e, &stats);
	*ret_masked = stats.masked_packets;
	return n;
}

static bool contains(const uint8_t *data, int n, const char *text)
{
	return n > 0 && memmem(data, (size_t)n, text, strlen(text)) != NULL;
}

/* Output of a command's first line, false when it fails. */
static bool run(const char *format, const char *digest, char *line, size_t size)
{
	char command[512];

	(void)snprintf(command, sizeof(command), format, root, digest);
	FILE *p = popen(command, "r");
	line[0] = '\0';
	bool read = p != NULL && fgets(line, (int)size, p) != NULL;
	return p != NULL && pclose(p) == 0 && read;
}

static void test_sealed(struct data_dir *dir)
{
	char digest[SHA256_TEXT_MAX], other[SHA256_TEXT_MAX], line[256];
	static uint8_t data[65536];
	uint64_t masked;

	ok(seal_talk(dir, 0, digest, &masked) == 45 && masked == 42, "45 packets sealed, 42 masked");
	int n = read_file(dir, digest, data, sizeof(data));
	ok(contains(data, n, "USER anna") && contains(data, n, "PASS xxx") && !contains(data, n, "s3c") &&
	           !contains(data, n, "hunter2") && contains(data, n, "ret in an answer"),
	   "names and answers are readable, passwords are not");
	ok(seal_talk(dir, 99, other, &masked) == 45 && strcmp(digest, other) == 0, "whatever the hash key");
	if (system("command -v capinfos >/dev/null 2>&1") == 0)
		ok(run("capinfos -Tmc %s/evidence/%s.pcapng 2>&1 | tail -1 | cut -d, -f2", digest, line,
		       sizeof(line)) &&
		           strcmp(line, "45\n") == 0,
		   "capinfos counts 45 packets");
	else
		ok(1, "capinfos # SKIP not installed");
	if (system("command -v tshark >/dev/null 2>&1") == 0)
		ok(run("tshark -r %s/evidence/%s.pcapng -T fields -e frame.comment 2>/dev/null | sort | uniq -c",
		       digest, line, sizeof(line)) &&
		           strstr(line, " 45 attack 0123456789ABCDEFGHJKMNPQRS, detector brute, vector login") != NULL,
		   "tshark shows 45 comments");
	else
		ok(1, "tshark # SKIP not installed");
}

int main(void)
{
	struct data_dir *dir = NULL;
	char command[64];

	ok(mkdtemp(root) != NULL && data_dir_open(root, DATA_DIR_WRITE, &dir) == 0, "a place");
	test_bytes(dir);
	test_flows(dir);
	test_bounds(dir);
	test_absorb(dir);
	test_sealed(dir);
	data_dir_free(dir);
	(void)snprintf(command, sizeof(command), "rm -r %s", root);
	ok(system(command) == 0, "clean");
	return done();
}
