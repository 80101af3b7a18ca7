/* record.h - TLS record headers (RFC 8446 5.1), across any cutting of the stream. Internal to proto/. */
#pragma once

#include "proto/reader.h"

enum { RECORD_CCS = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23, RECORD_HEADER = 5 };

enum record_step {
	RECORD_MORE,  /* all n bytes belong to an unfinished header */
	RECORD_BEGUN, /* a header is complete: type, length and left are set; *ret_used bytes of p were its last ones */
	RECORD_BODY,  /* *ret_used bytes of p are body, left says how much is still to come */
	RECORD_BAD,   /* this is no record: the side cannot be followed any more */
};

/** Take the next piece of n > 0 bytes. *ret_used is at least 1 except for RECORD_BAD. */
enum record_step record_next(struct record *r, const uint8_t *p, uint32_t n, uint32_t *ret_used);
