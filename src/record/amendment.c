#include "record/amendment.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "record/field.h"

static int severity_parse(const char *text)
{
	return text[0] >= '0' && text[0] <= '5' && text[1] == '\0' ? text[0] - '0' : -EINVAL;
}

/* "repelled" says that a kernel dropped the packets. Only its counters can say that, never a person. */
static int claimable_outcome_parse(const char *text)
{
	int outcome = outcome_parse(text);

	return outcome == OUTCOME_REPELLED ? -EINVAL : outcome;
}

/* What "amend FIELD VALUE" may change. Figures that can be recounted are not among them. */
static const struct {
	const char *field;
	int (*parse)(const char *text);
	size_t offset;
} amendable[] = {
	{ "severity", severity_parse, offsetof(struct record, attack.severity) },
	{ "class", attack_class_parse, offsetof(struct record, attack.class) },
	{ "outcome", claimable_outcome_parse, offsetof(struct record, attack.outcome) },
	{ "target-class", target_class_parse, offsetof(struct record, attack.target_class) },
	{ "status", attack_status_parse, offsetof(struct record, attack.status) },
};
enum { AMENDABLE = sizeof(amendable) / sizeof(amendable[0]) };

/* Index into amendable[], or -1; the value is known to fit. */
static int find_field(const struct amendment *amendment)
{
	for (int i = 0; i < AMENDABLE; i++)
		if (strcmp(amendable[i].field, amendment->field) == 0)
			return amendable[i].parse(amendment->value) >= 0 ? i : -1;
	return -1;
}

bool amendment_valid(const struct amendment *amendment)
{
	if (!fields_valid(&fields_amendment, amendment) || amendment->by[0] == '\0' || amendment->reason[0] == '\0')
		return false;
	if (strcmp(amendment->action, "amend") == 0)
		return find_field(amendment) >= 0;
	return (strcmp(amendment->action, "dismiss") == 0 || strcmp(amendment->action, "confirm") == 0) &&
	       amendment->field[0] == '\0' && amendment->value[0] == '\0';
}

void amendment_apply(const struct amendment *amendment, enum attack_status decided, struct record *record)
{
	if (strcmp(amendment->action, "dismiss") == 0) {
		record->attack.status = STATUS_DISMISSED;
		record->confirmed = false;
	} else if (strcmp(amendment->action, "confirm") == 0) {
		record->confirmed = true;
		if (record->attack.status == STATUS_DISMISSED)
			record->attack.status = (uint8_t)decided;
	} else {
		int i = find_field(amendment);
		check(i >= 0);
		((uint8_t *)record)[amendable[i].offset] = (uint8_t)amendable[i].parse(amendment->value);
		record->amended = true;
	}
}
