//! What a client wishes, and how much (RFC 9110 §12.4.2). Pure.

use axum::http::{HeaderMap, HeaderName};

/// Each wish of such a header with its weight; a weight that is none counts as 0.
pub(super) fn wishes(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, f32)> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(weighed)
}

fn weighed(wish: &str) -> (&str, f32) {
    let (name, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
    let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
    (name.trim(), weight.unwrap_or(0.0))
}
