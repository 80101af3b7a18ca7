/* rdp.c - logins of the Remote Desktop Protocol (MS-RDPBCGR 2.2.1, MS-CSSP) by the shape of the connection.
 *
 * Judged only where the server chose CredSSP: the login then happens inside TLS before any desktop is shown.
 *   client: NTLM negotiate    server: challenge    client: authenticate, at least TRIED_MIN bytes
 * After that a refused client gets an error or the end of the connection, an accepted one the session's set-up and its
 * pictures. Accepted: the server sent ACCEPTED_MIN bytes of application data. Failed: the connection ended before. */
#include "proto/record.h"

enum { SELECTED_AT = 15, NEGOTIATION_AT = 11, NEGOTIATION_RESPONSE = 2 }; /* offsets in the TPKT of the answer */

enum { PROTOCOL_CREDSSP = 2, PROTOCOL_CREDSSP_EARLY = 8 };

enum { TRIED_MIN = 200, ACCEPTED_MIN = 8192, TPKT_OVER = UINT16_MAX };

/* The X.224 request and its answer: one TPKT each (RFC 1006: version, reserved, length of all). */
static void tpkt_byte(struct rdp_room *d, uint8_t side, uint8_t b)
{
	uint16_t at = d->skip[side]++;

	if (at == 2)
		d->length[side] = (uint16_t)(b << 8);
	else if (at == 3)
		d->length[side] |= b;
	else if (side == FLOW_SERVER && at == NEGOTIATION_AT && b != NEGOTIATION_RESPONSE)
		d->judged = true;
	else if (side == FLOW_SERVER && at == SELECTED_AT)
		d->selected = b;
	if (at >= 3 && at + 1 >= d->length[side])
		d->skip[side] = TPKT_OVER;
	if (d->skip[FLOW_SERVER] == TPKT_OVER && d->selected != PROTOCOL_CREDSSP &&
	    d->selected != PROTOCOL_CREDSSP_EARLY)
		d->judged = true;
}

static void client_record(struct rdp_room *d, uint16_t length)
{
	d->tried = d->tried || (d->challenged && length >= TRIED_MIN);
	d->spoke = true;
}

static void server_record(struct call *c, struct rdp_room *d, uint16_t length)
{
	if (!d->spoke)
		return;
	d->challenged = true;
	d->served += length;
	if (d->tried && d->served >= ACCEPTED_MIN) {
		d->judged = true;
		turn_login(c, c->time_us, true);
	}
}

static void rdp_turn(struct call *c)
{
	if (c->side == FLOW_CLIENT)
		turn_asks(c);
	else
		turn_answers(c, ANSWER_DATA);
}

static uint32_t rdp_data(struct call *c, const uint8_t *p, uint32_t n)
{
	struct rdp_room *d = &c->room->rdp;
	struct record *r = &d->side[c->side];
	uint32_t at = 0, used = 0;

	c->state->service = SERVICE_RDP;
	rdp_turn(c);
	while (at < n && d->skip[c->side] != TPKT_OVER)
		tpkt_byte(d, c->side, p[at++]);
	for (; at < n && !d->judged; at += used) {
		enum record_step step = record_next(r, p + at, n - at, &used);
		if (step == RECORD_BAD)
			d->judged = true;
		if (step != RECORD_BEGUN || r->type != RECORD_DATA)
			continue;
		if (c->side == FLOW_CLIENT)
			client_record(d, r->length);
		else
			server_record(c, d, r->length);
	}
	return n;
}

static void rdp_gap(struct call *c)
{
	c->room->rdp.judged = true;
}

static void rdp_close(struct call *c)
{
	if (c->room->rdp.tried && !c->room->rdp.judged)
		turn_login(c, c->time_us, false);
}

const struct reader reader_rdp = { .data = rdp_data, .gap = rdp_gap, .close = rdp_close, .session = true };
