/* http.c - HTTP/1.x in plaintext: which response status answers which request, and HTTP Basic logins.
 *
 * Both sides are followed message by message (RFC 9112): start line, header lines, a body by Content-Length, by chunks, or
 * until the end of the connection. Read is only what is needed to know where a message ends. A side that stops making
 * sense, or lost bytes, is lost until it begins its next turn. */
#include <string.h>

#include "proto/reader.h"

enum message_state {
	MESSAGE_START = 0, /* before a start line */
	MESSAGE_FIRST,     /* in the start line */
	MESSAGE_NAME,      /* at a header line's start or in its name */
	MESSAGE_VALUE,     /* in the value of a header we want */
	MESSAGE_SKIP,      /* in the rest of a header line */
	MESSAGE_BODY,
	MESSAGE_CHUNK_SIZE,
	MESSAGE_CHUNK_EXTENSION,
	MESSAGE_CHUNK,
	MESSAGE_CHUNK_END,
	MESSAGE_TRAILER, /* at a trailer line's start */
	MESSAGE_TRAILER_SKIP,
	MESSAGE_LOST, /* no end in sight: until the side's next turn */
};

enum { FLAG_LENGTH = 1, FLAG_CHUNKED = 2, FLAG_BASIC = 4, FLAG_HEAD = 8, FLAG_CONNECT = 16 };

enum { WORD_NONE = 0, WORD_HEAD, WORD_CONNECT, WORD_STATUS, WORD_LENGTH, WORD_ENCODING, WORD_AUTHORIZATION };

static const char *const words[] = { [WORD_NONE] = "",
	                             [WORD_HEAD] = "head ",
	                             [WORD_CONNECT] = "connect ",
	                             [WORD_STATUS] = "http/1.",
	                             [WORD_LENGTH] = "content-length:",
	                             [WORD_ENCODING] = "transfer-encoding:",
	                             [WORD_AUTHORIZATION] = "authorization:" };

/* Places in a status line: behind "HTTP/1.", and behind the status. */
enum { STATUS_WORD = 7, STATUS_END = 12 };

#define LENGTH_MAX (UINT64_C(1) << 56)

static uint8_t lower(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? (uint8_t)(b + 'a' - 'A') : b;
}

/* Follow the word that the line began with. True when this byte completes it. */
static bool word_goes_on(struct message *m, uint8_t b)
{
	const char *word = words[m->word];

	if (m->word == WORD_NONE)
		return false;
	if (lower(b) != (uint8_t)word[m->pos]) {
		m->word = WORD_NONE;
		return false;
	}
	m->pos++;
	return word[m->pos] == '\0';
}

static uint8_t word_of_name(uint8_t b)
{
	switch (lower(b)) {
	case 'c':
		return WORD_LENGTH;
	case 't':
		return WORD_ENCODING;
	case 'a':
		return WORD_AUTHORIZATION;
	default:
		return WORD_NONE;
	}
}

static void message_begins(struct message *m)
{
	*m = (struct message){ .state = MESSAGE_FIRST };
}

/* RFC 9112 6.3: chunks win over a length. False when there is no body. */
static bool body_begins(struct message *m)
{
	m->left = m->flags & FLAG_CHUNKED ? 0 : m->left;
	m->state = m->flags & FLAG_CHUNKED ? MESSAGE_CHUNK_SIZE : m->left > 0 ? MESSAGE_BODY : MESSAGE_START;
	return m->state != MESSAGE_START;
}

/* ---- requests ---- */

static void push_request(struct http_room *h, uint8_t flags)
{
	uint32_t bit = h->outstanding < 32 ? UINT32_C(1) << h->outstanding : 0;

	if (flags & (FLAG_HEAD | FLAG_CONNECT))
		h->head |= bit;
	if (flags & FLAG_BASIC)
		h->basic |= bit;
	h->connect = flags & FLAG_CONNECT;
	if (h->outstanding < UINT16_MAX)
		h->outstanding++;
}

static void request_is_complete(struct call *c)
{
	struct http_room *h = &c->room->http;

	if (!h->answered)
		push_request(h, h->side[FLOW_CLIENT].flags);
	h->answered = false;
}

/* ---- responses ---- */

static void judge_login(struct call *c, uint16_t status)
{
	struct http_room *h = &c->room->http;

	if (status == 401) {
		h->accepted = false;
		turn_login(c, c->time_us, false);
	} else if ((status < 400 || status == 404 || status == 405) && !h->accepted) {
		h->accepted = true; /* once: every later request carries them too */
		turn_login(c, c->time_us, true);
	}
}

static void request_is_answered(struct call *c, uint16_t status)
{
	struct turn *t = &c->room->turn;

	turn_request(c, status >= 300 ? ANSWER_ERROR : ANSWER_DATA);
	t->open = c->room->http.outstanding > 0 || c->room->http.side[FLOW_CLIENT].state != MESSAGE_START;
	if (c->room->http.outstanding == 0)
		t->asked_us = c->time_us;
}

static bool proves_a_request(uint16_t status)
{
	return status < 400 || status == 401 || status == 403 || status == 404 || status == 405;
}

/* A final status: whom does it answer? */
static void response_begins(struct call *c, uint16_t status)
{
	struct http_room *h = &c->room->http;
	struct message *response = &h->side[FLOW_SERVER];
	uint8_t state = h->side[FLOW_CLIENT].state;
	bool basic = h->basic & 1, in_progress = state != MESSAGE_START && state != MESSAGE_LOST;

	if (h->outstanding > 0) {
		response->flags |= h->head & 1 ? FLAG_HEAD : 0;
		response->flags |= h->outstanding == 1 && h->connect && status < 300 ? FLAG_CONNECT : 0;
		h->outstanding--;
		h->head >>= 1;
		h->basic >>= 1;
	} else if (in_progress && !h->answered && proves_a_request(status)) {
		basic = h->side[FLOW_CLIENT].flags & FLAG_BASIC;
		h->answered = true;
	} else {
		c->state->refused = c->state->refused || status >= 400;
		return;
	}
	request_is_answered(c, status);
	if (basic)
		judge_login(c, status);
}

/* Headers are over. A response to HEAD, 204 and 304 have no body whatever they say. */
static void response_goes_on(struct call *c, struct message *m)
{
	if (m->status == 101 || (m->flags & FLAG_CONNECT))
		reader_switch(c, READER_OTHER);
	else if (m->status < 200 || m->status == 204 || m->status == 304 || (m->flags & FLAG_HEAD))
		m->state = MESSAGE_START;
	else if (!(m->flags & (FLAG_CHUNKED | FLAG_LENGTH)))
		m->state = MESSAGE_LOST;
	else
		(void)body_begins(m);
}

/* Not HTTP/1: an answer of some other kind. */
static void answer_without_status(struct call *c, struct message *m)
{
	m->state = MESSAGE_LOST;
	if (c->room->http.outstanding == 0)
		return;
	c->room->http.outstanding = 0;
	c->room->http.head = c->room->http.basic = 0;
	request_is_answered(c, 200);
}

/* ---- one byte at a time ---- */

static void start_byte(struct call *c, struct message *m, uint8_t b)
{
	if (b == '\r' || b == '\n')
		return; /* RFC 9112 2.2: empty lines before a start line are skipped */
	message_begins(m);
	if (c->side == FLOW_CLIENT) {
		turn_asks(c);
		m->word = lower(b) == 'h' ? WORD_HEAD : lower(b) == 'c' ? WORD_CONNECT : WORD_NONE;
	} else {
		m->word = WORD_STATUS;
	}
	(void)word_goes_on(m, b);
	if (c->side == FLOW_SERVER && m->word == WORD_NONE)
		answer_without_status(c, m);
	else if (c->side == FLOW_CLIENT && (lower(b) < 'a' || lower(b) > 'z'))
		m->state = MESSAGE_LOST;
}

static void request_line_byte(struct message *m, uint8_t b)
{
	uint8_t word = m->word;

	if (b == '\n') {
		m->state = MESSAGE_NAME;
		m->word = m->pos = 0;
	} else if (word_goes_on(m, b)) {
		m->flags |= word == WORD_HEAD ? FLAG_HEAD : FLAG_CONNECT;
		m->word = WORD_NONE;
	}
}

/* "HTTP/1." then a digit, a space and three digits: pos counts on from the word's seven. */
static void status_line_byte(struct call *c, struct message *m, uint8_t b)
{
	bool digit = b >= '0' && b <= '9';

	if (m->pos < STATUS_WORD) {
		(void)word_goes_on(m, b);
		if (m->word == WORD_NONE)
			answer_without_status(c, m);
		return;
	}
	if (b == '\n') {
		m->state = MESSAGE_NAME;
		m->word = m->pos = 0;
		if (m->status < 100)
			answer_without_status(c, m);
	} else if (m->pos < 9) {
		m->pos++;
	} else if (m->pos < STATUS_END && digit) {
		m->status = (uint16_t)(m->status * 10 + (b - '0'));
		if (++m->pos == STATUS_END && (m->status >= 200 || m->status == 101))
			response_begins(c, m->status);
	}
}

static void headers_are_over(struct call *c, struct message *m)
{
	if (c->side == FLOW_SERVER)
		response_goes_on(c, m);
	else if (!body_begins(m))
		request_is_complete(c);
}

static void name_byte(struct call *c, struct message *m, uint8_t b)
{
	if (b == '\n' && m->pos == 0) {
		headers_are_over(c, m);
	} else if (b == '\r' && m->pos == 0) {
		return;
	} else if (b == '\n') {
		m->word = m->pos = 0;
	} else if (m->pos == 0 && (m->word = word_of_name(b)) == WORD_NONE) {
		m->state = MESSAGE_SKIP;
	} else if (word_goes_on(m, b)) {
		m->state = MESSAGE_VALUE;
		m->pos = 0;
		if (m->word == WORD_LENGTH) {
			m->flags |= FLAG_LENGTH;
			m->left = 0;
		}
	} else if (m->word == WORD_NONE) {
		m->state = MESSAGE_SKIP;
	}
}

static void value_word(struct message *m, uint8_t b, const char *word, uint8_t flag)
{
	if (m->pos == 0 && (b == ' ' || b == '\t'))
		return;
	m->pos = lower(b) == (uint8_t)word[m->pos] ? (uint8_t)(m->pos + 1) : lower(b) == (uint8_t)word[0];
	if (word[m->pos] == '\0') {
		m->flags |= flag;
		m->state = MESSAGE_SKIP;
	}
}

static void value_byte(struct message *m, uint8_t b)
{
	if (b == '\n') {
		m->state = MESSAGE_NAME;
		m->word = m->pos = 0;
	} else if (m->word == WORD_ENCODING) {
		value_word(m, b, "chunked", FLAG_CHUNKED);
	} else if (m->word == WORD_AUTHORIZATION) {
		value_word(m, b, "basic ", FLAG_BASIC);
	} else if (b >= '0' && b <= '9' && m->left < LENGTH_MAX) {
		m->left = m->left * 10 + (uint64_t)(b - '0');
	}
}

static void chunk_size_byte(struct message *m, uint8_t b)
{
	uint8_t x = lower(b);

	if (b == '\n')
		m->state = m->left > 0 ? MESSAGE_CHUNK : MESSAGE_TRAILER;
	else if (x >= '0' && x <= '9' && m->left < LENGTH_MAX)
		m->left = m->left * 16 + (uint64_t)(x - '0');
	else if (x >= 'a' && x <= 'f' && m->left < LENGTH_MAX)
		m->left = m->left * 16 + (uint64_t)(x - 'a' + 10);
	else if (b != '\r')
		m->state = MESSAGE_CHUNK_EXTENSION;
}

static void message_is_over(struct call *c, struct message *m)
{
	m->state = MESSAGE_START;
	if (c->side == FLOW_CLIENT)
		request_is_complete(c);
}

static void chunked_byte(struct call *c, struct message *m, uint8_t b)
{
	if (m->state == MESSAGE_CHUNK_SIZE)
		chunk_size_byte(m, b);
	else if (m->state == MESSAGE_TRAILER && b == '\n')
		message_is_over(c, m);
	else if (m->state == MESSAGE_TRAILER && b != '\r')
		m->state = MESSAGE_TRAILER_SKIP;
	else if (b == '\n' && m->state == MESSAGE_CHUNK_EXTENSION)
		m->state = m->left > 0 ? MESSAGE_CHUNK : MESSAGE_TRAILER;
	else if (b == '\n' && m->state == MESSAGE_CHUNK_END)
		m->state = MESSAGE_CHUNK_SIZE;
	else if (b == '\n' && m->state == MESSAGE_TRAILER_SKIP)
		m->state = MESSAGE_TRAILER;
}

static void message_byte(struct call *c, struct message *m, uint8_t b)
{
	switch (m->state) {
	case MESSAGE_START:
		start_byte(c, m, b);
		break;
	case MESSAGE_FIRST:
		if (c->side == FLOW_CLIENT)
			request_line_byte(m, b);
		else
			status_line_byte(c, m, b);
		break;
	case MESSAGE_NAME:
		name_byte(c, m, b);
		break;
	case MESSAGE_VALUE:
		value_byte(m, b);
		break;
	case MESSAGE_SKIP:
		if (b == '\n') {
			m->state = MESSAGE_NAME;
			m->word = m->pos = 0;
		}
		break;
	default:
		chunked_byte(c, m, b);
		break;
	}
}

/* ---- many bytes at a time ---- */

static uint32_t skip_body(struct call *c, struct message *m, uint32_t n)
{
	uint32_t used = m->left < n ? (uint32_t)m->left : n;

	m->left -= used;
	if (m->left > 0)
		return used;
	if (m->state == MESSAGE_CHUNK)
		m->state = MESSAGE_CHUNK_END;
	else
		message_is_over(c, m);
	return used;
}

/* Is the rest of the line of no interest? Most of most lines is: paths, reasons, headers nobody asked for. */
static bool line_is_read(const struct message *m, unsigned side)
{
	if (m->state == MESSAGE_FIRST)
		return side == FLOW_CLIENT ? m->word == WORD_NONE : m->pos == STATUS_END;
	return m->state == MESSAGE_SKIP || m->state == MESSAGE_TRAILER_SKIP || m->state == MESSAGE_CHUNK_EXTENSION;
}

/* To the end of such a line, not over it. */
static uint32_t skip_line(const uint8_t *p, uint32_t n)
{
	const uint8_t *end = memchr(p, '\n', n);

	return end != NULL ? (uint32_t)(end - p) : n;
}

/* Header lines are mostly such that nobody wants: over as many as are here as a whole. */
static uint32_t skip_headers(const uint8_t *p, uint32_t n)
{
	uint32_t at = 0;

	while (at < n && p[at] != '\r' && p[at] != '\n' && word_of_name(p[at]) == WORD_NONE) {
		uint32_t len = skip_line(p + at, n - at);
		if (len == n - at)
			break;
		at += len + 1;
	}
	return at;
}

/* Bytes that continue the word a line began with, but for its last one. */
static uint32_t follow_word(struct message *m, const uint8_t *p, uint32_t n)
{
	const char *word = words[m->word] + m->pos;
	uint32_t i = 0;

	while (i < n && word[i + 1] != '\0' && lower(p[i]) == (uint8_t)word[i])
		i++;
	m->pos = (uint8_t)(m->pos + i);
	return i;
}

static bool is_in_word(const struct message *m)
{
	if (m->word == WORD_NONE)
		return false;
	return m->state == MESSAGE_NAME ? m->pos > 0 : m->state == MESSAGE_FIRST && m->pos < STATUS_WORD;
}

/* 0: the next byte must be looked at alone. */
static uint32_t many_bytes(struct call *c, struct message *m, const uint8_t *p, uint32_t n)
{
	if (m->state == MESSAGE_BODY || m->state == MESSAGE_CHUNK)
		return skip_body(c, m, n);
	if (line_is_read(m, c->side))
		return skip_line(p, n);
	if (m->state == MESSAGE_NAME && m->pos == 0)
		return skip_headers(p, n);
	return is_in_word(m) ? follow_word(m, p, n) : 0;
}

/* A lost client: whatever it sends in one turn is one request. */
static void lost_bytes(struct call *c)
{
	struct http_room *h = &c->room->http;

	if (c->side == FLOW_SERVER)
		return;
	turn_asks(c);
	if (h->outstanding == 0)
		push_request(h, 0);
}

static uint32_t http_data(struct call *c, const uint8_t *p, uint32_t n)
{
	struct message *m = &c->room->http.side[c->side];
	uint32_t used = 0;

	c->state->service = SERVICE_HTTP;
	if (c->turn_start && m->state == MESSAGE_LOST)
		m->state = MESSAGE_START;
	while (used < n && c->state->reader == READER_HTTP) {
		if (m->state == MESSAGE_LOST) {
			lost_bytes(c);
			return n;
		}
		uint32_t many = many_bytes(c, m, p + used, n - used);
		if (many == 0)
			message_byte(c, m, p[used]);
		used += many > 0 ? many : 1;
	}
	return used;
}

/* Lost bytes of the client ended its request; lost bytes of the server answered what was asked. */
static void http_gap(struct call *c)
{
	struct http_room *h = &c->room->http;
	struct message *m = &h->side[c->side];

	if (c->side == FLOW_CLIENT && m->state != MESSAGE_START && m->state != MESSAGE_LOST)
		request_is_complete(c);
	if (c->side == FLOW_SERVER)
		answer_without_status(c, m);
	m->state = MESSAGE_LOST;
}

const struct reader reader_http = { .data = http_data, .gap = http_gap };
