/* show.h - everything about one attack. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "model/record.h"
#include "publish/sentences.h"
#include "publish/style.h"

struct show_input {
	const struct record *record;
	const struct amendment *amendments; /* of this record, oldest first */
	size_t amendment_count;
	const struct run_inputs *run;  /* that made it, NULL unknown */
	const char *evidence_path;     /* file of the evidence slice, NULL none */
	const char *observations_path; /* file of the sealed observations, NULL none */
	const char *tunnel;            /* tunnels its packets came in, outermost first, NULL none known */
};

/** Append the page for a terminal. Everything from outside is escaped. */
void show_text(const struct show_input *input, const struct sentences *sentences, const struct style *style,
               struct text *out);

/** Append one JSON object and a newline: the fields of attacks_json() and more; ASCII, keys sorted. Returns 0 or -ENOMEM. */
int show_json(const struct show_input *input, bool indent, struct text *out);
