/* publish_catalogue.h - the shipped sentences, for tests. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "publish/sentences.h"

/** The caller frees. NULL when etc/sentences.en cannot be read. */
static struct sentences *publish_catalogue(void)
{
	static char data[SENTENCES_BYTES_MAX];
	struct sentences *s = NULL;
	struct sentences_error e;
	char path[1024];

	snprintf(path, sizeof(path), "%s/etc/sentences.en", getenv("REDOUBT_SOURCE"));
	FILE *f = fopen(path, "rb");
	size_t n = f != NULL ? fread(data, 1, sizeof(data), f) : 0;
	if (f != NULL)
		fclose(f);
	if (sentences_parse(data, n, &s, &e) < 0)
		printf("# %s:%u:%u: %s\n", path, e.line, e.column, e.text);
	return s;
}
