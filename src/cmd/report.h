/* report.h - records from a ledger to a statement: what `statement`, `replay --statement` and the demo share. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "publish/sentences.h"
#include "publish/statement.h"
#include "record/ledger.h"

/** What a statement rests on, read from a ledger into memory. */
struct report {
	struct record *records; /* owned, with their sources */
	const struct record **pointers;
	size_t record_count, record_room;
	struct amendment *amendments;
	size_t amendment_count, amendment_room;
	struct coverage *coverage;
	size_t coverage_count, coverage_room;
	struct run_inputs *runs; /* with their sources */
	size_t run_count, run_room;
	uint64_t observations;
	int64_t from_day, to_day;
	struct statement_held held;
	struct statement statement;
};

void report_fini(struct report *report);

/** Read days [from, to] and compute the statement. An end that is open (INT64_MIN, INT64_MAX) is the first or last day
 * that holds data; with both open the days are those of the run, or with run NULL the last that holds data.
 * Says what is wrong. Returns 0 or a negative error. */
int report_read(struct ledger *ledger, int64_t from_day, int64_t to_day, const char *run, struct report *ret_report);

/** The shipped catalogue of sentences. Says what is wrong. Returns 0 or -errno. */
int load_sentences(struct sentences **ret_sentences);

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_HTML };

/** "text", "json" or "html"; -EINVAL for another. */
int report_format_parse(const char *text);

/** The format a file's name ends in: .txt, .json or .html; -EINVAL for another. */
int report_format_of(const char *path);

/** Render. to_terminal chooses colour and width. Returns 0 or -ENOMEM. */
int report_render(const struct report *report, const struct sentences *sentences, enum report_format format,
                  int to_terminal, struct text *out);

struct style;

/** How text is laid out on standard output: the terminal's width, colour unless NO_COLOR. */
struct style style_of_output(void);
