#!/bin/sh
# clang-format 14 with the given options over all our sources: -i formats, --dry-run -Werror checks.
set -eu
cd "$(dirname "$0")/.."
find src tests bench -name '*.[ch]' -print0 | xargs -0 clang-format-14 "$@"
