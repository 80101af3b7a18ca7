#include "base/escape.h"

#include <stdbool.h>
#include <string.h>

struct range {
	uint32_t first, last;
};

/* Unicode Cc, Cf, Zl, Zp and the letters that print as nothing; ascending. */
static const struct range unseen[] = {
	{ 0x0000, 0x001f },    { 0x007f, 0x009f }, { 0x00ad, 0x00ad },   { 0x034f, 0x034f },   { 0x061c, 0x061c },
	{ 0x115f, 0x1160 },    { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
	{ 0x2060, 0x206f },    { 0x3164, 0x3164 }, { 0xfdd0, 0xfdef },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },    { 0xfffe, 0xffff }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	{ 0xf0000, 0x10ffff },
};

/* Combining marks common enough to be met in names. */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
	{ 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

/* East Asian Width W and F, in blocks. */
static const struct range wide[] = {
	{ 0x1100, 0x115e },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x2fffd }, { 0x30000, 0x3fffd },
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count && ranges[i].first <= code; i++)
		if (code <= ranges[i].last)
			return true;
	return false;
}

#define IN(ranges, code) in_ranges((ranges), sizeof(ranges) / sizeof((ranges)[0]), (code))

size_t escape_utf8_next(const uint8_t *data, size_t n, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t lead = data[0];
	size_t len = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	uint32_t code = len == 1 ? lead : lead & (0xffu >> (len + 1));

	if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((data[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (data[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return len;
}

/* The backslash that starts a visible form; CEF wants its own backslashes doubled. */
static const char *backslash(enum escape_kind kind)
{
	return kind == ESCAPE_CEF_HEADER || kind == ESCAPE_CEF_VALUE ? "\\\\" : "\\";
}

static void add_unseen(struct text *out, enum escape_kind kind, uint32_t code)
{
	const char *known = code == '\n' ? "n" : code == '\r' ? "r" : code == '\t' ? "t" : NULL;

	/* CEF itself writes line ends in values as \n and \r. */
	text_add(out, kind == ESCAPE_CEF_VALUE && (code == '\n' || code == '\r') ? "\\" : backslash(kind));
	if (known != NULL)
		text_add(out, known);
	else
		text_addf(out, "u{%x}", (unsigned)code);
}

/* What an ASCII character becomes in the place of kind; NULL: itself. */
static const char *replacement(enum escape_kind kind, uint8_t c)
{
	switch (kind) {
	case ESCAPE_HTML:
		return c == '&'    ? "&amp;"
		       : c == '<'  ? "&lt;"
		       : c == '>'  ? "&gt;"
		       : c == '"'  ? "&quot;"
		       : c == '\'' ? "&#39;"
		       : c == '\\' ? "\\\\"
		                   : NULL;
	case ESCAPE_CSV:
		return c == '"' ? "\"\"" : NULL;
	case ESCAPE_CEF_HEADER:
		return c == '\\' ? "\\\\" : c == '|' ? "\\|" : NULL;
	case ESCAPE_CEF_VALUE:
		return c == '\\' ? "\\\\" : c == '=' ? "\\=" : NULL;
	case ESCAPE_TERMINAL:
	case ESCAPE_COMMENT:
		return c == '\\' ? "\\\\" : NULL;
	case ESCAPE_UTF8:
		break;
	}
	return NULL;
}

static void add_code(struct text *out, enum escape_kind kind, const uint8_t *bytes, size_t len, uint32_t code)
{
	const char *other = len == 1 ? replacement(kind, bytes[0]) : NULL;

	if (kind != ESCAPE_UTF8 && IN(unseen, code))
		add_unseen(out, kind, code);
	else if (other != NULL)
		text_add(out, other);
	else
		text_add_bytes(out, bytes, len);
}

static void add_all(struct text *out, enum escape_kind kind, const uint8_t *p, size_t n)
{
	while (n > 0) {
		uint32_t code = 0;
		size_t len = escape_utf8_next(p, n, &code);
		if (len == 0)
			text_addf(out, "%sx%02x", backslash(kind), *p);
		else
			add_code(out, kind, p, len, code);
		p += len > 0 ? len : 1;
		n -= len > 0 ? len : 1;
	}
}

static bool csv_needs_quotes(const char *p, size_t n)
{
	return n > 0 && (memchr(p, ',', n) != NULL || memchr(p, '"', n) != NULL || memchr(p, ';', n) != NULL ||
	                 p[0] == ' ' || p[n - 1] == ' ');
}

/* A spreadsheet runs a field that starts like this: OWASP, "CSV Injection". */
static bool csv_runs(const char *p, size_t n)
{
	return n > 0 && strchr("=+-@", p[0]) != NULL && p[0] != '\0';
}

static void add_csv(struct text *out, const char *p, size_t n)
{
	bool quotes = csv_needs_quotes(p, n);

	if (quotes)
		text_add(out, "\"");
	if (csv_runs(p, n))
		text_add(out, "'");
	add_all(out, ESCAPE_CSV, (const uint8_t *)p, n);
	if (quotes)
		text_add(out, "\"");
}

void escape_add(struct text *out, enum escape_kind kind, const void *data, size_t n)
{
	if (kind == ESCAPE_CSV)
		add_csv(out, data, n);
	else
		add_all(out, kind, data, n);
}

void escape_addz(struct text *out, enum escape_kind kind, const char *s)
{
	escape_add(out, kind, s, strlen(s));
}

size_t escape_columns(const char *s)
{
	size_t columns = 0, n = strlen(s);
	const uint8_t *p = (const uint8_t *)s;

	while (n > 0) {
		uint32_t code = 0;
		size_t len = escape_utf8_next(p, n, &code);
		columns += IN(combining, code) ? 0 : IN(wide, code) ? 2 : 1;
		p += len > 0 ? len : 1;
		n -= len > 0 ? len : 1;
	}
	return columns;
}
