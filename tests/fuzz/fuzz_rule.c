/* Goal: any bytes as rule, grade or baseline file give a value or an error with a place inside the file, never more. */
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "decide/baseline.h"
#include "decide/grade.h"
#include "decide/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_have_place(const struct rule_error *error, size_t size)
{
	if (error->line == 0 || error->column == 0 || error->line > size + 2 || error->message[0] == '\0')
		abort();
}

static struct counting_rule some_rule(void)
{
	struct counting_rule rule = { .baseline_history_us = INT64_C(86400000000), .baseline_growth = 2 };
	for (int v = 0; v < VECTOR_COUNT; v++)
		rule.flood_floor[v] = 300;
	return rule;
}

/* What was read is written back and read again: the second text equals the first. */
static void read_baseline(const char *text, size_t size)
{
	struct estate estate = { 0 };
	struct counting_rule rule = some_rule();
	struct baseline_limits limits = { .assets = 8 };
	CLEANUP(baseline_freep) struct baseline *one = NULL, *two = NULL;
	CLEANUP(text_fini) struct text first = { 0 }, second = { 0 };
	struct rule_error error;

	if (baseline_new(&rule, &estate, &limits, &one) < 0 || baseline_new(&rule, &estate, &limits, &two) < 0)
		abort();
	if (baseline_parse(one, text, size, &error) < 0)
		return;
	baseline_write(one, &first);
	if (baseline_parse(two, first.data, first.len, &error) < 0)
		abort();
	baseline_write(two, &second);
	if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct counting_rule rule;
	struct grade grade;
	struct rule_error error;

	if (rule_parse(text, size, &rule, &error) < 0)
		must_have_place(&error, size);
	if (grade_parse(text, size, &grade, &error) < 0)
		must_have_place(&error, size);
	read_baseline(text, size);
	return 0;
}
