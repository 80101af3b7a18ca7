/* Goal: a territory is stated only where the path was confirmed, one database set agrees, and no relay hides it.
 * The databases are made by tools/mkmmdb.py; the test skips what needs them where they are not given. */
#include <stdlib.h>
#include <string.h>

#include "attribute/attribution.h"
#include "base/cleanup.h"
#include "tap.h"

static struct address addr(const char *text)
{
	struct address a;
	if (address_parse(text, &a) < 0)
		exit(99);
	return a;
}

static struct origin origin_of(const struct attribution *t, const char *text)
{
	struct origin o;
	struct address a = addr(text);
	attribution_find(t, &a, &o);
	return o;
}

static bool is_zz(struct origin o, enum zz_reason reason)
{
	return strcmp(o.territory, "ZZ") == 0 && o.zz == reason;
}

static bool is_in(struct origin o, const char *territory)
{
	return strcmp(o.territory, territory) == 0 && o.zz == ZZ_STATED;
}

static struct attack attack_from(enum path_status path, const char *const *sources, size_t n)
{
	struct attack a = { .path = (uint8_t)path, .sources = calloc(n + 1, sizeof(*a.sources)), .sources_kept = n };

	for (size_t i = 0; i < n; i++) {
		struct address s = addr(sources[i]);
		a.sources[i] = (struct attack_source){ .group = prefix_of(&s, 128), .path = (uint8_t)path };
	}
	return a;
}

static void without_databases(const struct counting_rule *rule)
{
	struct attribution none = { 0 };
	struct attack a = attack_from(PATH_CONFIRMED, (const char *const[]){ "203.0.113.9" }, 1);

	ok(is_zz(origin_of(&none, "203.0.113.9"), ZZ_NO_DATABASE), "without a database no territory, and it says so");
	ok(is_zz(origin_of(&none, "10.1.2.3"), ZZ_PRIVATE) && is_zz(origin_of(&none, "fe80::1"), ZZ_PRIVATE),
	   "private");
	attribution_fill(&none, rule, &a);
	ok(is_zz(a.origin, ZZ_NO_DATABASE) && a.path == PATH_CONFIRMED, "an attack without databases");
	attack_fini(&a);
	a = attack_from(PATH_SPOOFABLE, NULL, 0);
	attribution_fill(&none, rule, &a);
	ok(is_zz(a.origin, ZZ_SPOOFABLE), "forgeable: never a territory");
	attack_fini(&a);
	a = attack_from(PATH_REFLECTOR, NULL, 0);
	attribution_fill(&none, rule, &a);
	ok(is_zz(a.origin, ZZ_REFLECTOR), "reflectors: never a territory");
	attack_fini(&a);
}

static void with_databases(const char *folder, const struct counting_rule *rule)
{
	CLEANUP(attribution_fini) struct attribution t = { 0 };
	char path[512];
	struct origin_source source;
	struct label_error error;
	static const char vpn[] = "198.51.100.200\n", hosting[] = "203.0.113.64/26\n", tor[] = "203.0.113.200\n";

	(void)snprintf(path, sizeof(path), "%s/country.mmdb", folder);
	if (database_open(path, DATABASE_COUNTRY, &t.country[t.country_count++]) < 0)
		exit(99);
	(void)snprintf(path, sizeof(path), "%s/asn.mmdb", folder);
	if (database_open(path, DATABASE_ASN, &t.asn[t.asn_count++]) < 0)
		exit(99);
	if (label_set_new(&t.labels) < 0 || label_set_add(t.labels, LABEL_VPN, vpn, strlen(vpn), &source, &error) < 0 ||
	    label_set_add(t.labels, LABEL_HOSTING, hosting, strlen(hosting), &source, &error) < 0 ||
	    label_set_add(t.labels, LABEL_TOR, tor, strlen(tor), &source, &error) < 0 || label_set_seal(t.labels) < 0)
		exit(99);

	struct origin o = origin_of(&t, "198.51.100.1");
	ok(is_in(o, "DE") && o.as_number == 64501 && strcmp(o.network, "Example Net DE") == 0, "territory and network");
	ok(is_in(origin_of(&t, "2001:db8:1::1"), "GB"), "IPv6");
	ok(is_zz(origin_of(&t, "192.0.2.1"), ZZ_NOT_IN_DATABASE), "not in the database");
	o = origin_of(&t, "198.51.100.200");
	ok(is_zz(o, ZZ_VPN) && strcmp(o.database_territory, "DE") == 0, "behind a VPN: ZZ, the database's word kept");
	ok(is_zz(origin_of(&t, "203.0.113.200"), ZZ_TOR), "a Tor exit");
	ok(is_in(origin_of(&t, "203.0.113.70"), "US"), "hosting keeps its territory");

	struct attack a = attack_from(PATH_CONFIRMED, (const char *const[]){ "203.0.113.70" }, 1);
	attribution_fill(&t, rule, &a);
	ok(is_in(a.origin, "US") && a.path == PATH_PROXIED, "a hosted source is proxied");
	attack_fini(&a);
	static const char *const four_of_five[] = { "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4",
		                                    "203.0.113.1" };
	a = attack_from(PATH_CONFIRMED, four_of_five, 5);
	attribution_fill(&t, rule, &a);
	ok(is_in(a.origin, "DE") && a.path == PATH_CONFIRMED, "80 percent of the source groups state a territory");
	attack_fini(&a);
	a = attack_from(PATH_CONFIRMED, four_of_five + 1, 4);
	attribution_fill(&t, rule, &a);
	ok(is_zz(a.origin, ZZ_SEVERAL), "75 percent do not");
	attack_fini(&a);

	(void)snprintf(path, sizeof(path), "%s/other.mmdb", folder);
	if (database_open(path, DATABASE_COUNTRY, &t.country[t.country_count++]) < 0)
		exit(99);
	ok(is_zz(origin_of(&t, "198.51.100.1"), ZZ_DATABASE_DISAGREEMENT), "two databases disagree");
	ok(is_in(origin_of(&t, "203.0.113.1"), "US"), "two databases agree");
}

int main(void)
{
	struct counting_rule rule = { .several_percent = 80 };
	const char *folder = getenv("REDOUBT_TEST_MMDB");
	struct database *d = NULL;

	without_databases(&rule);
	ok(database_open("/dev/null", DATABASE_COUNTRY, &d) < 0 && d == NULL, "an empty file is no database");
	if (folder == NULL)
		ok(1, "databases # SKIP REDOUBT_TEST_MMDB is not set");
	else
		with_databases(folder, &rule);
	return done();
}
