#!/usr/bin/env python3
"""LOG-6: receipts verify offline, without our code. Changed ones do not.

Each receipt.zip is unpacked and the very text of its VERIFY.txt is run as Python with the network off. Of some, copies
with one thing changed are tried as well: each of the twelve must be refused.
"""

import base64
import hashlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

from campaign import Campaign, options, say
from office import Client, Office, endless

OFFLINE = ["unshare", "--net", *([] if os.getuid() == 0 else ["--map-root-user"])]
ANOTHER_KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8032, 7.1, test 1.


def fetch(client, answer):
    """The receipt.zip of a petition, with its words, by its code."""
    body = json.dumps({"code": answer["code"], "seq": 0, "words": True}).encode()
    client.http.request("POST", "/api/v1/receipt", body, {"content-type": "application/json"})
    response = client.http.getresponse()
    data = response.read()
    if response.status != 200:
        raise SystemExit(f"receipts.py: POST /api/v1/receipt was answered {response.status}: {data[:300]}")
    return data


def unpack(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def verify(folder, files):
    """Exit code and words of VERIFY.txt in a folder that holds these files."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    done = subprocess.run([*OFFLINE, "python3", "-I", "VERIFY.txt", "."], cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, (done.stdout + done.stderr).strip()


class NotThere(Exception):
    """The receipt has no such part."""


def named(files, pattern):
    found = [name for name in sorted(files) if re.fullmatch(pattern, name)]
    if not found:
        raise NotThere(pattern)
    return found[0]


def bit(data, at=-1):
    """One bit turned over."""
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


def in_lines(pick):
    """A change of the lines of the proof: its head, a blank line, the signed checkpoint, a blank line, signatures."""
    def change(files, _rng):
        name = named(files, r"proof\.tlog-proof")
        lines = files[name].decode().split("\n")
        blank = lines.index("")
        index = next(at for at, line in enumerate(lines) if line.startswith("index "))
        place, new = pick(lines, index, blank)
        return {name: "\n".join([*lines[:place], new, *lines[place + 1:]]).encode()}
    return change


def turned(line):
    """The base64 of a line, with one bit of its last byte turned over."""
    head, _, code = line.rpartition(" ")
    if not code:
        raise NotThere("a hash")
    return f"{head} ".lstrip() + base64.b64encode(bit(base64.b64decode(code))).decode()


def number_up(line):
    return re.sub(r"\d+$", lambda found: str(int(found[0]) + 1), line)


def text(files, rng):
    name = named(files, r"texts/[0-9a-f]{32}\.txt")
    words = files[name].decode()
    at = rng.choice([found.start() for found in re.finditer("[一-鿿]", words)])
    return {name: (words[:at] + chr(ord(words[at]) ^ 1) + words[at + 1:]).encode()}


def events(files, rng):
    name = named(files, r"events\.cbor")
    return {name: bit(files[name], rng.randrange(len(files[name])))}


def key(head):
    """A change of one digit of a key, the last word of its line."""
    def change(files, rng):
        name = named(files, r"keys\.txt")
        lines = files[name].decode().split("\n")
        places = [place for place, line in enumerate(lines) if line.startswith(f"{head} ")]
        if not places:
            raise NotThere(f"{head} in keys.txt")
        place = rng.choice(places)
        at = len(lines[place]) - rng.randint(1, 64)
        lines[place] = f"{lines[place][:at]}{int(lines[place][at], 16) ^ 1:x}{lines[place][at + 1:]}"
        return {name: "\n".join(lines).encode()}
    return change


def moment(files, _rng):
    """The time in the record: milliseconds since 1970, an unsigned integer of eight bytes in CBOR; one of them more or
    less."""
    name = named(files, r"record\.cbor")
    data = files[name]
    for found in re.finditer(rb"\x1b(?=.{8})", data, re.DOTALL):
        at = found.end()
        if 1_577_836_800_000 < int.from_bytes(data[at:at + 8], "big") < 4_102_444_800_000:
            return {name: bit(data, at + 7)}
    raise NotThere("a time in the record")


def other_key(files, _rng):
    """The same log name with a key of somebody else, well formed."""
    name = named(files, r"policy\.txt")

    def exchange(found):
        key = b"\x01" + ANOTHER_KEY
        mark = hashlib.sha256(found[1].encode() + b"\n" + key).digest()[:4].hex()
        return f"{found[1]}+{mark}+{base64.b64encode(key).decode()}"

    changed = re.sub(r"([^\s+]+)\+[0-9a-f]{8}\+([A-Za-z0-9+/=]+)", exchange, files[name].decode(), count=1).encode()
    if changed == files[name]:
        raise NotThere("a key in the policy")
    return {name: changed}


MUTATIONS = {
    "text": text,
    "index": in_lines(lambda lines, index, _: (index, number_up(lines[index]))),
    "sibling": in_lines(lambda lines, index, _: (index + 1, turned(lines[index + 1]))),
    "size": in_lines(lambda lines, _, blank: (blank + 2, number_up(lines[blank + 2]))),
    "root": in_lines(lambda lines, _, blank: (blank + 3, turned(lines[blank + 3]))),
    "origin": in_lines(lambda lines, _, blank: (blank + 1, lines[blank + 1] + "x")),
    "signature": in_lines(lambda lines, _, blank: (at := lines.index("", blank + 1) + 1, turned(lines[at]))),
    "ekey": key("ekey"),
    "ckey": key("text"),
    "file": events,
    "time": moment,
    "other_key": other_key,
}


def main():
    parser = options(__doc__)
    parser.add_argument("--receipts", type=int, default=30, help="full size: 1000")
    parser.add_argument("--mutated", type=int, default=3, help="receipts of which changed copies are tried")
    parser.add_argument("--zips", help="a folder of receipts to try instead of asking a server for them")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    if subprocess.run([*OFFLINE, "true"], capture_output=True).returncode:
        raise SystemExit("receipts.py: this account may not switch the network off for a process (unshare --net); run it as root")
    with Campaign(chosen) as campaign:
        if chosen.zips:
            folder = Path(chosen.zips)
            receipts = [file.read_bytes() for file in sorted(folder.glob("*.zip"))[:chosen.receipts]]
        else:
            office = Office(campaign.folder / "office", chosen.binary)
            office.start(first=True)
            client, receipts = Client(office), []
            for token in endless(str(chosen.seed)):
                status, answer = client.submit(token)
                if status != 201:
                    raise SystemExit(f"receipts.py: {token} was answered {status}: {answer}")
                receipts.append(fetch(client, answer))
                if len(receipts) == chosen.receipts:
                    break
            office.close()
        good, refused, tried = 0, 0, 0
        mutated = set(rng.sample(range(len(receipts)), min(chosen.mutated, len(receipts))))
        for n, data in enumerate(receipts):
            files = unpack(data)
            code, words = verify(campaign.folder / "receipt", files)
            good += (is_good := code == 0 and words.startswith("GOOD."))
            if not is_good:
                campaign.fault(f"receipt {n}: VERIFY.txt ended with {code}: {words[-300:]}")
            for name, change in MUTATIONS.items() if n in mutated else ():
                tried += 1
                try:
                    code, words = verify(campaign.folder / "receipt", {**files, **change(files, rng)})
                except NotThere as missing:
                    campaign.fault(f"receipt {n}: {name} could not be changed: there is no {missing}")
                    continue
                # Refused for what it says, not because the program could make nothing of it.
                is_refused = code == 1 and words.startswith("BAD: ") and "cannot be read" not in words
                refused += is_refused
                if not is_refused:
                    campaign.fault(f"receipt {n}: with another {name} VERIFY.txt ended with {code}: {words[-300:]}")
            if n % 100 == 99:
                say(f"{n + 1} receipts, {good} good")
        campaign.figures |= {"receipts": len(receipts), "good": good, "changed": tried, "refused": refused}


if __name__ == "__main__":
    main()
