#include "model/estate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/text.h"

static const char external_name[] = "external";

static bool covers_all(const struct prefix *around, const struct asset *inner)
{
	for (size_t i = 0; i < inner->prefix_count; i++)
		if (inner->prefixes[i].len <= around->len || !prefix_covers(around, &inner->prefixes[i]))
			return false;
	return inner->prefix_count > 0;
}

/* Families are looked at apart: an asset with IPv4 and IPv6 prefixes has a parent when each family is enclosed. */
static bool encloses(const struct asset *around, const struct asset *inner, uint8_t *ret_len)
{
	uint8_t narrowest = 0;

	for (size_t i = 0; i < inner->prefix_count; i++) {
		struct asset one = { .prefixes = &inner->prefixes[i], .prefix_count = 1 };
		uint8_t best = 0;
		bool found = false;
		for (size_t j = 0; j < around->prefix_count; j++)
			if (covers_all(&around->prefixes[j], &one) && around->prefixes[j].len >= best) {
				best = around->prefixes[j].len;
				found = true;
			}
		if (!found)
			return false;
		narrowest = best > narrowest ? best : narrowest;
	}
	*ret_len = narrowest;
	return inner->prefix_count > 0;
}

static void set_parent(struct estate *e, size_t index)
{
	uint8_t best = 0, len;

	e->assets[index].parent = ASSET_NONE;
	for (size_t i = 0; i < e->asset_count; i++)
		if (i != index && encloses(&e->assets[i], &e->assets[index], &len) &&
		    (e->assets[index].parent == ASSET_NONE || len > best)) {
			e->assets[index].parent = (uint32_t)i;
			best = len;
		}
}

static int index_addresses(struct estate *e)
{
	size_t total = 0, n = 0;

	for (size_t i = 0; i < e->asset_count; i++)
		total += e->assets[i].prefix_count;
	CLEANUP(freep) struct lpm_entry *entries = calloc(total + 1, sizeof(*entries));
	if (entries == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < e->asset_count; i++)
		for (size_t j = 0; j < e->assets[i].prefix_count; j++)
			entries[n++] = (struct lpm_entry){ .prefix = e->assets[i].prefixes[j], .value = (uint32_t)i };
	return lpm_new(entries, n, &e->by_address);
}

int estate_seal(struct estate *estate)
{
	CLEANUP(text_fini) struct text canonical = { 0 };
	struct digest digest;

	check(estate->by_address == NULL);
	for (size_t i = 0; i < estate->asset_count; i++)
		set_parent(estate, i);
	int err = index_addresses(estate);
	if (err < 0)
		return err;
	estate_write_canonical(estate, &canonical);
	if (canonical.failed)
		return -ENOMEM;
	digest_sha256(canonical.data, canonical.len, &digest);
	digest_format(&digest, estate->digest);
	return 0;
}

void estate_fini(struct estate *estate)
{
	for (size_t i = 0; i < estate->asset_count; i++) {
		free(estate->assets[i].prefixes);
		free(estate->assets[i].ports);
		free(estate->assets[i].behind);
	}
	for (size_t i = 0; i < estate->group_count; i++)
		free(estate->groups[i].members);
	free(estate->assets);
	free(estate->groups);
	free(estate->registered);
	lpm_free(estate->by_address);
	*estate = (struct estate){ 0 };
}

struct asset_ref estate_find(const struct estate *estate, const struct address *a)
{
	struct asset_ref ref = { .index = lpm_find(estate->by_address, a) };

	if (ref.index != ASSET_NONE && estate->assets[ref.index].each_host)
		ref.host = *a;
	return ref;
}

bool estate_enclosing(const struct estate *estate, const struct asset_ref *ref, struct asset_ref *ret_around)
{
	const struct asset *asset = estate_asset(estate, ref);

	if (asset == NULL)
		return false;
	if (!address_is_none(&ref->host)) {
		*ret_around = (struct asset_ref){ .index = ref->index };
		return true;
	}
	if (asset->parent == ASSET_NONE)
		return false;
	*ret_around = (struct asset_ref){ .index = asset->parent };
	return true;
}

enum direction estate_direction(const struct estate *estate, const struct address *client, const struct address *server)
{
	bool from_us = lpm_find(estate->by_address, client) != LPM_NONE;
	bool to_us = lpm_find(estate->by_address, server) != LPM_NONE;

	if (to_us)
		return from_us ? DIRECTION_INTERNAL : DIRECTION_IN;
	return from_us ? DIRECTION_OUT : DIRECTION_APART;
}

char *asset_format(const struct estate *estate, const struct asset_ref *ref, char buf[static ASSET_TEXT_MAX])
{
	const struct asset *asset = estate_asset(estate, ref);
	const char *name = asset != NULL ? asset->name : external_name;
	char host[ADDRESS_TEXT_MAX];
	int n = address_is_none(&ref->host)
	                ? snprintf(buf, ASSET_TEXT_MAX, "%s", name)
	                : snprintf(buf, ASSET_TEXT_MAX, "%s/%s", name, address_format(&ref->host, host));

	check(n > 0 && n < ASSET_TEXT_MAX);
	return buf;
}

int asset_parse(const struct estate *estate, const char *text, struct asset_ref *ret_ref)
{
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	struct asset_ref ref = { .index = ASSET_NONE };

	if (slash != NULL && address_parse(slash + 1, &ref.host) < 0)
		return -EINVAL;
	for (size_t i = 0; i < estate->asset_count; i++)
		if (strlen(estate->assets[i].name) == n && memcmp(estate->assets[i].name, text, n) == 0)
			ref.index = (uint32_t)i;
	if (ref.index == ASSET_NONE && (n != sizeof(external_name) - 1 || memcmp(text, external_name, n) != 0))
		return -EINVAL;
	*ret_ref = ref;
	return 0;
}

const struct asset *estate_asset(const struct estate *estate, const struct asset_ref *ref)
{
	if (ref->index == ASSET_NONE)
		return NULL;
	check(ref->index < estate->asset_count);
	return &estate->assets[ref->index];
}

const struct register_entry *estate_registered(const struct estate *estate, const struct address *a, int64_t time_us)
{
	for (size_t i = 0; i < estate->registered_count; i++) {
		const struct register_entry *r = &estate->registered[i];
		if (prefix_contains(&r->prefix, a) && r->from_us <= time_us && time_us <= r->until_us)
			return r;
	}
	return NULL;
}
