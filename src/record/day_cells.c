#include "record/day_cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "record/field.h"

void day_cells_fini(struct day_cells *cells)
{
	free(cells->cells);
	free(cells->used);
	*cells = (struct day_cells){ 0 };
}

void day_cells_reset(struct day_cells *cells)
{
	if (cells->size > 0)
		memset(cells->used, 0, cells->size * sizeof(*cells->used));
	cells->count = 0;
}

struct day_total day_total_of(const struct record *record)
{
	const struct attack *a = &record->attack;
	struct day_total t = { .day = utc_day(a->first_us),
		               .direction = a->key.direction,
		               .status = a->status,
		               .class = a->class,
		               .path = a->path,
		               .zz = a->origin.zz,
		               .target_class = a->target_class,
		               .outcome = a->outcome,
		               .severity = a->severity,
		               .continued = a->continues[0] != '\0',
		               .confirmed = record->confirmed,
		               .attacks = 1,
		               .observations = a->observations };

	memcpy(t.territory, a->origin.territory, sizeof(t.territory));
	return t;
}

/* FNV-1a over words of our own: nothing here is an attacker's choice but the day and a few enumerations. */
static size_t hash_of(const struct day_total *t)
{
	const uint8_t words[] = { t->direction,
		                  t->status,
		                  t->class,
		                  t->path,
		                  t->zz,
		                  t->target_class,
		                  t->outcome,
		                  t->severity,
		                  t->continued,
		                  t->confirmed,
		                  (uint8_t)t->territory[0],
		                  (uint8_t)t->territory[1] };
	uint64_t h = 0xcbf29ce484222325 ^ (uint64_t)t->day;

	for (size_t i = 0; i < sizeof(words); i++)
		h = (h ^ words[i]) * 0x100000001b3;
	return (size_t)(h ^ h >> 32);
}

/* Where the cell is, or would be. There is always a free place. */
static size_t find(const struct day_cells *cells, const struct day_total *t)
{
	size_t mask = cells->size - 1, i = hash_of(t) & mask;

	while (cells->used[i] && fields_compare(&fields_day_total, &cells->cells[i], t) != 0)
		i = (i + 1) & mask;
	return i;
}

static int grow(struct day_cells *cells)
{
	struct day_cells larger = { .size = cells->size == 0 ? 256 : 2 * cells->size, .count = cells->count };

	larger.cells = calloc(larger.size, sizeof(*larger.cells));
	larger.used = calloc(larger.size, sizeof(*larger.used));
	if (larger.cells == NULL || larger.used == NULL) {
		day_cells_fini(&larger);
		return -ENOMEM;
	}
	for (size_t i = 0; i < cells->size; i++) {
		if (!cells->used[i])
			continue;
		size_t to = find(&larger, &cells->cells[i]);
		larger.cells[to] = cells->cells[i];
		larger.used[to] = true;
	}
	day_cells_fini(cells);
	*cells = larger;
	return 0;
}

int day_cells_add(struct day_cells *cells, const struct day_total *total, int sign)
{
	if (2 * (cells->count + 1) > cells->size && grow(cells) < 0)
		return -ENOMEM;
	size_t i = find(cells, total);
	if (!cells->used[i]) {
		cells->cells[i] = *total;
		cells->cells[i].attacks = cells->cells[i].observations = 0;
		cells->used[i] = true;
		cells->count++;
	}
	cells->cells[i].attacks += sign < 0 ? -total->attacks : total->attacks;
	cells->cells[i].observations += sign < 0 ? -total->observations : total->observations;
	return 0;
}

static int compare_cells(const void *a, const void *b)
{
	return fields_compare(&fields_day_total, a, b);
}

int day_cells_each(const struct day_cells *cells, int64_t from_day, int64_t to_day, ledger_day_total_fn *each,
                   void *context)
{
	CLEANUP(freep) struct day_total *sorted = calloc(cells->count + 1, sizeof(*sorted));
	size_t n = 0;
	int ret = 0;

	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < cells->size; i++)
		if (cells->used[i] && (cells->cells[i].attacks != 0 || cells->cells[i].observations != 0) &&
		    cells->cells[i].day >= from_day && cells->cells[i].day <= to_day)
			sorted[n++] = cells->cells[i];
	qsort(sorted, n, sizeof(*sorted), compare_cells);
	for (size_t i = 0; i < n && ret == 0; i++)
		ret = each(context, &sorted[i]);
	return ret;
}
