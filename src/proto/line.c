/* line.c - logins in plaintext line protocols: FTP (RFC 959), SMTP AUTH (RFC 4954), IMAP (RFC 9051), POP3 (RFC 1939, 5034).
 *
 * The client's line says whether a login is tried, the server's line whether it did; only lines' first bytes are kept.
 * A client that speaks TLS at a line's start has done STARTTLS: the TLS reader takes over and logins are out of sight. */
#include <ctype.h>
#include <string.h>

#include "proto/reader.h"

enum line_dialect { DIALECT_NONE = 0, DIALECT_CODES, DIALECT_IMAP, DIALECT_POP3 }; /* CODES: FTP and SMTP */

static bool word_is(const uint8_t *p, uint8_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && strncasecmp((const char *)p, word, len) == 0 && (n == len || !isalnum(p[len]));
}

/* FNV-1a of the line's first word; *ret_rest is where the second begins. Never 0. */
static uint32_t first_word(const struct line_side *l, uint8_t *ret_rest)
{
	uint32_t hash = 2166136261u;
	uint8_t i = 0;

	for (; i < l->have && l->head[i] != ' '; i++)
		hash = (hash ^ l->head[i]) * 16777619u;
	*ret_rest = i < l->have ? (uint8_t)(i + 1) : i;
	return hash | 1;
}

static void answered(struct call *c, bool accepted)
{
	c->room->line.pending = false;
	turn_login(c, c->time_us, accepted);
}

/* ---- the client's lines ---- */

static void codes_command(struct call *c, const struct line_side *l)
{
	bool smtp = word_is(l->head, l->have, "EHLO") || word_is(l->head, l->have, "HELO");

	if (c->state->service == SERVICE_NONE && smtp)
		c->state->service = SERVICE_SMTP;
	else if (c->state->service == SERVICE_NONE && word_is(l->head, l->have, "USER"))
		c->state->service = SERVICE_FTP;
	if (word_is(l->head, l->have, c->state->service == SERVICE_SMTP ? "AUTH" : "PASS"))
		c->room->line.pending = true;
}

static void imap_command(struct line_room *s, const struct line_side *l)
{
	uint8_t rest;
	uint32_t tag = first_word(l, &rest);
	const uint8_t *verb = l->head + rest;
	uint8_t n = (uint8_t)(l->have - rest);

	if (s->pending) /* a literal or the exchange of AUTHENTICATE */
		return;
	s->pending = word_is(verb, n, "LOGIN") || word_is(verb, n, "AUTHENTICATE");
	s->tag = tag;
}

static void client_line(struct call *c, const struct line_side *l)
{
	struct line_room *s = &c->room->line;

	if (s->dialect == DIALECT_CODES)
		codes_command(c, l);
	else if (s->dialect == DIALECT_IMAP)
		imap_command(s, l);
	else if (word_is(l->head, l->have, "PASS") || word_is(l->head, l->have, "APOP") ||
	         word_is(l->head, l->have, "AUTH"))
		s->pending = true;
}

/* ---- the server's lines ---- */

/* "530-" goes on, "530 " is the answer. */
static void codes_reply(struct call *c, const struct line_side *l)
{
	bool smtp = c->state->service == SERVICE_SMTP;

	if (!c->room->line.pending || l->have < 3 || (l->have > 3 && l->head[3] == '-'))
		return;
	if (memcmp(l->head, smtp ? "235" : "230", 3) == 0)
		answered(c, true);
	else if (memcmp(l->head, smtp ? "535" : "530", 3) == 0)
		answered(c, false);
	else if (l->head[0] == '4' || l->head[0] == '5')
		c->room->line.pending = false; /* refused for another reason */
}

static void imap_reply(struct call *c, const struct line_side *l)
{
	uint8_t rest;

	if (!c->room->line.pending || first_word(l, &rest) != c->room->line.tag)
		return;
	const uint8_t *status = l->head + rest;
	uint8_t n = (uint8_t)(l->have - rest);
	if (word_is(status, n, "OK"))
		answered(c, true);
	else if (word_is(status, n, "NO"))
		answered(c, false);
	else
		c->room->line.pending = false;
}

static void pop3_reply(struct call *c, const struct line_side *l)
{
	if (!c->room->line.pending)
		return;
	if (l->have >= 3 && memcmp(l->head, "+OK", 3) == 0)
		answered(c, true);
	else if (l->have >= 4 && memcmp(l->head, "-ERR", 4) == 0)
		answered(c, false);
}

static enum line_dialect dialect_of(const struct call *c, const struct line_side *l)
{
	uint16_t port = c->event->server_port;

	if (l->have == 0)
		return port == 143 ? DIALECT_IMAP : port == 110 ? DIALECT_POP3 : DIALECT_CODES;
	return l->head[0] == '*' ? DIALECT_IMAP : l->head[0] == '+' ? DIALECT_POP3 : DIALECT_CODES;
}

static void choose_dialect(struct call *c, enum line_dialect dialect)
{
	c->room->line.dialect = (uint8_t)dialect;
	if (dialect == DIALECT_IMAP)
		c->state->service = SERVICE_IMAP;
	else if (dialect == DIALECT_POP3)
		c->state->service = SERVICE_POP3;
	else if (c->event->midstream)
		c->state->service = c->event->server_port == 21 ? SERVICE_FTP : SERVICE_SMTP;
}

static void server_line(struct call *c, const struct line_side *l)
{
	struct line_room *s = &c->room->line;

	if (s->dialect == DIALECT_IMAP)
		imap_reply(c, l);
	else if (s->dialect == DIALECT_POP3)
		pop3_reply(c, l);
	else
		codes_reply(c, l);
}

static void line_ends(struct call *c, struct line_side *l)
{
	if (l->have > 0 && l->head[l->have - 1] == '\r')
		l->have--;
	if (!l->lost && c->side == FLOW_CLIENT)
		client_line(c, l);
	else if (!l->lost)
		server_line(c, l);
	l->have = 0;
	l->lost = false;
}

static void line_turn(struct call *c)
{
	if (c->side == FLOW_CLIENT)
		turn_asks(c);
	else
		turn_answers(c, ANSWER_DATA);
}

/* Where the greeting was not seen, the port says what is spoken. */
static void greet(struct call *c, uint8_t first)
{
	struct line_side l = { .head = { first }, .have = c->side == FLOW_SERVER && !c->event->midstream };

	choose_dialect(c, dialect_of(c, &l));
}

static uint32_t line_data(struct call *c, const uint8_t *p, uint32_t n)
{
	struct line_side *l = &c->room->line.side[c->side];

	if (c->room->line.dialect == DIALECT_NONE)
		greet(c, *p);
	for (uint32_t i = 0; i < n; i++) {
		if (c->side == FLOW_CLIENT && l->have == 0 && p[i] == 0x16) {
			reader_switch(c, READER_TLS);
			return i;
		}
		line_turn(c);
		if (p[i] == '\n')
			line_ends(c, l);
		else if (l->have < LINE_HEAD)
			l->head[l->have++] = p[i];
	}
	return n;
}

static void line_gap(struct call *c)
{
	c->room->line.side[c->side].lost = true;
	c->room->line.pending = false;
}

const struct reader reader_line = { .data = line_data, .gap = line_gap, .session = true };
