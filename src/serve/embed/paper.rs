//! A list on paper: until when it is valid, and the way to the list as it is now.

use jiff::tz::TimeZone;
use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

use super::list::List;

/// White around a code (ISO/IEC 18004), in modules.
const QUIET: i32 = 4;

pub(super) fn of(list: &List<'_>) -> Markup {
    let (words, address) = (list.words(), list.address());
    let until = list.partner.lease_from(list.serve.tools.clock.now());
    let until = until.map(|until| until.to_zoned(TimeZone::UTC).date());
    html! {
        aside class="luik-paper" aria-hidden="true" {
            (code(&address))
            div {
                p class="luik-from" { (list.partner.name) }
                @if let Some(until) = until {
                    p { strong { (words.valid_until) " " (words.date(until)) " " (until.year()) } }
                }
                p { (words.latest_at) br; (address) }
            }
        }
    }
}

/// The address as a QR code; none if it is too long for one.
fn code(address: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else { return html! {} };
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let dark = dark.filter(|&(x, y)| code.get_module(x, y));
    let path: String = dark.map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET)).collect();
    let edge = size + 2 * QUIET;
    html! {
        svg class="luik-code" viewBox=(format!("0 0 {edge} {edge}")) shape-rendering="crispEdges" {
            path d=(path) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_code_of_dark_squares() {
        let svg = code("https://luik.voorbeeld.example/embed/voorbeeldwijk").into_string();
        assert!(svg.starts_with("<svg class=\"luik-code\" viewBox=\"0 0 41 41\""), "{svg}");
        // The upper left corner of the first finder pattern.
        assert!(svg.contains("M4 4h1v1h-1z") && svg.matches('M').count() > 300);
        assert_eq!(code(&"x".repeat(5_000)).into_string(), "");
    }
}
