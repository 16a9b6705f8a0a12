//! `luik partner list`: where each partner stands, with or without a gateway that runs.

use std::path::Path;

use jiff::Timestamp;

use crate::app;
use crate::clock::Clock;
use crate::config::Environment;
use crate::journal::Journal;
use crate::operate::Overview;
use crate::partner::{self, Partner};

use super::super::{Failure, say, wait_for};

const HEAD: [&str; 7] =
    ["PARTNER", "STATUS", "AGREEMENT", "WAITING", "OPEN", "OLDEST", "LEASE UNTIL"];

/// Prints a line for each partner.
pub(super) fn run(config: &Path) -> Result<(), Failure> {
    let environment = Environment::of_process();
    let (settings, partners) = partner::check(config, &environment).map_err(Failure::wrong)?;
    let clock = Clock::system();
    let journal = Journal::look_in(&settings.state, clock.clone());
    let journal = journal.map_err(|error| Failure::failed(format_args!("state.path: {error}")))?;
    wait_for(async {
        let mut rows = vec![HEAD.map(str::to_owned)];
        match &journal {
            Some(journal) => {
                let partners = app::in_force(journal, partners).await.map_err(Failure::failed)?;
                for partner in &partners {
                    let overview = Overview::of(journal, partner).await;
                    rows.push(row(&overview.map_err(Failure::failed)?, clock.now()));
                }
            }
            None => rows.extend(partners.iter().map(fresh)),
        }
        table(&rows).iter().try_for_each(say)
    })
}

fn row(of: &Overview, now: Timestamp) -> [String; 7] {
    let gone = if of.gone { " (410)" } else { "" };
    let oldest = of.oldest_open.map_or_else(|| "-".to_owned(), |at| age(at, now));
    let lease = of.lease_valid_until.map_or_else(|| "-".to_owned(), |until| until.to_string());
    [
        of.partner.clone(),
        format!("{}{gone}", of.status),
        of.reference.clone(),
        of.backlog.to_string(),
        of.removals_open.to_string(),
        oldest,
        lease,
    ]
}

/// Before the gateway ran for the first time.
fn fresh(partner: &Partner) -> [String; 7] {
    let status = format!("{:?}", partner.status).to_lowercase();
    let none = || "-".to_owned();
    let (id, reference) = (partner.id.to_string(), partner.agreement.reference.clone());
    [id, status, reference, none(), none(), none(), none()]
}

/// In the largest unit that fits.
fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn table(rows: &[[String; 7]]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let line = |row: &[String; 7]| {
        let cells = row.iter().enumerate();
        let padded = cells.map(|(column, cell)| format!("{cell:width$}", width = width(column)));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_one_another_and_ages_are_short() {
        let row = |first: &str| [first, "b", "c", "d", "e", "f", "g"].map(str::to_owned);
        let lines = table(&[row("long-name"), row("a")]);
        assert_eq!(lines, ["long-name  b  c  d  e  f  g", "a          b  c  d  e  f  g"]);
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (ago, text) in [(5, "5s"), (300, "5m"), (7_200, "2h"), (900_000, "10d")] {
            let at = Timestamp::from_second(1_000_000 - ago).unwrap();
            assert_eq!(age(at, now), text);
        }
    }
}
