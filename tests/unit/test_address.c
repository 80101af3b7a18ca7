/* Goal: both families have one form; text follows RFC 5952; prefixes know their bits to the last one. */
#include <errno.h>

#include "base/address.h"
#include "tap.h"

static bool prints_as(const char *in, const char *out)
{
	struct address a;
	char buf[ADDRESS_TEXT_MAX];
	return address_parse(in, &a) == 0 && strcmp(address_format(&a, buf), out) == 0;
}

static bool prefix_prints_as(const char *in, const char *out)
{
	struct prefix p;
	char buf[PREFIX_TEXT_MAX];
	return prefix_parse(in, &p) == 0 && strcmp(prefix_format(&p, buf), out) == 0;
}

static bool contains(const char *prefix, const char *address)
{
	struct prefix p;
	struct address a;
	return prefix_parse(prefix, &p) == 0 && address_parse(address, &a) == 0 && prefix_contains(&p, &a);
}

int main(void)
{
	struct address a;
	struct prefix p;

	ok(prints_as("192.0.2.1", "192.0.2.1"), "IPv4");
	ok(prints_as("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), "RFC 5952 section 4");
	ok(address_parse("192.0.2.256", &a) == -EINVAL, "an octet of 256 is refused");
	ok(address_parse("fe80::1%eth0", &a) == -EINVAL, "a scope id is refused");
	ok(address_parse("", &a) == -EINVAL, "nothing is refused");
	ok(prefix_prints_as("192.0.2.0/24", "192.0.2.0/24"), "IPv4 network");
	ok(prefix_prints_as("192.0.2.7", "192.0.2.7/32"), "an address alone is its own network");
	ok(prefix_prints_as("::/0", "::/0") && prefix_prints_as("0.0.0.0/0", "0.0.0.0/0"), "all of a family");
	ok(prefix_parse("192.0.2.1/24", &p) == -ERANGE, "host bits are an error of their own");
	ok(prefix_parse("192.0.2.0/33", &p) == -EINVAL && prefix_parse("2001:db8::/129", &p) == -EINVAL, "too long");
	ok(prefix_parse("192.0.2.0/", &p) == -EINVAL && prefix_parse("192.0.2.0/-1", &p) == -EINVAL, "no length");
	ok(contains("192.0.2.128/25", "192.0.2.128") && contains("192.0.2.128/25", "192.0.2.255"), "both edges inside");
	ok(!contains("192.0.2.128/25", "192.0.2.127") && !contains("192.0.2.128/25", "192.0.3.128"),
	   "both edges outside");
	ok(contains("2001:db8:8000::/33", "2001:db8:ffff::1") && !contains("2001:db8:8000::/33", "2001:db8:7fff::1"),
	   "a length that is no multiple of eight");
	ok(!contains("0.0.0.0/0", "2001:db8::1"), "IPv6 is not inside 0.0.0.0/0");
	return done();
}
