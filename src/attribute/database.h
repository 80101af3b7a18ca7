/* database.h - one MaxMind DB file: the country or the AS of an address, in any vendor's layout.
 * Country: country.iso_code (MaxMind, DB-IP), country_code (ip-location-db, IPinfo lite) or country (IPinfo) as text.
 * AS: autonomous_system_number and _organization, or asn as "AS64500" or a number, with as_name or name.
 * Reading is libmaxminddb's. Files are opened before a sandbox is entered; looking up needs no system call. */
#pragma once

#include <stdint.h>

#include "model/origin.h"

struct database;

enum database_kind { DATABASE_COUNTRY, DATABASE_ASN };

/** Open path. On success *ret_database is the caller's. Returns 0, -EINVAL (no usable MMDB), -ENOMEM or -errno. */
int database_open(const char *path, enum database_kind kind, struct database **ret_database);
void database_free(struct database *database);
void database_freep(struct database **database);

/** Name, build date and SHA-256 of the file. */
const struct origin_source *database_source(const struct database *database);

/** Territory of an address as two capital letters. Returns 1, or 0 when the database does not say. */
int database_territory(const struct database *database, const struct address *a, char ret_territory[static 3]);

/** AS number and name. Returns 1, or 0 when the database does not say. The name is valid UTF-8, cut at a character. */
int database_network(const struct database *database, const struct address *a, uint32_t *ret_number,
                     char ret_name[static ORIGIN_NETWORK_MAX]);
