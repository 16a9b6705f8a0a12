//! The files that pages name: named by their content, so that they can be kept for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::evidence;
use crate::http::Refusal;
use crate::serve::Preview;

/// Where they are.
pub(super) const PLACE: &str = "/console/files/";

/// A file with its name.
#[derive(Debug)]
pub(super) struct File {
    name: String,
    form: &'static str,
    content: &'static str,
}

impl File {
    fn new(stem: &str, (ending, form): (&str, &'static str), content: &'static str) -> Self {
        let digest = HEXLOWER.encode(&Sha256::digest(content));
        let name = format!("{stem}-{}.{ending}", digest.split_at(16).0);
        Self { name, form, content }
    }

    /// Its path.
    pub(super) fn path(&self) -> String {
        format!("{PLACE}{}", self.name)
    }
}

const CSS: (&str, &str) = ("css", "text/css; charset=utf-8");
const JS: (&str, &str) = ("js", "text/javascript; charset=utf-8");
const SVG: (&str, &str) = ("svg", "image/svg+xml");

pub(super) static STYLE: LazyLock<File> =
    LazyLock::new(|| File::new("console", CSS, include_str!("console.css")));
pub(super) static LIVE: LazyLock<File> =
    LazyLock::new(|| File::new("live", JS, include_str!("live.js")));
pub(super) static ICON: LazyLock<File> =
    LazyLock::new(|| File::new("luik", SVG, include_str!("luik.svg")));
/// The look of a partner's list.
pub(super) static LIST: LazyLock<File> = LazyLock::new(|| File::new("list", CSS, Preview::STYLE));
/// The look of a statement.
pub(super) static STATEMENT: LazyLock<File> =
    LazyLock::new(|| File::new("statement", CSS, evidence::STYLE));

/// `GET /console/files/{name}`
pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Refusal> {
    let all = [&*STYLE, &*LIVE, &*ICON, &*LIST, &*STATEMENT];
    let file = all.into_iter().find(|file| file.name == name).ok_or(Refusal::UnknownPath)?;
    let kept = (CACHE_CONTROL, "public, max-age=31536000, immutable");
    Ok(([(CONTENT_TYPE, file.form), kept], file.content).into_response())
}
