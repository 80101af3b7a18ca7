/* amendment.h - a person's word on an attack: is it well formed, and what does it change. */
#pragma once

#include "model/record.h"

/** True for a known action with a name and a reason, and for "amend" a known field with a value it can take. */
bool amendment_valid(const struct amendment *amendment);

/** Let a valid amendment change what stands. decided is the status by the rule: a lifted dismissal returns to it. */
void amendment_apply(const struct amendment *amendment, enum attack_status decided, struct record *record);
