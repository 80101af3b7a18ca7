/* seen.h - which hosts and which ports a claimed source touched: exact up to SEEN_MAX of each, then "many". Internal. */
#pragma once

#include <stdint.h>

#include "base/address.h"

enum { SEEN_MAX = 64 };

struct seen {
	struct address *hosts; /* ascending, owned */
	uint16_t *ports;       /* ascending, owned */
	uint16_t host_count, host_size;
	uint16_t port_count, port_size;
};

/** Note a step; host :: or port 0 say nothing. Without memory it is not noted. */
void seen_add(struct seen *seen, const struct address *host, uint16_t port);
void seen_fini(struct seen *seen);
