//! Who received an item, and how far it is taken back (GDPR articles 15, 17 and 19).

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::journal::{self, Account, Back, Channel, Dated, Holder, Journal, Rung, Taken};
use crate::ledger::Terms;
use crate::minimise::{Fate, fields};
use crate::model::{PartnerId, PublicId, Sequence};
use crate::partner::Partners;

use super::agreements::Done;
use super::party::{self, Party, Place};
use super::{Error, Limit, Made};

/// Recipients of one item, and the proof of its removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemStatement {
    /// When and over what it was made.
    pub made: Made,
    /// The public id.
    pub item: String,
    /// What is known of it.
    pub state: State,
    /// `request` or `offer`.
    pub kind: Option<&'static str>,
    /// Where it was last.
    pub region: Option<Place>,
    /// When the gateway showed it first, if that is on record.
    pub published: Option<Timestamp>,
    /// When the gateway took it away; none while it is shown.
    pub removed: Option<Timestamp>,
    /// By command rather than by the core: who and why.
    pub by_command: Option<Done>,
    /// Fields that left, as they are called on the wire.
    pub fields: Vec<&'static str>,
    /// Who may hold it, or may have held it; first those from whom it is still to be taken back.
    pub recipients: Vec<Recipient>,
    /// On whose pages it may have been shown by the gateway itself; they never held it.
    pub shown: Vec<Party>,
    /// Recipients from whom it is still to be taken back.
    pub open: usize,
}

/// What is known of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Nothing is on record: it never left, or it was forgotten after the time that is kept.
    Unknown,
    /// It is known, and never was sent to anybody.
    NeverLeft,
    /// It is shown now.
    Shown,
    /// It was taken away.
    Removed,
}

/// One recipient, by one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// Who.
    #[serde(flatten)]
    pub party: Party,
    /// By which ways.
    pub ways: Vec<Way>,
    /// From when until when it may have been sent.
    pub periods: Vec<Period>,
    /// The surest evidence that it arrived.
    pub received: Witness,
    /// How far it is taken back; none while it may be shown there.
    pub removal: Option<Removal>,
    /// Until when the partner may show what it holds, by the last lease that it accepted.
    pub lease_until: Option<Timestamp>,
}

/// By which way items reach a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Sent to its endpoint.
    Push,
    /// Sent to a person, as letters.
    Mail,
    /// Fetched with a token.
    Pull,
    /// Fetched as Atom or JSON Feed.
    Feed,
}

impl Way {
    /// Its word in the partner's file.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Mail => "mail",
            Self::Pull => "pull",
            Self::Feed => "feed",
        }
    }
}

/// A stretch in which the item was there for the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// Change number from which it was.
    pub from: u64,
    /// When that was, if it is on record.
    pub since: Option<Timestamp>,
    /// Change number at which it was to be taken back; none while it is there.
    pub to: Option<u64>,
    /// When that was, if it is on record.
    pub until: Option<Timestamp>,
}

/// Evidence, and when it was there at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Witness {
    /// `sent`, `accepted`, `confirmed`, `reconciled` or `verified`.
    pub rung: &'static str,
    /// When, if it is on record.
    pub at: Option<Timestamp>,
}

/// How far an item is taken back from a recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// What can be said now.
    pub outcome: Outcome,
    /// Since when it is owed, if that is on record.
    pub owed_since: Option<Timestamp>,
    /// Within how many seconds the partner promised to take items away.
    pub promise_seconds: Option<u64>,
    /// It is open for longer than that.
    pub late: bool,
    /// What is on record, the weakest first.
    pub evidence: Vec<Witness>,
    /// When the partner refused it.
    pub refused: Vec<Timestamp>,
    /// When it was found with the partner although it had accepted.
    pub found: Vec<Timestamp>,
    /// Closed by a person instead of by evidence.
    pub closed: Option<Done>,
}

/// What can be said of a removal. Never more than what is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It waits to be accepted.
    Open,
    /// The partner refused it.
    Refused,
    /// The partner accepted it, and yet it is owed again: refused afterwards, or found there.
    FoundAgain,
    /// It is sent once more, as everything to this partner.
    SentAgain,
    /// It was accepted once more after it had been found, which proves nothing now.
    InDoubt,
    /// The partner answered that it took it.
    Accepted,
    /// The partner named the item, or asked for what comes after.
    Confirmed,
    /// What the partner says it holds agrees with what it should hold.
    Reconciled,
    /// Its own page was looked at and no longer shows it.
    Verified,
    /// A person closed it.
    Closed,
    /// Nothing is owed, and no evidence is kept.
    Settled,
}

impl Outcome {
    /// Is there still something to be done?
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Open | Self::Refused | Self::FoundAgain | Self::SentAgain | Self::InDoubt => true,
            Self::Accepted
            | Self::Confirmed
            | Self::Reconciled
            | Self::Verified
            | Self::Closed
            | Self::Settled => false,
        }
    }
}

impl From<Taken> for Outcome {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Open => Self::Open,
            Taken::Refused => Self::Refused,
            Taken::FoundAgain => Self::FoundAgain,
            Taken::SentAgain => Self::SentAgain,
            Taken::InDoubt => Self::InDoubt,
            Taken::By(Rung::Accepted) => Self::Accepted,
            Taken::By(Rung::Confirmed) => Self::Confirmed,
            Taken::By(Rung::Reconciled) => Self::Reconciled,
            Taken::By(Rung::Verified) => Self::Verified,
            Taken::Closed => Self::Closed,
            Taken::Passed => Self::Settled,
        }
    }
}

/// Fields that leave, as they are called on the wire.
pub(super) fn leaving() -> Vec<&'static str> {
    let place = |fate| match fate {
        Fate::Leaves(place) => Some(place),
        Fate::Decides | Fate::Stays => None,
    };
    fields().filter_map(|field| place(field.fate)).collect()
}

/// Who received an item, and how far it is taken back. Without a journal nothing ever left.
///
/// # Errors
/// When the journal can not be read.
pub async fn item(
    journal: impl Into<Option<&Journal>>,
    partners: &Partners,
    id: PublicId,
    now: Timestamp,
) -> Result<ItemStatement, Error> {
    let journal = journal.into();
    let account = match journal {
        Some(journal) => journal.account(id).await?,
        None => None,
    };
    let (mut recipients, mut shown) = (Vec::new(), Vec::new());
    for holder in account.iter().flat_map(|account| &account.holders) {
        recipients.push(recipient(journal, partners, holder, now).await?);
    }
    for viewer in account.iter().flat_map(|account| &account.viewers) {
        shown.extend(shown_by(journal, partners, viewer).await?);
    }
    let mut limits =
        vec![Limit::AtMost, Limit::OwnWord, Limit::Beyond, Limit::OtherWays, Limit::NoTexts];
    if !shown.is_empty() {
        limits.push(Limit::Visitors);
    }
    if account.is_none() {
        limits = vec![Limit::Forgotten, Limit::OtherWays];
    }
    let is_open = |one: &Recipient| one.removal.as_ref().is_some_and(|one| one.outcome.is_open());
    recipients.sort_by_key(|one| !is_open(one));
    let account = account.as_ref();
    let left = !recipients.is_empty() || !shown.is_empty();
    Ok(ItemStatement {
        made: Made::new(journal, now, limits),
        item: id.to_string(),
        state: state(account, left),
        kind: account.map(|account| account.kind.as_str()),
        region: account.map(|account| account.region.into()),
        published: account.and_then(|account| account.published),
        removed: account.and_then(|account| account.removed),
        by_command: account.and_then(|account| account.by_command.as_ref()).map(Done::from),
        fields: if left { leaving() } else { Vec::new() },
        open: recipients.iter().filter(|one| is_open(one)).count(),
        recipients,
        shown,
    })
}

fn state(account: Option<&Account>, left: bool) -> State {
    match account {
        None => State::Unknown,
        Some(_) if !left => State::NeverLeft,
        Some(account) if account.removed.is_some() => State::Removed,
        Some(_) => State::Shown,
    }
}

async fn party(
    journal: Option<&Journal>,
    partners: &Partners,
    id: &PartnerId,
) -> Result<(Party, Option<Terms>), Error> {
    let terms = match partners.get(id) {
        Some(partner) => Some(Terms::of(partner)),
        None => party::agreed(journal, id).await?.pop().map(|agreed| agreed.terms),
    };
    Ok((Party::of(id, partners, terms.as_ref()), terms))
}

/// The partner, if the gateway itself shows lists on its pages.
async fn shown_by(
    journal: Option<&Journal>,
    partners: &Partners,
    id: &PartnerId,
) -> Result<Option<Party>, Error> {
    let (party, terms) = party(journal, partners, id).await?;
    let embeds = terms.is_some_and(|terms| terms.ways.iter().any(|way| way == "embed"));
    Ok(embeds.then_some(party))
}

async fn recipient(
    journal: Option<&Journal>,
    partners: &Partners,
    holder: &Holder,
    now: Timestamp,
) -> Result<Recipient, Error> {
    let (party, terms) = party(journal, partners, &holder.partner).await?;
    let has = |way: Way| terms.as_ref().map(|terms| terms.ways.iter().any(|one| one == way.key()));
    let pulls = has(Way::Pull).unwrap_or(true);
    let by_letter = holder.channel == Channel::Push && has(Way::Mail).unwrap_or(false);
    let ways = match holder.channel {
        Channel::Push if by_letter => vec![Way::Mail],
        Channel::Push => vec![Way::Push],
        Channel::Pull if !holder.document => vec![Way::Pull],
        Channel::Pull if pulls => vec![Way::Pull, Way::Feed],
        Channel::Pull => vec![Way::Feed],
    };
    // Fetching one way says nothing of what the other's reader keeps.
    let both = holder.document && ways.contains(&Way::Pull);
    let received = holder.received.map_or(Witness { rung: "sent", at: None }, Witness::from);
    let promise = terms.as_ref().map(|terms| terms.promise_seconds);
    let back = holder.back.clone().map(|back| if both { of_documents(back) } else { back });
    Ok(Recipient {
        party,
        ways,
        periods: holder.spells.iter().map(Period::from).collect(),
        received,
        removal: back.as_ref().map(|back| removal(back, promise, now)),
        lease_until: holder.lease,
    })
}

/// Of who reads documents nothing is confirmed.
fn of_documents(mut back: Back) -> Back {
    if back.taken == Taken::By(Rung::Confirmed) {
        back.taken = Taken::By(Rung::Accepted);
    }
    for one in back.evidence.iter_mut().filter(|one| one.rung == Rung::Confirmed) {
        one.rung = Rung::Accepted;
    }
    back
}

fn removal(back: &Back, promise: Option<u64>, now: Timestamp) -> Removal {
    let outcome = Outcome::from(back.taken);
    let open_for = back.owed_since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
    let open_for = u64::try_from(open_for.as_secs()).unwrap_or_default();
    Removal {
        outcome,
        owed_since: back.owed_since,
        promise_seconds: promise,
        late: outcome.is_open() && promise.is_some_and(|promise| open_for > promise),
        evidence: back.evidence.iter().copied().map(Witness::from).collect(),
        refused: back.refused.clone(),
        found: back.found.clone(),
        closed: back.closed.as_ref().map(Done::from),
    }
}

impl From<journal::Witness> for Witness {
    fn from(witness: journal::Witness) -> Self {
        Self { rung: witness.rung.as_str(), at: Some(witness.at) }
    }
}

impl From<&Dated> for Period {
    fn from(dated: &Dated) -> Self {
        Self {
            from: dated.spell.from.get(),
            since: dated.since,
            to: dated.spell.to.map(Sequence::get),
            until: dated.until,
        }
    }
}
