//! What is to be told now: a pure decision over what is seen, what was seen before, and what was
//! told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::metrics::{Figures, Lane, NoticeKind, PartnerState, Side};
use crate::model::PartnerId;

/// An agreement that ends is told of when so many days are left.
const DAYS: [i32; 2] = [90, 30];
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// What a partner is told again and again is told half as often each time, so many times.
const DOUBLINGS_MAX: u32 = 5;

/// How long something has to last, and how often it is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) failing_after: Duration,
    pub(super) source_after: Duration,
    pub(super) repeat_after: Duration,
    pub(super) per_hour: u32,
    pub(super) disk_percent_min: u32,
}

/// Everything at one moment. Holds no value of a row.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) now: Timestamp,
    pub(super) today: Date,
    pub(super) partners: Vec<Seen>,
    pub(super) source_down: bool,
    pub(super) files_refused: bool,
    pub(super) journal_trouble: bool,
    /// How many percent of the state folder's disk are free, if that is known.
    pub(super) disk_percent: Option<u32>,
}

/// One partner at that moment.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) id: PartnerId,
    pub(super) figures: Figures,
    pub(super) promise: Duration,
    /// How long its lease is; none if we do not renew it.
    pub(super) lease: Option<Duration>,
    /// Has it an endpoint of its own?
    pub(super) pushed: bool,
    /// The last day of its agreement, while that is in force.
    pub(super) ends: Option<Date>,
}

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) kind: NoticeKind,
    pub(super) partner: Option<PartnerId>,
    /// How many items it is about, or how many percent or days are left.
    pub(super) count: u32,
    /// For how long it is so.
    pub(super) age: Duration,
    /// When something ends.
    pub(super) until: Option<Timestamp>,
}

type Subject = (NoticeKind, Option<PartnerId>);

/// What was seen and told before. Bounded by partners and kinds.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Since when something is so.
    since: BTreeMap<Subject, Timestamp>,
    /// When it was told last, how often in a row, and with which number of days.
    told: BTreeMap<Subject, (Timestamp, u32, u32)>,
    /// What was told within the last hour.
    hour: VecDeque<Timestamp>,
}

/// What to tell, what matters most first; and what would have been told if the hour were not full.
pub(super) fn due(
    seen: &Snapshot,
    limits: &Limits,
    memory: &mut Memory,
) -> (Vec<Notice>, Vec<NoticeKind>) {
    let mut found = of_ours(seen, limits, memory);
    for partner in &seen.partners {
        found.extend(of_partner(seen.now, partner, (limits, seen.today), memory));
    }
    let ids: BTreeSet<_> = seen.partners.iter().map(|one| &one.id).collect();
    let known = |subject: &Subject| subject.1.as_ref().is_none_or(|id| ids.contains(id));
    memory.since.retain(|subject, _| known(subject));
    memory.told.retain(|subject, _| known(subject));
    memory.forget_what_is_over(&found);
    found.retain(|notice| memory.is_news(notice, seen.now, limits.repeat_after));
    found.sort_by_key(|notice| notice.kind);
    memory.hour.retain(|then| seen.now.duration_since(*then) < HOUR && *then <= seen.now);
    let told = u32::try_from(memory.hour.len()).unwrap_or(u32::MAX);
    let room = usize::try_from(limits.per_hour.saturating_sub(told)).unwrap_or(usize::MAX);
    let left = found.split_off(room.min(found.len()));
    found.iter().for_each(|notice| memory.tell(notice, seen.now));
    (found, left.into_iter().map(|notice| notice.kind).collect())
}

fn of_ours(seen: &Snapshot, limits: &Limits, memory: &mut Memory) -> Vec<Notice> {
    let low = seen.disk_percent.filter(|percent| *percent < limits.disk_percent_min);
    let states = [
        (NoticeKind::JournalTrouble, seen.journal_trouble, Duration::ZERO, 0),
        (NoticeKind::DiskLow, low.is_some(), Duration::ZERO, low.unwrap_or_default()),
        (NoticeKind::SourceSilent, seen.source_down, limits.source_after, 0),
        (NoticeKind::FilesRefused, seen.files_refused, Duration::ZERO, 0),
    ];
    let mut found = Vec::new();
    for (kind, is_so, patience, count) in states {
        let age = memory.age((kind, None), is_so, seen.now);
        let age = age.filter(|age| *age >= patience);
        found.extend(age.map(|age| Notice { kind, partner: None, count, age, until: None }));
    }
    found
}

fn of_partner(
    now: Timestamp,
    partner: &Seen,
    (limits, today): (&Limits, Date),
    memory: &mut Memory,
) -> Vec<Notice> {
    let Figures { state, lease: lease_until, .. } = partner.figures;
    let open = partner.figures.items(Lane::Remove);
    let (oldest, extra) =
        (partner.figures.oldest_removal(), partner.figures.divergent(Side::Extra));
    let mut found = Vec::new();
    let mut tell = |kind, count, age, until| {
        found.push(Notice { kind, partner: Some(partner.id.clone()), count, age, until });
    };
    let open_for = oldest.map(|oldest| since(oldest, now)).unwrap_or_default();
    if open > 0 && open_for > partner.promise {
        tell(NoticeKind::RemovalOverdue, open, open_for, None);
    }
    if extra > 0 {
        let subject = (NoticeKind::Divergent, Some(partner.id.clone()));
        let age = memory.age(subject, true, now).unwrap_or_default();
        tell(NoticeKind::Divergent, extra, age, None);
    }
    let gone = partner.pushed && state == Some(PartnerState::Gone);
    let gone_for = memory.age((NoticeKind::EndpointGone, Some(partner.id.clone())), gone, now);
    let turns = memory.came_back(&partner.id, now, limits.repeat_after);
    if gone_for.is_some_and(|age| !turns || age >= limits.failing_after) {
        tell(NoticeKind::EndpointGone, open, Duration::ZERO, None);
    }
    let fails = partner.pushed && state == Some(PartnerState::Failing);
    let subject = (NoticeKind::EndpointFailing, Some(partner.id.clone()));
    let age = memory.age(subject, fails, now).unwrap_or_default();
    let age = if partner.pushed { age.max(open_for) } else { age };
    let trouble = fails || gone || partner.pushed && open > 0;
    if age >= limits.failing_after && !gone && trouble {
        tell(NoticeKind::EndpointFailing, open, age, None);
    } else if !trouble && memory.was_told_of_trouble(&partner.id) {
        tell(NoticeKind::EndpointBack, 0, Duration::ZERO, None);
    }
    let lapses = |until: Timestamp, lease: Duration| {
        until.duration_since(now) < SignedDuration::try_from(lease / 3).unwrap_or_default()
    };
    if let (Some(until), Some(lease)) = (lease_until, partner.lease)
        && partner.ends.is_some()
        && lapses(until, lease)
    {
        tell(NoticeKind::LeaseLapsing, 0, Duration::ZERO, Some(until));
    }
    let days = partner.ends.and_then(|ends| today.until(ends).ok()).map(|span| span.get_days());
    let days = days.and_then(|days| DAYS.iter().rev().find(|limit| (0..=**limit).contains(&days)));
    if let Some(days) = days {
        let days = u32::try_from(*days).unwrap_or_default();
        tell(NoticeKind::AgreementEnding, days, Duration::ZERO, None);
    }
    found
}

fn since(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).try_into().unwrap_or_default()
}

impl Memory {
    /// For how long it is so; none while it is not.
    fn age(&mut self, subject: Subject, is_so: bool, now: Timestamp) -> Option<Duration> {
        if !is_so {
            self.since.remove(&subject);
            return None;
        }
        Some(since(*self.since.entry(subject).or_insert(now), now))
    }

    fn was_told_of_trouble(&self, partner: &PartnerId) -> bool {
        [NoticeKind::EndpointFailing, NoticeKind::EndpointGone]
            .iter()
            .any(|kind| self.told.contains_key(&(*kind, Some(partner.clone()))))
    }

    /// Was it told lately that the endpoint is back? Who turns back and forth takes nobody's turn.
    fn came_back(&self, partner: &PartnerId, now: Timestamp, lately: Duration) -> bool {
        let told = self.told.get(&(NoticeKind::EndpointBack, Some(partner.clone())));
        told.is_some_and(|(then, ..)| since(*then, now) < lately)
    }

    /// What is no longer so is told anew when it comes again. An endpoint's trouble is over when that
    /// was told.
    fn forget_what_is_over(&mut self, found: &[Notice]) {
        let is: BTreeSet<_> = found.iter().map(|one| (one.kind, &one.partner)).collect();
        let is = |subject: &Subject| is.contains(&(subject.0, &subject.1));
        let lasting =
            [NoticeKind::EndpointFailing, NoticeKind::EndpointGone, NoticeKind::EndpointBack];
        // It may come and go with every look; told once in its time is enough.
        let repeats = |kind: NoticeKind| kind == NoticeKind::Divergent;
        self.told
            .retain(|subject, _| is(subject) || lasting.contains(&subject.0) || repeats(subject.0));
    }

    fn is_news(&self, notice: &Notice, now: Timestamp, repeat_after: Duration) -> bool {
        let told = self.told.get(&(notice.kind, notice.partner.clone()));
        let Some((last, times, count)) = told else { return true };
        if notice.kind == NoticeKind::EndpointBack {
            return true;
        }
        if notice.kind == NoticeKind::AgreementEnding {
            return notice.count < *count;
        }
        let doublings = if is_for_partner(notice.kind) { times.saturating_sub(1) } else { 0 };
        let pause = repeat_after.saturating_mul(1 << doublings.min(DOUBLINGS_MAX));
        since(*last, now) >= pause || *last > now
    }

    fn tell(&mut self, notice: &Notice, now: Timestamp) {
        self.hour.push_back(now);
        if notice.kind == NoticeKind::EndpointBack {
            for kind in [NoticeKind::EndpointFailing, NoticeKind::EndpointGone] {
                self.told.remove(&(kind, notice.partner.clone()));
            }
        }
        let subject = (notice.kind, notice.partner.clone());
        let told = self.told.entry(subject).or_insert((now, 0, notice.count));
        *told = (now, told.1.saturating_add(1), notice.count);
    }
}

/// Is it the partner's own contact that is told?
pub(super) fn is_for_partner(kind: NoticeKind) -> bool {
    match kind {
        NoticeKind::EndpointGone
        | NoticeKind::EndpointFailing
        | NoticeKind::EndpointBack
        | NoticeKind::LeaseLapsing => true,
        NoticeKind::RemovalOverdue
        | NoticeKind::JournalTrouble
        | NoticeKind::DiskLow
        | NoticeKind::SourceSilent
        | NoticeKind::FilesRefused
        | NoticeKind::Divergent
        | NoticeKind::AgreementEnding => false,
    }
}

#[cfg(test)]
mod tests;
