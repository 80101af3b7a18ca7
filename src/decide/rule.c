#include "decide/rule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "decide/rule_text.h"

enum setting_kind { SETTING_COUNT, SETTING_DURATION, SETTING_FIXED_COUNT, SETTING_FIXED_DURATION };

/* One line of the file with one value. Fixed ones are said for the reader; the program knows no other value. */
struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;  /* in struct counting_rule: uint32_t or int64_t */
	uint64_t bound; /* highest count, or the only value of a fixed one */
};

#define COUNT(name, field, high)                                                                                       \
	{                                                                                                              \
		name, SETTING_COUNT, offsetof(struct counting_rule, field), high                                       \
	}
#define DURATION(name, field)                                                                                          \
	{                                                                                                              \
		name, SETTING_DURATION, offsetof(struct counting_rule, field), 0                                       \
	}

static const struct setting settings[] = {
	DURATION("longest", longest_us),
	COUNT("scan-targets", scan_targets, 1000),
	DURATION("scan-window", scan_window_us),
	COUNT("scan-slow-targets", scan_slow_targets, 1000),
	DURATION("scan-slow-window", scan_slow_window_us),
	COUNT("brute-failures", brute_failures, 10000),
	DURATION("brute-window", brute_window_us),
	COUNT("brute-distributed-failures", brute_distributed_failures, 100000),
	COUNT("brute-distributed-groups", brute_distributed_groups, 10000),
	DURATION("flood-window", flood_window_us),
	COUNT("baseline-factor", baseline_factor, 1000),
	DURATION("baseline-history", baseline_history_us),
	DURATION("baseline-trail", baseline_trail_us),
	COUNT("baseline-growth", baseline_growth, 1000),
	COUNT("carpet-assets", carpet_assets, 64),
	DURATION("carpet-window", carpet_window_us),
	COUNT("ddos-groups", ddos_groups, 100000),
	COUNT("merge-groups", merge_groups, 64),
	COUNT("reflector-percent", reflector_percent, 100),
	COUNT("several-percent", several_percent, 100),
	DURATION("seal", seal_us),
	DURATION("late", late_us),
	DURATION("reached", reached_us),
	{ "unanswered", SETTING_FIXED_DURATION, 0, 3 * (uint64_t)SECOND_US },
	{ "baseline-percentile", SETTING_FIXED_COUNT, 0, 99 },
	{ "same-flow", SETTING_FIXED_DURATION, 0, 5 * (uint64_t)SECOND_US },
	{ "reached-percent", SETTING_FIXED_COUNT, 0, 50 },
	{ "reached-history", SETTING_FIXED_DURATION, 0, (uint64_t)HOUR_US },
	{ "at-least-loss-percent", SETTING_FIXED_COUNT, 0, 1 },
	{ "campaign", SETTING_FIXED_DURATION, 0, (uint64_t)DAY_US },
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

/* A file half read: what was given so far. */
struct parser {
	struct rule_reader reader;
	struct counting_rule rule;
	bool given[SETTINGS];
	bool gap_given[FAMILY_COUNT];
	bool floor_given[VECTOR_COUNT];
};

static int give(struct parser *p, const struct rule_line *line, bool *given)
{
	if (*given)
		return rule_fail(&p->reader, line, 0, "'%s' is given twice", line->word[0]);
	*given = true;
	return 0;
}

static int parse_count(struct parser *p, const struct rule_line *line, const struct setting *s)
{
	uint64_t value;
	int err = rule_words(&p->reader, line, 2);

	if (err == 0)
		err = rule_number(&p->reader, line, 1, 1, s->bound, &value);
	if (err < 0)
		return err;
	if (s->kind == SETTING_FIXED_COUNT) {
		if (value != s->bound)
			return rule_fail(&p->reader, line, 1, "this program knows '%s' only as %llu", s->name,
			                 (unsigned long long)s->bound);
		return 0;
	}
	uint32_t count = (uint32_t)value;
	memcpy((char *)&p->rule + s->offset, &count, sizeof(count));
	return 0;
}

static int parse_duration(struct parser *p, const struct rule_line *line, const struct setting *s)
{
	int64_t us;
	int err = rule_words(&p->reader, line, 3);

	if (err == 0)
		err = rule_duration(&p->reader, line, 1, &us);
	if (err < 0)
		return err;
	if (s->kind == SETTING_FIXED_DURATION) {
		if ((uint64_t)us != s->bound)
			return rule_fail(&p->reader, line, 1, "this program knows '%s' only as %llu us", s->name,
			                 (unsigned long long)s->bound);
		return 0;
	}
	memcpy((char *)&p->rule + s->offset, &us, sizeof(us));
	return 0;
}

static int parse_name(struct parser *p, const struct rule_line *line)
{
	bool given = p->rule.name[0] != '\0';
	int err = rule_words(&p->reader, line, 2);

	if (err == 0)
		err = give(p, line, &given);
	return err < 0 ? err : rule_name(&p->reader, line, 1, p->rule.name);
}

static int parse_gap(struct parser *p, const struct rule_line *line)
{
	int err = rule_words(&p->reader, line, 4);

	if (err < 0)
		return err;
	int family = attack_family_parse(line->word[1]);
	if (family < 0)
		return rule_fail(&p->reader, line, 1, "'%s' is no family of attacks", line->word[1]);
	if ((err = give(p, line, &p->gap_given[family])) < 0)
		return err;
	return rule_duration(&p->reader, line, 2, &p->rule.gap_us[family]);
}

static int parse_floor(struct parser *p, const struct rule_line *line)
{
	int err = rule_words(&p->reader, line, 3);

	if (err < 0)
		return err;
	int vector = vector_parse(line->word[1]);
	if (vector < 0 || vector_group_of((enum vector)vector) == VECTOR_GROUP_NONE)
		return rule_fail(&p->reader, line, 1, "'%s' is no vector of floods", line->word[1]);
	if ((err = give(p, line, &p->floor_given[vector])) < 0)
		return err;
	p->rule.flood_floor[vector] = 0;
	if (strcmp(line->word[2], "none") == 0)
		return 0;
	return rule_number(&p->reader, line, 2, 1, UINT64_C(1000000000000), &p->rule.flood_floor[vector]);
}

static int parse_amplifier(struct parser *p, const struct rule_line *line)
{
	struct counting_rule *rule = &p->rule;
	uint64_t port;
	int err = rule_words(&p->reader, line, 2);

	if (err == 0)
		err = rule_number(&p->reader, line, 1, 1, UINT16_MAX, &port);
	if (err < 0)
		return err;
	if (counting_rule_amplifies(rule, (uint16_t)port))
		return rule_fail(&p->reader, line, 1, "port %u is given twice", (unsigned)port);
	if (rule->amplifier_port_count == RULE_AMPLIFIER_PORTS_MAX)
		return rule_fail(&p->reader, line, 0, "more than %d amplifier ports", RULE_AMPLIFIER_PORTS_MAX);
	uint32_t at = rule->amplifier_port_count++;
	for (; at > 0 && rule->amplifier_port[at - 1] > port; at--)
		rule->amplifier_port[at] = rule->amplifier_port[at - 1];
	rule->amplifier_port[at] = (uint16_t)port;
	return 0;
}

static int parse_setting(struct parser *p, const struct rule_line *line)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *s = &settings[i];
		if (strcmp(s->name, line->word[0]) != 0)
			continue;
		int err = give(p, line, &p->given[i]);
		if (err < 0)
			return err;
		bool duration = s->kind == SETTING_DURATION || s->kind == SETTING_FIXED_DURATION;
		return duration ? parse_duration(p, line, s) : parse_count(p, line, s);
	}
	return rule_fail(&p->reader, line, 0, "unknown setting '%s'", line->word[0]);
}

static int parse_line(struct parser *p, const struct rule_line *line)
{
	const char *word = line->word[0];

	if (strcmp(word, "rule") == 0)
		return parse_name(p, line);
	if (strcmp(word, "gap") == 0)
		return parse_gap(p, line);
	if (strcmp(word, "floor") == 0)
		return parse_floor(p, line);
	if (strcmp(word, "amplifier-port") == 0)
		return parse_amplifier(p, line);
	return parse_setting(p, line);
}

static int check_complete(struct parser *p)
{
	if (p->rule.name[0] == '\0')
		return rule_fail_end(&p->reader, "'rule' is missing");
	for (size_t i = 0; i < SETTINGS; i++)
		if (!p->given[i])
			return rule_fail_end(&p->reader, "'%s' is missing", settings[i].name);
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (!p->gap_given[f])
			return rule_fail_end(&p->reader, "'gap %s' is missing",
			                     attack_family_name((enum attack_family)f));
	for (int v = 0; v < VECTOR_COUNT; v++)
		if (vector_group_of((enum vector)v) != VECTOR_GROUP_NONE && !p->floor_given[v])
			return rule_fail_end(&p->reader, "'floor %s' is missing", vector_name((enum vector)v));
	return 0;
}

/* Values that fit each alone but not together. */
static int check_sense(struct parser *p)
{
	const struct counting_rule *r = &p->rule;

	if (r->scan_slow_window_us < r->scan_window_us)
		return rule_fail_end(&p->reader, "'scan-slow-window' is shorter than 'scan-window'");
	if (r->baseline_trail_us < r->baseline_history_us)
		return rule_fail_end(&p->reader, "'baseline-trail' is shorter than 'baseline-history'");
	if (r->baseline_trail_us != 7 * DAY_US)
		return rule_fail_end(&p->reader, "'baseline-trail' must be 7 d: growth is compared by weeks");
	return 0;
}

int rule_parse(const char *text, size_t n, struct counting_rule *ret_rule, struct rule_error *reterr_error)
{
	struct rule_error error = { 0 };
	struct parser parser = { .reader = { .text = text, .n = n, .error = &error } };
	struct rule_line line;
	int more, err = 0;

	while (err == 0 && (more = rule_reader_next(&parser.reader, &line)) != 0)
		err = more < 0 ? more : parse_line(&parser, &line);
	if (err == 0)
		err = check_complete(&parser);
	if (err == 0)
		err = check_sense(&parser);
	if (err < 0) {
		*reterr_error = error;
		return err;
	}
	rule_identify(&parser.reader, parser.rule.name, parser.rule.text);
	*ret_rule = parser.rule;
	return 0;
}
