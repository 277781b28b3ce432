//! How long something takes: always the same, or drawn from a distribution.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::normal;
use super::one_key::one_key;
use super::span::Span;

/// A duration, fixed or drawn anew each time.
///
/// Sampling is by the inverse of the distribution function, so one number in [0, 1) decides one duration
/// and the randomness stays counter-based. A `max` clamps instead of cutting off: median and p95 stay what
/// the author wrote.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Distribution {
    /// Every duration between two bounds is equally likely.
    Uniform(Uniform),
    /// Memoryless: mostly short, now and then long.
    Exponential(Exponential),
    /// What people's pauses look like: a hump with a long tail.
    Lognormal(Lognormal),
    /// Always this long.
    #[schemars(untagged)]
    Fixed(Span),
}

/// `{ uniform: { min, max } }`
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `min` and `max`")]
pub struct Uniform {
    /// The shortest.
    pub min: Span,
    /// The longest.
    pub max: Span,
}

/// `{ exponential: { mean, max } }`
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `mean` and `max`")]
pub struct Exponential {
    /// The mean before clamping.
    pub mean: Span,
    /// Longer draws count as this.
    pub max: Span,
}

/// `{ lognormal: { median, p95, max } }`
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `median`, `p95` and `max`")]
pub struct Lognormal {
    /// Half are shorter.
    pub median: Span,
    /// 95 of 100 are shorter.
    pub p95: Span,
    /// Longer draws count as this.
    pub max: Span,
}

/// The standard normal quantile of 0.95.
const Z95: f64 = 1.644_853_626_951_472_7;

impl Distribution {
    /// The duration that `u`, evenly drawn from [0, 1), stands for.
    pub fn sample(&self, u: f64) -> Duration {
        let (seconds, max) = match self {
            Distribution::Fixed(span) => return span.duration(),
            Distribution::Uniform(Uniform { min, max }) => {
                let (min, max) = (min.as_secs_f64(), max.as_secs_f64());
                (min + u * (max - min), max)
            }
            Distribution::Exponential(Exponential { mean, max }) => {
                (-mean.as_secs_f64() * (1.0 - u).ln(), max.as_secs_f64())
            }
            Distribution::Lognormal(Lognormal { median, p95, max }) => {
                let (median, p95) = (median.as_secs_f64(), p95.as_secs_f64());
                let sigma = (p95 / median).ln() / Z95;
                // u = 0 would be minus infinity; the smallest draw of a 53-bit u stands in for it.
                (
                    median * (sigma * normal::inverse(u.max(1.0 / (1u64 << 53) as f64))).exp(),
                    max.as_secs_f64(),
                )
            }
        };
        Duration::from_secs_f64(seconds.clamp(0.0, max))
    }

    /// The mean of what is drawn, clamping included (over a thousand even quantiles).
    pub fn mean(&self) -> Duration {
        const POINTS: u32 = 1000;
        let sum: f64 =
            (0..POINTS).map(|i| self.sample((f64::from(i) + 0.5) / f64::from(POINTS)).as_secs_f64()).sum();
        Duration::from_secs_f64(sum / f64::from(POINTS))
    }

    /// The longest that can be drawn.
    pub fn max(&self) -> Duration {
        match self {
            Distribution::Fixed(span) => span.duration(),
            Distribution::Uniform(Uniform { max, .. })
            | Distribution::Exponential(Exponential { max, .. })
            | Distribution::Lognormal(Lognormal { max, .. }) => max.duration(),
        }
    }

    /// What makes no sense about the numbers, if anything.
    pub fn fault(&self) -> Option<String> {
        match self {
            Distribution::Fixed(_) => None,
            Distribution::Uniform(Uniform { min, max }) => {
                (min > max).then(|| format!("`min` ({min}) is above `max` ({max})"))
            }
            Distribution::Exponential(Exponential { mean, max }) => {
                (mean > max).then(|| format!("`mean` ({mean}) is above `max` ({max})"))
            }
            Distribution::Lognormal(Lognormal { median, p95, max }) => {
                if median.is_zero() {
                    Some("`median` must be above zero".to_owned())
                } else if p95 < median {
                    Some(format!("`p95` ({p95}) is below `median` ({median})"))
                } else if max < median {
                    Some(format!("`max` ({max}) is below `median` ({median})"))
                } else {
                    None
                }
            }
        }
    }
}

one_key!(
    Distribution,
    noun: "distribution",
    expecting: "a duration (`3s`) or one of `uniform`, `exponential`, `lognormal`",
    { "uniform" => Uniform, "exponential" => Exponential, "lognormal" => Lognormal },
    word: |word: &str| word.parse::<Span>().map(Distribution::Fixed)
);

#[cfg(test)]
mod tests {
    use super::*;

    fn lognormal() -> Distribution {
        Distribution::Lognormal(Lognormal {
            median: Span::seconds(3),
            p95: Span::seconds(12),
            max: Span::seconds(20),
        })
    }

    #[test]
    fn the_quantiles_are_what_the_author_wrote() {
        let close = |u: f64, seconds: f64| {
            let drawn = lognormal().sample(u).as_secs_f64();
            assert!((drawn - seconds).abs() < 1e-6, "{u}: {drawn}");
        };
        close(0.5, 3.0);
        close(0.95, 12.0);
        close(0.9999, 20.0);
        assert!(lognormal().sample(0.0) < Duration::from_millis(10));
    }

    #[test]
    fn uniform_and_exponential_and_their_means() {
        let uniform = Distribution::Uniform(Uniform { min: Span::seconds(2), max: Span::seconds(4) });
        assert_eq!(uniform.sample(0.25), Duration::from_millis(2500));
        assert_eq!(uniform.mean(), Duration::from_secs(3));
        let exponential =
            Distribution::Exponential(Exponential { mean: Span::seconds(1), max: Span::seconds(60) });
        assert!((exponential.sample(0.5).as_secs_f64() - 2f64.ln()).abs() < 1e-9);
        assert!((exponential.mean().as_secs_f64() - 1.0).abs() < 0.01);
    }

    #[test]
    fn numbers_that_contradict_each_other_are_named() {
        let upside_down = Distribution::Uniform(Uniform { min: Span::seconds(4), max: Span::seconds(2) });
        assert_eq!(upside_down.fault().unwrap(), "`min` (4s) is above `max` (2s)");
        assert_eq!(lognormal().fault(), None);
    }
}
