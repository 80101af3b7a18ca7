/* forged_syns - write a capture of N SYNs, each from another forged source and port, to one server: as many conversations as packets.
 * usage: forged_syns N PACKETS_PER_SECOND > OUT.pcap   Sources are drawn from 198.18.0.0/15, the server is 192.0.2.10. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

int main(int argc, char **argv)
{
	const uint32_t file_head[6] = { 0xa1b2c3d4, 2 | 4u << 16, 0, 0, 65535, 1 };
	uint8_t frame[54] = { [12] = 0x08, [14] = 0x45, [17] = 40, [22] = 64, [23] = 6 };
	uint64_t count = argc == 3 ? strtoull(argv[1], NULL, 10) : 0,
	         rate = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	if (count == 0 || rate == 0 || fwrite(file_head, sizeof(file_head), 1, stdout) != 1)
		return 2;
	put_be32(frame + 30, 0xc000020a); /* 192.0.2.10 */
	put_be16(frame + 36, 443);
	frame[46] = 0x50;
	frame[47] = 0x02; /* SYN */
	put_be16(frame + 48, 64240);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t us = UINT64_C(1795305600000000) + i * 1000000 / rate;
		const uint32_t head[4] = { (uint32_t)(us / 1000000), (uint32_t)(us % 1000000), sizeof(frame),
			                   sizeof(frame) };
		/* 2^17 addresses times 2^15 ports, each pair once: an odd multiplier walks all of 2^32. */
		uint32_t n = (uint32_t)i * UINT32_C(2654435761);
		put_be32(frame + 26, UINT32_C(0xc6120000) | (n & 0x1ffff));
		put_be16(frame + 34, (uint16_t)(0x8000 | n >> 17));
		put_be32(frame + 38, n);
		if (fwrite(head, sizeof(head), 1, stdout) != 1 || fwrite(frame, sizeof(frame), 1, stdout) != 1)
			return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
