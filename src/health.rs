//! What the spine says about itself, for the operator to read; knows neither side.

use std::sync::{Arc, Mutex, PoisonError};

/// Whether the source can be reached. Cheap to clone: the one who follows the source writes, the
/// admin listener reads.
#[derive(Debug, Clone)]
pub struct Health(Arc<Mutex<Option<&'static str>>>);

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Some("not connected yet"))))
    }
}

impl Health {
    /// The source is connected, or it is not for this reason.
    pub fn source(&self, connected: Result<(), &'static str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = connected.err();
    }

    /// Why the source is not connected; nothing while it is.
    #[must_use]
    pub fn source_trouble(&self) -> Option<&'static str> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_in_trouble_until_it_is_connected_and_every_handle_sees_it() {
        let health = Health::default();
        let reader = health.clone();
        assert_eq!(reader.source_trouble(), Some("not connected yet"));
        health.source(Ok(()));
        assert_eq!(reader.source_trouble(), None);
        health.source(Err("the core can not be reached"));
        assert_eq!(reader.source_trouble(), Some("the core can not be reached"));
    }
}
