use crate::metrics::{Channel, Metrics};

use super::*;

const HOUR_: Duration = Duration::from_secs(3_600);
const LIMITS: Limits = Limits {
    failing_after: Duration::from_secs(4 * 3_600),
    source_after: Duration::from_secs(900),
    repeat_after: Duration::from_secs(24 * 3_600),
    per_hour: 5,
    disk_percent_min: 10,
};

fn start() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Figures of a partner in this state, and what is open there since when.
fn figures(state: PartnerState, open: Option<(u32, Timestamp)>) -> Figures {
    let (metrics, id) = (Metrics::new().unwrap(), "wijk".parse().unwrap());
    metrics.enrol(&id, HOUR_, start());
    metrics.partner_state(&id, state);
    if let Some((items, oldest)) = open {
        metrics.backlog(&id, (Channel::Push, Lane::Remove), items, Some(oldest));
    }
    metrics.figures_of(&id)
}

fn partner(id: &str, state: PartnerState) -> Seen {
    Seen {
        id: id.parse().unwrap(),
        figures: figures(state, None),
        promise: HOUR_,
        lease: Some(72 * HOUR_),
        pushed: true,
        ends: Some("2099-12-31".parse().unwrap()),
    }
}

fn at(hour: i64, partners: &[Seen]) -> Snapshot {
    let now = start() + hours(hour);
    Snapshot {
        now,
        today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        partners: partners.to_vec(),
        source_down: false,
        files_refused: false,
        journal_trouble: false,
        disk_percent: Some(50),
    }
}

/// The words of what is due, one look after the other.
fn words(seen: &Snapshot, memory: &mut Memory) -> Vec<&'static str> {
    due(seen, &LIMITS, memory).0.into_iter().map(|notice| notice.kind.as_str()).collect()
}

#[test]
fn an_endpoint_is_told_of_after_its_time_then_less_often_and_when_it_is_back() {
    let mut memory = Memory::default();
    let (fails, fine) =
        ([partner("wijk", PartnerState::Failing)], [partner("wijk", PartnerState::Active)]);
    let none: [&str; 0] = [];
    for (hour, partners, told) in [
        (0, &fails, &none[..]),
        (3, &fails, &none),
        (3, &fine, &none),  // it was never told
        (4, &fails, &none), // anew
        (8, &fails, &["endpoint_failing"]),
        (9, &fails, &none),
        (31, &fails, &none),
        (32, &fails, &["endpoint_failing"]),
        (57, &fails, &none), // two days now
        (80, &fails, &["endpoint_failing"]),
        (81, &fine, &["endpoint_back"]),
        (82, &fine, &none),
        (83, &fails, &none),
        (87, &fails, &["endpoint_failing"]),
    ] {
        assert_eq!(words(&at(hour, partners), &mut memory), told, "{hour}");
    }
}

#[test]
fn a_410_is_told_at_once() {
    let mut memory = Memory::default();
    let gone = [partner("wijk", PartnerState::Gone)];
    assert_eq!(words(&at(0, &gone), &mut memory), ["endpoint_gone"]);
    assert!(words(&at(5, &gone), &mut memory).is_empty(), "not that it fails, too");
    let back = [partner("wijk", PartnerState::Active)];
    assert_eq!(words(&at(6, &back), &mut memory), ["endpoint_back"]);
}

#[test]
fn an_endpoint_that_turns_back_and_forth_takes_nobodys_turn() {
    let mut memory = Memory::default();
    let gone = [partner("wijk", PartnerState::Gone)];
    let back = [partner("wijk", PartnerState::Active)];
    let mut told = Vec::new();
    for minute in 0..50 {
        let mut seen = at(0, if minute % 2 == 0 { &gone } else { &back });
        seen.now += SignedDuration::from_mins(minute);
        told.extend(words(&seen, &mut memory));
    }
    assert_eq!(told, ["endpoint_gone", "endpoint_back"]);
    assert!(words(&at(1, &gone), &mut memory).is_empty());
    assert_eq!(words(&at(5, &gone), &mut memory), ["endpoint_gone"], "it stayed");
    assert_eq!(words(&at(6, &back), &mut memory), ["endpoint_back"]);
    assert_eq!(words(&at(31, &gone), &mut memory), ["endpoint_gone"], "a day later");
}

#[test]
fn a_removal_is_overdue_after_its_promise_for_any_partner() {
    let mut late = partner("wijk", PartnerState::Active);
    late.pushed = false;
    for (age, told) in [(0, &[][..]), (1, &[]), (2, &["removal_overdue"])] {
        late.figures = figures(PartnerState::Active, Some((3, start() - hours(age))));
        let mut memory = Memory::default();
        assert_eq!(words(&at(0, &[late.clone()]), &mut memory), told, "{age}");
    }
    let (notices, _) = due(&at(0, &[late.clone()]), &LIMITS, &mut Memory::default());
    assert_eq!((notices[0].count, notices[0].age), (3, 2 * HOUR_));
    // One that is pushed to and takes no removal fails, whatever its state is called.
    (late.pushed, late.figures) =
        (true, figures(PartnerState::Active, Some((3, start() - hours(5)))));
    let mut memory = Memory::default();
    assert_eq!(words(&at(0, &[late]), &mut memory), ["removal_overdue", "endpoint_failing"]);
}

#[test]
fn ours_are_told_each_day_while_it_lasts_and_anew_when_it_comes_again() {
    type Plant = fn(&mut Snapshot);
    let plants: [(Plant, &str, i64); 4] = [
        (|seen| seen.journal_trouble = true, "journal_trouble", 0),
        (|seen| seen.disk_percent = Some(9), "disk_low", 0),
        (|seen| seen.files_refused = true, "files_refused", 0),
        (|seen| seen.source_down = true, "source_silent", 1),
    ];
    for (plant, word, after) in plants {
        let mut memory = Memory::default();
        let mut look = |hour, bad: bool| {
            let mut seen = at(hour, &[]);
            if bad {
                plant(&mut seen);
            }
            words(&seen, &mut memory)
        };
        let first = look(0, true);
        assert_eq!(first.is_empty(), after > 0, "{word}");
        if after > 0 {
            assert_eq!(look(after, true), [word]);
        }
        assert!(look(after + 23, true).is_empty(), "{word}");
        assert_eq!(look(after + 24, true), [word]);
        assert!(look(after + 25, false).is_empty());
        look(after + 26, true);
        look(after + 27, true);
        assert!(look(after + 28, true).is_empty(), "{word}");
    }
}

#[test]
fn a_lease_and_an_agreement_are_told_of_before_they_end() {
    let mut one = partner("wijk", PartnerState::Active);
    for (left, told) in [(25, 0), (23, 1), (-1, 1)] {
        one.figures.lease = Some(start() + hours(left));
        let told_now = words(&at(0, &[one.clone()]), &mut Memory::default());
        assert_eq!(told_now, vec!["lease_lapsing"; told], "{left}");
    }
    one.figures.lease = None;
    let mut memory = Memory::default();
    for (day, told) in [("2027-02-21", 0), ("2027-02-20", 1), ("2027-01-01", 0), ("2026-12-23", 0)]
    {
        one.ends = Some(day.parse().unwrap());
        assert_eq!(words(&at(0, &[one.clone()]), &mut memory).len(), told, "{day}");
    }
    one.ends = Some("2026-12-22".parse().unwrap());
    let (notices, _) = due(&at(1, &[one.clone()]), &LIMITS, &mut memory);
    assert_eq!((notices.len(), notices[0].count), (1, 30));
    assert!(words(&at(50, &[one.clone()]), &mut memory).is_empty(), "each once");
    one.ends = None;
    assert!(words(&at(60, &[one]), &mut memory).is_empty());
}

#[test]
fn an_hour_has_a_limit_and_what_matters_most_comes_first() {
    let mut memory = Memory::default();
    let many: Vec<_> = (0..20).map(|n| partner(&format!("wijk-{n}"), PartnerState::Gone)).collect();
    let mut seen = at(0, &many);
    seen.journal_trouble = true;
    let (told, left) = due(&seen, &LIMITS, &mut memory);
    assert_eq!((told.len(), left.len()), (5, 16));
    assert_eq!(told[0].kind, NoticeKind::JournalTrouble);
    let (told, left) = due(&at(0, &many), &LIMITS, &mut memory);
    assert_eq!((told.len(), left.len()), (0, 16), "they wait");
    let (told, left) = due(&at(1, &many), &LIMITS, &mut memory);
    assert_eq!((told.len(), left.len()), (5, 11));
    assert!(told.iter().all(|notice| notice.kind == NoticeKind::EndpointGone));
    due(&at(1, &[]), &LIMITS, &mut memory);
    assert!(memory.told.is_empty() && memory.since.is_empty(), "who left is forgotten");
}

#[test]
fn a_partner_that_holds_too_much_is_told_of_to_us_alone() {
    let metrics = Metrics::new().unwrap();
    let mut one = partner("wijk", PartnerState::Active);
    metrics.enrol(&one.id, HOUR_, start());
    metrics.divergent(&one.id, Side::Extra, 4);
    one.figures = metrics.figures_of(&one.id);
    let (notices, _) = due(&at(0, &[one]), &LIMITS, &mut Memory::default());
    assert_eq!((notices.len(), notices[0].kind, notices[0].count), (1, NoticeKind::Divergent, 4));
    assert!(!is_for_partner(notices[0].kind));
}
