#include "cmd/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "cmd/command.h"
#include "publish/statement_html.h"
#include "publish/statement_json.h"
#include "publish/statement_text.h"
#include "run/shipped.h"

/* Room for one more item of size bytes; NULL without memory. The item is zeroed. */
static void *grow(void *array, size_t *count, size_t *room, size_t size)
{
	void **items = array;

	if (*count == *room) {
		size_t more = *room == 0 ? 16 : *room * 2;
		void *grown = realloc(*items, more * size);
		if (grown == NULL)
			return NULL;
		*items = grown;
		*room = more;
	}
	void *item = (char *)*items + (*count)++ * size;
	memset(item, 0, size);
	return item;
}

static int take_record(void *context, const struct record *record)
{
	struct report *r = context;
	struct record *copy = grow(&r->records, &r->record_count, &r->record_room, sizeof(*copy));
	struct attack attack;

	if (copy == NULL || attack_copy(&record->attack, &attack) < 0)
		return -ENOMEM;
	*copy = *record;
	copy->attack = attack;
	return 0;
}

static int take_amendment(void *context, const struct amendment *amendment)
{
	struct report *r = context;
	struct amendment *copy = grow(&r->amendments, &r->amendment_count, &r->amendment_room, sizeof(*copy));

	if (copy == NULL)
		return -ENOMEM;
	*copy = *amendment;
	return 0;
}

static int take_coverage(void *context, const struct coverage *coverage)
{
	struct report *r = context;
	struct coverage *copy = grow(&r->coverage, &r->coverage_count, &r->coverage_room, sizeof(*copy));

	if (copy == NULL)
		return -ENOMEM;
	*copy = *coverage;
	r->observations += coverage->observations;
	return 0;
}

static int take_run(void *context, const struct run_inputs *inputs)
{
	struct report *r = context;
	struct run_inputs *copy = grow(&r->runs, &r->run_count, &r->run_room, sizeof(*copy));

	if (copy == NULL)
		return -ENOMEM;
	*copy = *inputs;
	copy->sources = calloc(inputs->source_count + 1, sizeof(*copy->sources));
	if (copy->sources == NULL)
		return -ENOMEM;
	if (inputs->source_count > 0)
		memcpy(copy->sources, inputs->sources, inputs->source_count * sizeof(*copy->sources));
	return 0;
}

void report_fini(struct report *report)
{
	statement_fini(&report->statement);
	for (size_t i = 0; i < report->record_count; i++)
		attack_fini(&report->records[i].attack);
	for (size_t i = 0; i < report->run_count; i++)
		free(report->runs[i].sources);
	free(report->records);
	free(report->pointers);
	free(report->amendments);
	free(report->coverage);
	free(report->runs);
	*report = (struct report){ 0 };
}

/* The days that hold data: an attack, or packets. */
struct days {
	const char *run; /* of this run only; NULL: of any */
	int64_t *days;
	size_t count, room;
};

static int add_day(struct days *d, int64_t day)
{
	if (d->count > 0 && d->days[d->count - 1] == day)
		return 0;
	int64_t *room = grow(&d->days, &d->count, &d->room, sizeof(*room));
	if (room == NULL)
		return -ENOMEM;
	*room = day;
	return 0;
}

static int day_of_record(void *context, const struct record *record)
{
	return add_day(context, utc_day(record->attack.first_us));
}

static int day_of_coverage(void *context, const struct coverage *coverage)
{
	struct days *d = context;

	if (coverage->packets == 0 || (d->run != NULL && strcmp(coverage->run, d->run) != 0))
		return 0;
	return add_day(d, utc_day(coverage->hour_us));
}

static int compare_days(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static int read_days(struct ledger *ledger, int64_t from_day, int64_t to_day, struct days *d)
{
	struct ledger_filter filter = LEDGER_FILTER_ALL;
	size_t n = 0;

	filter.from_day = from_day;
	filter.to_day = to_day;
	if (d->run != NULL)
		(void)snprintf(filter.run, sizeof(filter.run), "%s", d->run);
	int err = ledger_each_record(ledger, &filter, day_of_record, d);
	if (err == 0)
		err = ledger_each_coverage(ledger, from_day, to_day, day_of_coverage, d);
	if (err < 0 || d->count == 0)
		return err;
	qsort(d->days, d->count, sizeof(*d->days), compare_days);
	for (size_t i = 0; i < d->count; i++)
		if (n == 0 || d->days[n - 1] != d->days[i])
			d->days[n++] = d->days[i];
	d->count = n;
	return 0;
}

/* Fill in the days that were not given: an open end by the data there is, none at all by the run's days or the last day
 * that holds data. Captures of years far apart may lie in one ledger: what lies between them is nobody's period. */
static int choose_days(struct ledger *ledger, const char *run, struct report *r)
{
	struct days d = { .run = run };
	bool none_given = r->from_day == INT64_MIN && r->to_day == INT64_MAX;

	if (r->from_day != INT64_MIN && r->to_day != INT64_MAX)
		return 0;
	int err = read_days(ledger, r->from_day, r->to_day, &d);
	int64_t today = utc_day(wall_clock_us());
	int64_t first = d.count > 0 ? d.days[0] : r->to_day != INT64_MAX ? r->to_day : today;
	int64_t last = d.count > 0 ? d.days[d.count - 1] : r->from_day > today ? r->from_day : today;
	if (none_given && (run == NULL || last - first >= STATEMENT_DAYS_MAX)) {
		if (d.count > 1)
			r->held = (struct statement_held){ .from_day = first, .to_day = last, .days = d.count };
		first = last;
	}
	free(d.days);
	r->from_day = r->from_day == INT64_MIN ? first : r->from_day;
	r->to_day = r->to_day == INT64_MAX ? last : r->to_day;
	return err;
}

static int build(struct report *r)
{
	r->pointers = calloc(r->record_count + 1, sizeof(*r->pointers));
	if (r->pointers == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->record_count; i++)
		r->pointers[i] = &r->records[i];
	struct statement_input input = { .from_day = r->from_day,
		                         .to_day = r->to_day,
		                         .held = r->held,
		                         .records = r->pointers,
		                         .record_count = r->record_count,
		                         .amendments = r->amendments,
		                         .amendment_count = r->amendment_count,
		                         .coverage = r->coverage,
		                         .coverage_count = r->coverage_count,
		                         .inputs = r->runs,
		                         .input_count = r->run_count,
		                         .observations = r->observations,
		                         .program = REDOUBT_VERSION,
		                         .now_us = wall_clock_us() };
	return statement_build(&input, &r->statement);
}

static int read_all(struct ledger *ledger, struct report *r)
{
	struct ledger_filter filter = LEDGER_FILTER_ALL;

	filter.from_day = r->from_day;
	filter.to_day = r->to_day;
	int err = ledger_each_record(ledger, &filter, take_record, r);
	if (err == 0)
		err = ledger_each_amendment(ledger, "", take_amendment, r);
	if (err == 0)
		err = ledger_each_coverage(ledger, r->from_day, r->to_day, take_coverage, r);
	if (err == 0)
		err = ledger_each_run(ledger, r->from_day, r->to_day, take_run, r);
	return err;
}

int report_read(struct ledger *ledger, int64_t from_day, int64_t to_day, const char *run, struct report *ret_report)
{
	struct report r = { .from_day = from_day, .to_day = to_day };

	int err = choose_days(ledger, run, &r);
	if (err == 0)
		err = read_all(ledger, &r);
	if (err == 0)
		err = build(&r);
	if (err == -ERANGE)
		complain("a statement covers at most %d days: use --day, or --from and --to", STATEMENT_DAYS_MAX);
	else if (err < 0)
		complain("cannot make the statement: %s", err <= -1000 ? ledger_error(err) : strerror(-err));
	if (err < 0)
		report_fini(&r);
	else
		*ret_report = r;
	return err;
}

int load_sentences(struct sentences **ret_sentences)
{
	CLEANUP(text_fini) struct text data = { 0 };
	char path[SHIPPED_PATH_MAX];
	struct sentences_error e;

	int err = shipped_path("sentences.en", path);
	if (err == 0)
		err = file_read(path, &data);
	if (err < 0) {
		complain("cannot read '%s': %s", path, strerror(-err));
		return err;
	}
	err = sentences_parse(text_get(&data), data.len, ret_sentences, &e);
	if (err == -EINVAL)
		complain("%s:%u:%u: %s", path, e.line, e.column, e.text);
	return err;
}

int report_format_parse(const char *text)
{
	static const char *const names[] = { "text", "json", "html" };

	for (int i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	return -EINVAL;
}

int report_format_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot == NULL)
		return -EINVAL;
	if (strcmp(dot, ".html") == 0 || strcmp(dot, ".htm") == 0)
		return REPORT_HTML;
	return strcmp(dot, ".json") == 0 ? REPORT_JSON : strcmp(dot, ".txt") == 0 ? REPORT_TEXT : -EINVAL;
}

struct style style_of_output(void)
{
	struct style style = { 0 };
	struct winsize size;
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	if (isatty(STDOUT_FILENO) != 1)
		return style;
	style.colour = (no_colour == NULL || no_colour[0] == '\0') && (term == NULL || strcmp(term, "dumb") != 0);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		style.columns = size.ws_col > 110 ? 110 : size.ws_col;
	return style;
}

int report_render(const struct report *report, const struct sentences *sentences, enum report_format format,
                  int to_terminal, struct text *out)
{
	struct style style = { 0 };

	if (format == REPORT_JSON)
		return statement_json(&report->statement, sentences, to_terminal, out);
	if (format == REPORT_HTML) {
		statement_html(&report->statement, sentences, out);
	} else {
		if (to_terminal)
			style = style_of_output();
		statement_text(&report->statement, sentences, &style, out);
	}
	return out->failed ? -ENOMEM : 0;
}
