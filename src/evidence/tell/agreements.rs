//! The register of agreements, in words.

use std::collections::BTreeSet;

use crate::ledger::Terms;
use crate::model::Region;

use super::super::agreements::{Agreement, Agreements, Change, Scope};
use super::super::document::{Block, Document, Part, fill};
use super::super::moment::{date, length, moment};
use super::super::words::Words;
use super::{counted, names, party};

/// Places that are named before the rest is counted.
const PLACES_MAX: usize = 8;

pub(super) fn tell(of: &Agreements, words: &Words) -> Document {
    let own = &words.register;
    let parts = of.agreements.iter().map(|agreement| told(agreement, words)).collect();
    let lead = vec![counted(own.lead, of.agreements.len(), &[])];
    Document { title: own.title, lead, urgent: false, parts }
}

fn told(of: &Agreement, words: &Words) -> Part {
    let own = &words.register;
    let status = of.status.map_or_else(|| words.unknown.to_owned(), |status| words.name(status));
    let mut pairs = party(&of.party, words);
    pairs.push((own.status, status));
    pairs.extend(of.terms.iter().flat_map(|terms| agreed(terms, words)).skip(3));
    let mut blocks = vec![Block::Pairs(pairs)];
    if !of.changes.is_empty() {
        let head = vec![own.when, own.what];
        blocks.push(Block::Table(own.changes, head, changes(&of.changes, words)));
    }
    if !of.deeds.is_empty() {
        let row = |done: &super::super::Done| {
            let what = words.name(done.deed);
            vec![moment(done.at, words), what, done.by.clone(), done.reason.clone()]
        };
        let head = vec![own.when, own.what, own.by, own.why];
        blocks.push(Block::Table(own.deeds, head, of.deeds.iter().map(row).collect()));
    }
    Part::new(of.party.called(), blocks)
}

/// The terms, one by one: the name, reference and role of the partner first.
fn agreed(terms: &Terms, words: &Words) -> Vec<(&'static str, String)> {
    let own = &words.register;
    vec![
        (words.party.name, terms.name.clone()),
        (words.party.reference, terms.reference.clone()),
        (words.party.role, words.name(&terms.role)),
        (own.kind, words.name(&terms.kind)),
        (own.starts, date(terms.starts, words)),
        (own.ends, date(terms.ends, words)),
        (own.requests, places(&terms.requests, words)),
        (own.offers, places(&terms.offers, words)),
        (own.countries, terms.countries.join(", ")),
        (own.promise, length(terms.promise_seconds, words)),
        (own.lease, length(terms.lease_seconds, words)),
        (own.ways, names(&terms.ways, words)),
    ]
}

fn changes(of: &[Change], words: &Words) -> Vec<Vec<String>> {
    let (mut rows, mut before) = (Vec::new(), None);
    for change in of {
        let mut sentences = Vec::new();
        if let Some(terms) = &change.terms {
            sentences.push(new_terms(before, terms, words));
            before = Some(terms);
        }
        sentences.extend(change.scope.as_ref().map(|scope| new_scope(scope, words)));
        rows.push(vec![moment(change.at, words), sentences.join(" ")]);
    }
    rows
}

/// What is other than before.
fn new_terms(before: Option<&Terms>, terms: &Terms, words: &Words) -> String {
    let own = &words.register;
    let Some(before) = before else { return fill(own.first_terms, &[&terms.reference]) };
    let status = |terms: &Terms| (own.status, words.name(&terms.status));
    let all = |terms: &Terms| {
        let mut all = agreed(terms, words);
        all.push(status(terms));
        all
    };
    let pairs = all(before).into_iter().zip(all(terms));
    let other = pairs.filter(|((_, was), (_, is))| was != is);
    let told: Vec<String> =
        other.map(|((term, was), (_, is))| format!("{term}: {was} → {is}.")).collect();
    if told.is_empty() { fill(own.same_terms, &[&terms.reference]) } else { told.join(" ") }
}

fn new_scope(of: &Scope, words: &Words) -> String {
    let own = &words.register;
    if of.requests.is_empty() && of.offers.is_empty() {
        return own.no_scope.to_owned();
    }
    fill(own.scope, &[&places(&of.requests, words), &places(&of.offers, words)])
}

/// Regions by name; a province stands for what lies in it.
fn places(codes: &[String], words: &Words) -> String {
    if codes.iter().any(|code| code == "*") {
        return words.everywhere.to_owned();
    }
    let regions: BTreeSet<Region> =
        codes.iter().filter_map(|code| Region::from_code(code).ok()).collect();
    let within = |region: &&Region| region.parent().is_none_or(|up| !regions.contains(&up));
    let names: Vec<&str> = regions.iter().filter(within).map(|region| region.name()).collect();
    if names.is_empty() {
        return words.nowhere.to_owned();
    }
    let more = names.len().saturating_sub(PLACES_MAX);
    let named = names.iter().take(PLACES_MAX).copied().collect::<Vec<_>>().join(", ");
    if more > 0 { fill(words.and_others, &[&named, &more.to_string()]) } else { named }
}

#[cfg(test)]
mod tests {
    use super::super::super::words::DUTCH;
    use super::*;

    #[test]
    fn a_province_stands_for_its_municipalities_and_many_are_counted() {
        let codes =
            |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        assert_eq!(places(&codes(&["*"]), &DUTCH), "heel Nederland");
        assert_eq!(places(&[], &DUTCH), "nergens");
        assert_eq!(
            places(&codes(&["GM0119", "PV22", "GM0106", "GM0080"]), &DUTCH),
            "Leeuwarden, Drenthe"
        );
        let all: Vec<String> = Region::all()
            .filter(|region| region.code().starts_with("GM"))
            .map(|region| region.code().to_owned())
            .collect();
        let told = places(&all, &DUTCH);
        assert!(told.ends_with("andere") && told.matches(',').count() == PLACES_MAX - 1, "{told}");
    }
}
