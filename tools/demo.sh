#!/bin/sh
# demo.sh BUILD - replay the bundled capture through everything, print the day's statement, write statement.html.
set -eu
build=${1:-build}
here=$(cd "$(dirname "$0")/.." && pwd)
demo=$here/tests/lab/demo
redoubt=$build/redoubt
data=$(mktemp -d "${TMPDIR:-/tmp}/redoubt-demo.XXXXXX")

"$redoubt" replay --data "$data" --config "$demo/redoubt.yaml" "$demo/capture.pcap.zst"
echo
"$redoubt" statement --data "$data" --config "$demo/redoubt.yaml"
"$redoubt" statement --data "$data" --config "$demo/redoubt.yaml" --format html > statement.html
echo
echo "The same as a page: statement.html. One attack in full: $redoubt show --data $data ID, with an ID of $redoubt attacks --data $data"
echo "Recount it from the sealed observations: $redoubt recount --data $data. Your own capture: $redoubt replay --home NET FILE.pcap"
