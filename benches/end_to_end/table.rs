//! The table that is printed.

use std::fmt::Write as _;

use crate::usage;

/// What a figure is counted in.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Microseconds,
    Milliseconds,
    Kibibytes,
    Mebibytes,
    Percent,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::Kibibytes => "KiB",
            Self::Mebibytes => "MiB",
            Self::Percent => "%",
        }
    }

    fn of(self, value: f64) -> String {
        let digits = if value.abs() < 10.0 { 2 } else { usize::from(value.abs() < 100.0) };
        format!("{value:.digits$} {}", self.name())
    }
}

/// A limit of a figure.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// So many times the floor.
    Times(f64),
    /// So much.
    Is(f64),
}

/// One figure.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    /// What the floor does; empty where there is none.
    pub(crate) floor_is: &'static str,
    pub(crate) unit: Unit,
    pub(crate) ours: f64,
    pub(crate) floor: Option<f64>,
    /// What it should not be above.
    pub(crate) reach: Option<Bound>,
    /// What it would be a defect to be above.
    pub(crate) defect: Option<Bound>,
}

impl Row {
    fn ratio(&self) -> Option<f64> {
        self.floor.map(|floor| self.ours / floor)
    }

    fn bound(&self, bound: Option<Bound>) -> String {
        match bound {
            Some(Bound::Times(times)) => format!("{times}×"),
            Some(Bound::Is(value)) => format!("{value} {}", self.unit.name()),
            None => String::new(),
        }
    }

    fn is_above(&self, bound: Option<Bound>) -> bool {
        match bound {
            Some(Bound::Times(times)) => self.ratio().is_some_and(|ratio| ratio > times),
            Some(Bound::Is(value)) => self.ours > value,
            None => false,
        }
    }

    fn judged(&self) -> &'static str {
        if self.is_above(self.defect) {
            "defect"
        } else if self.is_above(self.reach) {
            "missed"
        } else if self.reach.is_some() {
            "reached"
        } else {
            ""
        }
    }

    fn cells(&self) -> [String; 7] {
        let floor = self.floor.map(|floor| self.unit.of(floor)).unwrap_or_default();
        [
            self.what.to_owned(),
            self.ratio().map(|ratio| format!("{ratio:.2}×")).unwrap_or_default(),
            self.unit.of(self.ours),
            [floor.as_str(), self.floor_is].join(if self.floor_is.is_empty() { "" } else { " " }),
            self.bound(self.reach),
            self.bound(self.defect),
            self.judged().to_owned(),
        ]
    }
}

const HEAD: [&str; 7] = ["", "of its floor", "flexload", "floor", "reach", "a defect above", ""];

/// How the table is printed.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Text,
    Markdown,
}

/// All figures.
pub(crate) struct Table {
    machine: String,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { machine: usage::machine(), rows: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Something to know about the figures.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    pub(crate) fn print(&self, form: Form) -> String {
        let head = HEAD.map(str::to_owned);
        let cells: Vec<[String; 7]> = std::iter::once(head).chain(self.rows.iter().map(Row::cells)).collect();
        let mut widths = [0; 7];
        for row in &cells {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let between = match form {
            Form::Text => "  ",
            Form::Markdown => " | ",
        };
        let mut out = String::new();
        for (line, row) in cells.iter().enumerate() {
            let cell = |(cell, width): (&String, &usize)| format!("{cell:<width$}");
            let text = row.iter().zip(&widths).map(cell).collect::<Vec<_>>().join(between);
            // Writing into a String cannot fail.
            let _ = match form {
                Form::Text => writeln!(out, "{}", text.trim_end()),
                Form::Markdown => writeln!(out, "| {text} |"),
            };
            if line == 0 && matches!(form, Form::Markdown) {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                let _ = writeln!(out, "| {} |", rule.join(between));
            }
        }
        let _ = writeln!(out, "\nflexload {}, {}.", env!("CARGO_PKG_VERSION"), self.machine);
        for note in &self.notes {
            let _ = writeln!(out, "{note}");
        }
        out
    }
}
