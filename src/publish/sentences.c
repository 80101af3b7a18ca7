#include "publish/sentences.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/escape.h"

enum { FORMS = 2, FORBIDDEN_MAX = 64, ID_MAX = 48 };
enum plural { SINGLE = 0, PLURAL };

struct wanted {
	const char *id, *placeholders;
	enum plural plural;
};

#define SENTENCE(id, name, plural, placeholders) { name, placeholders, plural },
static const struct wanted wanted[SENTENCE_COUNT_OF_IDS] = {
#include "publish/sentences.def"
};
#undef SENTENCE

/* A territory is where traffic was last seen leaving a network. No sentence may let it act, and none may speak of
 * operators or sponsors: those are other types, with other evidence. */
static const char *const always_forbidden[] = {
	"attacked by",     "attacks by",     "attack by",     "by {territory}",  "{territory} attack",
	"{territory} has", "{territory} is", "{territory}'s", "{territory} was", "{territory} behind",
	"{name} attack",   "stands behind",  "is behind",     "on behalf of",    "orchestrated",
	"state-sponsored", "sponsored by",   "hackers",       "hacked",          "cyber war",
	"cyberwar",
};
static const size_t always_forbidden_count = sizeof(always_forbidden) / sizeof(always_forbidden[0]);

struct sentences {
	char *text[SENTENCE_COUNT_OF_IDS][FORMS]; /* SINGLE ids use form 0; owned */
	unsigned line[SENTENCE_COUNT_OF_IDS][FORMS];
	char *forbidden[FORBIDDEN_MAX]; /* lower case, owned */
	size_t forbidden_count;
	char digest[SHA256_TEXT_MAX];
};

struct reader {
	struct sentences *s;
	struct sentences_error *error;
	unsigned line;
};

void sentences_free(struct sentences *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < SENTENCE_COUNT_OF_IDS; i++)
		for (size_t form = 0; form < FORMS; form++)
			free(s->text[i][form]);
	for (size_t i = 0; i < s->forbidden_count; i++)
		free(s->forbidden[i]);
	free(s);
}

void sentences_freep(struct sentences **s)
{
	sentences_free(*s);
}

__attribute__((format(printf, 4, 5))) static int fail(const struct reader *r, unsigned line, size_t column,
                                                      const char *format, ...)
{
	va_list args;

	r->error->line = line;
	r->error->column = (unsigned)column;
	va_start(args, format);
	(void)vsnprintf(r->error->text, sizeof(r->error->text), format, args);
	va_end(args);
	return -EINVAL;
}

/* Where text stops being UTF-8 without controls: its length when it does not. */
static size_t sound_length(const char *text, size_t n)
{
	size_t at = 0;

	while (at < n) {
		uint32_t code = 0;
		size_t len = escape_utf8_next((const uint8_t *)text + at, n - at, &code);
		if (len == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
		    (code >= 0x2066 && code <= 0x2069))
			break;
		at += len;
	}
	return at;
}

/* Does the list "a b c" hold the word? */
static bool list_holds(const char *list, const char *word, size_t n)
{
	for (const char *p = list; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		if (len == n && memcmp(p, word, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static bool text_holds_placeholder(const char *text, const char *word, size_t n)
{
	for (const char *p = strchr(text, '{'); p != NULL; p = strchr(p + 1, '{'))
		if (strncmp(p + 1, word, n) == 0 && p[1 + n] == '}')
			return true;
	return false;
}

/* The text may hold exactly the placeholders of its id. The column is that of the line where the text began on it. */
static int check_placeholders(const struct reader *r, const struct wanted *w, const char *text, size_t column)
{
	for (const char *p = strpbrk(text, "{}"); p != NULL; p = strpbrk(p, "{}")) {
		size_t at = column + (size_t)(p - text), n = strcspn(p + 1, "{}");
		if (*p == '}' || p[1 + n] != '}')
			return fail(r, r->line, at, "a brace without its partner");
		if (!list_holds(w->placeholders, p + 1, n))
			return fail(r, r->line, at, "'%s' has no placeholder {%.*s}", w->id, (int)(n < 40 ? n : 40),
			            p + 1);
		p += n + 2;
	}
	for (const char *p = w->placeholders; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		if (!text_holds_placeholder(text, p, n))
			return fail(r, r->line, column, "'%s' needs the placeholder {%.*s}", w->id, (int)n, p);
		p += n;
	}
	return 0;
}

/* "attacks.one" is form 0 of "attacks". Returns the id's number, or -ENOENT. */
static int find_id(const char *id, size_t n, size_t *ret_form)
{
	for (int i = 0; i < SENTENCE_COUNT_OF_IDS; i++) {
		size_t len = strlen(wanted[i].id);
		if (len > n || memcmp(wanted[i].id, id, len) != 0)
			continue;
		const char *rest = id + len;
		size_t rest_n = n - len;
		*ret_form = rest_n == 6;
		if (wanted[i].plural == SINGLE ? rest_n == 0
		                               : (rest_n == 4 && memcmp(rest, ".one", 4) == 0) ||
		                                         (rest_n == 6 && memcmp(rest, ".other", 6) == 0))
			return i;
	}
	return -ENOENT;
}

static int add_forbidden(const struct reader *r, const char *text, size_t column)
{
	struct sentences *s = r->s;

	if (*text == '\0')
		return fail(r, r->line, column, "nothing to forbid");
	if (s->forbidden_count == FORBIDDEN_MAX)
		return fail(r, r->line, column, "more than %d lines forbid", FORBIDDEN_MAX);
	char *copy = strdup(text);
	if (copy == NULL)
		return -ENOMEM;
	for (char *p = copy; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	s->forbidden[s->forbidden_count++] = copy;
	return 0;
}

/* One whole entry, continuation lines joined. */
static int take_entry(const struct reader *r, const char *id, size_t id_n, const char *text, size_t column)
{
	size_t form = 0;

	if (id_n == 6 && memcmp(id, "forbid", 6) == 0)
		return add_forbidden(r, text, column);
	int i = find_id(id, id_n, &form);
	if (i < 0)
		return fail(r, r->line, 1, "no sentence is called '%.*s'", (int)(id_n < ID_MAX ? id_n : ID_MAX), id);
	if (wanted[i].plural == SINGLE)
		form = 0;
	if (r->s->text[i][form] != NULL)
		return fail(r, r->line, 1, "'%.*s' is there already, in line %u", (int)id_n, id, r->s->line[i][form]);
	if (*text == '\0')
		return fail(r, r->line, column, "'%.*s' says nothing", (int)id_n, id);
	int err = check_placeholders(r, &wanted[i], text, column);
	if (err < 0)
		return err;
	r->s->text[i][form] = strdup(text);
	r->s->line[i][form] = r->line;
	return r->s->text[i][form] != NULL ? 0 : -ENOMEM;
}

static size_t line_length(const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	return end != NULL ? (size_t)(end - p) : n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Lower case, runs of blanks as one: what forbidden words are sought in. */
static void normalize(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (const char *p = text; *p != '\0' && n + 1 < size; p++)
		if (!is_blank(*p) || n == 0 || buf[n - 1] != ' ')
			buf[n++] = is_blank(*p) ? ' ' : (char)tolower((unsigned char)*p);
	buf[n] = '\0';
}

static const char *find_forbidden(const struct sentences *s, const char *text)
{
	char plain[SENTENCE_BYTES_MAX + 1];

	normalize(text, plain, sizeof(plain));
	for (size_t i = 0; i < always_forbidden_count; i++)
		if (strstr(plain, always_forbidden[i]) != NULL)
			return always_forbidden[i];
	for (size_t i = 0; i < s->forbidden_count; i++)
		if (strstr(plain, s->forbidden[i]) != NULL)
			return s->forbidden[i];
	return NULL;
}

/* Split "id = text", its continuation lines following from *at on, which moves behind them. */
static int read_entry(struct reader *r, const char *data, size_t size, size_t *at)
{
	char entry[SENTENCE_BYTES_MAX + 1];
	const char *p = data + *at;
	size_t n = line_length(p, size - *at), id_n = 0, n_text = 0;

	while (id_n < n && !is_blank(p[id_n]) && p[id_n] != '=')
		id_n++;
	size_t start = id_n;
	while (start < n && is_blank(p[start]))
		start++;
	if (id_n == 0 || start == n || p[start] != '=')
		return fail(r, r->line, start + 1, "expected 'id = text'");
	for (start++; start < n && is_blank(p[start]); start++)
		;
	unsigned lines = 0;
	for (const char *q = p + start, *end = p + n;; lines++) {
		while (end > q && is_blank(end[-1]))
			end--;
		size_t len = (size_t)(end - q);
		if (n_text + 1 + len > SENTENCE_BYTES_MAX)
			return fail(r, r->line + lines, 1, "longer than %d bytes", SENTENCE_BYTES_MAX);
		if (n_text > 0)
			entry[n_text++] = ' ';
		memcpy(entry + n_text, q, len);
		n_text += len;
		*at += n < size - *at ? n + 1 : n;
		if (*at >= size || !is_blank(data[*at]))
			break;
		q = data + *at;
		n = line_length(q, size - *at);
		for (end = q + n; q < end && is_blank(*q); q++)
			;
	}
	entry[n_text] = '\0';
	int err = take_entry(r, p, id_n, entry, start + 1);
	r->line += lines;
	return err;
}

static int check_bytes(struct reader *r, const char *data, size_t size)
{
	unsigned line = 1;

	for (size_t at = 0; at < size; line++) {
		size_t n = line_length(data + at, size - at), sound = 0;
		while (sound < n && (data[at + sound] == '\t' || sound_length(data + at + sound, n - sound) > 0))
			sound += data[at + sound] == '\t' ? 1 : sound_length(data + at + sound, n - sound);
		if (sound < n)
			return fail(r, line, sound + 1, "broken UTF-8 or a control character");
		at += n + 1;
	}
	return 0;
}

static int read_all(struct reader *r, const char *data, size_t size)
{
	size_t at = 0;

	for (r->line = 1; at < size; r->line++) {
		size_t n = line_length(data + at, size - at);
		size_t blank = 0;
		while (blank < n && is_blank(data[at + blank]))
			blank++;
		if (blank == n || data[at] == '#') {
			at += n + 1;
			continue;
		}
		if (blank > 0)
			return fail(r, r->line, blank + 1, "goes on with no sentence before it");
		int err = read_entry(r, data, size, &at);
		if (err < 0)
			return err;
	}
	return 0;
}

static int check_complete(const struct reader *r)
{
	for (size_t i = 0; i < SENTENCE_COUNT_OF_IDS; i++)
		for (size_t form = 0; form < (wanted[i].plural == PLURAL ? FORMS : 1); form++) {
			const char *suffix = wanted[i].plural == SINGLE ? "" : form == 0 ? ".one" : ".other";
			const char *text = r->s->text[i][form];
			if (text == NULL)
				return fail(r, 0, 0, "'%s%s' is missing", wanted[i].id, suffix);
			const char *word = find_forbidden(r->s, text);
			if (word != NULL)
				return fail(r, r->s->line[i][form], 1, "'%s%s' holds the forbidden words '%s'",
				            wanted[i].id, suffix, word);
		}
	return 0;
}

int sentences_parse(const char *data, size_t n, struct sentences **ret_sentences, struct sentences_error *reterr_error)
{
	CLEANUP(sentences_freep) struct sentences *s = calloc(1, sizeof(*s));
	struct reader r = { .s = s, .error = reterr_error };
	struct digest digest;

	if (s == NULL)
		return -ENOMEM;
	if (n > SENTENCES_BYTES_MAX)
		return fail(&r, 0, 0, "longer than %d bytes", SENTENCES_BYTES_MAX);
	int err = check_bytes(&r, data, n);
	if (err == 0)
		err = read_all(&r, data, n);
	if (err == 0)
		err = check_complete(&r);
	if (err < 0)
		return err;
	digest_sha256(data, n, &digest);
	digest_format(&digest, s->digest);
	*ret_sentences = TAKE_PTR(s);
	return 0;
}

const char *sentences_digest(const struct sentences *s)
{
	return s->digest;
}

static const char *value_of(const char *name, size_t n, const struct sentence_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(values[i].name) == n && memcmp(values[i].name, name, n) == 0)
			return values[i].text;
	return NULL;
}

void sentences_say(const struct sentences *s, enum sentence_id id, uint64_t number, const struct sentence_value *values,
                   size_t count, struct text *out)
{
	check((unsigned)id < SENTENCE_COUNT_OF_IDS);
	size_t form = wanted[id].plural == PLURAL && number != 1, begin = out->len;
	const char *p = s->text[id][form];

	for (size_t n; *p != '\0'; p += n) {
		n = strcspn(p, "{");
		if (n > 0) {
			text_add_bytes(out, p, n);
			continue;
		}
		n = strcspn(p, "}") + 1;
		const char *value = value_of(p + 1, n - 2, values, count);
		check(value != NULL);
		text_add(out, value);
	}
	/* A sentence that opens with a placeholder opens with whatever stands for it: "at least 12". */
	if (s->text[id][form][0] == '{' && out->len > begin)
		out->data[begin] = (char)toupper((unsigned char)out->data[begin]);
}

const char *sentences_get(const struct sentences *s, enum sentence_id id)
{
	check((unsigned)id < SENTENCE_COUNT_OF_IDS && wanted[id].plural == SINGLE && *wanted[id].placeholders == '\0');
	return s->text[id][0];
}
