/* The reader of sealed observation files over any bytes: what it takes must be the one canonical form of what it says. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "record/observation_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_estate(struct estate *e)
{
	static struct asset assets[2];
	static struct prefix prefixes[2];

	strcpy(assets[0].name, "bank");
	strcpy(assets[1].name, "clients");
	assets[1].each_host = true;
	for (int i = 0; i < 2; i++) {
		check(prefix_parse(i == 0 ? "192.0.2.0/24" : "2001:db8::/32", &prefixes[i]) == 0);
		assets[i].prefixes = &prefixes[i];
		assets[i].prefix_count = 1;
	}
	e->assets = assets;
	e->asset_count = 2;
	check(estate_seal(e) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct estate estate;
	struct observation_reader *reader;
	struct observation_file_error error = { 0 };
	struct observation obs;
	struct text again = { 0 };
	int more;

	if (estate.asset_count == 0)
		make_estate(&estate);
	check(observation_reader_new_bytes(data, size, &estate, &reader) == 0);
	text_add(&again, OBSERVATION_FILE_HEAD);
	while ((more = observation_reader_next(reader, &obs, &error)) > 0)
		observation_line_add(&again, &estate, &obs);
	if (more == 0) {
		struct digest digest, want;
		uint64_t lines;
		observation_reader_digest(reader, &digest, &lines);
		digest_sha256(data, size, &want);
		check(memcmp(&digest, &want, sizeof(want)) == 0);
		check(again.len == size && memcmp(again.data, data, size) == 0);
	} else {
		check(more == OBSERVATION_FILE_BAD && error.line >= 1 && error.column >= 1 && error.what != NULL);
	}
	observation_reader_free(reader);
	text_fini(&again);
	return 0;
}
