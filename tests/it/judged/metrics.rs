//! The metrics page: right in form, and every series of design §10 there from the start.

use super::promtool;
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::sink::Sink;
use crate::embedded::stage::Stage;

const WITHOUT_PARTNER: [(&str, &str); 13] = [
    ("luik_source_changes_total", ""),
    ("luik_source_lag_seconds", ""),
    ("luik_source_connected", ""),
    ("luik_minimise_verdicts_total", "reason verdict"),
    ("luik_redactions_total", "type"),
    ("luik_journal_sequence", ""),
    ("luik_journal_items", "state"),
    ("luik_notices_total", "kind outcome"),
    ("luik_ledger_checkpoint_timestamp_seconds", ""),
    ("luik_state_free_bytes", ""),
    ("luik_state_used_bytes", ""),
    ("luik_reload_refused", ""),
    ("luik_build_info", "version"),
];
const OF_A_PARTNER: [(&str, &str); 20] = [
    ("luik_delivery_attempts_total", "lane outcome partner"),
    ("luik_delivery_seconds", "partner"),
    ("luik_delivery_backlog_items", "lane partner"),
    ("luik_removal_seconds", "partner"),
    ("luik_removals_open", "partner"),
    ("luik_removal_oldest_open_seconds", "partner"),
    ("luik_removal_promise_seconds", "partner"),
    ("luik_lease_valid_until_timestamp_seconds", "partner"),
    ("luik_reconcile_divergent_items", "partner side"),
    ("luik_partner_state", "partner state"),
    ("luik_referrals_total", "partner"),
    ("luik_embed_requests_total", "form partner"),
    ("luik_feed_requests_total", "form partner"),
    ("luik_agreement_ends_timestamp_seconds", "partner"),
    ("luik_canary_seconds", "partner"),
    ("luik_canary_open_seconds", "partner"),
    ("luik_canary_last_success_timestamp_seconds", "partner"),
    ("luik_secret_expires_timestamp_seconds", "partner"),
    ("luik_lease_seconds", "partner"),
    ("luik_probe_failed", "partner"),
];

/// Name, names of labels without a histogram's own, and the partner of a line.
fn series(line: &str) -> (String, String, Option<String>) {
    let (full, _) = line.rsplit_once(' ').unwrap();
    let (name, labels) = full.split_once('{').unwrap_or((full, ""));
    let name = ["_bucket", "_sum", "_count"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    let pairs = labels.trim_end_matches('}').split("\",").filter_map(|pair| pair.split_once("=\""));
    let pairs: Vec<(&str, &str)> = pairs.filter(|(label, _)| *label != "le").collect();
    let partner = pairs.iter().find(|(label, _)| *label == "partner");
    let partner = partner.map(|(_, value)| value.trim_end_matches('"').to_owned());
    let labels: Vec<&str> = pairs.iter().map(|(label, _)| *label).collect();
    (name.to_owned(), labels.join(" "), partner)
}

#[test]
fn promtool_finds_nothing_and_every_series_is_there_for_every_partner_from_the_start() {
    let mut stage = Stage::new();
    let sink = Sink::start("push");
    stage.pushes_to("duwt", &sink, "");
    stage.pulled_by("haalt");
    stage.partner("toont", "[embed]\norigins = [\"https://www.voorbeeld.example\"]\n");
    let gateway = stage.start();
    let first = gateway.metrics();
    let found: Vec<_> = first.lines().filter(|line| !line.starts_with('#')).map(series).collect();
    for (name, labels) in WITHOUT_PARTNER {
        let wanted = (name.to_owned(), labels.to_owned(), None);
        assert!(found.contains(&wanted), "{name}\n{first}");
    }
    for (name, labels) in OF_A_PARTNER {
        for partner in ["duwt", "haalt", "toont"] {
            let wanted = (name.to_owned(), labels.to_owned(), Some(partner.to_owned()));
            assert!(found.contains(&wanted), "{name} of {partner}\n{first}");
        }
    }
    let known =
        |name: &str| WITHOUT_PARTNER.iter().chain(&OF_A_PARTNER).any(|(known, _)| *known == name);
    assert!(found.iter().all(|(name, ..)| known(name)), "a name that is not in the contract");
    stage.core.put_all(["a", "b"]);
    eventually("an item is shown", || sink.shows(&public_id("a")));
    stage.core.remove("a");
    eventually("it is taken back", || sink.has_dropped(&public_id("a")));
    for page in [first, gateway.metrics()] {
        let judged = promtool(&page);
        assert_eq!((judged.code, judged.out + &judged.err), (Some(0), String::new()));
    }
}
