"""Reads Luik's feed once, from where it stopped last time to its end, and holds what it says.

    LUIK_FEED=https://…/v1/partners/wijk/items LUIK_TOKEN=… LUIK_STATE=/var/lib/luik/pull.json \\
        python3 pull.py [--page]

Python 3.9 or later, nothing to install. Run it from cron as often as was agreed, never two at a
time. Three rules make a reader right: apply only what is newer than what is held, removals too
(`apply`); have a page on disk before the next is asked for, since asking confirms it (`save`); and
show nothing without a lease that is still running (`page`, for --page).
"""

import calendar
import email.utils
import html
import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request

FEED = os.environ.get("LUIK_FEED", "")
TOKEN = os.environ.get("LUIK_TOKEN", "")
STATE = os.environ.get("LUIK_STATE", "")  # a file outside the web root, for this program alone
SNAPSHOT = re.sub("items$", "snapshot", FEED)
PAGE_MAX = 16 << 20  # bytes
REQUEST_TIME = 30  # seconds
RUN_TIME = 10 * 60
PATIENCE = 60  # a longer Retry-After is left to a later run
TRIES = 4
SHOWN_MAX = 500


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token is for the gateway alone."""

    def redirect_request(self, *_):
        return None


def run(state, deadline):
    """Page after page, each kept before the next is asked for."""
    while time.time() < deadline:
        here = state["next"]
        answer = fetch(here, state)
        if answer.status == 410 and here != SNAPSHOT:
            # Away for too long: removals may have been missed, so nothing may stay. From here on
            # the snapshot is what comes next, also for a later run.
            state.update(items={}, next=SNAPSHOT)
        elif answer.status == 410:
            sys.exit("luik: the agreement has ended, and nothing is held any more")
        elif answer.status in (401, 403):
            sys.exit("luik: the gateway refuses the token: is LUIK_TOKEN right, and still valid?")
        elif answer.status != 200:
            sys.exit(f"luik: the gateway answers {answer.status}")
        else:
            take_snapshot(answer, state) if here == SNAPSHOT else take_page(answer, state)
            if answer.headers["luik-valid-until"]:
                state["validUntil"] = seconds(answer.headers["luik-valid-until"])
        at_the_end = state["next"] == here
        save(state)
        if at_the_end:
            return
    sys.exit("luik: not at the end yet; the next run goes on from here")


def fetch(url, state):
    """An answer, whatever its status. A gateway that asks for patience gets it."""
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {TOKEN}"})
    for _ in range(TRIES):
        try:
            answer = urllib.request.build_opener(Stay).open(request, timeout=REQUEST_TIME)
        except urllib.error.HTTPError as error:
            answer = error
        if answer.status not in (429, 503):
            return answer
        wait = retry_after(answer.headers["retry-after"])
        if wait > PATIENCE:
            break
        time.sleep(wait)
    state["notBefore"] = time.time() + wait
    save(state)
    sys.exit(f"luik: the gateway asks for patience, {wait:.0f} seconds")


def retry_after(text):
    """Seconds, or a date; five minutes when it does not say, and at most a day."""
    if re.fullmatch("[0-9]{1,9}", text or ""):
        return min(int(text), 86400)
    try:
        return min(max(0, email.utils.parsedate_to_datetime(text).timestamp() - time.time()), 86400)
    except (TypeError, ValueError):
        return 300


def take_page(answer, state):
    """Applies a page. At the end of the feed it is empty and leads to itself."""
    body = answer.read(PAGE_MAX + 1)
    page = json.loads(body) if len(body) <= PAGE_MAX else sys.exit("luik: a page is too large")
    if not is_of_the_feed(page["next"]):
        sys.exit("luik: a page leads away from the feed")  # and the token would go with it
    for item in page["items"]:
        apply(item, state["items"])
    state["next"] = page["next"]


def is_of_the_feed(url):
    return url in (FEED, SNAPSHOT) or url.startswith(FEED + "?")


def take_snapshot(answer, state):
    """All that is live, a line each; the last line tells where the feed goes on from there. Without
    that line it broke off, and nothing of it counts."""
    items = {}
    for line in answer:
        entry = json.loads(line)
        if "upTo" in entry:
            state.update(items=items, next=f"{FEED}?afterChangeNumber={int(entry['upTo'])}")
            return
        apply(entry, items)
    sys.exit("luik: the snapshot broke off")


def apply(item, items):
    """A removal stays as a tombstone without data, so that nothing older ever brings it back."""
    name, modified = item["id"], int(item["modified"])
    if not re.fullmatch("[a-z2-7]{26}", name):
        raise ValueError("an item without an id")
    held = items.get(name)
    if held is None or held["modified"] < modified:
        data = item["data"] if item["state"] == "updated" else None
        items[name] = {"kind": item["kind"], "modified": modified, "data": data}


def seconds(text):
    """`2026-11-22T07:13:54.294Z` as seconds since 1970."""
    parts = re.fullmatch(r"([0-9-]{10}T[0-9:]{8})(\.[0-9]+)?Z", text)
    return calendar.timegm(time.strptime(parts[1], "%Y-%m-%dT%H:%M:%S")) + float(parts[2] or 0)


def load():
    try:
        with open(STATE, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"next": FEED, "validUntil": None, "notBefore": 0, "items": {}}


def save(state):
    """Items and the place in the feed in one: the old state or the new one, whatever happens."""
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
    running = state["validUntil"] is not None and now <= state["validUntil"]
    items = [held for held in state["items"].values() if held["data"] is not None] if running else []
    items.sort(key=lambda held: -held["modified"])
    cards = "".join(card(held["kind"], held["data"]) for held in items[:SHOWN_MAX])
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


def main():
    if not re.match("https://|http://(127.0.0.1|localhost)[:/]", FEED) or not TOKEN or not STATE:
        sys.exit("luik: LUIK_FEED (https), LUIK_TOKEN and LUIK_STATE must be set")
    os.umask(0o077)
    state = load()
    if "--page" in sys.argv:
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
        return print(page(state, time.time()))
    if not is_of_the_feed(state["next"]):
        sys.exit("luik: LUIK_STATE belongs to another feed; remove the file to start anew")
    if time.time() < state["notBefore"]:
        return print("luik: not yet: the gateway asked for patience")
    try:
        run(state, time.time() + RUN_TIME)
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError) as error:
        sys.exit(f"luik: the feed could not be read: {type(error).__name__}")
    shown = sum(held["data"] is not None for held in state["items"].values())
    return print(f"luik: {shown} items held, {len(state['items']) - shown} removed")


if __name__ == "__main__":
    main()
