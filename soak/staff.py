"""Officials who log in, for campaigns that ask as one."""

import json
import subprocess
import urllib.request

PASSWORD = "correct horse battery"


def ask(office, path, body, kind):
    headers = {"content-type": kind, "sec-fetch-site": "same-origin"}
    request = urllib.request.Request(f"http://127.0.0.1:{office.port}{path}", body.encode(), headers)
    with urllib.request.build_opener(Stay).open(request) as answer:
        return answer.read()


class Stay(urllib.request.HTTPRedirectHandler):
    """An answer that leads elsewhere is an answer."""

    def http_error_303(self, req, fp, code, msg, headers):
        return fp


def account(office, login, official):
    """An account of that official, whose password is chosen first."""
    given = office.run("account", login, "--official", official, stdout=subprocess.PIPE, text=True)
    code = given.communicate()[0].split("\t")[1].strip()
    form = f"login={login}&code={code}&new-password={PASSWORD}&again={PASSWORD}".replace(" ", "+")
    ask(office, "/staff/enrol", form, "application/x-www-form-urlencoded")


def session(office, login, official):
    """A session of a new account; the office must ask for no second factor."""
    account(office, login, official)
    body = json.dumps({"login": login, "password": PASSWORD})
    return json.loads(ask(office, "/api/v1/session", body, "application/json"))["token"]
