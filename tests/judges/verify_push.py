"""Judge of one push: `verify_push.py FILE`, exit 0 when a partner's libraries accept it.

FILE holds {"headers": {...}, "body": "the body as it was sent", "secret": "whsec_..."}.
The signature is checked by the standardwebhooks package, the body by the cloudevents package.
"""

import base64
import json
import sys

from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from standardwebhooks import Webhook, WebhookVerificationError

CONTENT_TYPE = "application/cloudevents+json"
REQUIRED = ("specversion", "id", "source", "type", "data")


class Refused(Exception):
    """Something a partner's library would not accept."""


def must_refuse(what, secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return
    raise Refused(f"the signature also fits {what}")


def judge_signature(headers, body, secret):
    try:
        Webhook(secret).verify(body, headers)
    except (WebhookVerificationError, ValueError) as error:
        raise Refused(f"signature: {error}") from error
    other_key = bytes(byte ^ 1 for byte in base64.b64decode(secret.removeprefix("whsec_")))
    must_refuse("another secret", base64.b64encode(other_key).decode(), body, headers)
    must_refuse("a body with one more blank", secret, body[:-1] + " " + body[-1], headers)
    must_refuse("another id", secret, body, headers | {"webhook-id": headers["webhook-id"] + "x"})
    later = str(int(headers["webhook-timestamp"]) + 1)
    must_refuse("another time", secret, body, headers | {"webhook-timestamp": later})


def judge_event(headers, body):
    content_type = headers.get("content-type", "").split(";")[0].strip()
    if content_type != CONTENT_TYPE:
        raise Refused(f"content type is {content_type!r}, not {CONTENT_TYPE}")
    # The package makes up what is missing, so what must be there is looked for first.
    sent = json.loads(body)
    if missing := [name for name in REQUIRED if name not in sent]:
        raise Refused(f"event lacks {', '.join(missing)}")
    try:
        event = from_structured_event(HTTPMessage(headers=headers, body=body.encode()))
    except Exception as error:  # the package raises many kinds
        raise Refused(f"event: {error}") from error
    read = (event.get_id(), event.get_source(), event.get_type(), event.get_data())
    if read != (sent["id"], sent["source"], sent["type"], sent["data"]):
        raise Refused("event: the package reads other values than were sent")
    if event.get_id() != headers["webhook-id"]:
        raise Refused("event id and webhook-id differ")
    return event


def main(path):
    with open(path, encoding="utf-8") as file:
        push = json.load(file)
    headers = {name.lower(): value for name, value in push["headers"].items()}
    judge_signature(headers, push["body"], push["secret"])
    print(f"accepted: {judge_event(headers, push['body']).get_type()}")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Refused as refusal:
        sys.exit(f"refused: {refusal}")
