//! Reconciliation (design §7): a partner whose digest differs is compared bucket by bucket, then
//! only what differs is sent or taken back.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::journal::{self, Channel, Claim, Difference, Entry, Flag, Holdings, Proof, Rung, Want};
use crate::metrics::{Lane, Side};
use crate::model::{Bucket, Digest, Kind, PublicId, Region, Sequence};

use super::Wiring;
use super::attempts::Errand;
use super::dispute::Witness;
use super::lane::pace::{self, Findings};
use super::session::Session;
use super::traffic::Heard;
use super::wire::{Answer, Asked, HOLDINGS_MAX};

/// At most one comparison in this time.
const EVERY: Duration = Duration::from_secs(1);
/// A partner that spoke at the wrong moment is asked at most once in this time.
const ASK_EVERY: Duration = Duration::from_secs(10);
/// To work out what should be held may take one part in so many of the time.
const SHARE: u32 = 20;
/// Longest pause after a comparison that changed nothing.
const REST_MAX: Duration = Duration::from_secs(3600);
/// After agreement of so long a difference is a new one.
const CALM: Duration = Duration::from_secs(24 * 3600);
/// To a partner that can not say what differs everything is sent again, after the first and at
/// most the second of these pauses, which double.
const WHOLE_EVERY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(24 * 3600));
/// Agreement is written down at most once in this time.
const PROOF_EVERY: Duration = Duration::from_secs(60);
/// Most items of one kind in one region that are compared one by one.
const BUCKET_MAX: usize = 100_000;
/// Removals that the journal does not owe, in one message.
const STRAYS_MAX: usize = 500;

/// Items with their change numbers.
type List = Vec<(PublicId, Sequence)>;

/// How many items differ.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    extra: u32,
    missing: u32,
    stale: u32,
    /// 1 if there is a difference of which the partner can not say what it is.
    unknown: u32,
}

/// The lane and what belongs to it alone.
#[derive(Debug)]
pub(super) struct Reconcile<'a> {
    session: &'a Session<'a>,
    /// Comparisons that found a difference. One that comes back after everything agreed costs lines
    /// in the ledger: it is looked for less and less often.
    differing: Findings,
    not_before: Instant,
    proven: Option<Instant>,
    /// When everything may be sent again, and the pause after that.
    whole: (Instant, Duration),
}

impl<'a> Reconcile<'a> {
    pub(super) fn new(session: &'a Session<'a>) -> Self {
        let not_before = Instant::now();
        let whole = (not_before, WHOLE_EVERY.0);
        Self { session, differing: Findings::default(), not_before, proven: None, whole }
    }

    /// Compares until it is time to stop.
    pub(super) async fn run(mut self) {
        loop {
            let heard = self.session.traffic.heard();
            let asks = self.differing.is_there() || self.session.traffic.is_unsure();
            tokio::select! {
                biased;
                () = self.session.stop.cancelled() => return,
                () = self.session.traffic.news(), if heard.is_none() => continue,
                () = tokio::time::sleep_until(self.not_before), if heard.is_some() || asks => {}
            }
            self.not_before = Instant::now() + EVERY;
            let Some(heard) = heard else {
                self.ask_again().await;
                continue;
            };
            if let Err(error) = self.look(heard).await {
                let partner = self.session.id().as_str();
                tracing::warn!(partner, %error, "a comparison was not finished");
                self.rest();
            }
        }
    }

    /// Compares one digest, if it can be compared now; else it is looked at again later.
    async fn look(&mut self, heard: Heard) -> Result<(), journal::Error> {
        let session = self.session;
        if !session.is_settled(session.journal().head()) {
            return Ok(());
        }
        let begun = Instant::now();
        let expected = session.journal().expected(session.id()).await?;
        self.not_before = Instant::now() + EVERY.max(begun.elapsed() * SHARE);
        let still = session.traffic.heard() == Some(heard);
        if !still || !session.is_settled(expected.up_to) {
            return Ok(());
        }
        session.traffic.forget(heard);
        if heard.digest == expected.digest() {
            self.note_difference(false).await?;
            return self.agrees(&expected).await;
        }
        self.note_difference(true).await?;
        let partner = session.id().as_str();
        tracing::warn!(partner, "the partner holds something else than it should");
        if !self.differing.is_there() {
            self.show(Tally { unknown: 1, ..Tally::default() });
        }
        self.rest();
        // Without an answer what was found before still counts.
        if let Some(tally) = self.compare(&expected).await? {
            self.show(tally);
        }
        Ok(())
    }

    /// On record, so that no statement rests on an answer of a partner that holds something else.
    async fn note_difference(&self, differs: bool) -> Result<(), journal::Error> {
        let Wiring { metrics, clock, journal, .. } = self.session.wiring;
        let id = self.session.id();
        if metrics.figures_of(id).differs.is_some() != differs {
            journal.set_differs(id, differs).await?;
        }
        metrics.differs(id, differs.then(|| clock.now()));
        Ok(())
    }

    async fn agrees(&mut self, expected: &Holdings) -> Result<(), journal::Error> {
        let session = self.session;
        session.journal().agrees(session.id(), expected.up_to);
        if self.differing.over() || self.proven.is_none() {
            self.show(Tally::default());
        }
        self.disputed(BTreeSet::new());
        if self.proven.is_none_or(|at| at.elapsed() >= PROOF_EVERY) {
            self.proven = Some(Instant::now());
            let items = u32::try_from(expected.count()).unwrap_or(u32::MAX);
            let (partner, up_to) = (session.id().clone(), expected.up_to);
            let proof = Proof { partner, up_to, items, rung: Rung::Reconciled };
            session.journal().prove(proof).await?;
        }
        Ok(())
    }

    fn rest(&mut self) {
        let now = Instant::now();
        self.differing.found(now, CALM);
        let pause = pace::pause(self.differing.times(), fastrand::f64(), REST_MAX);
        self.not_before = now + pause.max(EVERY);
    }

    /// These are still held although they were taken back, and no others.
    fn disputed(&self, ids: BTreeSet<PublicId>) {
        if self.session.disputed.replace(Witness::Holdings, ids) {
            self.session.parked_due.ask();
            self.session.hint();
        }
    }

    fn show(&self, Tally { extra, missing, stale, unknown }: Tally) {
        let sides = [Side::Extra, Side::Missing, Side::Stale, Side::Unknown];
        for (side, items) in sides.into_iter().zip([extra, missing, stale, unknown]) {
            self.session.wiring.metrics.divergent(self.session.id(), side, items);
        }
    }

    /// It held something else before, or spoke while something was on its way, and has said
    /// nothing since: a ping gets it to speak, when there is silence.
    async fn ask_again(&mut self) {
        let session = self.session;
        if !session.is_settled(session.journal().head()) {
            return;
        }
        if self.differing.is_there() {
            self.rest();
        } else {
            self.not_before = Instant::now() + ASK_EVERY;
        }
        session.traffic.asked();
        let message = session.origin.ping(session.wiring.clock.now());
        drop(session.send(&message, (Errand::Ping, 0)).await);
    }

    async fn ask(&self) -> Answer {
        let message = self.session.origin.ask(self.session.wiring.clock.now(), None);
        self.session.send(&message, (Errand::Compare, 0)).await
    }

    /// Asks for the partner's own buckets and walks through those that differ; none if it does
    /// not answer.
    async fn compare(&mut self, expected: &Holdings) -> Result<Option<Tally>, journal::Error> {
        let session = self.session;
        let Answer::Accepted(reply) = self.ask().await else { return Ok(None) };
        let mut tally = Tally::default();
        let Some(theirs) = reply.buckets else {
            self.send_everything().await?;
            return Ok(Some(Tally { unknown: 1, ..tally }));
        };
        let mut held = BTreeSet::new();
        for (kind, region) in differing(&expected.buckets, &theirs) {
            match self.walk((kind, region), &mut tally).await? {
                Some(owed) => held.extend(owed),
                None => tally.unknown = 1,
            }
        }
        if tally.unknown == 0 {
            self.disputed(held);
        }
        let Tally { extra, missing, stale, .. } = tally;
        let partner = session.id().as_str();
        tracing::warn!(partner, extra, missing, stale, "compared by kind and region");
        Ok(Some(tally))
    }

    /// Reads the partner's list of one bucket and compares it with our own: which removals are
    /// owed; none if it can not be compared.
    async fn walk(
        &self,
        bucket: (Kind, Region),
        tally: &mut Tally,
    ) -> Result<Option<Vec<PublicId>>, journal::Error> {
        let session = self.session;
        let Some(claims) = self.list(bucket).await else { return Ok(None) };
        let ours = session.journal().expected_of(session.id(), bucket, BUCKET_MAX).await?;
        if claims.len().max(ours.len()) >= BUCKET_MAX {
            let (partner, region) = (session.id().as_str(), bucket.1.code());
            tracing::error!(partner, region, "too many items of one kind to compare");
            return Ok(None);
        }
        self.settle(bucket.0, (claims, ours), tally).await.map(Some)
    }

    /// The partner's whole list of one bucket, page by page in the order of its ids as text; none
    /// if it does not answer.
    async fn list(&self, bucket: (Kind, Region)) -> Option<Vec<(PublicId, Sequence)>> {
        let session = self.session;
        let (mut all, mut after) = (Vec::new(), None);
        while all.len() < BUCKET_MAX && !session.stop.is_cancelled() {
            let asked = Asked { bucket, after };
            let message = session.origin.ask(session.wiring.clock.now(), Some(&asked));
            let sent = session.send(&message, (Errand::Compare, 0)).await;
            let Answer::Accepted(reply) = sent else { return None };
            let page = reply.holdings?;
            let full = page.len() >= HOLDINGS_MAX;
            let page = believed(page, after);
            after = page.last().map(|(id, _)| *id);
            all.extend(page);
            if !full || after.is_none() {
                return Some(all);
            }
        }
        Some(all)
    }

    /// Sends what differs, or has it sent; which removals are owed.
    async fn settle(
        &self,
        kind: Kind,
        (claims, ours): (List, List),
        tally: &mut Tally,
    ) -> Result<Vec<PublicId>, journal::Error> {
        let session = self.session;
        let held: BTreeSet<PublicId> = claims.iter().map(|(id, _)| *id).collect();
        let mut wanted: Vec<_> =
            ours.into_iter().map(|(id, _)| id).filter(|id| !held.contains(id)).collect();
        tally.missing = tally.missing.saturating_add(count(wanted.len()));
        let claim = |(id, modified)| Claim { id, modified, kind: Some(kind) };
        let claims: Vec<Claim> = claims.into_iter().map(claim).collect();
        let (mut found, mut owed, mut strays) = (Vec::new(), Vec::new(), Vec::new());
        // Some at a time: others read in between.
        for some in claims.chunks(HOLDINGS_MAX) {
            let some = some.to_vec();
            found.extend(session.journal().differences(session.id(), Channel::Push, some).await?);
        }
        for difference in found {
            match difference {
                Difference::Extra { entry, owed: true } => owed.push(entry),
                Difference::Extra { entry, owed: false } => strays.push(entry),
                Difference::Stale(entry) => wanted.push(entry.item.id),
                Difference::Impossible(_) => {}
            }
            tally.stale = tally.stale.saturating_add(1);
        }
        let extra = count(owed.len() + strays.len());
        tally.extra = tally.extra.saturating_add(extra);
        tally.stale = tally.stale.saturating_sub(extra);
        let owed_ids: Vec<_> = owed.iter().map(|entry| entry.item.id).collect();
        if !owed.is_empty() {
            session.disputed.add(Witness::Holdings, owed_ids.iter().copied());
            session.park(Lane::Remove, &owed.iter().collect::<Vec<_>>()).await?;
            session.parked_due.ask();
            session.hint();
        }
        for some in strays.chunks(STRAYS_MAX) {
            self.take_back(some).await;
        }
        self.want(wanted).await;
        Ok(owed_ids)
    }

    /// Removals of what never was this partner's, as far as the journal knows.
    async fn take_back(&self, strays: &[Entry]) {
        let session = self.session;
        let round = session.wiring.clock.now().as_millisecond();
        let (message, _) = session.origin.items(Lane::Remove, round, strays);
        if !session.is_superseded() {
            let sent = (Errand::Items(Lane::Remove), strays.len());
            let outcome = session.send(&message, sent).await.outcome();
            session.wiring.metrics.attempt(session.id(), Lane::Remove, outcome);
        }
    }

    /// Has these published once more, as room comes.
    async fn want(&self, ids: Vec<PublicId>) {
        let session = self.session;
        let mut left = session.traffic.want(ids);
        session.hint();
        while !left.is_empty() && !session.stop.is_cancelled() {
            tokio::time::sleep(EVERY / 10).await;
            left = session.traffic.want(left);
            session.hint();
        }
    }

    /// The partner tells a digest and no more: every removal and every live item is sent again,
    /// under the numbers they have.
    async fn send_everything(&mut self) -> Result<(), journal::Error> {
        let session = self.session;
        let (at, pause) = self.whole;
        if Instant::now() < at {
            return Ok(());
        }
        self.whole = (Instant::now() + pause, (pause * 2).min(WHOLE_EVERY.1));
        let partner = session.id().as_str();
        tracing::warn!(partner, "the partner can not say what differs: everything is sent again");
        session.journal().set_flag(session.id(), Flag::Repeat, true).await?;
        session.repeat.ask();
        session.hint();
        let (mut after, head) = (Sequence::ZERO, session.journal().head());
        while after < head && !session.stop.is_cancelled() {
            let page = (after, HOLDINGS_MAX);
            let page =
                session.journal().read(session.id(), Channel::Push, Want::Publish, page).await?;
            self.want(page.entries.iter().map(|entry| entry.item.id).collect()).await;
            after = page.reached;
        }
        Ok(())
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

/// Kinds and regions in which the two sides do not agree.
fn differing(ours: &[Bucket], theirs: &[Bucket]) -> BTreeSet<(Kind, Region)> {
    let digest = |of: &[Bucket], place| {
        let found = of.iter().find(|bucket| (bucket.kind, bucket.region) == place);
        found.map_or(Digest::EMPTY, |bucket| bucket.digest)
    };
    let places = ours.iter().chain(theirs).map(|bucket| (bucket.kind, bucket.region));
    places.filter(|place| digest(ours, *place) != digest(theirs, *place)).collect()
}

/// What of a page can be believed: what comes after the one before, in the order of text.
fn believed(
    mut page: Vec<(PublicId, Sequence)>,
    after: Option<PublicId>,
) -> Vec<(PublicId, Sequence)> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    page.sort_by_cached_key(|(id, _)| id.to_string());
    page.dedup_by_key(|(id, _)| *id);
    page.retain(|(id, _)| id.to_string() > after);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_differ_by_their_digests_also_when_one_side_has_none() {
        let region = |code| Region::from_code(code).unwrap();
        let bucket = |code, digest| Bucket {
            kind: Kind::Offer,
            region: region(code),
            count: 1,
            digest: Digest::of(digest, 1),
        };
        let ours = [bucket("GM0119", "a"), bucket("GM0106", "b"), bucket("GM0114", "c")];
        let theirs = [bucket("GM0119", "a"), bucket("GM0106", "x"), bucket("GM1681", "d")];
        let places: BTreeSet<_> =
            ["GM0106", "GM0114", "GM1681"].map(|code| (Kind::Offer, region(code))).into();
        assert_eq!(differing(&ours, &theirs), places);
    }

    #[test]
    fn a_page_is_believed_in_the_order_of_text_and_never_goes_back() {
        let one = |byte| (PublicId::from_bytes([byte; 16]), Sequence::new(1));
        let (a, seven) = (one(0), one(0xff)); // aaa… and 777…: as text, digits come first
        assert_eq!(believed(vec![a, seven, seven], None), [seven, a]);
        assert_eq!(believed(vec![a, seven], Some(seven.0)), [a]);
        assert_eq!(believed(vec![seven; HOLDINGS_MAX], Some(a.0)), []);
    }
}
