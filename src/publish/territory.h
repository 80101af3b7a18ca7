/* territory.h - names of territories, for people. Codes are what is counted; names only stand beside them. */
#pragma once

#include "base/text.h"

/** English name of an ISO 3166-1 alpha-2 code, or NULL. */
const char *territory_name(const char *code);

/** Append "DE (Germany)", or the code alone where it has no name. */
void territory_say(const char *code, struct text *out);
