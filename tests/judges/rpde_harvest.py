"""Another partner's harvester: `rpde_harvest.py FEED_URL [TOKEN [PUBLIC_URL]]` follows the feed to its
end with OpenActive's Python library, and prints the ids that it then holds as a sorted JSON array.

PUBLIC_URL is what `next` starts with, when that is not where the feed listens.
"""

import contextlib
import json
import sys
from urllib.parse import urlsplit

from openactive import openactive
from requests.adapters import HTTPAdapter


class Leads(HTTPAdapter):
    """Sends what is meant for one place to another, and changes nothing else."""

    def __init__(self, away_from, to):
        super().__init__()
        self.away_from, self.to = away_from, to

    def send(self, request, **options):
        request.url = request.url.replace(self.away_from, self.to, 1)
        return super().send(request, **options)


def main(feed, token="", public_url=None):
    if public_url:
        prefix = public_url.rstrip("/") + "/"
        origin = "{0.scheme}://{0.netloc}/".format(urlsplit(feed))
        openactive.session.mount(prefix, Leads(prefix, origin))
    openactive.session.trust_env = False
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with contextlib.redirect_stdout(sys.stderr):  # the library prints what goes wrong
        harvest = openactive.get_opportunities(
            feed, headers=headers, num_tries_max=1, seconds_wait_next=0, seconds_timeout=60
        )
    if harvest["status"] != "COMPLETE":
        sys.exit(f"failure: harvest ended with {harvest['status']}")
    if not harvest["next_url"]:
        sys.exit("failure: a page without next")
    print(json.dumps(sorted(harvest["items"])))


if __name__ == "__main__":
    main(*sys.argv[1:])
