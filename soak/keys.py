#!/usr/bin/env python3
"""KEY-2: the office's wrapping key is rotated while many write, and the rotation is killed in the middle, again and again.

Writers submit petitions one after another and open their own; each rotation is ended by kill -9 at a random moment and gone
on with, and the last one comes to its end beside the writers. No request may fail, `verify` must be content with what the
killed one left, and at the end everything is under the last version, held twice, and opens by the recovery key alone.
"""

import http.client
import json
import random
import re
import signal
import subprocess
import threading
import time

from campaign import Campaign, options, say
from office import Office, petition


class Writer(threading.Thread):
    """Submits and follows until told to stop."""

    def __init__(self, campaign, port, number, stop):
        super().__init__()
        self.campaign, self.port, self.number, self.stop = campaign, port, number, stop
        self.requests, self.confirmed = 0, 0

    def ask(self, connection, path, body):
        connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        answer = connection.getresponse()
        self.requests += 1
        return answer.status, answer.read()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        n = 0
        while not self.stop.is_set():
            status, words = self.ask(connection, "/api/v1/petitions", petition(f"{self.campaign.figures['seed']}-{self.number}-{n}"))
            if status != 201:
                self.campaign.fault(f"a submission was answered {status}: {words[:200]}")
                continue
            self.confirmed += 1
            status, words = self.ask(connection, "/api/v1/track", {"code": json.loads(words)["code"]})
            if status != 200:
                self.campaign.fault(f"a petition could not be opened: {status}: {words[:200]}")
            n += 1


def main():
    parser = options(__doc__)
    parser.add_argument("--writers", type=int, default=10, help="at once; full size: 50")
    parser.add_argument("--rotations", type=int, default=3, help="full size: 20")
    parser.add_argument("--database", help="a PostgreSQL server instead of SQLite")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with Campaign(chosen) as campaign:
        made = [subprocess.run([chosen.binary, "recovery-key", "--out", campaign.folder / name], stdout=subprocess.PIPE, text=True)
                for name in ("first.key", "second.key")]
        recipients = [done.stdout.strip() for done in made]
        office = Office(campaign.folder / "office", chosen.binary, server=chosen.database, recovery_recipients=recipients,
                        code_tries=1_000_000)

        def run(*arguments):
            done = office.run(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return done.communicate(timeout=3600)[0].decode(errors="replace"), done.returncode

        office.start(first=True)
        killed, requests, confirmed = 0, 0, 0
        for rotation in range(chosen.rotations):
            stop = threading.Event()
            writers = [Writer(campaign, office.port, f"{rotation}-{n}", stop) for n in range(chosen.writers)]
            for writer in writers:
                writer.start()
            time.sleep(rng.uniform(0.5, 2))
            rotating = office.run("keys", "rotate", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            began, last = time.monotonic(), rotation == chosen.rotations - 1
            try:
                rotating.wait(600 if last else rng.uniform(0.05, 5))
                campaign.figures["rotation_seconds"] = round(time.monotonic() - began, 1)
            except subprocess.TimeoutExpired:
                rotating.send_signal(signal.SIGKILL)
                rotating.wait()
                killed += 1
                if last:
                    campaign.fault("the last rotation, which nobody was to kill, took ten minutes")
            time.sleep(rng.uniform(0, 1))
            stop.set()
            for writer in writers:
                writer.join()
            requests += sum(writer.requests for writer in writers)
            confirmed += sum(writer.confirmed for writer in writers)
            code, words = office.verify()
            if code:
                campaign.fault(f"verify in the middle of rotation {rotation} ended with {code}: {words[-1000:]}")
            words, code = run("keys", "rewrap")
            if code not in (0, 3):
                campaign.fault(f"rewrap ended with {code}: {words[-1000:]}")
            say(f"rotation {rotation}: {words.splitlines()[-2:]}")
        words, code = run("keys", "rewrap")
        campaign.figures |= {"writers": chosen.writers, "requests": requests, "confirmed": confirmed, "killed": killed}
        used = re.findall(r"version (\d+): (\d+) petitions.*\(in use\)", words)
        if code or len(used) != 1 or int(used[0][1]) != confirmed or f"second wraps: {confirmed} of {confirmed}" not in words:
            campaign.fault(f"{confirmed} were confirmed, and at the end: {code}: {words}")
        office.end(signal.SIGINT)
        code, words = office.verify()
        if code:
            campaign.fault(f"verify ended with {code}: {words[-2000:]}")
        words, code = run("keys", "recover", "--identity", str(campaign.folder / "second.key"))
        if code or f"{confirmed} of {confirmed} petitions open" not in words:
            campaign.fault(f"by the recovery key alone: {code}: {words}")
        office.close()


if __name__ == "__main__":
    main()
