/* Goal: the longest prefix names the asset, parents are found per family, each-host assets count each address. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "model/estate.h"
#include "tap.h"

static void asset(struct asset *a, const char *name, size_t n, const char *const *prefixes)
{
	snprintf(a->name, sizeof(a->name), "%s", name);
	a->prefixes = calloc(n, sizeof(*a->prefixes));
	a->prefix_count = n;
	for (size_t i = 0; i < n; i++)
		if (prefix_parse(prefixes[i], &a->prefixes[i]) < 0)
			exit(99);
}

static struct address addr(const char *text)
{
	struct address a;
	if (address_parse(text, &a) < 0)
		exit(99);
	return a;
}

static bool finds(const struct estate *e, const char *address, const char *name)
{
	struct address a = addr(address);
	struct asset_ref ref = estate_find(e, &a), back;
	char buf[ASSET_TEXT_MAX];
	return strcmp(asset_format(e, &ref, buf), name) == 0 && asset_parse(e, buf, &back) == 0 &&
	       back.index == ref.index && address_equal(&back.host, &ref.host);
}

int main(void)
{
	CLEANUP(estate_fini) struct estate e = { .assets = calloc(3, sizeof(struct asset)), .asset_count = 3 };
	struct asset_ref ref, around;

	asset(&e.assets[0], "net", 2, (const char *const[]){ "192.0.2.0/24", "2001:db8:1::/48" });
	asset(&e.assets[1], "bank", 2, (const char *const[]){ "192.0.2.8/29", "2001:db8:1:1::/64" });
	asset(&e.assets[2], "clients", 1, (const char *const[]){ "198.51.100.0/24" });
	e.assets[2].each_host = true;
	ok(estate_seal(&e) == 0, "sealed");
	ok(e.assets[1].parent == 0 && e.assets[0].parent == ASSET_NONE && e.assets[2].parent == ASSET_NONE, "parents");
	ok(finds(&e, "192.0.2.8", "bank") && finds(&e, "192.0.2.7", "net"), "the longest prefix wins");
	ok(finds(&e, "2001:db8:1:1::9", "bank") && finds(&e, "2001:db8:1:2::9", "net"), "IPv6 too");
	ok(finds(&e, "198.51.100.4", "clients/198.51.100.4"), "an each-host asset names the host");
	ok(finds(&e, "203.0.113.1", "external"), "outside");
	ref = estate_find(&e, &(struct address){ .bytes = { [10] = 0xff, [11] = 0xff, 198, 51, 100, 4 } });
	ok(estate_enclosing(&e, &ref, &around) && around.index == 2 && address_is_none(&around.host),
	   "around a host of an each-host asset is the asset");
	ok(!estate_enclosing(&e, &around, &around), "around that is nothing");
	struct address in = addr("192.0.2.9"), in2 = addr("198.51.100.1"), out = addr("203.0.113.1"),
	               out2 = addr("203.0.113.2");
	ok(estate_direction(&e, &out, &in) == DIRECTION_IN && estate_direction(&e, &in, &out) == DIRECTION_OUT &&
	           estate_direction(&e, &in, &in2) == DIRECTION_INTERNAL &&
	           estate_direction(&e, &out, &out2) == DIRECTION_APART,
	   "four directions");
	ok(asset_parse(&e, "nobody", &ref) == -EINVAL, "an unknown name is refused");
	ok(strlen(e.digest) == 64, "the estate has a digest");

	CLEANUP(text_fini) struct text canonical = { 0 };
	CLEANUP(estate_fini) struct estate back = { 0 }, bad = { 0 };
	e.assets[1].target_class = TARGET_BANK;
	e.assets[1].ceiling[VECTOR_UDP] = 5000;
	estate_write_canonical(&e, &canonical);
	ok(estate_read_canonical(&back, text_get(&canonical), canonical.len) == 0 && back.asset_count == 3 &&
	           back.assets[1].ceiling[VECTOR_UDP] == 5000 && back.assets[1].parent == 0 && back.assets[2].each_host,
	   "canonical text reads back");
	ok(estate_read_canonical(&bad, text_get(&canonical), canonical.len - 1) == -EINVAL,
	   "a text cut short is refused");
	return done();
}
