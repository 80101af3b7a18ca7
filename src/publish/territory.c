#include "publish/territory.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	const char *code, *name;
};

#define TERRITORY(code, name) { code, name },
static const struct entry entries[] = {
#include "publish/territory.def"
};
#undef TERRITORY

static int compare(const void *code, const void *entry)
{
	return strcmp(code, ((const struct entry *)entry)->code);
}

const char *territory_name(const char *code)
{
	const struct entry *e =
	        bsearch(code, entries, sizeof(entries) / sizeof(entries[0]), sizeof(entries[0]), compare);

	return e != NULL ? e->name : NULL;
}

void territory_say(const char *code, struct text *out)
{
	const char *name = territory_name(code);

	text_add(out, code);
	if (name != NULL)
		text_addf(out, " (%s)", name);
}
