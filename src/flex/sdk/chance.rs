//! Randomness of one connection: ids and the spread of its delays.
//!
//! A counter under a mixing function (splitmix64), so the same seed gives the same ids and the same
//! back-off, and a connection carries eight bytes for it.

use wire::frame::Id;

/// The stream of random numbers one connection draws from.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The stream that belongs to this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly between 0 and 1, 1 excluded.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A frame's id, also the digits of a request's or a mutation's.
    pub(super) fn id(&mut self) -> Id {
        let random = u128::from(self.next()) << 64 | u128::from(self.next());
        Id::random(random.to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_the_seed_decides() {
        let mut chance = Chance::new(7);
        let (a, b) = (chance.id(), chance.id());
        assert_ne!(a, b);
        assert_eq!(Chance::new(7).id(), a);
    }

    #[test]
    fn the_unit_interval_is_filled() {
        let mut chance = Chance::new(1);
        let drawn: Vec<f64> = (0..1000).map(|_| chance.unit()).collect();
        assert!(drawn.iter().all(|u| (0.0..1.0).contains(u)));
        assert!(drawn.iter().any(|u| *u < 0.01) && drawn.iter().any(|u| *u > 0.99));
    }
}
