use super::*;

const REMOVALS: (Channel, Lane) = (Channel::Push, Lane::Remove);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Metrics that know this partner.
fn knowing(partner: &PartnerId) -> Metrics {
    let metrics = Metrics::new().expect("names of this file");
    metrics.enrol(partner, Duration::from_secs(60), at(1_000));
    metrics
}

fn page(metrics: &Metrics, second: i64) -> String {
    String::from_utf8(metrics.render(at(second)).unwrap()).unwrap()
}

#[test]
fn every_series_of_a_partner_is_there_from_the_start_and_an_open_removal_ages() {
    let partner: PartnerId = "wijk".parse().unwrap();
    let metrics = knowing(&partner);
    assert!(!metrics.is_counted(&partner, REMOVALS));
    metrics.backlog(&partner, REMOVALS, 1, Some(at(1_000)));
    assert!(metrics.is_counted(&partner, REMOVALS));
    let later = page(&metrics, 1_090);
    assert!(later.contains("luik_removal_oldest_open_seconds{partner=\"wijk\"} 90"));
    assert!(later.contains("luik_removal_promise_seconds{partner=\"wijk\"} 60"));
    assert!(later.contains(r#"outcome="gone",partner="wijk"} 0"#));
    metrics.enrol(&partner, Duration::from_secs(60), at(1_000));
    assert!(page(&metrics, 1_095).contains("oldest_open_seconds{partner=\"wijk\"} 95"));
    metrics.backlog(&partner, REMOVALS, 0, None);
    assert!(page(&metrics, 1_100).contains("oldest_open_seconds{partner=\"wijk\"} 0"));
}

#[test]
fn who_left_has_no_series_and_nothing_brings_them_back() {
    let [left, stays]: [PartnerId; 2] = ["weg", "wijk"].map(|name| name.parse().unwrap());
    let metrics = knowing(&left);
    metrics.enrol(&stays, Duration::from_secs(60), at(1_000));
    metrics.backlog(&stays, REMOVALS, 1, Some(at(1_000)));
    let of_one = page(&metrics, 1_000).matches("partner=\"weg\"").count();
    assert_eq!(of_one, page(&metrics, 1_000).matches("partner=\"wijk\"").count());
    metrics.keep_only(&[stays.clone()].into());
    metrics.attempt(&left, Lane::Remove, Outcome::Accepted);
    metrics.backlog(&left, REMOVALS, 3, Some(at(1_000)));
    metrics.partner_state(&left, PartnerState::Active);
    let page = page(&metrics, 1_090);
    assert_eq!(page.matches("partner=\"weg\"").count(), 0);
    assert_eq!(page.matches("partner=\"wijk\"").count(), of_one);
    assert!(page.contains("luik_removal_oldest_open_seconds{partner=\"wijk\"} 90"));
}

#[test]
fn a_core_that_is_not_followed_is_ever_later_and_a_quiet_one_is_not_late() {
    let metrics = Metrics::new().expect("names of this file");
    let lag = |second, seconds: &str| {
        let page = page(&metrics, second);
        let line = format!("luik_source_lag_seconds {seconds}\n");
        assert!(page.contains(&line), "{line}{page}");
    };
    metrics.source_stands_still(false, at(1_000));
    lag(1_030, "30");
    metrics.source_stands_still(false, at(1_040));
    lag(1_050, "50");
    metrics.source_follows();
    lag(1_060, "0");
    metrics.source_changes(1, Some(Duration::from_secs(7)), at(1_060));
    lag(1_100, "7");
    lag(1_200, "0");
    metrics.source_stands_still(true, at(1_200));
    lag(1_300, "100");
    assert!(page(&metrics, 1_300).contains("luik_source_connected 1"));
}

#[test]
fn an_open_step_of_the_canary_ages_and_a_round_is_told_until_it_is_over() {
    let partner: PartnerId = "wijk".parse().unwrap();
    let metrics = knowing(&partner);
    let canary = |second, name: &str, value: &str| {
        let page = page(&metrics, second);
        let line = format!("luik_canary_{name}{{partner=\"wijk\"}} {value}\n");
        assert!(page.contains(&line), "{line}{page}");
    };
    canary(1_100, "open_seconds", "0");
    metrics.canary_open(&partner, Some(at(1_000)));
    canary(1_100, "open_seconds", "100");
    canary(1_200, "open_seconds", "200");
    metrics.canary_open(&partner, None);
    metrics.canary_done(&partner, Duration::from_secs(3), at(1_000));
    canary(1_300, "open_seconds", "0");
    canary(1_300, "seconds", "3");
    canary(1_300, "last_success_timestamp_seconds", "1000");
    metrics.canary_over(&partner);
    canary(1_300, "seconds", "0");
}
