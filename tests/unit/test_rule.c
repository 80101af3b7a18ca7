/* Goal: the shipped files say exactly what design 5 and 6 say; every mistake in them is found at its place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/utc.h"
#include "decide/grade.h"
#include "decide/rule.h"
#include "tap.h"

static char shipped[65536];
static size_t shipped_n;

static void read_shipped(const char *name)
{
	char path[4096];
	(void)snprintf(path, sizeof(path), "%s/etc/%s", getenv("REDOUBT_SOURCE"), name);
	CLEANUP(fclosep) FILE *f = fopen(path, "rb");
	if (f == NULL)
		exit(99);
	shipped_n = fread(shipped, 1, sizeof(shipped) - 1, f);
	shipped[shipped_n] = '\0';
}

/* The shipped text with the first occurrence of a line replaced, "" to leave it out. */
static char *with(const char *line, const char *instead)
{
	static char changed[65536];
	const char *at = strstr(shipped, line);
	if (at == NULL)
		exit(98);
	(void)snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - shipped), shipped, instead, at + strlen(line));
	return changed;
}

static uint32_t line_of(const char *text, const char *needle)
{
	uint32_t line = 1;
	const char *end = strstr(text, needle);
	for (const char *at = text; at < end; at++)
		line += *at == '\n';
	return line;
}

static void values(void)
{
	struct counting_rule r;
	struct rule_error e;
	struct digest digest;
	char hex[SHA256_TEXT_MAX];

	read_shipped("cr1");
	int err = rule_parse(shipped, shipped_n, &r, &e);
	ok(err == 0, "etc/cr1 is a rule");
	if (err < 0)
		exit(99);
	digest_sha256(shipped, shipped_n, &digest);
	ok(strncmp(r.text, "cr1@", 4) == 0 && strcmp(r.text + 4, digest_format(&digest, hex)) == 0, "%s", r.text);
	ok(r.gap_us[FAMILY_AVAILABILITY] == 15 * MINUTE_US && r.gap_us[FAMILY_SCANNER] == DAY_US &&
	           r.gap_us[FAMILY_BRUTE_FORCE] == HOUR_US && r.gap_us[FAMILY_IDS_ALERT] == HOUR_US &&
	           r.gap_us[FAMILY_EXPLOIT] == HOUR_US && r.gap_us[FAMILY_OTHER] == HOUR_US && r.longest_us == DAY_US,
	   "gaps and length");
	ok(r.scan_targets == 3 && r.scan_window_us == 10 * MINUTE_US && r.scan_slow_targets == 10 &&
	           r.scan_slow_window_us == DAY_US && r.brute_failures == 10 && r.brute_window_us == HOUR_US &&
	           r.brute_distributed_failures == 100 && r.brute_distributed_groups == 10,
	   "minima");
	ok(r.flood_window_us == 30 * SECOND_US && r.flood_floor[VECTOR_TCP_SYN] == 3000 &&
	           r.flood_floor[VECTOR_UDP] == 3000 && r.flood_floor[VECTOR_ICMP] == 3000 &&
	           r.flood_floor[VECTOR_FRAGMENT] == 3000 && r.flood_floor[VECTOR_UDP_AMPLIFIED] == 1000 &&
	           r.flood_floor[VECTOR_TCP_SYNACK] == 1000 && r.flood_floor[VECTOR_TCP_CONNECTION] == 300 &&
	           r.flood_floor[VECTOR_HTTP_SLOW] == 300 && r.flood_floor[VECTOR_HTTP_FLOOD] == 1500 &&
	           r.flood_floor[VECTOR_DNS_QUERY] == 0 && r.flood_floor[VECTOR_PORT] == 0,
	   "floors");
	ok(r.baseline_factor == 3 && r.baseline_history_us == DAY_US && r.baseline_trail_us == 7 * DAY_US &&
	           r.baseline_growth == 2,
	   "baseline");
	ok(r.carpet_assets == 8 && r.carpet_window_us == 15 * MINUTE_US && r.ddos_groups == 10 && r.merge_groups == 8 &&
	           r.reflector_percent == 90 && r.several_percent == 80 && r.seal_us == 2 * HOUR_US &&
	           r.late_us == 48 * HOUR_US && r.reached_us == 30 * SECOND_US,
	   "the others");
	bool ascending = r.amplifier_port_count > 20;
	for (uint32_t i = 1; i < r.amplifier_port_count; i++)
		ascending &= r.amplifier_port[i - 1] < r.amplifier_port[i];
	ok(ascending && counting_rule_amplifies(&r, 53) && counting_rule_amplifies(&r, 11211) &&
	           !counting_rule_amplifies(&r, 443),
	   "%u amplifier ports, ascending", r.amplifier_port_count);
}

/* A wrong text, where it must be found and a word of what is said. */
static void wrong(const char *text, uint32_t line, uint32_t column, const char *word)
{
	struct counting_rule r = { .name = "untouched" };
	struct rule_error e = { 0 };
	int err = rule_parse(text, strlen(text), &r, &e);

	ok(err < 0 && e.line == line && e.column == column && strstr(e.message, word) != NULL &&
	           strcmp(r.name, "untouched") == 0,
	   "%u:%u: %s", e.line, e.column, e.message);
}

static void mistakes(void)
{
	char *t = with("scan-targets 3\n", "");
	uint32_t end = line_of(t, "amplifier-port 47808") + 1;

	wrong(t, end, 1, "'scan-targets' is missing");
	wrong(with("gap scanner      24 h\n", ""), end, 1, "'gap scanner' is missing");
	wrong(with("floor icmp           3000\n", ""), end, 1, "'floor icmp' is missing");
	wrong(with("\nrule cr1\n", "\n"), end, 1, "'rule' is missing");
	t = with("scan-targets 3\n", "scan-targets 3\nscan-targets 4\n");
	wrong(t, line_of(t, "scan-targets 4"), 1, "twice");
	t = with("gap scanner      24 h\n", "gap scanner 24 h\n  gap scanner 24 h\n");
	wrong(t, line_of(t, "  gap scanner 24 h"), 3, "twice");
	t = with("floor dns-query      none", "floor dns-query none none");
	wrong(t, line_of(t, "dns-query none none"), 22, "too many");
	t = with("floor dns-query      none", "floor port 3");
	wrong(t, line_of(t, "floor port 3"), 7, "no vector");
	t = with("scan-targets 3\n", "scan-targets three\n");
	wrong(t, line_of(t, "scan-targets three"), 14, "not a whole number");
	t = with("scan-targets 3\n", "scan-targets 0\n");
	wrong(t, line_of(t, "scan-targets 0"), 14, "between 1");
	t = with("scan-targets 3\n", "scan-targets\n");
	wrong(t, line_of(t, "scan-targets\n"), 13, "needs 1 more");
	t = with("scan-window 10 min\n", "scan-window 10 hours\n");
	wrong(t, line_of(t, "scan-window 10 hours"), 16, "unit");
	t = with("scan-window 10 min\n", "scan-window 25 h\n");
	wrong(t, end + 1, 1, "shorter");
	t = with("reached-percent 50", "reached-percent 40");
	wrong(t, line_of(t, "reached-percent 40"), 17, "only as 50");
	t = with("unanswered 3 s", "unanswered 4 s");
	wrong(t, line_of(t, "unanswered 4 s"), 12, "only as");
	t = with("amplifier-port    19", "amplifier-port 17");
	wrong(t, line_of(t, "amplifier-port 17"), 16, "twice");
	t = with("rule cr1\n", "rule cr1\ncolour blue\n");
	wrong(t, line_of(t, "colour"), 1, "unknown setting 'colour'");
	wrong("rule cr1\x01", 1, 9, "unexpected byte 0x01");
	wrong("\r\n", 1, 1, "unexpected byte 0x0d");
	wrong("", 1, 1, "'rule' is missing");
}

static void grades(void)
{
	struct grade g;
	struct rule_error e;

	read_shipped("grade1");
	ok(grade_parse(shipped, shipped_n, &g, &e) == 0 && strncmp(g.text, "grade1@", 7) == 0, "etc/grade1 is a grade");
	const double weights[] = { .5, .3, .3, .2, .4, .5 };
	bool same = true;
	for (int i = 0; i < GRADE_PART_COUNT; i++)
		same &= g.weight[i] >= weights[i] - 1e-9 && g.weight[i] <= weights[i] + 1e-9;
	ok(same, "weights");
	ok(g.method[CLASS_SCANNER] < .11 && g.method[CLASS_BRUTE_FORCE] < .41 && g.method[CLASS_DOS] < .51 &&
	           g.method[CLASS_IDS_ALERT] < .51 && g.method[CLASS_DDOS] > .69 && g.method[CLASS_EXPLOIT] > .79,
	   "methods");
	static const struct {
		const char *line, *instead, *word;
	} bad[] = {
		{ "weight rate     0.5", "", "'weight rate' is missing" },
		{ "weight rate     0.5", "weight rate 0.55555", "four digits" },
		{ "weight rate     0.5", "weight rate 1.1", "four digits" },
		{ "weight rate     0.5", "weight rate .5", "fraction" },
		{ "weight rate     0.5", "weight rate 05", "fraction" },
		{ "weight rate     0.5", "weight rate 0.", "fraction" },
		{ "weight rate     0.5", "weight speed 0.5", "no part" },
		{ "method other       0", "method ddos 1", "twice" },
		{ "method other       0", "method spam 1", "no class" },
		{ "grade grade1", "grade a-b", "letters and digits" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *t = with(bad[i].line, bad[i].instead);
		ok(grade_parse(t, strlen(t), &g, &e) < 0 && strstr(e.message, bad[i].word) != NULL, "%u:%u: %s", e.line,
		   e.column, e.message);
	}
}

int main(void)
{
	values();
	mistakes();
	grades();
	return done();
}
