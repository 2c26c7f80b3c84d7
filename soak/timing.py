#!/usr/bin/env python3
"""SCOPE-4, RCPT-3: how long an answer takes tells nothing. A case that is another unit's against one that does not exist, and a
code that was replaced at the counter against one that never was: asked in turn, in random order, over one connection. The
medians must be less than 0.2 ms apart, and Mann and Whitney's test must find no difference (p > 0.01).
"""

import json
import math
import random
import re
import statistics
import time
import urllib.parse

from campaign import Campaign, options, say
from office import Client, Office, identifier
from staff import session

APART = 0.2  # Milliseconds between the medians.
LEAST = 0.01  # Of p.
WARM = 200  # Requests before those that count.


def mann_whitney(one, other):
    """Two-sided p of the test, by its normal approximation with ties."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    n, m, total = len(one), len(other), len(ranked)
    ranks, ties, at = 0.0, 0, 0
    while at < total:
        end = at
        while end < total and ranked[end][0] == ranked[at][0]:
            end += 1
        rank = (at + 1 + end) / 2
        ranks += rank * sum(1 for _, whose in ranked[at:end] if whose == 0)
        ties += (end - at) ** 3 - (end - at)
        at = end
    u = ranks - n * (n + 1) / 2
    deviation = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    return math.erfc(abs(u - n * m / 2) / deviation / math.sqrt(2))


def compare(campaign, name, kinds, ask, requests, rng):
    """Asks so often, and compares. `kinds`: two functions that give what to ask for; `ask`: sends it, gives status and body."""
    order = [0, 1] * (requests // 2)
    rng.shuffle(order)
    took, said = ([], []), (set(), set())
    for n, kind in enumerate([0, 1] * (WARM // 2) + order):
        what = kinds[kind]()
        began = time.perf_counter_ns()
        answer = ask(what)
        end = time.perf_counter_ns()
        said[kind].add(answer)
        if n >= WARM:
            took[kind].append((end - began) / 1e6)
    if len(said[0]) != 1 or said[0] != said[1]:
        campaign.fault(f"{name}: the answers differ: {[str(answer)[:200] for answer in said[0] ^ said[1]][:2]}")
    medians = [statistics.median(times) for times in took]
    apart, p = abs(medians[0] - medians[1]), mann_whitney(*took)
    say(f"{name}: medians {medians[0]:.3f} and {medians[1]:.3f} ms, {apart:.3f} apart, p = {p:.4f}")
    campaign.figures |= {f"{name}_median_ms": medians[1], f"{name}_apart_ms": apart, f"{name}_p": p}
    return apart, p


def asker(client, method, path_of, body_of, headers):
    def ask(what):
        client.http.request(method, path_of(what), body_of(what), headers)
        answer = client.http.getresponse()
        return answer.status, answer.read().replace(str(what).encode(), b"")
    return ask


def counter(office):
    """Asks as the petition office's official does; the connection."""
    client = Client(office)
    cookie = f"__Host-huiyin-staff={session(office, 'counter', identifier(1, 1))}"

    def ask(method, path, fields=None, kind="application/x-www-form-urlencoded"):
        body = multipart(fields) if kind.startswith("multipart") else urllib.parse.urlencode(fields or {})
        headers = {"cookie": cookie, "content-type": kind, "sec-fetch-site": "same-origin"}
        client.http.request(method, path, body.encode() if method == "POST" else None, headers)
        answer = client.http.getresponse()
        page = answer.read().decode()
        if answer.status != 200:
            faults = re.findall("govuk-error-summary__list.*?</ul>", page)
            raise SystemExit(f"{method} {path}: {answer.status} {faults}")
        return page
    return ask


def multipart(fields):
    parts = (f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    return "".join(parts) + "--x--\r\n"


def hidden(page, name):
    return re.search(f'name="{name}" value="([^"]+)"', page)[1]


def codes_of_the_counter(office, ask, n):
    """Codes given to people who came, each with a petition."""
    codes = []
    for place in range(n):
        page = ask("GET", "/staff/register")
        fields = {"token": hidden(page, "token"), "once": hidden(page, "once"), "channel": "visit", "kind": "claim", "n_people": 1,
                  "received_on": re.search('name="received_on"[^>]*value="([^"]+)"', page)[1],
                  "title": f"路灯不亮{place}", "body": "三个月没有人修。", "wants": "修好", "name": "王某", "phone": "13800002211"}
        page = ask("POST", "/staff/register", fields, "multipart/form-data; boundary=x")
        codes.append(re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b", page)[0])
    return codes


def replaced_codes(office, n):
    """Cases, and the codes that opened them until others were given."""
    ask = counter(office)
    codes = codes_of_the_counter(office, ask, n)
    refs = [row[0] for row in office.sql("select case_ref from matter")]
    for ref in refs:
        page = ask("GET", f"/staff/cases/{ref}")
        ask("POST", f"/staff/cases/{ref}/code", {"token": hidden(page, "token"), "purpose": "核对了身份证"})
    return refs, codes


def codes_of_another_office(campaign, chosen):
    """Codes of the right form that this office never gave."""
    other = Office(campaign.folder / "other", chosen.binary, second_factor=False)
    other.start(first=True)
    codes = codes_of_the_counter(other, counter(other), chosen.matters)
    other.close()
    return codes


def main():
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000, help="of each comparison; full size: 10000")
    parser.add_argument("--matters", type=int, default=20, help="cases and codes to ask for")
    parser.add_argument("--only-say", action="store_true", help="figures alone: what is too far apart is no fault")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with Campaign(chosen) as campaign:
        office = Office(campaign.folder / "office", chosen.binary, second_factor=False, code_tries=1_000_000)
        office.start(first=True)
        refs, codes = replaced_codes(office, chosen.matters)
        # The official of a unit that has nothing to do with any of them.
        bearer = {"authorization": f"Bearer {session(office, 'foreign', identifier(2, 1))}"}
        client = Client(office)
        unknown = lambda: "".join(rng.choice("0123456789abcdef") for _ in refs[0])
        found = {}
        for name, path in [("case", "/api/v1/cases/{}"), ("page", "/staff/cases/{}")]:
            headers = bearer if name == "case" else {"cookie": f"__Host-huiyin-staff={bearer['authorization'][7:]}"}
            ask = asker(client, "GET", path.format, lambda _: None, headers)
            found[name] = compare(campaign, name, (lambda: rng.choice(refs), unknown), ask, chosen.requests, rng)
        # Of the same form: what is no code at all is said to be none, without a look at the database.
        track = asker(client, "POST", lambda _: "/api/v1/track", lambda code: json.dumps({"code": code}), {"content-type": "application/json"})
        never = codes_of_another_office(campaign, chosen)
        found["code"] = compare(campaign, "code", (lambda: rng.choice(codes), lambda: rng.choice(never)), track, chosen.requests, rng)
        for name, (apart, p) in found.items():
            if not chosen.only_say and (apart >= APART or p <= LEAST):
                campaign.fault(f"{name}: {apart:.3f} ms apart, p = {p:.4f}")


if __name__ == "__main__":
    main()
