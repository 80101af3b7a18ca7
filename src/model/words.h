/* words.h - the enumerations of words.def, each with its printed name and the way back. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WORD(id, text) id,
enum path_status {
#define WORDS_PATH
#include "model/words.def"
#undef WORDS_PATH
	PATH_COUNT
};
enum direction {
#define WORDS_DIRECTION
#include "model/words.def"
#undef WORDS_DIRECTION
	DIRECTION_COUNT
};
enum attack_class {
#define WORDS_CLASS
#include "model/words.def"
#undef WORDS_CLASS
	CLASS_COUNT
};
enum attack_family {
#define WORDS_FAMILY
#include "model/words.def"
#undef WORDS_FAMILY
	FAMILY_COUNT
};
enum vector {
#define WORDS_VECTOR
#include "model/words.def"
#undef WORDS_VECTOR
	VECTOR_COUNT
};
enum vector_group {
#define WORDS_VECTOR_GROUP
#include "model/words.def"
#undef WORDS_VECTOR_GROUP
	VECTOR_GROUP_COUNT
};
enum detector {
#define WORDS_DETECTOR
#include "model/words.def"
#undef WORDS_DETECTOR
	DETECTOR_COUNT
};
enum service {
#define WORDS_SERVICE
#include "model/words.def"
#undef WORDS_SERVICE
	SERVICE_COUNT
};
enum answer {
#define WORDS_ANSWER
#include "model/words.def"
#undef WORDS_ANSWER
	ANSWER_COUNT
};
enum outcome {
#define WORDS_OUTCOME
#include "model/words.def"
#undef WORDS_OUTCOME
	OUTCOME_COUNT
};
enum group_kind {
#define WORDS_GROUP_KIND
#include "model/words.def"
#undef WORDS_GROUP_KIND
	GROUP_KIND_COUNT
};
enum target_class {
#define WORDS_TARGET_CLASS
#include "model/words.def"
#undef WORDS_TARGET_CLASS
	TARGET_CLASS_COUNT
};
enum zz_reason {
#define WORDS_ZZ
#include "model/words.def"
#undef WORDS_ZZ
	ZZ_COUNT
};
enum label {
#define WORDS_LABEL
#include "model/words.def"
#undef WORDS_LABEL
	LABEL_COUNT
};
enum attack_status {
#define WORDS_STATUS
#include "model/words.def"
#undef WORDS_STATUS
	STATUS_COUNT
};
#undef WORD

/** Printed word of a value; the value must be inside its enumeration. Static strings. */
const char *path_status_name(enum path_status v);
const char *direction_name(enum direction v);
const char *attack_class_name(enum attack_class v);
const char *attack_family_name(enum attack_family v);
const char *vector_name(enum vector v);
const char *vector_group_name(enum vector_group v);
const char *detector_name(enum detector v);
const char *service_name(enum service v);
const char *answer_name(enum answer v);
const char *outcome_name(enum outcome v);
const char *group_kind_name(enum group_kind v);
const char *target_class_name(enum target_class v);
const char *zz_reason_name(enum zz_reason v);
const char *label_name(enum label v);
const char *attack_status_name(enum attack_status v);

/** The value printed as text, or -EINVAL. */
int path_status_parse(const char *text);
int direction_parse(const char *text);
int attack_class_parse(const char *text);
int attack_family_parse(const char *text);
int vector_parse(const char *text);
int vector_group_parse(const char *text);
int detector_parse(const char *text);
int service_parse(const char *text);
int answer_parse(const char *text);
int outcome_parse(const char *text);
int group_kind_parse(const char *text);
int target_class_parse(const char *text);
int zz_reason_parse(const char *text);
int label_parse(const char *text);
int attack_status_parse(const char *text);

/** Group of a vector by design 5.1; VECTOR_GROUP_NONE for scan and login vectors. */
enum vector_group vector_group_of(enum vector v);

/** True for bank, government-web, energy, health, telecom, water, transport (design 6). */
int target_class_is_critical(enum target_class v);
