/* label_list.h - text files that say what an address is: Tor exit, VPN, hosting, CDN, CGN.
 * One entry a line: an address, a prefix, or an AS number as AS64500; '#' starts a comment. Host bits behind a prefix are
 * cut off, as list makers leave them in. Files are somebody else's: a bad line fails the load and is named. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/origin.h"

enum { LABEL_ENTRIES_MAX = 8 << 20 };

struct label_set; /* all lists together, read-only once sealed */

struct label_error {
	uint32_t line; /* from 1 */
	uint32_t column;
	char message[120];
};

/** Returns 0 or -ENOMEM. */
int label_set_new(struct label_set **ret_set);
void label_set_free(struct label_set *set);
void label_set_freep(struct label_set **set);

/** Add one list. Returns 0, -ENOMEM, -E2BIG (over LABEL_ENTRIES_MAX), or -EINVAL with *reterr_error filled. On success
 * *ret_source says what was read (kind, label, entries, digest; name and date are the caller's). */
int label_set_add(struct label_set *set, enum label label, const char *data, size_t n, struct origin_source *ret_source,
                  struct label_error *reterr_error);

/** Make it searchable. Call once, after the last add. Returns 0 or -ENOMEM. */
int label_set_seal(struct label_set *set);

/** Labels of the longest prefix that holds a; equal prefixes of several lists add up. Where no prefix holds it, the labels of
 * its AS number (0: unknown). Bits (1 << enum label). A NULL set knows nothing. */
uint8_t label_set_find(const struct label_set *set, const struct address *a, uint32_t as_number);
