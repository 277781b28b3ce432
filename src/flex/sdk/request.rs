//! Requests: what each is for, where it is, how it is repeated.

use std::time::Duration;

use tokio::time::Instant;
use wire::{frame::Id, sid::ChannelSid, sync::Action};

use super::{
    backoff::{CHAT, Habit, RESOURCE, SYNC},
    error::Doing,
    event::Ticket,
    subscribe::Correlation,
};

/// How long the SDK waits for a reply.
pub(super) const REPLY_WITHIN: Duration = Duration::from_secs(30);
/// How long a request waits for a connection to go out on.
pub(super) const SENT_WITHIN: Duration = Duration::from_secs(20);

/// What a request is for. It holds what is needed to write it again.
#[derive(Debug)]
pub(super) enum Op {
    Init,
    Update(Option<Ticket>),
    Configuration,
    /// The map of my channels, by name; with its items in a lean login.
    MyChannels(Box<str>),
    Myself(Box<str>),
    /// One item of the user's own map, where `Include=items` was not honoured.
    MyselfItem(Box<str>, &'static str),
    MyConversations(Option<Box<str>>),
    Document(ChannelSid, Box<str>),
    Messages(ChannelSid, Box<str>),
    Roster(ChannelSid, Box<str>),
    /// A page of a roster: its link, and the key to go on from.
    Members(ChannelSid, Box<str>, Option<Box<str>>),
    Subscribe(Correlation, Action),
    Send(Ticket, ChannelSid),
    Typing(Ticket, ChannelSid),
    /// A page to find the newest message in, for [`Op::Horizon`].
    Newest(Ticket, ChannelSid, Page),
    Horizon(Ticket, ChannelSid),
    History(Ticket, ChannelSid, Page),
    /// `getChannelBySid`: the item of my channels…
    Item(Ticket, ChannelSid),
    /// …and if there is none, the conversation.
    Conversation(Ticket, ChannelSid),
    Leave(Ticket, ChannelSid),
    /// The service had applied a mutation before and says where its result is.
    Applied(Ticket, ChannelSid, Box<str>),
}

/// A page of messages: from this one, or the end, downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) from: Option<u32>,
    pub(super) size: u32,
    /// The page before it was asked for, so `from` itself is known to whoever asked.
    pub(super) older: bool,
}

impl Op {
    /// What an error in it is called.
    pub(super) fn doing(&self) -> Doing {
        match self {
            Self::Init => Doing::Init,
            Self::Update(_) => Doing::UpdateToken,
            Self::Configuration => Doing::Loading("the configuration"),
            Self::MyChannels(_) => Doing::Loading("the map of my channels"),
            Self::Myself(_) | Self::MyselfItem(..) => Doing::Loading("my user"),
            Self::MyConversations(_) => Doing::Loading("my conversations"),
            Self::Document(..) => Doing::Loading("a channel's document"),
            Self::Messages(..) => Doing::Loading("a channel's list of messages"),
            Self::Roster(..) => Doing::Loading("a channel's roster"),
            Self::Members(..) => Doing::Loading("a channel's members"),
            Self::Subscribe(..) => Doing::Subscribing,
            Self::Send(..) | Self::Applied(..) => Doing::SendMessage,
            Self::Typing(..) => Doing::Typing,
            Self::Newest(..) | Self::Horizon(..) => Doing::MarkRead,
            Self::History(..) => Doing::History,
            Self::Item(..) | Self::Conversation(..) => Doing::Open,
            Self::Leave(..) => Doing::Leave,
        }
    }

    /// Who waits for it.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Update(ticket) => *ticket,
            Self::Send(ticket, _)
            | Self::Typing(ticket, _)
            | Self::Newest(ticket, ..)
            | Self::Horizon(ticket, _)
            | Self::History(ticket, ..)
            | Self::Item(ticket, _)
            | Self::Conversation(ticket, _)
            | Self::Leave(ticket, _)
            | Self::Applied(ticket, ..) => Some(*ticket),
            Self::Init
            | Self::Configuration
            | Self::MyChannels(_)
            | Self::Myself(_)
            | Self::MyselfItem(..)
            | Self::MyConversations(_)
            | Self::Document(..)
            | Self::Messages(..)
            | Self::Roster(..)
            | Self::Members(..)
            | Self::Subscribe(..) => None,
        }
    }

    /// The channel it is about.
    pub(super) fn channel(&self) -> Option<ChannelSid> {
        match self {
            Self::Document(channel, _)
            | Self::Messages(channel, _)
            | Self::Roster(channel, _)
            | Self::Members(channel, ..)
            | Self::Send(_, channel)
            | Self::Typing(_, channel)
            | Self::Newest(_, channel, _)
            | Self::Horizon(_, channel)
            | Self::History(_, channel, _)
            | Self::Item(_, channel)
            | Self::Conversation(_, channel)
            | Self::Leave(_, channel)
            | Self::Applied(_, channel, _) => Some(*channel),
            Self::Init
            | Self::Update(_)
            | Self::Configuration
            | Self::MyChannels(_)
            | Self::Myself(_)
            | Self::MyselfItem(..)
            | Self::MyConversations(_)
            | Self::Subscribe(..) => None,
        }
    }

    /// How it is repeated after this failure, if it is.
    pub(super) fn habit(&self, failure: Failure) -> Option<Habit> {
        let gateway = matches!(failure, Failure::Http(502..=504));
        let throttled = failure == Failure::Http(429);
        match self {
            Self::Configuration | Self::Applied(..) => Some(RESOURCE),
            Self::MyConversations(_) | Self::Conversation(..) => (gateway || throttled).then_some(CHAT),
            Self::MyChannels(_)
            | Self::Myself(_)
            | Self::MyselfItem(..)
            | Self::Document(..)
            | Self::Messages(..)
            | Self::Roster(..)
            | Self::Members(..)
            | Self::Newest(..)
            | Self::History(..)
            | Self::Item(..) => (gateway || throttled).then_some(SYNC),
            Self::Subscribe(..) => gateway.then_some(SYNC),
            Self::Init
            | Self::Update(_)
            | Self::Send(..)
            | Self::Typing(..)
            | Self::Horizon(..)
            | Self::Leave(..) => None,
        }
    }
}

/// How a request failed, as far as repeating it depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The service answered with this status.
    Http(u16),
    /// It went wrong before.
    Other,
}

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Waiting for a connection, until then.
    Unsent(Instant),
    /// Waiting for its reply, until then.
    Sent(Instant),
    /// To be sent again then.
    Again(Instant),
}

impl Phase {
    pub(super) fn deadline(self) -> Instant {
        match self {
            Self::Unsent(at) | Self::Sent(at) | Self::Again(at) => at,
        }
    }
}

/// A request that has not come to its end.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: Id,
    pub(super) op: Op,
    pub(super) phase: Phase,
    pub(super) attempts: u8,
    pub(super) delay_ms: u32,
    pub(super) began: Instant,
    /// Sync's request id, or the mutation id: the same for every attempt.
    pub(super) trace: Id,
    /// Kept while it may have to be written again.
    pub(super) body: Option<Box<[u8]>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_never_repeated() {
        let channel = ChannelSid::mock(1, 1);
        for op in
            [Op::Send(Ticket(1), channel), Op::Horizon(Ticket(1), channel), Op::Leave(Ticket(1), channel)]
        {
            for failure in [Failure::Http(429), Failure::Http(503), Failure::Other] {
                assert!(op.habit(failure).is_none(), "{op:?} {failure:?}");
            }
        }
        assert!(
            Op::Subscribe(1, Action::Establish).habit(Failure::Http(429)).is_none(),
            "its own timer does that"
        );
        assert!(Op::Subscribe(1, Action::Establish).habit(Failure::Http(502)).is_some());
        assert!(Op::Configuration.habit(Failure::Other).is_some());
        assert!(Op::MyConversations(None).habit(Failure::Http(403)).is_none());
    }
}
