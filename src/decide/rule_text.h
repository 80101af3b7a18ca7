/* rule_text.h - the lines of a rule or grade file: words with their places, numbers, durations. Internal to decide/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decide/rule.h"

enum { RULE_WORDS_MAX = 6, RULE_WORD_MAX = 128 };

/** One line that says something. */
struct rule_line {
	uint32_t number;
	uint32_t count;                      /* words, 1 to RULE_WORDS_MAX */
	uint32_t column[RULE_WORDS_MAX + 1]; /* of each word, and of the place behind the last one */
	char word[RULE_WORDS_MAX][RULE_WORD_MAX];
};

/** A file being read. */
struct rule_reader {
	const char *text;
	size_t n, at;
	uint32_t number; /* of the line read last */
	struct rule_error *error;
};

/** The next line with words. Returns 1, 0 at the end, or -EINVAL with the reader's error set. */
int rule_reader_next(struct rule_reader *reader, struct rule_line *ret_line);

/** Set the error at a word of the line, or behind it for word == line->count. Returns -EINVAL. */
__attribute__((format(printf, 4, 5))) int rule_fail(struct rule_reader *reader, const struct rule_line *line,
                                                    uint32_t word, const char *format, ...);

/** Set the error at the end of the file. Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int rule_fail_end(struct rule_reader *reader, const char *format, ...);

/** Check that the line has exactly so many words. Returns 0 or -EINVAL. */
int rule_words(struct rule_reader *reader, const struct rule_line *line, uint32_t count);

/** A whole number in [low, high] from one word. Returns 0 or -EINVAL. */
int rule_number(struct rule_reader *reader, const struct rule_line *line, uint32_t word, uint64_t low, uint64_t high,
                uint64_t *ret_value);

/** "15 min" from two words: a duration from 1 us to 366 days. Returns 0 or -EINVAL. */
int rule_duration(struct rule_reader *reader, const struct rule_line *line, uint32_t word, int64_t *ret_us);

/** A decimal fraction in [0, 1] with at most four digits behind the point, in ten-thousandths. Returns 0 or -EINVAL. */
int rule_fraction(struct rule_reader *reader, const struct rule_line *line, uint32_t word, unsigned *ret_parts);

/** A name for the file's kind ("cr1"): letters and digits, shorter than RULE_NAME_MAX. Returns 0 or -EINVAL. */
int rule_name(struct rule_reader *reader, const struct rule_line *line, uint32_t word,
              char ret_name[static RULE_NAME_MAX]);

/** NAME@HEX of exactly the file's bytes. */
void rule_identify(const struct rule_reader *reader, const char *name, char ret_text[static RULE_TEXT_MAX]);
