#!/usr/bin/env python3
"""All campaigns of crash safety, the API asked by a stranger's program, what the time of an answer tells, a storm of log-ins and a flood at the door, in the short form of `make test` or at full size. Figures come at the end, one a line.

With HUIYIN_TEST_POSTGRES (scripts/with-postgres.sh) those on PostgreSQL run too; without it they are a fault.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from pathlib import Path

GATE = 18934
SERVER = os.environ.get("HUIYIN_TEST_POSTGRES", "")
# Name, program, its short form (None: it has none), its full size.
CAMPAIGNS = [
    ("kill_sqlite", "kill.py", "--rounds 4 --longest 0.7", "--rounds 200"),
    ("kill_postgres", f"kill.py --database {SERVER}", "--rounds 2 --longest 0.5", "--rounds 200"),
    ("kill_postmaster", f"kill.py --database {SERVER} --victim postmaster", "--rounds 2 --longest 0.5", "--rounds 50"),
    ("powercut", "powercut.py", "--images 120", "--submissions 500 --images 6000 --verify 1000"),
    ("faults", "faults.py", "--each 2", "--each 200 --stride 3"),
    ("full", "full.py", "--rounds 2", "--rounds 10"),
    ("flips", "flips.py", "--flips 60 --copies 5", "--flips 2000 --copies 100"),
    ("keys_sqlite", "keys.py", "--writers 8 --rotations 2", "--writers 50 --rotations 20"),
    ("keys_postgres", f"keys.py --database {SERVER}", "--writers 8 --rotations 2", "--writers 50 --rotations 20"),
    ("uploads", "uploads.py", "--uploads 20 --megabytes 0.5", "--uploads 200 --megabytes 25"),
    ("receipts", "receipts.py", "--receipts 20 --mutated 2", "--receipts 1000 --mutated 20"),
    ("api", "api.py", None, "--examples 200"),
    ("timing", "timing.py", None, "--requests 10000"),
    ("logins", "logins.py", "--intake 60", "--rate 200 --seconds 60"),
    ("flood", "flood.py", "", "--sources 500 --per-minute 10000 --seconds 300 --honest 20 --each 5 --burst 5 --patient 1"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("size", choices=["short", "full"])
    parser.add_argument("--seed", type=int, help="of every campaign; without it the short form has one of its own, the full size draws one")
    parser.add_argument("--only", nargs="+", choices=[name for name, *_ in CAMPAIGNS], help="some of them")
    chosen = parser.parse_args()
    if chosen.seed is None:
        # The gate asks the same every time; new seeds are the soak's.
        chosen.seed = GATE if chosen.size == "short" else random.SystemRandom().randrange(10 ** 6)
    figures, failed = [], []
    for name, program, short, full in CAMPAIGNS:
        size = short if chosen.size == "short" else full
        if size is None or chosen.only and name not in chosen.only:
            continue
        words = f"{program} --name {name} --seed {chosen.seed} {size}".split()
        print(f"--- soak/{' '.join(words)}", file=sys.stderr, flush=True)
        if "--database --" in " ".join(words):
            print(f"{name}: HUIYIN_TEST_POSTGRES is not set; run under scripts/with-postgres.sh", file=sys.stderr)
            failed.append(name)
            continue
        began = time.monotonic()
        done = subprocess.run([sys.executable, Path(__file__).parent / words[0], *words[1:]], stdout=subprocess.PIPE, text=True)
        figures += [*done.stdout.splitlines(), f"{name}.seconds={time.monotonic() - began:.0f}"]
        if done.returncode:
            failed.append(name)
    print("\n".join(figures), flush=True)
    if failed:
        sys.exit(f"not kept: {', '.join(failed)}")


if __name__ == "__main__":
    main()
