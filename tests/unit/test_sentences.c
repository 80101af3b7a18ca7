/* Goal: no sentence is published that the catalogue does not allow, and a catalogue that could lie is refused with the
 * place of the mistake. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "publish/sentences.h"
#include "tap.h"

static char *catalogue;
static size_t catalogue_size;

static void load(void)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s/etc/sentences.en", getenv("REDOUBT_SOURCE"));
	FILE *f = fopen(path, "rb");
	catalogue = calloc(1, SENTENCES_BYTES_MAX);
	catalogue_size = f != NULL ? fread(catalogue, 1, SENTENCES_BYTES_MAX, f) : 0;
	if (f != NULL)
		fclose(f);
}

/* The catalogue with one text put in another's place; the result of parsing it. */
static int parse_with(const char *from, const char *to, struct sentences_error *error)
{
	struct text t = { 0 };
	struct sentences *s = NULL;
	const char *at = strstr(catalogue, from);

	if (at == NULL)
		return -ENOENT;
	text_add_bytes(&t, catalogue, (size_t)(at - catalogue));
	text_add(&t, to);
	text_add(&t, at + strlen(from));
	int err = sentences_parse(text_get(&t), t.len, &s, error);
	text_fini(&t);
	sentences_free(s);
	return err;
}

static unsigned line_of(const char *what)
{
	unsigned line = 1;
	const char *at = strstr(catalogue, what);
	for (const char *p = catalogue; p < at; p++)
		line += *p == '\n';
	return line;
}

static int refuses(const char *from, const char *to, unsigned line, unsigned column, const char *words)
{
	struct sentences_error e = { 0 };
	int good = parse_with(from, to, &e) == -EINVAL && e.line == line && e.column == column &&
	           strstr(e.text, words) != NULL;
	if (!good)
		printf("# %u:%u: %s\n", e.line, e.column, e.text);
	return good;
}

static void test_mistakes(void)
{
	unsigned forged = line_of("\nforged.one") + 1;

	ok(refuses("forged.one = {n} ", "forged.one = {m} ", forged, 14, "no placeholder {m}"),
	   "an unknown placeholder");
	ok(refuses("forged.one = {n} ", "forged.one = One ", forged, 14, "needs the placeholder {n}"),
	   "a missing placeholder");
	ok(refuses("forged.one = {n} ", "forged.one = {n ", forged, 14, "brace"), "a brace without partner");
	ok(refuses("forged.one = {n} ", "forged.one = }{n} ", forged, 14, "brace"), "a closing brace alone");
	ok(refuses("forged.one =", "forged.few =", forged, 1, "no sentence is called 'forged.few'"), "an unknown id");
	ok(refuses("forged.one = ", "forged.other = ", forged + 1, 1, "there already"), "an id twice");
	ok(refuses("forged.one = ", "#", 0, 0, "'forged.one' is missing"), "an id missing");
	ok(refuses("forged.one = {n} attack", "forged.one = {n} \x1b[31m", forged, 18, "control"),
	   "an escape sequence");
	ok(refuses("forged.one = {n} attack", "forged.one = {n} \xff", forged, 18, "UTF-8"), "broken UTF-8");
	ok(refuses("forged.one = ", "forged.one : ", forged, 12, "id = text"), "no equals sign");
	ok(refuses("\n# id = text", "\n goes on", 2, 2, "no sentence before it"), "a continuation of nothing");
}

static void test_forbidden(void)
{
	unsigned line = line_of("\nterritory.one") + 1;
	const char *from = "territory.one = {n} attack whose last confirmed hop was in {territory}.";

	ok(refuses(from, "territory.one = {n} attack by {territory}.", line, 1, "forbidden"), "a territory that acts");
	ok(refuses(from, "territory.one = {territory} Attacks: {n}.", line, 1, "{territory} attack"), "in any case");
	ok(refuses(from, "territory.one = {n}: we were attacked\n   by {territory}.", line, 1, "attacked by"),
	   "across a line break");
	ok(refuses(from, "territory.one = {n}, state-sponsored, {territory}.", line, 1, "state-sponsored"),
	   "a sponsor");
	ok(refuses(from, "territory.one = {n} of the Regime in {territory}.", line, 1, "regime"),
	   "a word the file itself forbids");
	ok(refuses("forbid = regime", "forbid =", line_of("forbid = regime"), 9, "nothing to forbid"),
	   "forbid nothing");
}

static void test_saying(void)
{
	struct sentences *s = NULL;
	struct sentences_error e;
	struct text t = { 0 };

	ok(sentences_parse(catalogue, catalogue_size, &s, &e) == 0, "the shipped catalogue is accepted");
	if (s == NULL) {
		printf("# %u:%u: %s\n", e.line, e.column, e.text);
		return;
	}
	SENTENCES_SAY(s, SENTENCE_TERRITORY, 12, &t, { "n", "12" }, { "territory", "DE (Germany)" });
	ok(strcmp(text_get(&t), "12 attacks whose last confirmed hop was in DE (Germany).") == 0, "plural");
	text_reset(&t);
	SENTENCES_SAY(s, SENTENCE_FORGED, 1, &t, { "n", "at least 1" });
	ok(strcmp(text_get(&t), "At least 1 attack used sources that can be forged; for it no territory is stated.") ==
	           0,
	   "singular, first letter raised");
	text_reset(&t);
	SENTENCES_SAY(s, SENTENCE_FORGED, 0, &t, { "n", "{n} %s" });
	ok(strncmp(text_get(&t), "{n} %s attacks", 14) == 0, "zero is plural; values are not read again");
	ok(strstr(sentences_get(s, SENTENCE_SOURCES_NOTE), "thousands of sources") != NULL,
	   "lines are joined by a blank");
	ok(strlen(sentences_digest(s)) == 64, "a catalogue has a digest");
	text_fini(&t);
	sentences_free(s);
}

int main(void)
{
	load();
	test_saying();
	test_mistakes();
	test_forbidden();
	free(catalogue);
	return done();
}
