#include "publish/attacks.h"

#include "base/escape.h"
#include "base/utc.h"
#include "publish/statement.h"

/* The target is the last column: names are as long as people make them, and a cut one may be the wrong one. */
void attacks_text_head(const struct style *style, struct text *out)
{
	if (style->colour)
		text_add(out, "\x1b[1m");
	text_addf(out, "%-26s  %-16s  %-11s  %-13s  %-2s  %-8s  %1s  %3s  %s", "ID", "FIRST (UTC)", "CLASS", "PATH",
	          "AT", "OUTCOME", "S", "AGG", "TARGET");
	text_add(out, style->colour ? "\x1b[0m\n" : "\n");
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

	bool dim = style->colour && !statement_counts(record);
	utc_format_people(a->first_us, first);
	text_add(out, dim ? "\x1b[2m" : "");
	text_addf(out, "%-26s  %.16s  %-11s  %-13s  %-2s  %-8s  %u  %3u  ", a->id, first, attack_class_name(a->class),
	          path_status_name(a->path), statement_territory(record), outcome_name(a->outcome), a->severity,
	          a->aggressiveness.value);
	escape_addz(out, ESCAPE_TERMINAL, a->asset);
	if (mark(record)[0] != '\0')
		text_addf(out, " (%s)", mark(record));
	text_add(out, dim ? "\x1b[0m\n" : "\n");
}
