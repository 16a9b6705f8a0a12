//! `luik source check` for a feed: all findings at once, names and counts only.

use crate::clock::Clock;
use crate::config::{HttpShape, HttpSource};
use crate::minimise::Column;

use super::super::{Error, Finding};
use super::feed::{Feed, Said};
use super::page::{Cursor, Has, Page};

/// All findings.
pub(in super::super) async fn check(settings: &HttpSource) -> Vec<Finding> {
    let feed = match Feed::new(settings, Clock::system()) {
        Ok(feed) => feed,
        Err(error) => return vec![Finding::problem(error.to_string())],
    };
    match feed.ask(Cursor::START).await {
        Ok(Said::Page(page, lease)) => look(settings.shape, &page, lease.is_some()),
        Ok(Said::Gone) => vec![Finding::problem("no feed is at source.url")],
        Err(failure) => refused(&failure.error),
    }
}

/// How far the request came.
fn refused(error: &Error) -> Vec<Finding> {
    let reached = match error {
        Error::Unreachable(_) => Vec::new(),
        Error::Broken(_) => vec![
            Finding::ok("the feed can be reached"),
            Finding::ok("the feed accepts source.token"),
        ],
        Error::Refused { .. } | Error::Setup(_) | Error::ColumnMissing(_) => {
            vec![Finding::ok("the feed can be reached")]
        }
    };
    reached.into_iter().chain([Finding::problem(error.to_string())]).collect()
}

fn look(shape: HttpShape, page: &Page, leased: bool) -> Vec<Finding> {
    let mut findings = vec![
        Finding::ok("the feed can be reached"),
        Finding::ok("the feed accepts source.token"),
        Finding::ok("the first page is RPDE"),
    ];
    let rows = page.items.iter().filter_map(|item| item.row.as_ref()).map(|row| row.has);
    let rows: Vec<Has> = rows.collect();
    match shape {
        HttpShape::Core if rows.is_empty() => {
            findings.push(Finding::warning("the first page has no item to look at"));
        }
        HttpShape::Core => findings.extend(columns(&rows)),
        HttpShape::Luik if leased => findings.push(Finding::ok("the upstream gives a lease")),
        HttpShape::Luik => findings.push(Finding::warning(
            "the upstream gives no lease: the partner there is suspended, or it is no Luik",
        )),
    }
    findings
}

/// Every contract column that some items lack, by name.
fn columns(rows: &[Has]) -> Vec<Finding> {
    let all = rows.len();
    let lacking: Vec<Finding> = Column::ALL
        .into_iter()
        .filter_map(|column| {
            let without = rows.iter().filter(|has| !has.contains(column)).count();
            (without > 0).then(|| {
                let name = column.name();
                Finding::problem(format!("data lacks {name} in {without} of {all} items"))
            })
        })
        .collect();
    if lacking.is_empty() { vec![Finding::ok("data has every column")] } else { lacking }
}
