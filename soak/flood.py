#!/usr/bin/env python3
"""SPAM-2: a flood cannot close the door. Junk from many loopback addresses, and a few honest people who file among it.

Every address is a source of its own. The flood sends petitions over the API with no work or wrong work, bodies that are
no petitions, and whole walks through the pages without scripts. Honest people walk through the pages in pairs behind one
address, so that they come above the normal rate; the last pair sits behind an address that floods. One has no scripts.
Whoever floods does so from a process of its own; the time an honest person needs is from pressing "submit" on the last
page to the receipt, which includes what the work of their machine takes longer than they read.
"""

import asyncio
import hashlib
import json
import multiprocessing
import random
import re
import resource
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from urllib.parse import urlencode

from campaign import Campaign, options, say
from office import Client, Office, petition

AGENT = "flood-agent-canary"
PUZZLE = re.compile(r'data-puzzle="([^"]+)" data-pieces="(\d+)" data-bits="(\d+)"')
READING = 3  # Seconds before a person presses "submit" on the last page.
PATIENCE = 60  # Seconds within which whoever has no scripts is served.
BROKEN = (OSError, asyncio.IncompleteReadError, EOFError, asyncio.TimeoutError, LookupError)


class Browser:
    """A visitor with cookies, from an address of their own."""

    def __init__(self, port, address):
        self.port, self.address, self.cookies, self.stream = port, address, {}, None

    async def ask(self, method, path, body=b"", kind="application/x-www-form-urlencoded"):
        """Status, headers and body. An idle connection that the server has closed is opened anew."""
        head = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{self.port}", f"user-agent: {AGENT}", "sec-fetch-site: same-origin",
                f"referer: https://{AGENT}.example/", f"content-type: {kind}", f"content-length: {len(body)}"]
        if self.cookies:
            head.append("cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if self.stream is None:
            self.stream = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))
        reader, writer = self.stream
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = [line.split(": ", 1) for line in lines[1:] if line]
        fields = {name.lower(): value for name, value in headers}
        for name, value in headers:
            if name.lower() == "set-cookie":
                name, _, value = value.split(";")[0].partition("=")
                self.cookies[name] = value
        if "content-length" not in fields:
            raise EOFError(f"{method} {path}: no length")
        answer = await reader.readexactly(int(fields["content-length"]))
        if fields.get("connection") == "close":
            self.close()
        return int(lines[0].split()[1]), fields, answer.decode()

    def close(self):
        if self.stream:
            self.stream[1].close()
            self.stream = None

    async def step(self, name, page, /, **fields):
        token = re.search(r'name="token" value="([^"]+)"', page)
        if not token:
            raise LookupError(f"no form for {name}: {page[:200]}")
        token = token[1]
        return await self.ask("POST", f"/submit/{name}", urlencode({"token": token, "do": "on", **fields}).encode())

    async def write(self, words):
        """A petition up to its last page, which is returned."""
        self.cookies = {}
        _, _, page = await self.ask("GET", "/submit/kind")
        await self.step("kind", page, kind="claim")
        _, _, page = await self.ask("GET", "/submit/what")
        for name, fields in [("what", {"title": words[:60], "body": words}), ("whom", {"n_people": "1"}), ("contact", {"name": "", "reply": "online"})]:
            await self.step(name, page, **fields)
        return (await self.ask("GET", "/submit/check"))[2]


def solve(puzzle, pieces, bits):
    """What the worker of the page does."""
    seed, numbers = puzzle.rsplit(".", 1)[1], []
    for piece in range(pieces):
        start, n = hashlib.sha256(f"{seed}:{piece}:".encode()), 0
        while True:
            tried = start.copy()
            tried.update(b"%d" % n)
            if int.from_bytes(tried.digest()[:4], "big") >> (32 - bits) == 0:
                break
            n += 1
        numbers.append(n)
    return ",".join(map(str, numbers))


class Flood:
    """Sends so many junk submissions a minute, evenly, from its addresses in turn."""

    def __init__(self, port, addresses, per_minute, seconds, seed):
        self.port, self.addresses, self.per_minute, self.seconds = port, addresses, per_minute, seconds
        self.rng, self.answers, self.n_sent = random.Random(seed), Counter(), 0

    async def run(self):
        began, tasks = time.monotonic(), set()
        while (now := time.monotonic() - began) < self.seconds:
            while self.n_sent < now * self.per_minute / 60:
                task = asyncio.create_task(self.junk(self.n_sent, self.addresses[self.n_sent % len(self.addresses)]))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                self.n_sent += 1
            await asyncio.sleep(0.01)
        # Those that wait are waited for, so that everything acknowledged can be counted.
        await asyncio.gather(*tasks)

    async def junk(self, n, address):
        browser, draw = Browser(self.port, address), self.rng.random()
        try:
            if draw < 0.15:
                page = await browser.write(f"垃圾信息{n}" * self.rng.choice([1, 50, 500]))
                status, headers, _ = await asyncio.wait_for(browser.step("check", page), 2 * PATIENCE)
                done = "received" if headers.get("location") == "/submit/received" else status
                self.answers["page", done] += 1
                return
            body = petition(f"junk-{n}")
            if draw < 0.3:
                body["work"] = {"puzzle": f"14.{int(time.time() * 1000)}.{'0' * 32}", "numbers": ",".join(["1"] * 16)}
            raw = json.dumps(body).encode()
            if draw > 0.95:
                raw = self.rng.choice([raw[:-9], b"{}", raw + b" " * 600_000, self.rng.randbytes(2000)])
            status, _, _ = await browser.ask("POST", "/api/v1/petitions", raw, "application/json")
            self.answers["api", status] += 1
        except BROKEN as error:
            self.answers["no answer", type(error).__name__] += 1
        finally:
            browser.close()


def flood(pipe, *arguments):
    """In a process of its own."""
    it = Flood(*arguments)
    asyncio.run(it.run())
    pipe.send((it.n_sent, dict(it.answers)))


class Honest:
    """Files so many petitions while it floods."""

    def __init__(self, office, pool, address, scripts):
        self.office, self.pool, self.address, self.scripts = office, pool, address, scripts
        self.took, self.worked, self.waited, self.wrong, self.codes, self.walks = [], [], [], [], [], []

    async def run(self, rng, n, seconds):
        for i in range(n):
            await asyncio.sleep(rng.uniform(0.2, 1) * seconds / n)
            try:
                await asyncio.wait_for(self.file(f"诚实的人第{i + 1}次提出"), 4 * PATIENCE)
            except BROKEN as error:
                self.wrong.append(f"{self.address}: {type(error).__name__} {error}")

    def work(self, asked):
        """Begins at once."""
        return asyncio.get_running_loop().run_in_executor(self.pool, solve, asked[1], int(asked[2]), int(asked[3]))

    async def file(self, words):
        browser = Browser(self.office.port, self.address)
        began = time.monotonic()
        page, fields = await browser.write(words), {}
        asked = re.search(PUZZLE, page)
        working = self.work(asked) if asked and self.scripts else None
        # The page's worker begins while its reader still reads.
        await asyncio.sleep(READING)
        pressed = time.monotonic()
        if working:
            fields = {"puzzle": asked[1], "numbers": await working}
        if self.scripts:
            fields["scripts"] = "1"
        status, headers, text = await browser.step("check", page, **fields)
        if status == 428 and (asked := re.search(PUZZLE, text)):
            # The source came above the rate while the page was read.
            fields = {"puzzle": asked[1], "numbers": await self.work(asked)}
            status, headers, text = await browser.step("check", text, **fields)
        if status != 303 or headers["location"] != "/submit/received":
            self.wrong.append(f"{self.address}: {status} {text[:300]}")
            return
        _, _, receipt = await browser.ask("GET", "/submit/received")
        took = time.monotonic() - pressed
        self.codes.append(re.search(r'class="v v--long">([^<]+)<', receipt)[1])
        self.walks.append(time.monotonic() - began)
        kind = self.worked if asked and self.scripts else self.waited if asked or took > 5 else None
        self.took.append(took)
        if kind is not None:
            kind.append(took)
        browser.close()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def peak(pid):
    """Largest resident memory of a process so far, in MB."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", open(f"/proc/{pid}/status").read())[1]) / 1024


def traces(office):
    """Files of the office that hold an address or what a browser says of itself."""
    told = re.compile(rb"127\.0\.[1-9]\d*\.\d|" + AGENT.encode())
    files = [path for path in office.folder.rglob("*") if path.is_file()]
    files.append(office.folder.with_name(office.folder.name + ".log"))
    return [f"{path.name} holds {found[0][:60]}" for path in files if (found := told.search(path.read_bytes()))]


async def crowd(honest, rng, n, seconds):
    await asyncio.gather(*(one.run(rng, n, seconds) for one in honest))


def main():
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--sources", type=int, default=50, help="addresses that flood; full size: 500")
    parser.add_argument("--per-minute", type=int, default=1000, help="junk submissions; full size: 10000")
    parser.add_argument("--seconds", type=int, default=15, help="full size: 300")
    parser.add_argument("--honest", type=int, default=6, help="people; full size: 20")
    parser.add_argument("--each", type=int, default=2, help="petitions of each; full size: 5")
    parser.add_argument("--patient", type=int, default=0, help="people without scripts behind an address that floods; full size: 1")
    parser.add_argument("--burst", type=int, default=2, help="the office's filings_burst; full size: its default, 5")
    chosen = parser.parse_args()
    if chosen.per_minute >= 10_000 and "/debug/" in str(chosen.binary):
        raise SystemExit("a flood of this size against a debug build measures the build: name a release build with --binary")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 16_384)), hard))
    # Before there are threads.
    multiprocessing.set_start_method("fork")
    with Campaign(chosen) as campaign, ProcessPoolExecutor(2) as pool:
        office = Office(campaign.folder / "office", chosen.binary, filings_burst=chosen.burst)
        office.start(first=True)
        flooders = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(chosen.sources)]
        pairs = [f"127.0.200.{1 + n // 2}" for n in range(chosen.honest - 2)] + [flooders[0]] * 2
        honest = [Honest(office, pool, address, scripts=n > 0) for n, address in enumerate(pairs)]
        patient = [Honest(office, pool, flooders[1], scripts=False) for _ in range(chosen.patient)]
        rng = random.Random(chosen.seed)
        here, there = multiprocessing.Pipe()
        arguments = (there, office.port, flooders, chosen.per_minute, chosen.seconds, chosen.seed)
        flooding = multiprocessing.Process(target=flood, args=arguments)
        flooding.start()
        there.close()
        asyncio.run(crowd(honest + patient, rng, chosen.each, chosen.seconds))
        n_sent, answers = here.recv()
        flooding.join()
        if office.process.poll() is not None:
            campaign.fault("the program ended")
        memory = peak(office.process.pid)

        codes = [code for one in honest + patient for code in one.codes]
        took, worked = [t for one in honest for t in one.took], [t for one in honest[1:] for t in one.worked]
        without = honest[0].took
        for one in honest + patient:
            campaign.fault(*one.wrong)
        n_filed = (chosen.honest + chosen.patient) * chosen.each
        if len(codes) < 0.99 * n_filed:
            campaign.fault(f"{len(codes)} of {n_filed} honest petitions were received")
        for one in patient:
            if len(one.took) < chosen.each or max(one.took) > PATIENCE:
                campaign.fault(f"without scripts, behind a flooding address: {one.took}")
        if not worked or percentile(scripted := [t for one in honest[1:] for t in one.took], 0.95) >= 5:
            campaign.fault(f"with scripts p95 is {percentile(scripted, 0.95) if worked else 0:.1f} s, {len(worked)} worked")
        if len(without) < chosen.each or max(without) > PATIENCE:
            campaign.fault(f"without scripts: {without}")
        if broken := {kind: n for kind, n in answers.items() if isinstance(kind[1], int) and kind[1] >= 500}:
            campaign.fault(f"answers that are faults: {broken}")
        if refused := {kind: n for kind, n in answers.items() if kind[1] == 429}:
            campaign.fault(f"filings answered as too many: {refused}")
        if (unheard := sum(n for kind, n in answers.items() if kind[0] == "no answer")) > n_sent / 100:
            campaign.fault(f"{unheard} of {n_sent} junk submissions had no answer: was it a flood?")
        if memory >= 512:
            campaign.fault(f"{memory:.0f} MB of memory")
        # SPAM-5: what was answered as received is there, and nothing is there that was not.
        n_received = answers.get(("api", 201), 0) + answers.get(("page", "received"), 0) + len(codes)
        n_kept, n_doubt = int(office.sql("select count(*) from matter")[0][0]), sum(n for kind, n in answers.items() if kind[0] == "no answer")
        if not n_received <= n_kept <= n_received + n_doubt:
            campaign.fault(f"{n_received} were answered as received, {n_doubt} had no answer, {n_kept} are kept")
        client = Client(office)
        for code in codes:
            client.http.request("POST", "/api/v1/track", json.dumps({"code": code}), {"content-type": "application/json"})
            if (answer := client.http.getresponse()).status != 200:
                campaign.fault(f"a receipt opens nothing: {answer.status}")
            answer.read()
        code, words = office.verify()
        if code:
            campaign.fault(f"verify ended with {code}: {words[-2000:]}")
        office.end()
        # SPAM-3, PRIV-1.
        campaign.fault(*traces(office))
        say(f"answers to junk: {dict(sorted(answers.items(), key=str))}")
        campaign.figures |= {
            "junk": n_sent, "junk_per_minute": n_sent * 60 // chosen.seconds, "junk_received": n_received - len(codes), "junk_without_answer": n_doubt,
            "honest": len(codes), "honest_p50_s": percentile(took, 0.5), "scripts_p95_s": percentile(scripted, 0.95),
            "worked": len(worked), "work_p50_s": percentile(worked, 0.5), "work_p95_s": percentile(worked, 0.95),
            "patient_longest_s": max((t for one in patient for t in one.took), default=0.0),
            "waited": len(honest[0].waited), "without_scripts_longest_s": max(without, default=0.0),
            "walk_p95_s": percentile([t for one in honest[1:] for t in one.walks], 0.95), "memory_mb": memory,
        }


if __name__ == "__main__":
    main()
