/* problem.h - mistakes in a configuration, collected with their place. */
#pragma once

#include <stdbool.h>

#include "run/config/config.h"
#include "run/config/yaml_tree.h"

struct reader {
	struct config *config;
	const char *path;      /* of the file being read, for messages; lives as long as config */
	struct text *problems; /* may be NULL */
};

/** One line "FILE:LINE:COLUMN: message"; counted, and kept while fewer than CONFIG_PROBLEMS_MAX. */
__attribute__((format(printf, 3, 4))) void problem_at(struct reader *r, const struct yaml_node *node,
                                                      const char *format, ...);

/** Where node stands, for problems that only show when a file it names is opened. */
struct config_place reader_place(const struct reader *r, const struct yaml_node *node);

/** The scalar's text, or NULL after a problem. */
const char *reader_text(struct reader *r, const struct yaml_node *node, const char *what);

/** Copy the scalar into buf. False after a problem: not text, empty, too long. */
int reader_copy(struct reader *r, const struct yaml_node *node, const char *what, char *buf, size_t size);

/** A whole number within least and most. False after a problem. */
int reader_number(struct reader *r, const struct yaml_node *node, const char *what, uint64_t least, uint64_t most,
                  uint64_t *ret_value);

/** A path, relative ones taken from the file's folder. */
int reader_path(struct reader *r, const struct yaml_node *node, const char *what, char buf[static CONFIG_PATH_MAX]);

/** A time "2026-11-22T00:00:00Z" or a day "2026-11-22". */
int reader_time(struct reader *r, const struct yaml_node *node, const char *what, int64_t *ret_time_us);

/** True when node is a map, or a list; else a problem. */
int reader_is_map(struct reader *r, const struct yaml_node *node, const char *what);
int reader_is_list(struct reader *r, const struct yaml_node *node, const char *what);

/** Read a map through a table of keys. An unknown or repeated key is a problem that names the nearest known one. */
struct reader_key {
	const char *name;
	int (*read)(struct reader *r, const struct yaml_node *value, void *into); /* 0 or -ENOMEM */
};
int reader_map(struct reader *r, const struct yaml_node *node, const char *what, const struct reader_key *keys,
               size_t count, void *into);

/** Whether the map has the key (or one a letter away, which was already reported as unknown), so that a value that was bad is
 * not called missing too. reader_lists() also wants something in the list. */
bool reader_has(const struct yaml_node *map, const char *key);
bool reader_lists(const struct yaml_node *map, const char *key);

/** The sections that have rooms of their own: estate_section.c, geo_section.c. */
int read_estate(struct reader *r, const struct yaml_node *node, void *into);
int read_geo_country(struct reader *r, const struct yaml_node *node, void *into);
int read_geo_asn(struct reader *r, const struct yaml_node *node, void *into);
int read_geo_lists(struct reader *r, const struct yaml_node *node, void *into);

/** Grow an array of count items of size bytes by one zeroed item, doubling. Returns the item or NULL. */
void *reader_grow(void **array, size_t *count, size_t size);
