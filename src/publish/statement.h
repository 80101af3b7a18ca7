/* statement.h - the figures of a statement, computed from records by rules anyone can follow by hand.
 *
 * Counted in the headline: records whose first observation lies in the days asked for (UTC), status counted, direction
 * in; each attack id once. Every table but sources, left_out and directions holds exactly these attacks, so each adds
 * up to the headline, down and across. An attack whose path is spoofable or reflector is ZZ whatever its record says.
 * "At least" is due when any packet or byte was lost or any hour is in doubt. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/record.h"

enum {
	STATEMENT_TOP = 5,
	STATEMENT_DAYS_MAX = 366,
	STATEMENT_STALE_DAYS = 60,   /* a database further from the last day counted is said beside the figures */
	STATEMENT_SEEN_PERCENT = 90, /* an hour of which a sensor saw less counts as partly seen */
	STATEMENT_ESTATE_MAX = 128,
	STATEMENT_PROGRAM_MAX = 32,
	STATEMENT_NAME_MAX = ASSET_TEXT_MAX,
	STATEMENT_KIND_MAX = 12
};

/** The days with data that a statement was chosen from, as its last. */
struct statement_held {
	int64_t from_day, to_day;
	uint64_t days; /* 0: they were asked for, there is nothing to say */
};

struct statement_input {
	int64_t from_day, to_day; /* UTC days since 1970, both included */
	struct statement_held held;
	const char *estate;                  /* what is defended, for titles; NULL: the catalogue's word */
	const struct record *const *records; /* any days and any order; what lies outside the days is not counted */
	size_t record_count;
	const struct amendment *amendments; /* of any records */
	size_t amendment_count;
	const struct coverage *coverage; /* any hours */
	size_t coverage_count;
	const struct run_inputs *inputs; /* the runs that made the records and the coverage */
	size_t input_count;
	uint64_t observations; /* all that detectors found in these days, counted or not */
	const char *program;   /* version that makes the statement */
	int64_t now_us;        /* wall clock; 0: the statement says no time of its own and depends on data alone */
};

/** One row of a table: attacks, split in two ways; each split adds up to attacks. */
struct statement_row {
	char name[STATEMENT_NAME_MAX];
	uint64_t attacks;
	uint64_t path[PATH_COUNT];
	uint64_t outcome[OUTCOME_COUNT];
};

struct statement_table {
	struct statement_row
	        *rows; /* by attacks, most first, then name; ZZ last; severity and outcome in their own order */
	size_t count;
};

/** Source groups of a confirmed path, each once, however many attacks it took part in. */
struct statement_sources {
	char territory[3];
	uint64_t sources;
	uint64_t units; /* steps, failures, requests they sent */
};

enum statement_doubt {
	STATEMENT_UNSEEN = 1 << 0,   /* no sensor looked */
	STATEMENT_PARTLY = 1 << 1,   /* a sensor looked for less than STATEMENT_SEEN_PERCENT */
	STATEMENT_LOSSY = 1 << 2,    /* more than 1 % of the packets lost */
	STATEMENT_DAMAGED = 1 << 3,  /* bytes of a file could not be read */
	STATEMENT_ONE_WAY = 1 << 4,  /* packets of one direction only */
	STATEMENT_FULL = 1 << 5,     /* flows dropped from a full table */
	STATEMENT_NOT_OVER = 1 << 6, /* still running, or to come: what it will bring is not known */
	STATEMENT_DOUBTS = 7
};

/** One UTC hour: what was counted in it and what could be seen of it. */
struct statement_hour {
	int64_t hour_us;
	uint64_t attacks;
	uint64_t path[PATH_COUNT];
	int64_t seen_us, expected_us; /* over all sensors */
	uint64_t packets, bytes, packets_in, packets_out, lost_packets, lost_bytes, evicted, apart;
	unsigned doubt; /* enum statement_doubt, or-ed; 0: nothing to say */
};

/** Something the figures depend on. */
struct statement_source {
	char kind[STATEMENT_KIND_MAX]; /* rule, grade, estate, baseline, capture, program, country, asn, list */
	char name[SOURCE_NAME_MAX];    /* of a database or list; else "" */
	char label[12];                /* of a list */
	char digest[RULE_TEXT_MAX];    /* hash, rule text or version; "" none given */
	int64_t date_us;               /* of a database or list, 0 unknown */
	int64_t age_days;              /* from its date to the last day counted; negative: younger than the traffic */
	uint64_t entries;
	bool stale, undated;
};

struct statement {
	int64_t from_day, to_day, now_us;
	struct statement_held held;
	char estate[STATEMENT_ESTATE_MAX]; /* "" none given */
	char program[STATEMENT_PROGRAM_MAX];
	char rule[RULE_TEXT_MAX]; /* "" when none or several */
	unsigned rules;           /* distinct counting rules among the inputs */
	uint64_t records;         /* distinct attack ids in these days: counted in every direction, plus left out */
	uint64_t repeated;        /* records that repeat an id */

	/* The funnel. */
	uint64_t observations;
	uint64_t attacks; /* the headline */
	uint64_t continued;
	uint64_t incidents; /* reached, or confirmed by a person */
	uint64_t path[PATH_COUNT], outcome[OUTCOME_COUNT];
	uint64_t amended;
	bool at_least;

	/* Of the headline's attacks. */
	struct statement_table territories; /* "ZZ" where none is stated */
	struct statement_table zz_reasons;  /* the ZZ row taken apart */
	struct statement_table target_classes, assets, classes, vector_groups, severities, outcomes;
	struct statement_hour *hours;
	size_t hour_count;
	const struct record *top[STATEMENT_TOP]; /* most aggressive first; borrowed from the input */
	size_t top_count;

	/* Beside the headline. */
	struct statement_table directions; /* counted ones that go out, stay inside, or touch nothing of the estate */
	struct statement_table left_out;   /* by status */
	struct statement_sources *sources;
	size_t source_count;
	uint64_t sources_unnamed;     /* shares of attacks whose source groups were too many to keep by name */
	struct amendment *amendments; /* of records of these days, oldest first */
	size_t amendment_count;

	struct statement_hour coverage;      /* the sum over all hours; doubt: or of all */
	unsigned doubtful[STATEMENT_DOUBTS]; /* hours with doubt (1 << i) */
	unsigned sensors;
	bool not_sealed;                 /* now is before the last day's sealing, D+1 02:00 UTC */
	struct statement_source *inputs; /* by kind, name, digest; each once */
	size_t input_count;
	char inputs_digest[SHA256_TEXT_MAX]; /* SHA-256 over the inputs, see doc/statement.md */
};

/** Compute. On success the caller owns *ret_statement; the input's records must outlive it. Returns 0, -ENOMEM, or
 * -ERANGE when the days are reversed or more than STATEMENT_DAYS_MAX. */
int statement_build(const struct statement_input *input, struct statement *ret_statement);

/** Release; safe on a zeroed one. */
void statement_fini(struct statement *s);

/** The i-th outcome in the order the funnel shows them: repelled, refused, reached, unknown. */
enum outcome statement_outcome(size_t i);

/** True when the headline counts this record: status counted, direction in (the day is the caller's matter). */
bool statement_counts(const struct record *record);

/** True when a counted record is an incident: reached, or confirmed by a named person. */
bool statement_incident(const struct record *record);

/** Territory as published: the record's, but ZZ where the path can be forged or reflected. Static or in record. */
const char *statement_territory(const struct record *record);

/** Reason of ZZ as published, ZZ_STATED where a territory is stated. */
enum zz_reason statement_zz(const struct record *record);
