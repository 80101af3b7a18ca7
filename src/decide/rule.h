/* rule.h - reads the counting rule's file (etc/cr1) into struct counting_rule. The file is ours, so mistakes are errors
 * with their place: unknown, missing, duplicate and impossible settings all stop it. Pure functions, any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/rule.h"

enum { RULE_MESSAGE_MAX = 256 };

/** The first mistake of a file. */
struct rule_error {
	uint32_t line, column;          /* from 1; of a missing setting the line behind the last one */
	char message[RULE_MESSAGE_MAX]; /* one line for people; words of the file in it are cut, not escaped */
};

/** Parse text[0..n). On success fills *ret_rule, rule->text with "cr1@" and the SHA-256 of exactly these bytes included.
 * Settings that the program has built in (unanswered, baseline-percentile, same-flow, reached-percent, reached-history,
 * at-least-loss-percent, campaign) are refused with any other value: the file never says what is not done.
 * Returns 0, or -EINVAL with *reterr_error. */
int rule_parse(const char *text, size_t n, struct counting_rule *ret_rule, struct rule_error *reterr_error);
