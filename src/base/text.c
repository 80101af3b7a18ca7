#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void text_fini(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}

void text_reset(struct text *t)
{
	t->len = 0;
	t->failed = false;
	if (t->data != NULL)
		t->data[0] = '\0';
}

static bool text_reserve(struct text *t, size_t more)
{
	if (t->failed)
		return false;
	if (t->size - t->len > more)
		return true;
	size_t size = t->size < 64 ? 64 : t->size;
	while (size - t->len <= more)
		size *= 2;
	char *data = realloc(t->data, size);
	if (data == NULL) {
		t->failed = true;
		return false;
	}
	t->data = data;
	t->size = size;
	return true;
}

void text_add_bytes(struct text *t, const void *data, size_t n)
{
	if (!text_reserve(t, n))
		return;
	memcpy(t->data + t->len, data, n);
	t->len += n;
	t->data[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		t->failed = true;
	else if (text_reserve(t, (size_t)n)) {
		(void)vsnprintf(t->data + t->len, (size_t)n + 1, format, again);
		t->len += (size_t)n;
	}
	va_end(again);
}

const char *text_get(const struct text *t)
{
	return t->data != NULL ? t->data : "";
}

char *text_take(struct text *t)
{
	if (t->data == NULL && !t->failed)
		text_add_bytes(t, "", 0);
	if (t->failed) {
		text_fini(t);
		return NULL;
	}
	char *data = TAKE_PTR(t->data);
	*t = (struct text){ 0 };
	return data;
}
