#include "publish/attacks.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/utc.h"
#include "publish/grid.h"
#include "publish/statement.h"

/* Columns of everything but the target: id 26, first 16, class, path, territory, outcome, severity, aggressiveness. */
enum { FIXED = 26 + 2 + 16 + 2 + 11 + 2 + 2 + 13 + 2 + 2 + 2 + 8 + 2 + 1 + 2 + 3, TARGET_MIN = 8 };

static unsigned target_width(const struct style *style)
{
	unsigned width = grid_width(style);

	return width > FIXED + TARGET_MIN ? width - FIXED : TARGET_MIN;
}

static void add_cut(struct text *out, const char *raw, size_t width)
{
	struct text cell = { 0 };

	escape_addz(&cell, ESCAPE_TERMINAL, raw);
	size_t n = 0, len = 0;
	const char *p = text_get(&cell);
	while (len < cell.len) {
		uint32_t code;
		size_t step = escape_utf8_next((const uint8_t *)p + len, cell.len - len, &code);
		char one[8] = "";
		memcpy(one, p + len, step);
		if (n + escape_columns(one) > width)
			break;
		n += escape_columns(one);
		len += step;
	}
	text_add_bytes(out, p, len);
	text_addf(out, "%*s", (int)(width - n), "");
	out->failed |= cell.failed;
	text_fini(&cell);
}

void attacks_text_head(const struct style *style, struct text *out)
{
	text_addf(out, "%-26s  %-16s  %-11s  %-*s  %-13s  %-2s  %-8s  %1s  %3s\n", "ID", "FIRST (UTC)", "CLASS",
	          (int)target_width(style), "TARGET", "PATH", "AT", "OUTCOME", "S", "AGG");
}

/* A mark for what the headline does not count: its direction or its status. */
static const char *mark(const struct record *record)
{
	const struct attack *a = &record->attack;

	if (a->status != STATUS_COUNTED)
		return attack_status_name(a->status);
	return a->key.direction != DIRECTION_IN ? direction_name(a->key.direction) : "";
}

void attacks_text(const struct record *record, const struct style *style, struct text *out)
{
	const struct attack *a = &record->attack;
	char first[UTC_TEXT_MAX];

	utc_format_people(a->first_us, first);
	text_addf(out, "%-26s  %.16s  %-11s  ", a->id, first, attack_class_name(a->class));
	add_cut(out, a->asset, target_width(style));
	text_addf(out, "  %-13s  %-2s  %-8s  %u  %3u", path_status_name(a->path), statement_territory(record),
	          outcome_name(a->outcome), a->severity, a->aggressiveness.value);
	if (mark(record)[0] != '\0')
		text_addf(out, "  %s", mark(record));
	text_add(out, "\n");
}
