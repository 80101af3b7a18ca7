#include "decide/grade.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/utc.h"
#include "decide/rule_text.h"

static const char *const part_names[GRADE_PART_COUNT] = { "rate", "duration", "breadth", "focus", "change", "method" };

struct parser {
	struct rule_reader reader;
	struct grade grade;
	bool weight_given[GRADE_PART_COUNT];
	bool method_given[CLASS_COUNT];
};

static int part_parse(const char *name)
{
	for (int i = 0; i < GRADE_PART_COUNT; i++)
		if (strcmp(part_names[i], name) == 0)
			return i;
	return -EINVAL;
}

static int parse_fraction(struct parser *p, const struct rule_line *line, bool *given, double *ret_value)
{
	unsigned parts;

	if (*given)
		return rule_fail(&p->reader, line, 1, "'%s %s' is given twice", line->word[0], line->word[1]);
	*given = true;
	int err = rule_fraction(&p->reader, line, 2, &parts);
	if (err < 0)
		return err;
	*ret_value = parts / 10000.0;
	return 0;
}

static int parse_weight(struct parser *p, const struct rule_line *line)
{
	int err = rule_words(&p->reader, line, 3);

	if (err < 0)
		return err;
	int part = part_parse(line->word[1]);
	if (part < 0)
		return rule_fail(&p->reader, line, 1, "'%s' is no part of aggressiveness", line->word[1]);
	return parse_fraction(p, line, &p->weight_given[part], &p->grade.weight[part]);
}

static int parse_method(struct parser *p, const struct rule_line *line)
{
	int err = rule_words(&p->reader, line, 3);

	if (err < 0)
		return err;
	int class = attack_class_parse(line->word[1]);
	if (class < 0)
		return rule_fail(&p->reader, line, 1, "'%s' is no class of attacks", line->word[1]);
	return parse_fraction(p, line, &p->method_given[class], &p->grade.method[class]);
}

static int parse_line(struct parser *p, const struct rule_line *line)
{
	if (strcmp(line->word[0], "weight") == 0)
		return parse_weight(p, line);
	if (strcmp(line->word[0], "method") == 0)
		return parse_method(p, line);
	if (strcmp(line->word[0], "grade") != 0)
		return rule_fail(&p->reader, line, 0, "unknown setting '%s'", line->word[0]);
	if (p->grade.name[0] != '\0')
		return rule_fail(&p->reader, line, 0, "'grade' is given twice");
	int err = rule_words(&p->reader, line, 2);
	return err < 0 ? err : rule_name(&p->reader, line, 1, p->grade.name);
}

static int check_complete(struct parser *p)
{
	if (p->grade.name[0] == '\0')
		return rule_fail_end(&p->reader, "'grade' is missing");
	for (int i = 0; i < GRADE_PART_COUNT; i++)
		if (!p->weight_given[i])
			return rule_fail_end(&p->reader, "'weight %s' is missing", part_names[i]);
	for (int c = 0; c < CLASS_COUNT; c++)
		if (!p->method_given[c])
			return rule_fail_end(&p->reader, "'method %s' is missing",
			                     attack_class_name((enum attack_class)c));
	return 0;
}

int grade_parse(const char *text, size_t n, struct grade *ret_grade, struct rule_error *reterr_error)
{
	struct rule_error error = { 0 };
	struct parser parser = { .reader = { .text = text, .n = n, .error = &error } };
	struct rule_line line;
	int more, err = 0;

	while (err == 0 && (more = rule_reader_next(&parser.reader, &line)) != 0)
		err = more < 0 ? more : parse_line(&parser, &line);
	if (err == 0)
		err = check_complete(&parser);
	if (err < 0) {
		*reterr_error = error;
		return err;
	}
	rule_identify(&parser.reader, parser.grade.name, parser.grade.text);
	*ret_grade = parser.grade;
	return 0;
}

/* Into [0, 1] and to four digits: what is printed is what is multiplied. */
static double part(double x)
{
	if (!(x > 0))
		return 0;
	return x >= 1 ? 1 : round(x * 10000) / 10000;
}

static double part_rate(const struct grade_facts *f)
{
	if (f->threshold == 0 || f->peak <= f->threshold)
		return 0;
	return log10((double)f->peak / (double)f->threshold) / 3;
}

static double part_duration(const struct grade_facts *f)
{
	double minutes = (double)f->duration_us / (double)MINUTE_US;

	return minutes > 0 ? log2(1 + minutes) / log2(1441) : 0;
}

static double part_focus(const struct grade_facts *f)
{
	if (f->focus_all < 100)
		return 0;
	return (double)f->focus_here / (double)f->focus_all;
}

void grade_aggressiveness(const struct grade *grade, const struct grade_facts *facts, struct aggressiveness *ret)
{
	struct aggressiveness a = {
		.rate = part(part_rate(facts)),
		.duration = part(part_duration(facts)),
		.breadth = part(facts->targets > 1 ? log10((double)facts->targets) / 4 : 0),
		.focus = part(part_focus(facts)),
		.change = facts->changed ? 1 : 0,
		.method = grade->method[facts->class],
	};

	a.value = grade_value(grade, &a);
	*ret = a;
}

unsigned grade_value(const struct grade *grade, const struct aggressiveness *parts)
{
	const double x[GRADE_PART_COUNT] = { parts->rate,  parts->duration, parts->breadth,
		                             parts->focus, parts->change,   parts->method };
	double left = 1;

	for (int i = 0; i < GRADE_PART_COUNT; i++)
		left *= 1 - grade->weight[i] * x[i];
	return (unsigned)lround(100 * (1 - left));
}

static bool is_availability(const struct attack *a)
{
	return a->class == CLASS_DOS || a->class == CLASS_DDOS;
}

/* Load is a flood's word (design 5.5): the other classes have none to compare. */
static bool is_heavy(const struct attack *a)
{
	return is_availability(a) && a->threshold > 0 && a->peak_load / 10 >= a->threshold;
}

unsigned grade_severity(const struct attack *a, uint64_t assets_touched)
{
	bool critical = target_class_is_critical((enum target_class)a->target_class);
	bool reached = a->outcome == OUTCOME_REACHED;

	if (reached && a->class == CLASS_BRUTE_FORCE)
		return 4;
	if (reached && is_availability(a) && a->reached_us >= 10 * MINUTE_US && critical)
		return 4;
	if (reached)
		return 3;
	if (critical || assets_touched >= 3 || is_heavy(a))
		return 2;
	return a->class == CLASS_SCANNER ? 0 : 1;
}
