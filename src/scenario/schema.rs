//! The JSON Schema of the scenario language, for editors.

use super::file::File;

/// The schema as pretty JSON, with a newline at its end; `scenarios/scenario.schema.json` is exactly this.
pub fn schema() -> String {
    let schema = schemars::schema_for!(File);
    // `{:#}` of a JSON value cannot fail.
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    #[test]
    #[ignore = "writes scenarios/scenario.schema.json"]
    fn publish_the_schema() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/scenario.schema.json");
        std::fs::write(path, super::schema()).unwrap();
    }
}
