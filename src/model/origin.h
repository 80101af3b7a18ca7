/* origin.h - where traffic was last seen leaving a network. Territory is not operator, operator is not sponsor: this type
 * holds the first only, and nothing converts it into the others. */
#pragma once

#include <stdint.h>

#include "base/address.h"
#include "model/words.h"

enum { ORIGIN_NETWORK_MAX = 64, ORIGIN_LIST_MAX = 48, SOURCE_NAME_MAX = 64 };

struct origin {
	char territory[3];                /* ISO 3166-1 alpha-2, or "ZZ" */
	uint8_t zz;                       /* enum zz_reason, ZZ_STATED where territory is stated */
	uint8_t labels;                   /* bit (1 << enum label) */
	uint32_t as_number;               /* 0: unknown */
	char network[ORIGIN_NETWORK_MAX]; /* name of the AS, UTF-8, "" unknown */
	char database_territory[3];       /* what the first database said, even where territory is ZZ; "" nothing */
};

/** One input of attribution, printed beside the figures: a database or a label list. */
struct origin_source {
	char kind[12]; /* "country", "asn", "list" */
	char name[SOURCE_NAME_MAX];
	char label[12];  /* of a list: "tor" ... */
	int64_t date_us; /* when its maker built it; 0 unknown */
	char digest[65];
	uint64_t entries;
};

/** attribute/ as others see it. */
struct origin_finder {
	/** Fill *ret_origin for a confirmed address at a time; never fails: without data it says ZZ and why. */
	void (*find)(const void *context, const struct address *a, int64_t time_us, struct origin *ret_origin);
	const void *context;
};
