/* redoubt check - everything that can be wrong before the first packet, said in one run. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "cmd/command.h"
#include "cmd/report.h"
#include "run/replay.h"

struct options {
	struct common_options common;
	bool memory;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		state->child_inputs[1] = &o->common;
		return 0;
	case 'm':
		o->memory = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void say_source(const struct origin_source *s, int64_t now_us, uint64_t oldest_days)
{
	CLEANUP(text_fini) struct text line = { 0 };
	char day[UTC_DAY_TEXT_MAX];
	int64_t age = (now_us - s->date_us) / DAY_US;

	text_addf(&line, "%s %s%s%s: ", s->kind, s->name, s->label[0] != '\0' ? ", " : "", s->label);
	if (s->date_us == 0)
		text_addf(&line, "no date, sha256 %.16s", s->digest);
	else
		text_addf(&line, "of %s, sha256 %.16s%s", utc_day_format(utc_day(s->date_us), day), s->digest,
		          age > (int64_t)oldest_days ? " - old: this will be said beside the figures" : "");
	print_outside(stdout, text_get(&line));
	(void)putchar('\n');
}

static void say_estate(const struct config *config)
{
	CLEANUP(text_fini) struct text overlaps = { 0 };

	(void)printf("estate: %zu assets, %zu groups, %zu register entries, sha256 %.16s\n", config->estate.asset_count,
	             config->estate.group_count, config->estate.registered_count, config->estate.digest);
	config_explain_overlaps(config, &overlaps);
	print_problems(stdout, &overlaps);
}

static json_t *source_json(const struct origin_source *s)
{
	char day[UTC_DAY_TEXT_MAX];
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:I}", "kind", s->kind, "name", s->name, "label", s->label,
	                      "sha256", s->digest, "entries", (json_int_t)s->entries);

	if (o != NULL && s->date_us != 0)
		(void)json_object_set_new(o, "date", json_string(utc_day_format(utc_day(s->date_us), day)));
	return o;
}

static int say_json(const struct config *config, const struct inputs *inputs)
{
	json_t *sources = json_array();

	for (size_t i = 0; i < inputs->source_count; i++)
		(void)json_array_append_new(sources, source_json(&inputs->sources[i]));
	return print_json(json_pack("{s:s, s:s, s:{s:I, s:I, s:I, s:s}, s:o, s:I}", "rule", inputs->rule.text, "grade",
	                            inputs->grade.text, "estate", "assets", (json_int_t)config->estate.asset_count,
	                            "groups", (json_int_t)config->estate.group_count, "registered",
	                            (json_int_t)config->estate.registered_count, "sha256", config->estate.digest,
	                            "sources", sources, "memory",
	                            (json_int_t)replay_memory(config, (unsigned)config->workers)));
}

static void say_text(const struct config *config, const struct inputs *inputs)
{
	(void)printf("rule: %s\ngrade: %s\n", inputs->rule.text, inputs->grade.text);
	say_estate(config);
	for (size_t i = 0; i < inputs->source_count; i++)
		say_source(&inputs->sources[i], wall_clock_us(), config->database_age_days);
	if (inputs->attribution.country_count == 0)
		(void)puts(
		        "no country database: every territory will be ZZ, no-database ('make geo' fetches open ones)");
	(void)printf("memory: at most %llu MiB\n",
	             (unsigned long long)(replay_memory(config, (unsigned)config->workers) >> 20));
}

int cmd_check(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{ "memory", 'm', NULL, 0,
		  "print the most memory a replay of this configuration takes, in bytes, and nothing else", 1 },
		{ 0 }
	};
	static const struct argp_child children[] = { { &place_argp, 0, NULL, 0 },
		                                      { &format_argp, 0, NULL, 0 },
		                                      { 0 } };
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.children = children,
		.doc = "Check configuration, counting rule, grade, sentences, databases and lists; report every "
		       "mistake with file, line and column."
	};
	CLEANUP(config_fini) struct config config = { 0 };
	CLEANUP(inputs_fini) struct inputs inputs = { 0 };
	CLEANUP(text_fini) struct text problems = { 0 };
	CLEANUP(sentences_freep) struct sentences *sentences = NULL;
	struct options o = { 0 };

	if (command_parse(&argp, argc, argv, 0, &o) < 0)
		return EXIT_USAGE;
	int err = load_config(&o.common, &config);
	int inputs_err = err == 0 ? inputs_load(&inputs, &config, NULL, &problems)
	                          : inputs_load_files(&inputs, &config, &problems);
	print_problems(stderr, &problems);
	if (load_sentences(&sentences) < 0 || err < 0 || inputs_err < 0)
		return 1;
	if (o.memory) {
		(void)printf("%llu\n", (unsigned long long)replay_memory(&config, (unsigned)config.workers));
		return 0;
	}
	if (o.common.json)
		return say_json(&config, &inputs);
	say_text(&config, &inputs);
	return 0;
}
