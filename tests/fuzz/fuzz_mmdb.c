/* Any bytes as a MaxMind DB: opened or refused, and every look-up ends. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribute/database.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct database *d)
{
	static const char *const addresses[] = { "198.51.100.1", "2001:db8:1::1", "255.255.255.255", "::" };
	char territory[3], name[ORIGIN_NETWORK_MAX];
	struct address a;
	uint32_t number;

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (address_parse(addresses[i], &a) < 0)
			__builtin_trap();
		(void)database_territory(d, &a, territory);
		if (database_network(d, &a, &number, name) && strlen(name) >= sizeof(name))
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("mmdb", MFD_CLOEXEC);
	char path[64];
	struct database *d = NULL;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (database_open(path, DATABASE_COUNTRY, &d) == 0)
		look_up(d);
	database_free(d);
	(void)close(fd);
	return 0;
}
