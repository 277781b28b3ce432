//! What the Sync objects hold: views of the world's state, made when somebody asks.

use std::borrow::Cow;

use serde_json::value::RawValue;
use wire::channel::Visibility;
use wire::media::Attached;
use wire::sid::ChannelSid;
use wire::sync::{Name, data};

use super::channel::{Channel, ChannelState, Facts};
use super::member::{Member, member_sid};
use super::message::{Message, message_sid};
use super::object::Object;
use super::user::Joined;

/// The data of a channel's document.
pub(crate) fn document<'a>(channel: &Channel, state: &'a ChannelState) -> data::Channel<'a> {
    let facts: &Facts = &state.facts;
    data::Channel {
        sid: channel.sid,
        unique_name: facts.unique_name.as_deref().map(Cow::Borrowed),
        friendly_name: facts.friendly_name.as_deref().map(Cow::Borrowed),
        // Checked to be JSON when they were set.
        attributes: serde_json::from_str::<&RawValue>(&facts.attributes).ok(),
        r#type: channel.visibility.as_str().into(),
        created_by: Some(facts.created_by.as_str().into()),
        date_created: Some(facts.created),
        date_updated: Some(facts.updated),
        roster: Name::Roster(channel.sid).to_string().into(),
        messages: Name::Messages(channel.sid).to_string().into(),
        state: Some(data::State { current: "active".into(), date_updated: Some(facts.created) }),
        last_message: state
            .last
            .map(|(index, at)| data::LastMessage { index: index.into(), timestamp: Some(at) }),
    }
}

/// The data of an item of a roster.
pub(crate) fn member(member: &Member) -> data::Member<'_> {
    data::Member {
        identity: member.user.identity.as_str().into(),
        user_info: Some(Object::Info(member.user.sid).sid().to_string().into()),
        role_sid: member.role,
        date_created: Some(member.created),
        date_updated: Some(member.updated),
        attributes: Some(member.attributes.as_deref().unwrap_or("{}").into()),
        last_consumed_message_index: member.horizon.map(Into::into),
        last_consumption_timestamp: member.horizon_at,
        r#type: "chat".into(),
    }
}

/// The data of an item of a channel's messages.
pub(crate) fn message(channel: ChannelSid, message: &Message) -> data::Message<'_> {
    data::Message {
        sid: message_sid(channel, message.nth),
        author: message.author.as_str().into(),
        text: message.text().map(|text| Cow::Borrowed(&**text)),
        timestamp: Some(message.created),
        date_updated: Some(message.updated),
        last_updated_by: message.updated_by.as_deref().map(Cow::Borrowed),
        attributes: message.attributes.as_deref().unwrap_or("{}").into(),
        r#type: message.kind().as_str().into(),
        member_sid: message.member.map(|nth| member_sid(channel, nth)),
        media: message.media.first().map(|media| file(media)),
        medias: message.media.iter().map(|media| file(media)).collect(),
    }
}

fn file(media: &Attached) -> data::Media<'_> {
    data::Media {
        sid: media.sid,
        filename: media.filename.as_deref().map(Cow::Borrowed),
        content_type: (&*media.content_type).into(),
        size: media.size,
        category: media.category.as_str().into(),
    }
}

/// The data of an item of a user's channels.
pub(crate) fn my_channel(channel: ChannelSid, joined: &Joined) -> data::MyChannel<'_> {
    let facts: &Facts = &joined.facts;
    let visibility = if joined.private { Visibility::Private } else { Visibility::Public };
    data::MyChannel {
        channel: Name::Channel(channel).to_string().into(),
        channel_sid: Some(channel),
        r#type: visibility.as_str().into(),
        status: joined.status().as_str().into(),
        friendly_name: facts.friendly_name.as_deref().map(Cow::Borrowed),
        unique_name: facts.unique_name.as_deref().map(Cow::Borrowed),
        created_by: Some(facts.created_by.as_str().into()),
        date_created: Some(facts.created),
        date_updated: Some(facts.updated),
        messages: Name::Messages(channel).to_string().into(),
        roster: Name::Roster(channel).to_string().into(),
        last_consumed_message_index: joined.horizon.map(Into::into),
        notification_level: Some(joined.level.as_str().into()),
    }
}
