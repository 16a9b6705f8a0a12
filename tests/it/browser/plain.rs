//! The pages that say why there is nothing to see; and that the judge finds what is wrong.

use serde_json::json;

use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::http::get;
use crate::embedded::stage::Stage;

use super::host::Host;
use super::{Browser, WIDTHS};

#[test]
fn a_referral_that_leads_nowhere_is_a_page_for_people() {
    let mut stage = Stage::new();
    stage.pulled_by("wijk");
    stage.core.put("a");
    let gateway = stage.start();
    let path = format!("/r/wijk/{}", public_id("a"));
    eventually("the item is there", || get(gateway.public, &path).status == 303);
    stage.core.remove("a");
    eventually("the item is gone", || get(gateway.public, &path).status == 410);
    let mut browser = Browser::start();
    for (path, status) in [(path.as_str(), 410), ("/r/wijk/niets", 404)] {
        let url = format!("http://{}{path}", gateway.public);
        for (width, scheme, script) in
            [(WIDTHS[0], "light", true), (WIDTHS[0], "dark", false), (WIDTHS[2], "dark", true)]
        {
            let how = json!({ "width": width, "scheme": scheme, "script": script });
            assert_eq!(browser.open(&url, &how), status);
            browser.see("h1");
            browser.is_accessible(&format!("referral-{status}-{width}-{scheme}"));
            // The browser itself calls that status an error.
            browser.is_quiet_but_for(&[&format!("status of {status}")]);
        }
    }
}

#[test]
fn the_visitor_notices_what_is_wrong() {
    let host = Host::start();
    let html = r##"<!doctype html><html lang="nl"><title>Fout</title>
        <main><h1>Fout</h1><p style="color:#aaa">bleek</p><img src="/x.png">
        <p style="width:2000px">breed</p><a href="#x" style="outline:none">verder</a></main>
        <script>document.cookie = "a=b"; localStorage.setItem("a", "b");
        requestAnimationFrame(() => setTimeout(() => {
          document.querySelector("h1").style.paddingTop = "300px"; eval("1"); }));
        </script></html>"##;
    let policy = "script-src 'unsafe-inline'";
    let url = host.page("/", &[("content-security-policy", policy)], html);
    let mut browser = Browser::start();
    assert_eq!(browser.open(&url, &json!({ "width": 320 })), 200);
    browser.see("h1[style]");
    let found = browser.ask(&json!({ "do": "judge" })).to_string();
    for rule in ["color-contrast", "image-alt"] {
        assert!(found.contains(rule), "{found}");
    }
    let stops = browser.walk(1);
    assert_eq!((stops[0].name.as_str(), stops[0].ring), ("verder", false), "{stops:?}");
    let record = browser.record();
    assert!(record.errors.iter().any(|text| text.contains("unsafe-eval")), "{record:?}");
    assert!(record.requests.iter().any(|one| one.url.ends_with("/x.png") && one.status == 404));
    assert!(record.requests[0].bytes > 500 && record.shift > 0.0 && record.wide, "{record:?}");
    assert_eq!((record.cookies, record.stored), (1, 1));
}
