/* Two halves of any bytes, split at the first NUL, as two statements: compared, or refused with words. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "publish/statement_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = size > 0 ? memchr(data, 0, size) : NULL;
	size_t a_size = cut != NULL ? (size_t)(cut - data) : size;
	const char *a = (const char *)data, *b = cut != NULL ? (const char *)cut + 1 : a;
	size_t b_size = cut != NULL ? size - a_size - 1 : size;
	struct statement_diff_error e = { 0 };
	struct statement_diff *d = NULL;
	struct text out = { 0 };

	int err = statement_diff_new(a, a_size, b, b_size, &d, &e);
	if (err == 0)
		check(statement_diff_json(d, &out) == 0);
	else if (err == -EINVAL)
		check(e.text[0] != '\0');
	statement_diff_free(d);
	text_fini(&out);
	return 0;
}
