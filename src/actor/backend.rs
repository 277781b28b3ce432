//! The backend: the server behind the customer's chat page.
//!
//! It mints tokens and calls the Flex Channels API over a small keep-alive pool. A call that finds the pool
//! busy waits, and that wait is a measurement of its own: the queue belongs to the integration.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use url::Url;
use wire::flex_channel::CreateChannel;
use wire::identity::Identity;
use wire::member::NewMember;
use wire::message::{NewMessage, Order};
use wire::sid::{ChannelSid, ChatServiceSid, MediaSid};
use wire::token::{Claims, Like, Signer};

use super::failure::{Done, of_rest};
use super::said::Said;
use crate::flex::budget::Allowance;
use crate::flex::resources::Resources;
use crate::flex::rest::{Called, Rest, Upload, Uploader, Webhooks};
use crate::record::{Failure, Kind, PartId, Recorder};

/// How long a call of the backend may take where no step says otherwise.
const CALL: Duration = Duration::from_secs(30);

/// Messages asked for at a time when polling.
const POLLED: usize = 100;

/// How a token is made.
#[derive(Clone, Copy, Debug)]
pub struct TokenKind {
    /// Whose claims it has.
    pub like: Like,
    /// How long it is valid, in seconds.
    pub ttl: u32,
}

/// What a call that needs a connection of the pool is given.
#[derive(Clone, Copy, Debug)]
pub struct Pooled<'a> {
    /// When the step it is for was due.
    pub due: Instant,
    /// Until when it may take, the wait for a connection included.
    pub deadline: Instant,
    /// What the wait for a connection is added to: it delays the customer, but is none of the target's doing.
    pub waited: &'a Cell<Duration>,
}

/// The server behind the customer's chat page, as one worker has it.
pub struct Backend {
    /// The client of this worker's runtime.
    pub rest: Rest,
    /// The API key, prepared once.
    pub signer: Signer,
    /// The Chat service tokens are for.
    pub service: ChatServiceSid,
    /// The run-wide pool: so many calls at one time.
    pub pool: Arc<Semaphore>,
    /// What waiting for the pool is recorded as.
    pub pool_wait: PartId,
    /// What was made on the target, so that it can be removed; `None` for the embedded mock, which forgets.
    pub resources: Option<Arc<Resources>>,
    /// What is left of the target's budget; `None` where there is none.
    pub allowance: Option<Arc<Allowance>>,
    /// Where waits for the pool are recorded.
    pub recorder: Rc<RefCell<Recorder>>,
}

impl Backend {
    /// Notes that somebody is about to log in on a target that will not forget it by itself: that makes a user.
    ///
    /// # Errors
    ///
    /// It cannot be written down: then nobody may log in.
    pub fn note_user(&self, identity: &Identity) -> std::io::Result<()> {
        self.resources.as_ref().map_or(Ok(()), |resources| resources.intend_user(identity))
    }

    /// An access token with a chat grant, as the helper libraries make it.
    pub fn mint(&self, identity: &Identity, kind: TokenKind) -> String {
        let issued_at =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let claims =
            Claims { like: kind.like, ttl: kind.ttl, ..Claims::new(identity, self.service, issued_at) };
        self.signer.mint(&claims)
    }

    /// Opens a Flex Channel: one call makes user, channel, membership and task. Never retried.
    ///
    /// # Errors
    ///
    /// As the call failed, or the deadline passed while it waited for a connection of the pool.
    pub async fn open_channel(&self, create: &CreateChannel, call: Pooled<'_>) -> Done<ChannelSid> {
        let _connection = self.connection(call).await?;
        if !self.allowance.as_ref().is_none_or(|left| left.take_channel()) {
            return Err(over_budget("channels"));
        }
        self.note_channel(&create.identity)?;
        let called = self.rest.open_channel(create, left(call.deadline)).await;
        if let Some(resources) = &self.resources {
            let noted = match &called.result {
                Ok(opened) => resources.made_channel(&create.identity, opened),
                Err(error) => resources.no_channel(&create.identity, error),
            };
            noted.map_err(|error| unwritten(&error))?;
        }
        let opened = called.result.map_err(|error| of_rest(&error))?;
        Ok(opened.sid)
    }

    /// Writes down that a channel is about to be opened for this customer.
    ///
    /// # Errors
    ///
    /// It could not be written down: then nothing may be made.
    pub fn note_channel(&self, identity: &Identity) -> Done<()> {
        let Some(resources) = &self.resources else { return Ok(()) };
        resources.intend_channel(identity).map_err(|error| unwritten(&error))
    }

    /// Takes one message from the target's budget.
    ///
    /// # Errors
    ///
    /// The budget is used up: the message must not be sent.
    pub fn may_send(&self) -> Done<()> {
        if self.allowance.as_ref().is_none_or(|left| left.take_message()) {
            Ok(())
        } else {
            Err(over_budget("messages"))
        }
    }

    /// Posts a message in the customer's name, as an integration that relays does: telling the webhooks.
    ///
    /// # Errors
    ///
    /// As the call failed, or the deadline passed while it waited for a connection of the pool.
    pub async fn post_message(
        &self,
        channel: ChannelSid,
        from: &Identity,
        said: Said<'_>,
        attributes: &str,
        call: Pooled<'_>,
    ) -> Done<u32> {
        let _connection = self.connection(call).await?;
        let mut message = NewMessage {
            from: Some(from.clone()),
            attributes: Some(attributes.into()),
            ..NewMessage::default()
        };
        match said {
            Said::Text(body) => message.body = Some(body.into()),
            Said::Media(media) => message.media_sids = vec![(&*media.text()).into()],
        }
        let called = self.rest.post_message(channel, &message, Webhooks::Told, left(call.deadline)).await;
        called.result.map(|message| message.index).map_err(|error| of_rest(&error))
    }

    /// Uploads a file.
    ///
    /// # Errors
    ///
    /// As the call failed.
    pub async fn upload(&self, by: Uploader<'_>, upload: &Upload, deadline: Instant) -> Done<MediaSid> {
        let called = self.rest.upload(by, upload, left(deadline)).await;
        called.result.map(|media| media.sid).map_err(|error| of_rest(&error))
    }

    /// Uploads a file in the customer's name, over a connection of the pool.
    ///
    /// # Errors
    ///
    /// As the call failed, or the deadline passed while it waited for a connection of the pool.
    pub async fn upload_pooled(
        &self,
        author: &Identity,
        upload: &Upload,
        call: Pooled<'_>,
    ) -> Done<MediaSid> {
        let _connection = self.connection(call).await?;
        self.upload(Uploader::Backend(author), upload, call.deadline).await
    }

    /// The messages of a channel after the one with index `after`, oldest first.
    ///
    /// # Errors
    ///
    /// As the calls failed, or the deadline passed while they waited for a connection of the pool.
    pub async fn messages_after(
        &self,
        channel: ChannelSid,
        after: Option<u32>,
        call: Pooled<'_>,
    ) -> Done<Vec<wire::message::Message>> {
        let _connection = self.connection(call).await?;
        let mut page = self.rest.messages(channel, Order::Descending, POLLED, left(call.deadline)).await;
        let mut newer = Vec::new();
        loop {
            let envelope = page.result.map_err(|error| of_rest(&error))?;
            let read = envelope.items.len();
            newer.extend(
                envelope.items.into_iter().filter(|message| after.is_none_or(|after| message.index > after)),
            );
            let all_new = read == POLLED && newer.len() % POLLED == 0;
            match envelope.meta.next_page_url.filter(|_| all_new) {
                Some(next) => page = self.rest.next_page(&next, left(call.deadline)).await,
                None => break,
            }
        }
        newer.reverse();
        Ok(newer)
    }

    /// Adds a member to a channel: how an agent joins while tasks are not served.
    ///
    /// # Errors
    ///
    /// As the call failed.
    pub async fn add_member(&self, channel: ChannelSid, identity: &Identity) -> Done<()> {
        let member = NewMember::new(identity.clone());
        let called = self.rest.add_member(channel, &member, Webhooks::Silent, CALL).await;
        called.result.map(drop).map_err(|error| of_rest(&error))
    }

    /// Takes a member out of a channel.
    ///
    /// # Errors
    ///
    /// As the call failed.
    pub async fn remove_member(
        &self,
        channel: ChannelSid,
        identity: &Identity,
        deadline: Instant,
    ) -> Done<()> {
        self.rest
            .remove_member(channel, identity, left(deadline))
            .await
            .result
            .map_err(|error| of_rest(&error))
    }

    /// Ends a chat as the contact center does: its status becomes INACTIVE, its other attributes stay.
    ///
    /// # Errors
    ///
    /// As the calls failed, or the channel's attributes are no JSON object.
    pub async fn set_inactive(&self, channel: ChannelSid) -> Done<()> {
        let read = self.rest.channel(channel, CALL).await.result.map_err(|error| of_rest(&error))?;
        let attributes = inactive(read.attributes.as_deref().unwrap_or("{}"))?;
        let called = self.rest.update_channel_attributes(channel, &attributes, Webhooks::Told, CALL).await;
        called.result.map(drop).map_err(|error| of_rest(&error))
    }

    /// Asks an endpoint of the integration's own for one text in its JSON answer.
    ///
    /// # Errors
    ///
    /// As the call failed, or there is no text where `pointer` (RFC 6901) points.
    pub async fn ask(&self, url: &str, pointer: &str, deadline: Instant) -> Done<String> {
        let url = Url::parse(url).map_err(|error| {
            Failure::new(Kind::Protocol("endpoint"), format!("`{url}` is no URL: {error}"))
        })?;
        let called: Called<serde_json::Value> = self.rest.elsewhere(url, left(deadline)).await;
        let answer = called.result.map_err(|error| of_rest(&error))?;
        let text = answer.pointer(pointer).and_then(serde_json::Value::as_str);
        text.map(str::to_owned).ok_or_else(|| {
            Failure::new(
                Kind::Protocol("endpoint"),
                format!("no text at `{pointer}` in the endpoint's answer"),
            )
        })
    }

    async fn connection(&self, call: Pooled<'_>) -> Done<Option<SemaphorePermit<'_>>> {
        let Pooled { due, deadline, waited: so_far } = call;
        let asked = Instant::now();
        let connection = timeout_at(deadline, self.pool.acquire()).await;
        let waited = asked.elapsed();
        so_far.set(so_far.get() + waited);
        let mut recorder = self.recorder.borrow_mut();
        match connection {
            Ok(connection) => {
                recorder.part(self.pool_wait, due, waited);
                // A closed pool would mean the run is over; nothing closes it.
                Ok(connection.ok())
            }
            Err(_) => {
                recorder.part_failed(self.pool_wait, due, waited);
                Err(Failure::new(Kind::Timeout, "no connection of the backend's pool was free in time"))
            }
        }
    }
}

/// A run never goes beyond what was allowed, whatever the plan foresaw.
fn over_budget(of: &'static str) -> Failure {
    Failure::new(Kind::Local("budget"), format!("the budget for {of} is used up: nothing more was sent"))
}

/// Nothing is made on a target that could not be found again to be removed.
pub(super) fn unwritten(error: &std::io::Error) -> Failure {
    Failure::new(
        Kind::Local("resources.ndjson"),
        format!("what was made on the target could not be noted: {error}"),
    )
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// The attributes of a channel with its status set to INACTIVE.
fn inactive(attributes: &str) -> Done<String> {
    let mut attributes: serde_json::Map<String, serde_json::Value> = serde_json::from_str(attributes)
        .map_err(|error| {
            Failure::new(
                Kind::Protocol("attributes"),
                format!("the channel's attributes are no JSON object: {error}"),
            )
        })?;
    attributes.insert("status".to_owned(), "INACTIVE".into());
    Ok(serde_json::Value::Object(attributes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ending_a_chat_keeps_its_other_attributes() {
        let ended = inactive(r#"{"status":"ACTIVE","from":"ada","long_lived":false}"#).unwrap();
        let ended: serde_json::Value = serde_json::from_str(&ended).unwrap();
        assert_eq!(ended, serde_json::json!({ "status": "INACTIVE", "from": "ada", "long_lived": false }));
    }

    #[test]
    fn attributes_that_are_no_object_are_not_overwritten() {
        assert!(inactive("[1]").is_err());
    }
}
