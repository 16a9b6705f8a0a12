//! The descriptions themselves.

use serde_json::json;

use crate::http::Refusal;

use super::{Gives, KNOWN, Operation, Takes, UNCHANGED, media, refused};

pub(super) static OPERATIONS: [Operation; 2] = [
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
                shape: |_| json!({ "type": "string", "enum": super::super::names() }),
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
