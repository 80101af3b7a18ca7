/* Any bytes as a sentence catalogue: accepted or refused with a place, never more. The first byte chooses whether the rest
 * stands alone or behind a complete catalogue made here, so that mutations also reach what an accepted one does. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "publish/sentences.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct entry {
	const char *id, *placeholders;
	int plural;
};
enum { SINGLE, PLURAL };
#define SENTENCE(id, name, plural, placeholders) { name, placeholders, plural },
static const struct entry entries[] = {
#include "publish/sentences.def"
};
#undef SENTENCE

static void add_entry(struct text *t, const struct entry *e, const char *form)
{
	text_addf(t, "%s%s = x", e->id, form);
	for (const char *p = e->placeholders; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		text_addf(t, " {%.*s}", (int)n, p);
		p += n;
	}
	text_add(t, "\n");
}

static void complete(struct text *t)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		add_entry(t, &entries[i], entries[i].plural == PLURAL ? ".one" : "");
		if (entries[i].plural == PLURAL)
			add_entry(t, &entries[i], ".other");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sentences_error e = { 0 };
	struct sentences *s = NULL;
	struct text t = { 0 };

	if (size == 0)
		return 0;
	if (data[0] & 1)
		complete(&t);
	text_add_bytes(&t, data + 1, size - 1);
	/* Exactly as large as its content, so that an over-read is seen. */
	char *exact = malloc(t.len + 1);
	check(exact != NULL && !t.failed);
	memcpy(exact, text_get(&t), t.len);
	char *shrunk = realloc(exact, t.len > 0 ? t.len : 1);
	exact = shrunk != NULL ? shrunk : exact;
	if (sentences_parse(exact, t.len, &s, &e) == 0) {
		struct text out = { 0 };
		SENTENCES_SAY(s, SENTENCE_TERRITORY, 2, &out, { "n", "2" }, { "territory", "DE" });
		text_fini(&out);
	} else {
		check(e.text[0] != '\0');
	}
	sentences_free(s);
	text_fini(&t);
	free(exact);
	return 0;
}
