//! `send_message`: the customer says something, or sends a file.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use super::media::{Media, Upload};
use super::options::network_step;
use super::turn::{Turn, Way};
use crate::actor::Done;
use crate::actor::Said;
use crate::actor::customer::{Customer, Echoed};
use crate::value::{JsonTemplate, Template};

network_step! {
    /// Sends one message: a text or a file. The step ends at the message's 201; the sender's own echo is the part
    /// `echo`. Of a file, the upload and the message that follows it are the parts `upload` and `publish`.
    pub struct SendMessage {
        /// The text; or else `media`.
        #[serde(default, deserialize_with = "some")]
        pub body: Option<Template>,
        /// The file; or else `body`.
        #[serde(default, deserialize_with = "some")]
        pub media: Option<Media>,
        /// The message's attributes.
        #[serde(default)]
        pub attributes: Option<JsonTemplate>,
        /// The file itself, read when the scenario is.
        #[serde(skip)]
        #[schemars(skip)]
        pub upload: Option<Arc<Upload>>,
    }
}

/// A field that is there: what `null` is wrong with is said, rather than taken for its absence.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl SendMessage {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        let attributes =
            self.attributes.as_ref().map_or_else(|| "{}".to_owned(), |json| turn.json(json, customer));
        match (&self.upload, &self.body) {
            (Some(upload), _) => Self::file(upload, &attributes, turn, customer).await,
            (None, Some(body)) => {
                let body = turn.text(body, customer);
                Self::say(Said::Text(&body), &attributes, turn, customer).await
            }
            // Checked when the scenario was read.
            (None, None) => Ok(turn.due),
        }
    }

    /// Uploads a file, then says which.
    async fn file(upload: &Upload, attributes: &str, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        let (uploaded, published) = match turn.way {
            Way::Sdk => (1, 2),
            Way::Backend { .. } => (0, 1),
        };
        let upload_began = turn.begin();
        let sid = match turn.way {
            Way::Sdk => customer.upload(upload, turn.deadline).await,
            Way::Backend { .. } => customer.upload_by_backend(upload, turn.pooled()).await,
        };
        let sid = sid.inspect_err(|_| {
            let took = upload_began.took();
            (0..turn.parts.len()).for_each(|part| turn.part_failed(customer, part, took));
        })?;
        let upload_took = upload_began.took();
        turn.over.note(uploaded, Some(upload_took));
        let publish_began = turn.begin();
        let done = Self::say(Said::Media(sid), attributes, turn, customer).await;
        // Not before: of a step that is cut off, the engine counts what was over.
        turn.part(customer, uploaded, upload_took);
        match &done {
            Ok(at) => turn.part(customer, published, publish_began.took_until(*at)),
            Err(_) => turn.part_failed(customer, published, publish_began.took()),
        }
        done
    }

    async fn say(said: Said<'_>, attributes: &str, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        match turn.way {
            Way::Sdk => {
                let echo = turn.parts.first().map(|part| Echoed { part: *part, due: turn.due });
                customer.send(said, attributes, echo, turn.deadline).await
            }
            Way::Backend { .. } => customer.send_by_backend(said, attributes, turn.pooled()).await,
        }
    }
}
