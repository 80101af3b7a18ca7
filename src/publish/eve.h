/* eve.h - attacks as EVE JSON lines (event_type "alert"), for everything that reads Suricata's output. */
#pragma once

#include "base/text.h"
#include "model/record.h"

/** Append one line for an attack. src_ip is there only where one confirmed address is the source: a claimed address is
 * never written. dest_ip only where the target is one address. Returns 0 or -ENOMEM. */
int eve_alert(const struct record *record, struct text *out);
