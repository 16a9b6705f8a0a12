//! The privacy boundary on texts as people write them: our own marked set in `tests/privacy/`, and
//! the development corpus with its scorer where they stand beside the project.

mod corpus;
mod hostile;
mod marked;

use std::time::Duration;

use luik::minimise::{CoreRow, Finding, Policy, Verdict, minimise};
use serde_json::json;

/// A row whose text is to be redacted.
struct Text<'a> {
    id: &'a str,
    first_name: &'a str,
    body: &'a str,
    withhold: &'a [String],
}

impl Text<'_> {
    /// As a line for `luik minimise`.
    fn line(&self) -> String {
        json!({
            "id": self.id, "author_id": "a", "kind": "request", "first_name": self.first_name,
            "region_code": "GM0119", "region_name": "Meppel", "title": "Hulp", "body": self.body,
            "language": "nl", "url": "https://plein.example/1",
            "published_at": "2026-01-02T10:00:00Z", "expires_at": null, "share": true,
            "approved": null, "visibility": "public", "of_age": true, "withhold": self.withhold,
        })
        .to_string()
    }

    fn row(&self) -> CoreRow {
        luik::source::row(&self.line()).unwrap()
    }
}

/// The text that leaves, and what was found in the body.
fn redacted(row: &CoreRow) -> (String, Vec<Finding>) {
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    match minimise(row, &Policy::new([7; 32]).writing("[…]", 20_000), now) {
        Verdict::Publish(published, findings) => {
            let data: serde_json::Value = serde_json::from_str(published.data()).unwrap();
            let found = findings.into_iter().filter(|finding| finding.field == "body");
            (data["text"].as_str().unwrap().to_owned(), found.collect())
        }
        Verdict::Withhold(reason) => panic!("withheld: {reason:?}"),
    }
}

/// How long this thread computed for it, waiting for the processor not counted.
fn processor(work: impl FnOnce()) -> Duration {
    let spent = || {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
    };
    let before = spent();
    work();
    spent() - before
}
