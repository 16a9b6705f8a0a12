//! The manual path: partners whose site nobody can call get letters, and a person acts.
//!
//! # What holds
//! - **The mail server's word proves nothing.** A removal that was sent stays open, set aside in the
//!   journal, until somebody at the partner confirms it by the link in a letter ([`Desk`]). Then its
//!   evidence is *confirmed*. The link confirms what its letter named and is still open, by a button:
//!   whatever merely follows links confirms nothing.
//! - **Removals first.** They leave at once, ignore pause and suspension, are tried for ever, and are
//!   reminded of. What is new goes in one letter at a time of its own, as it is then.
//! - **Items leave as pushes do**: marked as perhaps sent before the letter leaves, so that whatever
//!   is removed later is owed. A letter that may have left is written again with the same items.
//! - **Silence removes.** A letter with items, or one that says that they may stay, renews the lease
//!   and names its end. While a removal is open for longer than promised, neither is written: a
//!   partner at which nobody acts has to hide everything when its lease ends (promise P6).
//! - **One letter at a time** for each partner, so that no letter overtakes another here. On the way
//!   it may: what a letter says of a removal counts whichever comes last, and the letters say so.

mod desk;
mod schedule;
mod ticket;
mod words;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::lifecycle::Tasks;
use crate::mail::Postman;
use crate::metrics::Metrics;
use crate::model::PartnerId;
use crate::partner::{Partner, Partners, Registry, Status};

pub use desk::{Desk, Error};
pub use ticket::{Seal, Ticket, Unfit};

/// Open removals of one partner that are looked at; those after them when these are confirmed.
const OPEN_MAX: usize = 5_000;

/// What letters to partners are written with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Where everything to send comes from.
    pub journal: Journal,
    /// What time it is.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Who is in force.
    pub registry: Registry,
    /// Root of the links in letters.
    pub public_url: Url,
    /// Longest pause between attempts.
    pub retry_max: Duration,
    /// What makes a link good.
    pub seal: Seal,
}

/// Starts a worker for every partner that gets letters, now and whenever the partners change.
pub fn start(tools: Tools, postman: Postman, tasks: &Tasks) {
    let staff = Staff { tools, postman, tasks: tasks.clone(), seats: BTreeMap::new() };
    tasks.spawn("post", staff.run());
}

/// Starts and stops workers as the set of partners changes.
struct Staff {
    tools: Tools,
    postman: Postman,
    tasks: Tasks,
    seats: BTreeMap<PartnerId, watch::Sender<Option<Arc<Partner>>>>,
}

impl Staff {
    async fn run(mut self) {
        let (mut partners, drain) = (self.tools.registry.subscribe(), self.tasks.drain());
        loop {
            let current = partners.borrow_and_update().clone();
            self.follow(&current);
            tokio::select! {
                biased;
                () = drain.cancelled() => return,
                changed = partners.changed() => if changed.is_err() {
                    drain.cancelled().await;
                    return;
                }
            }
        }
    }

    fn follow(&mut self, partners: &Partners) {
        for (id, seat) in &self.seats {
            if !partners.contains_key(id) {
                seat.send_replace(None);
            }
        }
        for (id, partner) in partners {
            let gets = partner.mail.is_some() && partner.status != Status::Draft;
            let profile = gets.then(|| partner.clone());
            match self.seats.get(id) {
                Some(seat) => drop(seat.send_replace(profile)),
                None if gets => drop(self.seats.insert(id.clone(), self.hire(profile))),
                None => {}
            }
        }
    }

    /// Starts a worker. It stays when its partner leaves, so that there are never two of them.
    fn hire(&self, profile: Option<Arc<Partner>>) -> watch::Sender<Option<Arc<Partner>>> {
        let seat = watch::Sender::new(profile);
        let (tools, postman) = (self.tools.clone(), self.postman.clone());
        let (profile, drain): (_, CancellationToken) = (seat.subscribe(), self.tasks.drain());
        self.tasks.supervise("letters of a partner", move || {
            worker::run(tools.clone(), postman.clone(), profile.clone(), drain.clone())
        });
        seat
    }
}

#[cfg(test)]
mod tests;
