"""Judge of an Atom document: `feed_parse.py URL|FILE [SELF]`, exit 0 when feedparser (PyPI) reads it
without complaint and it is as RFC 4287 (feed), RFC 6721 (tombstones) and RFC 5005 (completeness) ask.

SELF is what the document must call itself, when that is not where it was fetched. Prints what a
reader sees: {"ids", "titles", "links", "deleted", "complete"}.
"""

import collections
import json
import pathlib
import re
import sys
from xml.etree import ElementTree

import feedparser
import httpx

ATOM = "{http://www.w3.org/2005/Atom}"
AT = "{http://purl.org/atompub/tombstones/1.0}"
FH = "{http://purl.org/syndication/history/1.0}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def fetch(place):
    if not place.startswith("http"):
        return pathlib.Path(place).read_bytes(), None
    answer = httpx.get(place, trust_env=False)
    if answer.status_code != 200:
        sys.exit(f"refused: it answers {answer.status_code}")
    return answer.content, answer.headers.get("content-type", "")


def text(element, name):
    return (element.findtext(ATOM + name) or "").strip()


def links(element, rel):
    found = element.findall(f"{ATOM}link")
    return [link.get("href") for link in found if link.get("rel", "alternate") == rel]


def faults_of_entry(entry, has_author):
    yield from (f"an entry without {name}" for name in ("id", "title", "updated") if not text(entry, name))
    if text(entry, "updated") and not TIME.fullmatch(text(entry, "updated")):
        yield "an entry's updated is no time of RFC 3339"
    if not has_author and entry.find(f"{ATOM}author") is None:
        yield "an entry without an author, in a feed without one"
    if entry.find(f"{ATOM}content") is None and not links(entry, "alternate"):
        yield "an entry with neither content nor a page of its own"


def faults_of_tombstones(feed, entries):
    gone = feed.findall(f"{AT}deleted-entry")
    marks = [(each.get("ref", ""), each.get("when", "")) for each in gone]
    updated = {text(entry, "id"): text(entry, "updated") for entry in entries}
    if any(not ref or not TIME.fullmatch(when) for ref, when in marks):
        yield "a tombstone without ref, or without a time"
    if len(set(marks)) < len(marks):
        yield "two tombstones for the same deletion"
    if any(each.find(f"{AT}by") is not None for each in gone):
        yield "a tombstone that names somebody"
    if any(ref in updated and when >= updated[ref] for ref, when in marks):
        yield "an entry that its own tombstone takes away"


def faults(feed, self):
    if feed.tag != f"{ATOM}feed":
        yield "not an Atom feed"
    yield from (f"the feed has no {name}" for name in ("id", "title", "updated") if not text(feed, name))
    if not TIME.fullmatch(text(feed, "updated")):
        yield "the feed's updated is no time of RFC 3339"
    entries = feed.findall(f"{ATOM}entry")
    twice = [name for name, count in collections.Counter(text(each, "id") for each in entries).items() if count > 1]
    if twice:
        yield f"{len(twice)} ids stand there twice"
    if len(links(feed, "self")) != 1 or (self and links(feed, "self") != [self]):
        yield "the feed does not say where it is"
    for entry in entries:
        yield from faults_of_entry(entry, feed.find(f"{ATOM}author") is not None)
    yield from faults_of_tombstones(feed, entries)


def main(place, self=None):
    document, kind = fetch(place)
    found = [] if kind is None or kind.startswith("application/atom+xml") else [f"its type is {kind}"]
    seen = feedparser.parse(document, response_headers={"content-type": kind or "application/atom+xml"})
    if seen.bozo:
        sys.exit(f"refused: feedparser: {type(seen.bozo_exception).__name__}")
    feed = ElementTree.fromstring(document)
    found += faults(feed, self or (place if kind is not None else None))
    ids = [text(entry, "id") for entry in feed.findall(f"{ATOM}entry")]
    if [entry.get("id") for entry in seen.entries] != ids:
        found.append("feedparser sees other entries than there are")
    for fault in sorted(set(found)):
        print(f"refused: {fault}", file=sys.stderr)
    gone = [{"ref": each.get("ref"), "when": each.get("when")} for each in feed.findall(f"{AT}deleted-entry")]
    titles, pages = [e.get("title") for e in seen.entries], [e.get("link") for e in seen.entries]
    complete = feed.find(f"{FH}complete") is not None
    print(json.dumps({"ids": ids, "titles": titles, "links": pages, "deleted": gone, "complete": complete}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
