//! What a partner held at a moment, at most (GDPR articles 33 and 34).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::journal::{Basis, Had, Journal, Past};
use crate::ledger::Terms;
use crate::model::{PartnerId, PublicId};
use crate::partner::Partners;

use super::item::leaving;
use super::party::{self, Party, Place};
use super::{Error, Limit, Made};

/// What a partner may have held at a moment. Whatever is in doubt counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// When and over what it was made.
    pub made: Made,
    /// The moment.
    pub at: Timestamp,
    /// Who.
    #[serde(flatten)]
    pub party: Party,
    /// Hash of the agreement that was in force then, if the partner had one.
    pub agreement: Option<String>,
    /// Its terms, if they are on record.
    pub terms: Option<Terms>,
    /// Until when the partner might show what it held, by the lease it had accepted then.
    pub lease_until: Option<Timestamp>,
    /// Fields of each item, as they are called on the wire.
    pub fields: Vec<&'static str>,
    /// How many, by kind and region.
    pub counts: Vec<Count>,
    /// How many, by what that rests on.
    pub rests: Rests,
    /// All of them, in the order in which the gateway first saw them.
    pub items: Vec<HeldItem>,
    /// Which items of a list were among them; none if none was asked about.
    pub of: Option<Of>,
}

/// Which items of a list were held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Of {
    /// How many were asked about.
    pub asked: usize,
    /// Those that it may have held.
    pub held: Vec<Listed>,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Its number, from 1.
    pub line: usize,
    /// The public id of what stands there.
    pub item: String,
}

/// Items of one kind in one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// `request` or `offer`.
    pub kind: &'static str,
    /// Where.
    pub region: Place,
    /// How many.
    pub items: usize,
}

/// On what the answer rests. The three add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rests {
    /// The partner had accepted or fetched everything up to and beyond where it came in.
    pub accepted: usize,
    /// It may have been sent, and no acceptance was on record then.
    pub may_be_sent: usize,
    /// It had been taken away, and no evidence was on record then that it was gone there.
    pub not_proven_gone: usize,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldItem {
    /// The public id; none if it was forgotten.
    pub item: Option<String>,
    /// `request` or `offer`.
    pub kind: &'static str,
    /// Where it was then.
    pub region: Place,
    /// On what it rests: `accepted`, `mayBeSent` or `notProvenGone`.
    pub rests: &'static str,
}

/// What a partner may have held at a moment, at most; of a moment to come, what it may hold now.
///
/// # Errors
/// When the journal can not be read.
pub async fn held(
    journal: impl Into<Option<&Journal>>,
    partners: &Partners,
    partner: &PartnerId,
    (at, now): (Timestamp, Timestamp),
) -> Result<Held, Error> {
    let (journal, at) = (journal.into(), at.min(now));
    let past = match journal {
        Some(journal) => journal.held_at(partner, at).await?,
        None => Past::default(),
    };
    let agreed = party::agreed(journal, partner).await?;
    let latest = agreed.last().map(|agreed| agreed.terms.clone());
    let hash = past.agreement.as_ref();
    let terms = agreed.into_iter().rfind(|one| Some(&one.agreement) == hash);
    let file = partners.get(partner).filter(|file| Some(&file.agreement.hash) == hash);
    let terms = terms.map(|agreed| agreed.terms).or(file.map(|file| Terms::of(file)));
    let limits = vec![Limit::AtMost, Limit::Times, Limit::Beyond, Limit::OtherWays, Limit::NoTexts];
    Ok(Held {
        made: Made::new(journal, now, limits),
        at,
        party: Party::of(partner, partners, latest.as_ref()),
        agreement: past.agreement,
        terms,
        lease_until: past.lease,
        fields: leaving(),
        counts: counts(&past.items),
        rests: rests(&past.items),
        items: past.items.iter().map(HeldItem::from).collect(),
        of: None,
    })
}

impl Held {
    /// Asks which of these it may have held, each with its line in a list: so whoever knows more of
    /// them can find the people.
    #[must_use]
    pub fn asked_about(mut self, ids: &[(usize, PublicId)]) -> Self {
        let known: BTreeSet<&str> =
            self.items.iter().filter_map(|item| item.item.as_deref()).collect();
        let each = ids.iter().map(|(line, id)| Listed { line: *line, item: id.to_string() });
        let held = each.filter(|one| known.contains(one.item.as_str())).collect();
        self.of = Some(Of { asked: ids.len(), held });
        self
    }
}

fn counts(items: &[Had]) -> Vec<Count> {
    let mut counts = BTreeMap::<_, usize>::new();
    for item in items {
        *counts.entry((item.kind, item.region)).or_default() += 1;
    }
    let each = counts.into_iter();
    each.map(|((kind, region), items)| Count {
        kind: kind.as_str(),
        region: Place::from(region),
        items,
    })
    .collect()
}

fn rests(items: &[Had]) -> Rests {
    let mut rests = Rests::default();
    for item in items {
        match item.basis {
            Basis::Accepted => rests.accepted += 1,
            Basis::MayBeSent => rests.may_be_sent += 1,
            Basis::NotProvenGone => rests.not_proven_gone += 1,
        }
    }
    rests
}

impl From<&Had> for HeldItem {
    fn from(had: &Had) -> Self {
        let rests = match had.basis {
            Basis::Accepted => "accepted",
            Basis::MayBeSent => "mayBeSent",
            Basis::NotProvenGone => "notProvenGone",
        };
        Self {
            item: had.id.map(|id| id.to_string()),
            kind: had.kind.as_str(),
            region: had.region.into(),
            rests,
        }
    }
}
