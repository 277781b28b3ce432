//! Moments as Twilio writes them: whole seconds in REST, milliseconds in Sync, microseconds for media files,
//! RFC 9110 in HTTP headers.
//!
//! Nothing here reads a clock.

use std::fmt::{self, Write as _};

use jiff::{civil::DateTime, tz::Offset};

/// A moment, in milliseconds since 1970 UTC.
///
/// It has no serde form of its own because Twilio has three: a field says which by
/// `#[serde(with = "time::rest")]`, `"time::sync"` or `"time::media"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many milliseconds after the start of 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment this many seconds after the start of 1970.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the start of 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the start of 1970.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// As REST resources write it: `2016-08-01T22:10:40Z`.
    pub fn rest(self) -> impl fmt::Display + Copy {
        Written { at: self, as_: Form::Rest }
    }

    /// As Sync and the SDK's requests write it: `2026-11-22T11:58:28.690Z`.
    pub fn sync(self) -> impl fmt::Display + Copy {
        Written { at: self, as_: Form::Sync }
    }

    /// As the Media Content Service writes it: `2022-03-14T20:10:38.897000+00:00`.
    pub fn media(self) -> impl fmt::Display + Copy {
        Written { at: self, as_: Form::Media }
    }

    /// As a `Date` header writes it: `Sun, 22 Nov 2026 11:58:28 GMT`.
    pub fn http(self) -> impl fmt::Display + Copy {
        Written { at: self, as_: Form::Http }
    }

    /// Reads ISO 8601 with any number of fractional digits and any offset; what is finer than a millisecond
    /// is cut off.
    ///
    /// # Errors
    /// If `text` is no moment.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        if let Some(at) = plain(text.as_bytes()) {
            return Ok(at);
        }
        let at: jiff::Timestamp = text.parse().map_err(|_| TimeError { seen: text.to_owned() })?;
        let nanos = at.as_nanosecond().div_euclid(1_000_000);
        i64::try_from(nanos).map(Self).map_err(|_| TimeError { seen: text.to_owned() })
    }

    fn civil(self) -> DateTime {
        let at = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        Offset::UTC.to_datetime(at)
    }
}

#[derive(Clone, Copy)]
enum Form {
    Rest,
    Sync,
    Media,
    Http,
}

#[derive(Clone, Copy)]
struct Written {
    at: Timestamp,
    as_: Form,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let at = self.at.civil();
        if let Form::Http = self.as_ {
            let day = usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or_default();
            let month = usize::try_from(at.month() - 1).unwrap_or_default();
            let (day, month) = (DAYS[day], MONTHS[month]);
            let (date, year, hour, minute, second) =
                (at.day(), at.year(), at.hour(), at.minute(), at.second());
            return write!(f, "{day}, {date:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT");
        }
        // By hand: this runs several times for each message a mock delivers.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let year = i64::from(at.year().max(0));
        put(&mut text[0..4], year);
        put(&mut text[5..7], at.month().into());
        put(&mut text[8..10], at.day().into());
        put(&mut text[11..13], at.hour().into());
        put(&mut text[14..16], at.minute().into());
        put(&mut text[17..19], at.second().into());
        put(&mut text[20..23], at.millisecond().into());
        let text = std::str::from_utf8(&text).unwrap_or_default();
        match self.as_ {
            Form::Rest => {
                f.write_str(&text[..19])?;
                f.write_char('Z')
            }
            Form::Media => {
                f.write_str(&text[..23])?;
                f.write_str("000+00:00")
            }
            Form::Sync | Form::Http => f.write_str(text),
        }
    }
}

/// Reads the two forms Twilio writes, `2016-08-01T22:10:40Z` with and without milliseconds, which come several
/// times with each message. Whatever looks different is left to a reader of all forms.
fn plain(text: &[u8]) -> Option<Timestamp> {
    let number = |place: std::ops::Range<usize>| {
        text.get(place)?
            .iter()
            .try_fold(0_i16, |all, digit| digit.is_ascii_digit().then(|| all * 10 + i16::from(digit - b'0')))
    };
    let small = |place| number(place).and_then(|number| i8::try_from(number).ok());
    let millis = match text.len() {
        20 => 0,
        24 if text[19] == b'.' => number(20..23)?,
        _ => return None,
    };
    let marks = [text[4], text[7], text[10], text[13], text[16], text[text.len() - 1]];
    // A leap second is not plain either.
    let second = small(17..19).filter(|second| *second < 60)?;
    if marks != *b"--T::Z" {
        return None;
    }
    let civil = DateTime::new(
        number(0..4)?,
        small(5..7)?,
        small(8..10)?,
        small(11..13)?,
        small(14..16)?,
        second,
        i32::from(millis) * 1_000_000,
    );
    Some(Timestamp(Offset::UTC.to_timestamp(civil.ok()?).ok()?.as_millisecond()))
}

/// Writes the last digits of `value` over `place`.
fn put(place: &mut [u8], mut value: i64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}

/// Some text was no moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    seen: String,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a moment like 2016-08-01T22:10:40Z, got {:?}", self.seen)
    }
}

impl std::error::Error for TimeError {}

struct Visitor;

impl serde::de::Visitor<'_> for Visitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment like 2016-08-01T22:10:40Z")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).map_err(E::custom)
    }
}

macro_rules! serde_form {
    ($name:ident, $method:ident, $as:literal) => {
        #[doc = concat!("Serde for a field written as ", $as, "; `option` beside it for one that may be null.")]
        pub mod $name {
            use serde::{Deserializer, Serializer};

            use super::{Timestamp, Visitor};

            #[doc = concat!("Writes it as ", $as, ".")]
            ///
            /// # Errors
            /// Those of the serializer.
            #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
            pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&at.$method())
            }

            /// Reads any ISO 8601 moment.
            ///
            /// # Errors
            /// If it is none.
            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
                deserializer.deserialize_str(Visitor)
            }

            #[doc = concat!("Serde for an optional field written as ", $as, " or null.")]
            pub mod option {
                use serde::{Deserialize, Deserializer, Serializer};

                use super::Timestamp;

                struct Some_(Timestamp);

                impl<'de> Deserialize<'de> for Some_ {
                    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        super::deserialize(deserializer).map(Some_)
                    }
                }

                #[doc = concat!("Writes it as ", $as, " or null.")]
                ///
                /// # Errors
                /// Those of the serializer.
                #[allow(clippy::ref_option, reason = "the signature serde asks for")]
                pub fn serialize<S: Serializer>(
                    at: &Option<Timestamp>,
                    serializer: S,
                ) -> Result<S::Ok, S::Error> {
                    match at {
                        Some(at) => super::serialize(at, serializer),
                        None => serializer.serialize_none(),
                    }
                }

                /// Reads any ISO 8601 moment, or null. Add `#[serde(default)]` where the field may be absent.
                ///
                /// # Errors
                /// If it is neither.
                pub fn deserialize<'de, D: Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Option<Timestamp>, D::Error> {
                    Ok(Option::<Some_>::deserialize(deserializer)?.map(|Some_(at)| at))
                }
            }
        }
    };
}

serde_form!(rest, rest, "`2016-08-01T22:10:40Z`");
serde_form!(sync, sync, "`2026-11-22T11:58:28.690Z`");
serde_form!(media, media, "`2022-03-14T20:10:38.897000+00:00`");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Both {
        #[serde(with = "rest")]
        rest: Timestamp,
        #[serde(with = "sync")]
        sync: Timestamp,
        #[serde(with = "sync::option", default)]
        never: Option<Timestamp>,
    }

    #[test]
    fn every_form_is_written_as_twilio_does() {
        let at = Timestamp::from_millis(1_795_348_708_690);
        assert_eq!(at.rest().to_string(), "2026-11-22T11:58:28Z");
        assert_eq!(at.sync().to_string(), "2026-11-22T11:58:28.690Z");
        assert_eq!(at.media().to_string(), "2026-11-22T11:58:28.690000+00:00");
        assert_eq!(at.http().to_string(), "Sun, 22 Nov 2026 11:58:28 GMT");
        let before = Timestamp::from_millis(-1);
        assert_eq!(before.sync().to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(before.secs(), -1);
    }

    #[test]
    fn other_products_forms_are_read() {
        let at = Timestamp::parse("2016-08-01T15:10:38.897143-07:00").unwrap();
        assert_eq!(at.sync().to_string(), "2016-08-01T22:10:38.897Z");
        let error = Timestamp::parse("yesterday").unwrap_err().to_string();
        assert_eq!(error, r#"expected a moment like 2016-08-01T22:10:40Z, got "yesterday""#);
    }

    #[test]
    fn a_field_says_its_form() {
        let at = Timestamp::from_secs(1_795_348_708);
        let both = Both { rest: at, sync: at, never: None };
        let json = serde_json::to_string(&both).unwrap();
        assert_eq!(json, r#"{"rest":"2026-11-22T11:58:28Z","sync":"2026-11-22T11:58:28.000Z","never":null}"#);
        assert_eq!(serde_json::from_str::<Both>(&json).unwrap(), both);
    }

    proptest! {
        // The years 1 to 9999.
        #[test]
        fn every_moment_comes_back(millis in -62_135_596_800_000_i64..253_402_207_200_000) {
            let at = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&at.sync().to_string()).unwrap(), at);
            prop_assert_eq!(Timestamp::parse(&at.rest().to_string()).unwrap().millis(), at.secs() * 1000);
        }

        #[test]
        fn the_short_way_of_reading_reads_the_same(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{3})?Z",
        ) {
            let long = text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond()));
            prop_assert_eq!(Timestamp::parse(&text).ok(), long);
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,30}") {
            let _ = Timestamp::parse(&text);
        }

        #[test]
        fn no_moment_is_out_of_reach(millis: i64) {
            let at = Timestamp::from_millis(millis);
            prop_assert_eq!(at.sync().to_string().len(), 24);
            prop_assert!(at.http().to_string().ends_with("GMT"));
        }
    }
}
