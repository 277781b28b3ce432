//! Times as a configuration writes them: `500ms`, `3s`, or drawn anew each time.

use std::borrow::Cow;
use std::f64::consts::TAU;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::draw::Draw;
use crate::duration::{seconds, unitless};

/// A duration with its unit, at most 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(Duration);

const LONGEST: f64 = 30.0 * 24.0 * 3600.0;

impl Span {
    /// So many milliseconds.
    #[must_use]
    pub const fn millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// As the standard library's duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = seconds(text)?;
        if seconds > LONGEST {
            return Err(format!("`{}` is longer than 30 days", text.trim()));
        }
        Ok(Self(Duration::from_secs_f64(seconds)))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let micros = self.0.as_micros();
        match (micros.is_multiple_of(1_000_000), micros.is_multiple_of(1_000)) {
            (true, _) => serializer.collect_str(&format_args!("{}s", micros / 1_000_000)),
            (_, true) => serializer.collect_str(&format_args!("{}ms", micros / 1_000)),
            _ => serializer.collect_str(&format_args!("{micros}us")),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written).and_then(|time| match time {
            Time::Fixed(span) => Ok(span),
            Time::Uniform(_) | Time::Exponential(_) | Time::Lognormal(_) => {
                Err(de::Error::custom("expected a fixed duration, like `3s`"))
            }
        })
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "FaultSpan".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a duration with its unit, like `3s`, `500ms` or `2m`",
            "pattern": r"^\s*\d+(\.\d+)?\s*(us|ms|s|m|h|d)\s*$",
            "examples": ["500ms", "3s"],
        })
    }
}

/// How long something takes: always the same, or drawn each time. `max` clamps, so that median and p95 stay what
/// was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Time {
    /// Every time between two bounds is equally likely.
    Uniform(Uniform),
    /// Mostly short, now and then long.
    Exponential(Exponential),
    /// A hump with a long tail.
    Lognormal(Lognormal),
    /// Always this long.
    #[serde(untagged)]
    Fixed(Span),
}

/// `{ uniform: { min, max } }`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Uniform {
    /// The shortest.
    pub min: Span,
    /// The longest.
    pub max: Span,
}

/// `{ exponential: { mean, max } }`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Exponential {
    /// The mean before clamping.
    pub mean: Span,
    /// Longer draws count as this.
    pub max: Span,
}

/// `{ lognormal: { median, p95, max } }`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
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

impl Default for Time {
    fn default() -> Self {
        Self::Fixed(Span::default())
    }
}

impl Time {
    /// How long it takes this time.
    pub(crate) fn draw(&self, draw: Draw) -> Duration {
        // In (0, 1]: its logarithm exists.
        let above_zero = 1.0 - draw.unit(1);
        let (seconds, max) = match self {
            Self::Fixed(span) => return span.0,
            Self::Uniform(Uniform { min, max }) => {
                let (min, max) = (min.0.as_secs_f64(), max.0.as_secs_f64());
                (min + draw.unit(1) * (max - min), max)
            }
            Self::Exponential(Exponential { mean, max }) => {
                (-mean.0.as_secs_f64() * above_zero.ln(), max.0.as_secs_f64())
            }
            Self::Lognormal(Lognormal { median, p95, max }) => {
                let (median, p95) = (median.0.as_secs_f64(), p95.0.as_secs_f64());
                let sigma = (p95 / median).ln() / Z95;
                // Two even numbers make a normal one (Box and Muller).
                let normal = (-2.0 * above_zero.ln()).sqrt() * (TAU * draw.unit(2)).cos();
                (median * (sigma * normal).exp(), max.0.as_secs_f64())
            }
        };
        Duration::from_secs_f64(seconds.clamp(0.0, max))
    }

    /// What makes no sense about the numbers, if anything.
    fn doubt(&self) -> Option<&'static str> {
        match self {
            Self::Fixed(_) => None,
            Self::Uniform(it) => (it.min > it.max).then_some("`min` is above `max`"),
            Self::Exponential(it) => (it.mean > it.max).then_some("`mean` is above `max`"),
            Self::Lognormal(it) if it.median.0.is_zero() => Some("`median` must be above zero"),
            Self::Lognormal(it) if it.p95 < it.median => Some("`p95` is below `median`"),
            Self::Lognormal(it) => (it.max < it.median).then_some("`max` is below `median`"),
        }
    }
}

struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration (`3s`) or one of `uniform`, `exponential`, `lognormal`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
        text.parse().map(Time::Fixed).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Time, E> {
        Err(E::custom(unitless(&number.to_string())))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Time, E> {
        Err(E::custom(unitless(&number.to_string())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Time, A::Error> {
        const KNOWN: &[&str] = &["uniform", "exponential", "lognormal"];
        let key: Option<String> = map.next_key()?;
        let time = match key.as_deref() {
            Some("uniform") => Time::Uniform(map.next_value()?),
            Some("exponential") => Time::Exponential(map.next_value()?),
            Some("lognormal") => Time::Lognormal(map.next_value()?),
            other => return Err(de::Error::unknown_variant(other.unwrap_or_default(), KNOWN)),
        };
        if let Some(more) = map.next_key::<String>()? {
            return Err(de::Error::custom(format_args!("`{more}` beside a distribution: it has one key")));
        }
        time.doubt().map_or(Ok(time), |doubt| Err(de::Error::custom(doubt)))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "FaultTime".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "a duration, or a distribution of durations",
            "oneOf": [
                generator.subschema_for::<Span>(),
                {
                    "type": "object",
                    "properties": {
                        "uniform": generator.subschema_for::<Uniform>(),
                        "exponential": generator.subschema_for::<Exponential>(),
                        "lognormal": generator.subschema_for::<Lognormal>(),
                    },
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Time, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    fn draws(json: &str) -> Vec<f64> {
        let time = read(json).unwrap();
        let mut draws: Vec<f64> =
            (0..10_000).map(|nth| time.draw(Draw { seed: 1, fault: 0, nth }).as_secs_f64()).collect();
        draws.sort_by(f64::total_cmp);
        draws
    }

    #[test]
    fn distributions_have_the_figures_that_were_written() {
        let near = |is: f64, should: f64| assert!((is / should - 1.0).abs() < 0.1, "{is}, not {should}");
        let lognormal = draws(r#"{"lognormal":{"median":"100ms","p95":"400ms","max":"10s"}}"#);
        near(lognormal[5_000], 0.1);
        near(lognormal[9_500], 0.4);
        let exponential = draws(r#"{"exponential":{"mean":"50ms","max":"10s"}}"#);
        near(exponential.iter().sum::<f64>() / 10_000.0, 0.05);
        let uniform = draws(r#"{"uniform":{"min":"1s","max":"2s"}}"#);
        assert!(uniform[0] >= 1.0 && uniform[9_999] < 2.0);
        near(uniform[5_000], 1.5);
        assert_eq!(draws(r#""3ms""#)[0], 0.003);
    }

    #[test]
    fn nothing_is_longer_than_its_max() {
        let clamped = draws(r#"{"lognormal":{"median":"100ms","p95":"400ms","max":"300ms"}}"#);
        assert_eq!(clamped[9_999], 0.3);
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_words() {
        for (json, says) in [
            ("3", "`3` has no unit"),
            (r#""3 fortnights""#, "`fortnights` is not a unit"),
            (r#""soon""#, "not a duration"),
            (r#""40000h""#, "longer than 30 days"),
            (r#"{"unifrom":{}}"#, "unknown variant `unifrom`"),
            (r#"{"uniform":{"min":"2s","max":"1s"}}"#, "`min` is above `max`"),
            (r#"{"lognormal":{"median":"0s","p95":"1s","max":"1s"}}"#, "above zero"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
