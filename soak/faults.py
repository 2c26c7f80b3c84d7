#!/usr/bin/env python3
"""CRASH-3: injected I/O errors. No false acknowledgement; after a failed write or fsync the process ends within a second.

strace lets the N-th call on one file of the database, or on the segment of the intake journal, fail, for N = 1, 2, …,
while people submit. A kernel that failed an
fsync once may have dropped the pages, so nothing that happens afterwards can be trusted: the process must end, and the
next start reads what is really on the disk. A full disk may also be refused and outlived. Calls on the database file
itself are those of checkpoints, which long texts bring about.
"""

import random
import re
import shutil
import subprocess
import time

from campaign import Campaign, options, say
from office import Client, Crowd, Ended, Office, endless
from trace import finished, strace

WRITES, SYNCS = "pwrite64,pwritev,write,writev", "fsync,fdatasync"
SEGMENT = "segment"  # The file of the journal that is being written; it has another name every time.
# Name, file, calls, error, and whether the process must end.
KINDS = [("log_sync", "office.sqlite3-wal", SYNCS, "EIO", True), ("log_write", "office.sqlite3-wal", WRITES, "EIO", True),
         ("log_full", "office.sqlite3-wal", WRITES, "ENOSPC", False), ("file_sync", "office.sqlite3", SYNCS, "EIO", True),
         ("file_write", "office.sqlite3", WRITES, "EIO", True), ("file_full", "office.sqlite3", WRITES, "ENOSPC", False),
         ("journal_name", "journal", SYNCS, "EIO", True), ("journal_sync", SEGMENT, SYNCS, "EIO", True),
         ("journal_write", SEGMENT, WRITES, "EIO", True), ("journal_full", SEGMENT, WRITES, "ENOSPC", False)]
PATIENCE = 20
LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$", re.MULTILINE)


def begin(office, record, kind, n, first):
    """Serves with the N-th call failing. A segment has its name once something was written: there strace comes later, so
    that a first petition, `first`, is acknowledged before. Returns whether it was."""
    _, file, calls, error, _ = kind
    inject = ["-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={n}"]
    if file != SEGMENT:
        office.start(strace(record, "-s", "0", "-P", str(office.folder / file), *inject))
        return {}
    office.start()
    status, answer = Client(office).submit(first)
    segment, = (office.folder / "journal").iterdir()
    said = record.with_suffix(".said")
    with open(said, "wb") as errors:
        subprocess.Popen(["strace", "-f", "-y", "-xx", "-ttt", "-s", "0", "-o", str(record), "-P", str(segment), *inject,
                          "-p", str(office.process.pid)], stderr=errors)
    until = time.monotonic() + PATIENCE
    while b"attached" not in said.read_bytes():
        if time.monotonic() > until:
            raise SystemExit(f"faults.py: strace could not be attached: {said.read_text()}")
        time.sleep(0.01)
    return {first: (answer["number"], answer["code"])} if status == 201 else {}


def run(office, record, kind, n, tokens):
    """Submits with one call failing. Returns who submitted, when it failed, and when and how the process ended by itself."""
    must_end = kind[4]
    crowd = Crowd(office, tokens)
    until, failed_by, code = time.monotonic() + PATIENCE, None, None
    try:
        crowd.acked |= begin(office, record, kind, n, next(tokens))
        crowd.start(8)
        while office.process.poll() is None and time.monotonic() < until:
            if failed_by is None and "(INJECTED)" in record.read_text():
                failed_by = time.monotonic()
                until = failed_by + (1.5 if must_end else 0.5)
            time.sleep(0.02)
        code = office.process.poll()
    except Ended as ended:
        code = ended.args[0]
    office.end()
    crowd.stop()
    lines = LINE.findall("\n".join(finished(record, office.process.pid)))
    failed = [float(when) for _, when, what in lines if what.endswith("(INJECTED)")]
    ended = [float(when) for thread, when, what in lines if what.startswith("+++") and int(thread) == office.process.pid]
    return crowd, failed[0] if failed else None, ended[-1], code


def main():
    parser = options(__doc__)
    parser.add_argument("--each", type=int, default=6, help="calls of each kind that fail; full size: 200")
    parser.add_argument("--only", choices=[kind[0] for kind in KINDS], help="one kind")
    parser.add_argument("--stride", type=int, default=7, help="random steps of N, 1 to this")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with Campaign(chosen) as campaign:
        # Killed, so that its write-ahead log is there at the next start.
        base = Office(campaign.folder / "base", chosen.binary)
        base.start(first=True)
        base.end()
        n_runs, n_acked, n_refused, slowest = 0, 0, 0, 0.0
        for kind in KINDS:
            name, n, missed, alive, false = kind[0], 0, 0, 0, 0
            length = "long" if kind[1] == "office.sqlite3" else "any"
            if chosen.only not in (None, name):
                continue
            for _ in range(chosen.each):
                n += rng.randint(1, chosen.stride) if kind[2] == WRITES else 1
                office = Office(campaign.folder / f"{name}-{n}", chosen.binary)
                for file in base.folder.glob("office.sqlite3*"):
                    shutil.copy(file, office.folder)
                shutil.copytree(base.folder / "keys", office.folder / "keys")
                (office.folder / "office.sqlite3-shm").unlink(missing_ok=True)
                crowd, failed, ended, code = run(office, campaign.folder / f"{name}-{n}.trace", kind, n,
                                                 endless(f"{chosen.seed}-{name}-{n}-{length}"))
                if failed is None:
                    missed += 1
                    break  # A later one would not be reached either.
                n_runs, n_acked, n_refused = n_runs + 1, n_acked + len(crowd.acked), n_refused + len(crowd.refused)
                if kind[4] and code is None:
                    alive += 1
                elif kind[4]:
                    slowest = max(slowest, ended - failed)
                    if code < 1 or ended - failed > 1:
                        campaign.fault(f"{name} {n}: ended with {code} after {ended - failed:.3f} s")
                office.start()
                wrong = office.faults(crowd.acked, crowd.doubt | crowd.refused.keys(), crowd.acked.keys())
                office.close()
                false += bool(wrong)
                campaign.fault(*(f"{name} {n}: {words}" for words in wrong))
                shutil.rmtree(office.folder)
            if alive:
                campaign.fault(f"{name}: {alive} of {chosen.each} times the process was still there 1.5 s after the error")
            if n == 1 and missed:
                campaign.fault(f"{name}: no such call was made")
            campaign.figures |= {f"{name}_last": n, f"{name}_alive": alive, f"{name}_false": false}
            say(f"{name}: up to call {n}; {alive} times still alive, {false} times something wrong")
        campaign.figures |= {"calls_failed": n_runs, "acknowledged": n_acked, "refused": n_refused, "slowest_end_s": slowest}


if __name__ == "__main__":
    main()
