//! The circuit breaker of the publish lane (pure). When to probe is `pace`'s business.

/// Failures in a row that open the breaker.
const FAILURES_MAX: u32 = 5;

/// Does the endpoint deserve a full batch, one probe, or rest?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// All is well, or not yet bad enough.
    Closed {
        /// Failures in a row.
        failures: u32,
    },
    /// Too many failures: rest until the pause is over.
    Open {
        /// Failures in a row.
        failures: u32,
    },
    /// One request with one item finds out.
    HalfOpen {
        /// Failures in a row.
        failures: u32,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Failures in a row.
    #[must_use]
    pub(crate) fn failures(self) -> u32 {
        match self {
            Self::Closed { failures } | Self::Open { failures } | Self::HalfOpen { failures } => {
                failures
            }
        }
    }

    /// Is the endpoint held to be failing?
    #[must_use]
    pub(crate) fn is_failing(self) -> bool {
        match self {
            Self::Closed { .. } => false,
            Self::Open { .. } | Self::HalfOpen { .. } => true,
        }
    }

    /// The pause is over: how many items may the next request have?
    pub(crate) fn try_again(&mut self, batch: usize) -> usize {
        match *self {
            Self::Closed { .. } => batch,
            Self::Open { failures } | Self::HalfOpen { failures } => {
                *self = Self::HalfOpen { failures };
                1
            }
        }
    }

    /// A request was accepted.
    pub(crate) fn succeed(&mut self) {
        *self = Self::default();
    }

    /// A request failed.
    pub(crate) fn fail(&mut self) {
        let failures = self.failures().saturating_add(1);
        *self = match self {
            Self::Closed { .. } if failures < FAILURES_MAX => Self::Closed { failures },
            Self::Closed { .. } | Self::Open { .. } | Self::HalfOpen { .. } => {
                Self::Open { failures }
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn five_failures_open_it_one_probe_of_one_item_closes_it() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.fail();
            assert_eq!(breaker.try_again(100), 100);
        }
        breaker.fail();
        assert_eq!(breaker, Breaker::Open { failures: 5 });
        assert_eq!(breaker.try_again(100), 1);
        breaker.fail();
        assert_eq!(breaker, Breaker::Open { failures: 6 });
        assert_eq!(breaker.try_again(100), 1);
        assert!(breaker.is_failing());
        breaker.succeed();
        assert_eq!(breaker.try_again(100), 100);
        assert!(!breaker.is_failing());
    }

    proptest! {
        #[test]
        fn it_is_failing_exactly_after_five_failures_in_a_row(outcomes: Vec<bool>) {
            let (mut breaker, mut row) = (Breaker::default(), 0);
            for accepted in outcomes {
                let allowed = breaker.try_again(7);
                prop_assert_eq!(allowed, if row >= 5 { 1 } else { 7 });
                if accepted { breaker.succeed() } else { breaker.fail() }
                row = if accepted { 0 } else { row + 1 };
                prop_assert_eq!(breaker.failures(), row);
                prop_assert_eq!(breaker.is_failing(), row >= 5);
            }
        }
    }
}
