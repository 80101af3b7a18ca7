/* tls.c - turns of application data under TLS 1.0 to 1.3, by record headers and the ServerHello's cipher suite.
 *
 * TLS 1.3 hides its handshake in records of application data (RFC 8446 5). Of the client these are its Finished, after a
 * certificate if it was asked for one: up to the record that has exactly the size of a Finished under the chosen suite
 * they are no request. If none has (records may be padded or joined), the handshake is over when the server speaks again,
 * and the last record of two or more is taken for the request. Of the server it is everything before that.
 *
 * Records that hold only a short control frame of HTTP/2 (RFC 9113: SETTINGS acknowledgement, WINDOW_UPDATE, PING) are
 * neither request nor answer, so that an upload is one request and not one per window; nor is "100 Continue". */
#include "proto/record.h"

enum { HELLO_SESSION_AT = 4 + 2 + 32 }; /* handshake header, version, random; then the session id's length */

enum { CCM_8 = 0x1305 };

static bool is_13(const struct tls_room *t)
{
	return t->cipher >> 8 == 0x13;
}

/* What a suite adds to the plaintext of a record; 0 where it depends on the plaintext or is not known. */
static uint16_t overhead(uint16_t cipher)
{
	if (cipher >> 8 == 0x13)
		return cipher == CCM_8 ? 1 + 8 : 1 + 16; /* the inner type, the tag */
	if (cipher >= 0xcca8 && cipher <= 0xccae)
		return 16; /* ChaCha20-Poly1305, RFC 7905 */
	if ((cipher >= 0x009c && cipher <= 0x00a7) || (cipher >= 0xc02b && cipher <= 0xc032))
		return 8 + 16; /* GCM, RFC 5288: explicit nonce, tag */
	return 0;
}

static uint16_t finished_length(const struct tls_room *t)
{
	uint16_t hash = t->cipher == 0x1302 ? 48 : 32; /* TLS_AES_256_GCM_SHA384, all others SHA-256 */

	return (uint16_t)(4 + hash + overhead(t->cipher));
}

static bool plain_length_is(const struct tls_room *t, uint16_t length, uint16_t plain)
{
	return overhead(t->cipher) > 0 && length == plain + overhead(t->cipher);
}

/* 9 SETTINGS acknowledgement, 13 WINDOW_UPDATE or RST_STREAM, 17 PING, 22 and 26 two of them. */
static bool is_control(const struct tls_room *t, uint16_t length)
{
	static const uint16_t plain[] = { 9, 13, 17, 22, 26 };

	for (unsigned i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain_length_is(t, length, plain[i]))
			return true;
	return is_13(t) && plain_length_is(t, length, 2); /* an encrypted alert */
}

static void client_data(struct call *c, struct tls_room *t, uint16_t length)
{
	if (!is_13(t) || t->finished) {
		if (!is_control(t, length))
			turn_asks(c);
		return;
	}
	t->finished = length == finished_length(t);
	if (t->flight < UINT8_MAX)
		t->flight++;
}

static void server_data(struct call *c, struct tls_room *t, uint16_t length)
{
	if (is_13(t) && !t->finished) {
		if (t->flight == 0)
			return;
		t->finished = true;
		if (t->flight > 1)
			turn_asks(c);
	}
	if (!is_control(t, length) && !plain_length_is(t, length, 25)) /* "HTTP/1.1 100 Continue" */
		turn_answers(c, ANSWER_DATA);
}

static void hello_bytes(struct tls_room *t, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < n && t->hello < UINT16_MAX; i++, t->hello++) {
		if (t->hello == HELLO_SESSION_AT)
			t->session = p[i];
		else if (t->hello == HELLO_SESSION_AT + 1 + t->session)
			t->cipher = (uint16_t)(p[i] << 8);
		else if (t->hello == HELLO_SESSION_AT + 2 + t->session)
			t->cipher |= p[i];
		if (t->hello > HELLO_SESSION_AT + 2 + t->session)
			return;
	}
}

/* Fatal and readable: the server refuses. What is encrypted may be a mere farewell. */
static void alert_bytes(struct call *c, struct tls_room *t, const struct record *r, const uint8_t *p, uint32_t n)
{
	if (r->length != 2)
		return;
	if (r->left + n == 2)
		t->alert = p[0];
	if (r->left > 0 || t->alert != 2)
		return;
	if (c->room->turn.open)
		turn_answers(c, ANSWER_ERROR);
	else
		c->state->refused = true;
}

static void record_begins(struct call *c, struct tls_room *t, const struct record *r)
{
	if (r->type != RECORD_DATA)
		return;
	if (c->side == FLOW_CLIENT)
		client_data(c, t, r->length);
	else
		server_data(c, t, r->length);
}

static void record_body(struct call *c, struct tls_room *t, const struct record *r, const uint8_t *p, uint32_t n)
{
	if (c->side != FLOW_SERVER)
		return;
	if (r->type == RECORD_HANDSHAKE)
		hello_bytes(t, p, n);
	else if (r->type == RECORD_ALERT)
		alert_bytes(c, t, r, p, n);
}

static void opaque_data(struct call *c)
{
	if (c->side == FLOW_CLIENT)
		turn_asks(c);
	else
		turn_answers(c, ANSWER_DATA);
}

static uint32_t tls_data(struct call *c, const uint8_t *p, uint32_t n)
{
	struct tls_room *t = &c->room->tls;
	struct record *r = &t->side[c->side];
	uint32_t used = 0;

	c->state->tls = true;
	for (uint32_t at = 0; at < n && !t->opaque; at += used) {
		switch (record_next(r, p + at, n - at, &used)) {
		case RECORD_BEGUN:
			record_begins(c, t, r);
			break;
		case RECORD_BODY:
			record_body(c, t, r, p + at, used);
			break;
		case RECORD_BAD:
			t->opaque = true;
			break;
		case RECORD_MORE:
			break;
		}
	}
	if (t->opaque)
		opaque_data(c);
	return n;
}

static void tls_gap(struct call *c)
{
	c->room->tls.opaque = true;
}

const struct reader reader_tls = { .data = tls_data, .gap = tls_gap };
