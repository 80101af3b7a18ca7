#!/bin/sh
# The laboratory's own tools, on Debian 12. Without root: says what to install.
set -e
packages="nmap hydra hping3 slowhttptest wrk nginx-light openssh-server openssh-client sshpass openssl tcpdump iproute2 procps zstd"
if [ "$(id -u)" != 0 ]; then
	echo "the laboratory needs root, and: $packages" >&2
	exit 77
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -q
# Services must not start: they run inside the laboratory's namespaces only.
policy=/usr/sbin/policy-rc.d
[ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod 755 "$policy"; trap 'rm -f "$policy"' EXIT; }
# shellcheck disable=SC2086
apt-get install -y --no-install-recommends $packages
