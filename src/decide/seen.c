#include "decide/seen.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Make room for one more element; false when there is none. */
static bool grow(void **list, uint16_t count, uint16_t *size, size_t element)
{
	if (count < *size)
		return true;
	uint16_t more = *size != 0 ? (uint16_t)(*size * 2) : 4;
	void *grown = count < SEEN_MAX ? realloc(*list, more * element) : NULL;
	if (grown == NULL)
		return false;
	*list = grown;
	*size = more;
	return true;
}

static void add_host(struct seen *s, const struct address *host)
{
	uint16_t at = 0;
	void *list = s->hosts;

	while (at < s->host_count && address_compare(&s->hosts[at], host) < 0)
		at++;
	if (at < s->host_count && address_equal(&s->hosts[at], host))
		return;
	if (!grow(&list, s->host_count, &s->host_size, sizeof(*s->hosts)))
		return;
	s->hosts = list;
	memmove(&s->hosts[at + 1], &s->hosts[at], (size_t)(s->host_count++ - at) * sizeof(*s->hosts));
	s->hosts[at] = *host;
}

static void add_port(struct seen *s, uint16_t port)
{
	uint16_t at = 0;
	void *list = s->ports;

	while (at < s->port_count && s->ports[at] < port)
		at++;
	if (at < s->port_count && s->ports[at] == port)
		return;
	if (!grow(&list, s->port_count, &s->port_size, sizeof(*s->ports)))
		return;
	s->ports = list;
	memmove(&s->ports[at + 1], &s->ports[at], (size_t)(s->port_count++ - at) * sizeof(*s->ports));
	s->ports[at] = port;
}

void seen_add(struct seen *s, const struct address *host, uint16_t port)
{
	if (!address_is_none(host))
		add_host(s, host);
	if (port != 0)
		add_port(s, port);
}

void seen_fini(struct seen *s)
{
	free(s->hosts);
	free(s->ports);
	*s = (struct seen){ 0 };
}
