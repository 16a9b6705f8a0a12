"""Stand-ins for the stream, the feeds of readers, the descriptions and the API, right or with one fault,
and the cases in which the judges of these have to judge them. Used by selftest.py.
"""

import copy
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

TOKEN = "a-token-for-the-stand-in"


class Server(BaseHTTPRequestHandler):
    """Answers with what `manner(method, path, headers)` gives: status, headers, body."""

    def every(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, headers, body = self.server.manner(self.command, self.path, self.headers)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in headers and not self.server.streams:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.every
        raise AttributeError(name)

    def log_message(self, *_):
        pass


def serve(manner, streams=False):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.manner, server.streams = manner, streams
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


# --- the stream: seven events, and it breaks off after every three ------------------------------------

STREAM = [("deleted" if change == 4 else "updated", str(change), json.dumps({"modified": change})) for change in range(1, 8)]
STREAM_SEEN = "\n".join(json.dumps({"event": kind, "id": change, "data": data}) for kind, change, data in STREAM)


def stream(fault=None):
    def manner(_method, _path, headers):
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"content-type": "application/problem+json"}, b"{}"
        last = 0 if fault == "forgets" else int(headers.get("last-event-id", "0"))
        events = [event for event in STREAM if int(event[1]) > last][:3]
        text = "retry: 10\n\n: still here\n\n"
        text += "".join(f"event: {kind}\nid: {change}\ndata: {data}\n\n" for kind, change, data in events)
        kind = "text/plain" if fault == "wrong type" else "text/event-stream"
        return 200, {"content-type": kind}, text.encode()

    return serve(manner, streams=True)


def stream_cases(run):
    for judge in ("sse_follow.py", "sse_follow.mjs"):
        yield f"{judge}: right", True, lambda j=judge: run(j, stream(), TOKEN, "7", "20"), STREAM_SEEN
        yield f"{judge}: wrong token", False, lambda j=judge: run(j, stream(), "other", "7", "20"), None
        yield f"{judge}: wrong type", False, lambda j=judge: run(j, stream("wrong type"), TOKEN, "7", "20"), None
        yield f"{judge}: more than there is", False, lambda j=judge: run(j, stream(), TOKEN, "8", "1"), None
        # a stream that does not go on where it broke off gives itself away by what is printed
        forgot = "\n".join(STREAM_SEEN.splitlines()[:3] + STREAM_SEEN.splitlines()[:3])
        yield f"{judge}: forgets", True, lambda j=judge: run(j, stream("forgets"), TOKEN, "6", "20"), forgot


# --- Atom ----------------------------------------------------------------------------------------------

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"
      xmlns:fh="http://purl.org/syndication/history/1.0">
<fh:complete/>
<id>urn:luik:wijk</id><title>Vragen &amp; aanbod</title><updated>2026-11-20T10:00:00Z</updated>
<link rel="self" href="SELF"/><author><name>Luik</name></author>
<at:deleted-entry ref="urn:luik:gone" when="2026-11-20T10:00:00Z"/>
<entry><id>urn:luik:a</id><title>Tûn &lt;1&gt;</title><updated>2026-11-20T09:00:00Z</updated>
<link href="https://luik.example/r/wijk/a"/><content type="text">Wie helpt?</content></entry>
<entry><id>urn:luik:b</id><title>Fiets</title><updated>2026-11-19T09:00:00Z</updated>
<link href="https://luik.example/r/wijk/b"/><content type="text">Lenen</content></entry>
</feed>"""
ATOM_SEEN = json.dumps(
    {
        "ids": ["urn:luik:a", "urn:luik:b"],
        "titles": ["Tûn <1>", "Fiets"],
        "links": ["https://luik.example/r/wijk/a", "https://luik.example/r/wijk/b"],
        "deleted": [{"ref": "urn:luik:gone", "when": "2026-11-20T10:00:00Z"}],
        "complete": True,
    }
)
ATOM_FAULTS = {
    "not XML": ("</feed>", ""),
    "no self": ('rel="self"', 'rel="related"'),
    "another self": ("SELF", "https://elsewhere.example/"),
    "no id": ("<id>urn:luik:a</id>", ""),
    "no title": ("<title>Fiets</title>", ""),
    "no updated": ("<updated>2026-11-19T09:00:00Z</updated>", ""),
    "no author": ("<author><name>Luik</name></author>", ""),
    "an id twice": ("<id>urn:luik:b</id>", "<id>urn:luik:a</id>"),
    "a day for a time": ("2026-11-20T10:00:00Z</updated>", "2026-11-20</updated>"),
    "a tombstone without ref": ('ref="urn:luik:gone" ', ""),
    "a tombstone that names somebody": ('10:00:00Z"/>', '10:00:00Z"><at:by><name>Anna</name></at:by></at:deleted-entry>'),
    "a tombstone of what is there": ("urn:luik:gone", "urn:luik:a"),
}


def document(text, kind):
    """Serves a document that knows its own address, for the word SELF."""
    place = []
    place.append(serve(lambda *_: (200, {"content-type": kind}, text.replace("SELF", place[0]).encode())))
    return place[0]


def atom_cases(run):
    kind = "application/atom+xml; charset=utf-8"
    yield "feed_parse.py: right", True, lambda: run("feed_parse.py", document(ATOM, kind)), ATOM_SEEN
    yield "feed_parse.py: wrong type", False, lambda: run("feed_parse.py", document(ATOM, "text/html")), None
    for fault, (old, new) in ATOM_FAULTS.items():
        text = ATOM.replace(old, new, 1)
        yield f"feed_parse.py: {fault}", False, lambda t=text: run("feed_parse.py", document(t, kind)), None


# --- JSON Feed -----------------------------------------------------------------------------------------


def json_feed(fault=None):
    item = {"id": "a", "title": "Tûn", "content_text": "Wie helpt?", "url": "https://luik.example/r/wijk/a"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "feed_url": "SELF", "items": [item]}
    if fault == "version 1":
        feed["version"] = "https://jsonfeed.org/version/1"
    if fault == "no title":
        del feed["title"]
    if fault == "no content":
        del item["content_text"]
    if fault == "a number for an address":
        item["url"] = 7
    if fault == "an id twice":
        feed["items"].append(dict(item))
    if fault == "another self":
        feed["feed_url"] = "https://elsewhere.example/"
    return json.dumps(feed)[:-1] if fault == "not JSON" else json.dumps(feed)


JSON_FEED_FAULTS = ["version 1", "no title", "no content", "a number for an address", "an id twice"]
JSON_FEED_FAULTS += ["another self", "not JSON"]
JSON_FEED_SEEN = '{"ids": ["a"], "titles": ["Tûn"], "links": ["https://luik.example/r/wijk/a"]}'


def json_feed_cases(run):
    kind = "application/feed+json"
    yield "json_feed.mjs: right", True, lambda: run("json_feed.mjs", document(json_feed(), kind)), JSON_FEED_SEEN
    yield "json_feed.mjs: wrong type", False, lambda: run("json_feed.mjs", document(json_feed(), "text/html")), None
    for fault in JSON_FEED_FAULTS:
        yield f"json_feed.mjs: {fault}", False, lambda f=fault: run("json_feed.mjs", document(json_feed(f), kind)), None


# --- descriptions, and an API that is or is not as described -------------------------------------------

VERSION = {"API-Version": {"description": "v", "required": True, "schema": {"type": "string"}}}
PROBLEM = {"type": "object", "required": ["status", "title", "detail"], "additionalProperties": False}
PROBLEM["properties"] = {"status": {"type": "integer"}, "title": {"type": "string"}, "detail": {"type": "string"}}


def response(schema, kind):
    return {"description": "An answer.", "headers": VERSION, "content": {kind: {"schema": schema}}}


def openapi():
    name = {"type": "object", "required": ["name"], "additionalProperties": False}
    name["properties"] = {"name": {"type": "string"}}
    number = {"type": "integer", "minimum": 0, "maximum": 99}
    refused = response(PROBLEM, "application/problem+json")
    get = {
        "operationId": "things",
        "summary": "A thing.",
        "description": "A thing by its number.",
        "tags": ["things"],
        "security": [{"token": []}],
        "parameters": [{"name": "afterNumber", "in": "query", "required": True, "schema": number}],
        "responses": {"200": response(name, "application/json"), "400": refused, "401": refused},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Things",
            "version": "1.0.0",
            "description": "Things.",
            "contact": {"name": "Beheer", "email": "beheer@luik.example", "url": "https://luik.example/"},
        },
        "servers": [{"url": "https://luik.example"}],
        "tags": [{"name": "things", "description": "Things."}],
        "paths": {"/v1/small-things": {"get": get}},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def description(fault):
    api = copy.deepcopy(openapi())
    paths = api["paths"]
    get = paths["/v1/small-things"]["get"]
    if fault in ("/small-things", "/v1/smallThings", "/v1/small-things/", "/v1/small_things"):
        paths[fault] = paths.pop("/v1/small-things")
    if fault == "no version in a refusal":
        get["responses"]["400"] = {**get["responses"]["400"], "headers": {}}
    if fault == "a refusal in plain JSON":
        get["responses"]["401"] = response(PROBLEM, "application/json")
    if fault == "a problem without detail":
        get["responses"]["400"] = response({**PROBLEM, "required": ["status", "title"]}, "application/problem+json")
    if fault == "a contact without mail":
        del api["info"]["contact"]["email"]
    if fault == "version 1":
        api["info"]["version"] = "1"
    if fault == "after_number":
        get["parameters"][0]["name"] = fault
    if fault == "not OpenAPI":
        get["responses"]["200"]["headers"] = 7
    return json.dumps(api)


OPENAPI_FAULTS = ["/small-things", "/v1/smallThings", "/v1/small-things/", "/v1/small_things", "not OpenAPI"]
OPENAPI_FAULTS += ["no version in a refusal", "a refusal in plain JSON", "a problem without detail"]
OPENAPI_FAULTS += ["a contact without mail", "version 1", "after_number"]


def asyncapi(fault):
    action = "sends" if fault else "send"
    info = {"title": "Pushes", "version": "1.0.0", "description": "Pushes."}
    contact = {"name": "Beheer", "email": "beheer@luik.example", "url": "https://luik.example/"}
    licence = {"name": "EUPL-1.2", "url": "https://luik.example/licence"}
    info |= {"contact": contact, "license": licence, "tags": [{"name": "pushes"}]}
    message = {"name": "ping", "payload": {"type": "object"}}
    channels = {"luik": {"address": "/", "messages": {"ping": message}}}
    operation = {"action": action, "description": "A push.", "channel": {"$ref": "#/channels/luik"}}
    servers = {"partner": {"host": "voorbeeldwijk.example", "protocol": "https"}}
    parts = {"servers": servers, "channels": channels, "operations": {"push": operation}}
    return json.dumps({"asyncapi": "3.0.0", "info": info, **parts})


def description_cases(folder, run):
    texts = {("openapi", fault): description(fault) for fault in [None, *OPENAPI_FAULTS]}
    texts |= {("asyncapi", fault): asyncapi(fault) for fault in [None, "an unknown action"]}
    for place, ((kind, fault), text) in enumerate(texts.items()):
        file = folder / f"{kind}-{place}.json"
        file.write_text(text, encoding="utf-8")
        yield f"describe.mjs: {kind}: {fault}", fault is None, lambda k=kind, f=file: run("describe.mjs", k, f), None


def api(fault=None):
    version = {"API-Version": "1.0.0"}

    def refuse(status, more=()):
        body = json.dumps({"status": status, "title": "refused", "detail": "refused"}).encode()
        return status, {"content-type": "application/problem+json", **version, **dict(more)}, body

    def manner(method, path, headers):
        place, query = urlsplit(path).path, parse_qsl(urlsplit(path).query, keep_blank_values=True)
        if place == "/v1/openapi.json":
            return 200, {"content-type": "application/json", **version}, json.dumps(openapi()).encode()
        if method != "GET":
            return refuse(405, {"allow": "GET"}) if fault != "takes every method" else (200, version, b"{}")
        if headers.get("authorization") != f"Bearer {TOKEN}" and fault != "asks for no token":
            return refuse(401, {"www-authenticate": "Bearer"})
        keys = [key for key, _ in query]
        number = dict(query).get("afterNumber", "")
        if keys != ["afterNumber"] or not re.fullmatch("0|[1-9][0-9]?", number):
            return refuse(422 if fault == "an undescribed status" else 400)
        if fault == "falls over" and number == "0":
            return refuse(500)
        name = {"name": number, **({"email": "anna@voorbeeld.example"} if fault == "leaks" else {})}
        return 200, {"content-type": "application/json", **version}, json.dumps(name).encode()

    return serve(manner)


API_FAULTS = ["takes every method", "asks for no token", "an undescribed status", "falls over", "leaks"]


def api_cases(run):
    authorization = {"AUTHORIZATION": f"Bearer {TOKEN}"}
    for fault in [None, *API_FAULTS]:
        few = ("--max-examples", "5")
        act = lambda f=fault: run("contract.py", api(f), *few, **authorization)  # noqa: E731
        yield f"contract.py: {fault}", fault is None, act, None


def cases(folder, run):
    yield from api_cases(run)  # the slowest first
    yield from stream_cases(run)
    yield from description_cases(folder, run)
    yield from atom_cases(run)
    yield from json_feed_cases(run)
