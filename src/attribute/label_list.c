#include "attribute/label_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/lpm.h"

struct as_label {
	uint32_t number;
	uint8_t labels;
};

struct label_set {
	struct lpm_entry *prefixes; /* value: label bits; freed by sealing */
	size_t prefix_count, prefix_room;
	struct as_label *as;
	size_t as_count, as_room;
	struct lpm *by_address;
};

int label_set_new(struct label_set **ret_set)
{
	*ret_set = calloc(1, sizeof(**ret_set));
	return *ret_set != NULL ? 0 : -ENOMEM;
}

void label_set_free(struct label_set *set)
{
	if (set == NULL)
		return;
	lpm_free(set->by_address);
	free(set->prefixes);
	free(set->as);
	free(set);
}

void label_set_freep(struct label_set **set)
{
	label_set_free(*set);
}

/* Room for one more item, doubling. */
static int reserve(void **array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return 0;
	if (count >= LABEL_ENTRIES_MAX)
		return -E2BIG;
	size_t more = *room == 0 ? 1024 : *room * 2;
	void *grown = realloc(*array, more * size);
	if (grown == NULL)
		return -ENOMEM;
	*array = grown;
	*room = more;
	return 0;
}

static bool parse_as(const char *text, uint32_t *ret_number)
{
	char *end;

	if ((text[0] != 'A' && text[0] != 'a') || (text[1] != 'S' && text[1] != 's') || text[2] < '0' || text[2] > '9')
		return false;
	unsigned long v = strtoul(text + 2, &end, 10);
	if (*end != '\0' || v > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)v;
	return true;
}

/* As prefix_parse(), but what is behind the length is cut off. */
static bool parse_prefix(const char *text, struct prefix *ret_prefix)
{
	char address[ADDRESS_TEXT_MAX];
	const char *slash = strchr(text, '/');
	struct address a;

	int err = prefix_parse(text, ret_prefix);
	if (err != -ERANGE)
		return err == 0;
	size_t n = (size_t)(slash - text);
	check(n < sizeof(address));
	memcpy(address, text, n);
	address[n] = '\0';
	if (address_parse(address, &a) < 0)
		return false;
	unsigned len = (unsigned)strtoul(slash + 1, NULL, 10);
	*ret_prefix = prefix_of(&a, (uint8_t)(strchr(address, ':') == NULL ? len + 96 : len));
	return true;
}

static int add_entry(struct label_set *set, uint8_t labels, const char *text)
{
	uint32_t number;
	struct prefix p;
	int err;

	if (parse_as(text, &number)) {
		err = reserve((void **)&set->as, set->as_count, &set->as_room, sizeof(*set->as));
		if (err == 0)
			set->as[set->as_count++] = (struct as_label){ number, labels };
		return err;
	}
	if (!parse_prefix(text, &p))
		return -EINVAL;
	err = reserve((void **)&set->prefixes, set->prefix_count, &set->prefix_room, sizeof(*set->prefixes));
	if (err == 0)
		set->prefixes[set->prefix_count++] = (struct lpm_entry){ p, labels };
	return err;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The first word of a line without its comment, into word; *ret_column counts from 1. Returns its length. */
static size_t first_word(const char *line, size_t n, char word[static 64], uint32_t *ret_column)
{
	size_t start = 0, end;

	while (start < n && is_space(line[start]))
		start++;
	for (end = start; end < n && !is_space(line[end]) && line[end] != '#' && line[end] != ';'; end++)
		;
	*ret_column = (uint32_t)start + 1;
	size_t len = end - start < 63 ? end - start : 63;
	memcpy(word, line + start, len);
	word[len] = '\0';
	return len;
}

int label_set_add(struct label_set *set, enum label label, const char *data, size_t n, struct origin_source *ret_source,
                  struct label_error *reterr_error)
{
	struct origin_source source = { .kind = "list" };
	struct digest digest;
	char word[64];
	uint32_t line = 1, column;

	check(set->by_address == NULL);
	for (const char *p = data, *end = data + n; p < end; line++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((newline != NULL ? newline : end) - p);
		if (first_word(p, len, word, &column) > 0) {
			int err = add_entry(set, (uint8_t)(1u << label), word);
			if (err == -EINVAL) {
				*reterr_error = (struct label_error){ .line = line, .column = column };
				(void)snprintf(reterr_error->message, sizeof(reterr_error->message),
				               "not an address, a network or an AS number");
			}
			if (err < 0)
				return err;
			source.entries++;
		}
		p += len + 1;
	}
	(void)snprintf(source.label, sizeof(source.label), "%s", label_name(label));
	digest_sha256(data, n, &digest);
	digest_format(&digest, source.digest);
	*ret_source = source;
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	return prefix_compare(&((const struct lpm_entry *)a)->prefix, &((const struct lpm_entry *)b)->prefix);
}

static int compare_as(const void *va, const void *vb)
{
	const struct as_label *a = va, *b = vb;
	return (a->number > b->number) - (a->number < b->number);
}

int label_set_seal(struct label_set *set)
{
	size_t prefixes = 0, numbers = 0;

	if (set->prefix_count > 0)
		qsort(set->prefixes, set->prefix_count, sizeof(*set->prefixes), compare_entries);
	for (size_t i = 0; i < set->prefix_count; i++) {
		if (prefixes > 0 && compare_entries(&set->prefixes[prefixes - 1], &set->prefixes[i]) == 0)
			set->prefixes[prefixes - 1].value |= set->prefixes[i].value;
		else
			set->prefixes[prefixes++] = set->prefixes[i];
	}
	if (set->as_count > 0)
		qsort(set->as, set->as_count, sizeof(*set->as), compare_as);
	for (size_t i = 0; i < set->as_count; i++) {
		if (numbers > 0 && set->as[numbers - 1].number == set->as[i].number)
			set->as[numbers - 1].labels |= set->as[i].labels;
		else
			set->as[numbers++] = set->as[i];
	}
	set->as_count = numbers;
	int err = lpm_new(set->prefixes, prefixes, &set->by_address);
	free(set->prefixes);
	set->prefixes = NULL;
	set->prefix_count = set->prefix_room = 0;
	return err;
}

uint8_t label_set_find(const struct label_set *set, const struct address *a, uint32_t as_number)
{
	if (set == NULL)
		return 0;
	uint32_t value = lpm_find(set->by_address, a);
	if (value != LPM_NONE)
		return (uint8_t)value;
	if (as_number == 0 || set->as_count == 0)
		return 0;
	struct as_label key = { .number = as_number };
	const struct as_label *found = bsearch(&key, set->as, set->as_count, sizeof(key), compare_as);
	return found != NULL ? found->labels : 0;
}
