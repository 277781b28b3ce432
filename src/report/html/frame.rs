//! Where things are on a picture: two axes, lines across for limits, lines upwards for what happened meanwhile.

use std::io::{self, Write};

use super::scale::Scale;
use super::text::Text;

pub(super) const WIDTH: f64 = 480.0;
pub(super) const HEIGHT: f64 = 250.0;
const LEFT: f64 = 54.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 28.0;

/// The room that the name of an event takes for each of its letters, and how many rows of names there are.
const LETTER: f64 = 7.0;
const ROWS: usize = 2;

/// Something that happened while values went on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) at: f64,
    pub(super) what: String,
}

/// A line across that values are held against.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    pub(super) value: f64,
    pub(super) says: String,
}

/// Two axes.
pub(super) struct Frame {
    pub(super) x: Scale,
    pub(super) y: Scale,
}

impl Frame {
    pub(super) fn x(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }

    /// Where the row for values that lie above everything is, the first of them on top.
    pub(super) fn beyond(nth: usize) -> f64 {
        TOP + 2.0 + 7.0 * nth as f64
    }

    /// The axes with their ticks.
    pub(super) fn axes(&self, out: &mut dyn Write) -> io::Result<()> {
        let (floor, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        write!(out, "<g class=\"axes\" aria-hidden=\"true\">")?;
        for tick in self.y.ticks() {
            let y = self.y(tick);
            write!(
                out,
                "<path d=\"M{LEFT} {y:.1}H{right}\"/><text class=\"up\" x=\"{:.0}\" y=\"{:.1}\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                self.y.tick_words(tick)
            )?;
        }
        for tick in self.x.ticks() {
            let x = self.x(tick);
            write!(
                out,
                "<path d=\"M{x:.1} {floor}v4\"/><text x=\"{x:.1}\" y=\"{:.0}\">{}</text>",
                floor + 19.0,
                self.x.tick_words(tick)
            )?;
        }
        writeln!(out, "</g>")
    }

    /// What happened meanwhile. A name that finds no room is left to the picture's words.
    pub(super) fn marks(&self, marks: &[Mark], out: &mut dyn Write) -> io::Result<()> {
        if marks.is_empty() {
            return Ok(());
        }
        let floor = HEIGHT - BOTTOM;
        let mut taken = [0.0; ROWS];
        write!(out, "<g class=\"marks\" aria-hidden=\"true\">")?;
        for Mark { at, what } in marks {
            let (x, room) = (self.x(*at), what.chars().count() as f64 * LETTER + 8.0);
            let row = taken.iter().position(|end| x >= *end);
            let top = TOP - 8.0 - 13.0 * row.unwrap_or(0) as f64;
            write!(out, "<path d=\"M{x:.1} {top:.0}V{floor}\"/>")?;
            let Some(row) = row else { continue };
            // Beside its line, on the side where there is room.
            let (class, beside, end) =
                if x + room > WIDTH { ("before", -3.0, x) } else { ("after", 3.0, x + room) };
            taken[row] = end;
            write!(
                out,
                "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.0}\">{}</text>",
                x + beside,
                top + 3.0,
                Text(what)
            )?;
        }
        writeln!(out, "</g>")
    }

    /// The limits, each with its words; names of limits that lie close stand beside each other.
    pub(super) fn limits(&self, limits: &[Limit], out: &mut dyn Write) -> io::Result<()> {
        let right = WIDTH - RIGHT;
        for (nth, Limit { value, says }) in limits.iter().enumerate() {
            let y = self.y(*value);
            writeln!(
                out,
                "<g class=\"limit\" aria-hidden=\"true\"><path d=\"M{LEFT} {y:.1}H{right}\"/>\
                 <text x=\"{:.0}\" y=\"{:.1}\">limit {}</text></g>",
                right - 2.0 - 120.0 * (nth % 3) as f64,
                y - 5.0,
                Text(says)
            )?;
        }
        Ok(())
    }
}
