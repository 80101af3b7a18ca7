/* escape.h - the one way outside bytes reach a reader: terminal, HTML, CSV, CEF, pcapng comment.
 * Every form first makes visible what a reader would not see: broken UTF-8 as \xHH, control characters, bidirectional
 * overrides and invisible characters as \n, \r, \t or \u{HEX}. Then it does what its place demands. Any bytes are
 * accepted, NUL included; the result is valid UTF-8 on one line. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum escape_kind {
	ESCAPE_TERMINAL = 0, /* backslash doubled, so that the visible form is reversible */
	ESCAPE_HTML,         /* HTML text, attribute values in double or single quotes, SVG text */
	ESCAPE_CSV,          /* one RFC 4180 field, quoted where needed; a leading = + - @ is defused by ' in front */
	ESCAPE_CEF_HEADER,   /* between the bars of a CEF header */
	ESCAPE_CEF_VALUE,    /* behind the = of a CEF extension */
	ESCAPE_COMMENT,      /* pcapng opt_comment, and other plain text files: as for a terminal */
	ESCAPE_UTF8          /* only broken UTF-8 is made visible: for JSON writers, which escape the rest themselves */
};

/** Append n bytes in the form of kind. */
void escape_add(struct text *out, enum escape_kind kind, const void *data, size_t n);

/** The same for a C string. */
void escape_addz(struct text *out, enum escape_kind kind, const char *s);

/** Columns that escaped UTF-8 takes on a terminal: combining marks 0, East Asian wide characters and emoji 2. */
size_t escape_columns(const char *s);

/** Decode one code point of data[0..n), n > 0. Returns its length in bytes, or 0 where the bytes are not UTF-8 (RFC 3629). */
size_t escape_utf8_next(const uint8_t *data, size_t n, uint32_t *ret_code);
