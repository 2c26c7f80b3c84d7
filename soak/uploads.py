#!/usr/bin/env python3
"""ATT-1: many large files at once. Memory stays small, petitions without files go on, every file is there bit for bit.

So many clients bring a file each at the same moment, while somebody submits petitions one after another. Then petitions
take the files over, `verify` looks at all of it, and with the floor above the disk's room files are refused and petitions
are not.
"""

import hashlib
import http.client
import json
import random
import signal
import threading
import time

from campaign import Campaign, options, say
from office import Office, petition

EDGE = "x-huiyin-soak"


def photograph(size, rng):
    """A JPEG of so many bytes by its headers; what it draws is noise without markers."""
    head = bytes.fromhex("ffd8" "ffc0000b080002000301011100" "ffda0008010100003f00")
    noise = rng.randbytes(size - len(head) - 2).translate(bytes(byte & 0x7F for byte in range(256)))
    return head + noise + b"\xff\xd9"


def bring(port, name, content, source="127.0.0.1"):
    """Brings a file from an address; status and answer."""
    head = f'--{EDGE}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    tail = f"\r\n--{EDGE}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600, source_address=(source, 0))
    connection.putrequest("POST", "/api/v1/files")
    connection.putheader("content-type", f"multipart/form-data; boundary={EDGE}")
    connection.putheader("content-length", str(len(head) + len(content) + len(tail)))
    connection.endheaders()
    for part in (head, content, tail):
        for begin in range(0, len(part), 65536):
            connection.send(part[begin:begin + 65536])
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def ask(port, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def memory(pid, field):
    """Megabytes that a process holds, or held at most."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith(field))


def main():
    parser = options(__doc__)
    parser.add_argument("--uploads", type=int, default=20, help="at once; full size: 200")
    parser.add_argument("--megabytes", type=float, default=0.5, help="of each; full size: 25")
    parser.add_argument("--most", type=int, default=256, help="megabytes that the process may hold")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with Campaign(chosen) as campaign:
        office = Office(campaign.folder / "office", chosen.binary)
        office.start(first=True)
        content = photograph(int(chosen.megabytes * 2 ** 20), rng)
        digest = hashlib.sha256(content).hexdigest()
        answers, waits, done = [], [], threading.Event()

        def one(n):
            # More than one source may bring in a day.
            answers.append(bring(office.port, f"{n}.jpg", content, f"127.0.1.{1 + n % 250}"))

        def text():
            n = 0
            while not done.is_set():
                began = time.monotonic()
                status, words = ask(office.port, "/api/v1/petitions", petition(f"{chosen.seed}-{n}"))
                if status != 201:
                    campaign.fault(f"a petition beside the files was answered {status}: {words[:200]}")
                waits.append(time.monotonic() - began)
                n += 1

        beside = threading.Thread(target=text)
        beside.start()
        began = time.monotonic()
        clients = [threading.Thread(target=one, args=[n]) for n in range(chosen.uploads)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        seconds = time.monotonic() - began
        done.set()
        beside.join()
        peak = memory(office.process.pid, "VmHWM")
        waits.sort()
        together = chosen.uploads * chosen.megabytes
        campaign.figures |= {
            "uploads": chosen.uploads, "megabytes": together, "seconds": round(seconds, 1),
            "megabytes_per_second": round(together / seconds, 1), "memory_megabytes": peak,
            "petitions_beside": len(waits), "p95_ms": round(waits[int(len(waits) * 0.95)] * 1000)}
        say(f"{together} MB in {seconds:.0f} s, at most {peak} MB of memory")
        if peak > chosen.most:
            campaign.fault(f"the process held {peak} MB")
        good = [answer for status, answer in answers if status == 201 and answer["file"]["sha256"] == digest]
        if len(good) != chosen.uploads:
            campaign.fault(f"{chosen.uploads - len(good)} files were not taken: {[a for a in answers if a[0] != 201][:2]}")
        each = max(1, min(20, int(100 // chosen.megabytes)))
        codes = []
        for begin in range(0, len(good), each):
            handles = [answer["handle"] for answer in good[begin:begin + each]]
            status, words = ask(office.port, "/api/v1/petitions", petition(f"{chosen.seed}-files-{begin}") | {"files": handles})
            if status != 201:
                campaign.fault(f"a petition with files was answered {status}: {words[:200]}")
                continue
            codes.append((json.loads(words)["code"], len(handles)))
        for code, n in codes:
            for index in range(n):
                status, words = ask(office.port, "/api/v1/file", {"code": code, "index": index})
                if status != 200 or hashlib.sha256(words).hexdigest() != digest:
                    campaign.fault(f"file {index} came back with {status}, {len(words)} bytes")
        campaign.figures["memory_after_downloads_megabytes"] = memory(office.process.pid, "VmHWM")
        office.end(signal.SIGINT)
        began = time.monotonic()
        code, words = office.verify()
        campaign.figures["verify_seconds"] = round(time.monotonic() - began, 1)
        if code:
            campaign.fault(f"verify ended with {code}: {words[-2000:]}")
        with open(office.folder / "huiyin.toml", "a") as config:
            config.write(f"disk_floor_megabytes = {1 << 40}\n")
        office.start()
        refused = bring(office.port, "a.jpg", content)[0]
        taken = ask(office.port, "/api/v1/petitions", petition(f"{chosen.seed}-floor"))[0]
        campaign.figures |= {"below_the_floor_files": refused, "below_the_floor_petitions": taken}
        if (refused, taken) != (507, 201):
            campaign.fault(f"below the floor files were answered {refused}, petitions {taken}")
        office.close()


if __name__ == "__main__":
    main()
