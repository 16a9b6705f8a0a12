//! What people on partner sites get to see, and what sites need for it.

use schemars::generate::SchemaGenerator;
use serde_json::{Value, json};

use crate::http::Refusal;
use crate::model::{Region, Sequence};

use super::super::wire::{EmbedItems, Id, Oembed};
use super::{Gives, KNOWN, Operation, PARTNER, Takes, UNCHANGED, media, part, refused};

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

const TICKET: Takes = Takes {
    name: "ticket",
    place: "path",
    about: "From the letter: it names what is confirmed, and can not be made up.",
    shape: |_| json!({ "type": "string", "pattern": "^[a-z2-7]{64}$" }),
};

/// A small page.
const SAID: &[Gives] = &[Gives {
    status: 200,
    about: "In Dutch, English or Frisian, as Accept-Language wishes.",
    body: &[("text/html", |_| media(json!({ "type": "string" })))],
    headers: &[],
}];

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

pub(super) static OPERATIONS: [Operation; 9] = [
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
        path: "/confirm/{partner}/{ticket}",
        id: "getConfirmation",
        tag: "visitors",
        summary: "What the link in a letter would confirm",
        about: "For partners that get letters: which removals the letter named that are still open, \
                with a button. Looking changes nothing. Refusals are small pages, too.",
        takes: &[PARTNER, TICKET],
        sends: None,
        gives: SAID,
        refuses: || refused([Refusal::UnknownPath, Refusal::Removed, Refusal::TooLarge]),
    },
    Operation {
        method: "post",
        path: "/confirm/{partner}/{ticket}",
        id: "confirmRemovals",
        tag: "visitors",
        summary: "Confirms that what a letter named is gone",
        about: "The button. Confirms what the letter named and is still open; again is as once.",
        takes: &[PARTNER, TICKET],
        sends: None,
        gives: SAID,
        refuses: || refused([Refusal::UnknownPath, Refusal::Removed, Refusal::TooLarge]),
    },
];

fn pixels(_: &mut SchemaGenerator) -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": 65_535 })
}
