/* defrag.h - reassembly of IPv4 and IPv6 fragments, bounded in datagrams, bytes and time. One thread owns a table.
 *
 * Policy
 * - Key: source, destination, identification and, for IPv4, protocol.
 * - IPv4 overlap: the data that came first win; ODD_FRAGMENT_OVERLAP is set on the packet that overlapped and on the whole.
 *   A fragment that contradicts the known end of the datagram adds no data and counts as an overlap.
 * - IPv6 overlap: the datagram is given up, with all that is still to come of it (RFC 5722).
 * - A repetition (all its bytes came before and are equal) is no overlap: it is counted and otherwise ignored, in both families.
 * - An IPv6 atomic fragment (RFC 6946) is a whole packet and never comes here.
 * - Fragments that reach behind 65,535 bytes, or are not the last and no multiple of 8 bytes, or empty: counted, no data.
 * - A datagram not whole DEFRAG_TIMEOUT_US after its first fragment is lost. Table or memory full: the oldest one is lost.
 * - A fragment captured shorter than it was on the wire counts as received; the whole then ends before the first gap.
 *
 * A lost datagram is reported as FLOW_EVENT_UNANSWERED, vector fragment, answer none: packets are its fragments, bytes their IP
 * lengths, time_us its first fragment, seen_us its deadline or the time it was evicted; ports are 0 unless a first fragment
 * with TCP, UDP or SCTP ports came. sequence has its highest bit set, so that it never equals one of flow/. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "model/flow_event.h"
#include "model/packet.h"

#define DEFRAG_TIMEOUT_US (8 * INT64_C(1000000))

enum { DEFRAG_PAGE = 2048, DEFRAG_PAGES_MIN = 33 };

struct defrag_config {
	uint32_t datagrams;          /* being reassembled at once, at least 1 */
	uint32_t pages;              /* of DEFRAG_PAGE bytes shared by them, at least DEFRAG_PAGES_MIN */
	struct siphash_key key;      /* of the table; no result depends on it */
	struct flow_event_sink lost; /* required */
};

struct defrag_stats {
	uint64_t fragments; /* fed */
	uint64_t whole;     /* datagrams completed */
	uint64_t expired;   /* lost by time */
	uint64_t evicted;   /* lost because the table or its memory was full */
	uint64_t cut;       /* lost by the end of the input */
	uint64_t overlaps;  /* fragments that overlapped */
	uint64_t repeated;  /* repetitions */
	uint64_t refused;   /* fragments without usable data: too far, wrong length, empty, of a datagram given up */
};

enum defrag_verdict {
	DEFRAG_PASS = 0, /* no fragment: untouched */
	DEFRAG_HELD,     /* kept or refused: the packet ends here. Only its odd may have changed */
	DEFRAG_WHOLE, /* *packet is now the datagram, decoded to its innermost packet; it borrows the table's memory until the
	                  * next call. frame stays that of the last fragment; odd is that fragment's and what the datagram adds */
};

struct defrag;

/** All memory is taken here. On success *ret_defrag is owned by the caller. Returns 0, -EINVAL or -ENOMEM. */
int defrag_new(const struct defrag_config *config, struct defrag **ret_defrag);
void defrag_free(struct defrag *d);
void defrag_freep(struct defrag **d);

/** Feed a decoded packet. Time is the packet's, or the newest seen where that is later; what expired by then is reported first. */
enum defrag_verdict defrag_feed(struct defrag *d, struct packet *packet);

/** Report what expires at or before now_us. */
void defrag_advance(struct defrag *d, int64_t now_us);

/** End of input: report all that is left as cut, seen at the newest time known. The table is empty afterwards. */
void defrag_finish(struct defrag *d);

const struct defrag_stats *defrag_get_stats(const struct defrag *d);

/** Bytes a table of this configuration takes. */
size_t defrag_memory(const struct defrag_config *config);
