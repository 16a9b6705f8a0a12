//! What must hold after every step, and what must have come about at the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::journal::{Channel, Lane, Want};
use crate::ledger::{Signer, Verifier};
use crate::model::{PublicId, Sequence};

use super::world::World;

/// A healthy partner's removal arrives within this time, whatever the others do.
const SOON: Duration = Duration::from_secs(2);

/// What the gateway says that it still owes a partner.
struct Owed {
    removals: BTreeSet<PublicId>,
    /// An attempt may have gone further than what is settled.
    in_doubt: bool,
}

impl World {
    async fn owed(&self, site: usize) -> Owed {
        let (journal, id) = (&self.journal, &self.ids[site]);
        let standing = journal.standing(id).await.expect("a standing");
        let mut removals: BTreeSet<PublicId> =
            journal.parked(id, Lane::Remove, 10_000).await.expect("parked").into_iter().collect();
        let (mut after, head) = (standing.remove, journal.head());
        while after < head {
            let stretch = (after, 1_000);
            let page = journal.read(id, Channel::Push, Want::Remove, stretch).await;
            let page = page.expect("a page");
            removals.extend(page.entries.iter().map(|entry| entry.item.id));
            after = page.reached;
        }
        Owed { removals, in_doubt: standing.push_mark > standing.publish || standing.repeat }
    }

    /// After every step.
    pub(super) async fn check(&self) {
        for site in 0..self.ids.len() {
            // What is held now is still owed a moment later, unless it went meanwhile.
            let before = self.wrongly_held(site);
            let owed = self.owed(site).await;
            let after = self.wrongly_held(site);
            // Only now: it may have begun to lie while it was asked what is owed.
            if self.net.state().sites[site].lied {
                continue;
            }
            for id in before.intersection(&after) {
                if !owed.removals.contains(id) && !owed.in_doubt {
                    let what = format!("I1 {site} holds {id} and nothing is owed");
                    self.net.state().violates(what);
                }
            }
        }
        self.clean_is_prompt();
    }

    fn wrongly_held(&self, site: usize) -> BTreeSet<PublicId> {
        let state = self.net.state();
        let held = state.sites[site].held().into_iter().map(|(id, _)| id);
        held.filter(|id| !state.truth.covers(site, *id)).collect()
    }

    fn clean_is_prompt(&self) {
        let mut state = self.net.state();
        let held = state.sites[0].held();
        for (id, _) in held {
            let since = state.truth.uncovered_since(0, id).flatten();
            let late = since.is_some_and(|since| since.elapsed() > SOON);
            if late && self.up_for() > SOON {
                state.violates(format!("I4 a healthy partner still holds {id}"));
            }
        }
    }

    /// At the end, when everything was healed and settled.
    pub(super) async fn check_end(&self) {
        for site in 0..self.ids.len() {
            let expected: BTreeSet<PublicId> =
                self.net.state().truth.expected(site).into_iter().collect();
            let (held, blind, shown) = {
                let state = self.net.state();
                let site = &state.sites[site];
                let shown = site.holdings.showing(self.now());
                (site.held(), site.lied && !site.tells, shown)
            };
            if !shown {
                self.net.state().violates(format!("I6 the lease of {site} lapsed"));
            }
            let owed = self.owed(site).await;
            if !owed.removals.is_empty() {
                self.net.state().violates(format!("I5 removals are open at {site}"));
            }
            if blind {
                continue;
            }
            let holds: BTreeSet<PublicId> = held.iter().map(|(id, _)| *id).collect();
            if holds != expected {
                let (more, less) = (holds.difference(&expected), expected.difference(&holds));
                let (more, less) = (more.count(), less.count());
                let what = format!("I5 {site} holds {more} too many and {less} too few");
                self.net.state().violates(what);
            }
            let digest = self.journal.expected(&self.ids[site]).await.expect("holdings").digest();
            let numbers = self.net.state().sites[site].holdings.digest();
            if holds == expected && numbers != digest.to_string() {
                self.net.state().violates(format!("I5 {site} holds other change numbers"));
            }
        }
        assert!(self.journal.head() < Sequence::MAX);
        self.check_ledger().await;
    }

    /// Whatever crashed or failed, the ledger is one chain, and its receipts are those of the journal.
    async fn check_ledger(&self) {
        let signer = Arc::new(Signer::new(&[1; 32]).expect("a seed"));
        while self.journal.enter_receipts(true).await.expect("entered") > 0 {}
        self.journal.enter_marks().await.expect("entered");
        self.journal.checkpoint(&signer).await.expect("signed");
        // The end first: others go on meanwhile.
        let end = self.journal.ledger_end().await.expect("the end");
        let page = self.journal.ledger(0, 100_000).await.expect("a page");
        let mut verifier = Verifier::new(signer.key());
        let mut broken = None;
        for kept in page.lines.iter().take_while(|kept| kept.num <= end.num) {
            let signed = page.checkpoints.iter().find(|one| one.checkpoint == kept.num);
            let line = verifier.line(&kept.text, kept.num).map(drop);
            let line = line.and_then(|()| signed.map_or(Ok(()), |one| verifier.checkpoint(one, 0)));
            broken = broken.or(line.err());
        }
        let differ = self.journal.receipts_that_differ().await.expect("receipts");
        if broken.is_some() || !differ.is_empty() || verifier.finish().tip != end {
            self.net.state().violates(format!("I7 the ledger does not hold: {broken:?}"));
        }
    }
}
