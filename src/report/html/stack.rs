//! A chart of layers on top of each other: what something is made of, over time.
//!
//! Layers differ in colour *and* in their hatching.

use std::io::{self, Write};

use super::chart::each;
use super::figure::{Figure, Key};
use super::frame::{Frame, Mark};
use super::scale::{Scale, Unit};
use super::text::Text;
use crate::words::clock;

/// Layers that can be told apart.
pub(super) const LAYERS: usize = 6;

/// A chart of layers, which are rates over time.
pub(super) struct Stack {
    pub(super) title: String,
    /// From when to when each value holds, one after another.
    pub(super) spans: Vec<(f64, f64)>,
    /// The lowest first.
    pub(super) layers: Vec<Layer>,
    pub(super) marks: Vec<Mark>,
}

/// One layer: a value for each span.
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) values: Vec<f64>,
}

impl Stack {
    /// Writes it as a figure; `id` is its own on the page.
    pub(super) fn write(&self, id: &str, out: &mut dyn Write) -> io::Result<()> {
        let tops = self.tops();
        let highest = tops.last().into_iter().flatten().copied();
        let frame = Frame {
            x: Scale::of(Unit::Clock, self.spans.iter().map(|(_, until)| *until)),
            y: Scale::of(Unit::Rate, highest),
        };
        let keys = self.layers.iter().enumerate().map(|(nth, layer)| (Key::Layer(nth), layer.name.as_str()));
        let figure = Figure {
            id,
            title: &self.title,
            upwards: "a second, on top of each other",
            keys: keys.collect(),
            words: self.layers.iter().map(|layer| layer.says(&frame)).collect(),
            limits: &[],
            marks: &self.marks,
            columns: std::iter::once("Time")
                .chain(self.layers.iter().map(|layer| layer.name.as_str()))
                .collect(),
            rows: self.rows(&frame),
        };
        figure.write(&frame, out, |out| {
            let floor = vec![0.0; self.spans.len()];
            let bases = std::iter::once(&floor).chain(&tops);
            for (nth, ((layer, top), base)) in self.layers.iter().zip(&tops).zip(bases).enumerate() {
                self.layer(nth, layer, top, base, &frame, out)?;
            }
            Ok(())
        })
    }

    /// How high each layer reaches.
    fn tops(&self) -> Vec<Vec<f64>> {
        let mut sum = vec![0.0; self.spans.len()];
        let raise = |layer: &Layer| {
            sum.iter_mut().zip(&layer.values).for_each(|(sum, value)| *sum += value);
            sum.clone()
        };
        self.layers.iter().map(raise).collect()
    }

    fn rows(&self, frame: &Frame) -> Vec<Vec<String>> {
        let row = |(nth, (_, until)): (usize, &(f64, f64))| {
            let values = self.layers.iter().map(|layer| frame.y.words(layer.values[nth]));
            std::iter::once(clock(*until)).chain(values).collect()
        };
        self.spans.iter().enumerate().map(row).collect()
    }

    fn layer(
        &self,
        nth: usize,
        layer: &Layer,
        top: &[f64],
        base: &[f64],
        frame: &Frame,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let middle = |(from, until): &(f64, f64)| frame.x(f64::midpoint(*from, *until));
        write!(out, "<g class=\"series\" data-nth=\"{nth}\" data-name=\"{}\" data-y=\"", Text(&layer.name))?;
        each(layer.values.iter(), ' ', out, |value, out| write!(out, "{}", frame.y.words(*value)))?;
        if nth == 0 {
            write!(out, "\" data-at=\"")?;
            each(self.spans.iter(), ' ', out, |span, out| write!(out, "{:.1}", middle(span)))?;
            write!(out, "\" data-x=\"")?;
            each(self.spans.iter(), ' ', out, |(_, until), out| write!(out, "{}", clock(*until)))?;
        }
        write!(out, "\">")?;
        // Only where there is something: a layer is mostly nothing.
        let all: Vec<usize> = (0..self.spans.len()).collect();
        for piece in all.split(|nth| top[*nth] <= base[*nth]).filter(|piece| !piece.is_empty()) {
            let step = |x1: f64, x2: f64, y: f64, out: &mut dyn Write| {
                write!(out, "{:.1} {y:.1} {:.1} {y:.1} ", frame.x(x1), frame.x(x2), y = frame.y(y))
            };
            write!(out, "<path class=\"layer l{nth}\" d=\"M")?;
            for (span, top) in piece.iter().map(|nth| (self.spans[*nth], top[*nth])) {
                step(span.0, span.1, top, out)?;
            }
            for (span, base) in piece.iter().rev().map(|nth| (self.spans[*nth], base[*nth])) {
                step(span.1, span.0, base, out)?;
            }
            write!(out, "z\"/>")?;
        }
        writeln!(out, "</g>")
    }
}

impl Layer {
    fn says(&self, frame: &Frame) -> String {
        let most = self.values.iter().copied().fold(0.0, f64::max);
        format!("{}: at most {} a second.", self.name, frame.y.words(most))
    }
}

/// How layers are hatched, once for the page.
pub(super) fn hatching(out: &mut dyn Write) -> io::Result<()> {
    const LINES: [&str; LAYERS] = [
        "",
        "M-2 2L2 -2M0 8L8 0M6 10L10 6",
        "M0 0L8 8M-2 6L2 10M6 -2L10 2",
        "M4 0V8",
        "M0 4H8",
        "M4 3V5M3 4H5",
    ];
    write!(out, "<svg class=\"unseen\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>")?;
    for (nth, lines) in LINES.iter().enumerate() {
        write!(
            out,
            "<pattern id=\"hatch-{nth}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
             <rect class=\"tint l{nth}\" width=\"8\" height=\"8\"/><path class=\"hatch l{nth}\" d=\"{lines}\"/></pattern>"
        )?;
    }
    writeln!(out, "</defs></svg>")
}
