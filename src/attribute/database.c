#include "attribute/database.h"

#include <arpa/inet.h>
#include <errno.h>
#include <maxminddb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/utc.h"

struct database {
	MMDB_s mmdb;
	struct origin_source source;
};

static int mmdb_errno(int status)
{
	switch (status) {
	case MMDB_SUCCESS:
		return 0;
	case MMDB_FILE_OPEN_ERROR:
	case MMDB_IO_ERROR:
		return errno != 0 ? -errno : -EIO;
	case MMDB_OUT_OF_MEMORY_ERROR:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

int database_open(const char *path, enum database_kind kind, struct database **ret_database)
{
	struct database *d = calloc(1, sizeof(*d));
	struct digest digest;

	if (d == NULL)
		return -ENOMEM;
	int err = digest_file(path, &digest);
	if (err == 0)
		err = mmdb_errno(MMDB_open(path, MMDB_MODE_MMAP, &d->mmdb));
	if (err < 0) {
		free(d);
		return err;
	}
	const char *type = d->mmdb.metadata.database_type;
	(void)snprintf(d->source.kind, sizeof(d->source.kind), "%s", kind == DATABASE_COUNTRY ? "country" : "asn");
	(void)snprintf(d->source.name, sizeof(d->source.name), "%s", type != NULL ? type : "unnamed");
	digest_format(&digest, d->source.digest);
	/* A forged date far in the future would overflow; what is no date is no date. */
	if (d->mmdb.metadata.build_epoch < UINT64_C(253402300800))
		d->source.date_us = (int64_t)d->mmdb.metadata.build_epoch * SECOND_US;
	d->source.entries = d->mmdb.metadata.node_count;
	*ret_database = d;
	return 0;
}

void database_free(struct database *database)
{
	if (database == NULL)
		return;
	MMDB_close(&database->mmdb);
	free(database);
}

void database_freep(struct database **database)
{
	database_free(*database);
}

const struct origin_source *database_source(const struct database *database)
{
	return &database->source;
}

static bool find(const struct database *d, const struct address *a, MMDB_lookup_result_s *ret_result)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *to = (const struct sockaddr *)&v6;
	int error;

	memcpy(&v6.sin6_addr, a->bytes, 16);
	if (address_is_v4(a)) {
		memcpy(&v4.sin_addr, a->bytes + 12, 4);
		to = (const struct sockaddr *)&v4;
	} else if (d->mmdb.metadata.ip_version == 4) {
		return false;
	}
	*ret_result = MMDB_lookup_sockaddr(&d->mmdb, to, &error);
	return error == MMDB_SUCCESS && ret_result->found_entry;
}

static bool get(MMDB_lookup_result_s *r, const char *const *path, MMDB_entry_data_s *ret_data)
{
	return MMDB_aget_value(&r->entry, ret_data, path) == MMDB_SUCCESS && ret_data->has_data;
}

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

int database_territory(const struct database *d, const struct address *a, char ret_territory[static 3])
{
	static const char *const paths[][3] = { { "country", "iso_code", NULL },
		                                { "country_code", NULL, NULL },
		                                { "country", NULL, NULL } };
	MMDB_lookup_result_s result;
	MMDB_entry_data_s data;

	if (!find(d, a, &result))
		return 0;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!get(&result, paths[i], &data) || data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size != 2)
			continue;
		const char *s = data.utf8_string;
		if (!is_capital(s[0]) || !is_capital(s[1]))
			continue;
		ret_territory[0] = s[0];
		ret_territory[1] = s[1];
		ret_territory[2] = '\0';
		return 1;
	}
	return 0;
}

/* Copy text from a stranger's file: cut at a whole UTF-8 character, control characters become '?'. */
static void copy_name(const MMDB_entry_data_s *data, char ret_name[static ORIGIN_NETWORK_MAX])
{
	size_t n = data->data_size < ORIGIN_NETWORK_MAX - 1 ? data->data_size : ORIGIN_NETWORK_MAX - 1;

	memcpy(ret_name, data->utf8_string, n);
	while (n > 0 && n < data->data_size && ((unsigned char)data->utf8_string[n] & 0xc0) == 0x80)
		n--;
	ret_name[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)ret_name[i] < 0x20 || ret_name[i] == 0x7f)
			ret_name[i] = '?';
}

/* A number, or "AS64500". */
static bool as_number(const MMDB_entry_data_s *data, uint32_t *ret_number)
{
	char text[16];

	if (data->type == MMDB_DATA_TYPE_UINT32 || data->type == MMDB_DATA_TYPE_UINT16) {
		*ret_number = data->type == MMDB_DATA_TYPE_UINT32 ? data->uint32 : data->uint16;
		return *ret_number != 0;
	}
	if (data->type != MMDB_DATA_TYPE_UTF8_STRING || data->data_size < 3 || data->data_size >= sizeof(text))
		return false;
	memcpy(text, data->utf8_string, data->data_size);
	text[data->data_size] = '\0';
	const char *digits = text[0] == 'A' && text[1] == 'S' ? text + 2 : text;
	char *end;
	unsigned long v = strtoul(digits, &end, 10);
	if (*digits < '0' || *digits > '9' || *end != '\0' || v == 0 || v > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)v;
	return true;
}

int database_network(const struct database *d, const struct address *a, uint32_t *ret_number,
                     char ret_name[static ORIGIN_NETWORK_MAX])
{
	static const char *const numbers[][2] = { { "autonomous_system_number", NULL }, { "asn", NULL } };
	static const char *const names[][2] = { { "autonomous_system_organization", NULL },
		                                { "as_name", NULL },
		                                { "name", NULL } };
	MMDB_lookup_result_s result;
	MMDB_entry_data_s data;
	bool found = false;

	if (!find(d, a, &result))
		return 0;
	for (size_t i = 0; !found && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		found = get(&result, numbers[i], &data) && as_number(&data, ret_number);
	if (!found)
		return 0;
	ret_name[0] = '\0';
	for (size_t i = 0; ret_name[0] == '\0' && i < sizeof(names) / sizeof(names[0]); i++)
		if (get(&result, names[i], &data) && data.type == MMDB_DATA_TYPE_UTF8_STRING)
			copy_name(&data, ret_name);
	return 1;
}
