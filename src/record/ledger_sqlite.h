/* ledger_sqlite.h - the functions of the SQLite back end, as ledger_ops wants them. */
#pragma once

#include "record/ledger.h"

void ledger_sqlite_rollback(struct ledger *ledger);
int ledger_sqlite_begin(struct ledger *ledger, const struct run_inputs *inputs);
int ledger_sqlite_add_attack(struct ledger *ledger, const struct record *record);
int ledger_sqlite_add_coverage(struct ledger *ledger, const struct coverage *coverage);
int ledger_sqlite_add_sealed(struct ledger *ledger, const struct sealed_file *file);
int ledger_sqlite_commit(struct ledger *ledger);
int ledger_sqlite_amend(struct ledger *ledger, const struct amendment *amendment);
int ledger_sqlite_count_superseded(struct ledger *ledger, uint64_t *ret_count);
int ledger_sqlite_find_capture(struct ledger *ledger, const char *capture, char ret_run[static 27]);
int ledger_sqlite_find_id(struct ledger *ledger, const char *prefix, char ret_id[static ATTACK_ID_MAX]);
int ledger_sqlite_get(struct ledger *ledger, const char *id, bool as_decided, struct record *ret_record);
int ledger_sqlite_count(struct ledger *ledger, const struct ledger_filter *filter, uint64_t *ret_count);
int ledger_sqlite_each_record(struct ledger *ledger, const struct ledger_filter *filter, ledger_record_fn *each,
                              void *context);
int ledger_sqlite_each_coverage(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_coverage_fn *each,
                                void *context);
int ledger_sqlite_each_run(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_run_fn *each, void *context);
int ledger_sqlite_each_sealed(struct ledger *ledger, const char *run, int64_t from_day, int64_t to_day,
                              ledger_sealed_fn *each, void *context);
int ledger_sqlite_each_amendment(struct ledger *ledger, const char *id, ledger_amendment_fn *each, void *context);
int ledger_sqlite_each_day_total(struct ledger *ledger, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
                                 void *context);
