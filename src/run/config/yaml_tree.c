#include "run/config/yaml_tree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/check.h"
#include "base/cleanup.h"

struct builder {
	yaml_parser_t parser;
	struct yaml_place *place;
	size_t nodes;
};

static int complain(struct builder *b, const yaml_mark_t *mark, const char *message)
{
	b->place->line = (uint32_t)mark->line + 1;
	b->place->column = (uint32_t)mark->column + 1;
	(void)snprintf(b->place->message, sizeof(b->place->message), "%s", message);
	return -EINVAL;
}

static int next_event(struct builder *b, yaml_event_t *event)
{
	if (yaml_parser_parse(&b->parser, event))
		return 0;
	if (b->parser.error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	return complain(b, &b->parser.problem_mark, b->parser.problem != NULL ? b->parser.problem : "not YAML");
}

void yaml_tree_free(struct yaml_node *root)
{
	if (root == NULL)
		return;
	for (size_t i = 0; i < root->item_count; i++)
		yaml_tree_free(root->items[i]);
	free(root->items);
	free(root->text);
	free(root);
}

void yaml_tree_freep(struct yaml_node **root)
{
	yaml_tree_free(*root);
}

static struct yaml_node *node_new(enum yaml_kind kind, const yaml_mark_t *mark)
{
	struct yaml_node *n = calloc(1, sizeof(*n));

	if (n != NULL) {
		n->kind = kind;
		n->line = (uint32_t)mark->line + 1;
		n->column = (uint32_t)mark->column + 1;
	}
	return n;
}

/* Takes the child even when it fails. */
static int node_push(struct yaml_node *parent, struct yaml_node *child)
{
	if ((parent->item_count & (parent->item_count - 1)) == 0) { /* grown at each power of two */
		size_t size = parent->item_count == 0 ? 1 : parent->item_count * 2;
		struct yaml_node **items = realloc(parent->items, size * sizeof(*items));
		if (items == NULL) {
			yaml_tree_free(child);
			return -ENOMEM;
		}
		parent->items = items;
	}
	parent->items[parent->item_count++] = child;
	return 0;
}

static int build(struct builder *b, const yaml_event_t *event, int depth, struct yaml_node **ret_node);

static int build_children(struct builder *b, yaml_event_type_t end, int depth, struct yaml_node *parent)
{
	for (;;) {
		yaml_event_t event;
		struct yaml_node *child = NULL;
		int err = next_event(b, &event);

		if (err < 0)
			return err;
		if (event.type == end) {
			yaml_event_delete(&event);
			return 0;
		}
		bool is_key = parent->kind == YAML_MAP && parent->item_count % 2 == 0;
		if (is_key && event.type != YAML_SCALAR_EVENT && event.type != YAML_ALIAS_EVENT)
			err = complain(b, &event.start_mark, "a key must be plain text");
		else
			err = build(b, &event, depth + 1, &child);
		yaml_event_delete(&event);
		if (err == 0)
			err = node_push(parent, child);
		if (err < 0)
			return err;
	}
}

static int build_scalar(struct builder *b, const yaml_event_t *event, struct yaml_node *node)
{
	size_t n = event->data.scalar.length;

	if (event->data.scalar.anchor != NULL)
		return complain(b, &event->start_mark, "anchors are not allowed here");
	if (memchr(event->data.scalar.value, '\0', n) != NULL)
		return complain(b, &event->start_mark, "a NUL character inside a value");
	node->text = strndup((const char *)event->data.scalar.value, n);
	return node->text != NULL ? 0 : -ENOMEM;
}

static int build(struct builder *b, const yaml_event_t *event, int depth, struct yaml_node **ret_node)
{
	static const enum yaml_kind kinds[] = { [YAML_SCALAR_EVENT] = YAML_SCALAR,
		                                [YAML_SEQUENCE_START_EVENT] = YAML_LIST,
		                                [YAML_MAPPING_START_EVENT] = YAML_MAP };
	int err;

	if (event->type == YAML_ALIAS_EVENT)
		return complain(b, &event->start_mark, "aliases are not allowed here");
	check(event->type == YAML_SCALAR_EVENT || event->type == YAML_SEQUENCE_START_EVENT ||
	      event->type == YAML_MAPPING_START_EVENT);
	if (depth > YAML_DEPTH_MAX)
		return complain(b, &event->start_mark, "nested too deeply");
	if (++b->nodes > YAML_NODES_MAX)
		return complain(b, &event->start_mark, "too many values");
	CLEANUP(yaml_tree_freep) struct yaml_node *node = node_new(kinds[event->type], &event->start_mark);
	if (node == NULL)
		return -ENOMEM;
	if (event->type == YAML_SCALAR_EVENT)
		err = build_scalar(b, event, node);
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		err = build_children(b, YAML_SEQUENCE_END_EVENT, depth, node);
	else
		err = build_children(b, YAML_MAPPING_END_EVENT, depth, node);
	if (err == 0)
		*ret_node = TAKE_PTR(node);
	return err;
}

/* Stream start, document start, the root, document end; a second document is an error. */
static int build_document(struct builder *b, struct yaml_node **ret_root)
{
	CLEANUP(yaml_tree_freep) struct yaml_node *root = NULL;

	for (;;) {
		yaml_event_t event;
		int err = next_event(b, &event);
		if (err < 0)
			return err;
		yaml_event_type_t type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT && root != NULL)
			err = complain(b, &event.start_mark, "a second document in the same file");
		else if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
		         type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT)
			err = build(b, &event, 0, &root);
		yaml_event_delete(&event);
		if (err < 0)
			return err;
		if (type == YAML_STREAM_END_EVENT)
			break;
	}
	*ret_root = TAKE_PTR(root);
	return 0;
}

int yaml_tree_parse(const char *data, size_t n, struct yaml_node **ret_root, struct yaml_place *reterr_place)
{
	struct builder b = { .place = reterr_place };
	static const yaml_mark_t start;

	if (n > YAML_BYTES_MAX)
		return complain(&b, &start, "the file is larger than 16 MiB");
	if (!yaml_parser_initialize(&b.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)data, n);
	int err = build_document(&b, ret_root);
	yaml_parser_delete(&b.parser);
	return err;
}
