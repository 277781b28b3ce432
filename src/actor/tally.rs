//! Who saw which message of one chat: the evidence behind the counter `pushed`.

/// Indexes beyond this are not kept: no chat of a rehearsal is that long, and a broken target must not make
/// one customer's evidence grow without bound.
const HIGHEST_INDEX: u32 = 1 << 20;

/// A set of message indexes, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexes(Vec<u64>);

impl Indexes {
    /// Adds an index; true when it was not there yet. Indexes above a million are ignored.
    pub fn insert(&mut self, index: u32) -> bool {
        if index > HIGHEST_INDEX {
            return false;
        }
        let (word, bit) = (index as usize / 64, 1_u64 << (index % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    /// Whether the index is in the set.
    pub fn contains(&self, index: u32) -> bool {
        self.0.get(index as usize / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    /// The highest index in the set.
    pub fn highest(&self) -> Option<u32> {
        let (i, word) = self.0.iter().enumerate().rev().find(|(_, word)| **word != 0)?;
        u32::try_from(i * 64).ok().map(|base| base + 63 - word.leading_zeros())
    }

    /// Whether every index of `other` is in this set too.
    pub fn covers(&self, other: &Self) -> bool {
        other.words().enumerate().all(|(i, word)| word & !self.word(i) == 0)
    }

    /// How many indexes are in all three sets.
    pub fn count_in_all(&self, second: &Self, third: &Self) -> u64 {
        self.words()
            .enumerate()
            .map(|(i, word)| u64::from((word & second.word(i) & third.word(i)).count_ones()))
            .sum()
    }

    fn words(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }

    fn word(&self, i: usize) -> u64 {
        self.0.get(i).copied().unwrap_or(0)
    }
}

/// What one member of a chat knows of its messages.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Messages of this member's own that the target acknowledged.
    pub acknowledged: Indexes,
    /// Messages this member was shown: pushed or read back, its own included.
    pub saw: Indexes,
}

impl Tally {
    /// Messages acknowledged to this member or the other that both of them saw.
    pub fn pushed_to_both(&self, other: &Self) -> u64 {
        self.acknowledged.count_in_all(&self.saw, &other.saw)
            + other.acknowledged.count_in_all(&self.saw, &other.saw)
    }

    /// Messages of this member's own that came back to it: all there is to see in a chat without an agent.
    pub fn pushed_to_self(&self) -> u64 {
        self.acknowledged.count_in_all(&self.saw, &self.saw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexes(of: &[u32]) -> Indexes {
        let mut set = Indexes::default();
        for index in of {
            set.insert(*index);
        }
        set
    }

    #[test]
    fn a_message_counts_as_pushed_when_sender_and_receiver_saw_it() {
        let customer = Tally { acknowledged: indexes(&[0, 2]), saw: indexes(&[0, 1, 2, 3]) };
        let agent = Tally { acknowledged: indexes(&[1, 3]), saw: indexes(&[0, 1, 3]) };
        assert_eq!(customer.pushed_to_both(&agent), 3, "index 2 never reached the agent");
    }

    #[test]
    fn a_repeated_index_is_not_new() {
        let mut seen = Indexes::default();
        assert!(seen.insert(70));
        assert!(!seen.insert(70));
        assert!(seen.contains(70) && !seen.contains(6));
    }

    #[test]
    fn an_absurd_index_takes_no_memory() {
        let mut seen = Indexes::default();
        assert!(!seen.insert(u32::MAX));
        assert_eq!(seen, Indexes::default());
    }

    #[test]
    fn the_highest_index_is_found_across_words() {
        assert_eq!(Indexes::default().highest(), None);
        assert_eq!(indexes(&[3, 64, 200]).highest(), Some(200));
    }

    #[test]
    fn covers_ignores_how_long_the_other_is() {
        assert!(indexes(&[1]).covers(&Indexes::default()));
        assert!(indexes(&[1, 200]).covers(&indexes(&[200])));
        assert!(!indexes(&[1]).covers(&indexes(&[1, 200])));
    }
}
