/* Any bytes as an estate, both ways one comes in. As redoubt.yaml: problems are reported, nothing crashes, an accepted
 * estate can be sealed, and its canonical text is read back. As canonical text, by its first line: what is accepted is
 * written again as the same bytes. */
#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "run/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_canonical(const char *text, size_t size, int want)
{
	struct estate estate = { 0 };
	CLEANUP(text_fini) struct text again = { 0 };

	int err = estate_read_canonical(&estate, text, size);
	check(err == 0 || (err == -EINVAL && want != 0));
	if (err == 0) {
		estate_write_canonical(&estate, &again);
		check(again.len == size && memcmp(again.data, text, size) == 0);
	}
	estate_fini(&estate);
}

static void read_yaml(const char *text, size_t size)
{
	static struct config config; /* large: paths */
	CLEANUP(text_fini) struct text problems = { 0 }, canonical = { 0 };

	config_init(&config);
	if (config_add_text(&config, "fuzz.yaml", text, size, &problems) == 0 && config.problems == 0) {
		check(estate_seal(&config.estate) == 0);
		config_explain_overlaps(&config, &problems);
		estate_write_canonical(&config.estate, &canonical);
		read_canonical(canonical.data, canonical.len, 0);
	}
	config_fini(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char head[] = "redoubt-estate/";

	if (size >= sizeof(head) - 1 && memcmp(data, head, sizeof(head) - 1) == 0)
		read_canonical((const char *)data, size, -EINVAL);
	else
		read_yaml((const char *)data, size);
	return 0;
}
