#include "decide/common.h"

void common_place(struct common *c, const struct observation *obs, const char *attack_id)
{
	if (attack_id != NULL)
		c->counters.entered++;
	else
		c->counters.under_minimum++;
	if (c->sink.placed != NULL)
		c->sink.placed(c->sink.context, obs, attack_id);
}

enum attack_status common_status(const struct common *c, const struct address *source, int64_t time_us)
{
	const struct register_entry *entry = estate_registered(c->estate, source, time_us);

	return entry != NULL ? (enum attack_status)entry->status : STATUS_COUNTED;
}
