//! In which language somebody is spoken to: as they chose, else as their browser asks, else Dutch.

use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::http::Refusal;
use crate::model::Language;
use crate::serve::wanted_language;

use super::session::cookie;

/// The cookie that keeps a choice. There is none until somebody chooses.
const COOKIE_NAME: &str = "luik-language";

/// The languages of the console.
pub(super) const ALL: [(Language, &str); 2] =
    [(Language::Dutch, "Nederlands"), (Language::English, "English")];

/// A language was chosen, on this page.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) language: Language,
    pub(super) back: String,
}

pub(super) fn of(headers: &HeaderMap) -> Language {
    let chosen = cookie(headers, COOKIE_NAME).and_then(|tag| named(tag).ok());
    chosen.unwrap_or_else(|| wanted_language(headers))
}

/// The language of this tag.
pub(super) fn named(tag: &str) -> Result<Language, Refusal> {
    let mut all = ALL.into_iter().map(|(language, _)| language);
    all.find(|language| language.tag() == tag).ok_or(Refusal::WrongValue("lang is nl or en."))
}

impl IntoResponse for Choice {
    fn into_response(self) -> Response {
        let tag = self.language.tag();
        let kept = format!(
            "{COOKIE_NAME}={tag}; Path=/console; Max-Age=31536000; HttpOnly; SameSite=Strict"
        );
        (StatusCode::SEE_OTHER, [(SET_COOKIE, kept), (LOCATION, self.back)]).into_response()
    }
}
