//! What devices of the older generations read by REST: channels and users under names of their own.

use std::fmt::Display;

use serde::Serialize;
use wire::sid::{ChannelSid, ChatServiceSid, UserSid};
use wire::sync::{Meta, Name};
use wire::time::Timestamp;
use wire::user::User as Resource;

use super::super::device::{Device, Held, Listing};
use super::super::tunnel::{Answer, Outcome, Request, Segment};
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::channel::Channel;
use crate::world::user::{Joined, Shown};

rules! {
    PUBLIC = "session.channels", Library("twilio-chat 4.1.0, data/publicchannels.js: channels and meta; the path is a guess"),
        "GET {publicChannelsUrl} lists the public channels by pages";
    ONE = "session.channel", Library("twilio-chat 4.1.0, channeldescriptor.js; the path is a guess"),
        "GET {publicChannelsUrl}/{channel} reads a channel by SID or unique name";
    MINE = "session.my-channels", Library("twilio-chat 4.1.0, data/userchannels.js, channel.js: ChannelSid; the path is a guess"),
        "GET {myChannelsUrl} lists the channels one is in by pages, or with ChannelSid that one";
    SYNC_LIST = "session.sync-list", Library("twilio-chat 4.1.0, synclistdescriptor.js; the path is a guess"),
        "GET {syncListUrl} lists the channels one is in by pages, with the names of their Sync objects";
    USER = "session.user", Library("twilio-chat 4.1.0, userdescriptor.js: sync_unique_name; the path is a guess"),
        "GET {usersUrl}/{user} reads a user by SID or identity";
    USERS = "session.users", Library("twilio-chat 4.1.0, data/userdescriptors.js; the path is a guess"),
        "GET {usersUrl}?ChannelSid= lists the users in a channel";
}

/// Before the paths of all views.
pub(in crate::socket) const SERVICES: &str = "/v1/Services";

/// Where the views of a user are.
pub(super) struct Paths {
    pub(super) service: ChatServiceSid,
    pub(super) user: UserSid,
}

impl Paths {
    fn below(&self, what: impl Display) -> String {
        format!("{SERVICES}/{}/{what}", self.service)
    }

    pub(super) fn channels(&self) -> String {
        self.below("Channels")
    }

    pub(super) fn users(&self) -> String {
        self.below("Users")
    }

    pub(super) fn my_channels(&self) -> String {
        self.below(format_args!("Users/{}/Channels", self.user))
    }

    pub(super) fn sync_list(&self) -> String {
        self.below(format_args!("Users/{}/SyncList", self.user))
    }
}

/// A channel; of one's own side of it only what one has.
#[derive(Serialize)]
struct ChannelView<'a> {
    channel_sid: ChannelSid,
    unique_name: Option<&'a str>,
    friendly_name: Option<&'a str>,
    attributes: &'a str,
    created_by: &'a str,
    #[serde(serialize_with = "moment")]
    date_created: Timestamp,
    #[serde(serialize_with = "moment")]
    date_updated: Timestamp,
    r#type: &'static str,
    members_count: usize,
    messages_count: usize,
    channel: Name<'a>,
    messages: Name<'a>,
    roster: Name<'a>,
    #[serde(flatten)]
    mine: Option<Mine>,
}

#[derive(Serialize)]
struct Mine {
    status: &'static str,
    last_consumed_message_index: Option<u32>,
    unread_messages_count: Option<u32>,
    notification_level: &'static str,
}

#[derive(Serialize)]
struct Channels<'a> {
    channels: &'a [ChannelView<'a>],
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct UserView<'a> {
    sid: UserSid,
    identity: &'a str,
    friendly_name: Option<&'a str>,
    attributes: &'a str,
    is_online: bool,
    is_notifiable: bool,
    sync_unique_name: Name<'a>,
}

#[derive(Serialize)]
struct Users<'a> {
    users: &'a [UserView<'a>],
    meta: Meta<'a>,
}

fn moment<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.sync())
}

/// Answers what is below `/v1/Services` in the Chat service's own host.
pub(in crate::socket) fn route(device: Device<'_>, request: &Request<'_>) -> Outcome {
    if request.method != "GET" {
        return Err(request.wrong_method());
    }
    let segments = request.segments(SERVICES);
    let Some((service, rest)) = segments.split_first() else { return Err(request.unknown()) };
    device.of_service(*service)?;
    let names: Vec<&str> = rest.iter().map(|segment| segment.raw()).collect();
    match names.as_slice() {
        ["Channels"] => public(device, request),
        ["Channels", _] => one(device, rest[1]),
        ["Users"] => users(device, request),
        ["Users", _] => user(device, rest[1]),
        ["Users", _, "Channels"] => mine(device, request, rest[1], MINE),
        ["Users", _, "SyncList"] => mine(device, request, rest[1], SYNC_LIST),
        _ => Err(request.unknown()),
    }
}

fn view<'a>(channel: &Channel, held: &'a Held, joined: Option<&Joined>) -> ChannelView<'a> {
    ChannelView {
        channel_sid: channel.sid,
        unique_name: held.facts.unique_name.as_deref(),
        friendly_name: held.facts.friendly_name.as_deref(),
        attributes: &held.facts.attributes,
        created_by: &held.facts.created_by,
        date_created: held.facts.created,
        date_updated: held.facts.updated,
        r#type: channel.visibility.as_str(),
        members_count: held.members,
        messages_count: held.messages,
        channel: Name::Channel(channel.sid),
        messages: Name::Messages(channel.sid),
        roster: Name::Roster(channel.sid),
        mine: joined.map(|joined| Mine {
            status: joined.status().as_str(),
            last_consumed_message_index: joined.horizon,
            unread_messages_count: held.unread,
            notification_level: joined.level.as_str(),
        }),
    }
}

fn public(device: Device<'_>, request: &Request<'_>) -> Outcome {
    device.guard(Operation::ListChannels)?;
    let listing = Listing::of(request);
    let page = device.world().public_channels(&device.user().service, listing.page);
    let found: Vec<_> = page.items.iter().map(|channel| (channel, Held::of(channel, None))).collect();
    let channels: Vec<_> = found.iter().map(|(channel, held)| view(channel, held, None)).collect();
    Ok(listing.told(page.next, |meta| Answer::new(200, &Channels { channels: &channels, meta }, PUBLIC)))
}

fn one(device: Device<'_>, name: Segment<'_>) -> Outcome {
    device.guard(Operation::FetchChannel)?;
    let channel = device.visible(name)?;
    let joined = device.world().standing(device.user(), channel.sid).ok();
    let held = Held::of(&channel, joined.as_ref().and_then(|joined| joined.horizon));
    Ok(Answer::new(200, &view(&channel, &held, joined.as_ref()), ONE))
}

fn mine(device: Device<'_>, request: &Request<'_>, user: Segment<'_>, rule: crate::basis::RuleId) -> Outcome {
    device.guard(Operation::ListUserChannels)?;
    device.myself(user)?;
    let listing = Listing::of(request);
    let page = match request.param("ChannelSid") {
        Some(name) => {
            let channel = device.find_channel(Segment::plain(&name))?;
            let joined = device.world().standing(device.user(), channel.sid).ok();
            let items = joined.map(|joined| (channel.sid, joined)).into_iter().collect();
            crate::world::Page { items, next: None }
        }
        None => device.world().joined(device.user(), listing.page),
    };
    // A channel deleted this instant is left out.
    let found: Vec<_> = page
        .items
        .iter()
        .filter_map(|(sid, joined)| Some((device.world().channel_with(*sid)?, joined)))
        .map(|(channel, joined)| (Held::of(&channel, joined.horizon), channel, joined))
        .collect();
    let channels: Vec<_> =
        found.iter().map(|(held, channel, joined)| view(channel, held, Some(joined))).collect();
    Ok(listing.told(page.next, |meta| Answer::new(200, &Channels { channels: &channels, meta }, rule)))
}

fn user_view(user: &Resource) -> UserView<'_> {
    UserView {
        sid: user.sid,
        identity: &user.identity,
        friendly_name: user.friendly_name.as_deref(),
        attributes: user.attributes.as_deref().unwrap_or("{}"),
        is_online: user.is_online == Some(true),
        is_notifiable: user.is_notifiable == Some(true),
        sync_unique_name: Name::UserInfo(user.sid),
    }
}

fn user(device: Device<'_>, name: Segment<'_>) -> Outcome {
    device.guard(Operation::FetchUser)?;
    let user = device.world().user_view(&*device.find_user(name)?, Shown::Alone);
    Ok(Answer::new(200, &user_view(&user), USER))
}

fn users(device: Device<'_>, request: &Request<'_>) -> Outcome {
    device.guard(Operation::ListUsers)?;
    let channel = request.param("ChannelSid").ok_or_else(|| -> Refused { request.unknown() })?;
    let found = device.users_in(Segment::plain(&channel))?;
    let users: Vec<_> = found.iter().map(user_view).collect();
    let meta = Meta { page_size: u32::try_from(users.len()).unwrap_or(u32::MAX), ..Meta::default() };
    Ok(Answer::new(200, &Users { users: &users, meta }, USERS))
}
