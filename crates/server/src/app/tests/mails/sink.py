"""A mail relay for tests: keeps what it is given, and behaves as the file `mode` in its folder says at that moment.

Usage: sink.py FOLDER. Writes the port to FOLDER/port, each mail to FOLDER/N.json. With FOLDER/cert.pem and key.pem it offers
STARTTLS and takes nothing without it, and without the user `huiyin` and the password `s3cret`.
Modes: take; 450, 550 (refuses the recipient); hang (answers nothing); cut (keeps the mail, and goes without a word).
"""

import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder = pathlib.Path(sys.argv[1])
taken = 0


def mode():
    return (folder / "mode").read_text().strip()


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() == "hang":
            await asyncio.sleep(3600)
        if mode() in ("450", "550"):
            return f"{mode()} no mail for <{address}>"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        global taken
        taken += 1
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                "hello": session.host_name, "user": session.authenticated, "data": envelope.content.decode()}
        path = folder / f"{taken}.json"
        path.with_suffix(".part").write_text(json.dumps(mail))
        path.with_suffix(".part").rename(path)
        if mode() == "cut":
            server.transport.abort()
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"huiyin", b"s3cret"))


async def main():
    options = {}
    if (folder / "cert.pem").exists():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        options = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": authenticate}
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), **options), "127.0.0.1", 0)
    (folder / "port.part").write_text(str(server.sockets[0].getsockname()[1]))
    (folder / "port.part").rename(folder / "port")
    await server.serve_forever()


asyncio.run(main())
