/* grade.h - severity and aggressiveness of an attack (design 6). The weights come from a file (etc/grade1), hashed like the
 * rule. Nothing here knows of an actor or a territory. Pure functions, any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "decide/rule.h"
#include "model/attack.h"

enum grade_part {
	GRADE_RATE = 0,
	GRADE_DURATION,
	GRADE_BREADTH,
	GRADE_FOCUS,
	GRADE_CHANGE,
	GRADE_METHOD,
	GRADE_PART_COUNT
};

struct grade {
	char name[RULE_NAME_MAX];        /* "grade1" */
	char text[RULE_TEXT_MAX];        /* "grade1@" + 64 hex digits */
	double weight[GRADE_PART_COUNT]; /* in [0, 1] */
	double method[CLASS_COUNT];      /* the part method of each class, in [0, 1] */
};

/** Parse text[0..n). Returns 0, or -EINVAL with *reterr_error. */
int grade_parse(const char *text, size_t n, struct grade *ret_grade, struct rule_error *reterr_error);

/** What the parts are made of. */
struct grade_facts {
	uint64_t peak, threshold; /* threshold 0: no rate */
	int64_t duration_us;
	uint64_t targets;    /* distinct targets, users or paths */
	uint64_t focus_here; /* observations of the source group on this asset in 24 h */
	uint64_t focus_all;  /* and on all assets; focus is 0 below 100 */
	bool changed;        /* came another way after a lease */
	uint8_t class;       /* enum attack_class */
};

/** The six parts, each rounded to four digits so that the printed parts give the printed number, and the number. */
void grade_aggressiveness(const struct grade *grade, const struct grade_facts *facts,
                          struct aggressiveness *ret_aggressiveness);

/** round(100 (1 - product(1 - weight x part))) of parts already in [0, 1]. */
unsigned grade_value(const struct grade *grade, const struct aggressiveness *parts);

/** Severity 0 to 4 by the first line of design 6 that holds; 5 is a person's word only. */
unsigned grade_severity(const struct attack *attack, uint64_t assets_touched);
