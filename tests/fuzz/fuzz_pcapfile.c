/* A capture file: every packet is readable and within its bounds, damage lies inside the file, and the end is an end. */
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void read_all(const struct frame *f)
{
	for (uint32_t i = 0; i < f->len; i++)
		sink ^= f->data[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t none;
	struct capture_input input = { .fd = -1, .data = size > 0 ? data : &none, .size = size };
	struct capture_config config = { .inputs = &input, .input_count = 1 };
	CLEANUP(capture_freep) struct capture *c = NULL;
	struct capture_progress progress;
	struct digest want, got;
	struct frame f;
	size_t damages;
	uint64_t packets = 0;

	check(capture_open(&config, &c, NULL) == 0);
	for (; capture_next(c, &f) == 1; packets++) {
		check(f.len <= CAPTURE_PACKET_MAX && f.len <= f.wire_len && f.time_us >= 0);
		read_all(&f);
	}
	check(capture_next(c, &f) == 0);
	capture_get_progress(c, &progress);
	check(progress.packets == packets && progress.raw_bytes == size && progress.raw_total == size);
	const struct capture_damage *d = capture_damages(c, &damages);
	check(damages <= 1);
	if (damages == 1)
		check(d->input == 0 && d->raw_offset <= size && (unsigned)d->reason < CAPTURE_REASON_COUNT);
	digest_sha256(data, size, &want);
	check(capture_digest(c, 0, &got) == 0 && memcmp(&want, &got, sizeof(got)) == 0);
	return 0;
}
