#include "publish/json_maker.h"

#include <errno.h>
#include <math.h>

#include "base/escape.h"
#include "base/utc.h"

static json_t *made(struct json_maker *m, json_t *value)
{
	m->failed |= value == NULL;
	return value;
}

json_t *json_maker_object(struct json_maker *m)
{
	return made(m, json_object());
}

json_t *json_maker_array(struct json_maker *m)
{
	return made(m, json_array());
}

void json_maker_put(struct json_maker *m, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, made(m, value)) < 0)
		m->failed = true;
}

void json_maker_append(struct json_maker *m, json_t *array, json_t *value)
{
	if (json_array_append_new(array, made(m, value)) < 0)
		m->failed = true;
}

static json_t *string(struct json_maker *m, const char *value)
{
	struct text t = { 0 };

	escape_addz(&t, ESCAPE_UTF8, value);
	m->failed |= t.failed;
	json_t *s = made(m, json_stringn(text_get(&t), t.len));
	text_fini(&t);
	return s;
}

void json_maker_string(struct json_maker *m, json_t *object, const char *key, const char *value)
{
	json_maker_put(m, object, key, string(m, value));
}

void json_maker_string_or_null(struct json_maker *m, json_t *object, const char *key, const char *value)
{
	json_maker_put(m, object, key, *value != '\0' ? string(m, value) : json_null());
}

void json_maker_append_string(struct json_maker *m, json_t *array, const char *value)
{
	json_maker_append(m, array, string(m, value));
}

void json_maker_count(struct json_maker *m, json_t *object, const char *key, uint64_t value)
{
	json_maker_put(m, object, key, json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value));
}

void json_maker_bool(struct json_maker *m, json_t *object, const char *key, bool value)
{
	json_maker_put(m, object, key, json_boolean(value));
}

void json_maker_real(struct json_maker *m, json_t *object, const char *key, double value)
{
	json_maker_put(m, object, key, json_real(isfinite(value) ? round(value * 10000) / 10000 : 0));
}

void json_maker_time(struct json_maker *m, json_t *object, const char *key, int64_t time_us)
{
	char buf[UTC_TEXT_MAX];

	json_maker_put(m, object, key, time_us != 0 ? json_string(utc_format(time_us, buf)) : json_null());
}

static int append(const char *data, size_t n, void *out)
{
	text_add_bytes(out, data, n);
	return ((struct text *)out)->failed ? -1 : 0;
}

int json_maker_end(struct json_maker *m, json_t *root, bool indent, struct text *out)
{
	size_t flags =
	        JSON_SORT_KEYS | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6) | (indent ? JSON_INDENT(2) : JSON_COMPACT);

	if (!m->failed && json_dump_callback(root, append, out, flags) < 0)
		m->failed = true;
	text_add(out, "\n");
	json_decref(root);
	return m->failed || out->failed ? -ENOMEM : 0;
}
