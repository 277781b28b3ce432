//! A JSON object whose texts may hold `{{ … }}`: attributes, pre-engagement data, task attributes.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::template::{Part, Scope, Template, Use};

/// A JSON object, kept as the text it will become: fixed pieces and variables in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonTemplate {
    parts: Box<[Part]>,
}

impl JsonTemplate {
    /// The variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &Use> {
        self.parts.iter().filter_map(|part| match part {
            Part::Fixed(_) => None,
            Part::Variable(used) => Some(used),
        })
    }

    /// Appends the JSON text for this customer; variables are escaped.
    pub fn render(&self, scope: &Scope<'_>, out: &mut String) {
        let mut value = String::new();
        for part in &self.parts {
            match part {
                Part::Fixed(text) => out.push_str(text),
                Part::Variable(used) => {
                    value.clear();
                    scope.push(&used.variable, &mut value);
                    escape(&value, out);
                }
            }
        }
    }
}

fn escape(text: &str, out: &mut String) {
    // serde_json quotes as well as escapes; the quotes are part of the fixed pieces.
    let quoted = serde_json::Value::from(text).to_string();
    out.push_str(&quoted[1..quoted.len() - 1]);
}

/// Collects pieces, joining neighbouring fixed ones.
#[derive(Default)]
struct Builder {
    parts: Vec<Part>,
    fixed: String,
}

impl Builder {
    fn text(&mut self, template: Template) {
        self.fixed.push('"');
        for part in template.into_parts() {
            match part {
                Part::Fixed(text) => escape(&text, &mut self.fixed),
                Part::Variable(used) => {
                    self.parts.push(Part::Fixed(std::mem::take(&mut self.fixed).into()));
                    self.parts.push(Part::Variable(used));
                }
            }
        }
        self.fixed.push('"');
    }

    fn finish(mut self) -> JsonTemplate {
        self.parts.push(Part::Fixed(self.fixed.into()));
        JsonTemplate { parts: self.parts.into() }
    }
}

/// Reads one value; `comma` puts one before it, once it is known to be there.
struct Value<'b> {
    builder: &'b mut Builder,
    comma: bool,
}

impl<'de> serde::de::DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.comma {
            self.builder.fixed.push(',');
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.builder.fixed.push_str("null");
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.builder.fixed.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.builder.fixed.push_str(&value.to_string());
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.builder.fixed.push_str(&value.to_string());
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let number = serde_json::Number::from_f64(value)
            .ok_or_else(|| E::custom(format_args!("`{value}` cannot be written as JSON")))?;
        self.builder.fixed.push_str(&number.to_string());
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.builder.text(text.parse().map_err(E::custom)?);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.builder.fixed.push('[');
        let mut comma = false;
        while seq.next_element_seed(Value { builder: &mut *self.builder, comma })?.is_some() {
            comma = true;
        }
        self.builder.fixed.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.builder.fixed.push('{');
        let mut first = true;
        while let Some(key) = map.next_key::<super::text::Text>()? {
            if !first {
                self.builder.fixed.push(',');
            }
            first = false;
            self.builder.fixed.push('"');
            escape(key.as_str(), &mut self.builder.fixed);
            self.builder.fixed.push_str("\":");
            map.next_value_seed(Value { builder: &mut *self.builder, comma: false })?;
        }
        self.builder.fixed.push('}');
        Ok(())
    }
}

impl<'de> Deserialize<'de> for JsonTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JsonTemplate, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = JsonTemplate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map, which becomes a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<JsonTemplate, A::Error> {
                let mut builder = Builder::default();
                Value { builder: &mut builder, comma: false }.visit_map(map)?;
                Ok(builder.finish())
            }
        }
        deserializer.deserialize_any(Object)
    }
}

impl schemars::JsonSchema for JsonTemplate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "JsonTemplate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "A JSON object; its texts may hold {{ … }}",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::template::Vars;

    fn render(json: &str) -> String {
        let template: JsonTemplate = serde_json::from_str(json).unwrap();
        let scope = Scope {
            customer_index: 0,
            identity: "a\"b",
            row: None,
            loop_index: 0,
            run_id: "r",
            vars: &Vars::new(),
        };
        let mut out = String::new();
        template.render(&scope, &mut out);
        out
    }

    #[test]
    fn a_tree_becomes_the_same_json() {
        for json in [
            r#"{}"#,
            r#"{"a":1,"b":[true,null,-2,0.5],"c":{"d":"e\"f\n"},"g":[],"h":[[],{}]}"#,
            r#"{"comma":["x,",","]}"#,
        ] {
            assert_eq!(render(json), json);
        }
    }

    #[test]
    fn variables_are_escaped() {
        assert_eq!(render(r#"{"who":"<{{ customer.identity }}>"}"#), r#"{"who":"<a\"b>"}"#);
    }
}
