//! Who the customers are: their file, their identities.

use std::collections::HashMap;
use std::path::Path;

use super::super::customers::{Customers, People, PeopleFile};
use super::super::file::File;
use super::Findings;
use crate::value::{Template, Variable};

/// The most customers of one scenario.
const MOST: u32 = 1_000_000;
/// The largest customers' file.
const LARGEST: u64 = 256 << 20;
/// The longest identity that Twilio takes, in characters.
const LONGEST_IDENTITY: usize = 256;

/// The customers as written, with their file read; `None` when that failed.
pub(super) fn load(customers: &Customers, folder: &Path, findings: &mut Findings<'_>) -> Option<People> {
    let file = match (&customers.count, &customers.from) {
        (None, None) => {
            findings.at_key(
                "customers",
                "customers without `count` or `from`",
                "write how many there are, or name a CSV file",
            );
            return None;
        }
        (_, Some(from)) => match read(&folder.join(from.as_str())) {
            Ok(file) => Some(file),
            Err(why) => {
                findings.at("customers.from", why, "");
                return None;
            }
        },
        (Some(_), None) => None,
    };
    let count = match (&file, customers.count) {
        (Some(file), Some(count)) if count as usize > file.rows.len() => {
            let rows = file.rows.len();
            findings.at("customers.count", format!("{count} customers, but the file has {rows} rows"), "");
            return None;
        }
        (_, Some(count)) => count,
        (file, None) => file.as_ref().map_or(0, |file| file.rows.len() as u32),
    };
    if count > MOST {
        findings.at("customers.count", format!("{count} customers are more than the {MOST} of one run"), "");
        return None;
    }
    let identity = match (&customers.identity, &file) {
        (Some(identity), _) => identity.clone(),
        (None, None) => default("customer-{{ customer.index }}")?,
        (None, Some(file)) => {
            if !file.columns.iter().any(|column| **column == *"identity") {
                findings.at(
                    "customers.from",
                    "the file has no column `identity`",
                    "add it, or say what the identity is, like `identity: \"c-{{ customer.index }}\"`",
                );
                return None;
            }
            default("{{ customer.row.identity }}")?
        }
    };
    let Customers { exhausted, identity_prefix, .. } = customers;
    Some(People { count, identity, exhausted: *exhausted, identity_prefix: *identity_prefix, file })
}

fn default(template: &str) -> Option<Template> {
    template.parse().ok()
}

fn read(path: &Path) -> Result<PeopleFile, String> {
    let wrong = |why: String| format!("{}: {why}", path.display());
    let length = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if length > LARGEST {
        return Err(wrong(format!("larger than {} MiB", LARGEST >> 20)));
    }
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| wrong(error.to_string()))?;
    let header = reader.headers().map_err(|error| wrong(error.to_string()))?;
    let columns = header.iter().map(Box::from).collect();
    let rows: Result<Vec<_>, _> = reader.records().take(MOST as usize + 1).collect();
    let rows = rows.map_err(|error| wrong(error.to_string()))?;
    if rows.len() > MOST as usize {
        return Err(wrong(format!("more than {MOST} rows")));
    }
    Ok(PeopleFile { columns, rows: rows.into() })
}

/// Two customers are two people; and no identity says who the person really is.
pub(super) fn distinct(people: &People, file: &File, findings: &mut Findings<'_>) {
    let path = if file.customers.identity.is_some() { "customers.identity" } else { "customers.from" };
    let mut seen: HashMap<String, u32> = HashMap::with_capacity(people.count as usize);
    let mut warned = false;
    for customer in 0..people.count {
        let mut identity = String::new();
        people.identity(customer, "run", &file.vars, &mut identity);
        if identity.is_empty() || identity.chars().count() > LONGEST_IDENTITY {
            let what = if identity.is_empty() { "empty" } else { "longer than 256 characters" };
            findings.at(path, format!("the identity of {} is {what}", person(people, customer)), "");
            return;
        }
        // Once is enough: the others will look alike.
        if !warned && let Some(what) = personal(&identity) {
            warned = true;
            findings.warn(
                path,
                format!("the identity `{identity}` looks like {what}"),
                "Twilio advises against personal data in identities: use a number of your own",
            );
        }
        if let Some(other) = seen.insert(identity.clone(), customer) {
            let (first, second) = (person(people, other), person(people, customer));
            let help = if people.file.is_none() && !people.identity.uses(&Variable::CustomerIndex) {
                "name `{{ customer.index }}` in it"
            } else {
                "every customer needs an identity of their own"
            };
            findings.at(path, format!("{first} and {second} have one identity, `{identity}`"), help);
            return;
        }
    }
}

fn person(people: &People, customer: u32) -> String {
    let line = people
        .file
        .as_ref()
        .and_then(|file| file.rows.get(customer as usize))
        .and_then(|row| row.position())
        .map(csv::Position::line);
    match line {
        Some(line) => format!("customer {customer} (line {line} of the file)"),
        None => format!("customer {customer}"),
    }
}

/// What personal data the identity looks like, if any.
fn personal(identity: &str) -> Option<&'static str> {
    if let Some((before, after)) = identity.split_once('@')
        && !before.is_empty()
        && after.contains('.')
    {
        return Some("an e-mail address");
    }
    let digits = identity.chars().filter(char::is_ascii_digit).count();
    let phone_like = identity.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    if phone_like && digits >= 7 {
        return Some("a phone number");
    }
    let words: Vec<&str> = identity.split([' ', '.', '_', '-']).collect();
    let is_name = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase)
            && word.chars().count() > 1
            && letters.all(char::is_lowercase)
    };
    (words.len() >= 2 && words.iter().all(is_name)).then_some("a full name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_recognised() {
        for identity in ["ada@example.com", "+49 30 1234567", "5551234567", "Ada Lovelace", "Ada.Lovelace"] {
            assert!(personal(identity).is_some(), "{identity}");
        }
        for identity in ["c-0", "customer-12", "42", "launch_2000", "Customer-7", "a@b"] {
            assert_eq!(personal(identity), None, "{identity}");
        }
    }
}
