/* ledger_random.h - random but reproducible structs of the ledger, filled by their own description: a field that is added to
 * fields.def is tested without another line here. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/field.h"
#include "record/ledger.h"

static uint64_t random_state = 1;

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline uint64_t random_u64(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint64_t random_below(uint64_t n)
{
	return random_u64() % n;
}

static inline void random_text(char *to, size_t size)
{
	static const char *const parts[] = { "a", "Z", "'", "\"", "\t", " ", "%", "\xc3\xa4", "\xf0\x9f\x90\x9f",
		                             "/", "0" };
	size_t want = random_below(4) == 0 ? size - 1 : random_below(size), n = 0;

	memset(to, 0, size);
	for (;;) {
		const char *part = parts[random_below(sizeof(parts) / sizeof(parts[0]))];
		if (n + strlen(part) > want)
			break;
		memcpy(to + n, part, strlen(part));
		n += strlen(part);
	}
}

static inline void random_struct(const struct fields *fields, void *base)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->field[i];
		uint8_t *member = (uint8_t *)base + f->offset;
		double real = (double)random_below(1001) / 1000 * (random_below(4) ? 1 : 1.0 / 3);
		switch (f->kind) {
		case FIELD_TEXT:
			random_text((char *)member, f->size);
			break;
		case FIELD_WORD:
			field_set_uint(f, base, random_below(f->max));
			break;
		case FIELD_WORDS:
			field_set_uint(f, base, random_u64() & ((UINT64_C(1) << f->max) - 1));
			break;
		case FIELD_FLAG:
		case FIELD_UINT:
			field_set_uint(f, base,
			               f->max == INT64_MAX ? random_u64() >> (1 + random_below(63))
			                                   : random_below(f->max + 1));
			break;
		case FIELD_TIME:
			field_set_uint(f, base, random_u64() >> random_below(64));
			break;
		case FIELD_REAL:
			memcpy(member, &real, sizeof(real));
			break;
		case FIELD_ADDRESS:
			for (size_t j = 0; j < f->size; j++)
				member[j] = (uint8_t)random_u64();
			break;
		}
	}
}

/* A valid record of a day: id from the state, times inside the day. The caller frees it. */
static inline struct record random_record(int64_t day)
{
	struct record r = { 0 };
	uint8_t id[16];
	uint64_t a = random_u64(), b = random_u64();

	random_struct(&fields_attack, &r.attack);
	random_struct(&fields_record, &r);
	memcpy(id, &a, 8);
	memcpy(id + 8, &b, 8);
	crockford_format(id, r.attack.id);
	r.attack.first_us = day * INT64_C(86400000000) + (int64_t)random_below(UINT64_C(86400000000));
	r.attack.last_us = r.attack.first_us + (int64_t)random_below(UINT64_C(86400000000));
	if (random_below(2) == 0)
		r.attack.continues[0] = '\0';
	strcpy(r.attack.origin.territory, (const char *const[]){ "US", "DE", "GB", "ZZ" }[random_below(4)]);
	strcpy(r.attack.asset, (const char *const[]){ "bank", "bank/10.0.0.7", "bankrupt", "site" }[random_below(4)]);
	r.attack.sources_kept = random_below(3) == 0 ? random_below(40) : random_below(3);
	r.attack.sources = calloc(r.attack.sources_kept + 1, sizeof(*r.attack.sources));
	for (size_t i = 0; i < r.attack.sources_kept; i++) {
		random_struct(&fields_source, &r.attack.sources[i]);
		strcpy(r.attack.sources[i].origin.territory, "FR");
	}
	r.attack.targets_named_count = random_below(8) == 0 ? ATTACK_TARGETS_MAX : random_below(3);
	for (size_t i = 0; i < r.attack.targets_named_count; i++)
		random_text(r.attack.targets_named[i], ASSET_TEXT_MAX);
	return r;
}

static inline struct run_inputs random_run(const char *run, const char *capture)
{
	struct run_inputs inputs = { 0 };

	random_struct(&fields_run, &inputs);
	memset(inputs.run, 0, sizeof(inputs.run));
	memset(inputs.capture, 0, sizeof(inputs.capture));
	strcpy(inputs.run, run);
	strcpy(inputs.capture, capture);
	inputs.source_count = random_below(4);
	inputs.sources = calloc(inputs.source_count + 1, sizeof(*inputs.sources));
	for (size_t i = 0; i < inputs.source_count; i++)
		random_struct(&fields_input, &inputs.sources[i]);
	return inputs;
}

static inline bool same_attack(const struct attack *a, const struct attack *b)
{
	if (fields_compare(&fields_attack, a, b) != 0 || a->sources_kept != b->sources_kept ||
	    a->targets_named_count != b->targets_named_count)
		return false;
	for (size_t i = 0; i < a->sources_kept; i++)
		if (fields_compare(&fields_source, &a->sources[i], &b->sources[i]) != 0)
			return false;
	for (size_t i = 0; i < a->targets_named_count; i++)
		if (strcmp(a->targets_named[i], b->targets_named[i]) != 0)
			return false;
	return true;
}
