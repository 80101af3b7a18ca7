/* Any bytes as a label list: read or refused with a place inside the text; what was read can be searched. */
#include "attribute/label_list.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct label_set *set = NULL;
	struct origin_source source;
	struct label_error error;
	struct address a = { { 0 } };

	if (label_set_new(&set) < 0)
		return 0;
	int err = label_set_add(set, LABEL_CDN, (const char *)data, size, &source, &error);
	if (err == -EINVAL && (error.line == 0 || error.column == 0))
		__builtin_trap();
	if (err == 0 && label_set_seal(set) == 0)
		(void)label_set_find(set, &a, 64500);
	label_set_free(set);
	return 0;
}
