//! A line chart as SVG: the picture alone, with words for those who do not see it.
//!
//! Lines differ in colour *and* in how they are dashed. Each carries the words of its points for whoever points at
//! them; that is the script's work and nothing else needs it.

use std::io::{self, Write};

use super::scale::{Scale, Unit};
use super::text::Text;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 54.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 26.0;

/// A chart.
pub(super) struct Chart {
    pub(super) title: String,
    /// What the axis upwards measures, in words.
    pub(super) upwards: &'static str,
    pub(super) x: Unit,
    pub(super) y: Unit,
    pub(super) lines: Vec<Line>,
    /// Lines across, each with its words.
    pub(super) limits: Vec<(f64, String)>,
    /// Where something else began.
    pub(super) marks: Vec<(f64, String)>,
}

/// One line.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) points: Vec<Point>,
}

/// A point; without a value it lies above everything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: Option<f64>,
}

/// Where values are on the picture.
struct Frame {
    x: Scale,
    y: Scale,
}

impl Frame {
    fn of(chart: &Chart) -> Self {
        let points = || chart.lines.iter().flat_map(|line| &line.points);
        let values = points().filter_map(|point| point.y).chain(chart.limits.iter().map(|(limit, _)| *limit));
        Self {
            x: Scale::of(chart.x, points().map(|point| point.x)),
            y: Scale::of(chart.y, values.collect::<Vec<_>>().into_iter()),
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }
}

impl Chart {
    /// Writes it as a figure; `id` is its own on the page.
    pub(super) fn write(&self, id: &str, out: &mut dyn Write) -> io::Result<()> {
        let frame = Frame::of(self);
        let title = Text(&self.title);
        let scale = if frame.y.is_log() { ", logarithmic" } else { "" };
        writeln!(out, "<figure>\n<figcaption><h3>{title}</h3>")?;
        write!(out, "<p class=\"legend\"><span class=\"axis\">{}{scale}</span>", self.upwards)?;
        for (nth, line) in self.lines.iter().enumerate() {
            write!(
                out,
                " <span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 28 8\" aria-hidden=\"true\">\
                 <path class=\"line l{nth}\" d=\"M0 4H28\"/></svg>{}</span>",
                Text(line.name)
            )?;
        }
        writeln!(out, "</p></figcaption>")?;
        writeln!(
            out,
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\n\
             <title id=\"{id}-t\">{title}</title>\n<desc id=\"{id}-d\">{}</desc>",
            Text(&self.words(&frame))
        )?;
        self.axes(&frame, out)?;
        self.across(&frame, out)?;
        for (nth, line) in self.lines.iter().enumerate() {
            line.write(nth, &frame, out)?;
        }
        writeln!(out, "</svg>\n</figure>")
    }

    /// What the picture shows, for those who do not see it.
    fn words(&self, frame: &Frame) -> String {
        let line = |line: &Line| {
            let values = || line.points.iter().filter_map(|point| point.y);
            let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
            let beyond = line.points.iter().filter(|point| point.y.is_none()).count();
            let mut words = if low.is_finite() {
                format!("{}: from {} to {}.", line.name, frame.y.words(low), frame.y.words(high))
            } else {
                format!("{}: no values.", line.name)
            };
            if beyond > 0 {
                words.push_str(&format!(" {beyond} points fall among the failures."));
            }
            words
        };
        let limits = self.limits.iter().map(|(_, says)| format!("Limit: {says}."));
        self.lines.iter().map(line).chain(limits).collect::<Vec<_>>().join(" ")
    }

    fn axes(&self, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
        let (floor, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        write!(out, "<g class=\"axes\" aria-hidden=\"true\">")?;
        for tick in frame.y.ticks() {
            let y = frame.y(tick);
            write!(
                out,
                "<path d=\"M{LEFT} {y:.1}H{right}\"/><text class=\"up\" x=\"{:.0}\" y=\"{:.1}\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                frame.y.words(tick)
            )?;
        }
        for tick in frame.x.ticks() {
            let x = frame.x(tick);
            write!(
                out,
                "<path d=\"M{x:.1} {floor}v4\"/><text x=\"{x:.1}\" y=\"{:.0}\">{}</text>",
                floor + 18.0,
                frame.x.words(tick)
            )?;
        }
        for (at, what) in &self.marks {
            let x = frame.x(*at);
            // A name beside its line, on the side where there is room.
            let (class, beside) = if x > WIDTH * 0.8 { ("before", -3.0) } else { ("after", 3.0) };
            write!(
                out,
                "<path class=\"mark\" d=\"M{x:.1} {:.0}V{floor}\"/><text class=\"{class}\" x=\"{:.1}\" y=\"{:.0}\">{}</text>",
                TOP - 12.0,
                x + beside,
                TOP - 8.0,
                Text(what)
            )?;
        }
        writeln!(out, "</g>")
    }

    fn across(&self, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
        for (limit, says) in &self.limits {
            let (y, right) = (frame.y(*limit), WIDTH - RIGHT);
            writeln!(
                out,
                "<g class=\"limit\" aria-hidden=\"true\"><path d=\"M{LEFT} {y:.1}H{right}\"/>\
                 <text x=\"{:.0}\" y=\"{:.1}\">limit {}</text></g>",
                right - 2.0,
                y - 4.0,
                Text(says)
            )?;
        }
        Ok(())
    }
}

impl Line {
    fn write(&self, nth: usize, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
        let seen: Vec<(f64, f64)> =
            self.points.iter().filter_map(|point| Some((point.x, point.y?))).collect();
        if let [(x, y)] = seen[..] {
            writeln!(
                out,
                "<circle class=\"dot l{nth}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>",
                frame.x(x),
                frame.y(y)
            )?;
        }
        if !seen.is_empty() {
            write!(out, "<path class=\"line l{nth}\" data-name=\"{}\" data-x=\"", Text(self.name))?;
            each(&seen, out, |(x, _), out| write!(out, "{}", frame.x.words(x)))?;
            write!(out, "\" data-y=\"")?;
            each(&seen, out, |(_, y), out| write!(out, "{}", frame.y.words(y)))?;
            write!(out, "\" d=\"M")?;
            each(&seen, out, |(x, y), out| write!(out, "{:.1} {:.1}", frame.x(x), frame.y(y)))?;
            writeln!(out, "\"/>")?;
        }
        for point in self.points.iter().filter(|point| point.y.is_none()) {
            let (x, y) = (frame.x(point.x), TOP);
            writeln!(out, "<path class=\"beyond\" d=\"M{:.1} {:.1}l6 6m0 -6l-6 6\"/>", x - 3.0, y - 3.0)?;
        }
        Ok(())
    }
}

/// Writes something of each point, with spaces between.
fn each(
    points: &[(f64, f64)],
    out: &mut dyn Write,
    one: impl Fn((f64, f64), &mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    for (nth, point) in points.iter().enumerate() {
        if nth > 0 {
            write!(out, " ")?;
        }
        one(*point, out)?;
    }
    Ok(())
}
