"""A partner's reader of the stream: `sse_follow.py URL TOKEN EVENTS [SECONDS]` follows it with httpx-sse,
comes back with Last-Event-ID whenever it breaks off, and prints each event as a line of JSON,
{"event", "id", "data"}. Exit 0 after so many events, 1 when they do not come within the time (30).
"""

import json
import signal
import sys
import time

import httpx
import httpx_sse


def fail(why):
    print(f"failure: {why}", file=sys.stderr)
    sys.exit(1)


def events(client, url, headers):
    """The events of one connection, until it breaks off."""
    with httpx_sse.connect_sse(client, "GET", url, headers=headers) as source:
        if source.response.status_code != 200:
            fail(f"the stream answers {source.response.status_code}")
        yield from source.iter_sse()


def follow(url, token, wanted):
    seen, last, pause = 0, "", 0.1
    with httpx.Client(trust_env=False, timeout=None) as client:
        while seen < wanted:
            headers = {"Authorization": f"Bearer {token}", **({"Last-Event-ID": last} if last else {})}
            try:
                for event in events(client, url, headers):
                    last, pause = event.id or last, pause if event.retry is None else event.retry / 1000
                    if not event.data:  # a bare `retry:`, which is no event to a browser
                        continue
                    print(json.dumps({"event": event.event, "id": event.id, "data": event.data}), flush=True)
                    seen += 1
                    if seen == wanted:
                        return
            except httpx_sse.SSEError as error:
                fail(error)
            except httpx.TransportError as error:
                print(f"broke off: {type(error).__name__}", file=sys.stderr)
            time.sleep(pause)


def main(url, token, wanted, seconds="30"):
    signal.signal(signal.SIGALRM, lambda *_: fail("the time is over"))
    signal.setitimer(signal.ITIMER_REAL, float(seconds))
    follow(url, token, int(wanted))


if __name__ == "__main__":
    main(*sys.argv[1:])
