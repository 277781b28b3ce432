//! A choice written as a map with one key: `{ ramp: … }`, `{ uniform: … }`, `- send_message: …`.
//!
//! serde's derived enums would want YAML tags here, and the untagged and flattened ways lose the place of an
//! error, so the visitor is written once, as a macro. The key is read by a seed of its own: that is what puts
//! the caret of "unknown" under the key and not under the map.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

/// Reads one of the known keys.
#[derive(Clone, Copy)]
pub(crate) struct KeyOf {
    pub(crate) noun: &'static str,
    pub(crate) known: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for KeyOf {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for KeyOf {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of a {}", self.noun)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<&'static str, E> {
        self.known.iter().copied().find(|known| *known == word).ok_or_else(|| {
            // The wording of serde's own "unknown field", which the diagnostics know how to turn into a suggestion.
            let expected: Vec<String> = self.known.iter().map(|known| format!("`{known}`")).collect();
            E::custom(format_args!("unknown {} `{word}`, expected one of {}", self.noun, expected.join(", ")))
        })
    }
}

/// Refuses any further key, at that key.
struct NoFurtherKey {
    noun: &'static str,
    first: &'static str,
}

impl<'de> DeserializeSeed<'de> for NoFurtherKey {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for NoFurtherKey {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing after `{}`", self.first)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<(), E> {
        let (noun, first) = (self.noun, self.first);
        Err(E::custom(format_args!(
            "`{word}` beside `{first}`: a {noun} has one key (are the options of `{first}` indented?)"
        )))
    }
}

/// Reads the one key of a map; the caller then reads its value and calls [`finish`].
pub(crate) fn first<'de, A: MapAccess<'de>>(map: &mut A, keys: KeyOf) -> Result<&'static str, A::Error> {
    map.next_key_seed(keys)?.ok_or_else(|| {
        let known = super::suggest::list(keys.known.iter().copied());
        A::Error::custom(format_args!("the {} is empty: it has one key, {known}", keys.noun))
    })
}

/// Refuses a second key.
pub(crate) fn finish<'de, A: MapAccess<'de>>(
    map: &mut A,
    noun: &'static str,
    first: &'static str,
) -> Result<(), A::Error> {
    match map.next_key_seed(NoFurtherKey { noun, first })? {
        None => Ok(()),
        Some(()) => Err(A::Error::custom("unexpected key")),
    }
}

/// Implements `Deserialize` for an enum whose variants hold one value each. `word` says what a bare word
/// (or number) in its place means, or why it cannot be.
macro_rules! one_key {
    ($type:ident, noun: $noun:literal, expecting: $what:literal, { $($key:literal => $variant:ident),+ $(,)? }, word: $word:expr) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use crate::value::one_key as keys;

                struct OneKey;
                impl<'de> serde::de::Visitor<'de> for OneKey {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$type, E> {
                        ($word)(word).map_err(E::custom)
                    }

                    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<$type, E> {
                        self.visit_str(&number.to_string())
                    }

                    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$type, E> {
                        self.visit_str(&number.to_string())
                    }

                    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<$type, E> {
                        self.visit_str(&number.to_string())
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                        let key = keys::first(&mut map, keys::KeyOf { noun: $noun, known: &[$($key),+] })?;
                        let value = match key {
                            $($key => $type::$variant(map.next_value()?),)+
                            other => return Err(serde::de::Error::unknown_variant(other, &[$($key),+])),
                        };
                        keys::finish(&mut map, $noun, key)?;
                        Ok(value)
                    }
                }
                deserializer.deserialize_any(OneKey)
            }
        }
    };
}
pub(crate) use one_key;
