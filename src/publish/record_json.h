/* record_json.h - the fields of a record by which everything is counted, as JSON. */
#pragma once

#include <jansson.h>

#include "model/record.h"
#include "publish/json_maker.h"

/** A new object, owned by the caller; NULL without memory (then m->failed too). */
json_t *record_json(struct json_maker *m, const struct record *record);

/** "203.0.113.5/32", "2001:db8::/64", "*" or "*d". Returns buf. */
char *record_json_group(const struct attack_key *key, char buf[static PREFIX_TEXT_MAX]);

/** One origin as a new object. */
json_t *record_json_origin(struct json_maker *m, const struct origin *origin);
