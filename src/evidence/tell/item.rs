//! Recipients of an item, and the proof of its removal, in words.

use jiff::Timestamp;

use super::super::document::{Block, Document, Part, fill};
use super::super::item::{ItemStatement, Outcome, Period, Recipient, Removal, State, Witness};
use super::super::moment::{length, moment};
use super::super::words::{Names, Words, named};
use super::{counted, fields, moments, names, party};

pub(super) fn tell(of: &ItemStatement, words: &Words) -> Document {
    let mut parts = Vec::new();
    if of.state != State::Unknown {
        parts.push(Part::new(words.item.heading, vec![Block::Pairs(facts(of, words))]));
    }
    parts.extend(of.recipients.iter().map(|recipient| told(recipient, of.made.at, words)));
    if !of.shown.is_empty() {
        let names = of.shown.iter().map(|party| party.called().to_owned()).collect();
        let sentence = Block::Sentence(words.item.on_pages_text.to_owned());
        parts.push(Part::new(words.item.on_pages, vec![sentence, Block::List(names)]));
    }
    if !of.fields.is_empty() {
        parts.push(fields(&of.fields, words));
    }
    Document { title: words.item.title, lead: lead(of, words), urgent: of.open > 0, parts }
}

fn lead(of: &ItemStatement, words: &Words) -> Vec<String> {
    let (own, count) = (&words.item, of.recipients.len());
    let mut lead = Vec::new();
    if of.open > 0 {
        lead.push(fill(own.open, &[&of.open.to_string(), &count.to_string()]));
        let late = |one: &&Recipient| one.removal.as_ref().is_some_and(|one| one.late);
        let late = of.recipients.iter().filter(late).count();
        if late > 0 {
            lead.push(fill(own.late, &[&late.to_string()]));
        }
    }
    let removed = || of.removed.map(|at| fill(own.removed, &[&moment(at, words)]));
    match of.state {
        State::Unknown => lead.push(own.unknown.to_owned()),
        State::NeverLeft => {
            lead.push(own.never_left.to_owned());
            lead.push(removed().unwrap_or(own.may_still.to_owned()));
        }
        State::Shown => lead.push(counted(own.shown, count, &[])),
        State::Removed => {
            lead.extend(removed());
            if count == 0 {
                lead.push(own.no_copies.to_owned());
            } else if of.open == 0 {
                lead.push(fill(own.all_back, &[&count.to_string(), &weakest(of, words)]));
            }
        }
    }
    lead
}

/// What the weakest of the closed removals rests on.
fn weakest(of: &ItemStatement, words: &Words) -> String {
    let outcomes = of.recipients.iter().filter_map(|one| one.removal.as_ref());
    let weakest = outcomes.map(|removal| rank(removal.outcome)).min();
    weakest.map_or_else(String::new, |(_, key)| named(words.item.rungs, key))
}

/// The order of outcomes, the weakest first, and their keys.
fn rank(outcome: Outcome) -> (u8, &'static str) {
    match outcome {
        Outcome::Open
        | Outcome::Refused
        | Outcome::FoundAgain
        | Outcome::SentAgain
        | Outcome::InDoubt
        | Outcome::Differs => (0, ""),
        Outcome::Settled => (1, "settled"),
        Outcome::Closed => (2, "closed"),
        Outcome::Accepted => (3, "accepted"),
        Outcome::Confirmed => (4, "confirmed"),
        Outcome::Reconciled => (5, "reconciled"),
        Outcome::Verified => (6, "verified"),
    }
}

fn facts(of: &ItemStatement, words: &Words) -> Vec<(&'static str, String)> {
    let own = &words.item;
    let kind = of.kind.map(|kind| (own.kind, words.name(kind)));
    let region = of.region.map(|region| (own.region, region.name.to_owned()));
    let published = of.published.map(|at| (own.published, moment(at, words)));
    let removed = of.removed.map(|at| (own.removed_at, moment(at, words)));
    let by = of.by_command.as_ref().map(|done| {
        let at = moment(done.at, words);
        (own.by_command, fill(words.by_and_why, &[&at, &done.by, &done.reason]))
    });
    let id = (own.id, of.item.clone());
    let all = [kind, region, published, removed, by].into_iter().flatten();
    std::iter::once(id).chain(all).collect()
}

fn told(of: &Recipient, now: Timestamp, words: &Words) -> Part {
    let own = &words.item;
    let ways: Vec<&str> = of.ways.iter().map(|way| way.key()).collect();
    let mut pairs = party(&of.party, words);
    pairs.push((own.ways, names(&ways, words)));
    pairs.extend(of.periods.iter().map(|one| (own.period, period(one, words))));
    pairs.push((own.received, witness(&of.received, own.arrived, words)));
    match &of.removal {
        None => pairs.push((own.removal, own.still_there.to_owned())),
        Some(removal) => pairs.extend(removed(removal, now, words)),
    }
    // Before a removal is proven, the lease is what is left to rely on.
    let relies = of.removal.as_ref().is_some_and(|one| one.outcome.is_open());
    if let Some(until) = of.lease_until.filter(|_| relies) {
        pairs.push((own.lease, fill(own.lease_text, &[&moment(until, words)])));
    }
    Part::new(fill(own.recipient, &[of.party.called()]), vec![Block::Pairs(pairs)])
}

fn period(of: &Period, words: &Words) -> String {
    let at = |at: Option<Timestamp>| {
        at.map_or_else(|| words.item.not_recorded.to_owned(), |at| moment(at, words))
    };
    match of.to {
        Some(_) => fill(words.item.from_until, &[&at(of.since), &at(of.until)]),
        None => fill(words.item.from, &[&at(of.since)]),
    }
}

fn witness(of: &Witness, names: Names, words: &Words) -> String {
    let name = named(names, of.rung);
    of.at.map_or(name.clone(), |at| format!("{name}, {}", moment(at, words)))
}

fn removed(of: &Removal, now: Timestamp, words: &Words) -> Vec<(&'static str, String)> {
    let own = &words.item;
    let mut pairs = vec![(own.removal, outcome(of.outcome, words).to_owned())];
    pairs.extend(of.owed_since.map(|at| (own.owed_since, moment(at, words))));
    let promise = of.promise_seconds.map(|promise| length(promise, words));
    let open_for = of.owed_since.map(|since| now.duration_since(since).as_secs());
    let open_for = open_for.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default();
    pairs.extend(promise.map(|promise| {
        let open_for = length(open_for, words);
        let sentence = if of.late {
            fill(own.too_late, &[&open_for, &promise])
        } else {
            fill(own.within, &[&promise])
        };
        (own.promise, sentence)
    }));
    pairs.extend(moments(&of.refused, words).map(|when| (own.refused_on, when)));
    pairs.extend(moments(&of.found, words).map(|when| (own.found_on, when)));
    pairs.extend(of.evidence.iter().map(|one| (own.evidence, witness(one, own.rungs, words))));
    pairs.extend(of.closed.as_ref().map(|done| {
        let at = moment(done.at, words);
        (own.closed_by, fill(words.by_and_why, &[&at, &done.by, &done.reason]))
    }));
    pairs
}

fn outcome(of: Outcome, words: &Words) -> &'static str {
    let words = &words.item.outcomes;
    match of {
        Outcome::Open => words.open,
        Outcome::Refused => words.refused,
        Outcome::FoundAgain => words.found_again,
        Outcome::SentAgain => words.sent_again,
        Outcome::InDoubt => words.in_doubt,
        Outcome::Differs => words.differs,
        Outcome::Accepted => words.accepted,
        Outcome::Confirmed => words.confirmed,
        Outcome::Reconciled => words.reconciled,
        Outcome::Verified => words.verified,
        Outcome::Closed => words.closed,
        Outcome::Settled => words.settled,
    }
}
