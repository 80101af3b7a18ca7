/* other.c - protocols nobody reads: payload of the client, then payload of the server. */
#include "model/packet.h"
#include "proto/reader.h"

/* A conversation joined in its middle, or opened by a server that greets in no known way, may show what it is when the
 * client begins its next turn. */
static bool worth_a_look(const struct call *c)
{
	return c->event->proto == PROTO_TCP && (c->event->midstream || !c->state->asked);
}

static uint32_t other_data(struct call *c, const uint8_t *p, uint32_t n)
{
	struct other_room *o = &c->room->other;

	(void)p;
	if (c->side == FLOW_SERVER) {
		o->stay = false;
		turn_answers(c, ANSWER_DATA);
		return n;
	}
	if (c->turn_start && !o->stay && worth_a_look(c)) {
		reader_switch(c, READER_PICK);
		return 0;
	}
	turn_asks(c);
	return n;
}

const struct reader reader_other = { .data = other_data, .session = true };
