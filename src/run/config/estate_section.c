/* estate_section.c - "estate:" of the configuration: assets, groups, registers of own tests and research scanners. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "run/config/problem.h"

#define HOST_BITS  "has bits set behind its length; an address inside is a host, not a network"
#define NO_NETWORK "is not an address or a network as 192.0.2.0/24 or 2001:db8::/48"

static int name_is_good(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++) {
		char c = name[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
		      c == '_' || c == '.'))
			return 0;
	}
	return n > 0 && strcmp(name, "external") != 0;
}

/* Names become parts of keys and file names: letters, digits, '-', '_' and '.' only. */
static int read_name(struct reader *r, const struct yaml_node *node, const char *what, char buf[static ASSET_NAME_MAX])
{
	char name[ASSET_NAME_MAX];

	if (!reader_copy(r, node, what, name, sizeof(name)))
		return 0;
	if (!name_is_good(name)) {
		problem_at(r, node,
		           "%s may hold letters, digits, '-', '_' and '.' only, and 'external' is taken: '%.40s'", what,
		           name);
		return 0;
	}
	memcpy(buf, name, sizeof(name));
	return 1;
}

/* Printed text: no control characters, whoever prints it. */
static int read_title(struct reader *r, const struct yaml_node *node, const char *what, char buf[static ASSET_NAME_MAX])
{
	char title[ASSET_NAME_MAX];

	if (!reader_copy(r, node, what, title, sizeof(title)))
		return 0;
	for (const char *c = title; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			problem_at(r, node, "%s must not hold control characters", what);
			return 0;
		}
	memcpy(buf, title, sizeof(title));
	return 1;
}

static int read_prefix(struct reader *r, const struct yaml_node *node, struct prefix *ret_prefix)
{
	const char *text = reader_text(r, node, "a network");

	if (text == NULL)
		return 0;
	int err = prefix_parse(text, ret_prefix);
	if (err < 0)
		problem_at(r, node, "'%.60s' %s", text, err == -ERANGE ? HOST_BITS : NO_NETWORK);
	return err == 0;
}

static int read_prefixes(struct reader *r, const struct yaml_node *node, const char *what, struct prefix **prefixes,
                         size_t *count)
{
	if (!reader_is_list(r, node, what))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		struct prefix p;
		if (!read_prefix(r, node->items[i], &p))
			continue;
		struct prefix *slot = reader_grow((void **)prefixes, count, sizeof(p));
		if (slot == NULL)
			return -ENOMEM;
		*slot = p;
	}
	return 0;
}

static int asset_name(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)read_name(r, node, "an asset's name", ((struct asset *)into)->name);
	return 0;
}

static int asset_title(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)read_title(r, node, "a title", ((struct asset *)into)->title);
	return 0;
}

static int asset_owner(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)read_title(r, node, "an owner", ((struct asset *)into)->owner);
	return 0;
}

static int asset_class(struct reader *r, const struct yaml_node *node, void *into)
{
	const char *text = reader_text(r, node, "a class");
	int v = text != NULL ? target_class_parse(text) : -EINVAL;
	CLEANUP(text_fini) struct text known = { 0 };

	if (text == NULL)
		return 0;
	if (v >= 0) {
		((struct asset *)into)->target_class = (uint8_t)v;
		return 0;
	}
	for (int i = 0; i < TARGET_CLASS_COUNT; i++)
		text_addf(&known, "%s%s", i > 0 ? ", " : "", target_class_name(i));
	problem_at(r, node, "no such class '%.40s'; one of %s", text, text_get(&known));
	return 0;
}

static int asset_networks(struct reader *r, const struct yaml_node *node, void *into)
{
	struct asset *a = into;
	return read_prefixes(r, node, "'networks'", &a->prefixes, &a->prefix_count);
}

static int asset_hosts(struct reader *r, const struct yaml_node *node, void *into)
{
	struct asset *a = into;
	return read_prefixes(r, node, "'hosts'", &a->prefixes, &a->prefix_count);
}

static int asset_ports(struct reader *r, const struct yaml_node *node, void *into)
{
	struct asset *a = into;

	if (!reader_is_list(r, node, "'ports'"))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		uint64_t port;
		if (!reader_number(r, node->items[i], "a port", 1, 65535, &port))
			continue;
		uint16_t *slot = reader_grow((void **)&a->ports, &a->port_count, sizeof(*slot));
		if (slot == NULL)
			return -ENOMEM;
		*slot = (uint16_t)port;
	}
	return 0;
}

static int asset_ceilings(struct reader *r, const struct yaml_node *node, void *into)
{
	struct asset *a = into;

	if (!reader_is_map(r, node, "'ceilings'"))
		return 0;
	for (size_t i = 0; i + 1 < node->item_count; i += 2) {
		int v = vector_parse(node->items[i]->text);
		uint64_t ceiling;
		if (v < 0 || vector_group_of(v) == VECTOR_GROUP_NONE)
			problem_at(r, node->items[i],
			           "'%.40s' is not a flood vector such as tcp-syn, udp or http-flood",
			           node->items[i]->text);
		else if (reader_number(r, node->items[i + 1], "a ceiling (units in 30 seconds)", 1, UINT32_MAX,
		                       &ceiling))
			a->ceiling[v] = ceiling;
	}
	return 0;
}

static int asset_behind(struct reader *r, const struct yaml_node *node, void *into)
{
	struct asset *a = into;

	if (!reader_is_list(r, node, "'behind'"))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		char name[ASSET_NAME_MAX];
		if (!read_title(r, node->items[i], "the name of a proxy or CDN", name))
			continue;
		char *slot = reader_grow((void **)&a->behind, &a->behind_count, sizeof(a->behind[0]));
		if (slot == NULL)
			return -ENOMEM;
		memcpy(slot, name, sizeof(name));
	}
	return 0;
}

static int asset_each_host(struct reader *r, const struct yaml_node *node, void *into)
{
	const char *text = reader_text(r, node, "'each-host'");

	if (text == NULL)
		return 0;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		problem_at(r, node, "'each-host' is true or false, not '%.20s'", text);
	else
		((struct asset *)into)->each_host = text[0] == 't';
	return 0;
}

static const struct asset *find_asset(const struct estate *e, const char *name)
{
	for (size_t i = 0; i < e->asset_count; i++)
		if (strcmp(e->assets[i].name, name) == 0)
			return &e->assets[i];
	return NULL;
}

static void check_asset(struct reader *r, const struct yaml_node *node, struct asset *a)
{
	const struct estate *e = &r->config->estate;

	if (!reader_has(node, "name"))
		problem_at(r, node, "an asset needs a name");
	else if (a->name[0] != '\0' && find_asset(e, a->name) != a)
		problem_at(r, node, "there is an asset '%s' already", a->name);
	if (a->prefix_count == 0 && !reader_lists(node, "networks") && !reader_lists(node, "hosts"))
		problem_at(r, node, "asset '%s' has neither networks nor hosts", a->name);
	for (size_t i = 0; i + 1 < e->asset_count; i++)
		for (size_t j = 0; j < e->assets[i].prefix_count; j++)
			for (size_t k = 0; k < a->prefix_count; k++)
				if (prefix_compare(&e->assets[i].prefixes[j], &a->prefixes[k]) == 0) {
					char text[PREFIX_TEXT_MAX];
					problem_at(r, node, "assets '%s' and '%s' both hold %s", e->assets[i].name,
					           a->name, prefix_format(&a->prefixes[k], text));
				}
	if (a->title[0] == '\0')
		memcpy(a->title, a->name, sizeof(a->title));
}

static int read_assets(struct reader *r, const struct yaml_node *node, void *into)
{
	static const struct reader_key keys[] = { { "name", asset_name },         { "title", asset_title },
		                                  { "owner", asset_owner },       { "class", asset_class },
		                                  { "networks", asset_networks }, { "hosts", asset_hosts },
		                                  { "ports", asset_ports },       { "ceilings", asset_ceilings },
		                                  { "behind", asset_behind },     { "each-host", asset_each_host } };
	struct estate *e = into;

	if (!reader_is_list(r, node, "'assets'"))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		struct asset *a = reader_grow((void **)&e->assets, &e->asset_count, sizeof(*a));
		if (a == NULL)
			return -ENOMEM;
		int err = reader_map(r, node->items[i], "an asset", keys, sizeof(keys) / sizeof(keys[0]), a);
		if (err < 0)
			return err;
		check_asset(r, node->items[i], a);
	}
	return 0;
}

static int group_name(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)read_name(r, node, "a group's name", ((struct asset_group *)into)->name);
	return 0;
}

static int compare_members(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int group_assets(struct reader *r, const struct yaml_node *node, void *into)
{
	struct asset_group *g = into;
	const struct estate *e = &r->config->estate;

	if (!reader_is_list(r, node, "'assets' of a group"))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		const char *name = reader_text(r, node->items[i], "an asset's name");
		const struct asset *a = name != NULL ? find_asset(e, name) : NULL;
		if (name != NULL && a == NULL)
			problem_at(r, node->items[i], "no asset '%.60s' (assets come before groups)", name);
		if (a == NULL)
			continue;
		uint32_t *slot = reader_grow((void **)&g->members, &g->member_count, sizeof(*slot));
		if (slot == NULL)
			return -ENOMEM;
		*slot = (uint32_t)(a - e->assets);
	}
	if (g->member_count > 0)
		qsort(g->members, g->member_count, sizeof(*g->members), compare_members);
	return 0;
}

static int read_groups(struct reader *r, const struct yaml_node *node, void *into)
{
	static const struct reader_key keys[] = { { "name", group_name }, { "assets", group_assets } };
	struct estate *e = into;

	if (!reader_is_list(r, node, "'groups'"))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		struct asset_group *g = reader_grow((void **)&e->groups, &e->group_count, sizeof(*g));
		if (g == NULL)
			return -ENOMEM;
		int err = reader_map(r, node->items[i], "a group", keys, sizeof(keys) / sizeof(keys[0]), g);
		if (err < 0)
			return err;
		if (!reader_has(node->items[i], "name") || !reader_lists(node->items[i], "assets"))
			problem_at(r, node->items[i], "a group needs a name and at least one asset");
	}
	return 0;
}

/* One entry of a register while it is read: it may hold several networks. */
struct registration {
	struct register_entry entry;
	struct prefix *prefixes;
	size_t prefix_count;
};

static int registration_name(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)read_title(r, node, "a name", ((struct registration *)into)->entry.name);
	return 0;
}

static int registration_networks(struct reader *r, const struct yaml_node *node, void *into)
{
	struct registration *g = into;
	return read_prefixes(r, node, "'networks'", &g->prefixes, &g->prefix_count);
}

static int registration_from(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)reader_time(r, node, "'from'", &((struct registration *)into)->entry.from_us);
	return 0;
}

static int registration_until(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)reader_time(r, node, "'until'", &((struct registration *)into)->entry.until_us);
	return 0;
}

static int add_registration(struct reader *r, const struct yaml_node *node, const struct registration *g)
{
	struct estate *e = &r->config->estate;

	if (!reader_has(node, "name") || !reader_lists(node, "networks"))
		problem_at(r, node, "an entry of a register needs a name and networks");
	if (g->entry.status == STATUS_OWN_TEST && !reader_has(node, "until"))
		problem_at(r, node, "an own test needs 'until': an exception without an end becomes a hole");
	if (g->entry.until_us < g->entry.from_us)
		problem_at(r, node, "'until' is before 'from'");
	for (size_t i = 0; i < g->prefix_count; i++) {
		struct register_entry *slot = reader_grow((void **)&e->registered, &e->registered_count, sizeof(*slot));
		if (slot == NULL)
			return -ENOMEM;
		*slot = g->entry;
		slot->prefix = g->prefixes[i];
	}
	return 0;
}

static int read_register(struct reader *r, const struct yaml_node *node, enum attack_status status)
{
	static const struct reader_key keys[] = { { "name", registration_name },
		                                  { "networks", registration_networks },
		                                  { "from", registration_from },
		                                  { "until", registration_until } };

	if (!reader_is_list(r, node, "a register"))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		struct registration g = { .entry = { .from_us = INT64_MIN, .until_us = INT64_MAX, .status = status } };
		int err = reader_map(r, node->items[i], "a register", keys, sizeof(keys) / sizeof(keys[0]), &g);
		if (err == 0)
			err = add_registration(r, node->items[i], &g);
		free(g.prefixes);
		if (err < 0)
			return err;
	}
	return 0;
}

static int read_tests(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)into;
	return read_register(r, node, STATUS_OWN_TEST);
}

static int read_research(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)into;
	return read_register(r, node, STATUS_RESEARCH);
}

int read_estate(struct reader *r, const struct yaml_node *node, void *into)
{
	static const struct reader_key keys[] = { { "assets", read_assets },
		                                  { "groups", read_groups },
		                                  { "tests", read_tests },
		                                  { "research", read_research } };
	struct config *c = into;

	return reader_map(r, node, "'estate'", keys, sizeof(keys) / sizeof(keys[0]), &c->estate);
}

static int add_home(struct estate *e, const char *text)
{
	struct prefix p;
	int err = prefix_parse(text, &p);

	if (err < 0)
		return err;
	for (size_t i = 0; i < e->assets[0].prefix_count; i++)
		if (prefix_compare(&e->assets[0].prefixes[i], &p) == 0)
			return 0;
	struct prefix *slot = reader_grow((void **)&e->assets[0].prefixes, &e->assets[0].prefix_count, sizeof(p));
	if (slot == NULL)
		return -ENOMEM;
	*slot = p;
	return 0;
}

int config_home(struct config *config, const char *networks, struct text *problems)
{
	struct estate *e = &config->estate;
	struct asset *home = reader_grow((void **)&e->assets, &e->asset_count, sizeof(*home));
	CLEANUP(freep)
	char *list = strdup(networks != NULL ? networks : "192.168.0.0/16,10.0.0.0/8,172.16.0.0/12,fc00::/7,fe80::/10");
	char *save = NULL;
	bool bad = false;

	if (home == NULL || list == NULL)
		return -ENOMEM;
	(void)snprintf(home->name, sizeof(home->name), "home");
	(void)snprintf(home->title, sizeof(home->title), "home");
	home->each_host = true;
	for (char *one = strtok_r(list, ", ", &save); one != NULL; one = strtok_r(NULL, ", ", &save)) {
		int err = add_home(e, one);
		if (err == -ENOMEM)
			return err;
		if (err < 0)
			text_addf(problems, "--home: '%s' %s\n", one, err == -ERANGE ? HOST_BITS : NO_NETWORK);
		bad |= err < 0;
	}
	if (bad)
		return -EINVAL;
	if (home->prefix_count == 0) {
		text_add(problems, "--home: no network given\n");
		return -EINVAL;
	}
	return estate_seal(e);
}

void config_explain_overlaps(const struct config *config, struct text *out)
{
	const struct estate *e = &config->estate;
	char inner[PREFIX_TEXT_MAX], around[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < e->asset_count; i++)
		for (size_t j = 0; j < e->asset_count; j++)
			for (size_t k = 0; i != j && k < e->assets[i].prefix_count; k++)
				for (size_t l = 0; l < e->assets[j].prefix_count; l++) {
					const struct prefix *p = &e->assets[i].prefixes[k],
					                    *q = &e->assets[j].prefixes[l];
					if (prefix_compare(p, q) != 0 && prefix_covers(p, q))
						text_addf(
						        out,
						        "%s of '%s' lies inside %s of '%s': traffic to it belongs to '%s'\n",
						        prefix_format(q, inner), e->assets[j].name,
						        prefix_format(p, around), e->assets[i].name, e->assets[j].name);
				}
}
