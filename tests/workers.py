"""workers.py REDOUBT DEMO - the bundled capture through the built program with 1, 2 and 4 workers: the same attacks, byte for
byte. Under ThreadSanitizer this is the test in which all threads of the whole path run at once."""
import re
import subprocess
import sys

# A run's own name is no part of the attack.
RUN = re.compile(rb',"run":"[0-9A-Z]+"')


def attacks(program, demo, workers):
    command = [program, "replay", "--quiet", "--memory-ledger", "--config", f"{demo}/redoubt.yaml", "--workers", str(workers),
               "--eve", "-", f"{demo}/capture.pcap.zst"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.stderr.write(done.stderr.decode(errors="replace"))
    return done.returncode, RUN.sub(b"", done.stdout)


def main(program, demo):
    status, alone = attacks(program, demo, 1)
    checks = [(status == 0, "one worker replays the capture"), (alone.count(b"\n") > 5, "it finds attacks")]
    for workers in (2, 4):
        status, together = attacks(program, demo, workers)
        checks.append((status == 0, f"{workers} workers replay the capture"))
        checks.append((together == alone, f"{workers} workers find the same attacks as one"))
    print(f"1..{len(checks)}")
    for n, (good, what) in enumerate(checks, 1):
        print(f"{'ok' if good else 'not ok'} {n} - {what}")
    return 0


sys.exit(main(*sys.argv[1:]))
