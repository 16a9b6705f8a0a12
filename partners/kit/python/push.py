"""Receives Luik's pushes, holds what they say, shows it, and takes it away again.

    LUIK_SECRETS="whsec_…" LUIK_STATE=/var/lib/luik/push.json python3 push.py 127.0.0.1:9000

Python 3.9 or later on a Unix, nothing to install; a web server with TLS stands before it. Four
rules make a receiver right: trust nothing that is not signed (`is_signed`), apply only what is
newer than what is held (`apply`), say yes only to what is on disk (`save`), and show nothing
without a lease that is still running (`page`).
"""

import base64
import calendar
import contextlib
import fcntl
import hashlib
import hmac
import html
import json
import os
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATE = os.environ.get("LUIK_STATE", "")  # a file outside the web root, for this program alone
SECRETS = os.environ.get("LUIK_SECRETS", "").split()  # two while the secret is being changed
BODY_MAX = 8 << 20
TOLERANCE = 5 * 60  # seconds that the gateway's clock may be off
LIST_MAX = 1000
SHOWN_MAX = 500
HEADERS = {
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
}


class Malformed(Exception):
    """A signed body that is not a message."""


def key(secret):
    """The bytes behind `whsec_` and base64."""
    try:
        raw = base64.b64decode(secret.replace("whsec_", "", 1))
    except ValueError:
        raw = b""
    return raw if 24 <= len(raw) <= 64 else sys.exit("LUIK_SECRETS: not whsec_ and 24 to 64 bytes in base64")


def is_signed(headers, body, now):
    """Standard Webhooks: one of the signatures fits one of our secrets, and is from just now."""
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or "." in name or not re.fullmatch("[0-9]{1,12}", stamp) or abs(now - int(stamp)) > TOLERANCE:
        return False
    signed = f"{name}.{stamp}.".encode() + body
    wanted = [b"v1," + base64.b64encode(hmac.new(key(each), signed, "sha256").digest()) for each in SECRETS]
    given = [each.encode() for each in headers.get("webhook-signature", "").split(" ")[:16]]
    return any(hmac.compare_digest(one, other) for one in wanted for other in given)


def read(body):
    """The type of a message and what it says. What is not known yet is passed over."""
    try:
        event = json.loads(body)
        kind, data = event["type"], event.get("data")
        if kind == "luik.items.changed":
            return kind, [(item, fault(item)) for item in data["items"]]
        if kind == "luik.lease.renewed":
            return kind, {"said": seconds(event["time"]), "until": seconds(data["validUntil"])}
        if kind == "luik.holdings.asked" and data:
            return kind, ((data["kind"], data["region"]), data.get("after") or "", int(data["limit"]))
        return kind, None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Malformed from error


def seconds(text):
    """`2026-11-22T07:13:54.294Z` as seconds since 1970."""
    parts = re.fullmatch(r"([0-9-]{10}T[0-9:]{8})(\.[0-9]+)?Z", text)
    return calendar.timegm(time.strptime(parts[1], "%Y-%m-%dT%H:%M:%S")) + float(parts[2] or 0)


def fault(item):
    """Why an item can not be used; the others of its message can."""
    if not re.fullmatch("[a-z2-7]{26}", item["id"]):
        raise ValueError("an item without an id")
    if item.get("state") not in ("updated", "deleted") or item.get("kind") not in ("request", "offer"):
        return "unknown state or kind"
    if type(item.get("modified")) is not int or not 0 <= item["modified"] < 1 << 53:
        return "modified is not a change number"
    return "data is missing" if item["state"] == "updated" and not isinstance(item.get("data"), dict) else None


def apply(item, items):
    """A removal stays as a tombstone without data, so that a publish that comes late changes nothing.
    So a message may also come twice: nothing has to be remembered of its webhook-id."""
    held = items.get(item["id"])
    if held is None or held["modified"] < item["modified"]:
        data = item["data"] if item["state"] == "updated" else None
        items[item["id"]] = {"kind": item["kind"], "modified": item["modified"], "data": data}


def take(kind, said):
    """Carries out a message and answers with what is held afterwards."""
    answer = {"confirmed": [], "rejected": []}
    with locked():
        state = load()
        if kind == "luik.items.changed":
            for item, why in said:
                if why:
                    answer["rejected"].append({"id": item["id"], "reason": why})
                else:
                    apply(item, state["items"])
                    answer["confirmed"].append(item["id"])
            save(state)
        elif kind == "luik.lease.renewed":
            if state["lease"] is None or state["lease"]["said"] <= said["said"]:  # the last word counts
                save({**state, "lease": said})
        elif kind == "luik.holdings.asked":
            answer.update(holdings(state["items"], said))
    answer["digest"] = digest((each, held["modified"]) for each, held in live(state["items"]))
    return answer


def live(items):
    return [(each, held) for each, held in sorted(items.items()) if held["data"] is not None]


def digest(pairs):
    total = 0
    for each, modified in pairs:
        total ^= int.from_bytes(hashlib.sha256(f"{each}:{modified}".encode()).digest(), "big")
    return f"{total:064x}"


def holdings(items, asked):
    """By kind and region the digests, or the list of one of them: so only what differs is sent."""
    places = {}
    for each, held in live(items):
        place = held["kind"], (held["data"].get("region") or {}).get("code", "")
        places.setdefault(place, []).append((each, held["modified"]))
    if asked:
        place, after, limit = asked
        rest = [{"id": each, "modified": number} for each, number in places.get(place, []) if each > after]
        return {"holdings": rest[: max(0, min(limit, LIST_MAX))]}
    buckets = [(kind, region, pairs) for (kind, region), pairs in places.items()]
    return {"buckets": [{"kind": k, "region": r, "count": len(p), "digest": digest(p)} for k, r, p in buckets]}


@contextlib.contextmanager
def locked():
    """One message at a time, also if several of these programs run."""
    with open(STATE + ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def load():
    try:
        with open(STATE, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"lease": None, "items": {}}


def save(state):
    """The old state or the new one, whatever happens, and on disk before we answer."""
    with open(STATE + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(STATE + ".new", STATE)
    folder = os.open(os.path.dirname(os.path.abspath(STATE)), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def page(state, now):
    """What is held now, newest first. Everything in an item is text of strangers: escape all of it."""
    running = state["lease"] is not None and now <= state["lease"]["until"]
    items = live(state["items"]) if running else []
    items.sort(key=lambda item: -item[1]["modified"])
    cards = "".join(card(held["kind"], held["data"]) for _, held in items[:SHOWN_MAX])
    return f"""<!DOCTYPE html><html lang="nl"><meta charset="utf-8"><title>Vragen en aanbod uit de buurt</title>
<h1>Vragen en aanbod uit de buurt</h1>{cards or "<p>Er staat nu niets open.</p>"}</html>"""


def card(kind, data):
    text = lambda value: html.escape(str(value or ""))  # noqa: E731
    region = (data.get("region") or {}).get("name")
    url = str(data.get("url", ""))
    # Only http(s) may become a link, and it tells the platform nothing of the page it was on.
    link = f'<p><a rel="noreferrer" href="{text(url)}">Reageer</a></p>' if re.match("https?://", url) else ""
    return f"""<article><h2 lang="{text(data.get("language") or "nl")}">{text(data.get("title"))}</h2>
<p>{"Vraag" if kind == "request" else "Aanbod"} van {text(data.get("firstName") or "iemand")} uit {text(region)}</p>
<p lang="{text(data.get("language") or "nl")}">{text(data.get("text"))}</p>{link}</article>"""


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds for a connection that says nothing

    def do_GET(self):
        self.answer(200, "text/html; charset=utf-8", page(load(), time.time()))

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not re.fullmatch("[0-9]{1,9}", length) or int(length) > BODY_MAX:
            self.close_connection = True  # the body was not read
            return self.answer(413, "text/plain", "too large, or of unknown length")
        body = self.rfile.read(int(length))
        if not is_signed(self.headers, body, time.time()):
            return self.answer(401, "text/plain", "not signed, or not now")
        try:
            answer = take(*read(body))
        except Malformed:
            return self.answer(400, "text/plain", "not a message")
        except OSError as error:  # such as a full disk: not taken, so it comes again
            print("luik: the state can not be kept:", error.strerror, file=sys.stderr)
            return self.answer(500, "text/plain", "try again")
        return self.answer(200, "application/json", json.dumps(answer))

    def answer(self, status, kind, text):
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        for name, value in {**HEADERS, "content-type": kind, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """No addresses of visitors in a log."""


if __name__ == "__main__":
    if not STATE or not [key(each) for each in SECRETS]:
        sys.exit("LUIK_STATE and LUIK_SECRETS must be set")
    os.umask(0o077)
    host, port = (sys.argv[1:] or ["127.0.0.1:9000"])[0].rsplit(":", 1)
    ThreadingHTTPServer((host, int(port)), Site).serve_forever()
