#!/bin/sh
# packages.sh [PACKAGE...] - install what redoubt needs to build, test and run its demo on Debian 12, and the packages named.
# Does nothing where all is there already.
set -eu
packages="build-essential meson ninja-build pkg-config python3 clang-format-14 libssl-dev libzstd-dev zlib1g-dev libyaml-dev
libmaxminddb-dev libsqlite3-dev libjansson-dev libseccomp-dev libcap-ng-dev libpcap-dev zstd ca-certificates"
missing=""
for p in $packages "$@"; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
sudo=""
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "redoubt needs these packages:$missing" >&2; exit 1; }
	sudo=sudo
fi
echo "installing:$missing"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
