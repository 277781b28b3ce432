//! From values to places on a chart, with the ticks people expect.

use crate::words::{clock, count, time};

/// What an axis measures, which decides its ticks and how values are spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Seconds after the start of the run.
    Clock,
    /// Milliseconds.
    Time,
    /// How many.
    Count,
    /// How many a second.
    Rate,
    /// A share of one.
    Share,
    /// One in so many is beyond: 100 is p99.
    OneIn,
}

/// An axis.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    unit: Unit,
    log: bool,
    low: f64,
    high: f64,
}

impl Scale {
    /// An axis that shows all values: from zero, or where times differ much, in powers.
    pub(super) fn of(unit: Unit, values: impl Iterator<Item = f64> + Clone) -> Self {
        let high = values.clone().fold(0.0, f64::max);
        let least = values.filter(|value| *value > 0.0).fold(high, f64::min);
        match unit {
            Unit::OneIn => Self { unit, log: true, low: 1.0, high: high.max(10.0) },
            Unit::Time if least > 0.0 && high / least > 10.0 => {
                let low = 10f64.powf(least.log10().floor()).max(least / 2.0);
                Self { unit, log: true, low, high: high * 1.25 }
            }
            Unit::Clock => Self { unit, log: false, low: 0.0, high: high.max(1.0) },
            Unit::Share => Self { unit, log: false, low: 0.0, high: high.max(1.0) },
            Unit::Time | Unit::Count | Unit::Rate => {
                // Up to a tick, so that every value lies between two of them.
                let step = step_of(unit, high);
                let high = if high > 0.0 { (high / step - 1e-9).ceil() * step } else { 1.0 };
                Self { unit, log: false, low: 0.0, high }
            }
        }
    }

    /// Whether equal distances are equal factors.
    pub(super) fn is_log(&self) -> bool {
        self.log
    }

    /// Where a value is, from 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = if self.log {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }

    /// A value in words.
    pub(super) fn words(&self, value: f64) -> String {
        match self.unit {
            Unit::Clock => clock(value),
            Unit::Time => time(value),
            Unit::Count => format!("{value:.0}"),
            Unit::Rate if value == 0.0 || value >= 100.0 => format!("{value:.0}"),
            Unit::Rate if value >= 1.0 => format!("{value:.1}"),
            Unit::Rate => format!("{value:.2}"),
            Unit::Share if value > 0.0 && value < 0.0995 => format!("{:.1}%", value * 100.0),
            Unit::Share => format!("{:.0}%", value * 100.0),
            Unit::OneIn => percentile(value),
        }
    }

    /// A tick in words, as short as they can be.
    pub(super) fn tick_words(&self, value: f64) -> String {
        let words = match self.unit {
            Unit::Time if value == 0.0 => return "0".to_owned(),
            Unit::Count => return count(value as u64),
            Unit::Time | Unit::Rate => self.words(value),
            Unit::Clock | Unit::Share | Unit::OneIn => return self.words(value),
        };
        let digits = words.trim_end_matches(char::is_alphabetic).len();
        let (number, unit) = words.split_at(digits);
        let short =
            if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
        format!("{short}{unit}")
    }

    /// Where ticks are.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self.unit {
            Unit::OneIn => [1.0, 2.0]
                .into_iter()
                .chain((1..=9).map(|power| 10f64.powi(power)))
                .filter(|tick| *tick <= self.high * 1.001)
                .collect(),
            Unit::Clock => every(clock_step(self.high), self.high),
            Unit::Time | Unit::Count | Unit::Rate if self.log => self.powers(),
            Unit::Share => every(0.25, self.high),
            Unit::Time | Unit::Count | Unit::Rate => every(step_of(self.unit, self.high), self.high),
        }
    }

    fn powers(&self) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let factors: &[f64] = if last - first <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let all = (first..=last).flat_map(|power| factors.iter().map(move |by| by * 10f64.powi(power)));
        all.filter(|tick| (self.low * 0.999..=self.high).contains(tick)).collect()
    }
}

/// How far ticks are apart, at most five of them up to `high`.
fn step_of(unit: Unit, high: f64) -> f64 {
    let step = if high > 0.0 { round_step(high / 5.0) } else { 1.0 };
    if unit == Unit::Count { step.max(1.0) } else { step }
}

fn every(step: f64, high: f64) -> Vec<f64> {
    (0..=20).map(|nth| f64::from(nth) * step).take_while(|tick| *tick <= high * 1.001).collect()
}

/// The next of 1, 2, 5, 10, 20, …
fn round_step(at_least: f64) -> f64 {
    let power = 10f64.powf(at_least.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|by| by * power).find(|step| *step >= at_least).unwrap_or(10.0 * power)
}

/// A step of a clock that gives at most six ticks.
fn clock_step(length: f64) -> f64 {
    const STEPS: [f64; 18] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0,
        21_600.0, 43_200.0, 86_400.0,
    ];
    STEPS.into_iter().find(|step| length / step <= 6.0).unwrap_or_else(|| round_step(length / 6.0))
}

/// `p99.9` for one in a thousand.
fn percentile(one_in: f64) -> String {
    let beyond = 100.0 / one_in.max(1.0);
    let digits = (one_in.max(1.0).log10() - 2.01).ceil().max(0.0) as usize;
    format!("p{:.digits$}", 100.0 - beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelt_as_people_say_them() {
        assert_eq!(
            [2.0, 10.0, 20.0, 100.0, 1000.0, 10_000.0].map(percentile),
            ["p50", "p90", "p95", "p99", "p99.9", "p99.99"]
        );
    }

    #[test]
    fn places_lie_between_the_ends_and_in_order() {
        let few = Scale::of(Unit::Time, [2.0, 9.0].into_iter());
        let many = Scale::of(Unit::Time, [2.0, 2000.0].into_iter());
        assert!(!few.is_log() && many.is_log());
        for scale in
            [few, many, Scale::of(Unit::Rate, std::iter::empty()), Scale::of(Unit::OneIn, [7.0].into_iter())]
        {
            let ticks = scale.ticks();
            assert!((2..=12).contains(&ticks.len()), "{scale:?}: {ticks:?}");
            let places: Vec<f64> = ticks.iter().map(|tick| scale.place(*tick)).collect();
            assert!(
                places.is_sorted() && places.iter().all(|place| (0.0..=1.0).contains(place)),
                "{places:?}"
            );
        }
    }

    #[test]
    fn a_day_and_a_second_have_a_handful_of_ticks() {
        for length in [1.0, 59.0, 600.0, 3700.0, 86_400.0, 700_000.0] {
            let ticks = Scale::of(Unit::Clock, [length].into_iter()).ticks();
            assert!((2..=7).contains(&ticks.len()), "{length}: {ticks:?}");
        }
    }
}
