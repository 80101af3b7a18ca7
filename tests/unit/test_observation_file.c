/* Goal: the format to the byte, both ways; and everything that is not the one canonical form refused at its place. Lines
 * were written by hand from doc/record.md. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "observation_random.h"
#include "record/observation_file.h"
#include "tap.h"

static struct estate estate;

#define HEAD "redoubt-observations/1\n"
#define SCAN                                                                                                           \
	"1795366200000000\tscan\tport\tbank\t203.0.113.7\t192.0.2.1\t22\tspoofable\tin\t-\t-\t-\t1\t0\t1\t60\t0\t1\t0\n"
#define LOGIN                                                                                                          \
	"1795366200000001\tbrute\tlogin\tclients/2001:db8::7\t203.0.113.7\t2001:db8::7\t22\tconfirmed\tin\tssh\t-\t"   \
	"accepted\t1\t0\t0\t0\t0\t0\t0\n"
#define FLOOD                                                                                                            \
	"-1\tflood\ttcp-syn\texternal\t::\t::\t0\treflector\tout\t-\trollup\t-\t18446744073709551615\t3000\t5\t300\t7\t" \
	"0\t0\n"

static const char *what;
static uint64_t line;
static uint32_t column;

/* Number of observations, or the error with its place. */
static int read_bytes(const char *text, size_t n, struct observation *ret_last)
{
	CLEANUP(observation_reader_freep) struct observation_reader *r = NULL;
	struct observation_file_error error = { 0 };
	int got, count = 0;

	if (observation_reader_new_bytes(text, n, &estate, &r) < 0)
		return -1;
	while ((got = observation_reader_next(r, ret_last, &error)) > 0)
		count++;
	what = error.what;
	line = error.line;
	column = error.column;
	return got < 0 ? got : count;
}

static int read_text(const char *text, struct observation *ret_last)
{
	return read_bytes(text, strlen(text), ret_last);
}

/* Whether a text is refused at line:column with these words. */
static bool refused(const char *text, uint64_t at_line, uint32_t at_column, const char *because)
{
	struct observation o;
	bool good = read_text(text, &o) == OBSERVATION_FILE_BAD && line == at_line && column == at_column &&
	            strcmp(what, because) == 0;

	if (!good)
		printf("# %llu:%u: %s\n", (unsigned long long)line, column, what != NULL ? what : "taken");
	return good;
}

static void test_known(void)
{
	struct observation o;
	CLEANUP(text_fini) struct text out = { 0 };
	struct address source;

	ok(read_text(HEAD, &o) == 0, "a file of no observations");
	ok(read_text(HEAD SCAN, &o) == 1 && o.time_us == INT64_C(1795366200000000) && o.detector == DETECTOR_SCAN &&
	           o.vector == VECTOR_PORT && o.asset.index == 0 && o.port == 22 && o.path == PATH_SPOOFABLE &&
	           o.direction == DIRECTION_IN && o.count == 1 && o.packets == 1 && o.bytes == 60 && o.refused == 1 &&
	           !o.rollup && !o.accepted && address_parse("203.0.113.7", &source) == 0 &&
	           address_equal(&o.source, &source),
	   "a scan step");
	observation_line_add(&out, &estate, &o);
	ok(strcmp(text_get(&out), SCAN) == 0, "written again it is the same line");
	ok(read_text(HEAD SCAN LOGIN, &o) == 2 && o.asset.index == 1 && o.accepted && o.service == SERVICE_SSH,
	   "a login on one host of an asset");
	text_reset(&out);
	observation_line_add(&out, &estate, &o);
	ok(strcmp(text_get(&out), LOGIN) == 0, "and back");
	ok(read_text(HEAD FLOOD, &o) == 1 && o.time_us == -1 && o.count == UINT64_MAX && o.asset.index == ASSET_NONE &&
	           address_is_none(&o.source) && o.rollup,
	   "ends of ranges");
	ok(read_text(HEAD SCAN SCAN, &o) == 2, "equal observations may repeat");
}

static void test_refused(void)
{
	ok(refused("", 1, 1, "the first line is not redoubt-observations/1"), "an empty file");
	ok(refused("redoubt-observations/2\n", 1, 1, "the first line is not redoubt-observations/1"),
	   "another version");
	ok(refused("redoubt-observations/1", 1, 23, "the last line does not end"), "no LF");
	ok(refused(HEAD "1795366200000000\tscan", 2, 22, "the last line does not end"), "cut in the middle");
	ok(refused(HEAD "\n", 2, 1, "not a time in microseconds"), "an empty line");
	ok(refused(HEAD SCAN "x\n", 3, 1, "not a time in microseconds"), "a second line that is none");
	ok(refused(HEAD LOGIN SCAN, 3, 1, "sorts before the line above"), "out of order");
	ok(refused(HEAD "0\tscan\n", 2, 7, "fewer than 19 columns"), "fewer columns");
	ok(refused(HEAD "0\tnmap\t\n", 2, 3, "no such detector"), "an unknown detector");
	ok(refused(HEAD "0\tscan\tport\tnobank\n", 2, 13, "no such asset in the estate"), "an unknown asset");
	ok(refused(HEAD "9223372036854775808\t\n", 2, 1, "not a time in microseconds"), "a time of 2^63");
	ok(refused(HEAD "9223372036854775807\tx\n", 2, 21, "no such detector"), "a time of 2^63 - 1 is one");
	ok(refused(HEAD "-9223372036854775808\tx\n", 2, 22, "no such detector"), "so is -2^63");
	ok(refused(HEAD "-9223372036854775809\tx\n", 2, 1, "not a time in microseconds"), "-2^63 - 1 is not");
	ok(refused(HEAD "00\tscan\tport\tbank\t::\t::\t0\tspoofable\tin\t-\t-\t-\t1\t0\t1\t60\t0\t1\t0\n", 2, 2,
	           "not in canonical form"),
	   "a leading zero");
	ok(refused(HEAD "-0\tscan\tport\tbank\t::\t::\t0\tspoofable\tin\t-\t-\t-\t1\t0\t1\t60\t0\t1\t0\n", 2, 1,
	           "not in canonical form"),
	   "a negative zero");
	ok(refused(HEAD "0\tscan\tport\tbank\t::\t2001:DB8::\t0\tspoofable\tin\t-\t-\t-\t1\t0\t1\t60\t0\t1\t0\n", 2, 26,
	           "not in canonical form"),
	   "an address in capitals");
	ok(refused(HEAD "0\tscan\tport\tbank\t::\t::\t65536\tx\n", 2, 24, "not a port"), "port 65536");
	ok(refused(HEAD "0\tscan\tport\tbank\t::\t::\t65535\tx\n", 2, 30, "no such path status"), "port 65535 is one");
	ok(refused(HEAD "0\tscan\tport\tbank\t::\t::\t0\tspoofable\tin\t-\tyes\t\n", 2, 41,
	           "neither the column's word nor -"),
	   "a flag that is another word");
	ok(refused(HEAD "0\tscan\tport\tbank\t::\t::\t0\tspoofable\tin\t-\t-\t-\t18446744073709551616\n", 2, 45,
	           "not a number below 2^64"),
	   "2^64");
	ok(refused(HEAD "0\tscan\tport\tbank\t::\t::\t0\tspoofable\tin\t-\t-\t-\t1\t0\t1\t60\t0\t1\t0\t\n", 2, 59,
	           "more than 19 columns"),
	   "a twentieth column");
	struct observation o;
	ok(read_bytes(HEAD "0\tsc\0n\n", sizeof(HEAD) - 1 + 7, &o) == OBSERVATION_FILE_BAD && line == 2 &&
	           column == 5 && strcmp(what, "a zero byte") == 0,
	   "a zero byte");
	char longest[2048];
	memset(longest, '1', sizeof(longest));
	memcpy(longest, HEAD, sizeof(HEAD) - 1);
	longest[sizeof(HEAD) - 1 + OBSERVATION_LINE_MAX - 1] = '\n';
	ok(read_bytes(longest, sizeof(longest), &o) == OBSERVATION_FILE_BAD &&
	           strcmp(what, "not a time in microseconds") == 0,
	   "a line of 1,023 bytes is looked at");
	longest[sizeof(HEAD) - 1 + OBSERVATION_LINE_MAX - 1] = '1';
	longest[sizeof(HEAD) - 1 + OBSERVATION_LINE_MAX] = '\n';
	ok(read_bytes(longest, sizeof(longest), &o) == OBSERVATION_FILE_BAD &&
	           strcmp(what, "the line is too long") == 0,
	   "one of 1,024 is not");
}

static void test_random(void)
{
	int bad = 0;

	for (int i = 0; i < 20000; i++) {
		CLEANUP(text_fini) struct text out = { 0 };
		struct observation o = random_observation(INT64_MIN / 2, UINT64_MAX), again;
		struct observation_file_error error;
		observation_line_add(&out, &estate, &o);
		bad += observation_line_parse(out.data, out.len - 1, &estate, &again, &error) != 0 ||
		       observation_compare(&o, &again) != 0;
	}
	ok(bad == 0, "20,000 random observations go both ways");
}

int main(void)
{
	ok(make_estate(&estate) == 0, "an estate");
	test_known();
	test_refused();
	test_random();
	estate_fini(&estate);
	return done();
}
