/* capture.h - packets from capture files, in time order.
 * Inputs are pcap (micro- and nanoseconds, both byte orders) and pcapng, plain or compressed with gzip or zstd, told apart
 * by their first bytes. All of them are opened by capture_open(); nothing is opened, and nothing of their content is read,
 * before the first capture_next(), so that a sandbox can be entered in between. One thread owns a capture.
 *
 * Several inputs are merged: the next packet is the earliest of the inputs' next packets, of equal ones that of the input
 * given first. Packets of one input are never reordered.
 *
 * Damage is an outcome, not an error: everything before it is delivered, then the input is given up, its rest is read for
 * the digest and counted as lost, and the other inputs go on. There is at most one damage per input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "model/packet.h"

enum {
	CAPTURE_INPUTS_MAX = 1024,     /* more are refused by capture_open() */
	CAPTURE_PACKET_MAX = 262144,   /* bytes of one packet; longer ones are cut, their wire_len tells */
	CAPTURE_BLOCK_MAX = 16 << 20,  /* bytes of one pcapng block; a longer one is damage */
	CAPTURE_INTERFACES_MAX = 4096, /* of one pcapng section; one more is damage */
	CAPTURE_WINDOW_LOG_MAX = 27,   /* zstd windows up to 128 MiB, as the zstd tool allows; a larger one is damage */
};

#define CAPTURE_REASON(id, text) id,
enum capture_reason {
#include "capture/reason.def"
	CAPTURE_REASON_COUNT
};
#undef CAPTURE_REASON

/** What a reason means, for people: "the file ends inside a record". Static strings. */
const char *capture_reason_text(enum capture_reason reason);

/** One input. Exactly one of the three ways: memory (data != NULL), a descriptor (fd >= 0), a path ("-": standard input). */
struct capture_input {
	const char *path; /* borrowed until capture_open() returns */
	int fd; /* -1: not given. Read from where it stands; stays the caller's, who closes it after capture_free() */
	const void *data; /* borrowed until capture_free() */
	size_t size;      /* of data */
};

struct capture_config {
	const struct capture_input *inputs;
	size_t input_count; /* 1 to CAPTURE_INPUTS_MAX */
	bool no_digest;     /* leave out SHA-256: capture_digest() then fails */
};

struct capture_damage {
	size_t input;               /* index of the input */
	enum capture_reason reason; /* why */
	uint64_t offset;     /* where the record that cannot be read starts, bytes into the uncompressed capture */
	uint64_t raw_offset; /* how much of the file had been read when it was found, bytes of the file as it is */
	uint64_t lost_bytes; /* that were there but not read as packets: behind offset in a plain file; in a compressed
	                             * one uncompressed bytes as far as they could be had, plus compressed ones behind */
};

/** How far it is. For the progress bar and the coverage. */
struct capture_progress {
	uint64_t raw_bytes;   /* of the files as they are, read so far */
	uint64_t raw_total;   /* of all inputs; 0: not known, as one of them is a pipe */
	uint64_t packets;     /* delivered */
	uint64_t bytes;       /* captured bytes of them */
	uint64_t cut_packets; /* of them longer than CAPTURE_PACKET_MAX and cut */
	uint64_t dropped;     /* packets the capturing machine says it lost (pcapng interface statistics) */
};

struct capture;

/** Open every input. On success *ret_capture is owned by the caller. On failure it is untouched and, when reterr_input is
 * not NULL, *reterr_input is the index of the input that could not be opened, input_count when it is none of them.
 * Returns 0, -EINVAL (no or too many inputs, none or several ways given for one, standard input twice), -ENOMEM, -EISDIR or open()'s -errno. */
int capture_open(const struct capture_config *config, struct capture **ret_capture, size_t *reterr_input);

/** Free. NULL is a no-op. */
void capture_free(struct capture *capture);
void capture_freep(struct capture **capture);

/** The next packet. *ret_frame is borrowed until the next call. Times are clamped to 1970 .. 9999.
 * Returns 1; 0 when all inputs are at their end; -ENOMEM when a decompressor cannot be had: the capture is then over. */
int capture_next(struct capture *capture, struct frame *ret_frame);

/** Index of the input that gave the last frame. */
size_t capture_current(const struct capture *capture);

void capture_get_progress(const struct capture *capture, struct capture_progress *ret_progress);

/** Damages found so far, in the order they were found; valid until capture_free(). */
const struct capture_damage *capture_damages(const struct capture *capture, size_t *ret_count);

/** SHA-256 over an input's raw bytes. Returns 0, -EAGAIN before the input's end was reached, -ENODATA with no_digest. */
int capture_digest(const struct capture *capture, size_t input, struct digest *ret_digest);
