/* estate_text.c - the estate as canonical text, and back: what its digest is of and what recount reads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "model/estate.h"

static const char head[] = "redoubt-estate/1\n";

static void write_asset(const struct asset *a, struct text *out)
{
	char prefix[PREFIX_TEXT_MAX];

	text_addf(out, "asset\t%s\t%s\t%s\t%s\t%s\n", a->name, a->title, a->owner, target_class_name(a->target_class),
	          a->each_host ? "each-host" : "whole");
	for (size_t i = 0; i < a->prefix_count; i++)
		text_addf(out, "network\t%s\t%s\n", a->name, prefix_format(&a->prefixes[i], prefix));
	for (size_t i = 0; i < a->port_count; i++)
		text_addf(out, "port\t%s\t%u\n", a->name, a->ports[i]);
	for (int v = 0; v < VECTOR_COUNT; v++)
		if (a->ceiling[v] != 0)
			text_addf(out, "ceiling\t%s\t%s\t%llu\n", a->name, vector_name(v),
			          (unsigned long long)a->ceiling[v]);
	for (size_t i = 0; i < a->behind_count; i++)
		text_addf(out, "behind\t%s\t%s\n", a->name, a->behind[i]);
}

void estate_write_canonical(const struct estate *estate, struct text *out)
{
	char prefix[PREFIX_TEXT_MAX];

	text_add(out, head);
	for (size_t i = 0; i < estate->asset_count; i++)
		write_asset(&estate->assets[i], out);
	for (size_t i = 0; i < estate->group_count; i++)
		for (size_t j = 0; j < estate->groups[i].member_count; j++)
			text_addf(out, "group\t%s\t%s\n", estate->groups[i].name,
			          estate->assets[estate->groups[i].members[j]].name);
	for (size_t i = 0; i < estate->registered_count; i++) {
		const struct register_entry *r = &estate->registered[i];
		text_addf(out, "registered\t%s\t%s\t%s\t%lld\t%lld\n", attack_status_name(r->status),
		          prefix_format(&r->prefix, prefix), r->name, (long long)r->from_us, (long long)r->until_us);
	}
}

enum { FIELDS_MAX = 6 };

/* Split a line at its tabs, in place. Returns the number of fields, 0 when there are too many. */
static int split(char *line, char *fields[static FIELDS_MAX])
{
	int n = 0;

	for (char *p = line; p != NULL;) {
		if (n == FIELDS_MAX)
			return 0;
		fields[n++] = p;
		p = strchr(p, '\t');
		if (p != NULL)
			*p++ = '\0';
	}
	return n;
}

static int copy_name(char *to, size_t size, const char *from)
{
	if (strlen(from) >= size)
		return -EINVAL;
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

static int parse_integer(const char *text, int64_t *ret_value)
{
	char *end;

	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (*text == '\0' || *end != '\0' || errno != 0)
		return -EINVAL;
	*ret_value = v;
	return 0;
}

/* One more zeroed item at the end of an array. */
static void *append(void **array, size_t *count, size_t size)
{
	char *grown = realloc(*array, (*count + 1) * size);

	if (grown == NULL)
		return NULL;
	*array = grown;
	memset(grown + *count * size, 0, size);
	return grown + (*count)++ * size;
}

static struct asset *find_asset(const struct estate *e, const char *name)
{
	for (size_t i = e->asset_count; i-- > 0;) /* facts follow their asset: nearly always the last one */
		if (strcmp(e->assets[i].name, name) == 0)
			return &e->assets[i];
	return NULL;
}

static int read_asset(struct estate *e, char *const *f)
{
	struct asset *a = append((void **)&e->assets, &e->asset_count, sizeof(*a));
	int class = target_class_parse(f[4]);

	if (a == NULL)
		return -ENOMEM;
	if (copy_name(a->name, sizeof(a->name), f[1]) < 0 || copy_name(a->title, sizeof(a->title), f[2]) < 0 ||
	    copy_name(a->owner, sizeof(a->owner), f[3]) < 0 || class < 0)
		return -EINVAL;
	a->target_class = (uint8_t) class;
	a->each_host = strcmp(f[5], "each-host") == 0;
	return 0;
}

static int read_network(struct estate *e, char *const *f)
{
	struct asset *a = find_asset(e, f[1]);
	struct prefix p;

	if (a == NULL || prefix_parse(f[2], &p) < 0)
		return -EINVAL;
	struct prefix *slot = append((void **)&a->prefixes, &a->prefix_count, sizeof(p));
	if (slot == NULL)
		return -ENOMEM;
	*slot = p;
	return 0;
}

static int read_port(struct estate *e, char *const *f)
{
	struct asset *a = find_asset(e, f[1]);
	int64_t port;

	if (a == NULL || parse_integer(f[2], &port) < 0 || port < 1 || port > 65535)
		return -EINVAL;
	uint16_t *slot = append((void **)&a->ports, &a->port_count, sizeof(*slot));
	if (slot == NULL)
		return -ENOMEM;
	*slot = (uint16_t)port;
	return 0;
}

static int read_ceiling(struct estate *e, char *const *f)
{
	struct asset *a = find_asset(e, f[1]);
	int vector = vector_parse(f[2]);
	int64_t ceiling;

	if (a == NULL || vector < 0 || parse_integer(f[3], &ceiling) < 0 || ceiling < 1)
		return -EINVAL;
	a->ceiling[vector] = (uint64_t)ceiling;
	return 0;
}

static int read_behind(struct estate *e, char *const *f)
{
	struct asset *a = find_asset(e, f[1]);

	if (a == NULL)
		return -EINVAL;
	char *slot = append((void **)&a->behind, &a->behind_count, sizeof(a->behind[0]));
	return slot == NULL ? -ENOMEM : copy_name(slot, sizeof(a->behind[0]), f[2]);
}

static int read_group(struct estate *e, char *const *f)
{
	const struct asset *a = find_asset(e, f[2]);
	struct asset_group *g = e->group_count > 0 ? &e->groups[e->group_count - 1] : NULL;

	if (a == NULL)
		return -EINVAL;
	if (g == NULL || strcmp(g->name, f[1]) != 0) {
		g = append((void **)&e->groups, &e->group_count, sizeof(*g));
		if (g == NULL)
			return -ENOMEM;
		if (copy_name(g->name, sizeof(g->name), f[1]) < 0)
			return -EINVAL;
	}
	uint32_t *slot = append((void **)&g->members, &g->member_count, sizeof(*slot));
	if (slot == NULL)
		return -ENOMEM;
	*slot = (uint32_t)(a - e->assets);
	return 0;
}

static int read_registered(struct estate *e, char *const *f)
{
	struct register_entry *r = append((void **)&e->registered, &e->registered_count, sizeof(*r));
	int status = attack_status_parse(f[1]);

	if (r == NULL)
		return -ENOMEM;
	if (status < 0 || prefix_parse(f[2], &r->prefix) < 0 || copy_name(r->name, sizeof(r->name), f[3]) < 0 ||
	    parse_integer(f[4], &r->from_us) < 0 || parse_integer(f[5], &r->until_us) < 0)
		return -EINVAL;
	r->status = (uint8_t)status;
	return 0;
}

static int read_line(struct estate *e, char *line)
{
	static const struct {
		const char *kind;
		int fields;
		int (*read)(struct estate *e, char *const *f);
	} kinds[] = { { "asset", 6, read_asset },          { "network", 3, read_network }, { "port", 3, read_port },
		      { "ceiling", 4, read_ceiling },      { "behind", 3, read_behind },   { "group", 3, read_group },
		      { "registered", 6, read_registered } };
	char *fields[FIELDS_MAX];
	int n = split(line, fields);

	for (size_t i = 0; n > 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(fields[0], kinds[i].kind) == 0)
			return n == kinds[i].fields ? kinds[i].read(e, fields) : -EINVAL;
	return -EINVAL;
}

int estate_read_canonical(struct estate *estate, const char *text, size_t n)
{
	CLEANUP(freep) char *copy = malloc(n + 1);
	CLEANUP(text_fini) struct text again = { 0 };
	size_t start = sizeof(head) - 1;
	int err = 0;

	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (n < start || memcmp(text, head, start) != 0 || memchr(text, '\0', n) != NULL || text[n - 1] != '\n')
		return -EINVAL;
	for (char *line = copy + start, *end; err == 0 && *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		err = read_line(estate, line);
	}
	if (err < 0)
		return err;
	estate_write_canonical(estate, &again);
	if (again.failed)
		return -ENOMEM;
	if (again.len != n || memcmp(again.data, text, n) != 0)
		return -EINVAL;
	return estate_seal(estate);
}
