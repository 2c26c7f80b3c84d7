"""An office on a database of its own, and the people who submit to it: what every campaign of this folder shares.

"Acknowledged" is what the client saw: a 201 with a number. Whatever got no answer is in doubt and may be there or
not, but never twice. What a token submits follows from the token alone, so that it can be sent again word for word.
"""

import atexit
import hashlib
import http.client
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = os.environ.get("HUIYIN_BINARY") or str(TARGET / "debug" / "huiyin")
DEADLY = (ConnectionError, http.client.HTTPException, OSError)
UNITS = [("government", "青河县人民政府", "Qinghe County"), ("petition_office", "青河县信访局", "Petition Office"),
         ("integrity_body", "青河县纪委监委", "Integrity Body"), ("department", "青河县住房局", "Housing")]
SENTENCES = ["自来水断了三天。", "楼道的灯坏了一年没有人修。", "工资拖欠两个月。", "请派人到现场看一看。",
             "电话打了七次都没有人接。", "垃圾堆在路口，夏天气味很大。", "我要求书面答复。"]
VERDICTS = {0: "well", 20: "rows were altered", 21: "outside evidence contradicts", 22: "against the rules"}
LONGEST = 20_000  # Characters of a text that are taken.
ROLES = ["registrar", "handler", "head", "supervisor"]


def identifier(*parts):
    """An id that is the same in every run."""
    return f"00000000-0000-7000-8000-{sum(part * 1000 ** place for place, part in enumerate(parts)):012d}"


def digits(number):
    """A number as it is stored."""
    return re.sub(r"\D", "", number)


OFFICE = identifier(1)


def directory():
    """Four units with one official each."""
    units, officials = {}, {}
    for place, (kind, zh, en) in enumerate(UNITS):
        unit, official = identifier(place), identifier(place, 1)
        units[unit] = {
            "id": unit, "parent": None if place == 0 else identifier(0), "kind": kind, "name_zh": zh, "name_en": en,
            "division": "349999", "letter_prefix": f"青{place}", "reviewed_by": identifier(0) if place else None,
            "intake": official, "head": official, "phone": "0000-0000000", "address": "青河路1号", "sort": place}
        officials[official] = {
            "id": official, "unit": unit, "name": f"官员{place}", "post": "科员", "roles": ROLES, "active": True}
    return {"units": units, "officials": officials}


def petition(token):
    """What is submitted under a token: now and then a long text, and the longest where the token says `-long-`."""
    rng = random.Random(token)
    n = LONGEST if "-long-" in token else rng.choice([3, 10, 30, 30, 300])
    return {"kind": "claim", "office": OFFICE, "title": f"{rng.choice(SENTENCES)}{token}", "token": token,
            "body": "".join(rng.choice(SENTENCES) for _ in range(n))[:LONGEST], "requests": ["请修复。"],
            "identity": {"name": f"王{token}"}, "respondent": identifier(3)}


class Ended(Exception):
    """The process ended instead of listening."""


class Office:
    """`huiyin serve` in a folder of its own, with its key and its journal. Names in its configuration are relative, so a
    copy of the folder works. No public checkpoint is made while a campaign runs, and one
    address may file as much as a campaign does."""

    def __init__(self, folder, binary=BINARY, server=None, **config):
        self.folder, self.binary, self.server = Path(folder), binary, server
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "office.sqlite3"
        self.process = self.port = None
        self.database = "sqlite:office.sqlite3"
        if server:
            self.name = f"soak_{os.getpid()}_{random.SystemRandom().randrange(10 ** 6)}"
            self.psql(f"create database {self.name}", "postgres")
            self.database = f"{server}/{self.name}"
        atexit.register(self.close)
        config = {"database": self.database, "listen": "127.0.0.1:0", "key_file": "keys/office.key", "journal_folder": "journal",
                  "log_beat_minutes": 100_000, "filings_burst": 1_000_000, **config}
        lines = "".join(f"{field} = {json.dumps(value)}\n" for field, value in config.items())
        (self.folder / "huiyin.toml").write_text(lines)
        (self.folder / "office.json").write_text(json.dumps(directory()))

    def run(self, *arguments, prefix=(), cwd=None, **options):
        """A command of the program in the office's folder."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("HUIYIN_")}
        command = [*prefix, self.binary, *arguments]
        return subprocess.Popen(command, cwd=cwd or self.folder, env=env, **options)

    def start(self, prefix=(), first=False):
        """Serves, and returns the seconds until it answered. `prefix` is for strace, which must be started with -D."""
        began = time.monotonic()
        more = ["--directory", "office.json"] if first else []
        with open(f"{self.folder}.log", "ab") as log:
            self.process = self.run("serve", *more, prefix=prefix, stdout=subprocess.PIPE, stderr=log)
        for line in self.process.stdout:
            if found := re.search(rb"listening on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                try:
                    Client(self).get("/")
                except DEADLY:
                    break
                return time.monotonic() - began
        raise Ended(self.process.wait(60))

    def prepare(self):
        """Makes the database and the directory, and ends again."""
        self.start(first=True)
        self.end(signal.SIGINT)

    def end(self, how=signal.SIGKILL):
        """Ends the process; returns its exit code."""
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, how)
        return self.process.wait(60) if self.process else None

    def close(self):
        """Ends the process and drops a database on a server; done at exit if not before."""
        atexit.unregister(self.close)
        self.end()
        if self.server:
            self.psql(f"drop database {self.name} with (force)", "postgres")

    def verify(self, cwd=None):
        """Exit code of `huiyin verify` and its words, with what the code means; any but 0 is a fault."""
        done = self.run("verify", cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        words = done.communicate(timeout=3600)[0].decode(errors="replace")
        return done.returncode, f"{words.strip()} ({VERDICTS.get(done.returncode, 'it broke')})"

    def sql(self, query):
        if self.server:
            return [tuple(row.split("|")) for row in self.psql(query, self.name).splitlines()]
        connection = sqlite3.connect(self.file, timeout=30)
        try:
            return [tuple(map(str, row)) for row in connection.execute(query)]
        finally:
            connection.close()

    def psql(self, query, name):
        command = ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", f"{self.server}/{name}", "-c", query]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def faults(self, acked, doubt, again=None):
        """What is wrong with the promise: each acknowledged petition is there under its number, none twice, none that
        nobody sent. Then the tokens of `again` (default: all) are sent once more; who was in doubt is acknowledged."""
        code, words = self.verify()
        faults = [f"verify ended with {code}: {words[-2000:]}"] if code else []
        faults += self._rows(acked, doubt)
        replay = Crowd(self, sorted(acked.keys() | doubt if again is None else again)).work(8)
        faults += [f"{token}: sent again, answered {answer}" for token, answer in replay.refused.items()]
        faults += [f"{token}: sent again, no answer" for token in replay.doubt]
        faults += [f"{token}: {acked[token]} became {answer}" for token, answer in replay.acked.items()
                   if acked.setdefault(token, answer) != answer]
        doubt -= acked.keys()
        return faults + self._rows(acked, doubt)

    def _rows(self, acked, doubt):
        rows = self.sql("select t.token, m.number from submission_token t join matter m on m.petition_id = t.petition_id")
        kept = dict(rows)
        sent = {kept_token(token): token for token in acked.keys() | doubt}
        kept = {sent.get(token, token): number for token, number in kept.items()}
        faults = [f"{token}: {number} acknowledged, {kept.get(token)} kept"
                  for token, (number, _) in acked.items() if kept.get(token) != digits(number)]
        faults += [f"{token}: kept, but nobody sent it" for token in kept.keys() - acked.keys() - doubt]
        for table in ["matter", "submission_token", "access_code", "event where seq = 0"]:
            if (n := int(self.sql(f"select count(*) from {table}")[0][0])) != len(kept):
                faults.append(f"{n} rows of {table} for {len(kept)} tokens")
        return faults


def kept_token(token):
    """A token as the database has it."""
    return hashlib.sha256(f"token\0{token}".encode()).hexdigest()


class Client:
    """A connection that is kept alive."""

    def __init__(self, office):
        self.http = http.client.HTTPConnection("127.0.0.1", office.port, timeout=60)

    def get(self, path):
        self.http.request("GET", path)
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def submit(self, token):
        """Status and the answer, read whole."""
        body = json.dumps(petition(token)).encode()
        self.http.request("POST", "/api/v1/petitions", body, {"content-type": "application/json"})
        answer = self.http.getresponse()
        return answer.status, json.loads(answer.read())


class Crowd:
    """People who submit at the same time, each over a connection of their own."""

    def __init__(self, office, tokens, pause=0.02):
        self.pause = pause  # Seconds after which whoever was refused tries the next one.
        self.office, self.tokens, self.lock = office, iter(tokens), threading.Lock()
        self.acked, self.doubt, self.refused, self.threads = {}, set(), {}, []
        self.stopped = False

    def start(self, n):
        self.threads = [threading.Thread(target=self._submit, daemon=True) for _ in range(n)]
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopped = True
        return self.wait()

    def wait(self):
        for thread in self.threads:
            thread.join()
        return self

    def work(self, n):
        return self.start(n).wait()

    def _submit(self):
        client = Client(self.office)
        while not self.stopped:
            with self.lock:
                token = next(self.tokens, None)
            if token is None:
                return
            try:
                status, answer = client.submit(token)
            except DEADLY:
                self.doubt.add(token)
                return
            if status == 201:
                self.acked[token] = (answer["number"], answer["code"])
            else:
                self.refused[token] = (status, answer.get("title"))
                time.sleep(self.pause)


def endless(prefix):
    """Tokens of one run, without end."""
    n = 0
    while True:
        n += 1
        yield f"{prefix}-{n}"
