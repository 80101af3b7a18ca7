#include "base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

struct address address_from_v4(const uint8_t b[static 4])
{
	struct address a = { .bytes = { [10] = 0xff, [11] = 0xff } };
	memcpy(a.bytes + 12, b, 4);
	return a;
}

int address_parse(const char *text, struct address *ret_address)
{
	uint8_t v4[4];
	struct address a;

	if (inet_pton(AF_INET, text, v4) == 1) {
		*ret_address = address_from_v4(v4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, a.bytes) != 1)
		return -EINVAL;
	*ret_address = a;
	return 0;
}

char *address_format(const struct address *a, char buf[static ADDRESS_TEXT_MAX])
{
	const char *s = address_is_v4(a) ? inet_ntop(AF_INET, a->bytes + 12, buf, ADDRESS_TEXT_MAX)
	                                 : inet_ntop(AF_INET6, a->bytes, buf, ADDRESS_TEXT_MAX);
	check(s != NULL);
	return buf;
}

struct prefix prefix_of(const struct address *a, uint8_t len)
{
	struct prefix p = { .len = len };

	check(len <= 128);
	memcpy(p.address.bytes, a->bytes, len / 8);
	if (len % 8 != 0)
		p.address.bytes[len / 8] = (uint8_t)(a->bytes[len / 8] & (0xff00u >> (len % 8)));
	return p;
}

int prefix_parse(const char *text, struct prefix *ret_prefix)
{
	char address[ADDRESS_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	struct address a;

	if (n == 0 || n >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, n);
	address[n] = '\0';
	if (address_parse(address, &a) < 0)
		return -EINVAL;
	/* ::ffff:1.2.3.4 is IPv4 however it is written; "v4" is about the text, which says what /LEN counts. */
	bool v4 = strchr(address, ':') == NULL;
	unsigned len = v4 ? 32 : 128;
	if (slash != NULL) {
		char *end;
		if (slash[1] < '0' || slash[1] > '9')
			return -EINVAL;
		unsigned long given = strtoul(slash + 1, &end, 10);
		if (*end != '\0' || given > len)
			return -EINVAL;
		len = (unsigned)given;
	}
	struct prefix p = prefix_of(&a, (uint8_t)(len + (v4 ? 96 : 0)));
	if (!address_equal(&p.address, &a))
		return -ERANGE;
	*ret_prefix = p;
	return 0;
}

char *prefix_format(const struct prefix *p, char buf[static PREFIX_TEXT_MAX])
{
	char address[ADDRESS_TEXT_MAX];
	bool v4 = p->len >= 96 && address_is_v4(&p->address);
	int n = snprintf(buf, PREFIX_TEXT_MAX, "%s/%d", address_format(&p->address, address),
	                 v4 ? p->len - 96 : p->len);

	check(n > 0 && n < PREFIX_TEXT_MAX);
	return buf;
}

bool prefix_contains(const struct prefix *p, const struct address *a)
{
	struct prefix q = prefix_of(a, p->len);
	return address_equal(&q.address, &p->address);
}

bool prefix_covers(const struct prefix *p, const struct prefix *inner)
{
	return inner->len >= p->len && prefix_contains(p, &inner->address);
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int c = address_compare(&a->address, &b->address);
	return c != 0 ? c : (int)a->len - (int)b->len;
}
