//! Text with `{{ … }}` in it, taken apart once and put together for each customer.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::ops::Range;
use std::str::FromStr;

use super::suggest;
use super::text::Text;

/// The scenario's own constants, by name.
pub type Vars = BTreeMap<String, Text>;

/// A template: fixed text and variables in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Box<[Part]>,
    source: Box<str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Fixed(Box<str>),
    Variable(Use),
}

/// A variable where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Which.
    pub variable: Variable,
    /// Where its name stands in the template's text, in bytes.
    pub at: Range<usize>,
}

/// What `{{ … }}` may name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// `customer.index`: the customer's number, from 0.
    CustomerIndex,
    /// `customer.identity`
    CustomerIdentity,
    /// `customer.row.COLUMN`: a column of the customers' file.
    CustomerRow(Box<str>),
    /// `loop.index`: the round of the innermost `repeat`, from 1.
    LoopIndex,
    /// `run.id`
    RunId,
    /// `vars.NAME`
    Var(Box<str>),
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Variable::CustomerIndex => f.write_str("customer.index"),
            Variable::CustomerIdentity => f.write_str("customer.identity"),
            Variable::CustomerRow(column) => write!(f, "customer.row.{column}"),
            Variable::LoopIndex => f.write_str("loop.index"),
            Variable::RunId => f.write_str("run.id"),
            Variable::Var(name) => write!(f, "vars.{name}"),
        }
    }
}

/// One row of the customers' file.
pub trait Columns {
    /// The value in that column.
    fn column(&self, name: &str) -> Option<&str>;
}

/// What the variables stand for, for one customer at one step.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// `customer.index`
    pub customer_index: u64,
    /// `customer.identity`
    pub identity: &'a str,
    /// `customer.row.…`
    pub row: Option<&'a dyn Columns>,
    /// `loop.index`; 0 outside any `repeat`, where validation has refused it.
    pub loop_index: u32,
    /// `run.id`
    pub run_id: &'a str,
    /// `vars.…`
    pub vars: &'a Vars,
}

impl Scope<'_> {
    /// Appends what the variable stands for. A name that is not there appends nothing: validation has
    /// refused it before anything was rendered.
    pub(crate) fn push(&self, variable: &Variable, out: &mut String) {
        match variable {
            // Writing to a String cannot fail.
            Variable::CustomerIndex => _ = write!(out, "{}", self.customer_index),
            Variable::LoopIndex => _ = write!(out, "{}", self.loop_index),
            Variable::CustomerIdentity => out.push_str(self.identity),
            Variable::RunId => out.push_str(self.run_id),
            Variable::CustomerRow(column) => {
                out.push_str(self.row.and_then(|row| row.column(column)).unwrap_or_default());
            }
            Variable::Var(name) => out.push_str(self.vars.get(&**name).map_or("", Text::as_str)),
        }
    }
}

impl Template {
    /// Text without variables.
    pub fn fixed(text: &str) -> Template {
        Template { parts: Box::new([Part::Fixed(text.into())]), source: text.into() }
    }

    /// The text as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &Use> {
        self.parts.iter().filter_map(|part| match part {
            Part::Fixed(_) => None,
            Part::Variable(used) => Some(used),
        })
    }

    /// Whether it names the variable.
    pub fn uses(&self, variable: &Variable) -> bool {
        self.variables().any(|used| used.variable == *variable)
    }

    /// Appends the text for this customer.
    pub fn render(&self, scope: &Scope<'_>, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Fixed(text) => out.push_str(text),
                Part::Variable(used) => scope.push(&used.variable, out),
            }
        }
    }

    pub(crate) fn into_parts(self) -> Box<[Part]> {
        self.parts
    }
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Template, TemplateError> {
        let mut parts = Vec::new();
        let mut done = 0;
        while let Some(open) = text[done..].find("{{").map(|at| done + at) {
            let inside = open + 2;
            let Some(close) = text[inside..].find("}}").map(|at| inside + at) else {
                return Err(TemplateError(format!("`{}` is not closed: `}}}}` is missing", &text[open..])));
            };
            if open > done {
                parts.push(Part::Fixed(text[done..open].into()));
            }
            let raw = &text[inside..close];
            let name = raw.trim();
            let start = inside + (raw.len() - raw.trim_start().len());
            parts.push(Part::Variable(Use { variable: variable(name)?, at: start..start + name.len() }));
            done = close + 2;
        }
        if done < text.len() || parts.is_empty() {
            parts.push(Part::Fixed(text[done..].into()));
        }
        Ok(Template { parts: parts.into(), source: text.into() })
    }
}

const KNOWN: [&str; 6] =
    ["customer.index", "customer.identity", "customer.row.COLUMN", "loop.index", "run.id", "vars.NAME"];

fn variable(name: &str) -> Result<Variable, TemplateError> {
    let known = match name {
        "customer.index" => Some(Variable::CustomerIndex),
        "customer.identity" => Some(Variable::CustomerIdentity),
        "loop.index" => Some(Variable::LoopIndex),
        "run.id" => Some(Variable::RunId),
        _ => name
            .strip_prefix("customer.row.")
            .map(|column| Variable::CustomerRow(column.into()))
            .or_else(|| name.strip_prefix("vars.").map(|name| Variable::Var(name.into()))),
    };
    known.ok_or_else(|| match suggest::nearest(name, KNOWN) {
        Some(meant) => TemplateError(format!("undefined variable `{name}`; did you mean `{meant}`?")),
        None => TemplateError(format!("undefined variable `{name}`; there are {}", suggest::list(KNOWN))),
    })
}

impl<'de> serde::Deserialize<'de> for Template {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Template, D::Error> {
        deserializer.deserialize_any(TemplateVisitor)
    }
}

/// Not by way of [`Text`]: only a visitor's own error carries the scalar's place.
struct TemplateVisitor;

impl serde::de::Visitor<'_> for TemplateVisitor {
    type Value = Template;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text (put it in quotes)")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Template, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Template, E> {
        Ok(Template::fixed(&number.to_string()))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Template, E> {
        Ok(Template::fixed(&number.to_string()))
    }
}

impl schemars::JsonSchema for Template {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "integer"],
            "description": format!("Text; {{{{ … }}}} may name {}", KNOWN.join(", ")),
            "examples": ["hello {{ customer.index }}"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str) -> String {
        let vars = Vars::from([("topic".to_owned(), Text::from("pricing"))]);
        struct Row;
        impl Columns for Row {
            fn column(&self, name: &str) -> Option<&str> {
                (name == "plan").then_some("gold")
            }
        }
        let scope = Scope {
            customer_index: 7,
            identity: "c-7",
            row: Some(&Row),
            loop_index: 2,
            run_id: "r1",
            vars: &vars,
        };
        let mut out = String::new();
        template.parse::<Template>().unwrap().render(&scope, &mut out);
        out
    }

    #[test]
    fn every_variable_is_put_in() {
        assert_eq!(
            render(
                "{{customer.index}}/{{ customer.identity }}/{{ customer.row.plan }}/{{ loop.index }}/{{ run.id }}/{{ vars.topic }}."
            ),
            "7/c-7/gold/2/r1/pricing."
        );
        assert_eq!(render("plain"), "plain");
        assert_eq!(render(""), "");
    }

    #[test]
    fn a_variable_knows_where_it_stands() {
        let template: Template = "é {{  vars.topic }}".parse().unwrap();
        let used = template.variables().next().unwrap();
        assert_eq!(&template.source()[used.at.clone()], "vars.topic");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = "{{ custmer.index }}".parse::<Template>().unwrap_err().to_string();
        assert_eq!(error, "undefined variable `custmer.index`; did you mean `customer.index`?");
        assert!("hello {{ run.id".parse::<Template>().unwrap_err().to_string().contains("not closed"));
        assert!("{{ 1 + 1 }}".parse::<Template>().unwrap_err().to_string().contains("there are"));
    }
}
