//! What a customer's connection tells whoever holds it.

use std::time::Duration;

use tokio::time::Instant;
use wire::{
    identity::Identity,
    sid::{ChannelSid, MemberSid, MessageSid},
};

use super::error::SdkError;

/// What a request is known by until its [`Event::Reply`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub(super) u32);

/// What a request came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The message was accepted as this one.
    Sent {
        /// Its place in the channel.
        index: u32,
        /// Its SID, if the answer had one.
        sid: Option<MessageSid>,
    },
    /// The others were told. `false`: told less than the typing timeout ago, so nothing was sent, as the SDK.
    Typing(bool),
    /// The horizon stands at the newest message; so many are unread. An empty channel has no horizon to move.
    Read {
        /// Messages above the horizon, if the answer said.
        unread: Option<u32>,
    },
    /// A page of the channel's past.
    History(History),
    /// The channel is open (`getChannelBySid`).
    Open,
    /// The membership is gone.
    Left,
    /// The new token is in force.
    TokenUpdated,
}

/// A page of messages, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// The messages fetched. Empty when the SDK would have served the page from memory.
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub more: bool,
}

/// One message of a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its place in the channel.
    pub index: u32,
    /// Its SID.
    pub sid: MessageSid,
    /// Who wrote it.
    pub author: Identity,
    /// Its text; empty for media.
    pub body: Box<str>,
    /// Its attributes as they were written, JSON text; `{}` if none.
    pub attributes: Box<str>,
}

/// Something that happened on the connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A request came to an end.
    Reply {
        /// Which.
        ticket: Ticket,
        /// How.
        result: Result<Answer, SdkError>,
        /// How often it was sent, 0 if never.
        attempts: u8,
        /// When the answer was read.
        at: Instant,
    },
    /// A channel joined after the login is complete: its subscriptions are established.
    ChannelJoined {
        /// Which.
        channel: ChannelSid,
        /// When its last subscription was confirmed.
        at: Instant,
    },
    /// A channel joined after the login could not be loaded or subscribed to.
    ChannelFailed {
        /// Which.
        channel: ChannelSid,
        /// Why.
        error: SdkError,
        /// When.
        at: Instant,
    },
    /// This client is no longer in the channel, or the channel is gone.
    ChannelLeft {
        /// Which.
        channel: ChannelSid,
        /// When.
        at: Instant,
    },
    /// A message arrived, the client's own echo included.
    MessageAdded {
        /// Where.
        channel: ChannelSid,
        /// What.
        message: Message,
        /// When its frame was read.
        at: Instant,
    },
    /// Somebody joined.
    MemberJoined {
        /// Where.
        channel: ChannelSid,
        /// As which member.
        member: MemberSid,
        /// Who.
        identity: Identity,
        /// When.
        at: Instant,
    },
    /// Somebody left or was removed.
    MemberLeft {
        /// Where.
        channel: ChannelSid,
        /// Which member.
        member: MemberSid,
        /// Who.
        identity: Identity,
        /// When.
        at: Instant,
    },
    /// The channel's attributes changed (a new last message alone is not reported).
    ChannelUpdated {
        /// Which.
        channel: ChannelSid,
        /// The attributes now, JSON text.
        attributes: Box<str>,
        /// When.
        at: Instant,
    },
    /// A member of the channel types.
    Typing {
        /// Where.
        channel: ChannelSid,
        /// Who.
        identity: Identity,
        /// When.
        at: Instant,
    },
    /// The token will expire soon: hand over a new one.
    TokenAboutToExpire {
        /// When the warning came.
        at: Instant,
    },
    /// The token has expired; the session ends with it.
    TokenExpired {
        /// When.
        at: Instant,
    },
    /// The connection is lost or could not be made again; the client keeps trying by itself.
    Disconnected {
        /// Why.
        error: SdkError,
        /// When.
        at: Instant,
    },
    /// Back, and every subscription established again.
    Reconnected {
        /// When the last subscription was confirmed.
        at: Instant,
    },
    /// The token was refused; the client does not try again until it gets another.
    Denied {
        /// Why.
        error: SdkError,
        /// When.
        at: Instant,
    },
    /// The server ended the session for good.
    Closed {
        /// Its close code.
        code: u16,
        /// When.
        at: Instant,
    },
}

/// When each part of a login was done. Parts that were not needed (no name to resolve, no TLS) end where
/// the one before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectTimes {
    /// The login began.
    pub began: Instant,
    /// The attempt that succeeded began; later than `began` if there were others.
    pub dialed: Instant,
    /// The name was resolved.
    pub dns: Instant,
    /// The TCP connection stood.
    pub tcp: Instant,
    /// TLS was agreed on.
    pub tls: Instant,
    /// The WebSocket was open.
    pub open: Instant,
    /// `init` was answered.
    pub init: Instant,
    /// Every joined channel's subscriptions were established.
    pub ready: Instant,
    /// Connections tried, the last included.
    pub attempts: u32,
}

/// How far a login is, or came: when its last connection began to be made, and when its name, TCP, TLS and `init`
/// were done. What is not has no time. While a connection is tried again, it is the one before that tells: as it
/// tells why the login is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reached(pub(super) [Option<Instant>; 5]);

impl Reached {
    /// How long each part took that is over, in the order dns, tcp, tls, init.
    pub fn took(&self) -> [Option<Duration>; 4] {
        let Self([dialed, dns, tcp, tls, init]) = *self;
        let took = |from: Option<Instant>, to: Option<Instant>| Some(to?.saturating_duration_since(from?));
        [took(dialed, dns), took(dns, tcp), took(tcp, tls), took(tls, init)]
    }
}
