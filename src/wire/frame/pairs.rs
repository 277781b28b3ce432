//! Names and values in the order they were written.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap,
};

/// The query parameters or headers of a tunnelled request: a JSON object, in which a name that comes several
/// times has an array of its values.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Pairs<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Pairs<'a> {
    /// None at all.
    pub const NONE: Pairs<'static> = Pairs(Vec::new());

    /// The first value of `name`, exactly as spelt.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The first value of `name` in any case, as headers are looked up.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

impl<'a, const N: usize> From<[(&'a str, &'a str); N]> for Pairs<'a> {
    fn from(pairs: [(&'a str, &'a str); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value))).collect())
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (index, (name, value)) in self.0.iter().enumerate() {
            let (before, after) = (&self.0[..index], &self.0[index + 1..]);
            if before.iter().any(|(other, _)| other == name) {
                continue;
            }
            if after.iter().any(|(other, _)| other == name) {
                let all = self.0.iter().filter(|(other, _)| other == name);
                map.serialize_entry(name, &all.map(|(_, value)| value).collect::<Vec<_>>())?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// A value in its text form: clients of other languages send numbers and booleans as such.
enum Value<'a> {
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or an array of text")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::One(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::One(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::One(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::One(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::One(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::One(Cow::Owned(value.to_string())))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Many(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value<'de>, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = values.next_element()? {
            match value {
                Value::One(value) => all.push(value),
                Value::Many(_) => return Err(de::Error::custom("an array within an array of values")),
            }
        }
        Ok(Value::Many(all))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of text")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Pairs<'de>, E> {
                Ok(Pairs::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<Name<'de>, Value<'de>>()? {
                    match value {
                        Value::One(value) => pairs.push((name.0, value)),
                        Value::Many(values) => {
                            pairs.extend(values.into_iter().map(|value| (name.0.clone(), value)));
                        }
                    }
                }
                Ok(Pairs(pairs))
            }
        }

        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        deserializer.deserialize_any(PairsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_become_an_array_and_come_back() {
        let pairs = Pairs::from([("Key", "a"), ("Order", "asc"), ("Key", "b")]);
        let json = serde_json::to_string(&pairs).unwrap();
        assert_eq!(json, r#"{"Key":["a","b"],"Order":"asc"}"#);
        let read: Pairs<'_> = serde_json::from_str(&json).unwrap();
        assert_eq!(read, Pairs::from([("Key", "a"), ("Key", "b"), ("Order", "asc")]));
        assert_eq!(read.get("Order"), Some("asc"));
        assert_eq!(read.header("ORDER"), Some("asc"));
    }

    #[test]
    fn other_types_of_value_are_read_as_text() {
        let read: Pairs<'_> = serde_json::from_str(r#"{"a":1,"b":true,"c":null,"d":"\u0041"}"#).unwrap();
        assert_eq!(read, Pairs::from([("a", "1"), ("b", "true"), ("d", "A")]));
        assert_eq!(serde_json::from_str::<Pairs<'_>>("null").unwrap(), Pairs::NONE);
    }
}
