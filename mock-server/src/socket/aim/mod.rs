//! The Chat service's REST for devices.

use std::sync::Arc;

use wire::aim::answer::Configuration;
use wire::aim::{Path, TypingAnswer};
use wire::sid::{ChannelSid, ChatServiceSid};

use super::session::Session;
use super::tunnel::{Answer, Outcome, Request, Segment};
use crate::basis::{Refused, RuleId, rules};
use crate::fault::Operation;
use crate::world::World;
use crate::world::channel::Channel;
use crate::world::mutation::Made;
use crate::world::user::User;

mod channel;
mod member;
mod message;
mod user;

rules! {
    CONFIGURATION = "aim.configuration", Recorded("public captures of the service (v2); v1 by analogy"),
        "GET /Client/v1/Configuration says who one is and where everything is";
    TYPING = "aim.typing", Library("twilio-chat 6.0.0, typingindicator: form body, typing_timeout in the answer"),
        "POST …/Typing announces a member and is answered with the service's timeout";
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
    NOT_MEMBER = "aim.not-a-member", Inferred("error catalogue 50400; the status is a guess"),
        "a device that is no member of a channel may neither read nor change it: 403, 50400";
    NOT_ALLOWED = "aim.not-allowed", Inferred("error catalogue 50107: a user's default role edits and removes its own only"),
        "what the role of a plain user does not allow is 403, 50107";
    REPEATED = "aim.mutation.repeated", Library("twilio-chat 6.0.0, commandexecutor: 202 with resource_sid and resource_url"),
        "a change whose X-Twilio-Mutation-Id was seen is not made again but answered 202 with what it made";
}

/// The rules of the interface.
pub(super) fn all_rules() -> Vec<RuleId> {
    [RULES, channel::RULES, member::RULES, message::RULES, user::RULES].concat()
}

const CLIENT: &str = "/Client/v1";

/// A request and who makes it.
struct Call<'a> {
    session: &'a Session,
    request: &'a Request<'a>,
}

pub(super) fn route(session: &Session, request: &Request<'_>) -> Outcome {
    let call = Call { session, request };
    if matches!(request.path, "/v1/typing") || request.path.starts_with("/v1/Instances/") {
        return call.typing();
    }
    let segments = request.segments(CLIENT);
    match segments.as_slice() {
        [one] if one.raw() == "Configuration" => call.configuration(),
        [services, service, rest @ ..] if services.raw() == "Services" => {
            if service.raw().parse() != Ok(call.service()) {
                return Err(Refused::new(403, 50107, "User not authorized for command", OTHER_SERVICE));
            }
            call.in_service(rest)
        }
        _ => Err(request.unknown()),
    }
}

impl<'a> Call<'a> {
    fn world(&self) -> &'a World {
        &self.session.shared.world
    }

    fn user(&self) -> &'a Arc<User> {
        &self.session.connection.user
    }

    fn service(&self) -> ChatServiceSid {
        self.user().service.sid
    }

    fn in_service(&self, rest: &[Segment<'_>]) -> Outcome {
        let Some((collection, rest)) = rest.split_first() else { return Err(self.request.unknown()) };
        match (collection.raw(), rest) {
            ("Conversations", []) => self.channels(),
            ("Conversations", [channel]) => self.one_channel(*channel),
            ("Conversations", [channel, what, rest @ ..]) => match (what.raw(), rest) {
                ("Messages", []) => self.messages(*channel),
                ("Messages", [message]) => self.one_message(*channel, *message),
                ("Participants", []) => self.members(*channel),
                ("Participants", [member]) => self.one_member(*channel, *member),
                _ => Err(self.request.unknown()),
            },
            ("Users", []) => self.users(),
            ("Users", [user]) => self.one_user(*user),
            ("Users", [user, what]) if what.raw() == "Conversations" => self.my_channels(*user),
            ("Users", [user, what, channel]) if what.raw() == "Conversations" => {
                self.my_channel(*user, *channel)
            }
            _ => Err(self.request.unknown()),
        }
    }

    /// Asked before anything else of an operation: limits and faults.
    fn guard(&self, operation: Operation) -> Result<(), Refused> {
        self.session.shared.guard.request(operation)
    }

    /// Asked before a change to a channel.
    fn channel_action(&self, channel: &Channel) -> Result<(), Refused> {
        self.session.shared.guard.channel_action(channel.sid)
    }

    /// Asked before a change to the service.
    fn service_action(&self) -> Result<(), Refused> {
        self.session.shared.guard.service_action(self.service())
    }

    fn configuration(&self) -> Outcome {
        if self.request.method != "GET" {
            return Err(self.request.wrong_method());
        }
        let answer = Configuration {
            service_sid: self.service(),
            user_sid: self.user().sid,
            identity: &self.user().identity,
            media_base: &self.session.host,
        };
        Ok(Answer::new(200, &answer, CONFIGURATION))
    }

    fn typing(&self) -> Outcome {
        if self.request.method != "POST" {
            return Err(self.request.wrong_method());
        }
        let form = wire::form::Form::parse(self.request.payload).ok();
        let sid = form.as_ref().and_then(|form| form.get("ChannelSid")).and_then(|sid| sid.parse().ok());
        let sid: ChannelSid = sid.ok_or_else(no_channel)?;
        let channel = self.world().channel_with(sid).ok_or_else(no_channel)?;
        self.must_be_member(&channel)?;
        let typing_timeout = self.world().announce_typing(&channel, self.user());
        Ok(Answer::new(200, &TypingAnswer { typing_timeout }, TYPING))
    }

    /// A channel of the service, by SID or unique name.
    fn find_channel(&self, name: Segment<'_>) -> Result<Arc<Channel>, Refused> {
        let service = &self.user().service;
        name.find(|name| self.world().find_channel(service, name)).map_err(|_| no_channel())
    }

    /// A channel of which the asker is a member.
    fn my(&self, name: Segment<'_>) -> Result<Arc<Channel>, Refused> {
        let channel = self.find_channel(name)?;
        self.must_be_member(&channel)?;
        Ok(channel)
    }

    fn must_be_member(&self, channel: &Channel) -> Result<(), Refused> {
        let member = channel.lock().member_of(self.user()).is_some();
        if member { Ok(()) } else { Err(Refused::new(403, 50400, "User not member of channel", NOT_MEMBER)) }
    }

    fn find_user(&self, name: Segment<'_>) -> Result<Arc<User>, Refused> {
        let service = &self.user().service;
        name.find(|name| self.world().find_user(service, name))
            .map_err(|_| Refused::new(404, 50200, "User not found", NO_USER))
    }

    /// The asker, and nobody else.
    fn myself(&self, name: Segment<'_>) -> Result<(), Refused> {
        if self.find_user(name)?.sid == self.user().sid { Ok(()) } else { Err(not_allowed()) }
    }

    /// Makes something, unless the same request made it before.
    fn once(&self, make: impl FnOnce() -> Result<(Answer, Made), Refused>) -> Outcome {
        let id = self.request.header("X-Twilio-Mutation-Id");
        if let Some(made) = id.and_then(|id| self.user().lock().mutations.find(id)) {
            return Ok(self.repeated(made));
        }
        let (answer, made) = make()?;
        if let Some(id) = id {
            self.user().lock().mutations.remember(id, made);
        }
        Ok(answer)
    }

    fn repeated(&self, made: Made) -> Answer {
        #[derive(serde::Serialize)]
        struct Repeated {
            resource_sid: String,
            resource_url: String,
        }
        let service = self.service();
        let (resource_sid, resource_url) = match made {
            Made::Channel(sid) => {
                (sid.to_string(), Path::Conversation(service, &sid.text()).url().to_string())
            }
            Made::Member(channel, sid) => {
                (sid.to_string(), Path::Participant(service, channel, &sid.text()).url().to_string())
            }
            Made::Message(channel, sid) => {
                (sid.to_string(), Path::Message(service, channel, sid).url().to_string())
            }
        };
        Answer::new(202, &Repeated { resource_sid, resource_url }, REPEATED)
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
