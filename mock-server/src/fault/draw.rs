//! Randomness that is looked up, not drawn: a number for every (seed, fault, occasion, purpose).
//!
//! So what a fault does at its tenth occasion is the same in every run of a seed, whatever the other faults do.

/// The randomness of one occasion of one fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw {
    /// The mock's.
    pub(super) seed: u64,
    /// Which fault of the configuration.
    pub(super) fault: u64,
    /// Which of its occasions, from 1.
    pub(super) nth: u64,
}

impl Draw {
    /// 64 even random bits; another `purpose` gives others.
    pub(crate) fn bits(self, purpose: u64) -> u64 {
        let mut state = mix(self.seed ^ 0x9e37_79b9_7f4a_7c15);
        for word in [self.fault, self.nth, purpose] {
            // An odd multiplier a round keeps (a, b) and (b, a) apart.
            state = mix(state.wrapping_mul(0xd129_0d3e_b8f5_3c2b) ^ word.wrapping_add(0x9e37_79b9_7f4a_7c15));
        }
        state
    }

    /// An even random number in [0, 1).
    #[allow(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
    pub(crate) fn unit(self, purpose: u64) -> f64 {
        (self.bits(purpose) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Every bit of the result depends on every bit of the input (SplitMix64's finaliser, variant 13).
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_any_place_have_nothing_in_common() {
        let base = Draw { seed: 1, fault: 2, nth: 3 };
        let others = [Draw { seed: 2, ..base }, Draw { fault: 3, ..base }, Draw { nth: 4, ..base }];
        for other in others.map(|draw| draw.bits(0)).into_iter().chain([base.bits(1)]) {
            assert!((10..=54).contains(&(base.bits(0) ^ other).count_ones()));
        }
    }
}
