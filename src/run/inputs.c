#include "run/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "run/shipped.h"

enum { BASELINE_ASSETS = 65536 };

static const struct config_place nowhere;

void inputs_fini(struct inputs *inputs)
{
	text_fini(&inputs->rule_text);
	text_fini(&inputs->grade_text);
	text_fini(&inputs->baseline_text);
	baseline_free(inputs->baseline);
	attribution_fini(&inputs->attribution);
	free(inputs->sources);
	free(inputs->source_paths);
	*inputs = (struct inputs){ 0 };
}

/* The place that named it, where the configuration did. */
static void say_place(struct text *problems, const struct config_place *at)
{
	if (at->file != NULL)
		text_addf(problems, "%s:%u:%u: ", at->file, at->line, at->column);
}

static int cannot(struct text *problems, const struct config_place *at, const char *what, const char *path, int err)
{
	say_place(problems, at);
	text_addf(problems, "cannot %s '%s': %s\n", what, path, strerror(-err));
	return err;
}

static int misplaced(struct text *problems, const char *name, const struct rule_error *e)
{
	text_addf(problems, "%s:%u:%u: %s\n", name, e->line, e->column, e->message);
	return -EINVAL;
}

int inputs_parse_rule(struct inputs *inputs, const char *name, struct text *problems)
{
	struct rule_error e = { 0 };
	int err = rule_parse(text_get(&inputs->rule_text), inputs->rule_text.len, &inputs->rule, &e);

	return err == -EINVAL ? misplaced(problems, name, &e) : err;
}

int inputs_parse_grade(struct inputs *inputs, const char *name, struct text *problems)
{
	struct rule_error e = { 0 };
	int err = grade_parse(text_get(&inputs->grade_text), inputs->grade_text.len, &inputs->grade, &e);

	return err == -EINVAL ? misplaced(problems, name, &e) : err;
}

int inputs_parse_baseline(struct inputs *inputs, const struct estate *estate, const char *name, struct text *problems)
{
	struct baseline_limits limits = { .assets = BASELINE_ASSETS };
	struct rule_error e = { 0 };
	struct digest digest;

	int err = baseline_new(&inputs->rule, estate, &limits, &inputs->baseline);
	if (err < 0 || name == NULL)
		return err;
	err = baseline_parse(inputs->baseline, text_get(&inputs->baseline_text), inputs->baseline_text.len, &e);
	if (err == -EINVAL)
		return misplaced(problems, name, &e);
	if (err < 0)
		return cannot(problems, &nowhere, "use baseline", name, err);
	digest_sha256(text_get(&inputs->baseline_text), inputs->baseline_text.len, &digest);
	digest_format(&digest, inputs->baseline_digest);
	return 0;
}

/* A file of the configuration, or the shipped one of that name. */
static int read_or_shipped(const char *given, const struct config_place *at, const char *name,
                           char path[static SHIPPED_PATH_MAX], struct text *out, struct text *problems)
{
	int err = 0;

	if (given[0] != '\0')
		memcpy(path, given, strlen(given) + 1);
	else
		err = shipped_path(name, path);
	if (err == 0)
		err = file_read(path, out);
	return err < 0 ? cannot(problems, at, "read", path, err) : 0;
}

static int note_source(struct inputs *inputs, const struct origin_source *source, const char *path)
{
	size_t n = inputs->source_count + 1;
	struct origin_source *sources = realloc(inputs->sources, n * sizeof(*sources));

	if (sources == NULL)
		return -ENOMEM;
	inputs->sources = sources;
	char(*paths)[CONFIG_PATH_MAX] = realloc(inputs->source_paths, n * sizeof(*paths));
	if (paths == NULL)
		return -ENOMEM;
	inputs->source_paths = paths;
	sources[n - 1] = *source;
	(void)snprintf(paths[n - 1], sizeof(paths[n - 1]), "%s", path);
	inputs->source_count = n;
	return 0;
}

static int add_database(struct inputs *inputs, enum database_kind kind, const char *path, const struct config_place *at,
                        struct text *problems)
{
	struct attribution *a = &inputs->attribution;
	struct database **into = kind == DATABASE_COUNTRY ? a->country : a->asn;
	size_t *count = kind == DATABASE_COUNTRY ? &a->country_count : &a->asn_count;

	if (*count == ATTRIBUTION_DATABASES_MAX) {
		say_place(problems, at);
		text_addf(problems, "'%s': at most %d databases of a kind\n", path, ATTRIBUTION_DATABASES_MAX);
		return -E2BIG;
	}
	int err = database_open(path, kind, &into[*count]);
	if (err == -EINVAL) {
		say_place(problems, at);
		text_addf(problems, "'%s' is not a MaxMind DB file\n", path);
	} else if (err < 0) {
		cannot(problems, at, "open", path, err);
	}
	return err < 0 ? err : note_source(inputs, database_source(into[(*count)++]), path);
}

static int add_list(struct inputs *inputs, const struct config_list *list, struct text *problems)
{
	CLEANUP(text_fini) struct text data = { 0 };
	struct label_error e;
	struct origin_source source;

	int err = inputs->attribution.labels == NULL ? label_set_new(&inputs->attribution.labels) : 0;
	if (err == 0)
		err = file_read(list->path, &data);
	if (err < 0)
		return cannot(problems, &list->at, "read", list->path, err);
	err = label_set_add(inputs->attribution.labels, list->label, text_get(&data), data.len, &source, &e);
	if (err == -EINVAL)
		text_addf(problems, "%s:%u:%u: %s\n", list->path, e.line, e.column, e.message);
	else if (err < 0)
		cannot(problems, &list->at, "use", list->path, err);
	if (err < 0)
		return err;
	memcpy(source.name, list->name, sizeof(source.name));
	source.date_us = list->date_us;
	return note_source(inputs, &source, list->path);
}

int inputs_seal_lists(struct inputs *inputs)
{
	return inputs->attribution.labels != NULL ? label_set_seal(inputs->attribution.labels) : 0;
}

int inputs_add_source(struct inputs *inputs, const struct origin_source *source, const char *path,
                      struct text *problems)
{
	if (strcmp(source->kind, "list") != 0)
		return add_database(inputs, strcmp(source->kind, "asn") == 0 ? DATABASE_ASN : DATABASE_COUNTRY, path,
		                    &nowhere, problems);
	int label = label_parse(source->label);
	struct config_list list = { .label = (uint8_t)label, .date_us = source->date_us };
	if (label < 0)
		return label;
	memcpy(list.name, source->name, sizeof(list.name));
	(void)snprintf(list.path, sizeof(list.path), "%s", path);
	return add_list(inputs, &list, problems);
}

static int first_of(int first, int then)
{
	return first < 0 ? first : then;
}

/* Everything is tried, so that one run tells every mistake. */
static int load_geography(struct inputs *inputs, const struct config *config, struct text *problems)
{
	const struct config_paths *country = &config->country, *asn = &config->asn;
	int err = 0;

	for (size_t i = 0; i < country->count; i++)
		err = first_of(err, add_database(inputs, DATABASE_COUNTRY, country->items[i].path,
		                                 &country->items[i].at, problems));
	for (size_t i = 0; i < asn->count; i++)
		err = first_of(err,
		               add_database(inputs, DATABASE_ASN, asn->items[i].path, &asn->items[i].at, problems));
	for (size_t i = 0; i < config->list_count; i++)
		if (config->lists[i].path[0] != '\0' && config->lists[i].label < LABEL_COUNT)
			err = first_of(err, add_list(inputs, &config->lists[i], problems));
	return err == 0 ? inputs_seal_lists(inputs) : err;
}

static int load_rule(struct inputs *inputs, const struct config *config, struct text *problems)
{
	char path[SHIPPED_PATH_MAX];
	int err = read_or_shipped(config->rule, &config->rule_at, "cr1", path, &inputs->rule_text, problems);

	return err < 0 ? err : inputs_parse_rule(inputs, path, problems);
}

static int load_grade(struct inputs *inputs, const struct config *config, struct text *problems)
{
	char path[SHIPPED_PATH_MAX];
	int err = read_or_shipped(config->grade, &config->grade_at, "grade1", path, &inputs->grade_text, problems);

	return err < 0 ? err : inputs_parse_grade(inputs, path, problems);
}

int inputs_load_files(struct inputs *inputs, const struct config *config, struct text *problems)
{
	int err = load_rule(inputs, config, problems);

	err = first_of(err, load_grade(inputs, config, problems));
	return first_of(err, load_geography(inputs, config, problems));
}

int inputs_load(struct inputs *inputs, const struct config *config, const char *baseline_path, struct text *problems)
{
	int err = inputs_load_files(inputs, config, problems);
	int baseline_err = baseline_path != NULL ? file_read(baseline_path, &inputs->baseline_text) : 0;

	if (baseline_err < 0)
		cannot(problems, &nowhere, "read", baseline_path, baseline_err);
	err = first_of(err, baseline_err);
	return err < 0 ? err : inputs_parse_baseline(inputs, &config->estate, baseline_path, problems);
}
