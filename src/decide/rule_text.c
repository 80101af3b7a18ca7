#include "decide/rule_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/digest.h"
#include "base/utc.h"

static int fail(struct rule_error *error, uint32_t line, uint32_t column, const char *format, va_list list)
{
	error->line = line;
	error->column = column;
	(void)vsnprintf(error->message, sizeof(error->message), format, list);
	return -EINVAL;
}

int rule_fail(struct rule_reader *reader, const struct rule_line *line, uint32_t word, const char *format, ...)
{
	va_list list;

	check(word <= line->count);
	va_start(list, format);
	int err = fail(reader->error, line->number, line->column[word], format, list);
	va_end(list);
	return err;
}

int rule_fail_end(struct rule_reader *reader, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	int err = fail(reader->error, reader->number + 1, 1, format, list);
	va_end(list);
	return err;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_word(char c)
{
	return c > ' ' && c < 0x7f && c != '#';
}

/* Where the line's words end: at its comment or its LF. */
static size_t line_end(const struct rule_reader *r, size_t at)
{
	while (at < r->n && r->text[at] != '\n' && r->text[at] != '#')
		at++;
	return at;
}

static void skip_line(struct rule_reader *r)
{
	while (r->at < r->n && r->text[r->at] != '\n')
		r->at++;
	if (r->at < r->n)
		r->at++;
}

/* Copy the word at *at, moving behind it. */
static int take_word(struct rule_reader *r, struct rule_line *line, size_t start, size_t *at)
{
	size_t len = 0;

	line->column[line->count] = (uint32_t)(*at - start + 1);
	if (line->count == RULE_WORDS_MAX)
		return rule_fail(r, line, line->count, "too many words");
	for (; *at < r->n && is_word(r->text[*at]); ++*at) {
		if (len == RULE_WORD_MAX - 1)
			return rule_fail(r, line, line->count, "word too long");
		line->word[line->count][len++] = r->text[*at];
	}
	if (len == 0)
		return rule_fail(r, line, line->count, "unexpected byte 0x%02x", (unsigned char)r->text[*at]);
	line->word[line->count++][len] = '\0';
	return 0;
}

int rule_reader_next(struct rule_reader *r, struct rule_line *ret_line)
{
	while (r->at < r->n) {
		size_t start = r->at, end = line_end(r, start), at = start;
		*ret_line = (struct rule_line){ .number = ++r->number };
		for (;;) {
			while (at < end && is_blank(r->text[at]))
				at++;
			if (at == end)
				break;
			int err = take_word(r, ret_line, start, &at);
			if (err < 0)
				return err;
		}
		ret_line->column[ret_line->count] = (uint32_t)(at - start + 1);
		skip_line(r);
		if (ret_line->count > 0)
			return 1;
	}
	return 0;
}

int rule_words(struct rule_reader *r, const struct rule_line *line, uint32_t count)
{
	if (line->count < count)
		return rule_fail(r, line, line->count, "'%s' needs %u more words", line->word[0], count - line->count);
	if (line->count > count)
		return rule_fail(r, line, count, "'%s' is one word too many", line->word[count]);
	return 0;
}

int rule_number(struct rule_reader *r, const struct rule_line *line, uint32_t word, uint64_t low, uint64_t high,
                uint64_t *ret_value)
{
	const char *s = line->word[word];
	uint64_t value = 0;

	if (strspn(s, "0123456789") != strlen(s) || strlen(s) > 18)
		return rule_fail(r, line, word, "'%s' is not a whole number", s);
	for (; *s != '\0'; s++)
		value = value * 10 + (uint64_t)(*s - '0');
	if (value < low || value > high)
		return rule_fail(r, line, word, "'%s' is not between %llu and %llu", line->word[word],
		                 (unsigned long long)low, (unsigned long long)high);
	*ret_value = value;
	return 0;
}

int rule_duration(struct rule_reader *r, const struct rule_line *line, uint32_t word, int64_t *ret_us)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = { { "us", 1 }, { "s", SECOND_US }, { "min", MINUTE_US }, { "h", HOUR_US }, { "d", DAY_US } };
	const int64_t longest = 366 * DAY_US;
	uint64_t value;

	check(word + 1 < line->count);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].name, line->word[word + 1]) != 0)
			continue;
		int err = rule_number(r, line, word, 1, (uint64_t)(longest / units[i].us), &value);
		if (err < 0)
			return err;
		*ret_us = (int64_t)value * units[i].us;
		return 0;
	}
	return rule_fail(r, line, word + 1, "'%s' is no unit of time: us, s, min, h or d", line->word[word + 1]);
}

int rule_fraction(struct rule_reader *r, const struct rule_line *line, uint32_t word, unsigned *ret_parts)
{
	const char *s = line->word[word];
	unsigned parts = 0, digits = 0;

	if (s[0] != '0' && s[0] != '1')
		return rule_fail(r, line, word, "'%s' is not a fraction from 0 to 1", s);
	parts = (unsigned)(s[0] - '0');
	s += s[1] == '.' && s[2] != '\0' ? 2 : 1;
	for (; isdigit((unsigned char)*s) && digits < 4 && s - line->word[word] > 1; s++, digits++)
		parts = parts * 10 + (unsigned)(*s - '0');
	for (unsigned i = digits; i < 4; i++)
		parts *= 10;
	if (*s != '\0' || parts > 10000)
		return rule_fail(r, line, word,
		                 "'%s' is not a fraction from 0 to 1 with at most four digits behind the point",
		                 line->word[word]);
	*ret_parts = parts;
	return 0;
}

int rule_name(struct rule_reader *r, const struct rule_line *line, uint32_t word, char ret_name[static RULE_NAME_MAX])
{
	const char *s = line->word[word];

	for (size_t i = 0; s[i] != '\0'; i++)
		if (!isalnum((unsigned char)s[i]) || i >= RULE_NAME_MAX - 1)
			return rule_fail(r, line, word, "'%s' is not a name of at most %d letters and digits", s,
			                 RULE_NAME_MAX - 1);
	memcpy(ret_name, s, strlen(s) + 1);
	return 0;
}

void rule_identify(const struct rule_reader *r, const char *name, char ret_text[static RULE_TEXT_MAX])
{
	struct digest digest;
	char hex[SHA256_TEXT_MAX];

	digest_sha256(r->text, r->n, &digest);
	int n = snprintf(ret_text, RULE_TEXT_MAX, "%s@%s", name, digest_format(&digest, hex));
	check(n > 0 && n < RULE_TEXT_MAX);
}
