//! The Chat service's REST for devices.

use std::sync::Arc;

use wire::aim::answer::Configuration;
use wire::aim::{Path, TypingAnswer};
use wire::sid::ChatServiceSid;

use super::device::Device;
use super::session::Session;
use super::session_list;
use super::tunnel::{Answer, Outcome, Request, Segment};
use crate::basis::{Refused, RuleId, rules};
use crate::world::World;
use crate::world::mutation::Made;
use crate::world::user::User;

mod channel;
mod invite;
mod member;
mod message;
mod user;

rules! {
    CONFIGURATION = "aim.configuration", Recorded("public captures of the service (v2); v1 by analogy"),
        "GET /Client/v1/Configuration says who one is and where everything is";
    TYPING = "aim.typing", Library("twilio-chat 6.0.0, typingindicator: form body, typing_timeout in the answer"),
        "POST …/Typing announces a member and is answered with the service's timeout";
    REPEATED = "aim.mutation.repeated", Library("twilio-chat 6.0.0, commandexecutor: 202 with resource_sid and resource_url"),
        "a change whose X-Twilio-Mutation-Id was seen is not made again but answered 202 with what it made";
}

/// The rules of the interface.
pub(super) fn all_rules() -> Vec<RuleId> {
    [RULES, channel::RULES, invite::RULES, member::RULES, message::RULES, user::RULES].concat()
}

const CLIENT: &str = "/Client/v1";

/// A request and who makes it.
struct Call<'a> {
    device: Device<'a>,
    request: &'a Request<'a>,
}

pub(super) fn route(session: &Session, request: &Request<'_>) -> Outcome {
    let call = Call { device: Device::of(session), request };
    if matches!(request.path, "/v1/typing") || request.path.starts_with("/v1/Instances/") {
        return call.typing();
    }
    if request.path.starts_with(session_list::view::SERVICES) {
        return session_list::view::route(call.device, request);
    }
    let segments = request.segments(CLIENT);
    match segments.as_slice() {
        [one] if one.raw() == "Configuration" => call.configuration(),
        [services, service, rest @ ..] if services.raw() == "Services" => {
            call.device.of_service(*service)?;
            call.in_service(rest)
        }
        _ => Err(request.unknown()),
    }
}

impl<'a> Call<'a> {
    fn world(&self) -> &'a World {
        self.device.world()
    }

    fn user(&self) -> &'a Arc<User> {
        self.device.user()
    }

    fn service(&self) -> ChatServiceSid {
        self.device.service()
    }

    fn in_service(&self, rest: &[Segment<'_>]) -> Outcome {
        let Some((collection, rest)) = rest.split_first() else { return Err(self.request.unknown()) };
        match (collection.raw(), rest) {
            ("Conversations", []) => self.channels(),
            ("Conversations", [channel]) => self.one_channel(*channel),
            ("Conversations", [channel, what, rest @ ..]) => match (what.raw(), rest) {
                ("Messages", []) => self.messages(*channel),
                ("Messages", [message]) => self.one_message(*channel, *message),
                ("Invites", []) => self.invites(*channel),
                ("Invites", [user]) => self.one_invite(*channel, *user),
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

    fn configuration(&self) -> Outcome {
        if self.request.method != "GET" {
            return Err(self.request.wrong_method());
        }
        let answer = Configuration {
            service_sid: self.service(),
            user_sid: self.user().sid,
            identity: &self.user().identity,
            media_base: self.device.host(),
        };
        Ok(Answer::new(200, &answer, CONFIGURATION))
    }

    fn typing(&self) -> Outcome {
        if self.request.method != "POST" {
            return Err(self.request.wrong_method());
        }
        let form = wire::form::Form::parse(self.request.payload).ok();
        let sid = form.as_ref().and_then(|form| form.get("ChannelSid")).and_then(|sid| sid.parse().ok());
        let typing_timeout = self.device.types(sid)?;
        Ok(Answer::new(200, &TypingAnswer { typing_timeout }, TYPING))
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
