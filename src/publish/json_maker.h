/* json_maker.h - building JSON with jansson without a check in every line: what fails is remembered. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct json_maker {
	bool failed; /* memory ran out somewhere: the document is incomplete */
};

/** New containers; NULL without memory, which every function here takes. */
json_t *json_maker_object(struct json_maker *m);
json_t *json_maker_array(struct json_maker *m);

/** Put value into the object, or behind the array's last. The container takes the reference. */
void json_maker_put(struct json_maker *m, json_t *object, const char *key, json_t *value);
void json_maker_append(struct json_maker *m, json_t *array, json_t *value);

/** Any bytes of a C string: broken UTF-8 comes out visible. */
void json_maker_string(struct json_maker *m, json_t *object, const char *key, const char *value);
/** The same, null for "". */
void json_maker_string_or_null(struct json_maker *m, json_t *object, const char *key, const char *value);
void json_maker_append_string(struct json_maker *m, json_t *array, const char *value);
/** Counts above INT64_MAX are held there: JSON readers have no more. */
void json_maker_count(struct json_maker *m, json_t *object, const char *key, uint64_t value);
void json_maker_bool(struct json_maker *m, json_t *object, const char *key, bool value);
/** Rounded to four decimals, so that the last bit of somebody's libm changes no byte. */
void json_maker_real(struct json_maker *m, json_t *object, const char *key, double value);
/** RFC 3339, null for 0. */
void json_maker_time(struct json_maker *m, json_t *object, const char *key, int64_t time_us);

/** Write root as ASCII with sorted keys and a newline, and release it. Returns 0 or -ENOMEM. */
int json_maker_end(struct json_maker *m, json_t *root, bool indent, struct text *out);
