//! Where everything stands: a first pass over the file that maps each path to its line and column.
//!
//! The typed parse cannot tell where a value stood once it is read, so whatever is checked afterwards (metrics,
//! variables, columns) is placed by this map. The same pass refuses what the scenario language leaves out of
//! YAML, with a better place than the typed parse would give: tags, merge keys, duplicate keys, several documents,
//! and anything nested or aliased beyond reason.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::diagnostic::Place;

/// How deep maps and lists may nest.
const DEEPEST: usize = 64;
/// How many aliases a file may have.
const MOST_ALIASES: usize = 100;

/// One value of the file.
#[derive(Debug, Clone)]
struct Node {
    path: String,
    /// The key it stands under; for list items, and where a key is not what an error is about, the value counts.
    key: Option<Span>,
    value: Span,
    quoted: bool,
}

/// Every value of the file, by path and by where it begins.
#[derive(Debug, Default)]
pub(super) struct SourceMap {
    lines: Vec<String>,
    nodes: Vec<Node>,
    by_path: HashMap<String, usize>,
    by_start: HashMap<(usize, usize), usize>,
}

/// What the first pass refuses.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// A map or a list that is open while the events pass.
enum Open {
    Map { path: String, seen: HashMap<String, usize>, key: Option<(String, Span)> },
    List { path: String, next: usize },
}

struct Builder {
    map: SourceMap,
    open: Vec<Open>,
    aliases: usize,
    documents: usize,
}

impl SourceMap {
    /// Reads the text once.
    pub(super) fn of(text: &str) -> Result<SourceMap, Refused> {
        let lines = text.lines().map(str::to_owned).collect();
        let map = SourceMap { lines, ..SourceMap::default() };
        let mut builder = Builder { map, open: Vec::new(), aliases: 0, documents: 0 };
        for event in Parser::new_from_str(text) {
            match event {
                Ok((event, span)) => builder.event(&event, span)?,
                Err(error) => {
                    let marker = error.marker();
                    let place = builder.map.place(marker.line(), marker.col() + 1, 1);
                    return Err(Refused {
                        place,
                        message: format!("not YAML: {}", error.info()),
                        help: None,
                    });
                }
            }
        }
        Ok(builder.map)
    }

    /// The place of a value (or, failing that, of the nearest map or list around it).
    pub(super) fn value(&self, path: &str) -> Option<Place> {
        let node = self.nearest(path)?;
        Some(self.place_of(node.value))
    }

    /// The place of the key a value stands under, or of the value where there is no key.
    pub(super) fn key(&self, path: &str) -> Option<Place> {
        let node = self.nearest(path)?;
        Some(self.place_of(node.key.unwrap_or(node.value)))
    }

    /// The place of a part of a text, given in bytes; all of it when it is not written in one plain piece.
    pub(super) fn part(&self, path: &str, text: &str, part: &std::ops::Range<usize>) -> Option<Place> {
        let node = self.by_path.get(path).map(|index| &self.nodes[*index])?;
        let whole = self.place_of(node.value);
        let offset = usize::from(node.quoted);
        let written: String = whole.source.chars().skip(whole.column - 1 + offset).collect();
        if !written.starts_with(text) {
            return Some(whole);
        }
        let column = whole.column + offset + text[..part.start].chars().count();
        Some(Place { column, length: text[part.clone()].chars().count(), ..whole })
    }

    /// The path of what begins there, for errors of the typed parse: `(path, whether it is a key)`.
    pub(super) fn path_at(&self, line: usize, column: usize) -> Option<(&str, bool)> {
        let node = &self.nodes[*self.by_start.get(&(line, column))?];
        let is_key = node.key.is_some_and(|key| (key.start.line(), key.start.col() + 1) == (line, column));
        Some((&node.path, is_key))
    }

    /// A place by its numbers.
    pub(super) fn place(&self, line: usize, column: usize, length: usize) -> Place {
        let source = self.lines.get(line.saturating_sub(1)).cloned().unwrap_or_default();
        Place { line: line.max(1), column: column.max(1), length, source }
    }

    /// The place of what begins there, with the length of the key or value that does.
    pub(super) fn place_at(&self, line: usize, column: usize) -> Place {
        match self.path_at(line, column) {
            Some((path, true)) => self.key(path),
            Some((path, false)) => self.value(path),
            None => None,
        }
        .filter(|place| (place.line, place.column) == (line, column))
        .unwrap_or_else(|| self.place(line, column, 1))
    }

    fn nearest(&self, path: &str) -> Option<&Node> {
        let mut path = path;
        loop {
            if let Some(index) = self.by_path.get(path) {
                return self.nodes.get(*index);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }

    fn place_of(&self, span: Span) -> Place {
        // A value over several lines is underlined on its first.
        let length = if span.end.line() == span.start.line() { span.end.col() - span.start.col() } else { 1 };
        self.place(span.start.line(), span.start.col() + 1, length.max(1))
    }
}

impl Builder {
    fn event(&mut self, event: &Event<'_>, span: Span) -> Result<(), Refused> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.refuse(span, "a second document in one file", "one scenario a file"));
                }
            }
            Event::Scalar(text, style, _, tag) => {
                self.tag(tag.is_some(), span)?;
                let plain = *style == ScalarStyle::Plain;
                if !self.take_key(text, plain, span)? {
                    self.value(span, !plain)?;
                }
            }
            Event::Alias(_) => {
                self.aliases += 1;
                if self.aliases > MOST_ALIASES {
                    return Err(self.refuse(
                        span,
                        "too many aliases",
                        &format!("a scenario has at most {MOST_ALIASES}"),
                    ));
                }
                self.value(span, false)?;
            }
            Event::SequenceStart(_, tag) => {
                self.tag(tag.is_some(), span)?;
                let path = self.value(span, false)?;
                self.push(Open::List { path, next: 0 }, span)?;
            }
            Event::MappingStart(_, tag) => {
                self.tag(tag.is_some(), span)?;
                let path = self.value(span, false)?;
                self.push(Open::Map { path, seen: HashMap::new(), key: None }, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => _ = self.open.pop(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn refuse(&self, span: Span, message: &str, help: &str) -> Refused {
        Refused { place: self.map.place_of(span), message: message.to_owned(), help: Some(help.to_owned()) }
    }

    fn tag(&self, tagged: bool, span: Span) -> Result<(), Refused> {
        if tagged {
            return Err(self.refuse(span, "a YAML tag", "the scenario language has none: leave it out"));
        }
        Ok(())
    }

    fn push(&mut self, open: Open, span: Span) -> Result<(), Refused> {
        if self.open.len() >= DEEPEST {
            return Err(self.refuse(span, "nested too deep", &format!("at most {DEEPEST} levels")));
        }
        self.open.push(open);
        Ok(())
    }

    /// Takes the scalar for the next key of the map that is open, if that is what it is.
    fn take_key(&mut self, text: &str, plain: bool, span: Span) -> Result<bool, Refused> {
        let Some(Open::Map { seen, key: key @ None, .. }) = self.open.last_mut() else { return Ok(false) };
        let line = span.start.line();
        let before = seen.insert(text.to_owned(), line);
        *key = Some((text.to_owned(), span));
        if let Some(before) = before {
            let message = format!("`{text}` is here twice");
            return Err(self.refuse(span, &message, &format!("the first is in line {before}")));
        }
        if plain && text == "<<" {
            return Err(self.refuse(span, "merge keys are not applied", "write the keys out"));
        }
        Ok(true)
    }

    /// Notes a value and says its path.
    fn value(&mut self, value: Span, quoted: bool) -> Result<String, Refused> {
        let (path, key) = match self.open.last_mut() {
            None => (String::new(), None),
            Some(Open::List { path, next }) => {
                let path = format!("{path}[{next}]");
                *next += 1;
                (path, None)
            }
            Some(Open::Map { path, key, .. }) => match key.take() {
                Some((key, span)) if path.is_empty() => (key, Some(span)),
                Some((key, span)) => (format!("{path}.{key}"), Some(span)),
                None => return Err(self.refuse(value, "a key that is not text", "keys are words")),
            },
        };
        let index = self.map.nodes.len();
        let start = |span: Span| (span.start.line(), span.start.col() + 1);
        self.map.by_start.entry(start(value)).or_insert(index);
        if let Some(key) = key {
            // A block map begins where its first key does; the key is the better thing to underline.
            self.map.by_start.insert(start(key), index);
        }
        self.map.by_path.insert(path.clone(), index);
        self.map.nodes.push(Node { path: path.clone(), key, value, quoted });
        Ok(path)
    }
}
