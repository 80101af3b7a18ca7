/* config.h - redoubt.yaml and conf.d/ beside it: settings, the estate, geography. Parsed whole; every mistake is reported
 * in one run with file, line and column. The result is a snapshot nobody changes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "model/estate.h"
#include "model/origin.h"

enum { CONFIG_PATH_MAX = 4096, CONFIG_PROBLEMS_MAX = 100 };

/** Where in the configuration something was said. */
struct config_place {
	const char *file; /* NULL: nowhere. owned by the config */
	uint32_t line, column;
};

/** A label list: addresses, prefixes or AS numbers in a text file. */
struct config_list {
	uint8_t label; /* enum label */
	char name[SOURCE_NAME_MAX];
	char path[CONFIG_PATH_MAX];
	int64_t date_us;
	struct config_place at; /* of the path */
};

struct config_path {
	char path[CONFIG_PATH_MAX];
	struct config_place at;
};

struct config_paths {
	struct config_path *items; /* owned */
	size_t count;
};

struct config {
#define TEXT(field, key, value, help)                                                                                  \
	char field[CONFIG_PATH_MAX];                                                                                   \
	struct config_place field##_at;
#define NUMBER(field, key, value, least, most, unit, help) uint64_t field;
#include "run/config/settings.def"
#undef TEXT
#undef NUMBER
	struct estate estate;
	struct config_paths country; /* MMDB files; the first one is used, others may disagree */
	struct config_paths asn;
	struct config_list *lists; /* owned */
	size_t list_count;
	char **files; /* the names that places point to. owned */
	size_t file_count;
	size_t problems; /* how many were reported, over CONFIG_PROBLEMS_MAX only counted */
};

/** Defaults, an empty estate. */
void config_init(struct config *config);
void config_fini(struct config *config);

/** Read one file's text into config. Problems go to problems as "FILE:LINE:COLUMN: message" lines and are counted. Relative
 * paths are taken from the file's folder. Returns 0 or -ENOMEM; look at config->problems for mistakes. */
int config_add_text(struct config *config, const char *path, const char *data, size_t n, struct text *problems);

/** Read path and conf.d/ files (*.yaml, by name) beside it, then seal the estate. Returns 0, -EINVAL when there were problems, or
 * -errno when path cannot be read. With problems, what could be read stands in config, the estate unsealed. */
int config_load(struct config *config, const char *path, struct text *problems);

/** Without a configuration: each address of home networks counts by itself. networks is a comma-separated list, or NULL for
 * 192.168.0.0/16, 10.0.0.0/8, 172.16.0.0/12, fc00::/7 and fe80::/10. Seals the estate. Returns 0 or -EINVAL. */
int config_home(struct config *config, const char *networks, struct text *problems);

/** Say what overlaps in the estate and which asset wins, one line each. For `redoubt check`. */
void config_explain_overlaps(const struct config *config, struct text *out);
