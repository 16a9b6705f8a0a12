//! The list as a page of its own and in a frame, as sites show it that allow no script.

use serde_json::json;

use super::element::Street;
use super::host::Host;
use super::{Browser, WIDTHS};

const FRAME: &str = "iframe";

/// A page of this host with a frame around the list.
fn framed(host: &Host, street: &Street) -> String {
    let html = format!(
        r#"<!doctype html><html lang="nl"><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="color-scheme" content="light dark"><title>Samen in de wijk</title>
        <style>body{{margin:0;background:Canvas;color:CanvasText}}
        iframe{{width:100%;height:60em;border:0;color-scheme:normal}}</style>
        <main><h1>Samen in de wijk</h1>
        <iframe title="Vraag en aanbod in de wijk" src="{}"></iframe></main></html>"#,
        street.list()
    );
    host.page("/kader", &[], &html)
}

#[test]
fn the_list_is_light_still_and_open_to_all_with_and_without_script() {
    let mut street = Street::full();
    let url = street.list();
    for width in WIDTHS {
        for (scheme, script) in [("light", true), ("dark", false)] {
            let how = json!({ "width": width, "scheme": scheme, "script": script });
            assert_eq!(street.browser.open(&url, &how), 200);
            street.browser.see("h2");
            assert_eq!(street.browser.read("article").len(), 8);
            street.browser.is_accessible(&format!("list-{width}-{scheme}"));
            // The script for WordPress lies under the public address, which is nowhere here.
            let record = street.browser.is_quiet_but_for(&["ERR_NAME_NOT_RESOLVED"]);
            let came = record.requests.iter().filter(|request| request.status == 200);
            let bytes: Vec<_> = came.map(|request| request.bytes).collect();
            assert!(bytes.len() == 1 && bytes[0] < 30_000, "{record:?}");
        }
    }
}

#[test]
fn in_a_frame_it_is_the_same_for_the_partner_and_nothing_for_others() {
    let mut street = Street::full();
    let url = framed(&street.host, &street);
    for (width, scheme) in [(320, "light"), (768, "dark"), (1280, "light")] {
        street.browser.open(&url, &json!({ "width": width, "scheme": scheme, "script": false }));
        street.browser.ask(&json!({ "do": "see", "frame": FRAME, "what": "article" }));
        street.browser.is_accessible(&format!("frame-{width}-{scheme}"));
        // How wide the frame is at first, and so what moves in it, is up to the page around it.
        let record = street.browser.record();
        assert!(record.errors.is_empty(), "{record:?}");
        assert_eq!((record.cookies, record.stored, record.wide), (0, 0, false), "{record:?}");
    }
    let other = Host::start();
    let url = framed(&other, &street);
    let mut browser = Browser::start();
    browser.open(&url, &json!({}));
    browser.ask(&json!({ "do": "picture", "name": "frame-refused" }));
    let record = browser.record();
    assert!(record.errors.iter().any(|text| text.contains("frame-ancestors")), "{record:?}");
    let shown = browser.ask(&json!({ "do": "read", "frame": FRAME, "what": "article" }));
    assert_eq!(shown, json!([]));
}

#[test]
fn the_operator_sees_the_lines_for_a_site_beside_its_list() {
    let mut street = Street::full();
    let url = street.lines();
    for (width, scheme) in [(320, "dark"), (1280, "light")] {
        street.browser.open(&url, &json!({ "width": width, "scheme": scheme }));
        street.browser.see("pre");
        assert_eq!(street.browser.read("article").len(), 8);
        street.browser.is_accessible(&format!("lines-{width}-{scheme}"));
        street.browser.is_quiet_but_for(&[]);
    }
}

#[test]
fn the_keyboard_goes_through_the_search_and_every_item() {
    let mut street = Street::full();
    let url = street.list();
    street.browser.open(&url, &json!({ "script": false }));
    let stops = street.browser.walk(14);
    assert!(stops.iter().all(|stop| stop.ring && !stop.name.is_empty()), "{stops:?}");
    let titles = ["Hulp in de tuin", "Rijden naar het ziekenhuis", "Soep op vrijdag"];
    for title in titles {
        let ways = stops.iter().filter(|stop| stop.role == "link" && stop.name.contains(title));
        assert_eq!(ways.count(), 1, "{title}: {stops:?}");
    }
}

#[test]
fn a_removed_item_is_gone_on_the_next_load() {
    let mut street = Street::full();
    let url = street.list();
    street.browser.open(&url, &json!({ "script": false }));
    assert!(street.browser.read("article h2").contains(&"Hulp in de tuin".to_owned()));
    street.removes("Hulp in de tuin");
    street.browser.open(&url, &json!({ "script": false }));
    assert_eq!(street.browser.read("article h2").len(), 7);
}
