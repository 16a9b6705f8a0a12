//! The operations of the public listener, one by one. A test holds their paths and methods against
//! the routes of `serve`.

use schemars::JsonSchema;
use schemars::generate::SchemaGenerator;
use serde_json::{Value, json};

use crate::http::Refusal;
use crate::model::{Region, Sequence};

use super::wire::{
    EmbedItems, Holding, HoldingsLine, ID, Id, JsonFeed, Oembed, Page, Reach, SnapshotLine,
    StreamData,
};

/// One method of one path.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    pub(super) takes: &'static [Takes],
    pub(super) sends: Option<Sends>,
    pub(super) gives: &'static [Gives],
    pub(super) refuses: fn() -> Vec<Refusal>,
}

/// Makes a schema, or a media type, whose parts are kept elsewhere.
pub(super) type Shape = fn(&mut SchemaGenerator) -> Value;

/// A parameter.
pub(super) struct Takes {
    pub(super) name: &'static str,
    pub(super) place: &'static str,
    pub(super) about: &'static str,
    pub(super) shape: Shape,
}

/// The body of a request.
pub(super) struct Sends {
    pub(super) about: &'static str,
    pub(super) form: &'static str,
    pub(super) shape: Shape,
}

/// An answer that is no refusal.
pub(super) struct Gives {
    pub(super) status: u16,
    pub(super) about: &'static str,
    pub(super) body: &'static [(&'static str, Shape)],
    pub(super) headers: &'static [&'static str],
}

/// Which sorts of operations there are.
pub(super) const TAGS: [(&str, &str); 4] = [
    ("pull", "For partners that fetch, with a token."),
    ("readers", "For feed readers that can send no token: the address itself is the secret."),
    ("visitors", "For people on a partner's site: lists, and the links in them."),
    ("descriptions", "What this API and its messages look like. Open to all."),
];

const PARTNER: Takes = Takes {
    name: "partner",
    place: "path",
    about: "The partner, as the gateway calls it.",
    shape: |_| json!({ "type": "string", "pattern": "^[a-z0-9-]{1,63}$", "examples": ["voorbeeldwijk"] }),
};
const AFTER: Takes = Takes {
    name: "afterChangeNumber",
    place: "query",
    about: "Only what comes after this change number; asking for it says that all up to it is dealt \
            with. Without it: from the beginning.",
    shape: part::<Reach>,
};
const KNOWN: Takes = Takes {
    name: "If-None-Match",
    place: "header",
    about: "The ETag of an earlier answer.",
    shape: |_| json!({ "type": "string" }),
};
const SECRET: Takes = Takes {
    name: "secret",
    place: "path",
    about: "The secret that makes this address the partner's own. Whoever has the address can read \
            the feed: treat it as a password.",
    shape: |_| json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{16,128}$" }),
};

const KIND: Takes = Takes {
    name: "kind",
    place: "query",
    about: "Only requests, or only offers; empty: both.",
    shape: |_| json!({ "type": "string", "enum": ["", "request", "offer"] }),
};
const REGION: Takes = Takes {
    name: "region",
    place: "query",
    about: "Only in this region, by its code (CBS, 2026): a municipality, or a province with all \
            that lies in it; empty: everywhere.",
    shape: |_| {
        let codes = [""].into_iter().chain(Region::all().map(Region::code));
        json!({ "type": "string", "enum": codes.collect::<Vec<_>>() })
    },
};
const BEFORE: Takes = Takes {
    name: "before",
    place: "query",
    about: "Only what last changed before this change number: the next page, as the links say. \
            Without it: from the newest on.",
    shape: |_| json!({ "type": "integer", "minimum": 1, "maximum": Sequence::MAX.get() }),
};
const LANGUAGE: Takes = Takes {
    name: "lang",
    place: "query",
    about: "The language of everything but the items. Without it: as Accept-Language wishes, or \
            Dutch.",
    shape: |_| json!({ "type": "string", "enum": ["nl", "en", "fy"] }),
};

const UNCHANGED: Gives = Gives {
    status: 304,
    about: "What If-None-Match names is what would be answered.",
    body: &[],
    headers: &["ETag"],
};

/// A list for visitors.
const LISTS: &[Gives] = &[
    Gives {
        status: 200,
        about: "The list.",
        body: &[("text/html", |_| media(json!({ "type": "string" })))],
        headers: &["ETag"],
    },
    UNCHANGED,
];

/// These, and what anything can be refused for.
fn refused(more: impl IntoIterator<Item = Refusal>) -> Vec<Refusal> {
    let always = [
        Refusal::UnknownKey,
        Refusal::WrongValue("A header or a value is not what it must be."),
        Refusal::UriTooLong,
        Refusal::Unexpected,
        Refusal::TooMany { retry_after: 1 },
        Refusal::Broken,
        Refusal::Unavailable,
    ];
    more.into_iter().chain(always).collect()
}

fn too_old() -> Refusal {
    Refusal::TooOld("https://luik.voorbeeld.nl/v1/partners/voorbeeldwijk/snapshot".into())
}

/// All of them.
pub(super) const OPERATIONS: [Operation; 15] = [
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
    Operation {
        method: "get",
        path: "/embed/{partner}",
        id: "getEmbed",
        tag: "visitors",
        summary: "A list for a frame",
        about: "The newest items, twenty a page, as a page that works without script. The sites that \
                the agreement names may frame it. Refusals are pages, too.",
        takes: &[PARTNER, KIND, REGION, BEFORE, LANGUAGE, KNOWN],
        sends: None,
        gives: LISTS,
        refuses: || refused([Refusal::UnknownPartner, Refusal::Over, Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/embed/{partner}/fragment",
        id: "getEmbedFragment",
        tag: "visitors",
        summary: "A list to be put into a page by its server",
        about: "The same items as semantic HTML without head, style or script, so that a site's \
                visitors never meet this gateway. To be asked for again after sixty seconds, and shown \
                no longer than that: what was taken away is gone from it.",
        takes: &[
            PARTNER,
            KIND,
            REGION,
            BEFORE,
            LANGUAGE,
            Takes {
                name: "heading",
                place: "query",
                about: "The level of the items' headings; 3 without it.",
                shape: |_| json!({ "type": "integer", "minimum": 2, "maximum": 6 }),
            },
            KNOWN,
        ],
        sends: None,
        gives: LISTS,
        refuses: || refused([Refusal::UnknownPartner, Refusal::Over, Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/embed/{partner}/items.json",
        id: "getEmbedItems",
        tag: "visitors",
        summary: "A list for the custom element",
        about: "What `<luik-items>` shows. Scripts of the sites that the agreement names may read it.",
        takes: &[
            PARTNER,
            KIND,
            REGION,
            Takes {
                name: "limit",
                place: "query",
                about: "Most items; 20 without it.",
                shape: |_| json!({ "type": "integer", "minimum": 1, "maximum": 20 }),
            },
            KNOWN,
        ],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "The items.",
                body: &[("application/json", |parts| media(part::<EmbedItems>(parts)))],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        refuses: || refused([Refusal::UnknownPartner, Refusal::Over, Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/embed/luik.js",
        id: "getScript",
        tag: "visitors",
        summary: "The custom element",
        about: "The script behind `<luik-items partner=\"…\">`, as it is now. Content-Location says \
                where these very bytes stay while this version of the gateway runs, for pages that pin them \
                (Subresource Integrity): `luik-`, their SHA-384 as base64url, `.js`.",
        takes: &[KNOWN],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "The script.",
                body: &[("text/javascript", |_| media(json!({ "type": "string" })))],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        refuses: || refused([Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/embed/wordpress.js",
        id: "getEmbedScript",
        tag: "visitors",
        summary: "What a list needs within WordPress",
        about: "The page of a list loads it. It tells the page around how high the frame has to be, and \
                leads links out of it, by WordPress's own protocol; elsewhere it does nothing.",
        takes: &[KNOWN],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "The script.",
                body: &[("text/javascript", |_| media(json!({ "type": "string" })))],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        refuses: || refused([Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/oembed",
        id: "getOembed",
        tag: "visitors",
        summary: "A frame for the address of a list",
        about: "oEmbed 1.0, type rich. Sites keep the answer for ever, so there is no item in it. The \
                pages of lists lead here. XML is not made.",
        takes: &[
            Takes {
                name: "url",
                place: "query",
                about: "The address of a list, with its query.",
                shape: |_| json!({ "type": "string", "minLength": 1 }),
            },
            Takes { name: "maxwidth", place: "query", about: "In pixels.", shape: pixels },
            Takes { name: "maxheight", place: "query", about: "In pixels.", shape: pixels },
            Takes {
                name: "format",
                place: "query",
                about: "Of the answer.",
                shape: |_| json!({ "type": "string", "enum": ["json"] }),
            },
            Takes {
                name: "dnt",
                place: "query",
                about: "That nobody wants to be followed about; nobody is.",
                shape: |_| json!({ "type": "string" }),
            },
            KNOWN,
        ],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "How to frame it.",
                body: &[("application/json", |parts| media(part::<Oembed>(parts)))],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        refuses: || {
            let more = [Refusal::UnknownPath, Refusal::UnknownPartner, Refusal::Over];
            refused(more.into_iter().chain([Refusal::OtherForm, Refusal::TooLarge]))
        },
    },
    Operation {
        method: "get",
        path: "/r/{partner}/{id}",
        id: "followReferral",
        tag: "visitors",
        summary: "To the page where a visitor responds",
        about: "The address of every item leads here. Refusals are small pages in Dutch, English or \
                Frisian, as Accept-Language wishes.",
        takes: &[
            PARTNER,
            Takes { name: "id", place: "path", about: "The item.", shape: part::<Id> },
        ],
        sends: None,
        gives: &[Gives { status: 303, about: "There.", body: &[], headers: &["Location"] }],
        refuses: || refused([Refusal::UnknownPath, Refusal::Removed, Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/schemas/{name}",
        id: "getSchema",
        tag: "descriptions",
        summary: "A schema of what travels",
        about: "JSON Schemas (2020-12), closed, each standing alone; and AsyncAPI 3 of pushes and the \
                stream, as asyncapi.json.",
        takes: &[
            Takes {
                name: "name",
                place: "path",
                about: "Which one.",
                shape: |_| json!({ "type": "string", "enum": super::names() }),
            },
            KNOWN,
        ],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "The schema.",
                body: &[
                    ("application/schema+json", |_| media(json!({ "type": "object" }))),
                    ("application/json", |_| media(json!({ "type": "object" }))),
                ],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        refuses: || refused([Refusal::UnknownPath, Refusal::TooLarge]),
    },
    Operation {
        method: "get",
        path: "/v1/openapi.json",
        id: "getDescription",
        tag: "descriptions",
        summary: "This description",
        about: "OpenAPI 3.1, from the running gateway.",
        takes: &[KNOWN],
        sends: None,
        gives: &[
            Gives {
                status: 200,
                about: "The description.",
                body: &[("application/json", |_| {
                    let members = ["openapi", "info", "paths"];
                    media(json!({ "type": "object", "required": members }))
                })],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        refuses: || refused([Refusal::TooLarge]),
    },
];

fn pixels(_: &mut SchemaGenerator) -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": 65_535 })
}

fn part<T: JsonSchema>(parts: &mut SchemaGenerator) -> Value {
    parts.subschema_for::<T>().to_value()
}

fn media(schema: Value) -> Value {
    json!({ "schema": schema })
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
