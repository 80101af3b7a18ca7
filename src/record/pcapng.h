/* pcapng.h - a pcapng section (draft-ietf-opsawg-pcapng) written block by block into text, little-endian, times in
 * microseconds. The same calls give the same bytes: no time, host or version of the writer is in it. */
#pragma once

#include <stdint.h>

#include "base/text.h"

/** Section header. */
void pcapng_add_section(struct text *out);

/** Interface description; interfaces number themselves from 0 in this order. link: LINKTYPE number. */
void pcapng_add_interface(struct text *out, uint16_t link, uint32_t snap_len);

/** Enhanced packet with a comment. */
void pcapng_add_packet(struct text *out, uint32_t interface, int64_t time_us, const uint8_t *data, uint32_t len,
                       uint32_t wire_len, const char *comment);
