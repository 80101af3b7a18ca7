#include "model/flow_event.h"

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

int flow_event_compare(const struct flow_event *a, const struct flow_event *b)
{
	int c = COMPARE(a->seen_us, b->seen_us);

	if (c == 0)
		c = address_compare(&a->client, &b->client);
	if (c == 0)
		c = address_compare(&a->server, &b->server);
	if (c == 0)
		c = COMPARE(a->proto, b->proto);
	if (c == 0)
		c = COMPARE(a->client_port, b->client_port);
	if (c == 0)
		c = COMPARE(a->server_port, b->server_port);
	if (c == 0)
		c = COMPARE(a->sequence, b->sequence);
	if (c == 0)
		c = COMPARE(a->kind, b->kind);
	return c != 0 ? c : COMPARE(a->time_us, b->time_us);
}
