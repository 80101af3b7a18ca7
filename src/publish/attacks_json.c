#include "publish/attacks.h"
#include "publish/record_json.h"

int attacks_json(const struct record *record, struct text *out)
{
	struct json_maker m = { 0 };

	return json_maker_end(&m, record_json(&m, record), false, out);
}
