//! What every picture has around it: a title, a legend, words for those who do not see it, its values as a table.

use std::fmt;
use std::io::{self, Write};

use super::frame::{Frame, HEIGHT, Limit, Mark, WIDTH};
use super::table::{Cell, Column, Table};
use super::text::Text;
use crate::words;

/// Rows of the table of values; a page stays a page.
const ROWS: usize = 20;

/// A picture's surroundings.
pub(super) struct Figure<'a> {
    /// Its own on the page.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// What the axis upwards measures, in words.
    pub(super) upwards: &'a str,
    /// What is drawn, in order: how its sample looks, and its name.
    pub(super) keys: Vec<(Key, &'a str)>,
    /// Each thing drawn in a sentence.
    pub(super) words: Vec<String>,
    pub(super) limits: &'a [Limit],
    pub(super) marks: &'a [Mark],
    /// What is in each column of the table of values, and the rows.
    pub(super) columns: Vec<&'a str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// How something looks in the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The line of that number.
    Line(usize),
    /// The layer of that number.
    Layer(usize),
    /// The area between two lines.
    Between,
    /// Values above everything.
    Beyond,
}

/// A sample of how something looks.
pub(super) struct Swatch(pub(super) Key);

impl fmt::Display for Swatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<svg class=\"swatch\" viewBox=\"0 0 28 12\" aria-hidden=\"true\">")?;
        match self.0 {
            Key::Line(nth) => write!(f, "<path class=\"line l{nth}\" d=\"M0 6H28\"/>"),
            Key::Layer(nth) => write!(f, "<rect class=\"layer l{nth}\" width=\"28\" height=\"12\"/>"),
            Key::Between => f.write_str("<rect class=\"between\" width=\"28\" height=\"12\"/>"),
            Key::Beyond => f.write_str("<rect class=\"beyond\" y=\"4\" width=\"28\" height=\"4\"/>"),
        }?;
        f.write_str("</svg>")
    }
}

impl Figure<'_> {
    /// Writes the figure with the picture that `draw` makes.
    pub(super) fn write(
        self,
        frame: &Frame,
        out: &mut dyn Write,
        draw: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let (id, title) = (self.id, Text(self.title));
        writeln!(out, "<figure>\n<figcaption><h3>{title}</h3>")?;
        self.legend(frame, out)?;
        writeln!(
            out,
            "</figcaption>\n<div class=\"plot\"><svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-labelledby=\"{id}-t\" aria-describedby=\"{id}-d\">\n<title id=\"{id}-t\">{title}</title>\n\
             <desc id=\"{id}-d\">{}</desc>",
            Text(&self.says())
        )?;
        frame.axes(out)?;
        frame.marks(self.marks, out)?;
        draw(out)?;
        frame.limits(self.limits, out)?;
        writeln!(out, "</svg></div>")?;
        self.values(out)?;
        writeln!(out, "</figure>")
    }

    fn legend(&self, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
        let scale = if frame.y.is_log() { ", logarithmic" } else { "" };
        write!(out, "<p class=\"legend\"><span class=\"axis\">{}{scale}</span>", Text(self.upwards))?;
        for (key, name) in &self.keys {
            write!(out, " <span class=\"key\">{}{}</span>", Swatch(*key), Text(name))?;
        }
        writeln!(out, "</p>")
    }

    /// What the picture shows, for those who do not see it.
    fn says(&self) -> String {
        let limits = self.limits.iter().map(|limit| format!("Limit: {}.", limit.says));
        let at = |mark: &Mark| format!("{} at {}", mark.what, words::clock(mark.at));
        let marks: Vec<String> = self.marks.iter().map(at).collect();
        let marks = (!marks.is_empty()).then(|| format!("Meanwhile: {}.", marks.join(", ")));
        self.words.iter().cloned().chain(limits).chain(marks).collect::<Vec<_>>().join(" ")
    }

    /// Some of the values, evenly picked: never averages, which would be values nobody measured.
    fn values(&self, out: &mut dyn Write) -> io::Result<()> {
        let each = self.rows.len().div_ceil(ROWS).max(1);
        let picked = self.rows.iter().step_by(each);
        let caption = match each {
            1 => format!("{}, all values", self.title),
            _ => format!("{}, one in {each} of {} values", self.title, self.rows.len()),
        };
        let kind = |nth| if nth == 0 { Column::Head } else { Column::Number };
        let columns: Vec<(&str, Column)> =
            self.columns.iter().enumerate().map(|(nth, name)| (*name, kind(nth))).collect();
        let cells = |row: &Vec<String>| row.iter().map(|cell| Cell::from(cell.as_str())).collect();
        writeln!(
            out,
            "<details><summary>Values<span class=\"unseen\"> of {}</span></summary>",
            Text(self.title)
        )?;
        Table { caption: &caption, columns: &columns, rows: picked.map(cells).collect() }.write(out)?;
        writeln!(out, "</details>")
    }
}
