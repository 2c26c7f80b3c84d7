#!/usr/bin/env python3
"""IAM-3: a storm of log-ins holds up nobody who files. So many wrong log-ins a second from many loopback addresses, while
petitions are filed; the intake's p99 stays below half a second, log-ins are answered 401 or 503 and nothing else, and memory
grows by no more than what as many hashes as there are cores need (20 MiB each).
"""

import asyncio
import json
import multiprocessing
import os
import random
import re
import time
from collections import Counter

from campaign import Campaign, options, say
from office import Client, Office, identifier, petition
from staff import account

INTAKE = 0.5  # Seconds, p99.
HASH = 20  # MiB of one password hash.
WAIT = 120  # Seconds for one answer.
BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError)
FILED = 20  # Petitions a second beside it.


async def one(port, address, path, body):
    """A request over a connection of its own; its status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    head = [f"POST {path} HTTP/1.1", f"host: 127.0.0.1:{port}", "content-type: application/json", "connection: close",
            f"content-length: {len(body)}", "", ""]
    writer.write("\r\n".join(head).encode() + body)
    line = await asyncio.wait_for(reader.readline(), WAIT)
    await asyncio.wait_for(reader.read(), WAIT)
    writer.close()
    return int(line.split()[1])


async def every(seconds, rate, make):
    """Starts so many a second, evenly, whatever became of those before; waits for all."""
    began, tasks, n = time.monotonic(), [], 0
    while (now := time.monotonic() - began) < seconds:
        while n < now * rate:
            tasks.append(asyncio.create_task(make(n)))
            n += 1
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)


def storm(pipe, port, sources, rate, seconds, seed):
    """Log-ins, half of them of an account that is there, in a process of their own."""
    rng, answers, took = random.Random(seed), Counter(), []

    async def log_in(n):
        login = "clerk" if rng.random() < 0.5 else f"nobody{n}"
        body = json.dumps({"login": login, "password": f"guess number {n}"}).encode()
        began = time.monotonic()
        try:
            answers[await one(port, sources[n % len(sources)], "/api/v1/session", body)] += 1
        except BROKEN as error:
            answers[type(error).__name__] += 1
        took.append(time.monotonic() - began)

    asyncio.run(every(seconds, rate, log_in))
    pipe.send((dict(answers), took))


def file(pipe, port, seconds):
    """Petitions, in a process of their own."""
    answers, took = Counter(), []

    async def submit(n):
        body = json.dumps(petition(f"beside-{n}")).encode()
        began = time.monotonic()
        try:
            answers[await one(port, "127.0.0.1", "/api/v1/petitions", body)] += 1
        except BROKEN as error:
            answers[type(error).__name__] += 1
        took.append(time.monotonic() - began)

    asyncio.run(every(seconds, FILED, submit))
    pipe.send((dict(answers), took))


def memory(pid, what):
    """Resident memory of a process in MiB: `VmRSS` now, `VmHWM` the most so far."""
    return int(re.search(what + r":\s+(\d+) kB", open(f"/proc/{pid}/status").read())[1]) / 1024


def share(values, of):
    return sorted(values)[min(len(values) - 1, int(len(values) * of))] if values else 0.0


def beside(office, seconds, rate, sources, seed):
    """Files petitions, with a storm of that rate beside it; what both were answered, and how long it took."""
    work = [(file, (office.port, seconds))]
    if rate:
        work.append((storm, (office.port, sources, rate, seconds, seed)))
    heard = []
    for function, arguments in work:
        here, there = multiprocessing.Pipe()
        process = multiprocessing.Process(target=function, args=(there, *arguments))
        process.start()
        heard.append((here, process))
    told = [here.recv() for here, _ in heard]
    for _, process in heard:
        process.join()
    return told


def main():
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=40, help="log-ins a second; full size: 200")
    parser.add_argument("--seconds", type=int, default=8, help="full size: 60")
    parser.add_argument("--sources", type=int, default=200, help="addresses that log in")
    parser.add_argument("--intake", type=float, default=INTAKE, help="seconds that the p99 of intake may take")
    chosen = parser.parse_args()
    if chosen.rate >= 200 and "/debug/" in str(chosen.binary):
        raise SystemExit("a storm of this size against a debug build measures the build: name a release build with --binary")
    # Before there are threads.
    multiprocessing.set_start_method("fork")
    with Campaign(chosen) as campaign:
        office = Office(campaign.folder / "office", chosen.binary, second_factor=False)
        office.start(first=True)
        account(office, "clerk", identifier(1, 1))
        sources = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(chosen.sources)]
        # What filing alone takes, in time and memory, is no matter of the storm.
        [(_, quiet)] = beside(office, max(2, chosen.seconds // 4), 0, sources, chosen.seed)
        before = memory(office.process.pid, "VmHWM")
        (filed, took), (answers, logins) = beside(office, chosen.seconds, chosen.rate, sources, chosen.seed)
        if office.process.poll() is not None:
            campaign.fault("the program ended")
        grown, cores = memory(office.process.pid, "VmHWM") - before, os.cpu_count()
        if set(filed) != {200, 201} and set(filed) != {201}:
            campaign.fault(f"petitions were answered {filed}")
        if share(took, 0.99) >= chosen.intake:
            campaign.fault(f"intake took {share(took, 0.99):.3f} s (p99) beside the storm")
        if wrong := {status: n for status, n in answers.items() if status not in (401, 429, 503)}:
            campaign.fault(f"log-ins were answered {wrong}")
        if not answers.get(401):
            campaign.fault(f"no log-in was looked at: {answers}")
        if grown >= cores * HASH:
            campaign.fault(f"memory grew by {grown:.0f} MiB, with {cores} cores")
        # Nobody is locked out for good: the holder gets in once the wait is over, which the record of tries tells.
        status, _ = Client(office).get("/staff/login")
        if status != 200:
            campaign.fault(f"the log-in page is answered {status}")
        say(f"answers to log-ins: {answers}; to petitions: {filed}")
        campaign.figures |= {
            "logins": sum(answers.values()), "logins_refused": answers.get(503, 0), "logins_waited": answers.get(429, 0),
            "login_p50_s": share(logins, 0.5), "login_p99_s": share(logins, 0.99), "filed": filed.get(201, 0),
            "intake_quiet_p99_s": share(quiet, 0.99), "intake_p50_s": share(took, 0.5), "intake_p99_s": share(took, 0.99),
            "grown_mb": grown, "cores": cores,
        }


if __name__ == "__main__":
    main()
