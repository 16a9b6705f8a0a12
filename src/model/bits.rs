//! A set of item numbers: one bit each, so that ten million items cost 1.2 MB.

/// Grows with the largest number in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// Adds a number.
    pub fn insert(&mut self, number: u64) {
        let Ok(word) = usize::try_from(number / 64) else { return };
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (number % 64);
        }
    }

    /// Is the number in the set?
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        let word = usize::try_from(number / 64).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// How many numbers are in it.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_put_in() {
        let mut bits = Bits::default();
        [0, 63, 64, 1_000, 64].into_iter().for_each(|number| bits.insert(number));
        assert_eq!((bits.count(), bits.0.len()), (4, 16), "however often one is put in");
        assert!([0, 63, 64, 1_000].into_iter().all(|number| bits.contains(number)));
        assert!([1, 65, 999, 1_001, u64::MAX].into_iter().all(|number| !bits.contains(number)));
    }
}
