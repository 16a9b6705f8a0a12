//! What partners fetch, and the feeds of readers.

use schemars::JsonSchema;
use schemars::generate::SchemaGenerator;
use serde_json::{Value, json};

use crate::http::Refusal;

use super::super::wire::{
    Holding, HoldingsLine, ID, JsonFeed, Page, Reach, SnapshotLine, StreamData,
};
use super::{Gives, KNOWN, Operation, PARTNER, Sends, Takes, UNCHANGED, media, part, refused};

const AFTER: Takes = Takes {
    name: "afterChangeNumber",
    place: "query",
    about: "Only what comes after this change number; asking for it says that all up to it is dealt \
            with. Without it: from the beginning.",
    shape: part::<Reach>,
};
const SECRET: Takes = Takes {
    name: "secret",
    place: "path",
    about: "The secret that makes this address the partner's own. Whoever has the address can read \
            the feed: treat it as a password.",
    shape: |_| json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{16,128}$" }),
};

pub(super) static OPERATIONS: [Operation; 6] = [
    Operation {
        method: "get",
        path: "/v1/partners/{partner}/items",
        id: "getItems",
        tag: "pull",
        summary: "A page of the feed",
        about: "Items to show and to take away, in the order of their change numbers (RPDE 1.1). \
                Follow `next` to the end, which is a page without items whose `next` is its own \
                address; ask for that again every so often.",
        takes: &[PARTNER, AFTER, KNOWN],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "A page.",
                body: &[("application/json", |parts| media(part::<Page>(parts)))],
                headers: &["ETag", "luik-valid-until"],
            },
            Gives { headers: &["ETag", "luik-valid-until"], ..UNCHANGED },
        ],
        refuses: || refused([Refusal::NoToken, too_old(), Refusal::Over, Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/v1/partners/{partner}/stream",
        id: "followStream",
        tag: "pull",
        summary: "The feed as it moves",
        about: "Server-Sent Events without end: `updated` and `deleted` with an item, whose change \
                number is the event's id; `lease`, until when to show what is held; `resync`, when \
                where you left is no longer known: fetch a snapshot and drop what it lacks. `Last-Event-ID` goes \
                before `afterChangeNumber`.",
        takes: &[
            PARTNER,
            AFTER,
            Takes {
                name: "Last-Event-ID",
                place: "header",
                about: "The id of the last event that was dealt with.",
                shape: part::<Reach>,
            },
        ],
        sends: None,
        gives: &[Gives {
            status: 200,
            about: "Events, as they come. The data of each is one line of JSON.",
            body: &[("text/event-stream", lines::<StreamData>)],
            headers: &["luik-valid-until"],
        }],
        refuses: || refused([Refusal::NoToken, Refusal::Over, Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/v1/partners/{partner}/snapshot",
        id: "getSnapshot",
        tag: "pull",
        summary: "All that may be shown now",
        about: "One item a line; the last line says after which change number to go on with the feed \
                or the stream. Without that line the answer is not whole. Whatever else is held has to \
                go.",
        takes: &[PARTNER],
        sends: None,
        gives: &[Gives {
            status: 200,
            about: "Lines of JSON.",
            body: &[("application/x-ndjson", lines::<SnapshotLine>)],
            headers: &["luik-valid-until"],
        }],
        refuses: || refused([Refusal::NoToken, Refusal::Over, Refusal::Withheld]),
    },
    Operation {
        method: "post",
        path: "/v1/partners/{partner}/holdings",
        id: "compareHoldings",
        tag: "pull",
        summary: "Compare what is held",
        about: "Send what you hold, and get what differs: items to take away and to show, and on the \
                last line how far that reaches. Without that line the answer is not whole.",
        takes: &[PARTNER],
        sends: Some(Sends {
            about: "One line of JSON for each item that is held, at most 2,000,000; none at all says \
                    that nothing is held.",
            form: "application/x-ndjson",
            shape: upload,
        }),
        gives: &[Gives {
            status: 200,
            about: "Lines of JSON.",
            body: &[("application/x-ndjson", lines::<HoldingsLine>)],
            headers: &["luik-valid-until"],
        }],
        refuses: || refused([Refusal::NoToken, Refusal::TooLarge, Refusal::Coded]),
    },
    Operation {
        method: "get",
        path: "/feeds/{partner}/{secret}/items.atom",
        id: "getAtomFeed",
        tag: "readers",
        summary: "The newest items as Atom",
        about: "At most 500. What was taken away stands there as `at:deleted-entry` (RFC 6721). To be \
                displayed only: a reader that keeps what is gone is no way to show it.",
        takes: &[PARTNER, SECRET, KNOWN],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "The feed.",
                body: &[("application/atom+xml", |_| media(json!({ "type": "string" })))],
                headers: &["ETag", "luik-valid-until"],
            },
            Gives { headers: &["ETag", "luik-valid-until"], ..UNCHANGED },
        ],
        refuses: || refused([Refusal::UnknownPath, Refusal::Over, Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/feeds/{partner}/{secret}/items.json",
        id: "getJsonFeed",
        tag: "readers",
        summary: "The newest items as JSON Feed",
        about: "JSON Feed 1.1 with at most 500 items. What is not in it any more has been taken away.",
        takes: &[PARTNER, SECRET, KNOWN],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "The feed.",
                body: &[("application/feed+json", |parts| media(part::<JsonFeed>(parts)))],
                headers: &["ETag", "luik-valid-until"],
            },
            Gives { headers: &["ETag", "luik-valid-until"], ..UNCHANGED },
        ],
        refuses: || refused([Refusal::UnknownPath, Refusal::Over, Refusal::TooLarge]),
    },
];

fn too_old() -> Refusal {
    Refusal::TooOld("https://luik.voorbeeld.nl/v1/partners/voorbeeldwijk/snapshot".into())
}

/// OpenAPI 3.1 has no word for texts of which each line is JSON; 3.2 will say `itemSchema`.
fn lines<T: JsonSchema>(parts: &mut SchemaGenerator) -> Value {
    json!({ "schema": { "type": "string" }, "x-itemSchema": part::<T>(parts) })
}

/// What can be said of an upload of holdings as one text.
fn upload(parts: &mut SchemaGenerator) -> Value {
    let line = format!(r#"\{{"id":"{ID}","modified":[1-9][0-9]{{0,14}}\}}"#);
    let mut lines = lines::<Holding>(parts);
    if let Some(Value::Object(schema)) = lines.get_mut("schema") {
        schema.insert("pattern".to_owned(), json!(format!(r"^({line}\n)*$")));
    }
    lines
}
