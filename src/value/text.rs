//! Plain text and names, strictly: YAML's `null` and `true` are not silently words.

use std::fmt;
use std::str::FromStr;

use super::scalar::scalar;

/// Text as written. Whole numbers are taken as their digits; `null`, `true` and `1.50` must be quoted,
/// because YAML would change how they look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Box<str>);

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(text.into())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl serde::de::Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text (put it in quotes)")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string().into()))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string().into()))
    }
}

impl schemars::JsonSchema for Text {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "integer"] })
    }
}

/// A name that can be part of a metric or of a file: letters, digits, `_` and `-`, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError(String);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NameError {}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Name, NameError> {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if let Some(bad) = text.chars().find(|c| !legal(*c)) {
            return Err(NameError(format!(
                "`{text}` is not a name: {bad:?} is none of letters, digits, `_` and `-`"
            )));
        }
        if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(NameError(format!("`{text}` is not a name: it must begin with a letter")));
        }
        if text.len() > 64 {
            return Err(NameError("a name has at most 64 characters".to_owned()));
        }
        Ok(Name(text.into()))
    }
}

scalar!(
    Name,
    expecting: "a name of letters, digits, `_` and `-`",
    number: |number: &str| NameError(format!("`{number}` is not a name: it must begin with a letter")),
    pattern: "^[A-Za-z][A-Za-z0-9_-]{0,63}$",
    examples: ["launch-day"]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_part_of_a_file_name_and_of_a_metric() {
        assert!("launch-day_2".parse::<Name>().is_ok());
        for wrong in ["", "2day", "a.b", "a/b", "über"] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong:?}");
        }
    }
}
