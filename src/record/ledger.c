#include "record/ledger.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "base/utc.h"
#include "record/amendment.h"
#include "record/field.h"

int ledger_open(const struct ledger_ops *ops, const char *dir, enum ledger_mode mode, struct ledger **ret_ledger)
{
	int err = ops->open(dir, mode, ret_ledger);

	if (err < 0)
		return err;
	(*ret_ledger)->ops = ops;
	(*ret_ledger)->writable = mode == LEDGER_WRITE;
	return 0;
}

void ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	ledger_rollback(ledger);
	ledger->ops->close(ledger);
}

void ledger_closep(struct ledger **ledger)
{
	ledger_close(*ledger);
}

const char *ledger_error(int err)
{
	switch (err) {
	case LEDGER_NEWER:
		return "the ledger was written by a newer redoubt";
	case LEDGER_OLDER:
		return "the ledger was written by an older redoubt and must be opened for writing once";
	case LEDGER_CORRUPT:
		return "the ledger is damaged";
	case LEDGER_AMBIGUOUS:
		return "several attacks begin with this id";
	case -EBUSY:
		return "another redoubt is writing to the ledger";
	case -ENOENT:
		return "not in the ledger";
	default:
		return strerrordesc_np(-err) != NULL ? strerrordesc_np(-err) : "unknown error";
	}
}

int ledger_begin(struct ledger *ledger, const struct run_inputs *inputs)
{
	check(!ledger->in_run);
	if (!ledger->writable)
		return -EROFS;
	if (!fields_valid(&fields_run, inputs) || inputs->run[0] == '\0')
		return -ERANGE;
	for (size_t i = 0; i < inputs->source_count; i++)
		if (!fields_valid(&fields_input, &inputs->sources[i]))
			return -ERANGE;
	int err = ledger->ops->begin(ledger, inputs);
	ledger->in_run = err == 0;
	return err;
}

static bool record_valid(const struct record *record)
{
	const struct attack *a = &record->attack;

	if (!fields_valid(&fields_attack, a) || !fields_valid(&fields_record, record))
		return false;
	if (a->id[0] == '\0' || a->last_us < a->first_us || a->targets_named_count > ATTACK_TARGETS_MAX)
		return false;
	for (size_t i = 0; i < a->sources_kept; i++)
		if (!fields_valid(&fields_source, &a->sources[i]))
			return false;
	for (size_t i = 0; i < a->targets_named_count; i++)
		if (memchr(a->targets_named[i], '\0', ASSET_TEXT_MAX) == NULL)
			return false;
	return true;
}

int ledger_add_attack(struct ledger *ledger, const struct record *record)
{
	check(ledger->in_run);
	return record_valid(record) ? ledger->ops->add_attack(ledger, record) : -ERANGE;
}

int ledger_add_coverage(struct ledger *ledger, const struct coverage *coverage)
{
	check(ledger->in_run);
	return fields_valid(&fields_coverage, coverage) && coverage->hour_us % HOUR_US == 0
	               ? ledger->ops->add_coverage(ledger, coverage)
	               : -ERANGE;
}

int ledger_add_sealed(struct ledger *ledger, const struct sealed_file *file)
{
	check(ledger->in_run);
	return fields_valid(&fields_sealed, file) ? ledger->ops->add_sealed(ledger, file) : -ERANGE;
}

int ledger_commit(struct ledger *ledger)
{
	check(ledger->in_run);
	int err = ledger->ops->commit(ledger);
	ledger->in_run = err < 0; /* a failed commit is still to be rolled back */
	return err;
}

void ledger_rollback(struct ledger *ledger)
{
	if (ledger->in_run)
		ledger->ops->rollback(ledger);
	ledger->in_run = false;
}

int ledger_amend(struct ledger *ledger, const struct amendment *amendment)
{
	check(!ledger->in_run);
	if (!ledger->writable)
		return -EROFS;
	return amendment_valid(amendment) ? ledger->ops->amend(ledger, amendment) : -EINVAL;
}

int ledger_find_capture(struct ledger *ledger, const char *capture, char ret_run[static 27])
{
	return ledger->ops->find_capture(ledger, capture, ret_run);
}

int ledger_count_superseded(struct ledger *ledger, uint64_t *ret_count)
{
	return ledger->ops->count_superseded(ledger, ret_count);
}

/* What people type: any case, and Crockford's look-alikes. Returns false when it cannot be the beginning of an id. */
static bool id_normalize(const char *typed, char ret_id[static ATTACK_ID_MAX])
{
	size_t n = strlen(typed);

	if (n == 0 || n >= ATTACK_ID_MAX)
		return false;
	for (size_t i = 0; i <= n; i++) {
		char c = (char)toupper((unsigned char)typed[i]);
		if (c != '\0' && !isalnum((unsigned char)c))
			return false;
		ret_id[i] = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
	}
	return true;
}

int ledger_get(struct ledger *ledger, const char *id, bool as_decided, struct record *ret_record)
{
	char prefix[ATTACK_ID_MAX], full[ATTACK_ID_MAX];

	if (!id_normalize(id, prefix))
		return -ENOENT;
	int err = ledger->ops->find_id(ledger, prefix, full);
	return err < 0 ? err : ledger->ops->get(ledger, full, as_decided, ret_record);
}

void record_fini(struct record *record)
{
	attack_fini(&record->attack);
	*record = (struct record){ 0 };
}

int ledger_count(struct ledger *ledger, const struct ledger_filter *filter, uint64_t *ret_count)
{
	return ledger->ops->count(ledger, filter, ret_count);
}

int ledger_each_record(struct ledger *ledger, const struct ledger_filter *filter, ledger_record_fn *each, void *context)
{
	return ledger->ops->each_record(ledger, filter, each, context);
}

int ledger_each_coverage(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_coverage_fn *each,
                         void *context)
{
	return ledger->ops->each_coverage(ledger, from_day, to_day, each, context);
}

int ledger_each_run(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_run_fn *each, void *context)
{
	return ledger->ops->each_run(ledger, from_day, to_day, each, context);
}

int ledger_each_sealed(struct ledger *ledger, const char *run, int64_t from_day, int64_t to_day, ledger_sealed_fn *each,
                       void *context)
{
	return ledger->ops->each_sealed(ledger, run, from_day, to_day, each, context);
}

int ledger_each_amendment(struct ledger *ledger, const char *id, ledger_amendment_fn *each, void *context)
{
	return ledger->ops->each_amendment(ledger, id, each, context);
}

int ledger_each_day_total(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
                          void *context)
{
	return ledger->ops->each_day_total(ledger, from_day, to_day, each, context);
}
