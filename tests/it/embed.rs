//! Lists for visitors: the real binary and a socket, from a core with hostile words to a page.

use rusqlite::types::Value;

use crate::embedded::core::{CANARY, public_id};
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::{Answer, get, try_get};
use crate::embedded::stage::{PUBLIC_URL, Stage};

const PAGE: &str = "/embed/toont";
const FRAGMENT: &str = "/embed/toont/fragment";
const ORIGIN: &str = "https://www.voorbeeld.example";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.partner("toont", &format!("[embed]\norigins = [\"{ORIGIN}\"]\n"));
    stage
}

fn live(gateway: &Gateway, count: f64) {
    let series = "luik_journal_items{state=\"live\"}";
    eventually("all are in the journal", || gateway.metric(series) == count);
}

fn link(core_id: &str) -> String {
    format!("href=\"{PUBLIC_URL}/r/toont/{}\"", public_id(core_id))
}

/// How many elements of this name begin in it?
fn elements(answer: &Answer, name: &str) -> usize {
    answer.body.matches(&format!("<{name}")).count()
}

#[test]
fn an_item_is_shown_to_visitors_until_it_is_removed() {
    let stage = stage();
    stage.core.put_all(["a", "b"]);
    let gateway = stage.start();
    live(&gateway, 2.0);
    for path in [PAGE, FRAGMENT] {
        let answer = get(gateway.public, path);
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains(&link("a")) && answer.body.contains(&link("b")));
        assert!(!answer.body.contains(CANARY) && answer.header("set-cookie").is_none());
    }
    let read = try_get(gateway.public, FRAGMENT, &[("origin", ORIGIN)]).unwrap();
    assert_eq!(read.header("access-control-allow-origin"), Some(ORIGIN));
    let tag = read.header("etag").unwrap().to_owned();
    let known = [("if-none-match", tag.as_str())];
    assert_eq!(try_get(gateway.public, FRAGMENT, &known).unwrap().status, 304);
    stage.core.remove("a");
    live(&gateway, 1.0);
    assert_eq!(try_get(gateway.public, FRAGMENT, &known).unwrap().status, 200);
    for path in [PAGE, FRAGMENT] {
        let answer = get(gateway.public, path);
        assert!(!answer.body.contains(&link("a")) && answer.body.contains(&link("b")));
    }
    let gone = get(gateway.public, &format!("/r/toont/{}", public_id("a")));
    assert_eq!(gone.status, 410);
    assert!(gone.body.contains(&format!("href=\"{PUBLIC_URL}{PAGE}\"")), "{}", gone.body);
    assert_eq!(gateway.removals_open("toont"), 0.0, "nobody holds anything");
}

#[test]
fn hostile_items_are_inert() {
    let stage = stage();
    let texts = [
        "Hulp <script>alert(1)</script>&amp;lt;script&amp;gt;alert(2)",
        "]]&gt; 3 &lt; 4 &amp; \"vijf\" 'zes'",
        "\"&gt;&lt;img src=x onerror=alert(1)&gt;",
        "javascript:alert(1)",
        "\u{202e}neerd\u{202c} مرحبا \u{2066}x\u{2069}",
        "a\u{200b}b\u{feff}c\u{200d}",
        "Hulp &amp;lt;/style&amp;gt;&amp;lt;/details&amp;gt;&amp;lt;iframe src=//x&amp;gt;",
    ];
    for (number, hostile) in texts.iter().enumerate() {
        let text = Value::Text((*hostile).to_owned());
        let odd = [("title", text.clone()), ("body", text), ("first_name", Value::Null)];
        stage.core.put_odd(&format!("odd-{number}"), &odd);
    }
    let long = Value::Text("lang ".repeat(800));
    stage.core.put_odd("long", &[("body", long), ("kind", Value::Text("offer".to_owned()))]);
    let gateway = stage.start();
    live(&gateway, 8.0);
    for path in [PAGE, FRAGMENT] {
        let answer = get(gateway.public, path);
        assert_eq!((elements(&answer, "article"), elements(&answer, "details")), (8, 1), "{path}");
        for name in ["script", "img", "iframe", "object", "link"] {
            assert_eq!(elements(&answer, name), 0, "{name}");
        }
        assert_eq!(elements(&answer, "style"), usize::from(path == PAGE));
        assert!(!answer.body.contains("href=\"javascript"));
        assert!(answer.body.contains("3 &lt; 4 &amp; &quot;vijf&quot;"), "{}", answer.body);
        assert!(answer.body.contains("Iemand uit Meppel") && answer.body.contains("مرحبا"));
    }
    let offers = get(gateway.public, &format!("{PAGE}?kind=offer"));
    assert_eq!((elements(&offers, "article"), offers.body.contains(&link("long"))), (1, true));
}

#[test]
fn the_end_of_an_agreement_ends_its_list() {
    let stage = stage();
    stage.core.put("a");
    let gateway = stage.start();
    live(&gateway, 1.0);
    assert!(get(gateway.public, PAGE).body.contains(&link("a")));
    let becomes = |status: &str, after: &str| {
        let file = stage.path().join("partners/toont.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(status, after)).unwrap();
        gateway.program.signal("-HUP");
    };
    becomes("\"active\"", "\"suspended\"");
    eventually("it stands still", || {
        let answer = get(gateway.public, PAGE);
        answer.body.contains("staat even stil") && !answer.body.contains(&link("a"))
    });
    becomes("\"suspended\"", "\"ended\"");
    eventually("it has ended", || get(gateway.public, PAGE).status == 410);
    let over = get(gateway.public, FRAGMENT);
    assert!(over.body.contains("Deze lijst is gestopt") && !over.body.contains(&link("a")));
    let policy = over.header("content-security-policy").unwrap();
    assert!(policy.ends_with(&format!("frame-ancestors {ORIGIN}")), "{policy}");
}
