//! A file to send: the author's own, or one that is made up.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

pub use crate::flex::rest::Upload;
use crate::value::{Size, Text};

/// A file as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// The name of a file, from the scenario's folder. Its ending says what it is.
    File(Text),
    /// Bytes that cannot be compressed, the same ones in each run of the scenario.
    Made(Made),
}

/// A file that is made up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `content_type` and `size`")]
pub struct Made {
    /// Its MIME type.
    pub content_type: Text,
    /// How many bytes it has.
    pub size: Size,
}

impl<'de> Deserialize<'de> for Media {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Media;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a file, or `{ content_type: image/png, size: 20KiB }`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Media, E> {
                Ok(Media::File(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Media, A::Error> {
                Made::deserialize(MapAccessDeserializer::new(map)).map(Media::Made)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for Media {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Media".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let made = generator.subschema_for::<Made>();
        json_schema!({
            "description": "The name of a file, from the scenario's folder, or one that is made up",
            "oneOf": [{ "type": "string", "examples": ["receipt.png"] }, made],
        })
    }
}

/// The MIME type that the ending of a file's name stands for.
pub(crate) fn type_of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "html" => "text/html",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}
