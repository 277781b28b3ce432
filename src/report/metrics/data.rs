//! Metrics as data: what is told, whatever the form.

use std::borrow::Cow;

use super::names::Metric;
use crate::record::Buckets;

/// A name and a value.
pub(super) type Label = (Cow<'static, str>, String);

/// All metrics of a run at one moment.
#[derive(Debug)]
pub struct Metrics {
    pub(super) run: Run,
    pub(super) families: Vec<Family>,
}

/// Which run it is.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) scenario: String,
    pub(super) target: String,
    pub(super) version: String,
    pub(super) seed: u64,
    pub(super) labels: Vec<(String, String)>,
}

/// One metric with its values.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) metric: Metric,
    pub(super) points: Vec<Point>,
}

#[derive(Debug)]
pub(super) struct Point {
    pub(super) labels: Vec<Label>,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Whole(u64),
    Real(f64),
    Times(Buckets),
}

impl Point {
    pub(super) fn new<const N: usize>(labels: [(&'static str, &str); N], value: Value) -> Self {
        let labels = labels.map(|(name, value)| (name.into(), value.to_owned())).into();
        Self { labels, value }
    }
}
