/* inputs.h - everything besides packets that the figures depend on, loaded and hashed: rule, grade, baseline, geography. */
#pragma once

#include "attribute/attribution.h"
#include "base/text.h"
#include "decide/baseline.h"
#include "decide/grade.h"
#include "decide/rule.h"
#include "model/record.h"
#include "run/config/config.h"

struct inputs {
	struct counting_rule rule;
	struct grade grade;
	struct text rule_text, grade_text;
	struct baseline *baseline; /* owned; never NULL after loading */
	char baseline_digest[65];  /* of the file that was given; "" none */
	struct text baseline_text;
	struct attribution attribution;
	struct origin_source *sources;         /* owned; databases, then lists */
	char (*source_paths)[CONFIG_PATH_MAX]; /* owned; where each was read */
	size_t source_count;
};

void inputs_fini(struct inputs *inputs);

/** Load what the configuration names. baseline_path may be NULL. The estate must be sealed and outlive the inputs. Mistakes go
 * to problems, one line each with file and place. Returns 0 or -errno after a problem was said. */
int inputs_load(struct inputs *inputs, const struct config *config, const char *baseline_path, struct text *problems);

/** Only what needs no estate: rule, grade, geography. Tries all, also after a mistake. For a configuration that had problems. */
int inputs_load_files(struct inputs *inputs, const struct config *config, struct text *problems);

/** Open one database or list that a run names by hash, from a file whose bytes have that hash. Call inputs_seal_lists() behind the
 * last one. Returns 0 or -errno after a problem was said. */
int inputs_add_source(struct inputs *inputs, const struct origin_source *source, const char *path,
                      struct text *problems);
int inputs_seal_lists(struct inputs *inputs);

/** Parse a rule and a grade from their bytes, as recount has them from the data directory. */
int inputs_parse_rule(struct inputs *inputs, const char *name, struct text *problems);
int inputs_parse_grade(struct inputs *inputs, const char *name, struct text *problems);
int inputs_parse_baseline(struct inputs *inputs, const struct estate *estate, const char *name, struct text *problems);
