"""places.py - addresses of the laboratory: documentation and benchmark ranges only, and where the lab's databases put them."""
import functools
import ipaddress

COUNTRIES = ["US", "DE", "GB", "NL", "FR", "RU", "CN", "BR", "IN", "PL", "SE", "JP", "KR", "UA", "IT", "ES"]

ESTATE4, ESTATE6 = "192.0.2.0/24", "2001:db8:a000::/36"
ATTACKERS4, CLIENTS4 = "198.51.100.0/24", "203.0.113.0/24"
WORLD6 = "2001:db8:1000::/36"  # 2001:db8:1000+i::/48 is COUNTRIES[i]; attackers below :100::/64, clients from there
FORGED4, FORGED6 = "198.18.0.0/15", "2001:db8:f000::/36"

ASSETS = [  # name, class, title, owner, IPv4 /26, IPv6 /48
    ("bank", "bank", "Example Bank", "Example Bank plc", "192.0.2.0/26", "2001:db8:a001::/48"),
    ("site", "government-web", "Official web site", "Office of Examples", "192.0.2.64/26", "2001:db8:a002::/48"),
    ("clinic", "health", "Example Clinic", "Example Health", "192.0.2.128/26", "2001:db8:a003::/48"),
    ("portal", "education", "Example University", "Example University", "192.0.2.192/26", "2001:db8:a004::/48"),
]

# Special blocks of 198.51.100.0/24: what the databases and lists say of them.
VPN4, TOR4, UNKNOWN4, DISPUTED4 = "198.51.100.208/28", "198.51.100.224/28", "198.51.100.240/28", "198.51.100.192/28"


def block4(i):
    """The i-th /28 of the attackers' range belongs to COUNTRIES[i]."""
    return ipaddress.ip_network((int(ipaddress.ip_address("198.51.100.0")) + 16 * i, 28))


def geo_rows():
    """(prefix, country) of the first database, (prefix, country) of the second, (prefix, AS number, AS name)."""
    first, second, asn = [], [], []
    for i, country in enumerate(COUNTRIES):
        net6 = f"2001:db8:{0x1000 + i:x}::/48"
        client4 = ipaddress.ip_network((int(ipaddress.ip_address("203.0.113.0")) + 16 * i, 28))
        for prefix in (str(block4(i)), str(client4), net6):
            if prefix == UNKNOWN4:
                continue
            first.append((prefix, country))
            second.append((prefix, "AT" if prefix == DISPUTED4 else country))
            asn.append((prefix, 64496 + i % 15, f"Example Network {country}"))
    for prefix, country in ((FORGED4, "RU"), (FORGED6, "CN"), (ESTATE4, "SE"), (ESTATE6, "SE")):
        first.append((prefix, country))
        second.append((prefix, country))
    return first, second, asn


@functools.lru_cache(None)
def hosts(name):
    """Addresses of an asset: (first live, second live, [dead]) for IPv4 and for IPv6."""
    _, _, _, _, net4, net6 = next(a for a in ASSETS if a[0] == name)
    base4, base6 = (int(ipaddress.ip_network(n).network_address) for n in (net4, net6))
    four = [str(ipaddress.ip_address(base4 + k)) for k in range(10, 60)]
    six = [str(ipaddress.ip_address(base6 + 0x10 + k)) for k in range(50)]
    return {4: (four[0], four[1], four[2:]), 6: (six[0], six[1], six[2:])}


def forged_prefix(family, n):
    """The n-th forger's own range: a /20 of 198.18.0.0/15, a /48 of 2001:db8:f000::/36."""
    if family == 4:
        return str(ipaddress.ip_network((int(ipaddress.ip_address("198.18.0.0")) + (n << 12), 20)))
    return f"2001:db8:{0xf000 + n:x}::/48"
