//! The serde side of a type that is written as one scalar.

/// Implements `Deserialize` for a type with `FromStr`, and `JsonSchema` as a string with a pattern.
///
/// `number` turns a bare number into the complaint about it: most scalars here need a unit.
macro_rules! scalar {
    ($type:ident, expecting: $expecting:literal, number: $number:expr, pattern: $pattern:literal, examples: [$($example:literal),+]) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Scalar;
                impl serde::de::Visitor<'_> for Scalar {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<$type, E> {
                        Err(E::custom(($number)(&number.to_string())))
                    }

                    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$type, E> {
                        Err(E::custom(($number)(&number.to_string())))
                    }

                    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<$type, E> {
                        Err(E::custom(($number)(&number.to_string())))
                    }
                }
                deserializer.deserialize_any(Scalar)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": $expecting,
                    "pattern": $pattern,
                    "examples": [$($example),+],
                })
            }
        }
    };
}
pub(crate) use scalar;

/// Splits `12.5ms` into the number and what follows it; a sign belongs to the number.
pub(crate) fn number_and_rest(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && (*c == '-' || *c == '+'))))
        .map_or(text.len(), |(at, _)| at);
    text.split_at(end)
}
