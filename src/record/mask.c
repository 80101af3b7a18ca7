#include "record/mask.h"

#include <string.h>
#include <strings.h>

static bool begins(const char *line, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && strncasecmp(line, word, len) == 0;
}

/* Position behind the word and the blanks around it, or 0. */
static size_t skip_word(const char *line, size_t n, size_t at)
{
	size_t start = at;

	while (at < n && line[at] != ' ')
		at++;
	if (at == start || at == n)
		return 0;
	while (at < n && line[at] == ' ')
		at++;
	return at;
}

/* What follows a mechanism's name: "PLAIN dGVzdA==". Returns n where nothing does. */
static size_t behind_mechanism(const char *line, size_t n, size_t at)
{
	size_t value = skip_word(line, n, at);

	return value == 0 ? n : value;
}

/* "TAG LOGIN user password", "TAG AUTHENTICATE PLAIN response" (RFC 9051). */
static size_t imap_value(const char *line, size_t n)
{
	size_t command = skip_word(line, n, 0);

	if (command == 0)
		return n;
	if (begins(line + command, n - command, "LOGIN "))
		return command + 6;
	if (begins(line + command, n - command, "AUTHENTICATE "))
		return behind_mechanism(line, n, command + 13);
	return n;
}

static bool is_mail_port(uint16_t port)
{
	return port == 25 || port == 465 || port == 587 || port == 2525 || port == 110 || port == 143;
}

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
	       c == '=';
}

/* A line of nothing but base64 that is no command: the answer to a challenge (RFC 4954). Taking lines of an attachment for
 * one costs nothing. */
static bool is_response(const char *line, size_t n)
{
	static const char *const commands[] = { "QUIT", "DATA", "RSET", "NOOP", "STARTTLS", "CAPA", "STLS", "STAT",
		                                "LIST", "UIDL", "HELP", "DONE", "IDLE",     "AUTH", "EHLO", "HELO" };

	for (size_t i = 0; i < n; i++)
		if (!is_base64(line[i]))
			return false;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (n == strlen(commands[i]) && begins(line, n, commands[i]))
			return false;
	return n >= 4;
}

/* Where a line's secret begins; n where it has none. */
static size_t find_value(uint16_t to_port, const char *line, size_t n)
{
	if (begins(line, n, "PASS "))
		return 5;
	if (begins(line, n, "AUTH "))
		return behind_mechanism(line, n, 5);
	if (begins(line, n, "Authorization:"))
		return 14;
	if (begins(line, n, "Proxy-Authorization:"))
		return 20;
	if (is_mail_port(to_port) && is_response(line, n))
		return 0;
	return imap_value(line, n);
}

bool mask_credentials(struct mask *mask, uint16_t to_port, uint8_t *payload, size_t n)
{
	bool masked = false;

	for (size_t at = 0; at < n;) {
		char *line = (char *)payload + at;
		const char *lf = memchr(line, '\n', n - at);
		size_t whole = lf != NULL ? (size_t)(lf - line) : n - at;
		size_t len = whole > 0 && line[whole - 1] == '\r' ? whole - 1 : whole;
		size_t value = mask->open ? 0 : find_value(to_port, line, len);
		bool secret = mask->open || value < len;
		/* An IMAP literal, "{6}" at the end of the line: what it announces is on the next one. */
		bool literal = secret && len > 0 && line[len - 1] == '}';
		memset(line + value, 'x', len - value);
		masked = masked || value < len;
		mask->open = secret && (lf == NULL || literal);
		at += whole + 1;
	}
	return masked;
}
