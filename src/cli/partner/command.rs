//! `luik partner pause | resume | resync | end`: commands to the gateway that runs.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::operate::Overview;

use super::super::admin::Admin;
use super::super::progress::{Progress, duration};
use super::super::{Failure, say, wait_for};

/// Who, and why.
#[derive(Debug, clap::Args)]
pub(super) struct Order {
    /// The partner's id.
    #[arg(value_name = "P")]
    pub(super) partner: String,
    /// Why; it is kept.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who wants it; it is kept.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// How an end is waited for.
#[derive(Debug, clap::Args)]
pub(super) struct End {
    #[command(flatten)]
    order: Order,
    /// Wait no longer than this, such as 15m; the gateway goes on with it.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
    /// Close what is still open by hand instead of by evidence; needs --by and --reason.
    #[arg(long, requires = "by", requires = "reason")]
    close: bool,
}

impl Order {
    fn body(&self) -> Value {
        json!({ "reason": self.reason, "by": self.by })
    }

    async fn send(&self, admin: &Admin, command: &str) -> Result<Value, Failure> {
        let partner = &self.partner;
        admin.post(&format!("partners/{partner}/{command}"), &self.body()).await
    }
}

/// Sends one command.
pub(super) fn run(config: &Path, command: &str, order: &Order) -> Result<(), Failure> {
    let admin = Admin::of(config)?;
    wait_for(async {
        order.send(&admin, command).await?;
        let says = match command {
            "pause" => "publishes stop; removals and leases go on",
            "resume" => "publishes go on",
            _ => "everything is sent anew, removals too",
        };
        say(format_args!("{}: {says}", order.partner))
    })
}

/// Ends the agreement, waits until everything is taken back, and prints the certificate.
pub(super) fn end(config: &Path, end: &End) -> Result<(), Failure> {
    let admin = Admin::of(config)?;
    let order = &end.order;
    wait_for(async {
        order.send(&admin, "end").await?;
        if end.close {
            order.send(&admin, "close").await?;
        }
        let mut progress = Progress::new(end.wait);
        loop {
            let now = admin.get(&format!("partners/{}", order.partner)).await?;
            let now: Overview = serde_json::from_value(now).map_err(Failure::failed)?;
            progress.show(format!("{}: {} removals are open", now.partner, now.removals_open));
            if !now.may_hold {
                progress.end();
                return certificate(&now).iter().try_for_each(say);
            }
            progress.wait().await?;
        }
    })
}

/// What is proven, line by line; never more than that.
fn certificate(of: &Overview) -> Vec<String> {
    let mut lines = vec![
        "CERTIFICATE OF REMOVAL".to_owned(),
        format!("Partner       {} ({})", of.name, of.partner),
        format!("Agreement     {} ({})", of.reference, of.agreement),
    ];
    let done = |deed: &str| of.actions.iter().find(|action| action.deed == deed);
    if let Some(end) = done("end") {
        lines.push(format!("Ended         {} by {}: {}", end.at, end.by, end.reason));
    }
    lines.push(
        "Open          0 removals: everything that it may have held is taken back".to_owned(),
    );
    if of.evidence.is_empty() {
        lines.push("Evidence      nothing was ever sent".to_owned());
    }
    for evidence in &of.evidence {
        let (rung, up_to, at) = (&evidence.rung, evidence.up_to, evidence.at);
        lines.push(format!("Evidence      {rung:10} up to change {up_to}, last at {at}"));
    }
    if let Some(close) = done("close") {
        let (at, by, reason) = (close.at, &close.by, &close.reason);
        lines.push(format!("By hand       what was open was closed {at} by {by}: {reason}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_what_is_proven_and_what_was_closed_by_hand() {
        let action = |deed: &str| {
            json!({
                "action": 1, "at": "2026-11-22T12:00:00Z", "deed": deed, "by": "FG", "reason": "einde",
            })
        };
        let overview = json!({
            "partner": "wijk", "name": "Wijk", "status": "ended", "gone": false,
            "reference": "OVK-1", "agreement": "sha256:0f", "backlog": 0, "removalsOpen": 0,
            "oldestOpen": null, "mayHold": false, "leaseValidUntil": null,
            "evidence": [{"rung": "accepted", "upTo": 9, "at": "2026-11-22T12:00:00Z"}],
            "actions": [action("close"), action("end")],
        });
        let lines = certificate(&serde_json::from_value(overview).unwrap());
        assert_eq!(lines.len(), 7);
        assert!(lines[3].starts_with("Ended") && lines[3].ends_with("by FG: einde"));
        assert!(lines[5].contains("accepted   up to change 9"));
        assert!(lines[6].starts_with("By hand"));
    }
}
