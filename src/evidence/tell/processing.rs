//! Rows for the register of processing activities, in words.

use super::super::document::{Block, Document, Part, fill};
use super::super::moment::length;
use super::super::processing::{FieldRow, Processing, RecipientRow};
use super::super::words::Words;
use super::names;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

pub(super) fn tell(of: &Processing, words: &Words) -> Document {
    let own = &words.processing;
    let sentence = |text: &str| Block::Sentence(text.to_owned());
    let column = |row: &FieldRow| words.name(row.name.unwrap_or(row.column));
    let list = |rows: &[FieldRow]| Block::List(rows.iter().map(column).collect());
    let countries =
        if of.countries.is_empty() { "–".to_owned() } else { of.countries.join(", ") };
    let days = |days: u64| length(days.saturating_mul(DAY), words);
    let kept = of.retention;
    let retention = vec![
        fill(own.retention_texts, &[&length(kept.texts_seconds, words)]),
        fill(own.retention_removals, &[&days(kept.removals_days)]),
        fill(own.retention_ledger, &[&days(kept.ledger_days)]),
        own.retention_partners.to_owned(),
    ];
    let measures = own.measures_list.iter().map(|text| (*text).to_owned()).collect();
    let data = vec![
        sentence(&format!("{}:", own.leaves)),
        list(&of.leaves),
        sentence(&format!("{}:", own.inside)),
        list(&of.inside),
        sentence(own.special),
    ];
    let parts = vec![
        Part::new(own.purpose, vec![sentence(own.purpose_text)]),
        Part::new(own.subjects, vec![sentence(own.subjects_text)]),
        Part::new(own.data, data),
        Part::new(own.recipients, vec![recipients(&of.recipients, words)]),
        Part::new(own.transfers, vec![sentence(&fill(own.no_transfers, &[&countries]))]),
        Part::new(own.retention, vec![Block::List(retention)]),
        Part::new(own.measures, vec![Block::List(measures)]),
    ];
    Document { title: own.title, lead: vec![own.lead.to_owned()], urgent: false, parts }
}

fn recipients(of: &[RecipientRow], words: &Words) -> Block {
    let own = &words.processing;
    if of.is_empty() {
        return Block::Sentence(own.nobody.to_owned());
    }
    let row = |one: &RecipientRow| {
        let role = one.party.role.as_deref().map(|role| words.name(role)).unwrap_or_default();
        vec![
            one.party.called().to_owned(),
            words.name(&one.kind),
            role,
            one.party.reference.clone().unwrap_or_default(),
            one.countries.join(", "),
            names(&one.ways, words),
        ]
    };
    let register = &words.register;
    let head = vec![
        words.party.name,
        register.kind,
        words.party.role,
        words.party.reference,
        register.countries,
        register.ways,
    ];
    Block::Table(own.recipients, head, of.iter().map(row).collect())
}
