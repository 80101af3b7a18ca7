/* record.h - what the ledger keeps and publish/ reads: attacks with a person's word on them, coverage, and the inputs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/attack.h"
#include "model/rule.h"

enum { RECORD_REASON_MAX = 256, RECORD_NAME_MAX = 64, RECORD_TUNNEL_MAX = 32 };

/** What a named person said about an attack; appended, never overwritten. */
struct amendment {
	char id[ATTACK_ID_MAX];
	int64_t at_us; /* wall clock of the amendment */
	char by[RECORD_NAME_MAX];
	char action[12]; /* dismiss, confirm, amend */
	char field[24];  /* amend: which */
	char value[RECORD_NAME_MAX];
	char reason[RECORD_REASON_MAX];
};

/** One attack as it stands: the rule's verdict, then the amendments applied. */
struct record {
	struct attack attack; /* with amendments applied */
	bool confirmed;       /* by a named person: an incident, as is a reached one */
	bool amended;
	uint64_t evidence_count; /* slices */
	char evidence[65];       /* SHA-256 of its evidence slice, "" none */
	char observations_digest[65];
	char tunnel[RECORD_TUNNEL_MAX]; /* tunnels its packets came in, as far as evidence shows; "" none known */
	char run[27];                   /* the run that made it */
};

/** What one replay or one hour of a sensor could see. */
struct coverage {
	char run[27];
	char sensor[RECORD_NAME_MAX];
	int64_t hour_us; /* start of the UTC hour */
	uint64_t packets, bytes;
	uint64_t packets_in, packets_out; /* by the estate: a side of zero means one direction was not seen */
	uint64_t lost_packets;            /* dropped by capture, or behind damage */
	uint64_t lost_bytes;              /* of a damaged file */
	uint64_t flows;
	uint64_t evicted; /* flows dropped from a full table */
	uint64_t observations;
	uint64_t attacks_apart; /* flow events about nothing in the estate */
	int64_t seen_us;        /* time from the first to the last packet inside the hour */
};

/** Everything besides packets that the figures depend on. */
struct run_inputs {
	char run[27];     /* id of the run: Crockford base32 */
	int64_t at_us;    /* wall clock */
	int64_t ended_us; /* data time at the end of the run: what was open then is marked so */
	char program[32]; /* redoubt's version */
	char rule[RULE_TEXT_MAX];
	char grade[RULE_TEXT_MAX];
	char estate[65];
	char baseline[65];             /* "" none given */
	char capture[65];              /* SHA-256 over the digests of all inputs, in order */
	struct origin_source *sources; /* owned */
	size_t source_count;
};
