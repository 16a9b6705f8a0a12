//! Every text of the statements. Short plain sentences; `{}` stands for a value.

mod dutch;
mod english;

use crate::model::Language;

pub(super) use dutch::DUTCH;
pub(super) use english::ENGLISH;

/// Keys of the data, and what they are called.
pub(super) type Names = &'static [(&'static str, &'static str)];

/// The texts of one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) language: Language,
    /// Lengths of time: behind one, and behind many.
    pub(super) seconds: [&'static str; 2],
    pub(super) minutes: [&'static str; 2],
    pub(super) hours: [&'static str; 2],
    pub(super) days: [&'static str; 2],
    pub(super) years: [&'static str; 2],
    /// Kinds, roles, sorts of organisations, ways, fields, columns, countries, deeds and statuses.
    pub(super) names: Names,
    pub(super) unknown: &'static str,
    pub(super) asked: &'static str,
    /// So often; first, and last.
    pub(super) often: &'static str,
    pub(super) by_and_why: &'static str,
    pub(super) and_others: &'static str,
    pub(super) everywhere: &'static str,
    pub(super) nowhere: &'static str,
    pub(super) party: Party,
    pub(super) item: Item,
    pub(super) held: Held,
    pub(super) register: Register,
    pub(super) processing: Processing,
    pub(super) made: Made,
}

/// Who a partner is.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) name: &'static str,
    pub(super) id: &'static str,
    pub(super) role: &'static str,
    pub(super) reference: &'static str,
    pub(super) privacy: &'static str,
    pub(super) fields: &'static str,
}

/// The statement of an item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) title: &'static str,
    pub(super) unknown: &'static str,
    pub(super) never_left: &'static str,
    pub(super) may_still: &'static str,
    /// Shown now: to nobody yet but on pages, to one, to many.
    pub(super) shown: [&'static str; 3],
    pub(super) removed: &'static str,
    /// Nobody got a copy.
    pub(super) no_copies: &'static str,
    /// Open with so many of so many.
    pub(super) open: &'static str,
    pub(super) late: &'static str,
    /// Nothing is open; the weakest evidence.
    pub(super) all_back: &'static str,
    pub(super) heading: &'static str,
    pub(super) id: &'static str,
    pub(super) kind: &'static str,
    pub(super) region: &'static str,
    pub(super) published: &'static str,
    pub(super) removed_at: &'static str,
    pub(super) by_command: &'static str,
    pub(super) recipient: &'static str,
    pub(super) ways: &'static str,
    pub(super) period: &'static str,
    /// From and until; from; until.
    pub(super) from_until: &'static str,
    pub(super) from: &'static str,
    pub(super) not_recorded: &'static str,
    pub(super) received: &'static str,
    pub(super) removal: &'static str,
    pub(super) still_there: &'static str,
    pub(super) owed_since: &'static str,
    pub(super) promise: &'static str,
    pub(super) within: &'static str,
    pub(super) too_late: &'static str,
    pub(super) evidence: &'static str,
    pub(super) refused_on: &'static str,
    pub(super) found_on: &'static str,
    pub(super) closed_by: &'static str,
    pub(super) lease: &'static str,
    pub(super) lease_text: &'static str,
    pub(super) on_pages: &'static str,
    pub(super) on_pages_text: &'static str,
    pub(super) outcomes: Outcomes,
    pub(super) rungs: Names,
    pub(super) arrived: Names,
}

/// How a removal stands.
#[derive(Debug)]
pub(super) struct Outcomes {
    pub(super) open: &'static str,
    pub(super) refused: &'static str,
    pub(super) found_again: &'static str,
    pub(super) sent_again: &'static str,
    pub(super) in_doubt: &'static str,
    pub(super) differs: &'static str,
    pub(super) accepted: &'static str,
    pub(super) confirmed: &'static str,
    pub(super) reconciled: &'static str,
    pub(super) verified: &'static str,
    pub(super) closed: &'static str,
    pub(super) settled: &'static str,
}

/// What a partner held at a moment.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) title: &'static str,
    /// None, one, many.
    pub(super) lead: [&'static str; 3],
    pub(super) recipient: &'static str,
    pub(super) then: &'static str,
    pub(super) no_agreement: &'static str,
    pub(super) hash: &'static str,
    pub(super) lease: &'static str,
    pub(super) counts: &'static str,
    pub(super) number: &'static str,
    pub(super) rests: &'static str,
    pub(super) accepted: &'static str,
    pub(super) may_be_sent: &'static str,
    pub(super) not_proven_gone: &'static str,
    pub(super) ids: &'static str,
    pub(super) ids_text: &'static str,
    pub(super) more: &'static str,
    pub(super) of: &'static str,
    pub(super) of_text: &'static str,
    pub(super) lines: &'static str,
    /// Above the list that only plain text has.
    pub(super) of_list: &'static str,
}

/// The register of agreements.
#[derive(Debug)]
pub(super) struct Register {
    pub(super) title: &'static str,
    pub(super) lead: [&'static str; 3],
    pub(super) status: &'static str,
    pub(super) kind: &'static str,
    pub(super) starts: &'static str,
    pub(super) ends: &'static str,
    pub(super) requests: &'static str,
    pub(super) offers: &'static str,
    pub(super) countries: &'static str,
    pub(super) promise: &'static str,
    pub(super) lease: &'static str,
    pub(super) ways: &'static str,
    pub(super) changes: &'static str,
    pub(super) when: &'static str,
    pub(super) what: &'static str,
    pub(super) first_terms: &'static str,
    pub(super) same_terms: &'static str,
    pub(super) scope: &'static str,
    pub(super) no_scope: &'static str,
    pub(super) deeds: &'static str,
    pub(super) by: &'static str,
    pub(super) why: &'static str,
}

/// Rows for the register of processing activities.
#[derive(Debug)]
pub(super) struct Processing {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) purpose: &'static str,
    pub(super) purpose_text: &'static str,
    pub(super) subjects: &'static str,
    pub(super) subjects_text: &'static str,
    pub(super) data: &'static str,
    pub(super) leaves: &'static str,
    pub(super) inside: &'static str,
    pub(super) special: &'static str,
    pub(super) recipients: &'static str,
    pub(super) nobody: &'static str,
    pub(super) transfers: &'static str,
    pub(super) no_transfers: &'static str,
    pub(super) retention: &'static str,
    pub(super) retention_texts: &'static str,
    pub(super) retention_removals: &'static str,
    pub(super) retention_ledger: &'static str,
    pub(super) retention_partners: &'static str,
    pub(super) measures: &'static str,
    pub(super) measures_list: &'static [&'static str],
}

/// What every statement ends with.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) limits: &'static str,
    pub(super) own_word: &'static str,
    pub(super) beyond: &'static str,
    pub(super) visitors: &'static str,
    pub(super) at_most: &'static str,
    pub(super) times: &'static str,
    pub(super) other_ways: &'static str,
    pub(super) no_texts: &'static str,
    pub(super) forgotten: &'static str,
    pub(super) files_now: &'static str,
    pub(super) grounds: &'static str,
    pub(super) about: &'static str,
    pub(super) at: &'static str,
    pub(super) zone: &'static str,
    pub(super) zone_text: &'static str,
    pub(super) version: &'static str,
    pub(super) position: &'static str,
    pub(super) no_journal: &'static str,
}

/// The words of a language; Dutch where there are none.
pub(super) fn of(language: Language) -> &'static Words {
    match language {
        Language::Dutch | Language::Frisian => &DUTCH,
        Language::English => &ENGLISH,
    }
}

impl Words {
    /// What a key of the data is called; itself, if it has no name.
    pub(super) fn name(&self, key: &str) -> String {
        named(self.names, key)
    }
}

/// What a key is called in a list; itself, if it has no name there.
pub(super) fn named(names: Names, key: &str) -> String {
    let found = names.iter().find(|(known, _)| *known == key);
    found.map_or(key, |(_, name)| name).to_owned()
}
