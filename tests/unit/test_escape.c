/* Goal: nothing an outsider wrote acts on a terminal, a page, a spreadsheet or a SIEM, and nothing of it is hidden.
 * Expectations: RFC 3629 (UTF-8), RFC 4180 (CSV), ArcSight "Common Event Format" (CEF), HTML 13.1.2, Unicode UAX 9. */
#include <stdint.h>
#include <string.h>

#include "base/escape.h"
#include "tap.h"

static int gives(enum escape_kind kind, const char *from, size_t n, const char *to)
{
	struct text t = { 0 };
	escape_add(&t, kind, from, n);
	int same = strcmp(text_get(&t), to) == 0;
	if (!same)
		printf("# '%s' instead of '%s'\n", text_get(&t), to);
	text_fini(&t);
	return same;
}
#define GIVES(kind, from, to) gives((kind), (from), sizeof(from) - 1, (to))

static int clean(enum escape_kind kind, const struct text *t)
{
	const uint8_t *p = (const uint8_t *)text_get(t);
	size_t n = t->len;

	while (n > 0) {
		uint32_t code;
		size_t len = escape_utf8_next(p, n, &code);
		if (len == 0)
			return 0;
		if (kind != ESCAPE_UTF8 && (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x202e))
			return 0;
		p += len;
		n -= len;
	}
	return 1;
}

/* Every pair of bytes, in every form, comes out as valid UTF-8 without controls. */
static int all_pairs_are_clean(void)
{
	struct text t = { 0 };
	int good = 1;

	for (int kind = ESCAPE_TERMINAL; kind <= ESCAPE_UTF8; kind++)
		for (unsigned pair = 0; pair < 65536; pair++) {
			uint8_t bytes[2] = { (uint8_t)(pair >> 8), (uint8_t)pair };
			text_reset(&t);
			escape_add(&t, (enum escape_kind)kind, bytes, 2);
			good &= clean((enum escape_kind)kind, &t);
		}
	text_fini(&t);
	return good;
}

static void test_utf8(void)
{
	uint32_t code;

	ok(escape_utf8_next((const uint8_t *)"\xed\x9f\xbf", 3, &code) == 3 && code == 0xd7ff,
	   "last before surrogates");
	ok(escape_utf8_next((const uint8_t *)"\xed\xa0\x80", 3, &code) == 0, "a surrogate is refused");
	ok(escape_utf8_next((const uint8_t *)"\xf4\x8f\xbf\xbf", 4, &code) == 4 && code == 0x10ffff, "U+10FFFF");
	ok(escape_utf8_next((const uint8_t *)"\xf4\x90\x80\x80", 4, &code) == 0, "U+110000 is refused");
	ok(escape_utf8_next((const uint8_t *)"\xc0\xaf", 2, &code) == 0, "an overlong slash is refused");
	ok(escape_utf8_next((const uint8_t *)"\xe0\x9f\xbf", 3, &code) == 0, "an overlong U+07FF is refused");
	ok(escape_utf8_next((const uint8_t *)"\xe2\x82", 2, &code) == 0, "a cut character is refused");
	ok(GIVES(ESCAPE_TERMINAL, "caf\xc3\xa9 \xc3", "café \\xc3"), "broken bytes are shown, whole ones kept");
}

static void test_terminal(void)
{
	ok(GIVES(ESCAPE_TERMINAL, "\x1b[31mred\a", "\\u{1b}[31mred\\u{7}"), "ANSI escapes");
	ok(GIVES(ESCAPE_TERMINAL,
	         "\xc2\x9b"
	         "31m",
	         "\\u{9b}31m"),
	   "the one-character CSI of C1");
	ok(GIVES(ESCAPE_TERMINAL, "a\0b\r\n\t", "a\\u{0}b\\r\\n\\t"), "NUL and line ends");
	ok(GIVES(ESCAPE_TERMINAL,
	         "a\xe2\x80\xae"
	         "gpj",
	         "a\\u{202e}gpj"),
	   "a right-to-left override");
	ok(GIVES(ESCAPE_TERMINAL, "a\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf", "a\\u{2066}\\u{200b}\\u{feff}"),
	   "invisibles");
	ok(GIVES(ESCAPE_TERMINAL, "\\u{1b}", "\\\\u{1b}"), "what looks like our visible form is told apart");
}

static void test_html(void)
{
	ok(GIVES(ESCAPE_HTML, "<script>alert('&\"')</script>",
	         "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;"),
	   "markup and both quotes");
	ok(GIVES(ESCAPE_HTML, "a\x0c onload=1", "a\\u{c} onload=1"), "controls do not end an attribute");
}

static void test_csv(void)
{
	ok(GIVES(ESCAPE_CSV, "plain", "plain"), "a plain field");
	ok(GIVES(ESCAPE_CSV, "a,b", "\"a,b\""), "a comma is quoted");
	ok(GIVES(ESCAPE_CSV, "say \"hi\"", "\"say \"\"hi\"\"\""), "quotes are doubled");
	ok(GIVES(ESCAPE_CSV, "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), "a formula is defused");
	ok(GIVES(ESCAPE_CSV, "a\nb", "a\\nb"), "a line end does not start a row");
	ok(GIVES(ESCAPE_CSV, "", ""), "nothing");
}

static void test_cef(void)
{
	ok(GIVES(ESCAPE_CEF_HEADER, "a|b\\c=d", "a\\|b\\\\c=d"), "header: bar and backslash");
	ok(GIVES(ESCAPE_CEF_VALUE, "a|b\\c=d\ne", "a|b\\\\c\\=d\\ne"), "value: equals, backslash, line end");
	ok(GIVES(ESCAPE_CEF_VALUE, "\x1b\xff", "\\\\u{1b}\\\\xff"), "visible forms survive CEF's own escaping");
}

static void test_columns(void)
{
	ok(escape_columns("bank") == 4 && escape_columns("") == 0, "ASCII");
	ok(escape_columns("café") == 4, "two bytes, one column");
	ok(escape_columns("cafe\xcc\x81") == 4, "a combining accent takes none");
	ok(escape_columns("銀行") == 4, "wide characters take two");
}

int main(void)
{
	test_utf8();
	test_terminal();
	test_html();
	test_csv();
	test_cef();
	test_columns();
	ok(GIVES(ESCAPE_UTF8, "a\n\"\\\xff", "a\n\"\\\\xff"), "UTF-8 only: the rest is the JSON writer's");
	ok(all_pairs_are_clean(), "every pair of bytes, every form");
	return done();
}
