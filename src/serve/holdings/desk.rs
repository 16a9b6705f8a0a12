//! How many compare at a time: one by partner, and a few in all (promise P5).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::http::Refusal;
use crate::model::PartnerId;

/// Most partners at a time.
const SEATS: usize = 4;
/// When a partner that is at it already may ask again, in seconds.
const RETRY_AFTER: u64 = 10;

/// Who is at it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(in crate::serve) struct Desk(Arc<Mutex<BTreeSet<PartnerId>>>);

/// A place at the desk, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    desk: Desk,
    partner: PartnerId,
}

impl Desk {
    /// A place for this partner.
    ///
    /// # Errors
    /// It has one already, or there is none left.
    pub(super) fn seat(&self, partner: &PartnerId) -> Result<Seat, Refusal> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.contains(partner) {
            return Err(Refusal::TooMany { retry_after: RETRY_AFTER });
        }
        if taken.len() >= SEATS {
            return Err(Refusal::Unavailable);
        }
        taken.insert(partner.clone());
        Ok(Seat { desk: self.clone(), partner: partner.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.desk.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.partner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_has_one_place_and_all_together_have_a_few() {
        let desk = Desk::default();
        let seat = |name: &str| desk.seat(&name.parse().unwrap());
        let mut seats: Vec<Seat> = ["a", "b", "c", "d"].map(|name| seat(name).unwrap()).into();
        assert_eq!(seat("a").err(), Some(Refusal::TooMany { retry_after: RETRY_AFTER }));
        assert_eq!(seat("e").err(), Some(Refusal::Unavailable));
        seats.pop();
        assert_eq!(seat("a").err(), Some(Refusal::TooMany { retry_after: RETRY_AFTER }));
        assert!(seat("e").is_ok() && seat("d").is_ok());
    }
}
