"""Judges the judges: each must accept what is right and refuse what is wrong, else it proves nothing.

A stand-in feed and pushes signed here, by hand; run by tests/run, in half a minute.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

sys.dont_write_bytecode = True  # leaves nothing beside the code
import standins  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("LUIK_JUDGES", HERE.parents[1] / ".cache/judges"))
TOKEN = "a-token-for-the-stand-in"
PUBLIC_URL = "https://luik.example"
PATH = "/v1/partners/self/items"
KEY = hashlib.sha256(b"a key for the stand-in").digest()
SECRET = "whsec_" + base64.b64encode(KEY).decode()
LIVE = ["a", "c", "d"]


# --- a feed, right or with one fault ---------------------------------------------------------------


def item(change, name, state="updated"):
    data = {"data": {"title": name}} if state == "updated" else {}
    return {"state": state, "kind": "request", "id": name, "modified": change, **data}


def items(fault):
    first = [item(1, "a"), item(2, "c"), item(4, "b", "deleted"), item(5, "d")]
    if fault == "data on deleted":
        first[2]["data"] = {"title": "still here"}
    return first


def page(after, fault, public_url):
    reached = (lambda change: change >= after) if fault == "doubles" else (lambda change: change > after)
    shown = [entry for entry in items(fault) if reached(entry["modified"])][:2]
    last = shown[-1]["modified"] if shown else after
    if fault == "never ends" and after < 1_000_000:
        shown, last = [item(after + 1, f"n{after}")], after + 1
    if fault == "last page leads on" and not shown:
        last = after + 1
    place = "https://elsewhere.example" if fault == "leads elsewhere" else public_url
    body = {"next": f"{place}{PATH}?afterChangeNumber={last}", "items": shown, "license": f"{public_url}/terms"}
    if fault == "no next":
        del body["next"]
    return body


class StandIn(BaseHTTPRequestHandler):
    def do_GET(self):
        fault = self.server.fault
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.answer(401, b"{}")
        after = int(parse_qs(urlsplit(self.path).query).get("afterChangeNumber", ["0"])[0])
        if fault == "breaks off" and after > 1:
            return self.answer(503, b"{}")
        return self.answer(200, json.dumps(page(after, fault, self.server.public_url)).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "text/html" if self.server.fault == "wrong type" else "application/json")
        self.send_header("cache-control", "private, no-store")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def feed(fault=None, public_url=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    here = f"http://127.0.0.1:{server.server_port}"
    server.fault, server.public_url = fault, public_url or here
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return here + PATH


# --- a push, right or with one fault ---------------------------------------------------------------


def push(fault=None):
    event = {
        "specversion": "1.0",
        "id": "msg_1",
        "source": PUBLIC_URL,
        "type": "luik.items.changed",
        "time": "2026-11-22T10:00:00Z",
        "datacontenttype": "application/json",
        "data": {"items": [item(1, "é")]},
    }
    if fault and fault.startswith("no "):
        del event[fault.removeprefix("no ")]
    stamp = int(time.time()) - (600 if fault == "old" else 0)
    body = json.dumps(event, ensure_ascii=False)
    key = b"x" * 32 if fault == "other key" else KEY
    signed = "msg_1.{}.{}".format(stamp, "{}" if fault == "body unsigned" else body)
    signature = base64.b64encode(hmac.new(key, signed.encode(), "sha256").digest()).decode()
    kind = "application/json" if fault == "wrong type" else "application/cloudevents+json"
    headers = {
        "Webhook-Id": "msg_2" if fault == "other id" else "msg_1",
        "Webhook-Timestamp": str(stamp),
        "Webhook-Signature": ("v2," if fault == "other version" else "v1,") + signature,
        "Content-Type": kind,
    }
    if fault == "rotation":
        headers["Webhook-Signature"] = "v1,AAAA v1," + signature
    return {"headers": headers, "body": body, "secret": SECRET}


# --- an item for the schemas, right or with one fault ------------------------------------------------


def strict_item(fault=None):
    data = {"region": {"code": "GM0119", "name": "Meppel"}, "title": "a", "text": "b", "published": "2026-11-20"}
    entry = item(1, "a" * 26) | {"data": data | {"url": "https://luik.example/r/p/a"}}
    if fault == "a last name":
        entry["data"]["lastName"] = "De Vries"
    if fault == "no region":
        del entry["data"]["region"]
    if fault == "a street for a region":
        entry["data"]["region"]["code"] = "BU01190001"
    if fault == "data on deleted":
        entry["state"] = "deleted"
    return entry


SCHEMA_FAULTS = ["a last name", "no region", "a street for a region", "data on deleted"]


# --- the cases -------------------------------------------------------------------------------------


def run(judge, *arguments, **environment):
    program = CACHE / "bin" / ("python" if judge.endswith(".py") else "node")
    command, environment = [program, HERE / judge, *arguments], {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


def promtool(text):
    return subprocess.run(
        [CACHE / "bin/promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60
    )


PUSH_FAULTS = ["other key", "body unsigned", "old", "other version", "other id", "wrong type"]
PUSH_FAULTS += ["no id", "no source", "no type", "no specversion", "no data"]
FEED_FAULTS = {
    "rpde_validate.mjs": ["doubles", "data on deleted", "last page leads on", "never ends"]
    + ["leads elsewhere", "no next", "wrong type", "breaks off"],
    "rpde_harvest.mjs": ["data on deleted", "leads elsewhere", "no next", "wrong type", "breaks off"],
    "rpde_harvest.py": ["leads elsewhere", "no next", "breaks off"],
}


def cases(folder):
    """Yields (name, whether to accept, the run, what must be printed)."""
    yield from standins.cases(folder, run)
    for judge in ("verify_push.py", "verify_push.mjs"):
        for fault in [None, "rotation", *PUSH_FAULTS]:
            file = folder / f"{fault}.json"
            file.write_text(json.dumps(push(fault)), encoding="utf-8")
            yield f"{judge}: {fault}", fault in (None, "rotation"), lambda j=judge, f=file: run(j, f), None
    for judge, faults in FEED_FAULTS.items():
        held = json.dumps(LIVE) if "harvest" in judge else None
        elsewhere = lambda j=judge: run(j, feed(public_url=PUBLIC_URL), TOKEN, PUBLIC_URL)  # noqa: E731
        yield f"{judge}: right", True, lambda j=judge: run(j, feed(), TOKEN), held
        yield f"{judge}: public elsewhere", True, elsewhere, held
        yield f"{judge}: wrong token", False, lambda j=judge: run(j, feed(), "other"), None
        yield f"{judge}: nobody there", False, lambda j=judge: run(j, "http://127.0.0.1:9/feed", TOKEN), None
        for fault in faults:
            yield f"{judge}: {fault}", False, lambda j=judge, f=fault: run(j, feed(f), TOKEN), None
    for fault in [None, *SCHEMA_FAULTS]:
        file = folder / f"schema {fault}.json"
        file.write_text(json.dumps(strict_item(fault)), encoding="utf-8")
        yield f"schema.py: {fault}", fault is None, lambda f=file: run("schema.py", "item.json", f), None
    help_line = "# HELP luik_build_info About the build.\n# TYPE luik_build_info gauge\n"
    yield "promtool: right", True, lambda: promtool(help_line + "luik_build_info 1\n"), None
    yield "promtool: no metric", False, lambda: promtool("luik build 1\n"), None


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def judged(case):
    name, accept, act, printed = case
    done = act()
    if (done.returncode == 0) != accept:
        return f"{name}: should be {'accepted' if accept else 'refused'}\n{done.stdout}{done.stderr}"
    if printed and lines(done.stdout) != lines(printed):
        return f"{name}: printed {done.stdout.strip()}, not {printed}"
    if not accept and not re.search(r"^(refused|failure|error while linting):? ", done.stderr, re.MULTILINE):
        return f"{name}: fell over instead of judging\n{done.stderr}"
    return None


def main():
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        todo = list(cases(pathlib.Path(folder)))
        wrong = [problem for problem in pool.map(judged, todo) if problem]
    for problem in wrong:
        print(problem, file=sys.stderr)
    print(f"{len(todo) - len(wrong)} of {len(todo)} inputs judged rightly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
