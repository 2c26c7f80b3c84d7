#!/usr/bin/env python3
"""The API asked by schemathesis (PyPI) with everything that its OpenAPI document allows and much that it does not, all checks
on: as a stranger and as an official. Every answer is one that the document describes, and the record verifies afterwards.

Installs schemathesis below the target folder when it is not there.
"""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from campaign import Campaign, options, say
from office import TARGET, Office, identifier, petition
from staff import ask, session

VERSION = "4.32.5"


def schemathesis():
    """The program, in an environment of its own."""
    folder = TARGET / f"schemathesis-{VERSION}"
    if not (folder / "bin" / "schemathesis").exists():
        say(f"installing schemathesis {VERSION} into {folder}")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", f"schemathesis=={VERSION}"], check=True)
    return folder / "bin" / "schemathesis"


def case_ref(office, token):
    """A matter that the official sees, filed as a petitioner does."""
    ask(office, "/api/v1/petitions", json.dumps(petition("soak-api")), "application/json")
    inbox = urllib.request.Request(f"http://127.0.0.1:{office.port}/api/v1/inbox", headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(inbox) as answer:
        return json.load(answer)["rows"][0]["case_ref"]


# What is read but means nothing to the office (a unit that does not exist, an empty sentence, a file of a kind that is not
# taken) is answered 422 or 415 by contract: a schema cannot say it. Nothing else may refuse what the document allows.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 413, 415, 422, 428, 429, 507]
# Too much is refused before it is read (413): no body of that length breaks the schema unseen.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
[parameters]
case_ref = "{case_ref}"
"""


def main():
    parser = options(__doc__)
    parser.add_argument("--examples", type=int, default=100, help="of each operation and phase")
    chosen = parser.parse_args()
    program = schemathesis()
    with Campaign(chosen) as campaign:
        office = Office(campaign.folder / "office", chosen.binary, second_factor=False, code_tries=1_000_000)
        office.start(first=True)
        token = session(office, "clerk", identifier(1, 1))
        (campaign.folder / "schemathesis.toml").write_text(CONFIG.format(case_ref=case_ref(office, token)))
        # Whoever logs out in the middle would be a stranger from then on.
        official = ["-H", f"Authorization:Bearer {token}", "--exclude-path", "/api/v1/session"]
        for who, more in [("stranger", []), ("official", official)]:
            document = f"http://127.0.0.1:{office.port}/api/v1/openapi.json"
            report = campaign.folder / f"{who}.json"
            words = [program, "run", document, "--checks", "all", "--max-examples", str(chosen.examples), "--no-color",
                     "--seed", str(chosen.seed), "--report-json-path", report, "--continue-on-failure", *more]
            done = subprocess.run(words, cwd=campaign.folder, stdout=subprocess.PIPE, text=True)
            Path(campaign.folder / f"{who}.txt").write_text(done.stdout)
            if done.returncode:
                campaign.fault(f"{who}: {done.stdout[-6000:]}")
            campaign.figures[f"{who}.requests"] = int(re.search(r"(\d+) generated", done.stdout)[1])
        code, words = office.verify()
        if code:
            campaign.fault(f"verify ended with {code}: {words[-2000:]}")
        office.end()


if __name__ == "__main__":
    main()
