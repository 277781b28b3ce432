//! A value of a target file: written here, or where to find it.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use wire::secret::Secret;
use wire::sid::{Kind, Sid};

/// A value, or the place that holds it.
pub(super) enum Given<T> {
    /// Written down as it is.
    Here(T),
    /// In a variable of the environment: `{ env: NAME }`.
    Env(String),
    /// In a file nobody else can read: `{ file: path }`.
    File(PathBuf),
}

/// What can be read from text, whichever place the text was found in.
pub(super) trait Legible: Sized {
    /// Whether it must not be shown, and a file that holds it must be closed to others.
    const SECRET: bool;

    fn read(text: &str) -> Result<Self, String>;
}

impl<K: Kind> Legible for Sid<K> {
    const SECRET: bool = false;

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: wire::sid::SidError| error.to_string())
    }
}

impl Legible for Secret {
    const SECRET: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        if text.bytes().any(|b| b.is_ascii_whitespace() || b.is_ascii_control()) {
            return Err("it holds white space, which no secret of Twilio does".to_owned());
        }
        Ok(Self::from(text))
    }
}

impl<'de, T: Legible> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either(PhantomData))
    }
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Legible> Visitor<'de> for Either<T> {
    type Value = Given<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, { env: NAME } or { file: path }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Given<T>, E> {
        T::read(text).map(Given::Here).map_err(E::custom)
    }

    // serde's own message would repeat the value, which may be a secret that forgot its quotes.
    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Given<T>, E> {
        Err(E::custom("a number where a text is wanted"))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Given<T>, E> {
        Err(E::custom("a number where a text is wanted"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Given<T>, E> {
        Err(E::custom("a number where a text is wanted"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given<T>, A::Error> {
        let entry = map.next_entry::<String, String>()?;
        let given = match entry.as_ref().map(|(place, name)| (place.as_str(), name)) {
            Some(("env", name)) => Given::Env(name.clone()),
            Some(("file", path)) => Given::File(PathBuf::from(path)),
            Some((other, _)) => return Err(de::Error::unknown_field(other, &["env", "file"])),
            None => return Err(de::Error::custom("write { env: NAME } or { file: path }")),
        };
        match map.next_key::<String>()? {
            None => Ok(given),
            Some(_) => Err(de::Error::custom("a value is in one place: either env or file")),
        }
    }
}
