//! A run as metrics: what Prometheus scrapes and a collector of OpenTelemetry is sent, while the run lasts and when
//! it has ended.
//!
//! Times are histograms with fixed buckets, never percentiles: those of several instances could not be added up.

mod build;
mod data;
mod ended;
mod names;
mod otlp;
mod prometheus;

use std::io::{self, Write};

pub use self::data::Metrics;
pub(super) use self::ended::ended;
pub use self::otlp::Span as OtlpSpan;

impl Metrics {
    /// Writes them as Prometheus reads them: its text format, version 0.0.4.
    pub fn write_prometheus(&self, out: &mut dyn Write) -> io::Result<()> {
        prometheus::write(self, out)
    }

    /// Writes them as a collector of OpenTelemetry takes them: an `ExportMetricsServiceRequest` in JSON.
    pub fn write_otlp(&self, span: OtlpSpan, out: &mut dyn Write) -> io::Result<()> {
        otlp::write(self, span, out)
    }
}
