//! Who the customers are: so many by a pattern, or the rows of a file.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::value::{Columns, Scope, Template, Text, Vars};

/// `customers:` as written.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `count` or `from`")]
pub struct Customers {
    /// How many there are.
    #[serde(default)]
    pub count: Option<u32>,
    /// A CSV file with a header, one customer a row; relative to the scenario's folder.
    #[serde(default)]
    pub from: Option<Text>,
    /// Each customer's identity; default: `customer-{{ customer.index }}`, or the file's column `identity`.
    #[serde(default)]
    pub identity: Option<Template>,
    /// What happens when an arrival finds no customer left.
    #[serde(default)]
    pub exhausted: Exhausted,
    /// Whether identities get the run's prefix, so that a second run does not meet the first one's chats.
    #[serde(default)]
    pub identity_prefix: IdentityPrefix,
}

/// What happens when an arrival finds no customer left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exhausted {
    /// Nobody arrives any more.
    #[default]
    Stop,
    /// The first customers come again; those still chatting are skipped.
    Reuse,
}

/// Whether identities get the run's prefix on targets other than the embedded mock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityPrefix {
    /// They do.
    #[default]
    Run,
    /// They are used as written.
    None,
}

/// The customers of a checked scenario: how many, and who each one is.
#[derive(Clone)]
pub struct People {
    /// How many there are.
    pub count: u32,
    /// The pattern of their identities.
    pub identity: Template,
    /// What happens when they run out.
    pub exhausted: Exhausted,
    /// Whether identities get the run's prefix.
    pub identity_prefix: IdentityPrefix,
    pub(super) file: Option<PeopleFile>,
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "People {{ count: {}, identity: {:?} }}", self.count, self.identity.source())
    }
}

/// The rows of a customers' file.
#[derive(Clone)]
pub(super) struct PeopleFile {
    pub(super) columns: Box<[Box<str>]>,
    pub(super) rows: Box<[csv::StringRecord]>,
}

/// One customer's row.
pub struct Row<'a> {
    file: &'a PeopleFile,
    index: usize,
}

impl Columns for Row<'_> {
    fn column(&self, name: &str) -> Option<&str> {
        let column = self.file.columns.iter().position(|column| **column == *name)?;
        self.file.rows.get(self.index)?.get(column)
    }
}

impl People {
    /// Appends the hash of the customers' file, if there is one.
    pub(super) fn describe(&self, out: &mut String) {
        let Some(file) = &self.file else { return };
        let mut hash = Sha256::new();
        let cells = file.columns.iter().map(|cell| &**cell).chain(file.rows.iter().flatten());
        for cell in cells {
            hash.update(cell.len().to_le_bytes());
            hash.update(cell);
        }
        out.push_str(&super::hex(&hash.finalize()));
    }

    /// The row of a customer; `None` when the customers come from no file.
    pub fn row(&self, customer: u32) -> Option<Row<'_>> {
        self.file.as_ref().map(|file| Row { file, index: customer as usize })
    }

    /// Appends the identity of a customer, without any prefix of the run.
    pub fn identity(&self, customer: u32, run_id: &str, vars: &Vars, out: &mut String) {
        let row = self.row(customer);
        let scope = Scope {
            customer_index: u64::from(customer),
            identity: "",
            row: row.as_ref().map(|row| row as &dyn Columns),
            loop_index: 0,
            run_id,
            vars,
        };
        self.identity.render(&scope, out);
    }
}
