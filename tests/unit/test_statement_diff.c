/* Goal: two statements are compared in words, with what explains the difference; a hostile file gives an error with its
 * place and nothing else. */
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "publish/statement_diff.h"
#include "publish/statement_json.h"
#include "publish_catalogue.h"
#include "publish_day.h"
#include "tap.h"

static struct sentences *catalogue;

static void make(const struct statement_input *input, struct text *out)
{
	struct statement s;
	text_reset(out);
	if (statement_build(input, &s) == 0) {
		(void)statement_json(&s, catalogue, false, out);
		statement_fini(&s);
	}
}

/* The comparison as text; an error as "E which line:column text". */
static void compare(const struct text *a, const struct text *b, struct text *out)
{
	struct statement_diff *d = NULL;
	struct statement_diff_error e = { 0 };

	text_reset(out);
	int err = statement_diff_new(text_get(a), a->len, text_get(b), b->len, &d, &e);
	if (err == 0)
		statement_diff_text(d, catalogue, out);
	else
		text_addf(out, "E %d %u:%u %s", e.which, e.line, e.column, e.text);
	statement_diff_free(d);
}

static int says(const struct text *t, const char *words)
{
	int good = strstr(text_get(t), words) != NULL;
	if (!good)
		printf("# no '%s' in: %s\n", words, text_get(t));
	return good;
}

static void test_words(struct day *d)
{
	struct text a = { 0 }, b = { 0 }, out = { 0 };

	make(&d->input, &a);
	make(&d->input, &b);
	compare(&a, &b, &out);
	ok(says(&out, "Both count 9 attacks.") && says(&out, "The figures are the same, and so are the inputs."),
	   "the same");

	/* B is dismissed after the first statement: one attack less, and the amendment explains it. */
	struct record *r = &d->records[1];
	r->attack.status = d->records[14].attack.status = STATUS_DISMISSED;
	struct amendment three[3] = { d->amendments[0],
		                      d->amendments[1],
		                      { .at_us = 30, .by = "B. Second", .action = "dismiss" } };
	day_id('B', three[2].id);
	snprintf(three[2].reason, sizeof(three[2].reason), "\x1b[31mour own \xe2\x80\xae test");
	d->input.amendments = three;
	d->input.amendment_count = 3;
	make(&d->input, &b);
	compare(&a, &b, &out);
	ok(says(&out, "The second counts 1 attack fewer: 8 instead of 9."), "one fewer");
	ok(says(&out, "territory DE") && says(&out, "3 -> 2 (-1)"), "which figure");
	ok(says(&out, "amended: dismiss of 0000000000000000000000000B") && says(&out, "B. Second: \\u{1b}[31mour own"),
	   "who and why, with what is hostile made visible");
	ok(strchr(text_get(&out), '\x1b') == NULL && strstr(text_get(&out), "no input does") == NULL, "explained");

	/* The same without the amendment: nothing explains it. */
	d->input.amendment_count = 2;
	make(&d->input, &b);
	compare(&a, &b, &out);
	ok(says(&out, "Figures differ and no input does"), "unexplained");
	d->input.amendments = d->amendments;
	r->attack.status = d->records[14].attack.status = STATUS_COUNTED;

	/* Another rule, another database, more coverage. */
	d->run.rule[10] = '7';
	d->databases[0].date_us += DAY_US;
	d->input.coverage_count--;
	make(&d->input, &b);
	compare(&a, &b, &out);
	ok(says(&out, "The counting rules differ"), "another rule");
	ok(says(&out, "Rule: cr1@0000007"), "its hash");
	ok(says(&out, "Country geo-whois-asn-country: 2026-09-24T00:00:00.000000Z"), "another date of a database");
	ok(says(&out, "coverage: 1307/1440"), "an hour less");
	text_fini(&a);
	text_fini(&b);
	text_fini(&out);
}

static void test_json(struct day *d)
{
	struct text a = { 0 }, out = { 0 };
	struct statement_diff *diff = NULL;
	struct statement_diff_error e;

	make(&d->input, &a);
	ok(statement_diff_new(text_get(&a), a.len, text_get(&a), a.len, &diff, &e) == 0 &&
	           statement_diff_json(diff, &out) == 0,
	   "as JSON");
	ok(says(&out, "\"explained\":true") && says(&out, "\"figures\":[]") && says(&out, "\"same_rule\":true"),
	   "its members");
	statement_diff_free(diff);
	text_fini(&a);
	text_fini(&out);
}

static int fails(const struct text *good, const char *bad, const char *words)
{
	struct text b = { 0 }, out = { 0 };
	text_add(&b, bad);
	compare(good, &b, &out);
	int as_wanted = strcmp(text_get(&out), words) == 0;
	if (!as_wanted)
		printf("# %s\n", text_get(&out));
	text_fini(&b);
	text_fini(&out);
	return as_wanted;
}

/* The good statement with one text put in another's place. */
static int fails_with(const struct text *good, const char *from, const char *to, const char *words)
{
	struct text t = { 0 };
	const char *at = strstr(text_get(good), from);

	text_add_bytes(&t, text_get(good), at != NULL ? (size_t)(at - text_get(good)) : 0);
	text_add(&t, to);
	text_add(&t, at != NULL ? at + strlen(from) : "");
	int as_wanted = at != NULL && fails(good, text_get(&t), words);
	text_fini(&t);
	return as_wanted;
}

static void test_hostile(struct day *d)
{
	struct text good = { 0 };

	make(&d->input, &good);
	ok(fails(&good, "{\n \"a\": tru }", "E 1 2:9 invalid token near 'tru'"), "broken JSON: file, line, column");
	ok(fails(&good, "", "E 1 1:1 '[' or '{' expected near end of file"), "an empty file");
	ok(fails(&good, "[]", "E 1 0:0 no statement of format 1"), "an array");
	ok(fails(&good, "{\"a\":1,\"a\":2}", "E 1 1:10 duplicate object key near '\"a\"'"), "a key twice");
	ok(fails_with(&good, "\"attacks\":9,\"continued\"", "\"attacks\":-9,\"continued\"",
	              "E 1 0:0 'attacks' is no count"),
	   "a negative count");
	ok(fails_with(&good, "\"inputs\":[", "\"inputs\":{},\"other\":[", "E 1 0:0 'inputs' is missing or no array"),
	   "no array");
	ok(fails_with(&good, "\"tables\":{", "\"tables\":[],\"other\":{", "E 1 0:0 'tables' is missing or no object"),
	   "no object");
	ok(fails_with(&good, "\"kind\":\"rule\"", "\"kind\":7",
	              "E 1 0:0 row 9 of 'inputs' has no 'kind' or no 'digest'"),
	   "a number for a string");
	text_fini(&good);
}

/* A list of one name many times is compared in no more than n log n. */
static void test_many(struct day *d)
{
	struct text good = { 0 }, a = { 0 }, b = { 0 }, out = { 0 };

	make(&d->input, &good);
	const char *at = strstr(text_get(&good), "\"left_out\":[");
	text_add_bytes(&a, text_get(&good), (size_t)(at - text_get(&good)) + strlen("\"left_out\":["));
	text_add(&b, text_get(&a));
	for (int i = 0; i < 200000; i++) {
		text_addf(&a, "{\"name\":\"x\",\"attacks\":%d},", i);
		text_addf(&b, "{\"name\":\"x\",\"attacks\":%d},", i + 1);
	}
	text_add(&a, at + strlen("\"left_out\":["));
	text_add(&b, at + strlen("\"left_out\":["));
	compare(&a, &b, &out);
	ok(says(&out, "left out x") && says(&out, "0 -> 200,000"), "200,000 rows of one name");
	text_fini(&good);
	text_fini(&a);
	text_fini(&b);
	text_fini(&out);
}

int main(void)
{
	static struct day d;

	catalogue = publish_catalogue();
	day_init(&d);
	test_words(&d);
	day_init(&d);
	test_json(&d);
	test_hostile(&d);
	test_many(&d);
	sentences_free(catalogue);
	return done();
}
