//! AsyncAPI 3 of what the gateway sends of its own accord: pushes, and events on the stream.

use schemars::JsonSchema;
use schemars::generate::SchemaGenerator;
use serde_json::{Map, Value, json};
use url::Url;

use super::wire::{
    Answer, Deleted, Event, HoldingsAsked, ItemsChanged, Lease, LeaseRenewed, Ping, Resync,
    Subject, Updated,
};

const ABOUT: &str = "What the gateway sends by itself. A push partner gets signed messages at an \
address of its own; a pull partner with a token can listen to a stream. Of an item only what has a \
higher change number than what is held is applied, tombstones included; the same message may come \
more than once, and in another order.";

/// The description of a gateway at this public address, without a slash at its end.
#[must_use]
pub fn asyncapi(base: &str) -> Value {
    let mut parts = super::generator("/components/schemas");
    let mut info = super::openapi::info(base, "Luik: pushes and stream", ABOUT);
    if let Value::Object(info) = &mut info {
        let tags = json!([{ "name": "push" }, { "name": "stream" }]);
        info.insert("tags".to_owned(), tags);
    }
    let push = pushes(&mut parts);
    let stream = events(&mut parts);
    let answer =
        message::<Answer>("answer", "What a receiver may say.", "application/json", &mut parts);
    json!({
        "asyncapi": "3.0.0",
        "info": info,
        "defaultContentType": "application/json",
        "servers": servers(base),
        "channels": {
            "push": {
                "address": "/",
                "description": "The endpoint that the partner named: POST over https.",
                "servers": [{ "$ref": "#/servers/partner" }],
                "messages": push,
            },
            "answer": {
                "address": null,
                "description": "The body of the partner's 2xx. It may stay empty.",
                "messages": { "answer": answer },
            },
            "stream": {
                "address": "/v1/partners/{partner}/stream",
                "description": "Server-Sent Events: the name of a message is the event's. Its id is the \
                                change number to go on after.",
                "servers": [{ "$ref": "#/servers/gateway" }],
                "parameters": { "partner": { "description": "The partner, as the gateway calls it." } },
                "messages": stream,
            },
        },
        "operations": operations(),
        "components": {
            "schemas": parts.take_definitions(true),
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "One of the partner's tokens.",
            } },
        },
    })
}

fn servers(base: &str) -> Value {
    let url = Url::parse(base).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("localhost");
    let port = url.as_ref().and_then(Url::port);
    let host = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    json!({
        "partner": {
            "host": "voorbeeldwijk.example",
            "pathname": "/luik",
            "protocol": "https",
            "description": "A partner's receiver.",
        },
        "gateway": {
            "host": host,
            "pathname": url.as_ref().map_or("/", Url::path),
            "protocol": url.as_ref().map_or("https", Url::scheme),
            "description": "The gateway.",
            "security": [{ "$ref": "#/components/securitySchemes/token" }],
        },
    })
}

fn operations() -> Value {
    json!({
        "push": {
            "action": "send",
            "description": "Sent again, later and later, until it is answered with 2xx; removals for \
                            ever. 410 says that the endpoint is gone. Retry-After is honoured.",
            "channel": { "$ref": "#/channels/push" },
            "bindings": { "http": { "method": "POST", "bindingVersion": "0.3.0" } },
            "reply": { "channel": { "$ref": "#/channels/answer" } },
        },
        "stream": {
            "action": "send",
            "description": "Sent as things happen, from where the partner left off.",
            "channel": { "$ref": "#/channels/stream" },
            "bindings": { "http": { "method": "GET", "bindingVersion": "0.3.0" } },
        },
    })
}

fn pushes(parts: &mut SchemaGenerator) -> Value {
    let all = [
        push::<ItemsChanged>("Show these, take those away.", parts),
        push::<LeaseRenewed>(
            "Until when what is held may be shown, and what that should be.",
            parts,
        ),
        push::<HoldingsAsked>("What is held?", parts),
        push::<Ping>("Is anybody there?", parts),
    ];
    Value::Object(all.into_iter().collect::<Map<_, _>>())
}

/// A message under the headers of Standard Webhooks.
fn push<D: Subject>(about: &str, parts: &mut SchemaGenerator) -> (String, Value) {
    let form = "application/cloudevents+json";
    let mut message = message::<Event<D>>(D::TYPE, about, form, parts);
    let text = |about: &str, pattern: &str| json!({ "type": "string", "description": about, "pattern": pattern });
    let headers = json!({
        "type": "object",
        "required": ["webhook-id", "webhook-timestamp", "webhook-signature", "luik-agreement"],
        "properties": {
            "webhook-id": text("The same however often it is tried.", "^msg_[a-z2-7]{51}[aq]$"),
            "webhook-timestamp": text("Of this try: seconds since 1970.", "^[0-9]+$"),
            "webhook-signature": text(
                "HMAC-SHA256 over id, timestamp and body; one for each secret while they change.",
                "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$",
            ),
            "luik-agreement": text("The digest of the agreement in force.", "^sha256:[0-9a-f]{64}$"),
        },
    });
    if let Value::Object(message) = &mut message {
        message.insert("headers".to_owned(), headers);
    }
    (D::TYPE.to_owned(), message)
}

fn events(parts: &mut SchemaGenerator) -> Value {
    let form = "application/json";
    json!({
        "updated": message::<Updated>("updated", "Show this.", form, parts),
        "deleted": message::<Deleted>("deleted", "Take this away.", form, parts),
        "lease": message::<Lease>("lease", "Until when what is held may be shown.", form, parts),
        "resync": message::<Resync>("resync", "Where you left is no longer known: fetch a snapshot and drop what it lacks.", form, parts),
    })
}

fn message<T: JsonSchema>(
    name: &str,
    about: &str,
    form: &str,
    parts: &mut SchemaGenerator,
) -> Value {
    json!({
        "name": name,
        "title": name,
        "summary": about,
        "contentType": form,
        "payload": parts.subschema_for::<T>(),
    })
}
