/* yaml_tree.h - a YAML file as a tree of nodes that know their line and column.
 * Anchors and aliases are refused (a few lines of them can stand for gigabytes), as are files over YAML_BYTES_MAX and
 * trees over YAML_NODES_MAX or YAML_DEPTH_MAX. libyaml does the parsing. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { YAML_BYTES_MAX = 16 << 20, YAML_NODES_MAX = 1 << 20, YAML_DEPTH_MAX = 32 };

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	uint32_t line, column; /* of the node itself, from 1 */
	char *text;            /* scalar: the value, NUL-terminated, no NUL inside */
	/* list: items; map: key, value, key, value ... keys are scalars */
	struct yaml_node **items;
	size_t item_count;
};

struct yaml_place {
	uint32_t line, column;
	char message[160];
};

/** Parse data[0..n). On success *ret_root is owned by the caller (NULL for an empty document). On -EINVAL *reterr_place
 * says what is wrong and where. Returns 0, -EINVAL or -ENOMEM. */
int yaml_tree_parse(const char *data, size_t n, struct yaml_node **ret_root, struct yaml_place *reterr_place);

void yaml_tree_free(struct yaml_node *root);
void yaml_tree_freep(struct yaml_node **root);
