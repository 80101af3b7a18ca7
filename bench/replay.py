#!/usr/bin/env python3
"""Replay against a bare libpcap loop (and Suricata without rules, where installed): CPU time in turn, medians and ratios.

usage: replay.py BUILD [--rounds N] [--mib N] [--capture FILE --servers NETS]
The capture (default: the one `make demo` reads) is multiplied with shifted clients until it is as large as asked, in a temporary folder. Each round runs
every side once, so that a drifting machine hits all alike. CPU seconds are user + system of the child; memory its peak RSS.
"""
import argparse, os, pathlib, resource, shutil, statistics, subprocess, sys, tempfile

here = pathlib.Path(__file__).resolve().parent
p = argparse.ArgumentParser()
p.add_argument('build')
p.add_argument('--rounds', type=int, default=5)
p.add_argument('--mib', type=int, default=500)
p.add_argument('--capture')
p.add_argument('--servers', default='192.0.2.0/24,2001:db8:a001::/48,2001:db8:a002::/48,2001:db8:a003::/48,2001:db8:a004::/48')
p.add_argument('--forged', type=int, default=0, metavar='N', help='instead: N forged SYNs, each a conversation of its own')
a = p.parse_args()
build = pathlib.Path(a.build).resolve()


def measure(argv):
    """CPU seconds and peak MiB of one child."""
    pid = os.fork()
    if pid == 0:
        null = os.open('/dev/null', os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvp(argv[0], argv)
    _, status, used = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f'{argv[0]} failed: {os.waitstatus_to_exitcode(status)}')
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def default_capture():
    found = sorted((here.parent / 'tests/lab/demo').glob('*.pcap.zst'))
    if not found:
        sys.exit('no bundled capture: give --capture')
    return found[0]


with tempfile.TemporaryDirectory() as tmp:
    big = os.path.join(tmp, 'big.pcap')
    with open(big, 'wb') as out:
        if a.forged:
            subprocess.run([build / 'bench/forged_syns', str(a.forged), '1000000'], stdout=out, check=True)
        else:
            capture = a.capture or default_capture()
            one = subprocess.run([build / 'bench/multiply', capture, '1', a.servers], stdout=subprocess.PIPE, check=True)
            copies = max(1, -(-a.mib * 1048576 // len(one.stdout)))
            subprocess.run([build / 'bench/multiply', capture, str(copies), a.servers], stdout=out, check=True)
    counted = subprocess.run([build / 'bench/libpcap_loop', big], capture_output=True, text=True, check=True).stdout
    packets = int(counted.split()[0])
    print(f'{os.path.getsize(big) / 1048576:.0f} MiB, {packets} packets, {a.rounds} rounds')
    sides = {'libpcap, nothing done': [str(build / 'bench/libpcap_loop'), big],
             'redoubt replay': [str(build / 'redoubt'), 'replay', '--memory-ledger', '--quiet', '--home', a.servers, big]}
    if shutil.which('suricata'):
        logs = os.path.join(tmp, 'suricata')
        os.mkdir(logs)
        sides['suricata, no rules'] = ['suricata', '-r', big, '-l', logs, '-S', '/dev/null', '-k', 'none', '--runmode', 'single',
                                       '--set', 'outputs.0.fast.enabled=no', '--set', 'outputs.1.eve-log.enabled=no', '--set', 'stats.enabled=no']
    runs = {name: [] for name in sides}
    for _ in range(a.rounds):
        for name, argv in sides.items():
            runs[name].append(measure(argv))
    base = statistics.median(cpu for cpu, _ in runs['libpcap, nothing done'])
    print(f'{"":24} {"CPU s":>8} {"ns/packet":>10} {"Mpackets/CPU s":>15} {"x libpcap":>10} {"peak MiB":>9}')
    for name, values in runs.items():
        cpu = statistics.median(c for c, _ in values)
        peak = max(m for _, m in values)
        print(f'{name:24} {cpu:8.2f} {cpu / packets * 1e9:10.0f} {packets / cpu / 1e6:15.2f} {cpu / base:10.2f} {peak:9.0f}')
