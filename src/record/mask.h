/* mask.h - credentials out of packets before they are sealed: each byte becomes 'x', lengths stay.
 * Masked are: FTP and POP3 PASS; the initial response of SMTP, POP3 and IMAP AUTH and AUTHENTICATE, and the base64 lines that
 * follow on mail ports; IMAP LOGIN with its literals; HTTP Authorization and Proxy-Authorization. Not seen: a keyword split
 * between two segments, forms and cookies, what is inside tunnels or fragments not reassembled, other protocols. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One direction of one flow; zero to begin. */
struct mask {
	bool open; /* the line that begins the next packet belongs to a credential */
};

/** Mask n bytes of payload that went to a port, packets in order. Where a packet was cut inside a
 * credential, the beginning of the next one is taken for its rest. Returns true when something was masked. */
bool mask_credentials(struct mask *mask, uint16_t to_port, uint8_t *payload, size_t n);
