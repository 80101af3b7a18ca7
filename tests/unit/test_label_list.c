/* Goal: the longest prefix wins over wider ones and over the AS; equal prefixes of two lists add up; a bad line is named. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/label_list.h"
#include "base/cleanup.h"
#include "tap.h"

static struct label_set *set;
static struct label_error error;

static int add(enum label label, const char *text)
{
	struct origin_source source;
	return label_set_add(set, label, text, strlen(text), &source, &error);
}

static uint8_t find(const char *address, uint32_t as)
{
	struct address a;
	if (address_parse(address, &a) < 0)
		exit(99);
	return label_set_find(set, &a, as);
}

static int read_shared(const char *name, struct origin_source *ret_source)
{
	char path[512];
	const char *shared = getenv("REDOUBT_SHARED");
	CLEANUP(freep) char *data = malloc(4 << 20);

	(void)snprintf(path, sizeof(path), "%s/data/lists/%s", shared != NULL ? shared : "", name);
	CLEANUP(fclosep) FILE *f = fopen(path, "rb");
	if (f == NULL)
		return -ENOENT;
	size_t n = fread(data, 1, 4 << 20, f);
	return label_set_add(set, LABEL_VPN, data, n, ret_source, &error);
}

int main(void)
{
	struct origin_source source;

	if (label_set_new(&set) < 0)
		return 99;
	ok(add(LABEL_VPN, "# a list\n198.51.100.0/24\n2001:db8::/32 ; comment\n\n") == 0, "addresses of both families");
	ok(add(LABEL_TOR, "198.51.100.7\r\n198.51.100.0/24") == 0, "no newline at the end, CR before it");
	ok(add(LABEL_HOSTING, "AS64500\nas64501 # name\n203.0.113.9/25\n") == 0, "AS numbers; host bits are cut off");
	ok(add(LABEL_CDN, "198.51.100.0/24\n300.1.1.1\n") == -EINVAL && error.line == 2 && error.column == 1,
	   "a bad line is named");
	ok(add(LABEL_CDN, " AS4294967296\n") == -EINVAL && error.line == 1 && error.column == 2,
	   "an AS number has 32 bits");
	ok(label_set_seal(set) == 0, "sealed");
	ok(find("198.51.100.7", 0) == 1u << LABEL_TOR, "the longest prefix wins");
	ok((find("198.51.100.8", 0) & (1u << LABEL_VPN | 1u << LABEL_TOR)) == (1u << LABEL_VPN | 1u << LABEL_TOR),
	   "equal prefixes add up");
	ok(find("203.0.113.1", 0) == 1u << LABEL_HOSTING && find("203.0.113.128", 0) == 0,
	   "both sides of a cut prefix");
	ok(find("192.0.2.1", 64501) == 1u << LABEL_HOSTING && find("192.0.2.1", 64502) == 0, "by AS number");
	ok(find("198.51.100.7", 64500) == 1u << LABEL_TOR, "a prefix beats the AS");
	ok(label_set_find(NULL, &(struct address){ 0 }, 64500) == 0, "no lists know nothing");
	label_set_free(set);

	if (label_set_new(&set) < 0)
		return 99;
	if (read_shared("x4b-datacenter-ipv4.txt", &source) < 0) {
		ok(1, "lists of real size # SKIP no reference data");
	} else {
		ok(source.entries > 20000, "a list of real size");
		ok(read_shared("x4b-datacenter-ipv6.txt", &source) == 0 &&
		           read_shared("x4b-vpn-ipv4.txt", &source) == 0 &&
		           read_shared("x4b-vpn-ipv6.txt", &source) == 0 && label_set_seal(set) == 0,
		   "four of them together");
	}
	label_set_free(set);
	return done();
}
