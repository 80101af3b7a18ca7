#!/bin/sh
# memory.sh [BUILD]: does what `redoubt check --memory` prints really hold? Replays of hostile captures run in a memory cgroup of exactly that
# size, without swap. Exit status 1 when one is killed or fails, 77 when no cgroup can be made here (root is needed; v2 or v1).
set -eu
build=${1:-build}
here=$(cd "$(dirname "$0")" && pwd)
redoubt=$build/redoubt
tmp=$(mktemp -d)
group=

finish() {
	[ -z "$group" ] || rmdir "$group" 2>/dev/null || true
	rm -rf "$tmp"
}
trap finish EXIT

# Sets group and the names of its files. Groups with the memory controller are at different places in v1 and v2.
make_group() {
	for base in /sys/fs/cgroup /sys/fs/cgroup/memory; do
		[ -w "$base" ] || continue
		[ ! -f "$base/cgroup.subtree_control" ] || echo +memory >"$base/cgroup.subtree_control" 2>/dev/null || true
		mkdir "$base/redoubt-bench-$$" 2>/dev/null || continue
		group=$base/redoubt-bench-$$
		if [ -f "$group/memory.max" ]; then
			limit=memory.max peak=memory.peak swap=memory.swap.max
		elif [ -f "$group/memory.limit_in_bytes" ]; then
			limit=memory.limit_in_bytes peak=memory.max_usage_in_bytes swap=memory.swappiness
		else
			rmdir "$group"
			group=
			continue
		fi
		return 0
	done
	return 1
}

killed() {
	cat "$group/memory.events" "$group/memory.oom_control" 2>/dev/null | awk '$1 == "oom_kill" { print $2 }'
}

# What the program itself took, and the cgroup's peak, which counts the file cache as well.
replay() {
	status=0
	rm -rf "$tmp/data"
	sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$group" /usr/bin/env time -f '%M' -o "$tmp/kib" \
		"$redoubt" replay --quiet --data "$tmp/data" --home 192.0.2.0/24 "$2" || status=$?
	printf '%s: status %d, killed %s, program at most %d MiB, group at most %d MiB of %d\n' "$1" "$status" "$(killed)" \
		$(($(tail -1 "$tmp/kib") >> 10)) $(($(cat "$group/$peak" 2>/dev/null || echo 0) >> 20)) $((bound >> 20))
	[ "$status" -eq 0 ] && [ "$(killed)" -eq 0 ]
}

make_group || { echo "no memory cgroup can be made here" >&2; exit 77; }
command -v time >/dev/null || { echo "needs time(1)" >&2; exit 77; }
bound=$("$redoubt" check --memory --config "$here/memory.yaml")
echo "$bound" >"$group/$limit"
echo 0 >"$group/$swap" 2>/dev/null || true # there may be no swap at all
"$build/bench/forged_syns" "${FORGED:-10000000}" 1000000 >"$tmp/forged.pcap"
replay "forged SYNs" "$tmp/forged.pcap"
rm "$tmp/forged.pcap"
"$build/bench/hostile" "${HOSTILE:-4000000}" >"$tmp/hostile.pcap"
replay "hostile mix" "$tmp/hostile.pcap"
