//! Channels carry hints, the journal carries data: the latest of a small value, and a bell.
//!
//! # Why not tokio's `watch`
//! That wakes its listeners in a random order. Here they are woken in the order in which they
//! began to listen, so that a simulation of many of them follows from its seed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

#[derive(Debug, Default)]
struct Inner<T> {
    /// The value, and how often it changed.
    state: Mutex<(T, u64)>,
    bell: Notify,
}

/// The latest of a value. Cheap to clone; every clone is the same.
#[derive(Debug)]
pub struct Hint<T>(Arc<Inner<T>>);

impl<T> Clone for Hint<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Default> Default for Hint<T> {
    fn default() -> Self {
        let state = Mutex::default();
        Self(Arc::new(Inner { state, bell: Notify::new() }))
    }
}

/// Hears of every change after it began to listen, or after it last heard.
#[derive(Debug)]
pub struct Listener<T> {
    hint: Hint<T>,
    heard: u64,
}

impl<T: Copy + PartialEq> Hint<T> {
    fn state(&self) -> MutexGuard<'_, (T, u64)> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value now.
    #[must_use]
    pub fn get(&self) -> T {
        self.state().0
    }

    /// Changes the value, and tells of it if it is another.
    pub fn change(&self, change: impl FnOnce(T) -> T) {
        {
            let mut state = self.state();
            let now = change(state.0);
            if now == state.0 {
                return;
            }
            *state = (now, state.1.wrapping_add(1));
        }
        self.0.bell.notify_waiters();
    }

    /// Listens from now on, and hears of the present value first.
    #[must_use]
    pub fn listen_anew(&self) -> Listener<T> {
        Listener { hint: self.clone(), heard: self.state().1.wrapping_sub(1) }
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> Listener<T> {
        Listener { hint: self.clone(), heard: self.state().1 }
    }
}

impl<T: Copy + PartialEq> Listener<T> {
    /// The value now; what is heard is a change after this.
    pub fn get(&mut self) -> T {
        let (value, changes) = *self.hint.state();
        self.heard = changes;
        value
    }

    /// Waits for a change.
    pub async fn hear(&mut self) {
        loop {
            let rung = self.hint.0.bell.notified();
            let changes = self.hint.state().1;
            if changes != self.heard {
                self.heard = changes;
                return;
            }
            rung.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_listener_hears_of_each_change_once() {
        let hint = Hint::<u32>::default();
        let (mut one, mut other) = (hint.listen(), hint.listen());
        assert_eq!(one.hear().now_or_never(), None);
        hint.change(|value| value + 1);
        hint.change(|value| value);
        assert_eq!(one.hear().now_or_never(), Some(()));
        assert_eq!(one.hear().now_or_never(), None);
        assert_eq!((other.get(), other.hear().now_or_never()), (1, None));
        assert_eq!(hint.get(), 1);
        let mut anew = hint.listen_anew();
        assert_eq!((anew.hear().now_or_never(), anew.hear().now_or_never()), (Some(()), None));
    }

    #[tokio::test]
    async fn a_change_while_somebody_waits_is_heard() {
        let hint = Hint::<u32>::default();
        let mut listener = hint.listen();
        let changes = async { hint.change(|_| 7) };
        tokio::join!(listener.hear(), changes);
        assert_eq!(listener.get(), 7);
    }
}
