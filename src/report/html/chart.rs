//! A chart of lines. They differ in colour *and* in how they are dashed.
//!
//! A line ends where nothing is known and begins again behind it; values that lie above everything, as a percentile
//! among failures does, are marked along the top. Each line carries the words of its points for whoever points at
//! them; that is the script's work and nothing else needs it.

use std::io::{self, Write};

use super::figure::{Figure, Key};
use super::frame::{Frame, Limit, Mark};
use super::scale::{Scale, Unit};
use super::text::Text;

/// A chart.
pub(super) struct Chart {
    pub(super) title: String,
    /// What the axis upwards measures, in words.
    pub(super) upwards: &'static str,
    pub(super) x: Unit,
    /// How far the axis to the right goes at least.
    pub(super) until: f64,
    pub(super) y: Unit,
    pub(super) lines: Vec<Line>,
    /// What the area between the first two lines is.
    pub(super) between: Between,
    pub(super) limits: Vec<Limit>,
    pub(super) marks: Vec<Mark>,
}

/// The area between the first two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// It is nothing.
    Empty,
    /// It is what lies between.
    Filled,
    /// It is something of its own, with a name.
    Named(&'static str),
}

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<Point>,
}

/// A value that holds from one place to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) from: f64,
    pub(super) until: f64,
    pub(super) y: Seen,
}

/// What is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Seen {
    /// A value.
    At(f64),
    /// It lies above everything.
    Beyond,
    /// Nothing.
    Nothing,
}

impl Seen {
    pub(super) fn or_beyond(value: Option<f64>) -> Self {
        value.map_or(Self::Beyond, Self::At)
    }

    pub(super) fn or_nothing(value: Option<f64>) -> Self {
        value.map_or(Self::Nothing, Self::At)
    }
}

impl Point {
    fn middle(&self) -> f64 {
        f64::midpoint(self.from, self.until)
    }

    fn words(&self, x: &Scale) -> String {
        let [from, until] = [self.from, self.until].map(|end| x.words(end));
        // A second is called by its end; what is longer by both.
        if self.until - self.from < 1.5 { until } else { format!("{from}–{until}") }
    }

    fn value_words(&self, y: &Scale) -> String {
        match self.y {
            Seen::At(value) => y.words(value),
            Seen::Beyond => "failed".to_owned(),
            Seen::Nothing => "–".to_owned(),
        }
    }
}

impl Chart {
    fn frame(&self) -> Frame {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let values = points().filter_map(|point| match point.y {
            Seen::At(value) => Some(value),
            Seen::Beyond | Seen::Nothing => None,
        });
        let values: Vec<f64> = values.chain(self.limits.iter().map(|limit| limit.value)).collect();
        Frame {
            x: Scale::of(self.x, points().map(|point| point.until).chain([self.until])),
            y: Scale::of(self.y, values.into_iter()),
        }
    }

    /// Writes it as a figure; `id` is its own on the page.
    pub(super) fn write(&self, id: &str, out: &mut dyn Write) -> io::Result<()> {
        let frame = self.frame();
        let lines = self.lines.iter().enumerate().map(|(nth, line)| (Key::Line(nth), line.name.as_str()));
        let between = match self.between {
            Between::Named(name) => Some((Key::Between, name)),
            Between::Empty | Between::Filled => None,
        };
        let failed = |line: &&Line| line.points.iter().any(|point| point.y == Seen::Beyond);
        let failed: Vec<&str> = self.lines.iter().filter(failed).map(|line| line.name.as_str()).collect();
        // From the top as they are drawn.
        let says = format!("{} among the failures", failed.join(", "));
        let beyond = (!failed.is_empty()).then_some((Key::Beyond, says.as_str()));
        let first = if self.x == Unit::Clock { "Time" } else { "Percentile" };
        let figure = Figure {
            id,
            title: &self.title,
            upwards: self.upwards,
            keys: lines.chain(between).chain(beyond).collect(),
            words: self.lines.iter().map(|line| line.says(&frame)).collect(),
            limits: &self.limits,
            marks: &self.marks,
            columns: std::iter::once(first).chain(self.lines.iter().map(|line| line.name.as_str())).collect(),
            rows: self.rows(&frame),
        };
        figure.write(&frame, out, |out| {
            if self.between != Between::Empty {
                self.area(&frame, out)?;
            }
            // The first is solid; those that are dashed lie on it and leave it to be seen.
            for (nth, line) in self.lines.iter().enumerate() {
                let same = nth > 0 && line.lies_as(&self.lines[0]);
                line.write(nth, same, &frame, out)?;
            }
            Ok(())
        })
    }

    /// The values as a table: a row for each point of the first line, with those of the others at that place.
    fn rows(&self, frame: &Frame) -> Vec<Vec<String>> {
        let Some(first) = self.lines.first() else { return Vec::new() };
        let row = |point: &Point| {
            let at = |line: &Line| {
                let here = |other: &&Point| other.from <= point.middle() && point.middle() <= other.until;
                line.points
                    .iter()
                    .find(here)
                    .map_or_else(|| "–".to_owned(), |other| other.value_words(&frame.y))
            };
            std::iter::once(point.words(&frame.x)).chain(self.lines.iter().map(at)).collect()
        };
        first.points.iter().map(row).collect()
    }

    /// The area between the first two lines, as far as both have values at the same places.
    fn area(&self, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
        let [upper, lower, ..] = &self.lines[..] else { return Ok(()) };
        let both: Vec<(f64, Option<(f64, f64)>)> = upper
            .points
            .iter()
            .zip(&lower.points)
            .map(|(one, two)| match (one.y, two.y) {
                (Seen::At(y1), Seen::At(y2)) => (one.middle(), Some((y1, y2))),
                _ => (one.middle(), None),
            })
            .collect();
        for piece in both.split(|(_, values)| values.is_none()).filter(|piece| piece.len() > 1) {
            let ends = || piece.iter().filter_map(|(x, values)| values.map(|(y1, y2)| (*x, y1, y2)));
            write!(out, "<path class=\"between\" d=\"M")?;
            for (x, y, _) in ends() {
                write!(out, "{:.1} {:.1} ", frame.x(x), frame.y(y))?;
            }
            for (x, _, y) in ends().rev() {
                write!(out, "{:.1} {:.1} ", frame.x(x), frame.y(y))?;
            }
            writeln!(out, "z\"/>")?;
        }
        Ok(())
    }
}

impl Line {
    /// What it shows, in a sentence.
    fn says(&self, frame: &Frame) -> String {
        let values = || {
            self.points.iter().filter_map(|point| match point.y {
                Seen::At(value) => Some(value),
                Seen::Beyond | Seen::Nothing => None,
            })
        };
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        let beyond = self.points.iter().filter(|point| point.y == Seen::Beyond).count();
        let mut words = if low.is_finite() {
            format!("{}: from {} to {}.", self.name, frame.y.words(low), frame.y.words(high))
        } else {
            format!("{}: no values.", self.name)
        };
        if beyond > 0 {
            words.push_str(&format!(" {beyond} points fall among the failures."));
        }
        words
    }

    fn known(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().filter(|point| point.y != Seen::Nothing)
    }

    /// Whether its points are where another's are.
    fn lies_as(&self, other: &Self) -> bool {
        let place = |point: &Point| (point.from, point.until);
        self.known().map(place).eq(other.known().map(place))
    }

    /// Writes it; where its points are `same` as the first line's, their places are written there.
    fn write(&self, nth: usize, same: bool, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
        if self.known().next().is_none() {
            return Ok(());
        }
        write!(out, "<g class=\"series\" data-nth=\"{nth}\" data-name=\"{}\" data-y=\"", Text(&self.name))?;
        each(self.known(), ' ', out, |point, out| write!(out, "{}", point.value_words(&frame.y)))?;
        if !same {
            write!(out, "\" data-at=\"")?;
            each(self.known(), ' ', out, |point, out| write!(out, "{:.1}", frame.x(point.middle())))?;
            write!(out, "\" data-x=\"")?;
            each(self.known(), ' ', out, |point, out| write!(out, "{}", point.words(&frame.x)))?;
        }
        write!(out, "\">")?;
        for piece in self.points.chunk_by(joins) {
            self.piece(piece, nth, frame, out)?;
        }
        writeln!(out, "</g>")
    }

    /// A piece without a gap: a line, a dot where there is one value only, a bar along the top where it lies above
    /// everything.
    fn piece(&self, piece: &[Point], nth: usize, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
        let (Some(first), Some(last)) = (piece.first(), piece.last()) else { return Ok(()) };
        let Seen::At(y) = first.y else {
            if first.y == Seen::Nothing {
                return Ok(());
            }
            let (from, until) = (frame.x(first.from), frame.x(last.until));
            // A title is what a picture says of a part of it.
            return write!(
                out,
                "<rect class=\"beyond\" x=\"{from:.1}\" y=\"{:.0}\" width=\"{:.1}\" height=\"4\"><title>{} failed</title></rect>",
                Frame::beyond(nth),
                (until - from).max(4.0),
                Text(&self.name)
            );
        };
        let (x, y) = (frame.x(first.middle()), frame.y(y));
        if piece.len() == 1 {
            return write!(out, "<circle class=\"dot l{nth}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>");
        }
        write!(out, "<path class=\"line l{nth}\" d=\"M")?;
        each(piece.iter(), ' ', out, |point, out| {
            let Seen::At(value) = point.y else { return Ok(()) };
            write!(out, "{:.1} {:.1}", frame.x(point.middle()), frame.y(value))
        })?;
        write!(out, "\"/>")
    }
}

/// Whether the line goes on from one point to the next: both are of one kind, and no long silence lies between.
fn joins(one: &Point, next: &Point) -> bool {
    let longest = (one.until - one.from).max(next.until - next.from);
    // What has no length is no stretch of time, and nothing is silent between.
    let silent = longest > 0.0 && next.from - one.until > 5.0 * longest.max(1.0);
    std::mem::discriminant(&one.y) == std::mem::discriminant(&next.y) && !silent
}

/// Writes something of each, with a separator between.
pub(super) fn each<T>(
    items: impl Iterator<Item = T>,
    between: char,
    out: &mut dyn Write,
    one: impl Fn(T, &mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    for (nth, item) in items.enumerate() {
        if nth > 0 {
            write!(out, "{between}")?;
        }
        one(item, out)?;
    }
    Ok(())
}
