//! Channels, all and one's own.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use wire::aim::Dialect;
use wire::aim::answer::{Conversation, Conversations, MyConversation};
use wire::channel::{NewChannel, UpdateChannel, Visibility};
use wire::sid::MessagingServiceSid;
use wire::user::NotificationLevel;

use super::super::device::{Held, Listing};
use super::super::tunnel::{Answer, Outcome, Segment};
use super::Call;
use crate::basis::{Refused, RuleId, rules};
use crate::operation::Operation;
use crate::world::Cursor;
use crate::world::channel::Channel;
use crate::world::mutation::Made;
use crate::world::user::Joined;

rules! {
    MADE = "aim.channel.create", Library("twilio-chat 6.0.0: sid and links of the answer to a create"),
        "POST …/Conversations makes a channel: 201";
    LIST = "aim.channel.list", Library("twilio-chat 6.0.0, restpaginator: conversations and meta"),
        "GET …/Conversations lists the public channels by pages";
    READ = "aim.channel", Library("twilio-chat 6.0.0: messages_count, participants_count"),
        "GET …/Conversations/{channel} reads a channel by SID or unique name";
    CHANGED = "aim.channel.update", Library("twilio-chat 6.0.0"),
        "POST …/Conversations/{channel} changes names and attributes: 200, and document_updated";
    DELETED = "aim.channel.delete", Library("twilio-chat 6.0.0"),
        "DELETE …/Conversations/{channel} by who made it: 204";
    MINE = "aim.my-channels", Recorded("session of SDK 6.0.0"),
        "GET …/Users/{user}/Conversations lists the channels one is in by pages";
    MY_ONE = "aim.my-channel", Recorded("session of SDK 6.0.0"),
        "GET …/Users/{user}/Conversations/{channel} is one's own side of a channel";
    MOVED = "aim.my-channel.update", Recorded("session of SDK 6.0.0: the horizon, answered with unread_messages_count"),
        "POST …/Users/{user}/Conversations/{channel} moves the horizon or sets the notification level: 200";
    MADE_2 = "aim.v2.channel.create", Library("@twilio/conversations 3.0.1 sends no type and knows no public ones"),
        "a channel made below /Client/v2 is private";
    MOVED_2 = "aim.v2.my-channel.update", Library("@twilio/conversations 3.0.1, conversation.js"),
        "below /Client/v2 the horizon is called last_read_message_index";
}

#[derive(Deserialize)]
struct Create {
    #[serde(default)]
    r#type: Option<Visibility>,
    #[serde(default)]
    unique_name: Option<Arc<str>>,
    #[serde(default)]
    friendly_name: Option<Arc<str>>,
    #[serde(default)]
    attributes: Option<Arc<str>>,
}

#[derive(Deserialize)]
struct Update {
    #[serde(default)]
    unique_name: Option<Arc<str>>,
    #[serde(default)]
    friendly_name: Option<Arc<str>>,
    #[serde(default)]
    attributes: Option<Arc<str>>,
}

#[derive(Deserialize)]
struct UpdateMine {
    /// Null is a horizon, too: nothing read.
    #[serde(default, deserialize_with = "given")]
    last_consumed_message_index: Option<Option<u32>>,
    /// The same, from the Conversations SDK.
    #[serde(default, deserialize_with = "given")]
    last_read_message_index: Option<Option<u32>>,
    #[serde(default)]
    notification_level: Option<NotificationLevel>,
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Call<'_> {
    pub(super) fn channels(&self) -> Outcome {
        match self.request.method {
            "GET" => {
                self.device.guard(Operation::ListChannels)?;
                self.public_channels()
            }
            "POST" => {
                self.device.guard(Operation::CreateChannel)?;
                self.once(|| self.make_channel())
            }
            _ => Err(self.request.wrong_method()),
        }
    }

    fn make_channel(&self) -> Result<(Answer, Made), Refused> {
        let create: Create = self.request.json()?;
        let (rule, unsaid) = match self.dialect {
            Dialect::V1 => (MADE, None),
            Dialect::V2 => (MADE_2, Some(Visibility::Private)),
        };
        let new = NewChannel {
            friendly_name: create.friendly_name,
            unique_name: create.unique_name,
            attributes: create.attributes,
            visibility: create.r#type.or(unsaid),
            ..NewChannel::default()
        };
        let channel = self.device.make_channel(new)?;
        let answer = Answer::new(201, &self.conversation(&channel, &Held::of(&channel, None)), rule);
        Ok((answer, Made::Channel(channel.sid)))
    }

    fn public_channels(&self) -> Outcome {
        let listing = Listing::of(self.request);
        let page = self.world().public_channels(&self.user().service, listing.page);
        let found: Vec<_> = page.items.iter().map(|channel| (channel, Held::of(channel, None))).collect();
        let conversations: Vec<_> =
            found.iter().map(|(channel, held)| self.conversation(channel, held)).collect();
        Ok(list(&conversations, listing, page.next, LIST))
    }

    pub(super) fn one_channel(&self, name: Segment<'_>) -> Outcome {
        match self.request.method {
            "GET" => {
                self.device.guard(Operation::FetchChannel)?;
                let channel = self.device.visible(name)?;
                Ok(Answer::new(200, &self.conversation(&channel, &Held::of(&channel, None)), READ))
            }
            "POST" => {
                self.device.guard(Operation::UpdateChannel)?;
                let channel = self.device.my_to_change(name)?;
                let Update { unique_name, friendly_name, attributes } = self.request.json()?;
                let change =
                    UpdateChannel { unique_name, friendly_name, attributes, ..UpdateChannel::default() };
                self.device.change_channel(&channel, change)?;
                Ok(Answer::new(200, &self.conversation(&channel, &Held::of(&channel, None)), CHANGED))
            }
            "DELETE" => {
                self.device.guard(Operation::DeleteChannel)?;
                self.device.delete_channel(name)?;
                Ok(Answer::no_content(DELETED))
            }
            _ => Err(self.request.wrong_method()),
        }
    }

    pub(super) fn my_channels(&self, user: Segment<'_>) -> Outcome {
        if self.request.method != "GET" {
            return Err(self.request.wrong_method());
        }
        self.device.guard(Operation::ListUserChannels)?;
        self.device.myself(user)?;
        let listing = Listing::of(self.request);
        let page = self.world().joined(self.user(), listing.page);
        // A channel deleted this instant is left out.
        let found: Vec<_> = page
            .items
            .iter()
            .filter_map(|(sid, joined)| Some((self.world().channel_with(*sid)?, joined)))
            .map(|(channel, joined)| (Held::of(&channel, joined.horizon), channel, joined))
            .collect();
        let conversations: Vec<_> =
            found.iter().map(|(held, channel, joined)| self.mine(channel, held, joined)).collect();
        Ok(list(&conversations, listing, page.next, MINE))
    }

    pub(super) fn my_channel(&self, user: Segment<'_>, channel: Segment<'_>) -> Outcome {
        let rule = match (self.request.method, self.dialect) {
            ("GET", _) => {
                self.device.guard(Operation::FetchUserChannel)?;
                MY_ONE
            }
            ("POST", dialect) => {
                self.device.guard(Operation::UpdateUserChannel)?;
                if dialect == Dialect::V1 { MOVED } else { MOVED_2 }
            }
            _ => return Err(self.request.wrong_method()),
        };
        self.device.myself(user)?;
        let channel = self.device.my(channel)?;
        if rule != MY_ONE {
            let change: UpdateMine = self.request.json()?;
            let moved = match self.dialect {
                Dialect::V1 => change.last_consumed_message_index,
                Dialect::V2 => change.last_read_message_index,
            };
            if let Some(horizon) = moved {
                self.device.read_up_to(&channel, horizon)?;
            }
            if let Some(level) = change.notification_level {
                self.device.notify(&channel, level)?;
            }
        }
        let joined = self.world().standing(self.user(), channel.sid)?;
        Ok(Answer::new(200, &self.mine(&channel, &Held::of(&channel, joined.horizon), &joined), rule))
    }

    fn conversation<'s>(&self, channel: &Channel, held: &'s Held) -> Conversation<'s> {
        Conversation {
            dialect: self.dialect,
            account_sid: self.world().account(),
            chat_service_sid: self.service(),
            messaging_service_sid: MessagingServiceSid::mock(self.world().seed(), 0),
            sid: channel.sid,
            friendly_name: held.facts.friendly_name.as_deref(),
            unique_name: held.facts.unique_name.as_deref(),
            attributes: &held.facts.attributes,
            r#type: channel.visibility.as_str(),
            state: "active",
            state_updated: held.facts.created,
            revision: held.revision.into(),
            created_by: &held.facts.created_by,
            members_count: held.members as u64,
            messages_count: held.messages as u64,
            last_message_sid: held.last,
            date_created: held.facts.created,
            date_updated: held.facts.updated,
        }
    }

    fn mine<'s>(&self, channel: &Channel, held: &'s Held, joined: &Joined) -> MyConversation<'s> {
        MyConversation {
            conversation: self.conversation(channel, held),
            user_sid: self.user().sid,
            participant_sid: joined.member,
            status: joined.status().as_str(),
            unread_messages_count: held.unread.map(Into::into),
            last_consumed_message_index: joined.horizon.map(Into::into),
            notification_level: joined.level.as_str(),
        }
    }
}

fn list<C: Serialize>(conversations: &[C], listing: Listing, next: Option<Cursor>, rule: RuleId) -> Answer {
    listing.told(next, |meta| Answer::new(200, &Conversations { conversations, meta }, rule))
}
