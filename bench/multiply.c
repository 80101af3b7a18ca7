/* multiply - write a capture COPIES times, one behind the other in time, each copy with its own clients.
 * usage: multiply IN.pcap[.zst] COPIES SERVERS > OUT.pcap
 * SERVERS is a comma-separated list of networks whose addresses stay as they are. IPv4 addresses of others get the copy's number
 * added to their second and third byte, IPv6 ones to bytes 6 and 7. Made for measuring: checksums are not corrected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/utc.h"
#include "capture/capture.h"
#include "decode/decode.h"

enum { SERVERS_MAX = 16, SNAP = 262144 };

static struct prefix servers[SERVERS_MAX];
static size_t server_count;

static int parse_servers(char *list)
{
	char *save = NULL;

	for (char *one = strtok_r(list, ",", &save); one != NULL; one = strtok_r(NULL, ",", &save))
		if (server_count == SERVERS_MAX || prefix_parse(one, &servers[server_count++]) < 0)
			return -1;
	return 0;
}

static int is_server(const struct address *a)
{
	for (size_t i = 0; i < server_count; i++)
		if (prefix_contains(&servers[i], a))
			return 1;
	return 0;
}

/* Move one address inside the packet's IP header. */
static void shift(uint8_t *at, const struct address *a, int v6, unsigned copy)
{
	uint8_t *number = v6 ? at + 6 : at + 1;

	if (!is_server(a))
		put_be16(number, (uint16_t)(get_be16(number) + copy));
}

static int write_packet(const struct frame *f, unsigned copy, int64_t shift_us)
{
	static uint8_t data[SNAP];
	struct packet p;
	uint32_t head[4];
	uint32_t len = f->len < SNAP ? f->len : SNAP;
	int64_t t = f->time_us + shift_us;

	memcpy(data, f->data, len);
	struct frame own = *f;
	own.data = data;
	own.len = len;
	decode_packet(&own, &p);
	if (p.ip && p.tunnels == 0 && p.l3 != NULL) {
		uint8_t *l3 = data + (p.l3 - data);
		shift(l3 + (p.v6 ? 8 : 12), &p.src, p.v6, copy);
		shift(l3 + (p.v6 ? 24 : 16), &p.dst, p.v6, copy);
	}
	head[0] = (uint32_t)(t / SECOND_US);
	head[1] = (uint32_t)(t % SECOND_US);
	head[2] = len;
	head[3] = f->wire_len;
	return fwrite(head, sizeof(head), 1, stdout) == 1 && fwrite(data, 1, len, stdout) == len ? 0 : -1;
}

static int write_copy(const char *path, unsigned copy, int64_t *step_us)
{
	struct capture_input input = { .path = path, .fd = -1 };
	struct capture_config config = { .inputs = &input, .input_count = 1, .no_digest = true };
	CLEANUP(capture_freep) struct capture *capture = NULL;
	struct frame f;
	int64_t first = 0, last = 0;

	if (capture_open(&config, &capture, NULL) < 0)
		return -1;
	for (uint64_t n = 0; capture_next(capture, &f) == 1; n++) {
		if (copy == 0 && n == 0) {
			const uint32_t head[6] = { 0xa1b2c3d4, 2 | 4u << 16, 0, 0, SNAP, f.link };
			if (fwrite(head, sizeof(head), 1, stdout) != 1)
				return -1;
		}
		first = n == 0 ? f.time_us : first;
		last = f.time_us;
		if (write_packet(&f, copy, *step_us * copy) < 0)
			return -1;
	}
	if (copy == 0)
		*step_us = last - first + SECOND_US;
	return 0;
}

int main(int argc, char **argv)
{
	int64_t step_us = 0;

	if (argc != 4 || parse_servers(argv[3]) < 0) {
		(void)fprintf(stderr, "usage: multiply IN COPIES SERVERS > OUT.pcap\n");
		return 2;
	}
	for (unsigned copy = 0; copy < (unsigned)atoi(argv[2]); copy++)
		if (write_copy(argv[1], copy, &step_us) < 0) {
			(void)fprintf(stderr, "multiply: cannot read '%s' or write\n", argv[1]);
			return 1;
		}
	return fflush(stdout) == 0 ? 0 : 1;
}
