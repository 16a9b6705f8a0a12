"""Judge of letters: a mail server of another make, aiosmtpd.

`post_office.py FOLDER [--port N] [--tls starttls|tls CERT KEY] [--login USER PASSWORD]` prints
`listening PORT`, then one line of JSON for each letter that it took, as Python's email package reads
it. A file FOLDER/answer holds a line such as `451 later`: that is answered instead.
"""

import argparse
import asyncio
import email
import email.policy
import json
import pathlib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Office:
    def __init__(self, folder, wrapped):
        self.answer, self.wrapped = folder / "answer", wrapped

    async def handle_DATA(self, server, session, envelope):
        if self.answer.exists():
            return self.answer.read_text().strip()
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        lines = envelope.content.split(b"\r\n")
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "names": [name.lower() for name in letter.keys()],
            "headers": {name.lower(): str(value) for name, value in letter.items()},
            "defects": [type(defect).__name__ for defect in letter.defects]
            + [
                f"{name}: {type(defect).__name__}"
                for name, value in letter.items()
                for defect in value.defects
            ],
            "text": letter.get_content(),
            "longest": max(len(line) for line in lines),
            "ascii": envelope.content.isascii(),
            "tls": self.wrapped or session.ssl is not None,
            "user": session.auth_data.login.decode() if session.authenticated else None,
        }
        print(json.dumps(told), flush=True)
        return "250 taken"


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", nargs=3)
    parser.add_argument("--login", nargs=2)
    return parser.parse_args()


def settings(given):
    """What aiosmtpd is to be told."""
    told = {}
    if given.login:
        user, password = (part.encode() for part in given.login)

        def judge(server, session, envelope, mechanism, data):
            fine = data.login == user and data.password == password
            return AuthResult(success=fine, handled=False, auth_data=data)

        told |= {"authenticator": judge, "auth_required": True}
        # Wrapped from the first byte, aiosmtpd does not know that it is in TLS.
        told["auth_require_tls"] = given.tls is not None and given.tls[0] == "starttls"
    if given.tls:
        kind, certificate, key = given.tls
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        if kind == "tls":
            told["ssl_context"] = context
        else:
            told |= {"tls_context": context, "require_starttls": True}
    return told


async def serve(given):
    told = settings(given)
    wrapped = told.pop("ssl_context", None)
    office = Office(given.folder, wrapped is not None)
    made = lambda: SMTP(office, hostname="post.example", **told)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(made, "127.0.0.1", given.port, ssl=wrapped)
    print(f"listening {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
