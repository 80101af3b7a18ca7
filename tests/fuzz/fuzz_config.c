/* Any bytes as redoubt.yaml: problems are reported, nothing crashes, an accepted estate can be sealed. */
#include "run/config/config.h"

#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config; /* large: paths */
	CLEANUP(text_fini) struct text problems = { 0 };

	config_init(&config);
	if (config_add_text(&config, "fuzz.yaml", (const char *)data, size, &problems) == 0 && config.problems == 0) {
		if (estate_seal(&config.estate) < 0)
			__builtin_trap();
		config_explain_overlaps(&config, &problems);
	}
	config_fini(&config);
	return 0;
}
