//! What a logged-in device may do, whichever way it asks: by the REST of the tunnel or by a command of a session list.
//!
//! Who reads a request guards its operation before anything of it is read. Here is what comes after: finding what it
//! names, asking whether this device may, the limits of what it changes, and changing the world.

use std::sync::Arc;

use wire::channel::Visibility;
use wire::sid::{ChannelSid, ChatServiceSid};
use wire::user::{Standing, UpdateUser, User as Resource};

use super::session::Session;
use super::tunnel::Segment;
use crate::basis::{Refused, rules};
use crate::guard;
use crate::operation::{Operation, Via};
use crate::world::World;
use crate::world::channel::Channel;
use crate::world::user::{Joined, Shown, User};

mod channel;
mod invite;
mod member;
mod message;
mod shown;

pub(super) use message::{Words, sid_of};
pub(super) use shown::{Held, Listing};

rules! {
    OTHER_SERVICE = "aim.service", Inferred("as Sync refuses what is another's; the code is a guess"),
        "a path of another service than the token's is 403, 50107";
    NO_CHANNEL = "aim.channel.unknown", Inferred("error catalogue 50300; a prototype the SDKs ran against"),
        "an unknown channel is 404, 50300";
    NO_MEMBER = "aim.member.unknown", Inferred("error catalogue 50402; a prototype the SDKs ran against"),
        "an unknown member is 404, 50402";
    NO_MESSAGE = "aim.message.unknown", Inferred("error catalogue 50500; a prototype the SDKs ran against"),
        "an unknown message is 404, 50500";
    NO_USER = "aim.user.unknown", Inferred("error catalogue 50200; a prototype the SDKs ran against"),
        "an unknown user is 404, 50200";
    NO_INVITE = "aim.invite.unknown", Inferred("error catalogue 50601; the status as for what is not there"),
        "declining where one is not invited is 404, 50601";
    NOT_MEMBER = "aim.not-a-member", Inferred("error catalogue 50400; the status is a guess"),
        "a device that is no member of a channel may neither read nor change it: 403, 50400";
    NOT_ALLOWED = "aim.not-allowed", Inferred("error catalogue 50107: a user's default role edits and removes its own only"),
        "what the role of a plain user does not allow is 403, 50107";
}

/// A connection, as who it is.
#[derive(Clone, Copy)]
pub(super) struct Device<'a> {
    session: &'a Session,
}

impl<'a> Device<'a> {
    pub(super) const fn of(session: &'a Session) -> Self {
        Self { session }
    }

    pub(super) fn world(self) -> &'a World {
        &self.session.shared.world
    }

    pub(super) fn user(self) -> &'a Arc<User> {
        &self.session.connection.user
    }

    pub(super) fn service(self) -> ChatServiceSid {
        self.user().service.sid
    }

    /// Where the client says the mock is.
    pub(super) fn host(self) -> &'a str {
        &self.session.host
    }

    /// Asked of every path in a service: it must be the token's.
    pub(super) fn of_service(self, name: Segment<'_>) -> Result<(), Refused> {
        if name.raw().parse() == Ok(self.service()) {
            return Ok(());
        }
        Err(Refused::new(403, 50107, "User not authorized for command", OTHER_SERVICE))
    }

    /// Asked before anything else of an operation: limits and faults.
    pub(super) fn guard(self, operation: Operation) -> Result<(), Refused> {
        self.session.operation.set(Some(operation));
        let session = self.session;
        let text = session.about.borrow();
        let asked = guard::Asked { world: self.world(), via: Via::Socket, text: &text };
        let (struck, passed) = session.shared.guard.request(operation, &asked);
        if struck.is_some() {
            session.struck.set(struck);
        }
        passed
    }

    /// Asked before a change to a channel.
    fn channel_action(self, channel: &Channel) -> Result<(), Refused> {
        self.session.shared.guard.channel_action(channel.sid)
    }

    /// Asked before a change to the service.
    fn service_action(self) -> Result<(), Refused> {
        self.session.shared.guard.service_action(self.service())
    }

    /// A channel of the service, by SID or unique name.
    pub(super) fn find_channel(self, name: Segment<'_>) -> Result<Arc<Channel>, Refused> {
        let service = &self.user().service;
        name.find(|name| self.world().find_channel(service, name)).map_err(|_| no_channel())
    }

    /// A channel of which the device is a member.
    pub(super) fn my(self, name: Segment<'_>) -> Result<Arc<Channel>, Refused> {
        let channel = self.find_channel(name)?;
        self.must_be_member(&channel)?;
        Ok(channel)
    }

    /// A channel that the device may see: everybody's, or one that it made, is in, or is invited to.
    pub(super) fn visible(self, name: Segment<'_>) -> Result<Arc<Channel>, Refused> {
        let channel = self.find_channel(name)?;
        if !self.may_join(&channel) {
            self.must_be_member(&channel)?;
        }
        Ok(channel)
    }

    /// Whether the device's user may enter a channel: everybody's, one they made, one they are invited to.
    fn may_join(self, channel: &Channel) -> bool {
        let invited = |standing: Joined| standing.status() == Standing::Invited;
        channel.visibility == Visibility::Public
            || self.made(channel)
            || self.world().standing(self.user(), channel.sid).is_ok_and(invited)
    }

    fn must_be_member(self, channel: &Channel) -> Result<(), Refused> {
        let member = channel.lock().member_of(self.user()).is_some();
        if member { Ok(()) } else { Err(Refused::new(403, 50400, "User not member of channel", NOT_MEMBER)) }
    }

    /// Whether the device's user made the channel.
    fn made(self, channel: &Channel) -> bool {
        channel.lock().facts.created_by == self.user().identity
    }

    pub(super) fn find_user(self, name: Segment<'_>) -> Result<Arc<User>, Refused> {
        let service = &self.user().service;
        name.find(|name| self.world().find_user(service, name))
            .map_err(|_| Refused::new(404, 50200, "User not found", NO_USER))
    }

    /// The users in a channel of which the device is a member: as many as it can have.
    pub(super) fn users_in(self, channel: Segment<'_>) -> Result<Vec<Resource>, Refused> {
        let channel = self.my(channel)?;
        let members: Vec<Arc<User>> =
            channel.lock().members.iter().map(|member| member.user.clone()).collect();
        Ok(members.iter().map(|user| self.world().user_view(user, Shown::Alone)).collect())
    }

    /// The device's own user, and nobody else.
    pub(super) fn myself(self, name: Segment<'_>) -> Result<(), Refused> {
        if self.find_user(name)?.sid == self.user().sid { Ok(()) } else { Err(not_allowed()) }
    }

    /// Asked before a user is changed: only oneself.
    pub(super) fn may_change_user(self, name: Segment<'_>) -> Result<(), Refused> {
        self.service_action()?;
        self.myself(name)
    }

    /// Changes the device's own user.
    pub(super) fn change_me(self, change: UpdateUser) -> Result<(), Refused> {
        self.world().change_user(self.user(), change)
    }

    /// Announces that somebody types in a channel, and says for how many seconds that holds.
    pub(super) fn types(self, sid: Option<ChannelSid>) -> Result<u32, Refused> {
        let channel = sid.and_then(|sid| self.world().channel_with(sid)).ok_or_else(no_channel)?;
        self.must_be_member(&channel)?;
        Ok(self.world().announce_typing(&channel, self.user()))
    }
}

fn no_channel() -> Refused {
    Refused::new(404, 50300, "Channel not found", NO_CHANNEL)
}

fn no_member() -> Refused {
    Refused::new(404, 50402, "Member not found", NO_MEMBER)
}

fn no_message() -> Refused {
    Refused::new(404, 50500, "Message not found", NO_MESSAGE)
}

fn not_allowed() -> Refused {
    Refused::new(403, 50107, "User not authorized for command", NOT_ALLOWED)
}

/// An invite that is not there, in the words of this interface; any other refusal as it is.
fn no_invite(refused: Refused) -> Refused {
    if refused.code == 20404 { Refused::titled(404, 50601, NO_INVITE) } else { refused }
}
