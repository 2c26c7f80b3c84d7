#!/usr/bin/env python3
"""Keeps a copy of an office's public log, and says whether it only ever grew. Needs nothing but Python 3.9 or newer.

    python3 mirror.py http://office.example/log VKEY copy/

VKEY is the log's key as it stands on a paper receipt. Every run fetches what is new, builds the whole tree anew from
the entries, and compares it with the signed checkpoint and with every checkpoint that was kept before. Run it once a
day: each checkpoint in copy/checkpoints/ can convict an office that rewrote its history later. The address may also be
a folder of files. Exit codes: 0 all agrees, 1 the log contradicts itself, 2 something could not be fetched or read, 3 another
log stands there, which proves nothing yet.
"""
import base64, hashlib, os, sys, urllib.request

# --- Ed25519 (RFC 8032), verification only -----------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)

def x_of(y, sign):
    """The point with this y; None when there is none."""
    if y >= P: return None
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P: x = x * ROOT % P
    if (x * x - xx) % P or (x == 0 and sign): return None
    return P - x if x % 2 != sign else x

def point(data):
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1: q = add(q, p)
        p, n = add(p, p), n >> 1
    return q

BASE = (x_of(4 * pow(5, -1, P) % P, 0), 4 * pow(5, -1, P) % P)
BASE = (BASE[0], BASE[1], 1, BASE[0] * BASE[1] % P)

def signed(key, message, signature):
    """Is it this key's signature of the message?"""
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= L: return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    p, q = times(s, BASE), add(r, times(h, a))
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0

# --- the tree of RFC 6962 ----------------------------------------------------------------------------------------------
def leaf(entry): return hashlib.sha256(b"\0" + entry).digest()

class Tree:
    """Grows leaf by leaf; keeps only the roots of its complete subtrees."""
    def __init__(self): self.size, self.peaks = 0, []
    def push(self, hash):
        n = self.size
        while n & 1:
            hash, n = hashlib.sha256(b"\1" + self.peaks.pop() + hash).digest(), n >> 1
        self.peaks.append(hash)
        self.size += 1
    def root(self):
        if not self.peaks: return hashlib.sha256(b"").digest()
        hash = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]): hash = hashlib.sha256(b"\1" + peak + hash).digest()
        return hash

# --- checkpoints and files (C2SP tlog-checkpoint, tlog-tiles) ------------------------------------------------------------
class Wrong(Exception): pass
class Other(Exception): pass

def checkpoint(note, vkey):
    """Origin, size and root of a checkpoint that the log's key has signed."""
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    text, _, lines = note.partition("\n\n")
    text += "\n"
    if text.split("\n")[0] != name: raise Other(text.split("\n")[0])
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if key[0] != 1 or expected.hex() != key_id: raise Wrong("VKEY is no key of a log")
    for line in lines.splitlines():
        dash, who, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if who == name and blob[:4] == expected and signed(key[1:], text.encode(), blob[4:]):
            origin, size, root = text.splitlines()[:3]
            return int(size), base64.b64decode(root, validate=True)
    raise Wrong("the log's key has not signed this checkpoint")

def path(index, width):
    name = "%03d" % (index % 1000)
    while index >= 1000:
        index //= 1000
        name = "x%03d/%s" % (index % 1000, name)
    return "tile/entries/" + name + ("" if width == 256 else ".p/%d" % width)

def fetch(source, name):
    if source.startswith("http"):
        with urllib.request.urlopen(source.rstrip("/") + "/" + name, timeout=60) as answer: return answer.read()
    with open(os.path.join(source, name), "rb") as file: return file.read()

def entries(source, copy, index, width, fresh):
    """The entries of one bundle: from the copy when it is complete there, else fetched."""
    kept = os.path.join(copy, path(index, 256))
    if os.path.exists(kept):
        with open(kept, "rb") as file: data = file.read()
    else:
        try: data = fetch(source, path(index, width))
        except OSError:
            if width == 256: raise
            data = fetch(source, path(index, 256))  # A part may be gone once the whole is there.
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at:at + 2], "big")
        found.append(data[at + 2:at + 2 + length])
        at += 2 + length
    if at != len(data) or len(found) < width: raise Wrong("bundle %d is cut off" % index)
    if len(found) == 256 and not os.path.exists(kept):
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        with open(kept + ".new", "wb") as file: file.write(data)  # Kept for good once it has agreed with a signature.
        fresh.append(kept)
    return found[:width]

def main(source, vkey, copy):
    folder = os.path.join(copy, "checkpoints")
    os.makedirs(folder, exist_ok=True)
    kept = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as file: size, root = checkpoint(file.read(), vkey)
        kept.setdefault(size, set()).add(root)
    note = fetch(source, "checkpoint").decode()
    size, root = checkpoint(note, vkey)
    kept.setdefault(size, set()).add(root)
    name = os.path.join(folder, "%d-%s" % (size, root.hex()[:16]))  # Kept before it is judged: it may be the evidence.
    with open(name, "w", encoding="utf-8") as file: file.write(note)
    if max(kept) > size: raise Wrong("the log had %d entries once and has %d now" % (max(kept), size))
    tree, fresh = Tree(), []
    for index in range((size + 255) // 256):
        for entry in entries(source, copy, index, min(256, size - 256 * index), fresh):
            tree.push(leaf(entry))
            if tree.size in kept and kept[tree.size] != {tree.root()}:
                raise Wrong("at %d entries the log signed another history than the one it shows" % tree.size)
    for name in fresh: os.replace(name + ".new", name)
    print("%d entries agree with %d signed checkpoints" % (size, len(kept)))

if __name__ == "__main__":
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try: main(*sys.argv[1:])
    except Other as other:
        print("another log stands here, which proves nothing yet:", other, file=sys.stderr)
        print("its key was changed, or a loss was stated: mirror the old one to its end at .../log/1 (or its number),", file=sys.stderr)
        print("then this one with its own line and into a folder of its own", file=sys.stderr)
        sys.exit(3)
    except Wrong as why:
        print("CONTRADICTED:", why)
        sys.exit(1)
    except Exception as why:
        print("could not be read:", repr(why), file=sys.stderr)
        sys.exit(2)
