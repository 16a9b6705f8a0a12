//! What the page in a frame says to the page around it: nothing, until it is told a secret.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser::host::Host;
use crate::embedded::eventually;
use crate::embedded::stage::Stage;

use super::site::free;

/// A page that frames a list like this and writes down what it hears.
fn around(frame: &str, more: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=nl><title>Buurthuis</title><ol></ol><script>\
         addEventListener('message', ({{ data }}) => {{\
           const line = document.createElement('li');\
           line.textContent = JSON.stringify(data);\
           document.querySelector('ol').append(line);\
         }});</script>{frame}<script>const frame = document.querySelector('iframe');{more}</script>"
    )
}

#[test]
fn a_list_says_its_height_to_who_has_told_it_a_secret_and_nothing_to_others() {
    let (at, host) = (free(), Host::start());
    let list = format!("http://{at}/embed/wijk");
    let mut stage = Stage::new();
    stage.set("LUIK__PUBLIC_URL", &format!("http://{at}"));
    stage.set("LUIK__LISTEN__PUBLIC", &at.to_string());
    stage.partner("wijk", &format!("[embed]\norigins = [\"{}\"]\n", host.origin()));
    stage.core.put("a");
    let gateway = stage.start();
    eventually("it is there", || gateway.metric("luik_journal_items{state=\"live\"}") == 1.0);
    let frame = |address: &str| {
        format!(
            "<iframe src=\"{address}\" sandbox=\"allow-scripts\" width=500 height=300></iframe>"
        )
    };
    let known = format!("{list}#?secret=a1b2c3d4e5");
    // As newer and older versions of WordPress do it, and as others might.
    let ready = "frame.onload = () => {\
                 frame.contentWindow.postMessage({ message: 'ready', secret: 'a1b2c3d4e5' }, '*');\
                 postMessage('asked', '*'); };";
    let later =
        "frame.onload = () => { frame.onload = null; frame.src += '#?secret=a1b2c3d4e5'; };";
    let guess = "frame.onload = () => frame.contentWindow.postMessage(\
                 { message: 'ready', secret: '' }, '*');";
    let mut browser = Browser::start();
    for (name, frame, more, hears) in [
        ("known", frame(&known), "", true),
        ("ready", frame(&known), ready, true),
        ("later", frame(&list), later, true),
        ("guess", frame(&list), guess, false),
        ("other", frame(&format!("{list}#main")), "", false),
    ] {
        let url = host.page(&format!("/{name}"), &[], &around(&frame, more));
        browser.open(&url, &json!({}));
        browser.ask(&json!({ "do": "see", "what": "a.luik-way", "frame": "iframe" }));
        if !hears {
            browser.ask(&json!({ "do": "click", "what": "a.luik-way", "frame": "iframe" }));
            assert_eq!(browser.ask(&json!({ "do": "read", "what": "li" })), json!([]), "{name}");
            continue;
        }
        let after = if name == "ready" { "li:has-text('asked') ~ li" } else { "li" };
        browser.see(&format!("{after}:has-text('height')"));
        browser.ask(&json!({ "do": "click", "what": "a.luik-way", "frame": "iframe" }));
        browser.see("li:has-text('link')");
        let heard = browser.ask(&json!({ "do": "read", "what": "li" }));
        let heard: Vec<Value> = serde_json::from_value::<Vec<String>>(heard)
            .unwrap()
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|heard| *heard != json!("asked"))
            .collect();
        let height = heard[0]["value"].as_u64().unwrap();
        assert!((200..600).contains(&height), "{name}: {heard:?}");
        assert!(heard.iter().all(|one| one["secret"] == "a1b2c3d4e5"), "{name}: {heard:?}");
        let link = heard.last().unwrap();
        let to = link["value"].as_str().unwrap();
        assert_eq!(link["message"], "link", "{name}: {heard:?}");
        assert!(to.starts_with(&format!("http://{at}/r/wijk/")), "{name}: {to}");
    }
}
