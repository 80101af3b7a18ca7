/* ledger_memory.c - the ledger of unit tests and of replay --memory-ledger: arrays, gone with the process.
 * What a run adds waits in a batch of its own until commit, so that rollback is forgetting it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/utc.h"
#include "record/amendment.h"
#include "record/day_cells.h"
#include "record/field.h"
#include "record/ledger.h"

/* A growing array of any struct. */
struct list {
	void *items;
	size_t count, size;
};

struct batch {
	struct list runs, records, coverage, sealed;
};

struct memory_ledger {
	struct ledger ledger;
	struct batch standing; /* records sorted by id */
	struct batch added;    /* by the run that is open: its runs has one item */
	struct list amendments;
	uint64_t superseded; /* runs */
};

static struct memory_ledger *of(struct ledger *ledger)
{
	return (struct memory_ledger *)ledger;
}

static int list_reserve(struct list *list, size_t more, size_t item)
{
	if (list->size - list->count >= more)
		return 0;
	size_t size = list->size < 16 ? 16 : list->size;
	while (size - list->count < more)
		size *= 2;
	void *items = reallocarray(list->items, size, item);
	if (items == NULL)
		return -ENOMEM;
	list->items = items;
	list->size = size;
	return 0;
}

static int list_add(struct list *list, const void *value, size_t item)
{
	if (list_reserve(list, 1, item) < 0)
		return -ENOMEM;
	memcpy((char *)list->items + list->count++ * item, value, item);
	return 0;
}

static void batch_fini(struct batch *b)
{
	struct record *records = b->records.items;
	struct run_inputs *runs = b->runs.items;

	for (size_t i = 0; i < b->records.count; i++)
		attack_fini(&records[i].attack);
	for (size_t i = 0; i < b->runs.count; i++)
		free(runs[i].sources);
	free(b->records.items);
	free(b->runs.items);
	free(b->coverage.items);
	free(b->sealed.items);
	*b = (struct batch){ 0 };
}

static int memory_open(const char *dir, enum ledger_mode mode, struct ledger **ret_ledger)
{
	(void)dir;
	(void)mode;
	struct memory_ledger *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return -ENOMEM;
	*ret_ledger = &m->ledger;
	return 0;
}

static void memory_close(struct ledger *ledger)
{
	struct memory_ledger *m = of(ledger);

	batch_fini(&m->standing);
	batch_fini(&m->added);
	free(m->amendments.items);
	free(m);
}

static int memory_begin(struct ledger *ledger, const struct run_inputs *inputs)
{
	struct memory_ledger *m = of(ledger);
	const struct run_inputs *runs = m->standing.runs.items;
	struct run_inputs copy = *inputs;

	for (size_t i = 0; i < m->standing.runs.count; i++)
		if (strcmp(runs[i].run, inputs->run) == 0)
			return -EEXIST;
	copy.sources = calloc(inputs->source_count + 1, sizeof(*copy.sources));
	if (copy.sources == NULL || list_add(&m->added.runs, &copy, sizeof(copy)) < 0) {
		free(copy.sources);
		return -ENOMEM;
	}
	for (size_t i = 0; i < inputs->source_count; i++)
		copy.sources[i] = inputs->sources[i];
	return 0;
}

static const char *open_run(const struct memory_ledger *m)
{
	check(m->added.runs.count == 1);
	return ((const struct run_inputs *)m->added.runs.items)->run;
}

/* Later additions replace earlier ones of the same run when they are merged; here they only queue. */
static int memory_add_attack(struct ledger *ledger, const struct record *record)
{
	struct memory_ledger *m = of(ledger);
	struct record copy = *record;

	if (attack_copy(&record->attack, &copy.attack) < 0)
		return -ENOMEM;
	copy.confirmed = copy.amended = false;
	strcpy(copy.run, open_run(m));
	int err = list_add(&m->added.records, &copy, sizeof(copy));
	if (err < 0)
		attack_fini(&copy.attack);
	return err;
}

static int memory_add_coverage(struct ledger *ledger, const struct coverage *coverage)
{
	struct memory_ledger *m = of(ledger);
	struct coverage copy = *coverage, *have = m->added.coverage.items;

	strcpy(copy.run, open_run(m));
	for (size_t i = 0; i < m->added.coverage.count; i++)
		if (have[i].hour_us == copy.hour_us && strcmp(have[i].sensor, copy.sensor) == 0) {
			have[i] = copy;
			return 0;
		}
	return list_add(&m->added.coverage, &copy, sizeof(copy));
}

static int memory_add_sealed(struct ledger *ledger, const struct sealed_file *file)
{
	struct memory_ledger *m = of(ledger);
	struct sealed_file copy = *file, *have = m->added.sealed.items;

	strcpy(copy.run, open_run(m));
	for (size_t i = 0; i < m->added.sealed.count; i++)
		if (strcmp(have[i].name, copy.name) == 0) {
			have[i] = copy;
			return 0;
		}
	return list_add(&m->added.sealed, &copy, sizeof(copy));
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct record *)a)->attack.id, ((const struct record *)b)->attack.id);
}

static void drop_run_of_records(struct list *list, const char *run)
{
	struct record *r = list->items;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(r[i].run, run) == 0)
			attack_fini(&r[i].attack);
		else
			r[kept++] = r[i];
	list->count = kept;
}

static void supersede(struct batch *b, size_t index)
{
	struct run_inputs *runs = b->runs.items;
	struct coverage *coverage = b->coverage.items;
	struct sealed_file *sealed = b->sealed.items;
	size_t kept = 0;

	drop_run_of_records(&b->records, runs[index].run);
	for (size_t i = 0; i < b->coverage.count; i++)
		if (strcmp(coverage[i].run, runs[index].run) != 0)
			coverage[kept++] = coverage[i];
	b->coverage.count = kept;
	kept = 0;
	for (size_t i = 0; i < b->sealed.count; i++)
		if (strcmp(sealed[i].run, runs[index].run) != 0)
			sealed[kept++] = sealed[i];
	b->sealed.count = kept;
	runs[index].capture[0] = '\0'; /* it no longer stands, but its id stays taken */
}

static void supersede_run(struct memory_ledger *m, size_t index)
{
	supersede(&m->standing, index);
	m->superseded++;
}

/* A record on its way through a merge, with its place in the order of arrival. */
struct arrival {
	struct record record;
	size_t order;
};

static int by_id_and_arrival(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;
	int c = strcmp(x->record.attack.id, y->record.attack.id);

	return c != 0 ? c : x->order < y->order ? -1 : 1;
}

/* Of records with the same id the one added last stays. to has room for all, room for to and from together. */
static void merge_records(struct list *to, struct list *from, struct arrival *room)
{
	struct record *r = to->items, *added = from->items;
	size_t total = to->count + from->count, kept = 0;

	for (size_t i = 0; i < total; i++)
		room[i] = (struct arrival){ .record = i < to->count ? r[i] : added[i - to->count], .order = i };
	qsort(room, total, sizeof(*room), by_id_and_arrival);
	for (size_t i = 0; i < total; i++)
		if (i + 1 < total && by_id(&room[i].record, &room[i + 1].record) == 0)
			attack_fini(&room[i].record.attack);
		else
			r[kept++] = room[i].record;
	to->count = kept;
	from->count = 0;
}

static int reserve_batch(struct batch *to, const struct batch *from)
{
	if (list_reserve(&to->runs, from->runs.count, sizeof(struct run_inputs)) < 0 ||
	    list_reserve(&to->records, from->records.count, sizeof(struct record)) < 0 ||
	    list_reserve(&to->coverage, from->coverage.count, sizeof(struct coverage)) < 0 ||
	    list_reserve(&to->sealed, from->sealed.count, sizeof(struct sealed_file)) < 0)
		return -ENOMEM;
	return 0;
}

static void append(struct list *to, struct list *from, size_t item)
{
	if (from->count > 0)
		memcpy((char *)to->items + to->count * item, from->items, from->count * item);
	to->count += from->count;
	from->count = 0;
}

static int memory_commit(struct ledger *ledger)
{
	struct memory_ledger *m = of(ledger);
	const struct run_inputs *added = m->added.runs.items;

	CLEANUP(freep)
	struct arrival *room = calloc(m->standing.records.count + m->added.records.count + 1, sizeof(*room));
	if (room == NULL || reserve_batch(&m->standing, &m->added) < 0)
		return -ENOMEM;
	struct run_inputs *runs = m->standing.runs.items;
	for (size_t i = 0; i < m->standing.runs.count; i++)
		if (added->capture[0] != '\0' && strcmp(runs[i].capture, added->capture) == 0)
			supersede_run(m, i);
	append(&m->standing.runs, &m->added.runs, sizeof(struct run_inputs));
	append(&m->standing.coverage, &m->added.coverage, sizeof(struct coverage));
	append(&m->standing.sealed, &m->added.sealed, sizeof(struct sealed_file));
	merge_records(&m->standing.records, &m->added.records, room);
	batch_fini(&m->added);
	return 0;
}

static void memory_rollback(struct ledger *ledger)
{
	batch_fini(&of(ledger)->added);
}

/* The record with the words of persons on it. Sources are borrowed. */
static struct record as_it_stands(const struct memory_ledger *m, const struct record *record, bool as_decided)
{
	const struct amendment *said = m->amendments.items;
	struct record now = *record;

	for (size_t i = 0; i < m->amendments.count && !as_decided; i++)
		if (strcmp(said[i].id, record->attack.id) == 0)
			amendment_apply(&said[i], record->attack.status, &now);
	return now;
}

static const struct record *find_record(const struct memory_ledger *m, const char *id)
{
	struct record key = { 0 };

	if (m->standing.records.count == 0)
		return NULL;
	strcpy(key.attack.id, id);
	return bsearch(&key, m->standing.records.items, m->standing.records.count, sizeof(key), by_id);
}

static int memory_amend(struct ledger *ledger, const struct amendment *amendment)
{
	struct memory_ledger *m = of(ledger);

	if (find_record(m, amendment->id) == NULL)
		return -ENOENT;
	return list_add(&m->amendments, amendment, sizeof(*amendment));
}

static int memory_find_capture(struct ledger *ledger, const char *capture, char ret_run[static 27])
{
	const struct batch *b = &of(ledger)->standing;
	const struct run_inputs *runs = b->runs.items;

	for (size_t i = 0; i < b->runs.count && capture[0] != '\0'; i++)
		if (strcmp(runs[i].capture, capture) == 0) {
			strcpy(ret_run, runs[i].run);
			return 1;
		}
	return 0;
}

static int memory_count_superseded(struct ledger *ledger, uint64_t *ret_count)
{
	*ret_count = of(ledger)->superseded;
	return 0;
}

static int memory_find_id(struct ledger *ledger, const char *prefix, char ret_id[static ATTACK_ID_MAX])
{
	const struct list *list = &of(ledger)->standing.records;
	const struct record *r = list->items;
	size_t n = strlen(prefix), found = 0;

	for (size_t i = 0; i < list->count; i++)
		if (strncmp(r[i].attack.id, prefix, n) == 0 && found++ == 0)
			strcpy(ret_id, r[i].attack.id);
	return found == 0 ? -ENOENT : found == 1 ? 0 : LEDGER_AMBIGUOUS;
}

static int memory_get(struct ledger *ledger, const char *id, bool as_decided, struct record *ret_record)
{
	const struct record *r = find_record(of(ledger), id);
	struct attack copy;

	if (r == NULL)
		return -ENOENT;
	struct record now = as_it_stands(of(ledger), r, as_decided);
	if (attack_copy(&now.attack, &copy) < 0)
		return -ENOMEM;
	now.attack = copy;
	*ret_record = now;
	return 0;
}

static bool fits(int wanted, int value)
{
	return wanted == LEDGER_ANY || wanted == value;
}

static bool asset_fits(const char *wanted, const char *asset)
{
	size_t n = strlen(wanted);

	return n == 0 || (strncmp(asset, wanted, n) == 0 && (asset[n] == '\0' || asset[n] == '/'));
}

static bool passes(const struct ledger_filter *f, const struct record *r)
{
	const struct attack *a = &r->attack;
	int64_t day = utc_day(a->first_us);

	return day >= f->from_day && day <= f->to_day && asset_fits(f->asset, a->asset) &&
	       (f->territory[0] == '\0' || strcmp(f->territory, a->origin.territory) == 0) &&
	       (f->run[0] == '\0' || strcmp(f->run, r->run) == 0) && fits(f->class, a->class) &&
	       fits(f->outcome, a->outcome) && fits(f->direction, a->key.direction) && fits(f->path, a->path) &&
	       fits(f->status, a->status) && a->severity >= f->severity_min && a->severity <= f->severity_max;
}

static int by_first(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->attack.first_us != y->attack.first_us)
		return x->attack.first_us < y->attack.first_us ? -1 : 1;
	return by_id(a, b);
}

/* All that pass, sorted, paging left out. Sources are borrowed; the caller frees the array. */
static int select_records(struct memory_ledger *m, const struct ledger_filter *filter, struct record **ret_records,
                          size_t *ret_count)
{
	const struct list *list = &m->standing.records;
	struct record *found = calloc(list->count + 1, sizeof(*found));
	size_t n = 0;

	if (found == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		found[n] = as_it_stands(m, &((const struct record *)list->items)[i], filter->as_decided);
		n += passes(filter, &found[n]);
	}
	qsort(found, n, sizeof(*found), by_first);
	*ret_records = found;
	*ret_count = n;
	return 0;
}

static int memory_count(struct ledger *ledger, const struct ledger_filter *filter, uint64_t *ret_count)
{
	CLEANUP(freep) struct record *found = NULL;
	size_t n = 0;
	int err = select_records(of(ledger), filter, &found, &n);

	if (err == 0)
		*ret_count = n;
	return err;
}

static void leave_sources(struct attack *a)
{
	a->sources = NULL;
	a->sources_kept = a->targets_named_count = 0;
	memset(a->targets_named, 0, sizeof(a->targets_named));
}

static int memory_each_record(struct ledger *ledger, const struct ledger_filter *filter, ledger_record_fn *each,
                              void *context)
{
	CLEANUP(freep) struct record *found = NULL;
	size_t n = 0;
	int ret = select_records(of(ledger), filter, &found, &n);

	if (filter->limit != 0 && filter->offset < n && n - filter->offset > filter->limit)
		n = (size_t)(filter->offset + filter->limit);
	for (size_t i = (size_t)filter->offset; i < n && ret == 0; i++) {
		if (filter->without_sources)
			leave_sources(&found[i].attack);
		ret = each(context, &found[i]);
	}
	return ret;
}

static int by_hour(const void *a, const void *b)
{
	const struct coverage *x = a, *y = b;

	if (x->hour_us != y->hour_us)
		return x->hour_us < y->hour_us ? -1 : 1;
	int c = strcmp(x->sensor, y->sensor);
	return c != 0 ? c : strcmp(x->run, y->run);
}

static bool in_days(int64_t day, int64_t from_day, int64_t to_day)
{
	return day >= from_day && day <= to_day;
}

static int memory_each_coverage(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_coverage_fn *each,
                                void *context)
{
	const struct list *list = &of(ledger)->standing.coverage;
	struct coverage *c = list->items;
	int ret = 0;

	if (list->count > 0)
		qsort(c, list->count, sizeof(*c), by_hour);
	for (size_t i = 0; i < list->count && ret == 0; i++)
		if (in_days(utc_day(c[i].hour_us), from_day, to_day))
			ret = each(context, &c[i]);
	return ret;
}

static bool run_rests(const struct batch *b, const char *run, int64_t from_day, int64_t to_day)
{
	const struct record *r = b->records.items;
	const struct coverage *c = b->coverage.items;
	const struct sealed_file *s = b->sealed.items;

	for (size_t i = 0; i < b->coverage.count; i++)
		if (strcmp(c[i].run, run) == 0 && in_days(utc_day(c[i].hour_us), from_day, to_day))
			return true;
	for (size_t i = 0; i < b->sealed.count; i++)
		if (strcmp(s[i].run, run) == 0 && in_days(s[i].day, from_day, to_day))
			return true;
	for (size_t i = 0; i < b->records.count; i++)
		if (strcmp(r[i].run, run) == 0 && in_days(utc_day(r[i].attack.first_us), from_day, to_day))
			return true;
	return false;
}

static int by_time_of_run(const void *a, const void *b)
{
	const struct run_inputs *x = a, *y = b;

	return x->at_us != y->at_us ? (x->at_us < y->at_us ? -1 : 1) : strcmp(x->run, y->run);
}

static int memory_each_run(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_run_fn *each, void *context)
{
	const struct batch *b = &of(ledger)->standing;
	struct run_inputs *runs = b->runs.items;
	int ret = 0;

	if (b->runs.count > 0)
		qsort(runs, b->runs.count, sizeof(*runs), by_time_of_run);
	for (size_t i = 0; i < b->runs.count && ret == 0; i++)
		if (run_rests(b, runs[i].run, from_day, to_day))
			ret = each(context, &runs[i]);
	return ret;
}

static int by_day_of_file(const void *a, const void *b)
{
	const struct sealed_file *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	int c = strcmp(x->run, y->run);
	return c != 0 ? c : strcmp(x->name, y->name);
}

static int memory_each_sealed(struct ledger *ledger, const char *run, int64_t from_day, int64_t to_day,
                              ledger_sealed_fn *each, void *context)
{
	const struct list *list = &of(ledger)->standing.sealed;
	struct sealed_file *s = list->items;
	int ret = 0;

	if (list->count > 0)
		qsort(s, list->count, sizeof(*s), by_day_of_file);
	for (size_t i = 0; i < list->count && ret == 0; i++)
		if (in_days(s[i].day, from_day, to_day) && (run[0] == '\0' || strcmp(run, s[i].run) == 0))
			ret = each(context, &s[i]);
	return ret;
}

static int memory_each_amendment(struct ledger *ledger, const char *id, ledger_amendment_fn *each, void *context)
{
	const struct list *list = &of(ledger)->amendments;
	const struct amendment *said = list->items;
	int ret = 0;

	for (size_t i = 0; i < list->count && ret == 0; i++)
		if (id[0] == '\0' || strcmp(said[i].id, id) == 0)
			ret = each(context, &said[i]);
	return ret;
}

static int memory_each_day_total(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
                                 void *context)
{
	struct memory_ledger *m = of(ledger);
	const struct list *list = &m->standing.records;
	CLEANUP(day_cells_fini) struct day_cells cells = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		struct record now = as_it_stands(m, &((const struct record *)list->items)[i], false);
		struct day_total total = day_total_of(&now);
		if (day_cells_add(&cells, &total, 1) < 0)
			return -ENOMEM;
	}
	return day_cells_each(&cells, from_day, to_day, each, context);
}

const struct ledger_ops ledger_memory = {
	.name = "memory",
	.open = memory_open,
	.close = memory_close,
	.begin = memory_begin,
	.add_attack = memory_add_attack,
	.add_coverage = memory_add_coverage,
	.add_sealed = memory_add_sealed,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.amend = memory_amend,
	.find_capture = memory_find_capture,
	.count_superseded = memory_count_superseded,
	.find_id = memory_find_id,
	.get = memory_get,
	.count = memory_count,
	.each_record = memory_each_record,
	.each_coverage = memory_each_coverage,
	.each_run = memory_each_run,
	.each_sealed = memory_each_sealed,
	.each_amendment = memory_each_amendment,
	.each_day_total = memory_each_day_total,
};
