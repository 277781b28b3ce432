//! A few values as HdrHistogram would write them, without the thousands of counters that they leave empty.
//!
//! Its own writer goes through all counters up to the largest value and sets up a compressor for each histogram: of what
//! a run of a hundred messages a second executes, that was a tenth. What is written here reads back the same; it is
//! deflated by name only (RFC 1951 has blocks that are stored as they are), which makes a log a tenth longer.

/// Counters of the first bucket: three significant digits take 2,000, and this is the next power of two.
const SUB_BUCKETS: u32 = 2048;
const HALF: u32 = SUB_BUCKETS / 2;
const DIGITS: u32 = 3;

const COOKIE: u32 = 0x1c84_9313;
const DEFLATED_COOKIE: u32 = 0x1c84_9314;

/// The longest a stored block can be.
const BLOCK: usize = 0xffff;
/// What Adler-32 counts modulo, and how many bytes it can count before it must.
const ADLER: u32 = 65_521;
const ADLER_BYTES: usize = 5_552;

/// How many times two values that are told apart must be doubled to be that: 0 below 2048.
fn magnitude(value: u32) -> u32 {
    (value | (SUB_BUCKETS - 1)).ilog2() - (SUB_BUCKETS - 1).ilog2()
}

/// The place of the counter that counts this value.
fn place(value: u32) -> u32 {
    let magnitude = magnitude(value);
    // The upper half of each bucket but the first: the lower is the bucket before.
    magnitude * HALF + (value >> magnitude)
}

/// The largest value that is counted as this one.
pub(super) fn highest_equivalent(value: u32) -> u64 {
    let magnitude = magnitude(value);
    ((u64::from(value >> magnitude) + 1) << magnitude) - 1
}

/// Writes values, in any order and at least one, as a V2 histogram with DEFLATE. Sorts them on the way.
pub(super) fn write(values: &mut [u32], out: &mut Vec<u8>) {
    values.sort_unstable();
    let start = out.len();
    // The length and the stream's head come when the payload is known.
    out.extend(DEFLATED_COOKIE.to_be_bytes());
    out.extend([0; 4]);
    // A window of 32 KiB, the fastest of compressions.
    out.extend([0x78, 0x01]);
    let block = out.len();
    out.extend([0; 5]);
    histogram(values, out);
    let payload = out.len() - block - 5;
    debug_assert!(payload <= BLOCK, "{payload} bytes in one block");
    // The last block, stored: its length and the complement of that.
    let length = payload as u16;
    out[block] = 1;
    out[block + 1..block + 3].copy_from_slice(&length.to_le_bytes());
    out[block + 3..block + 5].copy_from_slice(&(!length).to_le_bytes());
    let sum = adler(&out[block + 5..]);
    out.extend(sum.to_be_bytes());
    let stream = (out.len() - start - 8) as u32;
    out[start + 4..start + 8].copy_from_slice(&stream.to_be_bytes());
}

/// The V2 encoding: a head, then counters, runs of empty ones as one negative number.
fn histogram(sorted: &[u32], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend(COOKIE.to_be_bytes());
    out.extend([0; 4]);
    // No offset; the smallest value told apart, the largest that can be counted, values are as they are.
    out.extend(0u32.to_be_bytes());
    out.extend(DIGITS.to_be_bytes());
    out.extend(1u64.to_be_bytes());
    let largest = sorted.last().map_or(0, |largest| highest_equivalent(*largest));
    out.extend(largest.max(2).to_be_bytes());
    out.extend(1f64.to_be_bytes());
    let counters = out.len();
    let mut next = 0;
    for equal in sorted.chunk_by(|a, b| place(*a) == place(*b)) {
        let place = place(equal[0]);
        match place - next {
            0 => {}
            1 => varint(0, out),
            // Zigzag: -1 is 1, 1 is 2, -2 is 3.
            empty => varint(2 * empty - 1, out),
        }
        varint(2 * equal.len() as u32, out);
        next = place + 1;
    }
    let length = (out.len() - counters) as u32;
    out[start + 4..start + 8].copy_from_slice(&length.to_be_bytes());
}

/// Seven bits a byte, the least first; the highest bit says that there are more.
fn varint(mut number: u32, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The checksum at the end of a zlib stream (RFC 1950).
fn adler(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1, 0);
    for some in bytes.chunks(ADLER_BYTES) {
        for byte in some {
            a += u32::from(*byte);
            b += a;
        }
        (a, b) = (a % ADLER, b % ADLER);
    }
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::Deserializer;
    use proptest::prelude::*;

    use super::super::{FEW, MAX_US};
    use super::*;

    const MAX: u32 = MAX_US as u32;

    /// Values of all magnitudes, many of them alike.
    fn values() -> impl Strategy<Value = Vec<u32>> {
        let value =
            prop_oneof![0..5u32, 0..5_000u32, 0..=MAX, (0..32u32).prop_map(|bit| (1 << bit).min(MAX))];
        prop::collection::vec(value, 1..FEW)
    }

    fn counted(values: &[u32]) -> Histogram<u64> {
        let mut histogram = Histogram::new(DIGITS as u8).unwrap();
        values.iter().for_each(|value| histogram.record(u64::from(*value)).unwrap());
        histogram
    }

    fn written(values: &[u32]) -> Vec<u8> {
        let mut out = b"before".to_vec();
        write(&mut values.to_vec(), &mut out);
        out.split_off(b"before".len())
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_if_all_had_been_counted(values in values()) {
            let bytes = written(&values);
            let back: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
            prop_assert_eq!(back, counted(&values));
        }

        #[test]
        fn values_are_alike_where_the_counters_have_it_so(value in 0..=MAX) {
            prop_assert_eq!(highest_equivalent(value), counted(&[value]).highest_equivalent(u64::from(value)));
        }
    }

    #[test]
    fn as_many_as_there_can_be_fit_into_one_block() {
        // Each in a counter of its own, far from the next.
        let values: Vec<u32> = (0..FEW as u32).map(|nth| MAX / FEW as u32 * nth).collect();
        let bytes = written(&values);
        assert!(bytes.len() < BLOCK / 2, "{}", bytes.len());
        assert!(Deserializer::new().deserialize::<u64, _>(&mut &bytes[..]).is_ok());
    }

    #[test]
    fn the_checksum_is_the_one_everybody_knows() {
        assert_eq!(adler(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(adler(&[0xff; 20_000]), 0x9F51_D664);
    }
}
