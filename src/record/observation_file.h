/* observation_file.h - one sealed file of observations: canonical text, so that the same observations give the same bytes.
 * First line "redoubt-observations/1", then one line an observation, sorted by observation_compare(); the format to the
 * byte is in doc/record.md. The reader takes any bytes; what is not canonical is an error with its place. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/text.h"
#include "model/estate.h"
#include "model/observation.h"

enum { OBSERVATION_LINE_MAX = 1024, OBSERVATION_FILE_BAD = -1100 };

#define OBSERVATION_FILE_HEAD "redoubt-observations/1\n"

/** Where and why a file is not canonical. */
struct observation_file_error {
	uint64_t line;    /* from 1 */
	uint32_t column;  /* byte in the line, from 1 */
	const char *what; /* static string */
};

/** Append one line. asset indices are of estate. */
void observation_line_add(struct text *out, const struct estate *estate, const struct observation *obs);

/** Parse one line of n bytes, LF not included. On failure column and what are set. Returns 0 or OBSERVATION_FILE_BAD. */
int observation_line_parse(const char *line, size_t n, const struct estate *estate, struct observation *ret_obs,
                           struct observation_file_error *reterr_error);

struct data_dir;
struct observation_reader;

/** Open a sealed file of the data directory; estate must outlive the reader. Returns 0 or -errno. */
int observation_reader_new(const struct data_dir *dir, const char *name, const struct estate *estate,
                           struct observation_reader **ret_reader);

/** The same over bytes in memory, which must outlive the reader. Returns 0 or -ENOMEM. */
int observation_reader_new_bytes(const void *data, size_t n, const struct estate *estate,
                                 struct observation_reader **ret_reader);

/** The next observation. Returns 1, 0 after the last, OBSERVATION_FILE_BAD with its place, or -errno of reading. */
int observation_reader_next(struct observation_reader *reader, struct observation *ret_obs,
                            struct observation_file_error *reterr_error);

/** SHA-256 and lines (the first not counted) of what was read; call once, after the reader returned 0. */
void observation_reader_digest(struct observation_reader *reader, struct digest *ret_digest, uint64_t *ret_lines);

void observation_reader_free(struct observation_reader *reader);
void observation_reader_freep(struct observation_reader **reader);
