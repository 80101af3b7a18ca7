#include "publish/statement_words.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/utc.h"
#include "publish/print.h"
#include "publish/territory.h"

static_assert(SENTENCE_PATH_AUTHENTICATED - SENTENCE_PATH_SPOOFABLE == PATH_COUNT - 1,
              "path.* in the order of words.def");
static_assert(SENTENCE_ZZ_NOT_IN_DATABASE - SENTENCE_ZZ_SPOOFABLE == ZZ_COUNT - 2, "zz.* in the order of words.def");
static_assert(SENTENCE_LEFT_DISMISSED - SENTENCE_LEFT_OWN_TEST == STATUS_COUNT - 2, "left.* in the order of words.def");

/* Where sentences go. */
struct speaker {
	const struct statement *st;
	const struct sentences *s;
	statement_words_line *line;
	void *context;
	struct text t;
};

static void spoken(struct speaker *sp)
{
	if (sp->t.len > 0)
		sp->line(sp->context, text_get(&sp->t));
	text_reset(&sp->t);
}

const char *statement_words_path(const struct sentences *s, enum path_status path)
{
	return sentences_get(s, SENTENCE_PATH_SPOOFABLE + (enum sentence_id)path);
}

const char *statement_words_zz(const struct sentences *s, enum zz_reason zz)
{
	check(zz != ZZ_STATED);
	return sentences_get(s, SENTENCE_ZZ_SPOOFABLE + (enum sentence_id)zz - 1);
}

const char *statement_words_left(const struct sentences *s, enum attack_status status)
{
	check(status != STATUS_COUNTED);
	return sentences_get(s, SENTENCE_LEFT_OWN_TEST + (enum sentence_id)status - 1);
}

const char *statement_words_estate(const struct statement *st, const struct sentences *s)
{
	return st->estate[0] != '\0' ? st->estate : sentences_get(s, SENTENCE_ESTATE);
}

void statement_words_count(const struct statement *st, const struct sentences *s, uint64_t n, struct text *out)
{
	char buf[PRINT_MAX];

	SENTENCES_SAY(s, st->at_least ? SENTENCE_COUNT_LEAST : SENTENCE_COUNT_EXACT, n, out,
	              { "n", print_count(n, buf) });
}

void statement_words_when(const struct statement *st, const struct sentences *s, struct text *out)
{
	char from[UTC_DAY_TEXT_MAX], to[UTC_DAY_TEXT_MAX];

	utc_day_format(st->from_day, from);
	utc_day_format(st->to_day, to);
	if (st->from_day == st->to_day)
		SENTENCES_SAY(s, SENTENCE_WHEN_DAY, 1, out, { "from", from });
	else
		SENTENCES_SAY(s, SENTENCE_WHEN_RANGE, 1, out, { "from", from }, { "to", to });
}

/* A sentence whose number is a count of attacks. */
static void say_attacks(struct speaker *sp, enum sentence_id id, uint64_t n)
{
	struct text count = { 0 };

	if (n == 0)
		return;
	statement_words_count(sp->st, sp->s, n, &count);
	SENTENCES_SAY(sp->s, id, n, &sp->t, { "n", text_get(&count) },
	              { "estate", statement_words_estate(sp->st, sp->s) });
	text_fini(&count);
	spoken(sp);
}

/* A sentence whose number is exact: hours, records. */
static void say_exactly(struct speaker *sp, enum sentence_id id, uint64_t n)
{
	char buf[PRINT_MAX];

	if (n == 0)
		return;
	SENTENCES_SAY(sp->s, id, n, &sp->t, { "n", print_count(n, buf) });
	spoken(sp);
}

static void say_headline(struct speaker *sp)
{
	const struct statement *st = sp->st;
	const char *estate = statement_words_estate(st, sp->s);
	struct text count = { 0 }, when = { 0 };

	statement_words_count(st, sp->s, st->attacks, &count);
	statement_words_when(st, sp->s, &when);
	if (st->attacks == 0)
		SENTENCES_SAY(sp->s, st->at_least ? SENTENCE_NONE_SEEN : SENTENCE_NONE, 0, &sp->t, { "estate", estate },
		              { "when", text_get(&when) });
	else
		SENTENCES_SAY(sp->s, SENTENCE_HEADLINE, st->attacks, &sp->t, { "n", text_get(&count) },
		              { "estate", estate }, { "when", text_get(&when) });
	text_fini(&count);
	text_fini(&when);
	spoken(sp);
	say_exactly(sp, SENTENCE_CONTINUED, st->continued);
}

static void say_territory(struct speaker *sp, const struct statement_row *row)
{
	struct text count = { 0 }, where = { 0 };
	uint64_t relayed = row->path[PATH_PROXIED];
	char m[PRINT_MAX];

	statement_words_count(sp->st, sp->s, row->attacks, &count);
	territory_say(row->name, &where);
	enum sentence_id id = relayed == 0              ? SENTENCE_TERRITORY
	                      : relayed == row->attacks ? SENTENCE_TERRITORY_RELAYED
	                                                : SENTENCE_TERRITORY_MIXED;
	SENTENCES_SAY(sp->s, id, row->attacks, &sp->t, { "n", text_get(&count) }, { "m", print_count(relayed, m) },
	              { "territory", text_get(&where) });
	text_fini(&count);
	text_fini(&where);
	spoken(sp);
}

static void say_further(struct speaker *sp, uint64_t attacks, uint64_t territories)
{
	struct text count = { 0 };
	char buf[PRINT_MAX];

	statement_words_count(sp->st, sp->s, attacks, &count);
	SENTENCES_SAY(sp->s, SENTENCE_TERRITORY_FURTHER, attacks, &sp->t, { "n", text_get(&count) },
	              { "count", print_count(territories, buf) });
	text_fini(&count);
	spoken(sp);
}

static void say_territories(struct speaker *sp)
{
	const struct statement_table *t = &sp->st->territories;
	size_t stated = t->count;
	uint64_t attacks = 0;

	if (stated > 0 && strcmp(t->rows[stated - 1].name, "ZZ") == 0)
		stated--;
	/* One left over is better said by its name. */
	size_t named = stated <= STATEMENT_WORDS_TERRITORIES + 1 ? stated : STATEMENT_WORDS_TERRITORIES;
	for (size_t i = 0; i < stated; i++)
		if (i < named)
			say_territory(sp, &t->rows[i]);
		else
			attacks += t->rows[i].attacks;
	if (named < stated)
		say_further(sp, attacks, stated - named);
}

/* ZZ though the source was confirmed: with each reason and its count. */
static void say_unstated(struct speaker *sp)
{
	const struct statement_table *t = &sp->st->zz_reasons;
	struct text reasons = { 0 }, count = { 0 };
	uint64_t sum = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct statement_row *row = &t->rows[i];
		uint64_t n = row->attacks - row->path[PATH_SPOOFABLE] - row->path[PATH_REFLECTOR];
		int zz = zz_reason_parse(row->name);
		if (n == 0 || zz <= ZZ_STATED)
			continue;
		char buf[PRINT_MAX];
		text_addf(&reasons, "%s%s (%s)", sum > 0 ? "; " : "", statement_words_zz(sp->s, (enum zz_reason)zz),
		          print_count(n, buf));
		sum += n;
	}
	if (sum > 0) {
		statement_words_count(sp->st, sp->s, sum, &count);
		SENTENCES_SAY(sp->s, SENTENCE_UNSTATED, sum, &sp->t, { "n", text_get(&count) },
		              { "reasons", text_get(&reasons) });
		spoken(sp);
	}
	text_fini(&reasons);
	text_fini(&count);
}

static uint64_t row_attacks(const struct statement_table *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->rows[i].name, name) == 0)
			return t->rows[i].attacks;
	return 0;
}

static uint64_t table_attacks(const struct statement_table *t)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->count; i++)
		sum += t->rows[i].attacks;
	return sum;
}

static void say_said(struct speaker *sp)
{
	const struct statement *st = sp->st;

	say_headline(sp);
	say_territories(sp);
	say_attacks(sp, SENTENCE_FORGED, st->path[PATH_SPOOFABLE]);
	say_attacks(sp, SENTENCE_REFLECTED, st->path[PATH_REFLECTOR]);
	say_unstated(sp);
	say_attacks(sp, SENTENCE_REPELLED, st->outcome[OUTCOME_REPELLED]);
	say_attacks(sp, SENTENCE_REFUSED, st->outcome[OUTCOME_REFUSED]);
	say_attacks(sp, SENTENCE_REACHED, st->outcome[OUTCOME_REACHED]);
	say_attacks(sp, SENTENCE_UNKNOWN, st->outcome[OUTCOME_UNKNOWN]);
	say_attacks(sp, SENTENCE_INCIDENTS, st->incidents);
	say_attacks(sp, SENTENCE_OUTBOUND, row_attacks(&st->directions, direction_name(DIRECTION_OUT)));
	say_attacks(sp, SENTENCE_INTERNAL, row_attacks(&st->directions, direction_name(DIRECTION_INTERNAL)));
	say_exactly(sp, SENTENCE_LEFT_OUT, table_attacks(&st->left_out));
	say_exactly(sp, SENTENCE_REPEATED, st->repeated);
	say_exactly(sp, SENTENCE_AMENDED, st->amended);
}

static const enum sentence_id doubt_sentences[STATEMENT_DOUBTS] = {
	SENTENCE_COVERAGE_UNSEEN,  SENTENCE_COVERAGE_PARTLY, SENTENCE_COVERAGE_LOSSY,   SENTENCE_COVERAGE_DAMAGED,
	SENTENCE_COVERAGE_ONE_WAY, SENTENCE_COVERAGE_FULL,   SENTENCE_COVERAGE_NOT_OVER
};

void statement_words_doubt(const struct sentences *s, unsigned i, uint64_t n, struct text *out)
{
	char buf[PRINT_MAX];

	check(i < STATEMENT_DOUBTS);
	SENTENCES_SAY(s, doubt_sentences[i], n, out, { "n", print_count(n, buf) });
}

static void say_loss(struct speaker *sp)
{
	const struct statement_hour *c = &sp->st->coverage;
	char lost[PRINT_MAX], packets[PRINT_MAX], share[PRINT_MAX];

	print_count(c->lost_packets, lost);
	print_count(c->packets + c->lost_packets, packets);
	print_share(c->lost_packets, c->packets + c->lost_packets, share);
	SENTENCES_SAY(sp->s, SENTENCE_COVERAGE_LOSS, 1, &sp->t, { "lost", lost }, { "packets", packets },
	              { "share", share });
	spoken(sp);
	if (c->lost_bytes == 0)
		return;
	SENTENCES_SAY(sp->s, SENTENCE_COVERAGE_BYTES, 1, &sp->t, { "bytes", print_count(c->lost_bytes, lost) });
	spoken(sp);
}

static void say_coverage(struct speaker *sp)
{
	const struct statement_hour *c = &sp->st->coverage;
	char seen[PRINT_MAX], expected[PRINT_MAX];

	if (sp->st->sensors == 0) {
		text_add(&sp->t, sentences_get(sp->s, SENTENCE_COVERAGE_NONE));
		spoken(sp);
	} else {
		SENTENCES_SAY(sp->s, SENTENCE_COVERAGE_MINUTES, 1, &sp->t, { "seen", print_minutes(c->seen_us, seen) },
		              { "expected", print_minutes(c->expected_us, expected) });
		spoken(sp);
		say_loss(sp);
	}
	for (unsigned i = 0; i < STATEMENT_DOUBTS; i++)
		say_exactly(sp, doubt_sentences[i], sp->st->doubtful[i]);
	text_add(&sp->t, sentences_get(sp->s, sp->st->at_least ? SENTENCE_COVERAGE_LEAST : SENTENCE_COVERAGE_COMPLETE));
	spoken(sp);
	say_exactly(sp, SENTENCE_COVERAGE_APART, c->apart);
}

static void say_stale(struct speaker *sp, const struct statement_source *in)
{
	char date[UTC_DAY_TEXT_MAX], days[PRINT_MAX];
	int64_t age = in->age_days < 0 ? -in->age_days : in->age_days;

	utc_day_format(utc_day(in->date_us), date);
	if (in->undated)
		SENTENCES_SAY(sp->s, SENTENCE_STALE_UNDATED, 1, &sp->t, { "name", in->name });
	else
		SENTENCES_SAY(sp->s, in->age_days > 0 ? SENTENCE_STALE_BEFORE : SENTENCE_STALE_AFTER, 1, &sp->t,
		              { "name", in->name }, { "date", date }, { "days", print_count((uint64_t)age, days) });
	spoken(sp);
}

static void say_last_day(struct speaker *sp)
{
	const struct statement_held *held = &sp->st->held;
	char n[PRINT_MAX], from[UTC_DAY_TEXT_MAX], to[UTC_DAY_TEXT_MAX];

	if (held->days == 0)
		return;
	SENTENCES_SAY(sp->s, SENTENCE_LAST_DAY, held->days, &sp->t, { "n", print_count(held->days, n) },
	              { "from", utc_day_format(held->from_day, from) }, { "to", utc_day_format(held->to_day, to) });
	spoken(sp);
}

static void say_care(struct speaker *sp)
{
	const struct statement *st = sp->st;
	char buf[UTC_TEXT_MAX];

	say_last_day(sp);
	if (st->rules == 0)
		text_add(&sp->t, sentences_get(sp->s, SENTENCE_NO_INPUTS));
	spoken(sp);
	if (st->rules > 1) {
		(void)snprintf(buf, sizeof(buf), "%u", st->rules);
		SENTENCES_SAY(sp->s, SENTENCE_SEVERAL_RULES, 1, &sp->t, { "n", buf });
		spoken(sp);
	}
	for (size_t i = 0; i < st->input_count; i++)
		if (st->inputs[i].stale || st->inputs[i].undated)
			say_stale(sp, &st->inputs[i]);
	if (st->not_sealed) {
		utc_format_people((st->to_day + 1) * DAY_US + 2 * HOUR_US, buf);
		SENTENCES_SAY(sp->s, SENTENCE_NOT_SEALED, 1, &sp->t, { "time", buf });
		spoken(sp);
	}
}

static void say_proof(struct speaker *sp)
{
	for (int id = SENTENCE_PROOF_TERRITORY; id <= SENTENCE_PROOF_SELF; id++) {
		text_add(&sp->t, sentences_get(sp->s, (enum sentence_id)id));
		spoken(sp);
	}
}

void statement_words_each(const struct statement *st, const struct sentences *s, enum statement_words_part part,
                          statement_words_line *line, void *context)
{
	static void (*const parts[STATEMENT_WORDS_PARTS])(struct speaker *) = { say_said, say_coverage, say_care,
		                                                                say_proof };
	struct speaker sp = { .st = st, .s = s, .line = line, .context = context };

	check((unsigned)part < STATEMENT_WORDS_PARTS);
	parts[part](&sp);
	text_fini(&sp.t);
}
