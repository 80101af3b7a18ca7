#include "model/words.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"

/* Position of text in names[0..count), or -EINVAL. */
static int find_word(const char *const *names, int count, const char *text)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -EINVAL;
}

/* One table and its two functions for an enumeration that holds count words. */
#define WORD_FUNCTIONS(kind, count)                                                                                    \
	const char *kind##_name(enum kind v)                                                                           \
	{                                                                                                              \
		check((unsigned)v < (unsigned)(count));                                                                \
		return kind##_names[v];                                                                                \
	}                                                                                                              \
	int kind##_parse(const char *text)                                                                             \
	{                                                                                                              \
		return find_word(kind##_names, (count), text);                                                         \
	}

#define WORD(id, text) text,
static const char *const path_status_names[] = {
#define WORDS_PATH
#include "model/words.def"
#undef WORDS_PATH
};
static const char *const direction_names[] = {
#define WORDS_DIRECTION
#include "model/words.def"
#undef WORDS_DIRECTION
};
static const char *const attack_class_names[] = {
#define WORDS_CLASS
#include "model/words.def"
#undef WORDS_CLASS
};
static const char *const attack_family_names[] = {
#define WORDS_FAMILY
#include "model/words.def"
#undef WORDS_FAMILY
};
static const char *const vector_names[] = {
#define WORDS_VECTOR
#include "model/words.def"
#undef WORDS_VECTOR
};
static const char *const vector_group_names[] = {
#define WORDS_VECTOR_GROUP
#include "model/words.def"
#undef WORDS_VECTOR_GROUP
};
static const char *const detector_names[] = {
#define WORDS_DETECTOR
#include "model/words.def"
#undef WORDS_DETECTOR
};
static const char *const service_names[] = {
#define WORDS_SERVICE
#include "model/words.def"
#undef WORDS_SERVICE
};
static const char *const answer_names[] = {
#define WORDS_ANSWER
#include "model/words.def"
#undef WORDS_ANSWER
};
static const char *const outcome_names[] = {
#define WORDS_OUTCOME
#include "model/words.def"
#undef WORDS_OUTCOME
};
static const char *const group_kind_names[] = {
#define WORDS_GROUP_KIND
#include "model/words.def"
#undef WORDS_GROUP_KIND
};
static const char *const target_class_names[] = {
#define WORDS_TARGET_CLASS
#include "model/words.def"
#undef WORDS_TARGET_CLASS
};
static const char *const zz_reason_names[] = {
#define WORDS_ZZ
#include "model/words.def"
#undef WORDS_ZZ
};
static const char *const label_names[] = {
#define WORDS_LABEL
#include "model/words.def"
#undef WORDS_LABEL
};
static const char *const attack_status_names[] = {
#define WORDS_STATUS
#include "model/words.def"
#undef WORDS_STATUS
};

WORD_FUNCTIONS(path_status, PATH_COUNT)
WORD_FUNCTIONS(direction, DIRECTION_COUNT)
WORD_FUNCTIONS(attack_class, CLASS_COUNT)
WORD_FUNCTIONS(attack_family, FAMILY_COUNT)
WORD_FUNCTIONS(vector, VECTOR_COUNT)
WORD_FUNCTIONS(vector_group, VECTOR_GROUP_COUNT)
WORD_FUNCTIONS(detector, DETECTOR_COUNT)
WORD_FUNCTIONS(service, SERVICE_COUNT)
WORD_FUNCTIONS(answer, ANSWER_COUNT)
WORD_FUNCTIONS(outcome, OUTCOME_COUNT)
WORD_FUNCTIONS(group_kind, GROUP_KIND_COUNT)
WORD_FUNCTIONS(target_class, TARGET_CLASS_COUNT)
WORD_FUNCTIONS(zz_reason, ZZ_COUNT)
WORD_FUNCTIONS(label, LABEL_COUNT)
WORD_FUNCTIONS(attack_status, STATUS_COUNT)

enum vector_group vector_group_of(enum vector v)
{
	if (v >= VECTOR_TCP_SYN && v <= VECTOR_OTHER_IP)
		return VECTOR_GROUP_NETWORK;
	if (v >= VECTOR_TCP_CONNECTION && v <= VECTOR_DNS_QUERY)
		return VECTOR_GROUP_APPLICATION;
	return VECTOR_GROUP_NONE;
}

int target_class_is_critical(enum target_class v)
{
	return v >= TARGET_BANK && v <= TARGET_TRANSPORT;
}
