#include "publish/record_json.h"

#include <stdio.h>

#include "base/utc.h"
#include "publish/statement.h"

char *record_json_group(const struct attack_key *key, char buf[static PREFIX_TEXT_MAX])
{
	if (key->group_kind == GROUP_ADDRESS)
		return prefix_format(&key->group, buf);
	(void)snprintf(buf, PREFIX_TEXT_MAX, "%s", group_kind_name(key->group_kind));
	return buf;
}

static json_t *labels_of(struct json_maker *m, unsigned labels)
{
	json_t *array = json_maker_array(m);

	for (unsigned i = 0; i < LABEL_COUNT; i++)
		if (labels & 1u << i)
			json_maker_append_string(m, array, label_name((enum label)i));
	return array;
}

json_t *record_json_origin(struct json_maker *m, const struct origin *origin)
{
	json_t *o = json_maker_object(m);

	json_maker_put(m, o, "as_number", origin->as_number != 0 ? json_integer(origin->as_number) : json_null());
	json_maker_string_or_null(m, o, "network", origin->network);
	json_maker_put(m, o, "labels", labels_of(m, origin->labels));
	json_maker_string_or_null(m, o, "database_territory", origin->database_territory);
	return o;
}

static void put_key(struct json_maker *m, json_t *o, const struct attack *a)
{
	char group[PREFIX_TEXT_MAX];
	json_t *vectors = json_maker_array(m);

	json_maker_string(m, o, "class", attack_class_name(a->class));
	json_maker_string(m, o, "family", attack_family_name(a->key.family));
	json_maker_string(m, o, "vector_group", vector_group_name(a->key.vector_group));
	json_maker_string(m, o, "scan_vector", vector_name(a->key.scan_vector));
	json_maker_string(m, o, "service", service_name(a->key.service));
	json_maker_string(m, o, "group", record_json_group(&a->key, group));
	json_maker_string(m, o, "direction", direction_name(a->key.direction));
	for (unsigned i = VECTOR_NONE + 1; i < VECTOR_COUNT; i++)
		if (a->vectors & 1u << i)
			json_maker_append_string(m, vectors, vector_name((enum vector)i));
	json_maker_put(m, o, "vectors", vectors);
}

static void put_target(struct json_maker *m, json_t *o, const struct attack *a)
{
	json_t *named = json_maker_array(m);

	json_maker_string(m, o, "asset", a->asset);
	json_maker_string(m, o, "target_class", target_class_name(a->target_class));
	json_maker_count(m, o, "targets", a->targets);
	for (size_t i = 0; i < a->targets_named_count; i++)
		json_maker_append_string(m, named, a->targets_named[i]);
	json_maker_put(m, o, "targets_named", named);
}

static void put_origin(struct json_maker *m, json_t *o, const struct record *record)
{
	const struct attack *a = &record->attack;
	enum zz_reason zz = statement_zz(record);

	json_maker_string(m, o, "path", path_status_name(a->path));
	json_maker_string(m, o, "territory", statement_territory(record));
	json_maker_string_or_null(m, o, "zz_reason", zz == ZZ_STATED ? "" : zz_reason_name(zz));
	json_maker_put(m, o, "origin", record_json_origin(m, &a->origin));
	json_maker_count(m, o, "sources", a->source_count);
	json_maker_bool(m, o, "sources_exact", a->sources_exact);
	json_maker_count(m, o, "claimed_sources", a->claimed_sources);
}

static void put_time(struct json_maker *m, json_t *o, const struct attack *a)
{
	char day[UTC_DAY_TEXT_MAX], time[UTC_TEXT_MAX];

	json_maker_string(m, o, "day", utc_day_format(utc_day(a->first_us), day));
	json_maker_string(m, o, "first", utc_format(a->first_us, time));
	json_maker_string(m, o, "last", utc_format(a->last_us, time));
	json_maker_bool(m, o, "open", a->open);
	json_maker_string_or_null(m, o, "continues", a->continues);
}

static void put_grade(struct json_maker *m, json_t *o, const struct attack *a)
{
	const struct aggressiveness *g = &a->aggressiveness;
	json_t *parts = json_maker_object(m);

	json_maker_real(m, parts, "rate", g->rate);
	json_maker_real(m, parts, "duration", g->duration);
	json_maker_real(m, parts, "breadth", g->breadth);
	json_maker_real(m, parts, "focus", g->focus);
	json_maker_real(m, parts, "change", g->change);
	json_maker_real(m, parts, "method", g->method);
	json_maker_count(m, o, "severity", a->severity);
	json_maker_count(m, o, "aggressiveness", g->value);
	json_maker_put(m, o, "aggressiveness_parts", parts);
}

static void put_figures(struct json_maker *m, json_t *o, const struct attack *a)
{
	json_maker_string(m, o, "outcome", outcome_name(a->outcome));
	json_maker_count(m, o, "observations", a->observations);
	json_maker_count(m, o, "units", a->units);
	/* No attack is without packets: none counted means that its class does not measure them. */
	json_maker_put(m, o, "packets", a->packets > 0 ? json_integer((json_int_t)a->packets) : json_null());
	json_maker_put(m, o, "bytes", a->packets > 0 ? json_integer((json_int_t)a->bytes) : json_null());
	json_maker_count(m, o, "refused", a->refused);
	json_maker_count(m, o, "accepted", a->accepted);
	json_maker_count(m, o, "peak_load", a->peak_load);
	json_maker_count(m, o, "threshold", a->threshold);
	json_maker_real(m, o, "reached_seconds", (double)a->reached_us / SECOND_US);
}

json_t *record_json(struct json_maker *m, const struct record *record)
{
	const struct attack *a = &record->attack;
	json_t *o = json_maker_object(m);

	json_maker_string(m, o, "id", a->id);
	json_maker_string(m, o, "run", record->run);
	json_maker_string(m, o, "status", attack_status_name(a->status));
	json_maker_bool(m, o, "counted", statement_counts(record));
	json_maker_bool(m, o, "incident", statement_incident(record));
	json_maker_bool(m, o, "confirmed", record->confirmed);
	json_maker_bool(m, o, "amended", record->amended);
	put_time(m, o, a);
	put_key(m, o, a);
	put_target(m, o, a);
	put_origin(m, o, record);
	put_grade(m, o, a);
	put_figures(m, o, a);
	json_maker_string_or_null(m, o, "evidence", record->evidence);
	json_maker_count(m, o, "evidence_slices", record->evidence_count);
	json_maker_string_or_null(m, o, "observations_file", record->observations_digest);
	return o;
}
