/* field.h - the structs the ledger keeps, described field by field (fields.def), so that rows, checks and comparisons are
 * loops instead of pages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum field_kind {
	FIELD_TEXT,
	FIELD_WORD,
	FIELD_WORDS,
	FIELD_FLAG,
	FIELD_UINT,
	FIELD_TIME,
	FIELD_REAL,
	FIELD_ADDRESS,
};

struct field {
	const char *column;
	enum field_kind kind;
	size_t offset, size;        /* of the member */
	uint64_t max;               /* FIELD_UINT: largest value; FIELD_WORD, FIELD_WORDS: number of words */
	const char *(*name)(int v); /* FIELD_WORD, FIELD_WORDS */
	int (*parse)(const char *text);
};

/** All fields of one struct. */
struct fields {
	const struct field *field;
	size_t count;
};

extern const struct fields fields_attack, fields_record, fields_now, fields_source, fields_run, fields_input,
        fields_coverage, fields_sealed, fields_amendment, fields_day_total;

enum { FIELD_WORDS_TEXT_MAX = 512 };

/** Value of a FIELD_WORD, FIELD_WORDS, FIELD_FLAG or FIELD_UINT in the struct at base, and the way back. */
uint64_t field_uint(const struct field *f, const void *base);
void field_set_uint(const struct field *f, void *base, uint64_t value);

/** Words of a FIELD_WORDS, joined by blanks, "" for none. Returns buf. */
char *field_words(const struct field *f, const void *base, char buf[static FIELD_WORDS_TEXT_MAX]);

/** The inverse: sets the bits. Returns 0 or -EINVAL. */
int field_set_words(const struct field *f, void *base, const char *text);

/** True when every value lies in its field's range and every text ends. */
bool fields_valid(const struct fields *fields, const void *base);

/** True when both structs hold the same value. */
bool field_equal(const struct field *f, const void *a, const void *b);

/** Order of two structs by their fields, first field first. Words by their number. */
int fields_compare(const struct fields *fields, const void *a, const void *b);

/** Print one value for people. */
void field_format(const struct field *f, const void *base, struct text *out);
