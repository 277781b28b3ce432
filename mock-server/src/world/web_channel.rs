//! Web Channels: what Flex's own web chat opens. A Flex Channel by another door.

use std::sync::Arc;

use serde_json::{Map, Value};
use wire::flex_channel::CreateChannel;
use wire::sid::ChannelSid;
use wire::web_channel::{NewWebChannel, UpdateWebChannel, WebChannel as View};

use super::channel::{Channel, Facts};
use super::flex_channel::{Door, Flex, Opened};
use super::page::{Page, PageRequest};
use super::{World, check};
use crate::basis::{Refused, rules};

rules! {
    UNKNOWN = "flex.web-channel.unknown", Inferred("20404 as for everything that is not there; a Flex Channel is none"),
        "an unknown Web Channel is 404, 20404, and so is a Flex Channel";
    ENDED = "flex.web-channel.update.inactive", Inferred("as the janitor leaves a channel: INACTIVE in its attributes"),
        "ChatStatus=inactive makes the status in the channel's attributes INACTIVE";
    POST_ENGAGEMENT = "flex.web-channel.update.post-engagement", Inferred("as pre_engagement_data"),
        "PostEngagementData becomes post_engagement_data in the channel's attributes";
}

impl World {
    /// Opens a customer's Web Channel, or finds the one that is open.
    ///
    /// # Errors
    /// As for a Flex Channel.
    pub fn open_web_channel(&self, new: NewWebChannel) -> Result<(View, Opened), Refused> {
        let asked = CreateChannel {
            chat_unique_name: new.chat_unique_name,
            pre_engagement_data: new.pre_engagement_data,
            ..CreateChannel::new(
                new.flex_flow_sid,
                new.identity,
                &new.customer_friendly_name,
                &new.chat_friendly_name,
            )
        };
        let (sid, flex, opened) = self.open(asked, Door::Web)?;
        Ok((self.web_view(sid, &flex), opened))
    }

    fn find_web_channel(&self, sid: ChannelSid) -> Result<Arc<Channel>, Refused> {
        let found = self.channel_with(sid).filter(|channel| channel.opened_by(Door::Web).is_some());
        found.ok_or(Refused::not_found(UNKNOWN))
    }

    /// Reads a Web Channel.
    ///
    /// # Errors
    /// If there is none.
    pub fn web_channel(&self, sid: ChannelSid) -> Result<View, Refused> {
        let flex = self.channel_with(sid).and_then(|channel| channel.opened_by(Door::Web));
        flex.map(|flex| self.web_view(sid, &flex)).ok_or(Refused::not_found(UNKNOWN))
    }

    /// Lists the Web Channels.
    #[must_use]
    pub fn web_channels(&self, page: PageRequest) -> Page<View> {
        self.opened_by(Door::Web, page, |sid, flex| self.web_view(sid, flex))
    }

    /// Ends a Web Channel, or keeps what the customer said afterwards.
    ///
    /// # Errors
    /// If there is none, or its attributes would be too long.
    pub fn update_web_channel(&self, sid: ChannelSid, change: UpdateWebChannel) -> Result<View, Refused> {
        let channel = self.find_web_channel(sid)?;
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        state.alive()?;
        let flex = state.flex.as_mut().ok_or(Refused::not_found(UNKNOWN))?;
        let mut facts = Facts::clone(&state.facts);
        let mut attributes: Map<String, Value> = serde_json::from_str(&facts.attributes).unwrap_or_default();
        if change.chat_status.is_some() && ENDED.follow() {
            attributes.insert("status".to_owned(), "INACTIVE".into());
        }
        if let Some(said) = change.post_engagement_data.filter(|_| POST_ENGAGEMENT.follow()) {
            let said = serde_json::from_str(&said).unwrap_or(Value::String(said));
            attributes.insert("post_engagement_data".to_owned(), said);
        }
        let attributes = Value::Object(attributes).to_string();
        check::attributes(Some(&attributes))?;
        self.swap_attributes(Some(&facts.attributes), Some(&attributes))?;
        (facts.attributes, facts.updated) = (attributes.into(), now);
        flex.updated = now;
        let view = self.web_view(sid, flex);
        state.facts = Arc::new(facts);
        channel.document_changed(state, now);
        Ok(view)
    }

    /// Deletes a Web Channel and its Chat channel.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_web_channel(&self, sid: ChannelSid) -> Result<(), Refused> {
        let channel = self.find_web_channel(sid)?;
        if self.remove_channel(&channel) { Ok(()) } else { Err(Refused::not_found(UNKNOWN)) }
    }

    fn web_view(&self, sid: ChannelSid, flex: &Flex) -> View {
        View {
            account_sid: Some(self.account()),
            flex_flow_sid: Some(flex.flow),
            sid,
            url: Some(View::url(self.base(), sid)),
            date_created: Some(flex.created),
            date_updated: Some(flex.updated),
        }
    }
}
