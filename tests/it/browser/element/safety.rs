//! On pages that forbid nearly everything, on pages that may not have it, and with texts that mean ill.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::browser::host::Host;
use crate::embedded::http::{get, try_get};

use super::{FALLBACK, Street, page};

#[test]
fn a_page_with_the_strictest_policy_shows_it() {
    let mut street = Street::full();
    let gateway = format!("http://{}", street.gateway.public);
    let policy = format!(
        "default-src 'none'; script-src {gateway}; connect-src {gateway}; base-uri 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let url = street.page("limit=\"8\"", &[("content-security-policy", &policy)]);
    street.browser.open(&url, &json!({}));
    street.browser.see("luik-items .items .card");
    assert_eq!(street.browser.read("luik-items .card").len(), 8);
    street.browser.is_quiet_but_for(&[]);
    // Its own style, which that policy would not let stand in the page.
    assert_eq!(street.browser.style("luik-items .cards", "display"), "grid");
}

#[test]
fn whoever_is_not_in_the_agreement_gets_nothing_to_show() {
    let mut street = Street::full();
    let other = Host::start();
    let script = format!("<script src=\"{}\"></script>", street.script());
    let url = other.page("/", &[], &page(&script, ""));
    street.browser.open(&url, &json!({}));
    street.browser.see("luik-items .trouble");
    street.browser.see("luik-items > a");
    assert_eq!(street.browser.read("luik-items .card").len(), 0);
    street.browser.is_accessible("element-trouble");
    let record = street.browser.record();
    let expected = |text: &String| text.contains("CORS policy") || text.contains("ERR_FAILED");
    assert!(record.errors.iter().all(expected) && record.shift < 0.1, "{record:?}");
    let allowed = |origin: &str| {
        let answer = street.told("", &[("origin", origin)]);
        let varies = ("vary".to_owned(), "origin".to_owned());
        assert!(answer.headers.contains(&varies), "{answer:?}");
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(allowed(&street.host.origin()), Some(street.host.origin()));
    assert_eq!((allowed(&other.origin()), allowed("null")), (None, None));
}

#[test]
fn what_means_ill_is_text_and_does_nothing() {
    let hostile = [
        "<img src=/kwaad.png onerror=\"document.cookie='kwaad=1'\">",
        "<script src=/kwaad.js></script>",
        "javascript:alert(1)",
        "\"><svg onload=alert(1)> ${alert(1)} {{7*7}}",
        "\u{202e}edrekreV",
    ];
    let item = |text: &&str| {
        json!({ "kind": text, "firstName": text, "region": text, "title": text, "text": text.repeat(30),
            "language": text, "published": text, "url": "javascript:document.cookie='kwaad=1'" })
    };
    let items: Vec<Value> = hostile.iter().map(item).collect();
    // The gateway lets nothing like it pass, so the page's own server plays a gateway that does.
    let mut street = Street::with(|_| ());
    let script = get(street.gateway.public, "/embed/luik.js").body;
    street.host.page("/embed/luik.js", &[], &script);
    let told = json!({ "found": "<b>5", "paused": false, "items": items }).to_string();
    street.host.page("/embed/wijk/items.json?limit=12", &[], &told);
    let html = page("<script src=\"/embed/luik.js\"></script>", "");
    let url = street.host.page("/", &[], &html);
    street.browser.open(&url, &json!({ "width": 320 }));
    street.browser.see("luik-items .items .card");
    assert_eq!(street.browser.read("luik-items h3"), hostile);
    for element in ["img", "script", "svg", "b", "[onerror]", "[onload]", ".way"] {
        street.browser.miss(&format!("luik-items .card {element}"));
    }
    let record = street.browser.record();
    assert!(record.errors.is_empty() && record.cookies == 0, "{record:?}");
    assert_eq!((record.requests.len(), record.wide), (3, false), "{record:?}");
}

#[test]
fn its_bytes_can_be_pinned() {
    let mut street = Street::full();
    let moving = get(street.gateway.public, "/embed/luik.js");
    assert_eq!(moving.header("cache-control"), Some("public, max-age=60"));
    let name = moving.header("content-location").unwrap().to_owned();
    let fixed = try_get(street.gateway.public, &format!("/embed/{name}"), &[]).unwrap();
    assert_eq!((fixed.status, &fixed.body), (200, &moving.body));
    assert!(fixed.header("cache-control").unwrap().contains("immutable"), "{fixed:?}");
    let digest = name.strip_prefix("luik-").and_then(|rest| rest.strip_suffix(".js")).unwrap();
    let digest = STANDARD.encode(URL_SAFE_NO_PAD.decode(digest).unwrap());
    let address = format!("http://{}/embed/{name}", street.gateway.public);
    let script = |integrity: &str| {
        format!("<script src=\"{address}\" integrity=\"sha384-{integrity}\" crossorigin></script>")
    };
    let url = street.host.page("/", &[], &page(&script(&digest), "limit=\"8\""));
    street.browser.open(&url, &json!({}));
    street.browser.see("luik-items .items .card");
    street.browser.is_quiet_but_for(&[]);
    let other = digest.replace(|c: char| c.is_ascii_digit(), "A");
    let url = street.host.page("/", &[], &page(&script(&other), ""));
    street.browser.open(&url, &json!({}));
    street.browser.see("luik-items > a");
    assert_eq!(street.browser.read("luik-items"), [FALLBACK]);
    assert!(street.browser.record().errors.iter().any(|text| text.contains("integrity")));
}
