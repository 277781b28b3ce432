//! A table with a caption, headed columns and headed rows.

use std::io::{self, Write};

use super::text::Text;

/// What is in a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// The row's name.
    Head,
    /// Words.
    Words,
    /// A number, set to the right.
    Number,
}

/// A table; rows have as many cells as there are columns.
pub(super) struct Table<'a> {
    pub(super) caption: &'a str,
    pub(super) columns: &'a [(&'a str, Column)],
    pub(super) rows: Vec<Vec<Cell>>,
}

/// What is in a cell.
pub(super) struct Cell {
    text: String,
    class: &'static str,
    /// A bar in front of the text: its share of the whole width.
    bar: Option<f64>,
}

impl Cell {
    /// A cell that looks like what it says: `good`, `bad`, `unsure`.
    pub(super) fn marked(class: &'static str, text: &str) -> Self {
        Self { text: text.to_owned(), class, bar: None }
    }

    /// A cell with a bar as long as this share of its room; its words are in another cell.
    pub(super) fn bar(share: f64) -> Self {
        Self { text: String::new(), class: "bar", bar: Some(share) }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), class: "", bar: None }
    }
}

impl Table<'_> {
    /// Writes it. On a narrow screen it scrolls by itself, also by keyboard.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let caption = Text(self.caption);
        writeln!(out, "<div class=\"wide\" role=\"group\" tabindex=\"0\" aria-label=\"{caption}\">")?;
        write!(out, "<table>\n<caption>{caption}</caption>\n<thead><tr>")?;
        for (name, column) in self.columns {
            write!(out, "<th scope=\"col\"{}>{}</th>", side(*column), Text(name))?;
        }
        writeln!(out, "</tr></thead>\n<tbody>")?;
        for row in &self.rows {
            write!(out, "<tr>")?;
            for (cell, (_, column)) in row.iter().zip(self.columns) {
                if let Some(share) = cell.bar {
                    let width = share.clamp(0.0, 1.0) * 100.0;
                    write!(
                        out,
                        "<td class=\"bar\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
                         <rect class=\"whole\" width=\"100\" height=\"10\"/><rect class=\"part\" width=\"{width:.2}\" height=\"10\"/>\
                         </svg></td>"
                    )?;
                    continue;
                }
                let text = Text(&cell.text);
                match (column, cell.class) {
                    (Column::Head, _) => write!(out, "<th scope=\"row\">{text}</th>")?,
                    (column, "") => write!(out, "<td{}>{text}</td>", side(*column))?,
                    (_, class) => write!(out, "<td class=\"{class}\">{text}</td>")?,
                }
            }
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "</tbody>\n</table>\n</div>")
    }
}

fn side(column: Column) -> &'static str {
    if column == Column::Number { " class=\"number\"" } else { "" }
}
