#include "run/config/problem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"

void problem_at(struct reader *r, const struct yaml_node *node, const char *format, ...)
{
	char message[512];
	va_list args;

	if (r->config->problems++ >= CONFIG_PROBLEMS_MAX || r->problems == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	for (char *c = message; (c = strchr(c, '\n')) != NULL;)
		*c = ' '; /* a line each */
	text_addf(r->problems, "%s:%u:%u: %s\n", r->path, node->line, node->column, message);
}

struct config_place reader_place(const struct reader *r, const struct yaml_node *node)
{
	return (struct config_place){ r->path, node->line, node->column };
}

const char *reader_text(struct reader *r, const struct yaml_node *node, const char *what)
{
	if (node->kind == YAML_SCALAR)
		return node->text;
	problem_at(r, node, "%s must be plain text", what);
	return NULL;
}

int reader_copy(struct reader *r, const struct yaml_node *node, const char *what, char *buf, size_t size)
{
	const char *text = reader_text(r, node, what);

	if (text == NULL)
		return 0;
	size_t n = strlen(text);
	if (n == 0)
		problem_at(r, node, "%s must not be empty", what);
	else if (n >= size)
		problem_at(r, node, "%s must be shorter than %zu bytes", what, size);
	else
		memcpy(buf, text, n + 1);
	return n > 0 && n < size;
}

int reader_number(struct reader *r, const struct yaml_node *node, const char *what, uint64_t least, uint64_t most,
                  uint64_t *ret_value)
{
	const char *text = reader_text(r, node, what);
	char *end;

	if (text == NULL)
		return 0;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || v < least || v > most) {
		problem_at(r, node, "%s must be a whole number from %llu to %llu, not '%.40s'", what,
		           (unsigned long long)least, (unsigned long long)most, text);
		return 0;
	}
	*ret_value = v;
	return 1;
}

int reader_path(struct reader *r, const struct yaml_node *node, const char *what, char buf[static CONFIG_PATH_MAX])
{
	const char *text = reader_text(r, node, what), *slash = strrchr(r->path, '/');

	if (text == NULL)
		return 0;
	int folder = text[0] == '/' || slash == NULL ? 0 : (int)(slash + 1 - r->path);
	int n = snprintf(buf, CONFIG_PATH_MAX, "%.*s%s", folder, r->path, text);
	if (text[0] == '\0' || n < 0 || n >= CONFIG_PATH_MAX) {
		problem_at(r, node, "%s is empty or too long", what);
		return 0;
	}
	return 1;
}

int reader_time(struct reader *r, const struct yaml_node *node, const char *what, int64_t *ret_time_us)
{
	const char *text = reader_text(r, node, what);
	int64_t day;

	if (text == NULL)
		return 0;
	if (utc_parse(text, ret_time_us) == 0)
		return 1;
	if (utc_day_parse(text, &day) == 0) {
		*ret_time_us = day * DAY_US;
		return 1;
	}
	problem_at(r, node, "%s must be a day or a time with its zone, as 2026-11-22 or 2026-11-22T08:00:00Z", what);
	return 0;
}

int reader_is_map(struct reader *r, const struct yaml_node *node, const char *what)
{
	if (node->kind == YAML_MAP)
		return 1;
	problem_at(r, node, "%s must be a map of keys and values", what);
	return 0;
}

int reader_is_list(struct reader *r, const struct yaml_node *node, const char *what)
{
	if (node->kind == YAML_LIST)
		return 1;
	problem_at(r, node, "%s must be a list", what);
	return 0;
}

/* Levenshtein distance, bounded by the short names of keys. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[64];
	size_t n = strlen(b);

	if (n >= 63 || strlen(a) >= 63)
		return 99;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (; *a != '\0'; a++) {
		unsigned diagonal = row[0]++;
		for (size_t j = 1; j <= n; j++) {
			unsigned up = row[j], best = diagonal + (*a != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = up;
			row[j] = best;
		}
	}
	return row[n];
}

static void unknown_key(struct reader *r, const struct yaml_node *key, const char *what, const struct reader_key *keys,
                        size_t count)
{
	const char *nearest = NULL;
	unsigned best = 4;

	for (size_t i = 0; i < count; i++)
		if (distance(key->text, keys[i].name) < best) {
			best = distance(key->text, keys[i].name);
			nearest = keys[i].name;
		}
	if (nearest != NULL)
		problem_at(r, key, "unknown key '%.60s' in %s; did you mean '%s'?", key->text, what, nearest);
	else
		problem_at(r, key, "unknown key '%.60s' in %s", key->text, what);
}

static int is_repeated(const struct yaml_node *map, size_t at)
{
	for (size_t i = 0; i < at; i += 2)
		if (strcmp(map->items[i]->text, map->items[at]->text) == 0)
			return 1;
	return 0;
}

int reader_map(struct reader *r, const struct yaml_node *node, const char *what, const struct reader_key *keys,
               size_t count, void *into)
{
	if (!reader_is_map(r, node, what))
		return 0;
	for (size_t i = 0; i + 1 < node->item_count; i += 2) {
		const struct yaml_node *key = node->items[i];
		size_t k = 0;
		while (k < count && strcmp(keys[k].name, key->text) != 0)
			k++;
		if (k == count) {
			unknown_key(r, key, what, keys, count);
			continue;
		}
		if (is_repeated(node, i)) {
			problem_at(r, key, "'%s' is given twice in %s", key->text, what);
			continue;
		}
		int err = keys[k].read(r, node->items[i + 1], into);
		if (err < 0)
			return err;
	}
	return 0;
}

static const struct yaml_node *value_of(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; map->kind == YAML_MAP && i + 1 < map->item_count; i += 2)
		if (distance(map->items[i]->text, key) <= 1)
			return map->items[i + 1];
	return NULL;
}

bool reader_has(const struct yaml_node *map, const char *key)
{
	return map->kind != YAML_MAP || value_of(map, key) != NULL;
}

bool reader_lists(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *value = value_of(map, key);

	return map->kind != YAML_MAP || (value != NULL && (value->kind != YAML_LIST || value->item_count > 0));
}

void *reader_grow(void **array, size_t *count, size_t size)
{
	if ((*count & (*count - 1)) == 0) {
		size_t room = *count == 0 ? 1 : *count * 2;
		void *grown = realloc(*array, room * size);
		if (grown == NULL)
			return NULL;
		*array = grown;
	}
	void *item = (char *)*array + (*count)++ * size;
	memset(item, 0, size);
	return item;
}
