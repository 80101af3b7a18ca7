#!/bin/sh
# Build with ASan+UBSan and with TSan, and run every test under each.
set -eu
cd "$(dirname "$0")/.."
meson setup build-asan -Db_sanitize=address,undefined -Dcheck_hot=true -Dbuildtype=debugoptimized -Db_lundef=false 2>/dev/null >/dev/null || true
ninja -C build-asan
ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 meson test -C build-asan --print-errorlogs --timeout-multiplier 8
meson setup build-tsan -Db_sanitize=thread -Dcheck_hot=true -Dbuildtype=debugoptimized -Db_lundef=false 2>/dev/null >/dev/null || true
ninja -C build-tsan
TSAN_OPTIONS=halt_on_error=1 meson test -C build-tsan --print-errorlogs --timeout-multiplier 8
