/* publish_day.h - a day of fifteen records whose tables are added up by hand in test_statement.c. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "publish/statement.h"

enum { DAY = 20779 /* 2026-11-22 */, DAY_RECORDS = 15, DAY_HOURS = 23 };

struct day {
	struct record records[DAY_RECORDS];
	const struct record *pointers[DAY_RECORDS];
	struct attack_source sources[DAY_RECORDS][3];
	struct coverage coverage[DAY_HOURS];
	struct amendment amendments[2];
	struct origin_source databases[3];
	struct run_inputs run;
	struct statement_input input;
};

struct day_line {
	char id;
	uint8_t class;
	uint8_t group; /* enum vector_group */
	const char *asset;
	uint8_t target;
	uint8_t direction;
	uint8_t status;
	uint8_t path;
	const char *territory;
	uint8_t zz;
	uint8_t outcome;
	uint8_t severity;
	unsigned aggressiveness;
	int hour;
};

/* clang-format off */
static const struct day_line day_lines[DAY_RECORDS] = {
	{ 'A', CLASS_SCANNER,     VECTOR_GROUP_NONE,        "bank",   TARGET_BANK,           DIRECTION_IN,       STATUS_COUNTED,   PATH_SPOOFABLE, "ZZ", ZZ_SPOOFABLE, OUTCOME_REFUSED, 0, 10, 0 },
	{ 'B', CLASS_BRUTE_FORCE, VECTOR_GROUP_NONE,        "bank",   TARGET_BANK,           DIRECTION_IN,       STATUS_COUNTED,   PATH_CONFIRMED, "DE", ZZ_STATED,    OUTCOME_REFUSED, 2, 60, 1 },
	{ 'C', CLASS_BRUTE_FORCE, VECTOR_GROUP_NONE,        "bank",   TARGET_BANK,           DIRECTION_IN,       STATUS_COUNTED,   PATH_CONFIRMED, "DE", ZZ_STATED,    OUTCOME_REACHED, 4, 80, 1 },
	{ 'D', CLASS_BRUTE_FORCE, VECTOR_GROUP_NONE,        "site",   TARGET_GOVERNMENT_WEB, DIRECTION_IN,       STATUS_COUNTED,   PATH_PROXIED,   "DE", ZZ_STATED,    OUTCOME_REFUSED, 2, 55, 2 },
	{ 'E', CLASS_DDOS,        VECTOR_GROUP_NETWORK,     "site",   TARGET_GOVERNMENT_WEB, DIRECTION_IN,       STATUS_COUNTED,   PATH_SPOOFABLE, "ZZ", ZZ_SPOOFABLE, OUTCOME_UNKNOWN, 2, 90, 2 },
	{ 'F', CLASS_DDOS,        VECTOR_GROUP_NETWORK,     "site",   TARGET_GOVERNMENT_WEB, DIRECTION_IN,       STATUS_COUNTED,   PATH_REFLECTOR, "ZZ", ZZ_REFLECTOR, OUTCOME_UNKNOWN, 2, 85, 3 },
	{ 'G', CLASS_DOS,         VECTOR_GROUP_APPLICATION, "site",   TARGET_GOVERNMENT_WEB, DIRECTION_IN,       STATUS_COUNTED,   PATH_CONFIRMED, "US", ZZ_STATED,    OUTCOME_REACHED, 3, 70, 3 },
	{ 'H', CLASS_BRUTE_FORCE, VECTOR_GROUP_NONE,        "bank",   TARGET_BANK,           DIRECTION_IN,       STATUS_COUNTED,   PATH_PROXIED,   "ZZ", ZZ_TOR,       OUTCOME_REFUSED, 2, 50, 4 },
	{ 'I', CLASS_DDOS,        VECTOR_GROUP_APPLICATION, "site",   TARGET_GOVERNMENT_WEB, DIRECTION_IN,       STATUS_COUNTED,   PATH_CONFIRMED, "ZZ", ZZ_SEVERAL,   OUTCOME_UNKNOWN, 2, 75, 23 },
	{ 'J', CLASS_SCANNER,     VECTOR_GROUP_NONE,        "bank",   TARGET_BANK,           DIRECTION_IN,       STATUS_DISMISSED, PATH_SPOOFABLE, "ZZ", ZZ_SPOOFABLE, OUTCOME_UNKNOWN, 0, 99, 5 },
	{ 'K', CLASS_BRUTE_FORCE, VECTOR_GROUP_NONE,        "external/203.0.113.9", TARGET_UNCLASSED, DIRECTION_OUT, STATUS_COUNTED, PATH_CONFIRMED, "ZZ", ZZ_PRIVATE,   OUTCOME_REFUSED, 1, 40, 6 },
	{ 'L', CLASS_SCANNER,     VECTOR_GROUP_NONE,        "office", TARGET_OFFICE,         DIRECTION_INTERNAL, STATUS_COUNTED,   PATH_SPOOFABLE, "ZZ", ZZ_SPOOFABLE, OUTCOME_UNKNOWN, 0, 20, 7 },
	{ 'M', CLASS_SCANNER,     VECTOR_GROUP_NONE,        "bank",   TARGET_BANK,           DIRECTION_IN,       STATUS_OWN_TEST,  PATH_SPOOFABLE, "ZZ", ZZ_SPOOFABLE, OUTCOME_UNKNOWN, 0, 20, 8 },
	{ 'N', CLASS_SCANNER,     VECTOR_GROUP_NONE,        "bank",   TARGET_BANK,           DIRECTION_IN,       STATUS_COUNTED,   PATH_SPOOFABLE, "ZZ", ZZ_SPOOFABLE, OUTCOME_UNKNOWN, 0, 20, 24 },
	{ 'B', CLASS_BRUTE_FORCE, VECTOR_GROUP_NONE,        "bank",   TARGET_BANK,           DIRECTION_IN,       STATUS_COUNTED,   PATH_CONFIRMED, "DE", ZZ_STATED,    OUTCOME_REFUSED, 2, 60, 1 },
};
/* clang-format on */

static void day_id(char letter, char id[static ATTACK_ID_MAX])
{
	memset(id, '0', ATTACK_ID_MAX - 1);
	id[ATTACK_ID_MAX - 2] = letter;
	id[ATTACK_ID_MAX - 1] = '\0';
}

static void day_source(struct attack_source *s, const char *address, const char *territory, int path, uint64_t units)
{
	struct address a = { 0 };
	(void)address_parse(address, &a);
	*s = (struct attack_source){
		.group = prefix_of(&a, 128), .units = units, .observations = units, .path = (uint8_t)path
	};
	snprintf(s->origin.territory, sizeof(s->origin.territory), "%s", territory);
	s->origin.zz = strcmp(territory, "ZZ") == 0 ? ZZ_TOR : ZZ_STATED;
	s->origin.as_number = 64500;
	snprintf(s->origin.network, sizeof(s->origin.network), "Example Networks");
}

static void day_record(struct day *d, size_t i)
{
	const struct day_line *l = &day_lines[i];
	struct record *r = &d->records[i];
	struct attack *a = &r->attack;

	day_id(l->id, a->id);
	a->class = l->class;
	a->key.family = l->class == CLASS_SCANNER       ? FAMILY_SCANNER
	                : l->class == CLASS_BRUTE_FORCE ? FAMILY_BRUTE_FORCE
	                                                : FAMILY_AVAILABILITY;
	a->key.vector_group = l->group;
	a->key.service = l->class == CLASS_BRUTE_FORCE ? SERVICE_SSH : SERVICE_NONE;
	a->key.group_kind = l->class == CLASS_BRUTE_FORCE ? GROUP_ADDRESS : GROUP_ANY;
	a->key.direction = l->direction;
	a->vectors = 1u << (l->group == VECTOR_GROUP_NETWORK ? VECTOR_TCP_SYN : VECTOR_LOGIN);
	snprintf(a->asset, sizeof(a->asset), "%s", l->asset);
	a->target_class = l->target;
	a->status = l->status;
	a->path = l->path;
	snprintf(a->origin.territory, sizeof(a->origin.territory), "%s", l->territory);
	a->origin.zz = l->zz;
	a->outcome = l->outcome;
	a->severity = l->severity;
	a->aggressiveness = (struct aggressiveness){ .rate = .5, .method = .4, .value = l->aggressiveness };
	a->first_us = (int64_t)DAY * DAY_US + l->hour * HOUR_US;
	a->last_us = a->first_us + 10 * MINUTE_US;
	a->observations = a->units = 100;
	a->threshold = 10;
	a->sources_exact = true;
	a->sources = d->sources[i];
	snprintf(r->run, sizeof(r->run), "RUN%zu", i == 14 ? i : 1);
	memset(r->observations_digest, 'a', 64);
	d->pointers[i] = r;
}

static void day_keep(struct day *d, size_t i, size_t kept, uint64_t count)
{
	d->records[i].attack.sources_kept = kept;
	d->records[i].attack.source_count = count;
	d->records[i].attack.key.group = d->sources[i][0].group;
}

static void day_sources(struct day *d)
{
	day_source(&d->sources[1][0], "203.0.113.5", "DE", PATH_CONFIRMED, 40);
	day_keep(d, 1, 1, 1);
	day_source(&d->sources[2][0], "203.0.113.5", "DE", PATH_CONFIRMED, 30);
	day_source(&d->sources[2][1], "198.51.100.7", "DE", PATH_CONFIRMED, 20);
	day_keep(d, 2, 2, 2);
	day_source(&d->sources[3][0], "198.51.100.9", "DE", PATH_PROXIED, 15);
	day_keep(d, 3, 1, 1);
	day_source(&d->sources[6][0], "192.0.2.77", "US", PATH_CONFIRMED, 900);
	day_keep(d, 6, 1, 1);
	day_source(&d->sources[7][0], "198.18.0.1", "ZZ", PATH_PROXIED, 12);
	day_keep(d, 7, 1, 1);
	day_source(&d->sources[8][0], "198.51.100.7", "DE", PATH_CONFIRMED, 100);
	day_source(&d->sources[8][1], "192.0.2.78", "US", PATH_CONFIRMED, 100);
	day_source(&d->sources[8][2], "198.18.5.5", "GB", PATH_CONFIRMED, 100);
	day_keep(d, 8, 3, 5);
	day_source(&d->sources[10][0], "203.0.113.77", "FR", PATH_CONFIRMED, 5);
	day_keep(d, 10, 1, 1);
}

/* Hour 5 unseen; 6 loses 2 %; 7 one way; 8 seen for 53 min, 9 for 54; 10 loses exactly 1 %. */
static void day_coverage(struct day *d)
{
	for (int i = 0; i < DAY_HOURS; i++) {
		struct coverage *c = &d->coverage[i];
		int hour = i < 5 ? i : i + 1;
		*c = (struct coverage){ .hour_us = (int64_t)DAY * DAY_US + hour * HOUR_US,
			                .packets = hour == 6    ? 98
			                           : hour == 10 ? 99
			                                        : 100,
			                .lost_packets = hour == 6    ? 2
			                                : hour == 10 ? 1
			                                             : 0,
			                .packets_in = 60,
			                .packets_out = hour == 7 ? 0 : 39,
			                .attacks_apart = 1,
			                .seen_us = hour == 8   ? 53 * MINUTE_US
			                           : hour == 9 ? 54 * MINUTE_US
			                                       : HOUR_US };
		snprintf(c->sensor, sizeof(c->sensor), "sensor one");
	}
}

static void day_inputs(struct day *d)
{
	struct run_inputs *run = &d->run;

	snprintf(run->run, sizeof(run->run), "RUN1");
	snprintf(run->program, sizeof(run->program), "0.1.0");
	snprintf(run->rule, sizeof(run->rule), "cr1@%064d", 1);
	snprintf(run->grade, sizeof(run->grade), "grade1@%064d", 2);
	snprintf(run->estate, sizeof(run->estate), "%064d", 3);
	snprintf(run->capture, sizeof(run->capture), "%064d", 4);
	d->databases[0] = (struct origin_source){
		.kind = "country", .name = "geo-whois-asn-country", .date_us = (DAY - 60) * DAY_US, .entries = 1000
	};
	d->databases[1] =
	        (struct origin_source){ .kind = "asn", .name = "asn", .date_us = (DAY - 61) * DAY_US, .entries = 2000 };
	d->databases[2] = (struct origin_source){ .kind = "list", .name = "exits", .label = "tor", .entries = 3 };
	for (int i = 0; i < 3; i++)
		snprintf(d->databases[i].digest, 65, "%064d", 5 + i);
	run->sources = d->databases;
	run->source_count = 3;
}

static void day_init(struct day *d)
{
	*d = (struct day){ 0 };
	for (size_t i = 0; i < DAY_RECORDS; i++)
		day_record(d, i);
	day_id('Z', d->records[8].attack.continues);
	d->records[8].confirmed = true;
	d->records[9].amended = d->records[8].amended = true;
	day_sources(d);
	day_coverage(d);
	day_inputs(d);
	d->amendments[0] =
	        (struct amendment){ .at_us = 20, .by = "A. Auditor", .action = "dismiss", .reason = "a probe" };
	d->amendments[1] = (struct amendment){ .at_us = 10, .by = "A. Auditor", .action = "confirm", .reason = "seen" };
	day_id('J', d->amendments[0].id);
	day_id('I', d->amendments[1].id);
	d->input = (struct statement_input){ .from_day = DAY,
		                             .to_day = DAY,
		                             .estate = "Example Bank",
		                             .records = d->pointers,
		                             .record_count = DAY_RECORDS,
		                             .amendments = d->amendments,
		                             .amendment_count = 2,
		                             .coverage = d->coverage,
		                             .coverage_count = DAY_HOURS,
		                             .inputs = &d->run,
		                             .input_count = 1,
		                             .observations = 12345,
		                             .program = "0.1.0" };
}
