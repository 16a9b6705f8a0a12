//! A first load of ten thousand items.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use crate::embedded::core::public_id;
use crate::embedded::found;
use crate::embedded::http::try_get;
use crate::embedded::sink::Sink;
use crate::embedded::stage::{PUBLIC_URL, Stage};

const ITEMS: usize = 10_000;
const LOAD_TIME: Duration = Duration::from_secs(90);

/// Follows the feed to its end, from the beginning.
fn harvested(public: SocketAddr, token: &str) -> BTreeSet<String> {
    let bearer = format!("Bearer {token}");
    let (mut held, mut path) = (BTreeSet::new(), "/v1/partners/haler/items".to_owned());
    loop {
        let page = try_get(public, &path, &[("authorization", &bearer)]).unwrap();
        assert_eq!(page.status, 200, "{path}");
        let page: Value = page.json();
        let text = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_str).expect("a text").to_owned()
        };
        let items = page.get("items").and_then(Value::as_array).unwrap();
        for item in items {
            assert_eq!(text(item, "state"), "updated");
            assert!(held.insert(text(item, "id")), "twice in one walk");
        }
        if items.is_empty() {
            return held;
        }
        text(&page, "next").strip_prefix(PUBLIC_URL).unwrap().clone_into(&mut path);
    }
}

#[test]
fn ten_thousand_rows_end_as_equal_sets_at_a_push_and_a_pull_partner() {
    let mut stage = Stage::new();
    let sink = Sink::start("duwer");
    stage.pushes_to("duwer", &sink, "batch = 500");
    let token = stage.pulled_by("haler");
    let ids: Vec<String> = (0..ITEMS).map(|n| format!("hulp-{n}")).collect();
    stage.core.put_all(ids.iter().map(String::as_str));
    let gateway = stage.start();
    let wanted: BTreeSet<String> = ids.iter().map(|id| public_id(id)).collect();
    found("the push partner has all", LOAD_TIME, || (sink.shown() == wanted).then_some(()));
    assert_eq!(harvested(gateway.public, &token), wanted);
    let items: usize = sink.pushes().iter().map(|push| push.items().len()).sum();
    assert_eq!(items, ITEMS, "each was sent once");
    assert_eq!(gateway.metric("luik_journal_items{state=\"live\"}"), 10_000.0);
}
