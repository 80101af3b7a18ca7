#include "record/field.h"

#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/check.h"
#include "model/record.h"
#include "record/ledger.h"

/* The functions of words.h, with the enumeration's type taken out so that they fit one pointer. */
#define WORD_KIND(kind)                                                                                                \
	static const char *kind##_word(int v)                                                                          \
	{                                                                                                              \
		return kind##_name((enum kind)v);                                                                      \
	}                                                                                                              \
	enum { kind##_words = kind##_word_count };
enum {
	path_status_word_count = PATH_COUNT,
	direction_word_count = DIRECTION_COUNT,
	attack_class_word_count = CLASS_COUNT,
	attack_family_word_count = FAMILY_COUNT,
	vector_word_count = VECTOR_COUNT,
	vector_group_word_count = VECTOR_GROUP_COUNT,
	service_word_count = SERVICE_COUNT,
	outcome_word_count = OUTCOME_COUNT,
	group_kind_word_count = GROUP_KIND_COUNT,
	target_class_word_count = TARGET_CLASS_COUNT,
	zz_reason_word_count = ZZ_COUNT,
	label_word_count = LABEL_COUNT,
	attack_status_word_count = STATUS_COUNT,
};
WORD_KIND(path_status)
WORD_KIND(direction)
WORD_KIND(attack_class)
WORD_KIND(attack_family)
WORD_KIND(vector)
WORD_KIND(vector_group)
WORD_KIND(service)
WORD_KIND(outcome)
WORD_KIND(group_kind)
WORD_KIND(target_class)
WORD_KIND(zz_reason)
WORD_KIND(label)
WORD_KIND(attack_status)

#define PLACE(member)            .offset = offsetof(struct OF, member), .size = sizeof(((struct OF *)0)->member)
#define TEXT(column_, member)    { .column = column_, .kind = FIELD_TEXT, PLACE(member) },
#define FLAG(column_, member)    { .column = column_, .kind = FIELD_FLAG, PLACE(member), .max = 1 },
#define UINT(column_, member, m) { .column = column_, .kind = FIELD_UINT, PLACE(member), .max = (m) },
#define TIME(column_, member)    { .column = column_, .kind = FIELD_TIME, PLACE(member) },
#define REAL(column_, member)    { .column = column_, .kind = FIELD_REAL, PLACE(member) },
#define ADDRESS(column_, member) { .column = column_, .kind = FIELD_ADDRESS, PLACE(member) },
#define WORD(column_, member, of)                                                                                      \
	{ .column = column_,                                                                                           \
	  .kind = FIELD_WORD,                                                                                          \
	  PLACE(member),                                                                                               \
	  .max = of##_words,                                                                                           \
	  .name = of##_word,                                                                                           \
	  .parse = of##_parse },
#define WORDS(column_, member, of, n)                                                                                  \
	{ .column = column_, .kind = FIELD_WORDS, PLACE(member), .max = (n), .name = of##_word, .parse = of##_parse },

static const struct field attack_list[] = {
#define OF attack
#define FIELDS_ATTACK
#include "record/fields.def"
#undef FIELDS_ATTACK
#undef OF
};
static const struct field record_list[] = {
#define OF record
#define FIELDS_RECORD
#include "record/fields.def"
#undef FIELDS_RECORD
};
static const struct field now_list[] = {
#define FIELDS_NOW
#include "record/fields.def"
#undef FIELDS_NOW
#undef OF
};
static const struct field source_list[] = {
#define OF attack_source
#define FIELDS_SOURCE
#include "record/fields.def"
#undef FIELDS_SOURCE
#undef OF
};
static const struct field run_list[] = {
#define OF run_inputs
#define FIELDS_RUN
#include "record/fields.def"
#undef FIELDS_RUN
#undef OF
};
static const struct field input_list[] = {
#define OF origin_source
#define FIELDS_INPUT
#include "record/fields.def"
#undef FIELDS_INPUT
#undef OF
};
static const struct field coverage_list[] = {
#define OF coverage
#define FIELDS_COVERAGE
#include "record/fields.def"
#undef FIELDS_COVERAGE
#undef OF
};
static const struct field sealed_list[] = {
#define OF sealed_file
#define FIELDS_SEALED
#include "record/fields.def"
#undef FIELDS_SEALED
#undef OF
};
static const struct field amendment_list[] = {
#define OF amendment
#define FIELDS_AMENDMENT
#include "record/fields.def"
#undef FIELDS_AMENDMENT
#undef OF
};
static const struct field day_total_list[] = {
#define OF day_total
#define FIELDS_DAY_TOTAL
#include "record/fields.def"
#undef FIELDS_DAY_TOTAL
#undef OF
};

#define FIELDS(name)                                                                                                   \
	const struct fields fields_##name = { .field = name##_list,                                                    \
		                              .count = sizeof(name##_list) / sizeof(name##_list[0]) }
FIELDS(attack);
FIELDS(record);
FIELDS(now);
FIELDS(source);
FIELDS(run);
FIELDS(input);
FIELDS(coverage);
FIELDS(sealed);
FIELDS(amendment);
FIELDS(day_total);

static const void *at(const struct field *f, const void *base)
{
	return (const uint8_t *)base + f->offset;
}

uint64_t field_uint(const struct field *f, const void *base)
{
	uint64_t v64;
	uint32_t v32;

	switch (f->size) {
	case 1:
		return *(const uint8_t *)at(f, base);
	case 4:
		memcpy(&v32, at(f, base), sizeof(v32));
		return v32;
	default:
		check(f->size == sizeof(v64));
		memcpy(&v64, at(f, base), sizeof(v64));
		return v64;
	}
}

void field_set_uint(const struct field *f, void *base, uint64_t value)
{
	uint8_t *to = (uint8_t *)base + f->offset;
	uint32_t v32 = (uint32_t)value;

	switch (f->size) {
	case 1:
		*to = (uint8_t)value;
		break;
	case 4:
		memcpy(to, &v32, sizeof(v32));
		break;
	default:
		check(f->size == sizeof(value));
		memcpy(to, &value, sizeof(value));
	}
}

char *field_words(const struct field *f, const void *base, char buf[static FIELD_WORDS_TEXT_MAX])
{
	uint64_t bits = field_uint(f, base);
	size_t n = 0;

	for (int i = 0; i < (int)f->max; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		const char *word = f->name(i);
		size_t len = strlen(word);
		check(n + len + 2 <= FIELD_WORDS_TEXT_MAX);
		if (n > 0)
			buf[n++] = ' ';
		memcpy(buf + n, word, len);
		n += len;
	}
	buf[n] = '\0';
	return buf;
}

int field_set_words(const struct field *f, void *base, const char *text)
{
	char buf[FIELD_WORDS_TEXT_MAX], *save = NULL;
	uint64_t bits = 0;

	if (strlen(text) >= sizeof(buf))
		return -EINVAL;
	strcpy(buf, text);
	for (char *word = strtok_r(buf, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		int v = f->parse(word);
		if (v < 0)
			return -EINVAL;
		bits |= UINT64_C(1) << v;
	}
	field_set_uint(f, base, bits);
	return 0;
}

static double real_of(const struct field *f, const void *base)
{
	double v;

	memcpy(&v, at(f, base), sizeof(v));
	return v;
}

static bool field_valid(const struct field *f, const void *base)
{
	switch (f->kind) {
	case FIELD_TEXT:
		return memchr(at(f, base), '\0', f->size) != NULL;
	case FIELD_WORD:
		return field_uint(f, base) < f->max;
	case FIELD_WORDS:
		return f->max >= 64 || field_uint(f, base) >> f->max == 0;
	case FIELD_FLAG:
	case FIELD_UINT:
		return field_uint(f, base) <= f->max;
	case FIELD_REAL:
		return real_of(f, base) >= 0 && real_of(f, base) <= 1; /* false for NaN */
	case FIELD_TIME:
	case FIELD_ADDRESS:
		break;
	}
	return true;
}

bool fields_valid(const struct fields *fields, const void *base)
{
	for (size_t i = 0; i < fields->count; i++)
		if (!field_valid(&fields->field[i], base))
			return false;
	return true;
}

#define ORDER(a, b) ((a) < (b) ? -1 : (a) > (b))

static int field_compare(const struct field *f, const void *a, const void *b)
{
	switch (f->kind) {
	case FIELD_TEXT:
		return strcmp(at(f, a), at(f, b));
	case FIELD_ADDRESS:
		return memcmp(at(f, a), at(f, b), f->size);
	case FIELD_REAL:
		return ORDER(real_of(f, a), real_of(f, b));
	case FIELD_TIME:
		return ORDER((int64_t)field_uint(f, a), (int64_t)field_uint(f, b));
	case FIELD_WORD:
	case FIELD_WORDS:
	case FIELD_FLAG:
	case FIELD_UINT:
		break;
	}
	return ORDER(field_uint(f, a), field_uint(f, b));
}

bool field_equal(const struct field *f, const void *a, const void *b)
{
	return field_compare(f, a, b) == 0;
}

int fields_compare(const struct fields *fields, const void *a, const void *b)
{
	int c = 0;

	for (size_t i = 0; i < fields->count && c == 0; i++)
		c = field_compare(&fields->field[i], a, b);
	return c;
}

void field_format(const struct field *f, const void *base, struct text *out)
{
	char words[FIELD_WORDS_TEXT_MAX], address[ADDRESS_TEXT_MAX];

	switch (f->kind) {
	case FIELD_TEXT:
		text_addf(out, "\"%s\"", (const char *)at(f, base));
		break;
	case FIELD_WORD:
		text_add(out, f->name((int)field_uint(f, base)));
		break;
	case FIELD_WORDS:
		text_addf(out, "\"%s\"", field_words(f, base, words));
		break;
	case FIELD_FLAG:
		text_add(out, field_uint(f, base) != 0 ? "yes" : "no");
		break;
	case FIELD_UINT:
		text_addf(out, "%llu", (unsigned long long)field_uint(f, base));
		break;
	case FIELD_TIME:
		text_addf(out, "%lld", (long long)field_uint(f, base));
		break;
	case FIELD_REAL:
		text_addf(out, "%.17g", real_of(f, base));
		break;
	case FIELD_ADDRESS:
		text_add(out, address_format(at(f, base), address));
		break;
	}
}
