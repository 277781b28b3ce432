//! `flexload schema`: the published JSON Schemas, from the types that read and write the files.

use super::args::{Schema, SchemaOf};
use super::{Ended, print};
use crate::{report, scenario};

/// Prints a schema to stdout, exactly as it is published.
pub(super) fn schema(args: &Schema) -> Ended {
    match args.of {
        SchemaOf::Scenario => print(scenario::schema()),
        SchemaOf::Run => print(format_args!("{:#}\n", report::schema())),
    }
}
