#include "record/observation_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "record/data_dir.h"

/* The columns, in the order of observation_compare(). */
enum column {
	COLUMN_TIME,
	COLUMN_DETECTOR,
	COLUMN_VECTOR,
	COLUMN_ASSET,
	COLUMN_SOURCE,
	COLUMN_HOST,
	COLUMN_PORT,
	COLUMN_PATH,
	COLUMN_DIRECTION,
	COLUMN_SERVICE,
	COLUMN_ROLLUP,
	COLUMN_ACCEPTED,
	COLUMN_COUNT,
	COLUMN_LOAD,
	COLUMN_PACKETS,
	COLUMN_BYTES,
	COLUMN_SOURCES,
	COLUMN_REFUSED,
	COLUMN_SERVED,
	COLUMNS
};

static const char rollup_word[] = "rollup", accepted_word[] = "accepted", no_word[] = "-";

/* A line being written; it always fits: 19 columns of at most ASSET_TEXT_MAX. */
struct line {
	char text[OBSERVATION_LINE_MAX];
	size_t len;
};

static void put(struct line *l, const char *s)
{
	size_t n = strlen(s);

	check(l->len + n + 1 < sizeof(l->text));
	memcpy(l->text + l->len, s, n);
	l->len += n;
	l->text[l->len++] = '\t';
}

static void put_number(struct line *l, uint64_t v)
{
	char digits[24], *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	put(l, p);
}

static void put_time(struct line *l, int64_t v)
{
	if (v < 0)
		l->text[l->len++] = '-';
	put_number(l, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static void put_address(struct line *l, const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	put(l, address_format(a, text));
}

/* The line with LF in place of the last tab. */
static void format(struct line *l, const struct estate *estate, const struct observation *o)
{
	char asset[ASSET_TEXT_MAX];

	l->len = 0;
	put_time(l, o->time_us);
	put(l, detector_name(o->detector));
	put(l, vector_name(o->vector));
	put(l, asset_format(estate, &o->asset, asset));
	put_address(l, &o->source);
	put_address(l, &o->host);
	put_number(l, o->port);
	put(l, path_status_name(o->path));
	put(l, direction_name(o->direction));
	put(l, service_name(o->service));
	put(l, o->rollup ? rollup_word : no_word);
	put(l, o->accepted ? accepted_word : no_word);
	put_number(l, o->count);
	put_number(l, o->load);
	put_number(l, o->packets);
	put_number(l, o->bytes);
	put_number(l, o->sources);
	put_number(l, o->refused);
	put_number(l, o->served);
	l->text[l->len - 1] = '\n';
}

void observation_line_add(struct text *out, const struct estate *estate, const struct observation *obs)
{
	struct line line;

	format(&line, estate, obs);
	text_add_bytes(out, line.text, line.len);
}

/* Decimal digits only, at most max. */
static bool parse_number(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint64_t v = 0;

	if (*text == '\0')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');
		if (v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret_value = v;
	return *text == '\0';
}

static const char *parse_time(const char *text, int64_t *ret_time)
{
	bool negative = *text == '-';
	uint64_t v;

	if (!parse_number(text + negative, (uint64_t)INT64_MAX + negative, &v))
		return "not a time in microseconds";
	*ret_time = negative ? (int64_t)-v : (int64_t)v;
	return NULL;
}

static const char *parse_word(int value, const char *problem, uint8_t *ret_value)
{
	if (value < 0)
		return problem;
	*ret_value = (uint8_t)value;
	return NULL;
}

static const char *parse_flag(const char *text, const char *word, bool *ret_value)
{
	*ret_value = strcmp(text, word) == 0;
	return *ret_value || strcmp(text, no_word) == 0 ? NULL : "neither the column's word nor -";
}

static const char *parse_count(const char *text, uint64_t *ret_value)
{
	return parse_number(text, UINT64_MAX, ret_value) ? NULL : "not a number below 2^64";
}

static const char *parse_port(const char *text, uint16_t *ret_port)
{
	uint64_t v;

	if (!parse_number(text, UINT16_MAX, &v))
		return "not a port";
	*ret_port = (uint16_t)v;
	return NULL;
}

static const char *parse_address(const char *text, struct address *ret_address)
{
	return address_parse(text, ret_address) < 0 ? "not an address" : NULL;
}

/* One column into its field. Returns NULL, or what is wrong. */
static const char *parse_column(enum column column, const char *text, const struct estate *estate,
                                struct observation *o)
{
	switch (column) {
	case COLUMN_TIME:
		return parse_time(text, &o->time_us);
	case COLUMN_DETECTOR:
		return parse_word(detector_parse(text), "no such detector", &o->detector);
	case COLUMN_VECTOR:
		return parse_word(vector_parse(text), "no such vector", &o->vector);
	case COLUMN_ASSET:
		return asset_parse(estate, text, &o->asset) < 0 ? "no such asset in the estate" : NULL;
	case COLUMN_SOURCE:
		return parse_address(text, &o->source);
	case COLUMN_HOST:
		return parse_address(text, &o->host);
	case COLUMN_PORT:
		return parse_port(text, &o->port);
	case COLUMN_PATH:
		return parse_word(path_status_parse(text), "no such path status", &o->path);
	case COLUMN_DIRECTION:
		return parse_word(direction_parse(text), "no such direction", &o->direction);
	case COLUMN_SERVICE:
		return parse_word(service_parse(text), "no such service", &o->service);
	case COLUMN_ROLLUP:
		return parse_flag(text, rollup_word, &o->rollup);
	case COLUMN_ACCEPTED:
		return parse_flag(text, accepted_word, &o->accepted);
	case COLUMN_COUNT:
		return parse_count(text, &o->count);
	case COLUMN_LOAD:
		return parse_count(text, &o->load);
	case COLUMN_PACKETS:
		return parse_count(text, &o->packets);
	case COLUMN_BYTES:
		return parse_count(text, &o->bytes);
	case COLUMN_SOURCES:
		return parse_count(text, &o->sources);
	case COLUMN_REFUSED:
		return parse_count(text, &o->refused);
	case COLUMN_SERVED:
		return parse_count(text, &o->served);
	case COLUMNS:
		break;
	}
	return "more than 19 columns";
}

static int bad(struct observation_file_error *error, size_t column, const char *what)
{
	error->column = (uint32_t)column + 1;
	error->what = what;
	return OBSERVATION_FILE_BAD;
}

/* Equal values have one form: what would be written again is what must stand there. */
static int check_canonical(const char *line, size_t n, const struct estate *estate, const struct observation *o,
                           struct observation_file_error *error)
{
	struct line again;
	size_t same = 0;

	format(&again, estate, o);
	while (same < n && same < again.len - 1 && line[same] == again.text[same])
		same++;
	return same == n && n == again.len - 1 ? 0 : bad(error, same, "not in canonical form");
}

int observation_line_parse(const char *line, size_t n, const struct estate *estate, struct observation *ret_obs,
                           struct observation_file_error *reterr_error)
{
	char copy[OBSERVATION_LINE_MAX];
	struct observation o = { 0 };
	size_t at = 0;

	if (n >= sizeof(copy))
		return bad(reterr_error, sizeof(copy) - 1, "the line is too long");
	const char *zero = memchr(line, '\0', n);
	if (zero != NULL)
		return bad(reterr_error, (size_t)(zero - line), "a zero byte");
	memcpy(copy, line, n);
	copy[n] = '\0';
	for (int column = 0; column < COLUMNS; column++) {
		size_t len = strcspn(copy + at, "\t");
		bool last = copy[at + len] == '\0';
		copy[at + len] = '\0';
		const char *problem = parse_column((enum column)column, copy + at, estate, &o);
		if (problem != NULL)
			return bad(reterr_error, at, problem);
		if (last != (column == COLUMNS - 1))
			return bad(reterr_error, at + len, last ? "fewer than 19 columns" : "more than 19 columns");
		at += len + 1;
	}
	int err = check_canonical(line, n, estate, &o, reterr_error);
	if (err == 0)
		*ret_obs = o;
	return err;
}

enum { READ_SIZE = 65536 };

struct observation_reader {
	const struct estate *estate;
	struct data_reader *file; /* NULL: all bytes are in data from the start */
	char *block;              /* of file, READ_SIZE */
	const char *data;         /* what was read and not yet consumed: data[at..len) */
	size_t at, len;
	bool ended; /* nothing more will come */
	struct digest_stream *stream;
	uint64_t line; /* lines consumed, the first included */
	struct observation former;
};

static int new_reader(const struct estate *estate, struct observation_reader **ret_reader)
{
	struct observation_reader *r = calloc(1, sizeof(*r));

	if (r == NULL || (r->stream = digest_stream_new()) == NULL) {
		free(r);
		return -ENOMEM;
	}
	r->estate = estate;
	*ret_reader = r;
	return 0;
}

int observation_reader_new(const struct data_dir *dir, const char *name, const struct estate *estate,
                           struct observation_reader **ret_reader)
{
	CLEANUP(observation_reader_freep) struct observation_reader *r = NULL;
	int err = new_reader(estate, &r);

	if (err < 0)
		return err;
	if ((err = data_reader_new(dir, name, &r->file)) < 0)
		return err;
	if ((r->block = malloc(READ_SIZE)) == NULL)
		return -ENOMEM;
	r->data = r->block;
	*ret_reader = TAKE_PTR(r);
	return 0;
}

int observation_reader_new_bytes(const void *data, size_t n, const struct estate *estate,
                                 struct observation_reader **ret_reader)
{
	struct observation_reader *r;
	int err = new_reader(estate, &r);

	if (err < 0)
		return err;
	r->data = data;
	r->len = n;
	r->ended = true;
	*ret_reader = r;
	return 0;
}

/* Read on behind what is there. Only called when no whole line is there, so less than a line has to move. */
static int fill(struct observation_reader *r)
{
	memmove(r->block, r->block + r->at, r->len - r->at);
	r->len -= r->at;
	r->at = 0;
	int n = data_reader_read(r->file, r->block + r->len, READ_SIZE - r->len);
	if (n < 0)
		return n;
	r->len += (size_t)n;
	r->ended = n == 0;
	return 0;
}

/* The next line without its LF. Returns 1, 0 at the end, or an error. */
static int next_line(struct observation_reader *r, const char **ret_line, size_t *ret_len,
                     struct observation_file_error *error)
{
	const char *lf = NULL;

	for (;;) {
		if (r->len > r->at)
			lf = memchr(r->data + r->at, '\n', r->len - r->at);
		if (lf != NULL || r->ended || r->len - r->at >= OBSERVATION_LINE_MAX)
			break;
		int err = fill(r);
		if (err < 0)
			return err;
	}
	if (lf == NULL && r->at == r->len)
		return 0;
	error->line = r->line + 1;
	size_t n = lf != NULL ? (size_t)(lf - (r->data + r->at)) : r->len - r->at;
	if (n >= OBSERVATION_LINE_MAX)
		return bad(error, OBSERVATION_LINE_MAX - 1, "the line is too long");
	if (lf == NULL)
		return bad(error, n, "the last line does not end");
	*ret_line = r->data + r->at;
	*ret_len = n;
	r->at += n + 1;
	r->line++;
	digest_stream_add(r->stream, *ret_line, n + 1);
	return 1;
}

static int read_head(struct observation_reader *r, struct observation_file_error *error)
{
	static const char head[] = OBSERVATION_FILE_HEAD;
	const char *line;
	size_t n;

	error->line = 1;
	int got = next_line(r, &line, &n, error);
	if (got < 0)
		return got;
	if (got == 0 || n != sizeof(head) - 2 || memcmp(line, head, n) != 0)
		return bad(error, 0, "the first line is not redoubt-observations/1");
	return 0;
}

int observation_reader_next(struct observation_reader *r, struct observation *ret_obs,
                            struct observation_file_error *reterr_error)
{
	struct observation o;
	const char *line;
	size_t n;
	int err = r->line == 0 ? read_head(r, reterr_error) : 0;

	if (err < 0)
		return err;
	if ((err = next_line(r, &line, &n, reterr_error)) <= 0)
		return err;
	if ((err = observation_line_parse(line, n, r->estate, &o, reterr_error)) < 0)
		return err;
	if (r->line > 2 && observation_compare(&r->former, &o) > 0)
		return bad(reterr_error, 0, "sorts before the line above");
	r->former = *ret_obs = o;
	return 1;
}

void observation_reader_digest(struct observation_reader *r, struct digest *ret_digest, uint64_t *ret_lines)
{
	check(r->ended && r->at == r->len && r->line > 0 && r->stream != NULL);
	digest_stream_end(r->stream, ret_digest);
	r->stream = NULL;
	*ret_lines = r->line - 1;
}

void observation_reader_free(struct observation_reader *r)
{
	if (r == NULL)
		return;
	data_reader_free(r->file);
	digest_stream_freep(&r->stream);
	free(r->block);
	free(r);
}

void observation_reader_freep(struct observation_reader **reader)
{
	observation_reader_free(*reader);
}
