#!/bin/sh
# make bench: every program of this folder that compares, one after the other. The tables go to doc/performance.md by hand.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-build}
echo "== mixed traffic of the laboratory, multiplied"
python3 "$here/replay.py" "$build"
echo "== forged SYNs: each packet a conversation of its own"
python3 "$here/replay.py" "$build" --forged 5000000 --servers 192.0.2.0/24 --rounds 3
if [ -f "${REDOUBT_SHARED:-}/data/pcap/zeek/smb__smb2.pcap" ]; then
	echo "== other people's captures"
	python3 "$here/replay.py" "$build" --capture "$REDOUBT_SHARED/data/pcap/zeek/smb__smb2.pcap" --servers 10.0.0.0/8 --mib 300 --rounds 3
fi
echo "== the ledger beside the sqlite3 shell"
"$here/ledger.sh" "$build"
echo "== memory: hostile captures in a cgroup of the size redoubt check --memory prints"
"$here/memory.sh" "$build" || [ $? -eq 77 ]
