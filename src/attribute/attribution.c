#include "attribute/attribution.h"

#include <string.h>

#include "base/check.h"

void attribution_fini(struct attribution *attribution)
{
	for (size_t i = 0; i < attribution->country_count; i++)
		database_free(attribution->country[i]);
	for (size_t i = 0; i < attribution->asn_count; i++)
		database_free(attribution->asn[i]);
	label_set_free(attribution->labels);
	*attribution = (struct attribution){ 0 };
}

/* Networks that no territory announces: RFC 1918, 6598, 3927, 1122, 4193, 4291. */
static bool is_private(const struct address *a)
{
	static const char *const texts[] = { "10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
		                             "169.254.0.0/16", "127.0.0.0/8",   "0.0.0.0/8",      "fc00::/7",
		                             "fe80::/10",      "::1/128" };
	struct prefix p;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		check(prefix_parse(texts[i], &p) == 0);
		if (prefix_contains(&p, a))
			return true;
	}
	return false;
}

static void set_zz(struct origin *o, enum zz_reason reason)
{
	memcpy(o->territory, "ZZ", 3);
	o->zz = (uint8_t)reason;
}

/* What the databases say together. */
static void set_territory(const struct attribution *t, const struct address *a, struct origin *o)
{
	char other[3];
	bool found = false;

	set_zz(o, t->country_count == 0 ? ZZ_NO_DATABASE : ZZ_NOT_IN_DATABASE);
	for (size_t i = 0; i < t->country_count; i++) {
		if (!database_territory(t->country[i], a, other))
			continue;
		if (!found) {
			memcpy(o->territory, other, 3);
			memcpy(o->database_territory, other, 3);
			o->zz = ZZ_STATED;
			found = true;
		} else if (memcmp(o->database_territory, other, 3) != 0) {
			set_zz(o, ZZ_DATABASE_DISAGREEMENT);
			return;
		}
	}
}

static void apply_labels(struct origin *o)
{
	if (o->labels & 1u << LABEL_TOR)
		set_zz(o, ZZ_TOR);
	else if (o->labels & 1u << LABEL_VPN)
		set_zz(o, ZZ_VPN);
	else if (o->labels & 1u << LABEL_CDN)
		set_zz(o, ZZ_CDN_ANYCAST);
}

void attribution_find(const struct attribution *t, const struct address *a, struct origin *ret_origin)
{
	struct origin o = { 0 };

	for (size_t i = 0; i < t->asn_count; i++)
		if (database_network(t->asn[i], a, &o.as_number, o.network))
			break;
	o.labels = label_set_find(t->labels, a, o.as_number);
	if (is_private(a)) {
		set_zz(&o, ZZ_PRIVATE);
	} else {
		set_territory(t, a, &o);
		apply_labels(&o);
	}
	*ret_origin = o;
}

/* Confirmed source groups by territory or reason, the largest of them. */
struct tally {
	const struct origin *origin;
	size_t count;
};

static bool same_origin(const struct origin *a, const struct origin *b)
{
	return a->zz == b->zz && memcmp(a->territory, b->territory, 2) == 0;
}

static struct tally largest_share(const struct attack *attack)
{
	struct tally tallies[26 * 26 + ZZ_COUNT];
	size_t n = 0, best = 0;

	for (size_t i = 0; i < attack->sources_kept; i++) {
		const struct origin *o = &attack->sources[i].origin;
		size_t t = 0;
		while (t < n && !same_origin(tallies[t].origin, o))
			t++;
		if (t == n)
			tallies[n++] = (struct tally){ .origin = o };
		tallies[t].count++;
		if (tallies[t].count > tallies[best].count)
			best = t;
	}
	check(n > 0 && n <= sizeof(tallies) / sizeof(tallies[0]));
	return tallies[best];
}

static size_t fill_sources(const struct attribution *t, struct attack *attack)
{
	size_t relayed = 0;

	for (size_t i = 0; i < attack->sources_kept; i++) {
		struct attack_source *s = &attack->sources[i];
		attribution_find(t, &s->group.address, &s->origin);
		if (s->origin.labels != 0 && s->path == PATH_CONFIRMED)
			s->path = PATH_PROXIED;
		relayed += s->path == PATH_PROXIED;
	}
	return relayed;
}

void attribution_fill(const struct attribution *t, const struct counting_rule *rule, struct attack *attack)
{
	if (attack->path == PATH_SPOOFABLE || attack->path == PATH_REFLECTOR || attack->sources_kept == 0) {
		set_zz(&attack->origin, attack->path == PATH_REFLECTOR ? ZZ_REFLECTOR : ZZ_SPOOFABLE);
		return;
	}
	size_t relayed = fill_sources(t, attack);
	if (attack->path == PATH_CONFIRMED && relayed * 2 > attack->sources_kept)
		attack->path = PATH_PROXIED;
	struct tally best = largest_share(attack);
	attack->origin = *best.origin;
	if (best.count * 100 < attack->sources_kept * rule->several_percent) {
		attack->origin = (struct origin){ 0 };
		set_zz(&attack->origin, ZZ_SEVERAL);
	} else if (attack->sources_kept > 1) {
		attack->origin.as_number = 0; /* one territory, but not one network */
		attack->origin.network[0] = '\0';
	}
}
