#!/usr/bin/env python3
"""Vectors of the suite gm (ENC-3), made by another implementation of SM2, SM3 and SM4: PyPI `gmssl`. HMAC and GCM are
written out here, after FIPS 198-1 and NIST SP 800-38D.

    python3 -m venv /tmp/gm && /tmp/gm/bin/pip install gmssl==3.2.2
    /tmp/gm/bin/python scripts/gm-vectors.py sm4 > crates/store/src/seal/suite/gm_vectors.txt
    /tmp/gm/bin/python scripts/gm-vectors.py envelope > crates/store/src/sealed/envelope/gm_vectors.txt
    /tmp/gm/bin/python scripts/gm-vectors.py signature > crates/ledger/src/sm2_vectors.txt

Each line: of sm4 key, nonce, associated data, words, ciphertext with tag, a hyphen for nothing; of the envelope secret,
words, ciphertext in the order C1C3C2; of signatures secret, public point, words, r and s.
"""

import hashlib
import sys

from gmssl import func, sm2, sm3, sm4

PURPOSE = b"huiyin sm4-gcm 1"


def digest(data):
    return bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(data)))


def hmac(key, data):
    key = key.ljust(64, b"\0")
    inner = digest(bytes(byte ^ 0x36 for byte in key) + data)
    return digest(bytes(byte ^ 0x5C for byte in key) + inner)


class Block:
    """SM4 of one block."""

    def __init__(self, key):
        self.sm4 = sm4.CryptSM4()
        self.sm4.set_key(key, sm4.SM4_ENCRYPT)

    def __call__(self, block):
        return bytes(self.sm4.one_round(self.sm4.sk, list(block)))


def times(x, y):
    """Multiplication in GF(2^128) as GCM has it."""
    z = 0
    for place in range(127, -1, -1):
        if x >> place & 1:
            z ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return z


def blocks(data):
    return [data[at:at + 16].ljust(16, b"\0") for at in range(0, len(data), 16)]


def gcm(block, nonce, aad, words):
    h = int.from_bytes(block(bytes(16)), "big")
    counter = lambda n: block(nonce + n.to_bytes(4, "big"))
    stream = b"".join(counter(n + 2) for n in range(len(blocks(words))))
    sealed = bytes(a ^ b for a, b in zip(words, stream))
    hashed = 0
    lengths = (len(aad) * 8).to_bytes(8, "big") + (len(sealed) * 8).to_bytes(8, "big")
    for part in [*blocks(aad), *blocks(sealed), lengths]:
        hashed = times(hashed ^ int.from_bytes(part, "big"), h)
    return sealed + bytes(a ^ b for a, b in zip(hashed.to_bytes(16, "big"), counter(1)))


def some(name, length):
    """Bytes that look random and are always the same."""
    return hashlib.shake_256(name.encode()).digest(length)


def keys(name):
    """A secret with its public point, as gmssl has them: in hexadecimal. It takes digits off a point that begins with 04, so
    such a one is passed over."""
    for n in range(256):
        secret = some(f"{name} {n}", 32).hex()
        point = sm2.CryptSM2(secret, "")._kg(int(secret, 16), sm2.default_ecc_table["g"])
        if point and not point.startswith("04"):
            return secret, point


def of_sm4():
    yield "key, nonce, associated data, words, ciphertext with tag"
    for n, (n_aad, n_words) in enumerate(
        [(0, 0), (1, 0), (0, 1), (16, 16), (17, 15), (20, 64), (33, 31), (48, 32), (49, 100), (5, 255), (64, 256), (33, 1000)]
    ):
        key, nonce = some(f"key {n}", 32), some(f"nonce {n}", 24)
        aad, words = some(f"aad {n}", n_aad), some(f"words {n}", n_words)
        made = hmac(key, PURPOSE + nonce[:12])[:16]
        sealed = gcm(Block(made), nonce[12:], aad, words)
        yield " ".join(field.hex() or "-" for field in (key, nonce, aad, words, sealed))


def of_envelope():
    yield "secret, words, ciphertext (C1C3C2)"
    for n, n_words in enumerate([1, 16, 31, 32, 33, 64, 100, 255]):
        secret, point = keys(f"recipient {n}")
        words = some(f"sealed {n}", n_words)
        func.random_hex = lambda _, n=n: some(f"ephemeral {n}", 32).hex()
        encrypted = sm2.CryptSM2(secret, point, mode=1).encrypt(words)
        yield f"{secret} {words.hex()} 04{encrypted.hex()}"


def of_signature():
    yield "secret, public point, words, r and s"
    for n, n_words in enumerate([1, 16, 55, 56, 64, 65, 255, 1000]):
        secret, point = keys(f"signer {n}")
        words = some(f"signed {n}", n_words)
        signature = sm2.CryptSM2(secret, point).sign_with_sm3(words, some(f"k {n}", 32).hex())
        yield f"{secret} 04{point} {words.hex()} {signature}"


if __name__ == "__main__":
    made = {"sm4": of_sm4, "envelope": of_envelope, "signature": of_signature}[sys.argv[1]]()
    print(f"# {next(made)}; made by scripts/gm-vectors.py {sys.argv[1]}")
    print(*made, sep="\n")
