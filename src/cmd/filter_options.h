/* filter_options.h - --territory, --asset, --class, --severity, --outcome ...: which attacks a command speaks of. */
#pragma once

#include <argp.h>

#include "record/ledger.h"

/** Child parser; its input is a struct ledger_filter that began as LEDGER_FILTER_ALL. */
extern const struct argp filter_argp;
