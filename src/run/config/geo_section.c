/* geo_section.c - "geo:" of the configuration: databases and label lists, by path. They are opened by attribute/, not here. */
#include <errno.h>
#include <string.h>

#include "run/config/problem.h"

static int read_paths(struct reader *r, const struct yaml_node *node, const char *what, struct config_paths *paths)
{
	if (!reader_is_list(r, node, what))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		char path[CONFIG_PATH_MAX];
		if (!reader_path(r, node->items[i], "a database", path))
			continue;
		struct config_path *slot = reader_grow((void **)&paths->items, &paths->count, sizeof(*slot));
		if (slot == NULL)
			return -ENOMEM;
		memcpy(slot->path, path, sizeof(path));
		slot->at = reader_place(r, node->items[i]);
	}
	return 0;
}

int read_geo_country(struct reader *r, const struct yaml_node *node, void *into)
{
	return read_paths(r, node, "'country'", &((struct config *)into)->country);
}

int read_geo_asn(struct reader *r, const struct yaml_node *node, void *into)
{
	return read_paths(r, node, "'asn'", &((struct config *)into)->asn);
}

static int list_label(struct reader *r, const struct yaml_node *node, void *into)
{
	const char *text = reader_text(r, node, "a label");
	int v = text != NULL ? label_parse(text) : -EINVAL;

	if (v >= 0)
		((struct config_list *)into)->label = (uint8_t)v;
	else if (text != NULL)
		problem_at(r, node, "no such label '%.20s'; one of tor, vpn, hosting, cdn, cgn", text);
	return 0;
}

static int list_name(struct reader *r, const struct yaml_node *node, void *into)
{
	struct config_list *l = into;
	(void)reader_copy(r, node, "a list's name", l->name, sizeof(l->name));
	return 0;
}

static int list_file(struct reader *r, const struct yaml_node *node, void *into)
{
	struct config_list *l = into;
	if (reader_path(r, node, "a list's file", l->path))
		l->at = reader_place(r, node);
	return 0;
}

static int list_date(struct reader *r, const struct yaml_node *node, void *into)
{
	(void)reader_time(r, node, "a list's date", &((struct config_list *)into)->date_us);
	return 0;
}

int read_geo_lists(struct reader *r, const struct yaml_node *node, void *into)
{
	static const struct reader_key keys[] = {
		{ "label", list_label }, { "name", list_name }, { "file", list_file }, { "date", list_date }
	};
	struct config *c = into;

	if (!reader_is_list(r, node, "'lists'"))
		return 0;
	for (size_t i = 0; i < node->item_count; i++) {
		struct config_list *l = reader_grow((void **)&c->lists, &c->list_count, sizeof(*l));
		if (l == NULL)
			return -ENOMEM;
		l->label = LABEL_COUNT;
		int err = reader_map(r, node->items[i], "a list", keys, sizeof(keys) / sizeof(keys[0]), l);
		if (err < 0)
			return err;
		const struct yaml_node *item = node->items[i];
		if (!reader_has(item, "label") || !reader_has(item, "name") || !reader_has(item, "file"))
			problem_at(r, item, "a list needs a label, a name and a file");
	}
	return 0;
}
