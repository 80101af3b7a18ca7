/* sentences.h - the catalogue of allowed sentences. Nothing is published in words that are not in it.
 *
 * A UTF-8 file of lines `id = text with {placeholders}`; a line that starts with a blank goes on with the one before;
 * `#` starts a comment line. Ids with a plural have two entries, id.one and id.other. `forbid = words` adds to the
 * words no sentence may hold; the program's own list (territories that act, sponsors, "attacked by") cannot be made
 * shorter. A catalogue is accepted when every id of sentences.def is there, once, with exactly its placeholders. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define SENTENCE(id, name, plural, placeholders) SENTENCE_##id,
enum sentence_id {
#include "publish/sentences.def"
	SENTENCE_COUNT_OF_IDS
};
#undef SENTENCE

enum { SENTENCES_BYTES_MAX = 1 << 20, SENTENCE_BYTES_MAX = 2048, SENTENCES_ERROR_MAX = 192 };

struct sentences;

struct sentences_error {
	unsigned line, column; /* from 1; column counts bytes. line 0: the file as a whole */
	char text[SENTENCES_ERROR_MAX];
};

/** Read a catalogue of n bytes. The bytes are not kept. On success *ret_sentences is owned by the caller. Returns 0,
 * -ENOMEM or -EINVAL; *reterr_error is set for the latter. */
int sentences_parse(const char *data, size_t n, struct sentences **ret_sentences, struct sentences_error *reterr_error);

/** Free. NULL is a no-op. */
void sentences_free(struct sentences *s);
void sentences_freep(struct sentences **s);

/** SHA-256 of the catalogue's bytes, 64 hex digits. Valid as long as s. */
const char *sentences_digest(const struct sentences *s);

struct sentence_value {
	const char *name, *text;
};

/** Append sentence id with values in its placeholders, the first letter raised if it begins with one. number chooses
 * the form of a PLURAL id. Every placeholder needs its value: a missing one is a bug. Values go in as they are: the
 * caller escapes the whole for its place. */
void sentences_say(const struct sentences *s, enum sentence_id id, uint64_t number, const struct sentence_value *values,
                   size_t count, struct text *out);

/** A sentence without placeholders and plural. Valid as long as s. */
const char *sentences_get(const struct sentences *s, enum sentence_id id);

#define SENTENCES_SAY(s, id, number, out, ...)                                                                         \
	sentences_say((s), (id), (number), (const struct sentence_value[]){ __VA_ARGS__ },                             \
	              sizeof((const struct sentence_value[]){ __VA_ARGS__ }) / sizeof(struct sentence_value), (out))
