/* statement_diff.h - what changed between two statements, and which inputs explain it. */
#pragma once

#include <stddef.h>

#include "base/text.h"
#include "publish/sentences.h"

enum { STATEMENT_DIFF_BYTES_MAX = 16 << 20, STATEMENT_DIFF_ERROR_MAX = 192 };

struct statement_diff_error {
	int which;             /* 0: the first file, 1: the second */
	unsigned line, column; /* from 1; 0 where the JSON is sound but no statement: then text names the member */
	char text[STATEMENT_DIFF_ERROR_MAX];
};

struct statement_diff;

/** Compare two files made by statement_json(). Their bytes may be hostile. On success *ret_diff is owned by the caller
 * and keeps nothing of the files. Returns 0, -ENOMEM, -EFBIG (more than STATEMENT_DIFF_BYTES_MAX) or -EINVAL with
 * *reterr_error set. */
int statement_diff_new(const char *a, size_t a_size, const char *b, size_t b_size, struct statement_diff **ret_diff,
                       struct statement_diff_error *reterr_error);

void statement_diff_free(struct statement_diff *diff);
void statement_diff_freep(struct statement_diff **diff);

/** In words: figures that differ, inputs that differ, amendments between the two; and, where figures differ though no
 * input does, that nothing explains it. Escaped for a terminal. */
void statement_diff_text(const struct statement_diff *diff, const struct sentences *sentences, struct text *out);

/** The same for programs: one line of JSON, ASCII, sorted keys. Returns 0 or -ENOMEM. */
int statement_diff_json(const struct statement_diff *diff, struct text *out);
