#!/usr/bin/env python3
"""CRASH-4: the disk fills up. What was acknowledged is there, what was refused is not, and with room it serves on.

The database and the intake journal are put in turn on a file system of a few megabytes, the other on the large one. A
mount needs root or a user namespace: the program starts itself again in a mount namespace of its own.
"""

import os
import sqlite3
import subprocess
import sys
import time

from campaign import Campaign, options, say
from office import Crowd, Office, endless, kept_token

INSIDE = "HUIYIN_SOAK_INSIDE"


def enter():
    """Into a mount namespace of one's own, where a mount bothers nobody and ends with the process."""
    if os.environ.get(INSIDE):
        return
    words = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode:
        raise SystemExit("full.py: this account may not mount a file system, so a full disk cannot be tried; run it as root")
    os.environ[INSIDE] = "1"
    os.execvp("unshare", [*words, sys.executable, *sys.argv])


def fill(office, small, megabytes, seed):
    """Submits until two hundred were refused. Returns who did."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(small)], check=True)
    office.start(first=True)
    crowd = Crowd(office, endless(f"{seed}-{small.name}")).start(8)
    until = time.monotonic() + 60
    while time.monotonic() < until and office.process.poll() is None and len(crowd.refused) < 200:
        time.sleep(0.05)
    return crowd.stop()


def main():
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="full size: 5")
    parser.add_argument("--megabytes", type=int, default=6, help="size of the small disk")
    chosen = parser.parse_args()
    enter()
    places = ["database", "journal"]
    with Campaign(chosen) as campaign:
        n_acked, n_refused, n_ended = 0, 0, 0
        for n in range(chosen.rounds):
            for place in places:
                folder = campaign.folder / f"{place}-{n}"
                small = folder / "small"
                small.mkdir(parents=True)
                settings = {"journal_folder": "small"} if place == "journal" else {"database": "sqlite:small/office.sqlite3"}
                office = Office(folder, chosen.binary, **settings)
                if place == "database":
                    office.file = small / "office.sqlite3"
                crowd = fill(office, small, chosen.megabytes, f"{chosen.seed}-{n}")
                n_acked, n_refused = n_acked + len(crowd.acked), n_refused + len(crowd.refused)
                for token, (status, title) in crowd.refused.items():
                    if not 500 <= status <= 599:
                        campaign.fault(f"{place}: {token} refused with {status}: {title}")
                if not crowd.acked or not crowd.refused | dict.fromkeys(crowd.doubt):
                    campaign.fault(f"{place}: {len(crowd.acked)} acknowledged, {len(crowd.refused)} refused: it was never full")
                if ended := office.process.poll() is not None:
                    n_ended += 1
                elif crowd.doubt:
                    campaign.fault(f"{place}: {len(crowd.doubt)} got no answer though the process lives")
                connection = sqlite3.connect(office.file)
                kept = {token for token, in connection.execute("select token from submission_token")}
                if (words := connection.execute("pragma integrity_check").fetchone()[0]) != "ok":
                    campaign.fault(f"{place}: not intact: {words}")
                connection.close()
                # The journal is written before the database commits: what either had no room for is in neither.
                acked, doubt = ({kept_token(token) for token in tokens} for tokens in (crowd.acked, crowd.doubt))
                if wrong := (kept ^ acked) - doubt:
                    campaign.fault(f"{place}: {len(wrong)} differ between acknowledged and kept, among them {sorted(wrong)[:3]}")

                subprocess.run(["mount", "-o", f"remount,size={chosen.megabytes * 20}m", str(small)], check=True)
                if ended:
                    office.start()
                more = Crowd(office, [f"{chosen.seed}-{n}-{place}-after-{i}" for i in range(20)]).work(4)
                if len(more.acked) != 20:
                    campaign.fault(f"{place}: with room again, {len(more.acked)} of 20 were acknowledged: {more.refused}")
                campaign.fault(*office.faults(crowd.acked | more.acked, crowd.doubt | crowd.refused.keys()))
                office.close()
                subprocess.run(["umount", str(small)], check=True)
                say(f"{place}: {len(crowd.acked)} acknowledged, {len(crowd.refused)} refused"
                    f"{', the process ended' if ended else ''}, {len(more.acked)} of 20 after there was room")
        campaign.figures |= {"places": "+".join(places), "acknowledged": n_acked, "refused": n_refused, "ended": n_ended}


if __name__ == "__main__":
    main()
