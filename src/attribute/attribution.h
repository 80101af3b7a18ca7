/* attribution.h - databases and label lists together: the origin of an address, and of an attack.
 * Says where traffic was last seen leaving a network and how far that can be believed; nothing about who sent it. */
#pragma once

#include "attribute/database.h"
#include "attribute/label_list.h"
#include "model/attack.h"
#include "model/rule.h"

enum { ATTRIBUTION_DATABASES_MAX = 8 };

struct attribution {
	struct database *country[ATTRIBUTION_DATABASES_MAX]; /* owned; [0] is used, the others may disagree */
	size_t country_count;
	struct database *asn[ATTRIBUTION_DATABASES_MAX]; /* owned; the first that knows wins */
	size_t asn_count;
	struct label_set *labels; /* owned; may be NULL */
};

/** Release the databases and lists. Safe on a zeroed one. */
void attribution_fini(struct attribution *attribution);

/** Origin of one address whose path was confirmed. Never fails; what is not known is ZZ with its reason (design 2). */
void attribution_find(const struct attribution *attribution, const struct address *a, struct origin *ret_origin);

/** Fill sources[].origin and .path, origin and path of a closed attack. Spoofable and reflector attacks are ZZ with that reason;
 * otherwise a territory is stated when it holds rule->several_percent of the confirmed source groups. The path becomes proxied
 * where more than half of the source groups carry a relay label. */
void attribution_fill(const struct attribution *attribution, const struct counting_rule *rule, struct attack *attack);
