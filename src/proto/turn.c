/* turn.c - the only place that emits events: requests and logins of confirmed flows. */
#include "proto/reader.h"

#include "proto/proto.h"

static int64_t within_lateness(const struct call *c, int64_t time_us)
{
	int64_t oldest_us = c->time_us - FLOW_LATENESS_US;

	return time_us > oldest_us ? time_us : oldest_us;
}

static struct flow_event event_of(const struct call *c, int64_t time_us)
{
	const struct stream_event *e = c->event;

	return (struct flow_event){ .time_us = within_lateness(c, time_us),
		                    .seen_us = c->time_us,
		                    .client = e->client,
		                    .server = e->server,
		                    .client_port = e->client_port,
		                    .server_port = e->server_port,
		                    .proto = e->proto,
		                    .path = PATH_CONFIRMED,
		                    .service = c->state->service,
		                    .midstream = e->midstream,
		                    .sequence = (*e->sequence)++ };
}

static bool request_is_told(const struct call *c)
{
	const struct turn *t = &c->room->turn;

	if (c->event->confirmed_us == 0)
		return false;
	return !reader_of(c->state->reader)->session || !t->told || c->time_us - t->told_us >= PROTO_SESSION_US;
}

void turn_asks(struct call *c)
{
	struct turn *t = &c->room->turn;

	c->state->asked = true;
	if (t->open)
		return;
	t->open = true;
	t->asked_us = c->time_us;
}

void turn_answers(struct call *c, enum answer answer)
{
	if (!c->room->turn.open)
		return;
	c->room->turn.open = false;
	turn_request(c, answer);
}

void turn_request(struct call *c, enum answer answer)
{
	if (c->state->requests < UINT32_MAX)
		c->state->requests++;
	if (!request_is_told(c))
		return;
	struct flow_event event = event_of(c, c->room->turn.asked_us);
	event.kind = FLOW_EVENT_REQUEST;
	event.vector = VECTOR_HTTP_FLOOD;
	event.answer = (uint8_t)answer;
	c->room->turn.told = true;
	c->room->turn.told_us = c->time_us;
	c->sink->emit(c->sink->context, &event);
}

void turn_login(struct call *c, int64_t time_us, bool accepted)
{
	if (c->event->confirmed_us == 0)
		return;
	struct flow_event event = event_of(c, time_us);
	event.kind = FLOW_EVENT_LOGIN;
	event.vector = VECTOR_LOGIN;
	event.answer = accepted ? ANSWER_DATA : ANSWER_ERROR;
	event.accepted = accepted;
	c->sink->emit(c->sink->context, &event);
}
