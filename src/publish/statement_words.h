/* statement_words.h - what a statement's figures say, in sentences of the catalogue. Renderers escape them. */
#pragma once

#include "base/text.h"
#include "publish/sentences.h"
#include "publish/statement.h"

enum { STATEMENT_WORDS_TERRITORIES = 8 /* with a sentence each; the rest share one */ };

/** Called with each sentence in its order; the sentence is valid during the call. */
typedef void statement_words_line(void *context, const char *sentence);

/** Which sentences. */
enum statement_words_part {
	STATEMENT_WORDS_SAID = 0, /* headline, territories, outcomes, what else was counted */
	STATEMENT_WORDS_COVERAGE, /* what could be seen */
	STATEMENT_WORDS_CARE,     /* stale databases, several rules, not sealed yet */
	STATEMENT_WORDS_PROOF,    /* what this does not prove */
	STATEMENT_WORDS_PARTS
};

void statement_words_each(const struct statement *st, const struct sentences *s, enum statement_words_part part,
                          statement_words_line *line, void *context);

/** Append a count of attacks: "12", or "at least 12" where that is due. */
void statement_words_count(const struct statement *st, const struct sentences *s, uint64_t n, struct text *out);

/** Append the days: "2026-11-22" or "2026-11-22 to 2026-11-23" in the catalogue's words. */
void statement_words_when(const struct statement *st, const struct sentences *s, struct text *out);

/** Name of what is defended. */
const char *statement_words_estate(const struct statement *st, const struct sentences *s);

/** Sentence of a doubt bit (1 << i) for n hours. */
void statement_words_doubt(const struct sentences *s, unsigned i, uint64_t n, struct text *out);

/** Why: the catalogue's explanation. zz is not ZZ_STATED, status not STATUS_COUNTED. */
const char *statement_words_path(const struct sentences *s, enum path_status path);
const char *statement_words_zz(const struct sentences *s, enum zz_reason zz);
const char *statement_words_left(const struct sentences *s, enum attack_status status);
