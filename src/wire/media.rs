//! The media file: what is uploaded beside the chat, and then sent as a message.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    identity::Identity,
    sid::{ChannelSid, ChatServiceSid, MediaSid, MessageSid},
    time::{self, Timestamp},
    words,
};

/// The header in which a device shows its access token when it uploads and reads.
pub const TOKEN_HEADER: &str = "x-twilio-token";

words! {
    /// What a file is to its message.
    #[derive(Default)]
    pub enum Category {
        /// A file of its own.
        #[default]
        Media = "media",
        /// The text of an email.
        Body = "body",
        /// The emails before it.
        History = "history",
    }
}

/// Where the bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// For whoever may read the file.
    pub content: String,
    /// For everybody, for a while. Not told of a file that was just uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_direct_temporary: Option<String>,
}

/// A file as the Media Content Service tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Its SID.
    pub sid: MediaSid,
    /// The Chat service.
    pub service_sid: ChatServiceSid,
    /// When it was uploaded.
    #[serde(with = "time::media")]
    pub date_created: Timestamp,
    /// When its upload ended.
    #[serde(with = "time::media")]
    pub date_upload_updated: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::media")]
    pub date_updated: Timestamp,
    /// Where the bytes are.
    pub links: Links,
    /// How many bytes it has.
    pub size: u64,
    /// Its MIME type.
    pub content_type: Arc<str>,
    /// Its name, if it was given one.
    pub filename: Option<Arc<str>>,
    /// Who uploaded it; `system` for the account itself.
    pub author: Option<Identity>,
    /// What it is to its message.
    pub category: Category,
    /// The message it was sent with.
    pub message_sid: Option<MessageSid>,
    /// The channel of that message.
    pub channel_sid: Option<ChannelSid>,
    /// Where it is read, from the root of its host.
    pub url: String,
    /// Whether it was uploaded in parts.
    pub is_multipart_upstream: bool,
}

impl Media {
    /// Where a file is read, from the root of its host.
    pub fn url(service: ChatServiceSid, sid: MediaSid) -> String {
        format!("/v1/Services/{service}/Media/{sid}")
    }
}

/// A file as its message tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its SID.
    pub sid: MediaSid,
    /// How many bytes it has.
    pub size: u64,
    /// Its MIME type.
    pub content_type: Arc<str>,
    /// Its name, if it was given one.
    pub filename: Option<Arc<str>>,
    /// What it is to its message; REST does not tell.
    #[serde(skip)]
    pub category: Category,
}

/// A question about several files at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetQuery {
    /// `get`.
    pub command: String,
    /// Which.
    pub list: Vec<SetItem>,
}

/// One of the files asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetItem {
    /// Which; text, because what is no SID is answered like one that is nobody's.
    pub media_sid: String,
}

/// The answer about one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetAnswer {
    /// 200, or why there is nothing to tell.
    pub code: u16,
    /// The [`Media`]; of one that is not there, the SID alone.
    pub media_record: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the service answered to an upload, as a public test suite recorded it.
    const RECORDED: &str = r#"{"sid":"ME59b872f1e52fbd6fe6ad956bbb4fa9bd","service_sid":"IS38067ec392f1486bb6e4de4610f26fb3","date_created":"2022-03-14T13:10:38.897143-07:00","date_upload_updated":"2022-03-14T13:10:38.906058-07:00","date_updated":"2022-03-14T13:10:38.897143-07:00","links":{"content":"/v1/Services/IS38067ec392f1486bb6e4de4610f26fb3/Media/ME59b872f1e52fbd6fe6ad956bbb4fa9bd/Content"},"size":153611,"content_type":"image/jpeg","filename":"a.jpg","author":"system","category":"media","message_sid":null,"channel_sid":null,"url":"/v1/Services/IS38067ec392f1486bb6e4de4610f26fb3/Media/ME59b872f1e52fbd6fe6ad956bbb4fa9bd","is_multipart_upstream":false}"#;

    #[test]
    fn the_recorded_file_is_written_as_it_was_but_for_what_is_finer_than_a_millisecond() {
        let media: Media = serde_json::from_str(RECORDED).unwrap();
        assert_eq!(media.url, Media::url(media.service_sid, media.sid));
        let written = serde_json::to_string(&media).unwrap();
        let expected = RECORDED
            .replace("13:10:38.897143-07:00", "20:10:38.897000+00:00")
            .replace("13:10:38.906058-07:00", "20:10:38.906000+00:00");
        assert_eq!(written, expected);
    }

    #[test]
    fn a_question_about_several_files_is_the_sdks() {
        let asked = r#"{"command":"get","list":[{"media_sid":"ME59b872f1e52fbd6fe6ad956bbb4fa9bd"}]}"#;
        let query: SetQuery = serde_json::from_str(asked).unwrap();
        assert_eq!(serde_json::to_string(&query).unwrap(), asked);
    }
}
