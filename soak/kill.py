#!/usr/bin/env python3
"""CRASH-1: kill -9 under load; every acknowledged petition is there afterwards, none twice.

Each round: people submit, the process is killed after 50 to 2000 ms, it starts again, `huiyin verify` is content and
every petition of the round, sent again, is answered with the number it had. At the end all petitions of all rounds are.
"""

import os
import random
import shlex
import signal
import subprocess
import time
from pathlib import Path

from campaign import Campaign, options, say
from office import Client, Crowd, Office, endless


def restart_postmaster(server, office):
    """Kills the PostgreSQL server of `scripts/with-postgres.sh` with -9 and starts it again as it was started."""
    data = Path(office.psql("show data_directory", "postgres").strip())
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    command = shlex.split((data / "postmaster.opts").read_text())
    owner = data.stat()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        # It refuses while processes of the one before still end.
        with open(data.parent / "log", "ab") as log:
            started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=data.parent,
                                       start_new_session=True, user=owner.st_uid if os.getuid() == 0 else None,
                                       group=owner.st_gid if os.getuid() == 0 else None,
                                       extra_groups=[] if os.getuid() == 0 else None)
        while started.poll() is None and time.monotonic() < until:
            if not subprocess.run(["psql", "-qAt", f"{server}/postgres", "-c", "select 1"], capture_output=True).returncode:
                return
            time.sleep(0.02)
    raise SystemExit(f"PostgreSQL did not come back; see {data.parent}/log")


def round_of(office, chosen, rng, tokens, n):
    """Submits and kills; in every second round the time until then counts from the first acknowledgement, so that a slow
    machine has some. Returns who submitted, and the seconds until petitions are answered again: from the start of
    the process, or from when PostgreSQL is back while the process lives on."""
    crowd = Crowd(office, tokens, pause=0.2).start(chosen.clients)
    until = time.monotonic() + 30
    while n % 2 and not crowd.acked and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(rng.uniform(0.05, chosen.longest))
    if chosen.victim == "huiyin":
        office.end(signal.SIGKILL)
        return crowd.wait(), office.start()
    restart_postmaster(chosen.database, office)
    began = time.monotonic()
    crowd.stop()
    probe = next(iter(crowd.acked), None) or next(crowd.tokens)
    crowd.doubt.add(probe)
    while Client(office).submit(probe)[0] != 201 and time.monotonic() < began + 30:
        time.sleep(0.01)
    return crowd, time.monotonic() - began


def main():
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="full size: 200")
    parser.add_argument("--clients", type=int, default=50, help="people who submit at the same time")
    parser.add_argument("--longest", type=float, default=2, help="seconds until the kill, at most")
    parser.add_argument("--fresh", type=int, default=25, help="a new database after so many rounds")
    parser.add_argument("--database", help="a PostgreSQL server, postgres://…, instead of a SQLite file")
    parser.add_argument("--victim", choices=["huiyin", "postmaster"], default="huiyin", help="what is killed")
    chosen = parser.parse_args()
    if chosen.victim == "postmaster" and not chosen.database:
        parser.error("--victim postmaster needs --database")
    rng = random.Random(chosen.seed)
    restarts, n_acked, n_doubt = [], 0, 0
    with Campaign(chosen) as campaign:
        for first in range(0, chosen.rounds, chosen.fresh):
            office = Office(campaign.folder / str(first), chosen.binary, chosen.database)
            office.start(first=True)
            acked, doubt = {}, set()
            for n in range(first, min(first + chosen.fresh, chosen.rounds)):
                crowd, seconds = round_of(office, chosen, rng, endless(f"{chosen.seed}-{n}"), n)
                restarts.append(seconds)
                own = crowd.acked.keys() | crowd.doubt | crowd.refused.keys()
                n_acked, n_doubt = n_acked + len(crowd.acked), n_doubt + len(own) - len(crowd.acked)
                acked |= crowd.acked
                doubt |= own - acked.keys()
                campaign.fault(*office.faults(acked, doubt, own))
                say(f"round {n}: {len(crowd.acked)} acknowledged, {len(own) - len(crowd.acked)} in doubt, "
                    f"back after {seconds:.3f} s, {len(acked)} in all")
            campaign.fault(*office.faults(acked, doubt))
            office.close()
        if n_acked < chosen.rounds:
            campaign.fault(f"only {n_acked} petitions were acknowledged: nothing was tried")
        campaign.figures |= {"rounds": chosen.rounds, "acknowledged": n_acked, "in_doubt": n_doubt,
                             "restart_max_s": max(restarts), "restart_mean_s": sum(restarts) / len(restarts)}


if __name__ == "__main__":
    main()
