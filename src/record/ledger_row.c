#include "record/ledger_row.h"

#include <string.h>

#include "base/check.h"
#include "record/ledger.h"

static const struct {
	const char *name;
	const struct fields *fields;
} named[] = {
	{ "attack", &fields_attack },       { "record", &fields_record }, { "now", &fields_now },
	{ "source", &fields_source },       { "run", &fields_run },       { "input", &fields_input },
	{ "coverage", &fields_coverage },   { "sealed", &fields_sealed }, { "amendment", &fields_amendment },
	{ "day_total", &fields_day_total },
};

static const struct fields *find_fields(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strlen(named[i].name) == n && memcmp(named[i].name, name, n) == 0)
			return named[i].fields;
	check(!"a template names no struct");
	return NULL;
}

static void add_columns(const struct fields *fields, bool parameters, struct text *out)
{
	for (size_t i = 0; i < fields->count; i++)
		text_addf(out, "%s%s", i > 0 ? ", " : "", parameters ? "?" : fields->field[i].column);
}

void ledger_row_sql(const char *template, struct text *out)
{
	const char *open;

	while ((open = strchr(template, '{')) != NULL) {
		const char *close = strchr(open, '}');
		bool parameters = open[1] == '?';
		const char *name = open + 1 + parameters;
		check(close != NULL);
		text_add_bytes(out, template, (size_t)(open - template));
		add_columns(find_fields(name, (size_t)(close - name)), parameters, out);
		template = close + 1;
	}
	text_add(out, template);
}

static void bind_field(sqlite3_stmt *s, int at, const struct field *f, const void *base)
{
	const uint8_t *member = (const uint8_t *)base + f->offset;
	char words[FIELD_WORDS_TEXT_MAX];
	double real;

	switch (f->kind) {
	case FIELD_TEXT:
		(void)sqlite3_bind_text(s, at, (const char *)member, -1, SQLITE_STATIC);
		break;
	case FIELD_WORD:
		(void)sqlite3_bind_text(s, at, f->name((int)field_uint(f, base)), -1, SQLITE_STATIC);
		break;
	case FIELD_WORDS:
		(void)sqlite3_bind_text(s, at, field_words(f, base, words), -1, SQLITE_TRANSIENT);
		break;
	case FIELD_REAL:
		memcpy(&real, member, sizeof(real));
		(void)sqlite3_bind_double(s, at, real);
		break;
	case FIELD_ADDRESS:
		(void)sqlite3_bind_blob(s, at, member, (int)f->size, SQLITE_STATIC);
		break;
	case FIELD_FLAG:
	case FIELD_UINT:
	case FIELD_TIME:
		(void)sqlite3_bind_int64(s, at, (sqlite3_int64)field_uint(f, base));
		break;
	}
}

int ledger_row_bind(sqlite3_stmt *s, int at, const struct fields *fields, const void *base)
{
	for (size_t i = 0; i < fields->count; i++)
		bind_field(s, at++, &fields->field[i], base);
	return at;
}

int ledger_row_text(sqlite3_stmt *s, int column, char *to, size_t size)
{
	const unsigned char *text = sqlite3_column_text(s, column);
	size_t n = (size_t)sqlite3_column_bytes(s, column);

	if (text == NULL || n >= size || strlen((const char *)text) != n)
		return LEDGER_CORRUPT;
	memset(to, 0, size);
	memcpy(to, text, n);
	return 0;
}

static int read_word(sqlite3_stmt *s, int at, const struct field *f, void *base)
{
	char text[FIELD_WORDS_TEXT_MAX];

	if (ledger_row_text(s, at, text, sizeof(text)) < 0)
		return LEDGER_CORRUPT;
	if (f->kind == FIELD_WORDS)
		return field_set_words(f, base, text) < 0 ? LEDGER_CORRUPT : 0;
	int v = f->parse(text);
	if (v < 0)
		return LEDGER_CORRUPT;
	field_set_uint(f, base, (uint64_t)v);
	return 0;
}

static int read_field(sqlite3_stmt *s, int at, const struct field *f, void *base)
{
	uint8_t *member = (uint8_t *)base + f->offset;
	sqlite3_int64 v;
	double real;

	switch (f->kind) {
	case FIELD_TEXT:
		return ledger_row_text(s, at, (char *)member, f->size);
	case FIELD_WORD:
	case FIELD_WORDS:
		return read_word(s, at, f, base);
	case FIELD_REAL:
		real = sqlite3_column_double(s, at);
		memcpy(member, &real, sizeof(real));
		return 0;
	case FIELD_ADDRESS:
		if (sqlite3_column_bytes(s, at) != (int)f->size)
			return LEDGER_CORRUPT;
		memcpy(member, sqlite3_column_blob(s, at), f->size);
		return 0;
	case FIELD_FLAG:
	case FIELD_UINT:
	case FIELD_TIME:
		break;
	}
	v = sqlite3_column_int64(s, at);
	if (f->kind != FIELD_TIME && (v < 0 || (uint64_t)v > f->max))
		return LEDGER_CORRUPT;
	field_set_uint(f, base, (uint64_t)v);
	return 0;
}

int ledger_row_read(sqlite3_stmt *s, int at, const struct fields *fields, void *base)
{
	for (size_t i = 0; i < fields->count; i++)
		if (read_field(s, at++, &fields->field[i], base) < 0)
			return LEDGER_CORRUPT;
	return at;
}
