//! OpenTelemetry's metrics in the JSON mapping of OTLP: 64-bit numbers are strings, enumerations numbers, names
//! `camelCase`. All sums and histograms are cumulative, so a request that is lost loses nothing but time.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::data::{Family, Label, Metrics, Point, Run, Value};
use super::names::Kind;
use crate::record::Buckets;

/// `AGGREGATION_TEMPORALITY_CUMULATIVE`
const CUMULATIVE: u8 = 2;

/// From when to when values were counted, since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The start of the run.
    pub start: Duration,
    /// Now.
    pub now: Duration,
}

/// Writes all metrics.
pub(super) fn write(metrics: &Metrics, span: Span, out: &mut dyn Write) -> io::Result<()> {
    let version = &metrics.run.version;
    let families = metrics.families.iter().filter(|family| !family.points.is_empty());
    let request = Request {
        resource_metrics: [ResourceMetrics {
            resource: Resource { attributes: resource(&metrics.run) },
            scope_metrics: [ScopeMetrics {
                scope: Scope { name: "flexload", version },
                metrics: families.map(|family| metric(family, span)).collect(),
            }],
        }],
    };
    serde_json::to_writer(out, &request)?;
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    resource_metrics: [ResourceMetrics<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceMetrics<'a> {
    resource: Resource<'a>,
    scope_metrics: [ScopeMetrics<'a>; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    attributes: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
struct Attribute<'a> {
    key: Cow<'a, str>,
    value: Text<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Text<'a> {
    string_value: Cow<'a, str>,
}

#[derive(Serialize)]
struct ScopeMetrics<'a> {
    scope: Scope<'a>,
    metrics: Vec<Metric<'a>>,
}

#[derive(Serialize)]
struct Scope<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Metric<'a> {
    name: &'a str,
    description: &'a str,
    unit: &'a str,
    #[serde(flatten)]
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Data<'a> {
    #[serde(rename_all = "camelCase")]
    Sum { data_points: Vec<DataPoint<'a>>, aggregation_temporality: u8, is_monotonic: bool },
    #[serde(rename_all = "camelCase")]
    Gauge { data_points: Vec<DataPoint<'a>> },
    #[serde(rename_all = "camelCase")]
    Histogram { data_points: Vec<DataPoint<'a>>, aggregation_temporality: u8 },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DataPoint<'a> {
    attributes: Vec<Attribute<'a>>,
    start_time_unix_nano: String,
    time_unix_nano: String,
    #[serde(flatten)]
    value: Number,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Number {
    Whole { as_int: String },
    Real { as_double: f64 },
    Times { count: String, sum: f64, bucket_counts: Vec<String>, explicit_bounds: Vec<f64> },
}

fn resource(run: &Run) -> Vec<Attribute<'_>> {
    let own = [
        ("service.name", "flexload".into()),
        ("service.version", run.version.as_str().into()),
        ("service.instance.id", run.id.as_str().into()),
        ("flexload.run.id", run.id.as_str().into()),
        ("flexload.scenario", run.scenario.as_str().into()),
        ("flexload.target", run.target.as_str().into()),
        ("flexload.seed", Cow::Owned(run.seed.to_string())),
    ];
    let own = own.into_iter().map(|(key, value)| attribute(key.into(), value));
    let given = run.labels.iter();
    own.chain(given.map(|(key, value)| attribute(format!("flexload.label.{key}").into(), value.into())))
        .collect()
}

fn attribute<'a>(key: Cow<'a, str>, value: Cow<'a, str>) -> Attribute<'a> {
    Attribute { key, value: Text { string_value: value } }
}

fn metric(family: &Family, span: Span) -> Metric<'_> {
    let data_points = family.points.iter().map(|point| data_point(point, span)).collect();
    let aggregation_temporality = CUMULATIVE;
    let data = match family.metric.kind {
        Kind::Counter => Data::Sum { data_points, aggregation_temporality, is_monotonic: true },
        Kind::Level => Data::Sum { data_points, aggregation_temporality, is_monotonic: false },
        Kind::Gauge => Data::Gauge { data_points },
        Kind::Histogram => Data::Histogram { data_points, aggregation_temporality },
    };
    Metric { name: family.metric.otel, description: family.metric.help, unit: family.metric.unit, data }
}

fn data_point(point: &Point, span: Span) -> DataPoint<'_> {
    let value = match &point.value {
        Value::Whole(value) => Number::Whole { as_int: value.to_string() },
        Value::Real(value) => Number::Real { as_double: *value },
        Value::Times(times) => Number::Times {
            count: times.count().to_string(),
            sum: times.sum_s(),
            bucket_counts: times.counts().map(|count| count.to_string()).collect(),
            explicit_bounds: Buckets::bounds().collect(),
        },
    };
    DataPoint {
        attributes: point.labels.iter().map(named).collect(),
        start_time_unix_nano: span.start.as_nanos().to_string(),
        // A clock that was set back must not make a run end before it began.
        time_unix_nano: span.now.max(span.start).as_nanos().to_string(),
        value,
    }
}

/// A failure's kind has a name of its own among OpenTelemetry's.
fn named((name, value): &Label) -> Attribute<'_> {
    let key = if name == "kind" { "error.type" } else { name };
    attribute(key.into(), value.into())
}
