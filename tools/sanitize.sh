#!/bin/sh
# Build with ASan+UBSan and with TSan, and run every test under each. The first report of a sanitizer fails its test.
set -eu
cd "$(dirname "$0")/.."
export ASAN_OPTIONS=detect_leaks=1:halt_on_error=1:abort_on_error=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# ThreadSanitizer of GCC 12 cannot start where the kernel scatters addresses over more bits than it expects.
fixed=""
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ] && setarch -R true 2>/dev/null; then
	fixed="setarch -R"
fi

check() { # folder sanitizers
	{ test -f "$1/build.ninja" || meson setup "$1" -Db_sanitize="$2" -Dcheck_hot=true -Db_lundef=false; } &&
		ninja -C "$1" &&
		$fixed meson test -C "$1" --no-rebuild --print-errorlogs --timeout-multiplier 8
}

status=0
check build-asan address,undefined || status=1
check build-tsan thread || status=1
exit $status
