#!/bin/sh
# fuzz.sh [SECONDS] [TARGET...] - build the fuzz targets (clang, libFuzzer, ASan, UBSan; the libraries instrumented too) and run
# each for so long (default 60 s, all targets), JOBS at once (default 2). What they learn stays in build-fuzz/corpus/, what they
# find in build-fuzz/found/; the seeds in tests/fuzz/seed/ are read, never written. One line a target; status 1 with a finding.
set -eu
cd "$(dirname "$0")/.."
build=build-fuzz

longest() { # the longest input worth trying
	case $1 in pcapfile) echo 65536 ;; rule) echo 16384 ;; *) echo 4096 ;; esac
}

run_one() { # seconds target
	log=$build/log/$2.txt found=$build/found/$2
	mkdir -p $build/corpus/"$2" $build/log "$found"
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	LSAN_OPTIONS=suppressions=tests/fuzz/leaks:print_suppressions=0 \
		$build/tests/fuzz/fuzz_"$2" -max_total_time="$1" -max_len="$(longest "$2")" -timeout=20 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$found/" $build/corpus/"$2" tests/fuzz/seed/"$2" >"$log" 2>&1 || true
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	points=$(sed -n 's/.*Loaded 1 modules *(\([0-9]*\) inline.*/\1/p' "$log")
	printf '%-18s %6s s %12s executions %6s of %6s edges  %s findings\n' "$2" "$1" "${executions:-0}" "${covered:-0}" \
		"${points:-0}" "$(find "$found" -type f | wc -l)"
}

if [ "${1:-}" = --one ]; then
	run_one "$2" "$3"
	exit
fi
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(ls tests/fuzz/fuzz_*.c | sed 's,.*/fuzz_\(.*\)\.c,\1,')

tools/packages.sh clang libclang-rt-14-dev
test -f $build/build.ninja ||
	CC=clang meson setup $build -Dfuzz=true -Db_sanitize=address,undefined -Dcheck_hot=true -Db_lundef=false
ninja -C $build $(printf 'tests/fuzz/fuzz_%s ' "$@")
printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-2}" tools/fuzz.sh --one "$seconds"
[ -z "$(find $build/found -type f)" ] || { echo "findings: $build/found/" >&2; exit 1; }
