//! Randomness that is looked up, not drawn: a number for every (seed, stream, index, index).
//!
//! There is no state to share, so neither threads nor the order of events can change what a customer does.

/// What a number is for. Streams are independent; their numbers are part of what a seed means, so they never
/// change and are never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The gaps between Poisson arrivals.
    Arrival = 1,
    /// Which arrivals of a Poisson ramp are kept.
    Thinning = 2,
    /// Which journey a customer takes.
    Journey = 3,
    /// Which branch of a `one_of`.
    Branch = 4,
    /// How long a customer thinks.
    Think = 5,
    /// How long an agent takes to answer.
    ReplyDelay = 6,
    /// How long the SDK waits before it connects again.
    Backoff = 7,
}

/// 64 even random bits.
pub fn value(seed: u64, stream: Stream, first: u64, second: u64) -> u64 {
    let mut state = mix(seed ^ 0x9e37_79b9_7f4a_7c15);
    for word in [stream as u64, first, second] {
        // An odd multiplier per round keeps (a, b) and (b, a) apart.
        state = mix(state.wrapping_mul(0xd129_0d3e_b8f5_3c2b) ^ word.wrapping_add(0x9e37_79b9_7f4a_7c15));
    }
    state
}

/// An even random number in [0, 1), with all 53 bits a float holds.
pub fn unit(seed: u64, stream: Stream, first: u64, second: u64) -> f64 {
    (value(seed, stream, first, second) >> 11) as f64 / (1u64 << 53) as f64
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
    fn numbers_are_even_over_the_unit_interval() {
        let mut tenths = [0u32; 10];
        for index in 0..100_000 {
            tenths[(unit(42, Stream::Think, index, 0) * 10.0) as usize] += 1;
        }
        for count in tenths {
            // Five standard deviations of a binomial.
            assert!((9_525..=10_475).contains(&count), "{tenths:?}");
        }
    }

    #[test]
    fn neighbours_in_any_place_have_nothing_in_common() {
        let base = value(1, Stream::Think, 5, 6);
        let others = [
            value(2, Stream::Think, 5, 6),
            value(1, Stream::Branch, 5, 6),
            value(1, Stream::Think, 6, 5),
            value(1, Stream::Think, 5, 7),
        ];
        for other in others {
            let differing = (base ^ other).count_ones();
            assert!((10..=54).contains(&differing), "{differing} bits");
        }
    }

    #[test]
    fn successive_numbers_are_not_correlated() {
        let numbers: Vec<f64> = (0..50_000).map(|index| unit(7, Stream::Arrival, 3, index) - 0.5).collect();
        let covariance: f64 = numbers.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / 49_999.0;
        assert!((covariance * 12.0).abs() < 0.03, "{covariance}");
    }
}
