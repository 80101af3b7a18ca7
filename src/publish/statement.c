#include "publish/statement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/utc.h"
#include "publish/statement_parts.h"

enum { TERRITORIES = 26 * 26 + 1, SEVERITIES = 6, SEAL_HOURS = 2 };

/* The records of the days, each id once, ordered by id; those of the headline in front of the rest. */
struct selection {
	const struct record **records; /* owned */
	size_t count, headline;
};

static bool is_territory(const char *t)
{
	return t[0] >= 'A' && t[0] <= 'Z' && t[1] >= 'A' && t[1] <= 'Z' && t[2] == '\0' && strcmp(t, "ZZ") != 0;
}

static bool path_proves_source(enum path_status path)
{
	return path == PATH_CONFIRMED || path == PATH_PROXIED || path == PATH_AUTHENTICATED;
}

bool statement_counts(const struct record *record)
{
	return record->attack.status == STATUS_COUNTED && record->attack.key.direction == DIRECTION_IN;
}

bool statement_incident(const struct record *record)
{
	return record->confirmed || record->attack.outcome == OUTCOME_REACHED;
}

const char *statement_territory(const struct record *record)
{
	const struct attack *a = &record->attack;

	return path_proves_source(a->path) && is_territory(a->origin.territory) ? a->origin.territory : "ZZ";
}

enum zz_reason statement_zz(const struct record *record)
{
	const struct attack *a = &record->attack;

	if (a->path == PATH_SPOOFABLE)
		return ZZ_SPOOFABLE;
	if (a->path == PATH_REFLECTOR)
		return ZZ_REFLECTOR;
	if (is_territory(a->origin.territory))
		return ZZ_STATED;
	return a->origin.zz == ZZ_STATED ? ZZ_NOT_IN_DATABASE : (enum zz_reason)a->origin.zz;
}

void statement_row_add(struct statement_row *row, const struct record *record)
{
	check(record->attack.path < PATH_COUNT && record->attack.outcome < OUTCOME_COUNT);
	row->attacks++;
	row->path[record->attack.path]++;
	row->outcome[record->attack.outcome]++;
}

static int compare_counts(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* Most attacks first, then by name; ZZ behind everything. */
static int compare_rows(const void *pa, const void *pb)
{
	const struct statement_row *a = pa, *b = pb;
	int zz = (strcmp(a->name, "ZZ") == 0) - (strcmp(b->name, "ZZ") == 0);
	int by_count = compare_counts(a->attacks, b->attacks);

	return zz != 0 ? zz : by_count != 0 ? by_count : strcmp(a->name, b->name);
}

enum order { BY_COUNT, AS_GIVEN };

/* Keep the rows with attacks of dense[0..count); with AS_GIVEN all of them, in their order. */
static int grid_take(const struct statement_row *dense, size_t count, enum order order, struct statement_table *table)
{
	table->rows = calloc(count > 0 ? count : 1, sizeof(*table->rows));
	if (table->rows == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (dense[i].attacks > 0 || order == AS_GIVEN)
			table->rows[table->count++] = dense[i];
	if (order == BY_COUNT && table->count > 1)
		qsort(table->rows, table->count, sizeof(*table->rows), compare_rows);
	return 0;
}

/* How one table sees an attack. */
struct dimension {
	size_t count;
	size_t (*index)(const struct record *record);
	void (*name)(size_t index, char buf[static STATEMENT_NAME_MAX]);
	enum order order;
	size_t offset; /* of the table in struct statement */
};

static size_t territory_index(const struct record *record)
{
	const char *t = statement_territory(record);

	return is_territory(t) ? (size_t)(t[0] - 'A') * 26 + (size_t)(t[1] - 'A') : TERRITORIES - 1;
}

static void territory_name(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	if (i == TERRITORIES - 1)
		strcpy(buf, "ZZ");
	else
		(void)snprintf(buf, STATEMENT_NAME_MAX, "%c%c", (char)('A' + i / 26), (char)('A' + i % 26));
}

static size_t target_index(const struct record *record)
{
	return record->attack.target_class;
}

static size_t class_index(const struct record *record)
{
	return record->attack.class;
}

static size_t vector_group_index(const struct record *record)
{
	return record->attack.key.vector_group;
}

static size_t severity_index(const struct record *record)
{
	check(record->attack.severity < SEVERITIES);
	return SEVERITIES - 1u - record->attack.severity;
}

static size_t zz_index(const struct record *record)
{
	return statement_zz(record);
}

static size_t direction_index(const struct record *record)
{
	return record->attack.key.direction;
}

static size_t status_index(const struct record *record)
{
	return record->attack.status;
}

/* The order in which the funnel shows them. */
static const enum outcome outcome_order[OUTCOME_COUNT] = { OUTCOME_REPELLED, OUTCOME_REFUSED, OUTCOME_REACHED,
	                                                   OUTCOME_UNKNOWN };

enum outcome statement_outcome(size_t i)
{
	check(i < OUTCOME_COUNT);
	return outcome_order[i];
}

static size_t outcome_index(const struct record *record)
{
	size_t i = 0;

	while (outcome_order[i] != (enum outcome)record->attack.outcome)
		i++;
	return i;
}

static void copy_name(const char *name, char buf[static STATEMENT_NAME_MAX])
{
	(void)snprintf(buf, STATEMENT_NAME_MAX, "%s", name);
}

static void target_name(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	copy_name(target_class_name((enum target_class)i), buf);
}

static void class_name(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	copy_name(attack_class_name((enum attack_class)i), buf);
}

static void vector_group_word(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	copy_name(vector_group_name((enum vector_group)i), buf);
}

static void severity_name(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	(void)snprintf(buf, STATEMENT_NAME_MAX, "%zu", SEVERITIES - 1 - i);
}

static void zz_name(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	copy_name(zz_reason_name((enum zz_reason)i), buf);
}

static void direction_word(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	copy_name(direction_name((enum direction)i), buf);
}

static void status_name(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	copy_name(attack_status_name((enum attack_status)i), buf);
}

static void outcome_word(size_t i, char buf[static STATEMENT_NAME_MAX])
{
	copy_name(outcome_name(outcome_order[i]), buf);
}

#define TABLE(member) offsetof(struct statement, member)

static const struct dimension headline_tables[] = {
	{ TERRITORIES, territory_index, territory_name, BY_COUNT, TABLE(territories) },
	{ TARGET_CLASS_COUNT, target_index, target_name, BY_COUNT, TABLE(target_classes) },
	{ CLASS_COUNT, class_index, class_name, BY_COUNT, TABLE(classes) },
	{ VECTOR_GROUP_COUNT, vector_group_index, vector_group_word, BY_COUNT, TABLE(vector_groups) },
	{ SEVERITIES, severity_index, severity_name, AS_GIVEN, TABLE(severities) },
	{ OUTCOME_COUNT, outcome_index, outcome_word, AS_GIVEN, TABLE(outcomes) },
};
static const struct dimension zz_table = { ZZ_COUNT, zz_index, zz_name, BY_COUNT, TABLE(zz_reasons) };
static const struct dimension direction_table = { DIRECTION_COUNT, direction_index, direction_word, BY_COUNT,
	                                          TABLE(directions) };
static const struct dimension status_table = { STATUS_COUNT, status_index, status_name, BY_COUNT, TABLE(left_out) };

typedef bool selects(const struct record *record);

static bool is_zz(const struct record *record)
{
	return statement_counts(record) && statement_zz(record) != ZZ_STATED;
}

static bool goes_elsewhere(const struct record *record)
{
	return record->attack.status == STATUS_COUNTED && record->attack.key.direction != DIRECTION_IN;
}

static bool is_left_out(const struct record *record)
{
	return record->attack.status != STATUS_COUNTED;
}

static int build_table(struct statement *st, const struct selection *sel, const struct dimension *d, selects *wanted)
{
	struct statement_table *table = (struct statement_table *)(void *)((char *)st + d->offset);
	CLEANUP(freep) struct statement_row *dense = calloc(d->count, sizeof(*dense));

	if (dense == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < d->count; i++)
		d->name(i, dense[i].name);
	for (size_t i = 0; i < sel->count; i++) {
		if (!wanted(sel->records[i]))
			continue;
		size_t at = d->index(sel->records[i]);
		check(at < d->count);
		statement_row_add(&dense[at], sel->records[i]);
	}
	return grid_take(dense, d->count, d->order, table);
}

static int compare_assets(const void *pa, const void *pb)
{
	const struct record *const *a = pa, *const *b = pb;

	return strcmp((*a)->attack.asset, (*b)->attack.asset);
}

/* Names of assets are many and unknown beforehand: sort, then merge neighbours. */
static int build_assets(struct statement *st, const struct selection *sel)
{
	size_t n = sel->headline, rows = 0;
	CLEANUP(freep) const struct record **sorted = calloc(n + 1, sizeof(struct record *));
	CLEANUP(freep) struct statement_row *dense = calloc(n + 1, sizeof(*dense));

	if (sorted == NULL || dense == NULL)
		return -ENOMEM;
	memcpy(sorted, sel->records, n * sizeof(struct record *));
	qsort(sorted, n, sizeof(struct record *), compare_assets);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || compare_assets(&sorted[i - 1], &sorted[i]) != 0)
			copy_name(sorted[i]->attack.asset, dense[rows++].name);
		statement_row_add(&dense[rows - 1], sorted[i]);
	}
	return grid_take(dense, rows, BY_COUNT, &st->assets);
}

static int build_tables(struct statement *st, const struct selection *sel)
{
	int err = build_assets(st, sel);

	for (size_t i = 0; err == 0 && i < sizeof(headline_tables) / sizeof(headline_tables[0]); i++)
		err = build_table(st, sel, &headline_tables[i], statement_counts);
	if (err == 0)
		err = build_table(st, sel, &zz_table, is_zz);
	if (err == 0)
		err = build_table(st, sel, &direction_table, goes_elsewhere);
	if (err == 0)
		err = build_table(st, sel, &status_table, is_left_out);
	return err;
}

/* Which of two records of one attack is taken does not depend on their order: the one a person amended, else by run. */
static int compare_records(const void *pa, const void *pb)
{
	const struct record *a = *(const struct record *const *)pa, *b = *(const struct record *const *)pb;
	int by_id = strcmp(a->attack.id, b->attack.id), by_person = (int)b->amended - (int)a->amended;

	return by_id != 0 ? by_id : by_person != 0 ? by_person : strcmp(a->run, b->run);
}

static int headline_first(const void *pa, const void *pb)
{
	const struct record *a = *(const struct record *const *)pa, *b = *(const struct record *const *)pb;
	int by_headline = (int)statement_counts(b) - (int)statement_counts(a);

	return by_headline != 0 ? by_headline : strcmp(a->attack.id, b->attack.id);
}

static bool in_days(const struct statement *st, int64_t time_us)
{
	int64_t day = utc_day(time_us);

	return day >= st->from_day && day <= st->to_day;
}

static int select_records(const struct statement_input *input, struct statement *st, struct selection *sel)
{
	size_t n = 0;

	sel->records = calloc(input->record_count + 1, sizeof(struct record *));
	if (sel->records == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < input->record_count; i++)
		if (in_days(st, input->records[i]->attack.first_us))
			sel->records[n++] = input->records[i];
	qsort(sel->records, n, sizeof(struct record *), compare_records);
	for (size_t i = 0; i < n; i++)
		if (sel->count > 0 && strcmp(sel->records[sel->count - 1]->attack.id, sel->records[i]->attack.id) == 0)
			st->repeated++;
		else
			sel->records[sel->count++] = sel->records[i];
	qsort(sel->records, sel->count, sizeof(struct record *), headline_first);
	while (sel->headline < sel->count && statement_counts(sel->records[sel->headline]))
		sel->headline++;
	return 0;
}

static void count_headline(struct statement *st, const struct selection *sel)
{
	st->records = sel->count;
	st->attacks = sel->headline;
	for (size_t i = 0; i < sel->headline; i++) {
		const struct record *r = sel->records[i];
		st->continued += r->attack.continues[0] != '\0';
		st->incidents += statement_incident(r);
		st->path[r->attack.path]++;
		st->outcome[r->attack.outcome]++;
		size_t hour = (size_t)((r->attack.first_us - st->from_day * DAY_US) / HOUR_US);
		st->hours[hour].attacks++;
		st->hours[hour].path[r->attack.path]++;
	}
	for (size_t i = 0; i < sel->count; i++)
		st->amended += sel->records[i]->amended;
}

static bool more_aggressive(const struct record *a, const struct record *b)
{
	const struct attack *x = &a->attack, *y = &b->attack;

	if (x->aggressiveness.value != y->aggressiveness.value)
		return x->aggressiveness.value > y->aggressiveness.value;
	if (x->severity != y->severity)
		return x->severity > y->severity;
	return x->first_us != y->first_us ? x->first_us < y->first_us : strcmp(x->id, y->id) < 0;
}

static void choose_top(struct statement *st, const struct selection *sel)
{
	for (size_t i = 0; i < sel->headline; i++) {
		size_t at = st->top_count;
		while (at > 0 && more_aggressive(sel->records[i], st->top[at - 1]))
			at--;
		if (at == STATEMENT_TOP)
			continue;
		size_t keep = st->top_count < STATEMENT_TOP ? st->top_count++ : STATEMENT_TOP - 1;
		memmove(&st->top[at + 1], &st->top[at], (keep - at) * sizeof(st->top[0]));
		st->top[at] = sel->records[i];
	}
}

static int compare_ids(const void *id, const void *record)
{
	return strcmp(id, (*(const struct record *const *)record)->attack.id);
}

static bool selected(const struct selection *sel, const char *id)
{
	return bsearch(id, sel->records, sel->headline, sizeof(struct record *), compare_ids) != NULL ||
	       bsearch(id, sel->records + sel->headline, sel->count - sel->headline, sizeof(struct record *),
	               compare_ids) != NULL;
}

static int compare_amendments(const void *pa, const void *pb)
{
	const struct amendment *a = pa, *b = pb;
	int by_time = (a->at_us > b->at_us) - (a->at_us < b->at_us), by_id = strcmp(a->id, b->id);
	int by_action = strcmp(a->action, b->action);

	return by_time != 0 ? by_time : by_id != 0 ? by_id : by_action != 0 ? by_action : strcmp(a->field, b->field);
}

static int take_amendments(const struct statement_input *input, const struct selection *sel, struct statement *st)
{
	st->amendments = calloc(input->amendment_count + 1, sizeof(*st->amendments));
	if (st->amendments == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < input->amendment_count; i++)
		if (selected(sel, input->amendments[i].id))
			st->amendments[st->amendment_count++] = input->amendments[i];
	qsort(st->amendments, st->amendment_count, sizeof(*st->amendments), compare_amendments);
	return 0;
}

/* One attack's share of one source group. */
struct share {
	const struct attack_source *source;
	int64_t first_us;
};

static int compare_shares(const void *pa, const void *pb)
{
	const struct share *a = pa, *b = pb;
	int by_group = prefix_compare(&a->source->group, &b->source->group);

	return by_group != 0 ? by_group : (a->first_us > b->first_us) - (a->first_us < b->first_us);
}

static int compare_sources(const void *pa, const void *pb)
{
	const struct statement_sources *a = pa, *b = pb;
	int zz = (strcmp(a->territory, "ZZ") == 0) - (strcmp(b->territory, "ZZ") == 0);
	int by_count = compare_counts(a->sources, b->sources);

	return zz != 0 ? zz : by_count != 0 ? by_count : strcmp(a->territory, b->territory);
}

/* The confirmed shares of the headline's attacks; what an attack could not keep by name is counted. */
static size_t gather_shares(struct statement *st, const struct selection *sel, struct share *shares)
{
	size_t n = 0;

	for (size_t i = 0; i < sel->headline; i++) {
		const struct attack *a = &sel->records[i]->attack;
		uint64_t named = 0;
		for (size_t k = 0; k < a->sources_kept; k++) {
			if (!path_proves_source(a->sources[k].path))
				continue;
			shares[n++] = (struct share){ &a->sources[k], a->first_us };
			named++;
		}
		st->sources_unnamed += a->source_count > named ? a->source_count - named : 0;
	}
	return n;
}

static void tally_shares(const struct share *shares, size_t n, struct statement_sources *dense)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		const struct origin *origin = &shares[i].source->origin;
		if (i == 0 || prefix_compare(&shares[i - 1].source->group, &shares[i].source->group) != 0) {
			const char *t = origin->territory;
			at = is_territory(t) ? (size_t)(t[0] - 'A') * 26 + (size_t)(t[1] - 'A') : TERRITORIES - 1;
			dense[at].sources++;
		}
		dense[at].units += shares[i].source->units;
	}
}

static int build_sources(struct statement *st, const struct selection *sel)
{
	size_t most = 0;

	for (size_t i = 0; i < sel->headline; i++)
		most += sel->records[i]->attack.sources_kept;
	CLEANUP(freep) struct share *shares = calloc(most + 1, sizeof(*shares));
	st->sources = calloc(TERRITORIES, sizeof(*st->sources));
	if (shares == NULL || st->sources == NULL)
		return -ENOMEM;
	size_t n = gather_shares(st, sel, shares);
	qsort(shares, n, sizeof(*shares), compare_shares);
	tally_shares(shares, n, st->sources);
	for (size_t i = 0; i < TERRITORIES; i++) {
		char name[STATEMENT_NAME_MAX];
		if (st->sources[i].sources == 0)
			continue;
		struct statement_sources row = st->sources[i];
		territory_name(i, name);
		memcpy(row.territory, name, sizeof(row.territory));
		st->sources[st->source_count++] = row;
	}
	qsort(st->sources, st->source_count, sizeof(*st->sources), compare_sources);
	return 0;
}

static int build_all(const struct statement_input *input, struct selection *sel, struct statement *st)
{
	st->hour_count = (size_t)(st->to_day - st->from_day + 1) * 24;
	st->hours = calloc(st->hour_count, sizeof(*st->hours));
	if (st->hours == NULL)
		return -ENOMEM;
	int err = select_records(input, st, sel);
	if (err == 0)
		err = statement_coverage_build(input, st);
	if (err == 0)
		err = statement_inputs_build(input, st);
	if (err < 0)
		return err;
	count_headline(st, sel);
	choose_top(st, sel);
	err = build_tables(st, sel);
	if (err == 0)
		err = build_sources(st, sel);
	return err == 0 ? take_amendments(input, sel, st) : err;
}

int statement_build(const struct statement_input *input, struct statement *ret_statement)
{
	struct selection sel = { 0 };
	struct statement st = { .from_day = input->from_day,
		                .to_day = input->to_day,
		                .held = input->held,
		                .now_us = input->now_us,
		                .observations = input->observations };

	if (input->to_day < input->from_day || input->to_day - input->from_day >= STATEMENT_DAYS_MAX)
		return -ERANGE;
	(void)snprintf(st.estate, sizeof(st.estate), "%s", input->estate != NULL ? input->estate : "");
	(void)snprintf(st.program, sizeof(st.program), "%s", input->program != NULL ? input->program : "");
	st.not_sealed = input->now_us != 0 && input->now_us < (input->to_day + 1) * DAY_US + SEAL_HOURS * HOUR_US;
	int err = build_all(input, &sel, &st);
	free(sel.records);
	if (err < 0) {
		statement_fini(&st);
		return err;
	}
	*ret_statement = st;
	return 0;
}

void statement_fini(struct statement *s)
{
	struct statement_table *tables[] = { &s->territories, &s->zz_reasons,    &s->target_classes, &s->assets,
		                             &s->classes,     &s->vector_groups, &s->severities,     &s->outcomes,
		                             &s->directions,  &s->left_out };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		free(tables[i]->rows);
	free(s->hours);
	free(s->sources);
	free(s->amendments);
	free(s->inputs);
	*s = (struct statement){ 0 };
}
