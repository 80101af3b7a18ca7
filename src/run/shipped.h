/* shipped.h - files that come with redoubt: the counting rule, the grade, the sentences. */
#pragma once

#include <stddef.h>

#include "base/text.h"

enum { SHIPPED_PATH_MAX = 4096, FILE_BYTES_MAX = 1 << 30 };

/** Where a shipped file is: $REDOUBT_SHARE, share/redoubt beside the program's bin, the folder given at build time, or etc/ beside the
 * build folder. Returns 0, or -ENOENT with the last place tried. */
int shipped_path(const char *name, char ret_path[static SHIPPED_PATH_MAX]);

/** Append a whole regular file to out. Returns 0, -EFBIG over FILE_BYTES_MAX, -ENOMEM or -errno. */
int file_read(const char *path, struct text *out);

/** Write a whole file beside its place, fsync it, and give it its name. Returns 0 or -errno. */
int file_write(const char *path, const void *data, size_t n);
