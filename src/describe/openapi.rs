//! OpenAPI 3.1 of the public listener: what is said of every operation alike.

use axum::http::StatusCode;
use schemars::generate::SchemaGenerator;
use serde_json::{Map, Value, json};
use url::Url;

use crate::http::Refusal;

use super::API_VERSION;
use super::operations::{self, Gives, Operation, Sends, TAGS, Takes};
use super::wire::Problem;

const JSON: &str = "application/problem+json";
const ABOUT: &str = "Help requests and offers of a platform, reduced to first name, region and text, \
for partners under an agreement. Whatever is shown has to be taken away when it is removed, or when \
nothing was heard until the moment that the header luik-valid-until names.

HEAD is answered wherever GET is. Another method gets 405, and the header Allow names those that are \
right. An address that is not described here gets 404, one with a slash at its end too; so does a \
query key that is not described get 400. Headers that are too long get 431 without a word. Nothing \
comes that the schemas do not name; they can be fetched under /schemas.";

/// The description of a gateway at this public address, without a slash at its end.
#[must_use]
pub fn openapi(base: &str) -> Value {
    let mut parts = super::generator("/components/schemas");
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations::all() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(operation.method.to_owned(), operation.describe(&mut parts));
        }
    }
    let tags: Vec<Value> =
        TAGS.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect();
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": info(base, "Luik", ABOUT),
        "servers": [{ "url": base, "description": "This gateway." }],
        "tags": tags,
        "paths": paths,
        "components": {
            "headers": headers(),
            "schemas": parts.take_definitions(true),
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "One of the tokens of the partner that the address names.",
            } },
        },
    })
}

/// What both descriptions begin with. The one mailbox that every site has is its webmaster's
/// (RFC 2142).
pub(super) fn info(base: &str, title: &str, about: &str) -> Value {
    let host = Url::parse(base).ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
    json!({
        "title": title,
        "version": API_VERSION,
        "description": about,
        "contact": {
            "name": "The operator of this gateway",
            "url": base,
            "email": format!("webmaster@{}", host.as_deref().unwrap_or("localhost")),
        },
        "license": { "name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/" },
    })
}

fn headers() -> Value {
    let text = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    let sure = |about: &str, schema: Value| json!({ "description": about, "required": true, "schema": schema });
    json!({
        "Accept-Encoding": sure("What would have been taken.", json!({ "type": "string", "const": "identity" })),
        "API-Version": sure("The version of this description.", json!({ "type": "string", "const": API_VERSION })),
        "ETag": text("Send it as If-None-Match: as long as nothing changed, 304 is answered."),
        "Link": text("Where the whole is to be had, when a change number is older than what is kept."),
        "Location": sure("The page where a visitor responds.", json!({ "type": "string", "pattern": "^https?://" })),
        "Retry-After": sure("In so many seconds it can be asked again.", json!({ "type": "integer", "minimum": 1 })),
        "WWW-Authenticate": sure("Bearer", json!({ "type": "string", "const": "Bearer" })),
        "luik-valid-until": {
            "description": "Show nothing after this. Absent while the partner is suspended.",
            "schema": { "type": "string", "format": "date-time" },
        },
    })
}

impl Operation {
    fn describe(&self, parts: &mut SchemaGenerator) -> Value {
        let mut responses = Map::new();
        for given in self.gives {
            responses.insert(given.status.to_string(), self.answer(given, parts));
        }
        let refuses = (self.refuses)();
        for refusal in &refuses {
            let alike = || refuses.iter().filter(|other| other.status() == refusal.status());
            let status = refusal.status().as_u16().to_string();
            responses.entry(status).or_insert_with(|| self.refusal(alike().collect(), parts));
        }
        let security =
            if refuses.contains(&Refusal::NoToken) { json!([{ "token": [] }]) } else { json!([]) };
        let mut described = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.about,
            "parameters": self.takes.iter().map(|takes| takes.describe(parts)).collect::<Vec<_>>(),
            "responses": responses,
            "security": security,
        });
        if let (Value::Object(described), Some(sends)) = (&mut described, &self.sends) {
            described.insert("requestBody".to_owned(), sends.describe(parts));
        }
        described
    }

    fn answer(&self, given: &Gives, parts: &mut SchemaGenerator) -> Value {
        let mut answer = json!({
            "description": given.about,
            "headers": self.headers(given.headers),
        });
        let mut content = Map::new();
        for (form, shape) in given.body {
            content.insert((*form).to_owned(), shape(parts));
        }
        if let (Value::Object(answer), false) = (&mut answer, content.is_empty()) {
            answer.insert("content".to_owned(), content.into());
        }
        answer
    }

    /// Refusals with one status, as they are answered; a visitor is told in words.
    fn refusal(&self, alike: Vec<&Refusal>, parts: &mut SchemaGenerator) -> Value {
        let schema = parts.subschema_for::<Problem>();
        let content =
            if ["/r/", "/embed/", "/confirm/"].iter().any(|part| self.path.starts_with(part)) {
                json!({ "text/html": { "schema": { "type": "string" } } })
            } else {
                let examples = alike.iter().enumerate().map(|(number, refusal)| {
                    (format!("problem{}", number + 1), json!({ "value": refusal.problem() }))
                });
                json!({ JSON: { "schema": schema, "examples": examples.collect::<Map<_, _>>() } })
            };
        let about: Vec<&str> = alike.iter().map(|refusal| refusal.detail()).collect();
        let headers: &[&str] = match alike.first().map(|refusal| refusal.status()) {
            Some(StatusCode::UNAUTHORIZED) => &["WWW-Authenticate"],
            Some(StatusCode::UNSUPPORTED_MEDIA_TYPE) => &["Accept-Encoding"],
            Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
                &["Retry-After"]
            }
            _ if alike.iter().any(|refusal| matches!(refusal, Refusal::TooOld(_))) => &["Link"],
            _ => &[],
        };
        let headers = self.headers(headers);
        json!({ "description": about.join(" "), "headers": headers, "content": content })
    }

    /// These, and what everything under `/v1` comes with.
    fn headers(&self, named: &[&str]) -> Value {
        let everywhere = self.path.starts_with("/v1/").then_some("API-Version");
        let reference = |name: &str| {
            (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))
        };
        everywhere.into_iter().chain(named.iter().copied()).map(reference).collect()
    }
}

impl Takes {
    fn describe(&self, parts: &mut SchemaGenerator) -> Value {
        let schema = (self.shape)(parts);
        // Without the address of a list there is nothing to describe.
        let required = self.place == "path" || self.name == "url";
        json!({
            "name": self.name,
            "in": self.place,
            "required": required,
            "description": self.about,
            "schema": schema,
        })
    }
}

impl Sends {
    fn describe(&self, parts: &mut SchemaGenerator) -> Value {
        json!({
            "description": self.about,
            "required": false,
            "content": { self.form: (self.shape)(parts) },
        })
    }
}
