//! The operations of the public listener, one by one. A test holds their paths and methods against
//! the routes of `serve`.

mod descriptions;
mod pull;
mod visitors;

use schemars::JsonSchema;
use schemars::generate::SchemaGenerator;
use serde_json::{Value, json};

use crate::http::Refusal;

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
const KNOWN: Takes = Takes {
    name: "If-None-Match",
    place: "header",
    about: "The ETag of an earlier answer.",
    shape: |_| json!({ "type": "string" }),
};

const UNCHANGED: Gives = Gives {
    status: 304,
    about: "What If-None-Match names is what would be answered.",
    body: &[],
    headers: &["ETag"],
};

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

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Operation> {
    pull::OPERATIONS.iter().chain(&visitors::OPERATIONS).chain(&descriptions::OPERATIONS)
}

fn part<T: JsonSchema>(parts: &mut SchemaGenerator) -> Value {
    parts.subschema_for::<T>().to_value()
}

fn media(schema: Value) -> Value {
    json!({ "schema": schema })
}
