/* Goal: every form says the same figures, and nothing an outsider could have written reaches a terminal, a page or a JSON
 * reader raw. */
#include <jansson.h>
#include <stdlib.h>

#include "base/escape.h"
#include "publish/attacks.h"
#include "publish/eve.h"
#include "publish/print.h"
#include "publish/show.h"
#include "publish/statement_html.h"
#include "publish/statement_json.h"
#include "publish/statement_text.h"
#include "publish/territory.h"
#include "publish_catalogue.h"
#include "publish_day.h"
#include "tap.h"

/* Markup, an SGR sequence, C1 CSI, a right-to-left override, broken UTF-8, a line end. */
static const char hostile[] = "<script>\"'&\x1b[31m\xc2\x9b\xe2\x80\xae\xff\r\n</style>";

static struct sentences *catalogue;

static int holds(const struct text *t, const char *words)
{
	int good = strstr(text_get(t), words) != NULL;
	if (!good)
		printf("# no '%s'\n", words);
	return good;
}

/* UTF-8 without any control but line ends, and without bidirectional controls. */
static int clean(const struct text *t)
{
	const uint8_t *p = (const uint8_t *)text_get(t);
	size_t n = t->len;

	while (n > 0) {
		uint32_t code;
		size_t len = escape_utf8_next(p, n, &code);
		if (len == 0 || (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0) ||
		    (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e))
			return 0;
		p += len;
		n -= len;
	}
	return 1;
}

static void be_hostile(struct day *d)
{
	for (size_t i = 0; i < DAY_RECORDS; i++) {
		snprintf(d->records[i].attack.asset, ASSET_TEXT_MAX, "%s", hostile);
		snprintf(d->records[i].attack.targets_named[0], ASSET_TEXT_MAX, "%s", hostile);
		d->records[i].attack.targets_named_count = 1;
		for (size_t k = 0; k < 3; k++)
			snprintf(d->sources[i][k].origin.network, ORIGIN_NETWORK_MAX, "%s", hostile);
	}
	for (size_t i = 0; i < 3; i++)
		snprintf(d->databases[i].name, SOURCE_NAME_MAX, "%s", hostile);
	for (size_t i = 0; i < 2; i++) {
		snprintf(d->amendments[i].by, RECORD_NAME_MAX, "%s", hostile);
		snprintf(d->amendments[i].reason, RECORD_REASON_MAX, "%s", hostile);
	}
	d->input.estate = hostile;
}

static void test_print(void)
{
	char buf[PRINT_MAX];

	ok(strcmp(print_count(0, buf), "0") == 0 && strcmp(print_count(999, buf), "999") == 0, "0, 999");
	ok(strcmp(print_count(1000, buf), "1,000") == 0 && strcmp(print_count(1234567, buf), "1,234,567") == 0,
	   "thousands");
	ok(strcmp(print_count(UINT64_MAX, buf), "18,446,744,073,709,551,615") == 0, "the largest");
	ok(strcmp(print_share(0, 9, buf), "0 %") == 0 && strcmp(print_share(1, 1000000, buf), "< 0.01 %") == 0,
	   "something is never printed as nothing");
	ok(strcmp(print_share(1, 8, buf), "12.5 %") == 0 && strcmp(print_share(1, 80, buf), "1.25 %") == 0, "shares");
	ok(strcmp(print_duration(59 * SECOND_US, buf), "59 s") == 0 &&
	           strcmp(print_duration(MINUTE_US, buf), "1 min") == 0 &&
	           strcmp(print_duration(3 * HOUR_US + 20 * MINUTE_US, buf), "3 h 20 min") == 0,
	   "durations");
	ok(strcmp(territory_name("GB"), "United Kingdom") == 0 && territory_name("ZZ") == NULL &&
	           territory_name("") == NULL,
	   "names of territories");
}

static void test_text(const struct statement *st)
{
	struct style plain = { 0 }, ascii = { .ascii = true, .columns = 80 }, colour = { .colour = true };
	struct text t = { 0 };

	statement_text(st, catalogue, &plain, &t);
	ok(holds(&t, "at least 9 attacks") && holds(&t, "cr1@0000"), "the headline with its rule");
	ok(holds(&t, "DE Germany              3          0          0          2        1              0"),
	   "DE 3 0 0 2 1 0");
	ok(holds(&t, "ZZ None stated          5          2          1          1        1              0"),
	   "ZZ 5 2 1 1 1 0");
	ok(strchr(text_get(&t), '\x1b') == NULL && clean(&t), "no colours unless asked");
	text_reset(&t);
	statement_text(st, catalogue, &ascii, &t);
	size_t widest = 0, other = 0;
	for (const char *p = text_get(&t); *p != '\0'; p += strcspn(p, "\n") + 1) {
		size_t n = strcspn(p, "\n");
		widest = n > widest ? n : widest;
	}
	for (const char *p = text_get(&t); *p != '\0'; p++)
		other += (unsigned char)*p >= 0x80;
	ok(other == 0, "ASCII when asked");
	ok(widest <= 100, "no line wider than 100 columns at 80 (%zu)", widest);
	text_reset(&t);
	statement_text(st, catalogue, &colour, &t);
	ok(strchr(text_get(&t), '\x1b') != NULL, "colours when asked");
	text_fini(&t);
}

static void test_json(const struct statement *st)
{
	struct text a = { 0 }, b = { 0 };
	json_error_t error;

	ok(statement_json(st, catalogue, false, &a) == 0 && statement_json(st, catalogue, false, &b) == 0, "made");
	ok(strcmp(text_get(&a), text_get(&b)) == 0, "the same bytes twice");
	json_t *root = json_loads(text_get(&a), JSON_REJECT_DUPLICATES, &error);
	ok(json_integer_value(json_object_get(root, "attacks")) == 9, "the headline");
	ok(json_array_size(json_object_get(root, "hours")) == 24, "24 hours");
	ok(json_object_get(root, "made") != NULL && json_is_null(json_object_get(root, "made")),
	   "no clock, no time of its own");
	json_decref(root);
	text_fini(&a);
	text_fini(&b);
}

/* The statement's tables added up again from the lines of `attacks --json`. */
static void test_lines(const struct day *d, const struct statement *st)
{
	uint64_t counted = 0, de = 0, reached = 0, incidents = 0;

	for (size_t i = 0; i < DAY_RECORDS - 1; i++) {
		struct text t = { 0 };
		(void)attacks_json(&d->records[i], &t);
		json_t *o = json_loads(text_get(&t), 0, NULL);
		int in = json_is_true(json_object_get(o, "counted")) &&
		         strcmp(json_string_value(json_object_get(o, "day")), "2026-11-22") == 0;
		counted += in;
		de += in && strcmp(json_string_value(json_object_get(o, "territory")), "DE") == 0;
		reached += in && strcmp(json_string_value(json_object_get(o, "outcome")), "reached") == 0;
		incidents += in && json_is_true(json_object_get(o, "incident"));
		json_decref(o);
		text_fini(&t);
	}
	ok(counted == st->attacks && de == 3 && reached == st->outcome[OUTCOME_REACHED] && incidents == st->incidents,
	   "the lines add up to the statement");
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *p = strstr(text, what); p != NULL; p = strstr(p + 1, what))
		n++;
	return n;
}

static int contains_one_of(const struct text *t, const char *const *what, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text_get(t), what[i]) != NULL) {
			printf("# holds '%s'\n", what[i]);
			return 1;
		}
	return 0;
}

static void test_html(const struct statement *st)
{
	static const char *const outside[] = { "http://", "https://", "//",    "src=",    "href=",
		                               "@import", "<script",  "<link", "<iframe", "<object",
		                               " style=", " onload",  "data:" };
	struct text t = { 0 };

	statement_html(st, catalogue, &t);
	ok(holds(&t, "<span class=\"number\">9</span>") && holds(&t, "<span class=\"least\">at least</span>"),
	   "the headline");
	ok(!contains_one_of(&t, outside, sizeof(outside) / sizeof(outside[0])),
	   "nothing from outside, no script, no style=");
	ok(holds(&t, "default-src 'none'") && holds(&t, "style-src 'sha256-"), "a strict policy");
	ok(count(text_get(&t), "url(") == count(text_get(&t), "url(#"), "url() only into the page itself");
	ok(count(text_get(&t), "role=\"img\"") == 2 && count(text_get(&t), "aria-labelledby=") == 2,
	   "two labelled pictures");
	ok(count(text_get(&t), "<table>") == count(text_get(&t), "<caption>") && holds(&t, "<html lang=\"en\">"),
	   "tables have captions, the page a language");
	ok(count(text_get(&t), "<h1") == 1 && clean(&t), "one h1; clean bytes");
	text_fini(&t);
}

static void test_hostile(void)
{
	static struct day d;
	static const char *const raw[] = { "<script>", "\x1b", "\xc2\x9b", "\xe2\x80\xae", "\xff", "\r" };
	struct statement st;
	struct style style = { 0 };
	struct text t[6] = { 0 };

	day_init(&d);
	be_hostile(&d);
	if (statement_build(&d.input, &st) < 0)
		return;
	statement_text(&st, catalogue, &style, &t[0]);
	statement_html(&st, catalogue, &t[1]);
	(void)statement_json(&st, catalogue, true, &t[2]);
	struct show_input in = { .record = &d.records[2],
		                 .amendments = d.amendments,
		                 .amendment_count = 2,
		                 .run = &d.run,
		                 .evidence_path = hostile,
		                 .tunnel = hostile };
	show_text(&in, catalogue, &style, &t[3]);
	attacks_text(&d.records[2], &style, &t[4]);
	(void)eve_alert(&d.records[2], &t[5]);
	ok(!contains_one_of(&t[0], raw + 1, 5) && clean(&t[0]), "statement as text");
	ok(!contains_one_of(&t[1], raw, 6) && clean(&t[1]), "statement as HTML");
	ok(count(text_get(&t[1]), "</style>") == 1, "the style sheet ends once");
	ok(!contains_one_of(&t[2], raw + 1, 5) && clean(&t[2]), "statement as JSON");
	ok(!contains_one_of(&t[3], raw + 1, 5) && clean(&t[3]), "show");
	ok(!contains_one_of(&t[4], raw + 1, 5) && clean(&t[4]) && count(text_get(&t[4]), "\n") == 1,
	   "one line in a list");
	ok(!contains_one_of(&t[5], raw + 1, 5) && count(text_get(&t[5]), "\n") == 1, "EVE");
	statement_fini(&st);
	for (int i = 0; i < 6; i++)
		text_fini(&t[i]);
}

static void test_show(const struct day *d)
{
	struct style style = { 0 };
	struct show_input in = { .record = &d->records[2], .run = &d->run };
	struct text t = { 0 }, j = { 0 };

	show_text(&in, catalogue, &style, &t);
	ok(holds(&t, "203.0.113.5/32") && holds(&t, "DE (Germany)") && holds(&t, "geo-whois-asn-country, 2026-09-23"),
	   "sources, territory, database with its date");
	ok(holds(&t, "rate 0.5000") && holds(&t, "confirmed: The source acknowledged"),
	   "parts of the grade, why the path");
	ok(show_json(&in, false, &j) == 0 && holds(&j, "\"sources_named\":[{\"group\":\"203.0.113.5/32\""), "as JSON");
	text_fini(&t);
	text_fini(&j);
}

static void test_eve(const struct day *d)
{
	struct text t = { 0 };

	(void)eve_alert(&d->records[1], &t);
	json_t *o = json_loads(text_get(&t), 0, NULL);
	ok(strcmp(json_string_value(json_object_get(o, "timestamp")), "2026-11-22T01:00:00.000000+0000") == 0 &&
	           strcmp(json_string_value(json_object_get(o, "event_type")), "alert") == 0,
	   "an alert at the first observation");
	ok(strcmp(json_string_value(json_object_get(o, "src_ip")), "203.0.113.5") == 0, "one confirmed address");
	json_t *alert = json_object_get(o, "alert");
	ok(strcmp(json_string_value(json_object_get(alert, "signature")), "redoubt brute-force ssh on bank") == 0 &&
	           json_integer_value(json_object_get(alert, "severity")) == 2,
	   "signature and priority");
	json_decref(o);
	text_reset(&t);
	(void)eve_alert(&d->records[0], &t);
	ok(strstr(text_get(&t), "src_ip") == NULL, "what can be forged has no source");
	text_fini(&t);
}

/* No attack is without packets: a class that does not measure them says so, and never 0. */
static void test_not_measured(const struct day *d)
{
	struct record r = d->records[1];
	struct text t = { 0 };

	(void)attacks_json(&r, &t);
	ok(holds(&t, "\"packets\":null") && holds(&t, "\"bytes\":null"), "not measured is null");
	text_reset(&t);
	(void)eve_alert(&r, &t);
	ok(strstr(text_get(&t), "pkts_toserver") == NULL && strstr(text_get(&t), "bytes_toserver") == NULL,
	   "EVE leaves it out");
	r.attack.packets = 1;
	text_reset(&t);
	(void)attacks_json(&r, &t);
	ok(holds(&t, "\"packets\":1,") && holds(&t, "\"bytes\":0"), "a packet without bytes is measured");
	text_reset(&t);
	(void)eve_alert(&r, &t);
	ok(holds(&t, "\"pkts_toserver\":1") && holds(&t, "\"bytes_toserver\":0"), "in EVE too");
	text_fini(&t);
}

/* A record whose territory contradicts its path is published as its path allows. */
static void test_honesty(struct day *d)
{
	struct record r = d->records[0];
	struct text t = { 0 };

	snprintf(r.attack.origin.territory, sizeof(r.attack.origin.territory), "DE");
	r.attack.origin.zz = ZZ_STATED;
	(void)attacks_json(&r, &t);
	ok(holds(&t, "\"territory\":\"ZZ\"") && holds(&t, "\"zz_reason\":\"spoofable\""),
	   "spoofable is ZZ whatever the record says");
	text_fini(&t);
}

static void test_nothing(void)
{
	struct statement_input in = { .from_day = DAY, .to_day = DAY + 2 };
	struct style style = { 0 };
	struct statement st;
	struct text t = { 0 }, h = { 0 };

	ok(statement_build(&in, &st) == 0 && st.at_least && st.attacks == 0, "no records, no coverage: at least 0");
	statement_text(&st, catalogue, &style, &t);
	statement_html(&st, catalogue, &h);
	ok(holds(&h,
	         "No attack on the estate was counted from 2026-11-22 to 2026-11-24 (UTC) in what could be seen.") &&
	           holds(&t, "No sensor looked at any time.") && holds(&h, "</html>"),
	   "and it says so");
	statement_fini(&st);
	text_fini(&t);
	text_fini(&h);
}

int main(void)
{
	static struct day d;
	struct statement st;

	catalogue = publish_catalogue();
	day_init(&d);
	ok(statement_build(&d.input, &st) == 0, "built");
	test_print();
	test_text(&st);
	test_json(&st);
	test_lines(&d, &st);
	test_html(&st);
	test_hostile();
	test_show(&d);
	test_eve(&d);
	test_not_measured(&d);
	test_honesty(&d);
	test_nothing();
	statement_fini(&st);
	sentences_free(catalogue);
	return done();
}
