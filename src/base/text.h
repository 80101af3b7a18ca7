/* text.h - a growing string, NUL-terminated. Running out of memory is remembered, so that a writer checks once at the end. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data; /* owned, NUL-terminated; NULL while empty */
	size_t len; /* bytes without the NUL */
	size_t size;
	bool failed; /* an allocation failed: data is incomplete */
};

void text_fini(struct text *t);

/** Forget the content, keep the memory. */
void text_reset(struct text *t);

/** Append n bytes as they are. */
void text_add_bytes(struct text *t, const void *data, size_t n);
void text_add(struct text *t, const char *s);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *t, const char *format, ...);

/** The content, "" while empty. Valid until the next change. */
const char *text_get(const struct text *t);

/** Move the content out; the caller frees it. NULL if an allocation failed. */
char *text_take(struct text *t);
