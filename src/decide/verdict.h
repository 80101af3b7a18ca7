/* verdict.h - the last word on an attack: sources, path, class, outcome, grade, the asset shown. Internal. */
#pragma once

#include "decide/attack_table.h"

/** Make everything of open->attack final; the sources are listed and owned by it. */
void verdict_close(struct open_attack *open, struct common *common);
