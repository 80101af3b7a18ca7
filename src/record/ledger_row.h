/* ledger_row.h - between a struct described by fields.def and a row of SQLite. */
#pragma once

#include <sqlite3.h>

#include "base/text.h"
#include "record/field.h"

/** SQL from a template: "{attack}" becomes the columns of fields_attack, "{?attack}" as many parameters. */
void ledger_row_sql(const char *template, struct text *out);

/** Bind all fields of the struct at base to parameters from at on; base must live until the statement is reset. Returns the
 * next parameter. A failure to bind shows when the statement is stepped: a NULL where none is allowed. */
int ledger_row_bind(sqlite3_stmt *s, int at, const struct fields *fields, const void *base);

/** Read all fields from columns at on into the struct at base. Returns the next column, or LEDGER_CORRUPT when a column
 * holds what its field cannot. */
int ledger_row_read(sqlite3_stmt *s, int at, const struct fields *fields, void *base);

/** Copy one text column. Returns 0, or LEDGER_CORRUPT when it does not fit into size. */
int ledger_row_text(sqlite3_stmt *s, int column, char *to, size_t size);
