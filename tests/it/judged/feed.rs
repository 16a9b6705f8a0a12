//! A served feed, judged by the RPDE validator and by two harvesters.

use std::collections::BTreeSet;

use super::{fits, judge};
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::http::try_get;
use crate::embedded::stage::{PUBLIC_URL, Stage};

const ITEMS: u32 = 700;

#[test]
fn the_validator_finds_no_failure_and_every_harvester_ends_with_exactly_the_live_ids() {
    let mut stage = Stage::new();
    let token = stage.pulled_by("haler");
    let ids: Vec<String> = (0..ITEMS).map(|n| format!("item-{n}")).collect();
    stage.core.put_all(ids.iter().map(String::as_str));
    let gateway = stage.start();
    let live = |state: &str| gateway.metric(&format!("luik_journal_items{{state=\"{state}\"}}"));
    eventually("all are in the journal", || live("live") == f64::from(ITEMS));
    let (mut wanted, mut gone) = (BTreeSet::new(), 0.0);
    stage.core.at_once(|| {
        for (place, id) in ids.iter().enumerate() {
            match place % 7 {
                0 => stage.core.edit(id, "Nog steeds hulp in de tuin"),
                3 => stage.core.remove(id),
                _ => {}
            }
            if place % 7 == 3 {
                gone += 1.0;
            } else {
                wanted.insert(public_id(id));
            }
        }
        stage.core.put("laatste");
        wanted.insert(public_id("laatste"));
    });
    eventually("the changes are in the journal", || live("removed") == gone);
    let feed = format!("http://{}/v1/partners/haler/items", gateway.public);
    let arguments = [feed.as_str(), token.as_str(), PUBLIC_URL];
    let validated = judge("rpde_validate.mjs", &arguments);
    assert_eq!(validated.code, Some(0), "{validated:?}");
    assert!(validated.out.starts_with("0 failures, "), "{validated:?}");
    for script in ["rpde_harvest.mjs", "rpde_harvest.py"] {
        let harvested = judge(script, &arguments);
        assert_eq!(harvested.code, Some(0), "{script}: {harvested:?}");
        let held: BTreeSet<String> = serde_json::from_str(&harvested.out).unwrap();
        assert_eq!(held, wanted, "{script}");
    }
    let authorization = format!("Bearer {token}");
    let path = "/v1/partners/haler/items?afterChangeNumber=600";
    let page = try_get(gateway.public, path, &[("authorization", &authorization)]).unwrap();
    assert!(page.body.contains("deleted") && page.body.contains("updated"));
    fits("page.json", &page.body);
    let refused = judge("rpde_harvest.mjs", &[&feed, "another-token-0123456789", PUBLIC_URL]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
}
