//! `run.json`, for machines; its schema is published as `reports/run.schema.json`.

use std::io::{self, Write};

use super::data::Report;

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// The JSON Schema of what [`super::Format::Json`] writes.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
