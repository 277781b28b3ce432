//! YAML in, typed file out: the only file that knows serde_yaml.

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_yaml::{Mapping, Value};

use super::diagnostic::{Diagnostic, Place, Severity};
use super::locate::SourceMap;
use crate::value::suggest;

/// The largest file that is read.
pub(crate) const LARGEST: u64 = 1 << 20;

/// `--set PATH=VALUE`: another value for one place of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    path: Vec<Segment>,
    value: Value,
    text: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Segment {
    Key(String),
    Index(usize),
}

/// What is wrong with the text of an override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideError(String);

impl fmt::Display for OverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OverrideError {}

impl FromStr for Override {
    type Err = OverrideError;

    fn from_str(text: &str) -> Result<Override, OverrideError> {
        let error =
            |why: String| Err(OverrideError(format!("{why}; write PATH=VALUE, like customers.count=5")));
        let Some((path, value)) = text.split_once('=') else {
            return error(format!("`{text}` has no `=`"));
        };
        let mut segments = Vec::new();
        for word in path.trim().replace('[', ".").replace(']', "").split('.') {
            match word.parse() {
                _ if word.is_empty() => return error(format!("`{path}` is not a path")),
                Ok(index) => segments.push(Segment::Index(index)),
                Err(_) => segments.push(Segment::Key(word.to_owned())),
            }
        }
        match serde_yaml::from_str(value) {
            Ok(value) => Ok(Override { path: segments, value, text: text.to_owned() }),
            Err(wrong) => error(format!("`{value}` is not a YAML value: {wrong}")),
        }
    }
}

impl Override {
    /// The path as the source map writes it: `load.phases[0].hold`.
    fn path(&self) -> String {
        let mut path = String::new();
        for segment in &self.path {
            match segment {
                Segment::Key(key) if path.is_empty() => path.push_str(key),
                Segment::Key(key) => path.extend([".", key]),
                Segment::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }

    fn apply(&self, root: &mut Value) -> Result<(), String> {
        let mut here = root;
        for segment in &self.path {
            // A step without options is a bare word or nothing: setting an option of it makes it a map.
            match (&*here, segment) {
                (Value::Null, _) => *here = Value::Mapping(Mapping::new()),
                (Value::String(word), Segment::Key(key)) if word == key => {
                    *here = Value::Mapping(Mapping::from_iter([(Value::String(key.clone()), Value::Null)]));
                }
                _ => {}
            }
            here = match (here, segment) {
                (Value::Mapping(map), Segment::Key(key)) => {
                    map.entry(Value::String(key.clone())).or_insert(Value::Null)
                }
                (Value::Mapping(map), Segment::Index(index)) => {
                    map.entry(Value::String(index.to_string())).or_insert(Value::Null)
                }
                (Value::Sequence(list), Segment::Index(index)) => {
                    let length = list.len();
                    list.get_mut(*index).ok_or_else(|| too_short(length))?
                }
                (Value::Sequence(_), Segment::Key(key)) => {
                    return Err(format!("`{key}` is asked of a list: write a number, counted from 0"));
                }
                (_, Segment::Key(_) | Segment::Index(_)) => {
                    return Err("there is no map on that path".to_owned());
                }
            };
        }
        *here = self.value.clone();
        Ok(())
    }
}

/// A file that was read, for placing what is found wrong later.
pub(crate) struct Source {
    name: String,
    /// As written.
    written: SourceMap,
    overrides: Vec<(String, String)>,
}

/// A typed file and where it came from.
pub(crate) struct Parsed<T> {
    pub(crate) file: T,
    pub(crate) source: Source,
    /// The file with the overrides in, in one normal form: comments gone, keys in their order.
    pub(super) effective: String,
    /// The part of it that decides the load.
    pub(super) offered: String,
}

/// Reads the text, puts the overrides in, and types the result.
pub(crate) fn parse<T: DeserializeOwned>(
    name: &str,
    text: &str,
    overrides: &[Override],
) -> Result<Parsed<T>, Box<Diagnostic>> {
    let problem = |place: Option<Place>, message: String, help: Option<String>| Diagnostic {
        severity: Severity::Error,
        origin: name.to_owned(),
        place,
        message,
        help,
    };
    let written =
        SourceMap::of(text).map_err(|refused| problem(Some(refused.place), refused.message, refused.help))?;
    let mut tree: Value = serde_yaml::from_str(text).map_err(|error| {
        let place = error.location().map(|at| written.place_at(at.line(), at.column()));
        problem(place, plain(&error), None)
    })?;
    if tree.is_null() {
        return Err(problem(None, "the file is empty".to_owned(), None).into());
    }
    for over in overrides {
        over.apply(&mut tree).map_err(|why| Diagnostic {
            origin: format!("--set {}", over.text),
            ..problem(None, why, None)
        })?;
    }
    let overrides: Vec<_> = overrides.iter().map(|over| (over.path(), over.text.clone())).collect();
    let source = Source { name: name.to_owned(), written, overrides };
    let effective = serde_yaml::to_string(&tree).map_err(|error| problem(None, error.to_string(), None))?;
    let offered = offered(&tree).map_err(|error| problem(None, error.to_string(), None))?;
    let typed = if source.overrides.is_empty() {
        serde_yaml::from_str(text).map_err(|error| source.typing(&source.written, &error))
    } else {
        // Typed from the text with the overrides in: that parse says where it fails, and the path there is
        // the path here, or below an override.
        match SourceMap::of(&effective) {
            Ok(map) => serde_yaml::from_str(&effective).map_err(|error| source.typing(&map, &error)),
            Err(refused) => return Err(problem(None, refused.message, refused.help).into()),
        }
    };
    Ok(Parsed { file: typed?, source, effective, offered })
}

/// What customers do and when, without what only names, judges or serves it; nor the seed, which an option may
/// replace.
fn offered(tree: &Value) -> Result<String, serde_yaml::Error> {
    const OTHER: [&str; 6] = ["name", "seed", "thresholds", "validity", "mock", "version"];
    let mut tree = tree.clone();
    if let Value::Mapping(map) = &mut tree {
        map.retain(|key, _| key.as_str().is_none_or(|key| !OTHER.contains(&key)));
    }
    serde_yaml::to_string(&tree)
}

/// The message without the path before it and the place after it.
fn plain(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    let message = match error.location() {
        Some(at) => {
            let tail = format!(" at line {} column {}", at.line(), at.column());
            message.replace(&tail, "")
        }
        None => message,
    };
    match message.split_once(": ") {
        Some((path, rest)) if !path.contains([' ', '`', '"']) => rest.to_owned(),
        _ => message,
    }
}

/// What Twilio calls otherwise than we do: too far apart to be taken for a slip.
const OTHERWISE: [(&str, &str); 1] = [("author", "from")];

/// serde's words, turned into ours: `(message, help)`.
fn reword(message: &str) -> (String, Option<String>) {
    if let Some((what, expected)) = message.split_once(", expected ")
        && let Some(wrong) = what.strip_prefix("unknown ").and_then(|what| what.split('`').nth(1))
    {
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let twin = OTHERWISE.iter().find(|(name, ours)| *name == wrong && known.contains(ours));
        let near = || suggest::nearest(wrong, known.iter().copied());
        let help = match twin.map(|(_, ours)| *ours).or_else(near) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", suggest::list(known)),
        };
        return (what.to_owned(), Some(help));
    }
    let wrong = message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: "));
    if let Some((seen, expected)) = wrong.and_then(|rest| rest.split_once(", expected ")) {
        let seen = match seen {
            "unit value" => "nothing".to_owned(),
            "map" => "a map".to_owned(),
            "sequence" => "a list".to_owned(),
            other => other
                .replace("string ", "text ")
                .replace("floating point", "number")
                .replace("integer", "number"),
        };
        let expected = match expected {
            "u16" | "u32" | "u64" | "usize" => "a whole number",
            "a boolean" => "`true` or `false`",
            other => other,
        };
        return (format!("{seen} where {expected} is wanted"), None);
    }
    match message.split_once("; did you mean ") {
        Some((what, meant)) => (what.to_owned(), Some(format!("did you mean {meant}"))),
        None => (message.to_owned(), None),
    }
}

impl Source {
    /// An error of the typed parse, whose places are those of `map`.
    fn typing(&self, map: &SourceMap, error: &serde_yaml::Error) -> Diagnostic {
        let (message, help) = reword(&plain(error));
        let at = error.location().map(|at| (at.line(), at.column()));
        let path = at.and_then(|(line, column)| map.path_at(line, column));
        let diagnostic = match path {
            Some((path, true)) => self.at_key(path, message),
            Some((path, false)) => self.at(path, message),
            None => {
                let place =
                    at.filter(|_| self.overrides.is_empty()).map(|(line, column)| map.place_at(line, column));
                self.error(place, message)
            }
        };
        Diagnostic { help: help.or(diagnostic.help), ..diagnostic }
    }

    fn error(&self, place: Option<Place>, message: String) -> Diagnostic {
        Diagnostic { severity: Severity::Error, origin: self.name.clone(), place, message, help: None }
    }

    /// The override that a path lies in; the last one counts.
    fn overridden(&self, path: &str) -> Option<&str> {
        let under = |over: &str| {
            path.strip_prefix(over).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.overrides.iter().rev().find(|(over, _)| under(over)).map(|(_, text)| text.as_str())
    }

    /// The override that brought the path into being: one that lies below it, where the file has nothing.
    fn made(&self, path: &str) -> Option<&str> {
        if path.is_empty() || self.written.key(path).is_some() {
            return None;
        }
        let below = |over: &str| over.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
        self.overrides.iter().rev().find(|(over, _)| below(over)).map(|(_, text)| text.as_str())
    }

    fn placed(&self, path: &str, message: String, place: impl Fn(&SourceMap) -> Option<Place>) -> Diagnostic {
        match self.overridden(path).or_else(|| self.made(path)) {
            Some(option) => Diagnostic { origin: format!("--set {option}"), ..self.error(None, message) },
            None => self.error(place(&self.written), message),
        }
    }

    /// An error at a value.
    pub(crate) fn at(&self, path: &str, message: String) -> Diagnostic {
        self.placed(path, message, |map| map.value(path))
    }

    /// An error at the key that a value stands under.
    pub(crate) fn at_key(&self, path: &str, message: String) -> Diagnostic {
        self.placed(path, message, |map| map.key(path))
    }

    /// An error at a part of a text, given in bytes.
    pub(super) fn at_part(
        &self,
        path: &str,
        text: &str,
        part: &std::ops::Range<usize>,
        message: String,
    ) -> Diagnostic {
        self.placed(path, message, |map| map.part(path, text, part).or_else(|| map.value(path)))
    }
}

/// One value alone, for tests of what is written in a scenario.
fn too_short(length: usize) -> String {
    match length {
        1 => "there is only 1 entry, and its number is 0".to_owned(),
        _ => format!("there are only {length} entries, counted from 0"),
    }
}

#[cfg(test)]
pub(crate) fn parse_fragment<T: DeserializeOwned>(text: &str) -> Result<T, impl std::error::Error> {
    serde_yaml::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_reaches_into_maps_and_lists() {
        let mut tree: Value = serde_yaml::from_str("a: { b: [1, { c: 2 }] }").unwrap();
        for over in ["a.b.0=7", "a.b[1].c=x", "a.new.deep={ y: 1 }"] {
            over.parse::<Override>().unwrap().apply(&mut tree).unwrap();
        }
        let expected: Value =
            serde_yaml::from_str("a: { b: [7, { c: x }], new: { deep: { y: 1 } } }").unwrap();
        assert_eq!(tree, expected);
    }

    #[test]
    fn an_override_that_leads_nowhere_is_refused() {
        let mut tree: Value = serde_yaml::from_str("a: [1]").unwrap();
        for (over, says) in [("a.5=1", "only 1 entry"), ("a.x=1", "asked of a list"), ("a.0.b=1", "no map")] {
            let error = over.parse::<Override>().unwrap().apply(&mut tree).unwrap_err();
            assert!(error.contains(says), "{over}: {error}");
        }
        for (over, says) in [("a", "has no `=`"), ("=1", "not a path"), ("a=[", "not a YAML value")] {
            let error = over.parse::<Override>().unwrap_err().to_string();
            assert!(error.contains(says), "{over}: {error}");
        }
    }

    #[test]
    fn serdes_words_become_ours() {
        let (message, help) = reword("unknown field `cuont`, expected one of `count`, `from`");
        assert_eq!(
            (message.as_str(), help.as_deref()),
            ("unknown field `cuont`", Some("did you mean `count`?"))
        );
        let (_, help) = reword("unknown field `zebra`, expected `count` or `from`");
        assert_eq!(help.as_deref(), Some("there are `count` or `from`"));
        assert_eq!(reword("invalid type: unit value, expected text").0, "nothing where text is wanted");
    }
}
