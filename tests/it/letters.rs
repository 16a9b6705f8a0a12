//! Letters: to partners without a site that can be told, and to those who mend things.

mod manual;
mod notices;
mod office;

use std::fs;

use crate::embedded::gateway::Gateway;
use crate::embedded::http::{self, Answer};
use crate::embedded::stage::{Stage, partner_file};

/// A partner that gets letters; `more` are lines of `[mail]`.
fn gets_letters(stage: &Stage, id: &str, more: &str) {
    let text = partner_file(&format!("[mail]\nto = \"beheer@{id}.example\"\n{more}\n"));
    let text = text.replace("promise = \"1m\"", "promise = \"24h\"");
    fs::write(stage.path().join(format!("partners/{id}.toml")), text).unwrap();
}

/// What a person sees who follows a link.
fn page(gateway: &Gateway, path: &str) -> Answer {
    let dutch = [("accept-language", "nl")];
    let page = http::try_get(gateway.public, path, &dutch).unwrap();
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self'"));
    assert_eq!(page.header("cache-control"), Some("private, no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    page
}
