//! What a partner held at a moment, in words.

use super::super::document::{Block, Document, Part, fill};
use super::super::held::{Count, Held};
use super::super::moment::moment;
use super::super::words::Words;
use super::{counted, fields, names, party};

/// Most ids that are printed; JSON has them all.
const IDS_MAX: usize = 5_000;

pub(super) fn tell(of: &Held, words: &Words) -> Document {
    let own = &words.held;
    let mut parts = vec![
        Part::new(own.recipient, vec![Block::Pairs(party(&of.party, words))]),
        Part::new(own.then, vec![then(of, words)]),
    ];
    if !of.items.is_empty() {
        parts.push(Part::new(own.counts, vec![counts(&of.counts, words)]));
        parts.push(Part::new(own.rests, vec![rests(of, words)]));
        parts.push(fields(&of.fields, words));
        parts.push(Part::new(own.ids, ids(of, words)));
    }
    parts.extend(asked(of, words));
    let at = moment(of.at, words);
    let lead = counted(own.lead, of.items.len(), &[of.party.called(), &at]);
    Document { title: own.title, lead: vec![lead], urgent: false, parts }
}

fn then(of: &Held, words: &Words) -> Block {
    let (own, register) = (&words.held, &words.register);
    let Some(hash) = &of.agreement else {
        return Block::Sentence(own.no_agreement.to_owned());
    };
    let mut pairs = Vec::new();
    if let Some(terms) = &of.terms {
        pairs.push((words.party.reference, terms.reference.clone()));
        pairs.push((words.party.role, words.name(&terms.role)));
        pairs.push((register.countries, terms.countries.join(", ")));
        pairs.push((register.ways, names(&terms.ways, words)));
    }
    pairs.push((own.hash, hash.clone()));
    pairs.extend(of.lease_until.map(|until| (own.lease, moment(until, words))));
    Block::Pairs(pairs)
}

fn counts(of: &[Count], words: &Words) -> Block {
    let own = &words.held;
    let row = |count: &Count| {
        vec![words.name(count.kind), count.region.name.to_owned(), count.items.to_string()]
    };
    let head = vec![words.item.kind, words.item.region, own.number];
    Block::Table(own.counts, head, of.iter().map(row).collect())
}

fn rests(of: &Held, words: &Words) -> Block {
    let (own, rests) = (&words.held, of.rests);
    let pairs = [
        (own.accepted, rests.accepted),
        (own.may_be_sent, rests.may_be_sent),
        (own.not_proven_gone, rests.not_proven_gone),
    ];
    Block::Pairs(pairs.map(|(term, count)| (term, count.to_string())).into())
}

fn ids(of: &Held, words: &Words) -> Vec<Block> {
    let own = &words.held;
    let ids: Vec<String> =
        of.items.iter().filter_map(|item| item.item.clone()).take(IDS_MAX).collect();
    let more = of.items.len().saturating_sub(ids.len());
    let mut blocks = vec![Block::Sentence(own.ids_text.to_owned()), Block::Codes(ids)];
    if more > 0 {
        blocks.push(Block::Sentence(fill(own.more, &[&more.to_string()])));
    }
    blocks
}

fn asked(of: &Held, words: &Words) -> Option<Part> {
    let (own, list) = (&words.held, of.of.as_ref()?);
    let lines: Vec<String> = list.held.iter().map(|one| one.line.to_string()).collect();
    let count = [list.asked.to_string(), lines.len().to_string()];
    let mut blocks = vec![Block::Sentence(fill(own.of_text, &[&count[0], &count[1]]))];
    if !lines.is_empty() {
        blocks.push(Block::Pairs(vec![(own.lines, lines.join(", "))]));
    }
    Some(Part::new(own.of, blocks))
}
