//! The Chat service's REST for devices.

use std::sync::Arc;

use wire::aim::answer::Configuration;
use wire::aim::{Dialect, Path, TypingAnswer};
use wire::sid::ChatServiceSid;

use super::device::Device;
use super::session::Session;
use super::session_list;
use super::tunnel::{Answer, Outcome, Request, Segment};
use crate::basis::{Refused, RuleId, rules};
use crate::operation::Operation;
use crate::world::World;
use crate::world::lock;
use crate::world::mutation::Made;
use crate::world::user::User;

mod channel;
mod invite;
mod member;
mod message;
mod receipt;
mod user;

rules! {
    CONFIGURATION = "aim.configuration", Recorded("public captures of the service (v2); v1 by analogy"),
        "GET /Client/v1/Configuration says who one is and where everything is";
    CONFIGURATION_2 = "aim.v2.configuration", Recorded("public captures of the service"),
        "GET /Client/v2/Configuration says the same to the Conversations SDK, with all paths below /Client/v2";
    TYPING = "aim.typing", Library("twilio-chat 6.0.0, typingindicator: form body, typing_timeout in the answer"),
        "POST …/Typing announces a member and is answered with the service's timeout";
    REPEATED = "aim.mutation.repeated", Library("twilio-chat 6.0.0, commandexecutor: 202 with resource_sid and resource_url"),
        "a change whose X-Twilio-Mutation-Id was seen is not made again but answered 202 with what it made";
}

/// The rules of the interface.
pub(super) fn all_rules() -> Vec<RuleId> {
    [RULES, channel::RULES, invite::RULES, member::RULES, message::RULES, receipt::RULES, user::RULES]
        .concat()
}

/// A request and who makes it.
struct Call<'a> {
    device: Device<'a>,
    request: &'a Request<'a>,
    dialect: Dialect,
}

pub(super) fn route(session: &Session, request: &Request<'_>) -> Outcome {
    let second = request.path.starts_with(Dialect::V2.base());
    let dialect = if second { Dialect::V2 } else { Dialect::V1 };
    let call = Call { device: Device::of(session), request, dialect };
    if matches!(request.path, "/v1/typing") || request.path.starts_with("/v1/Instances/") {
        return call.typing();
    }
    if request.path.starts_with(session_list::view::SERVICES) {
        return session_list::view::route(call.device, request);
    }
    let segments = request.segments(dialect.base());
    match segments.as_slice() {
        [one] if one.raw() == "Configuration" => call.configuration(),
        [one] if one.raw() == "ContentTemplates" && dialect == Dialect::V2 => call.templates(),
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
            ("Conversations", [channel, what, rest @ ..]) => self.in_channel(*channel, what.raw(), rest),
            ("Users", []) => self.users(),
            ("Users", [user]) => self.one_user(*user),
            ("Users", [user, what]) if what.raw() == "Conversations" => self.my_channels(*user),
            ("Users", [user, what, channel]) if what.raw() == "Conversations" => {
                self.my_channel(*user, *channel)
            }
            _ => Err(self.request.unknown()),
        }
    }

    fn in_channel(&self, channel: Segment<'_>, what: &str, rest: &[Segment<'_>]) -> Outcome {
        use Dialect::{V1, V2};
        match (self.dialect, what, rest) {
            (_, "Messages", []) => self.messages(channel),
            (_, "Messages", [message]) => self.one_message(channel, *message),
            (_, "Participants", []) => self.members(channel),
            (_, "Participants", [member]) => self.one_member(channel, *member),
            (V1, "Invites", []) => self.invites(channel),
            (V1, "Invites", [user]) => self.one_invite(channel, *user),
            (V2, "MessageRecipients", []) => self.recipients(channel),
            (V2, "Messages", [message, what]) if what.raw() == "Receipts" => self.receipts(channel, *message),
            (V2, "Messages", [message, what]) if what.raw() == "ChannelMetadata" => {
                self.metadata(channel, *message)
            }
            _ => Err(self.request.unknown()),
        }
    }

    fn configuration(&self) -> Outcome {
        if self.request.method != "GET" {
            return Err(self.request.wrong_method());
        }
        self.device.guard(Operation::FetchLinks)?;
        let answer = Configuration {
            dialect: self.dialect,
            service_sid: self.service(),
            user_sid: self.user().sid,
            identity: &self.user().identity,
            media_base: self.device.host(),
        };
        let rule = match self.dialect {
            Dialect::V1 => CONFIGURATION,
            Dialect::V2 => CONFIGURATION_2,
        };
        Ok(Answer::new(200, &answer, rule))
    }

    fn typing(&self) -> Outcome {
        if self.request.method != "POST" {
            return Err(self.request.wrong_method());
        }
        self.device.guard(Operation::Typing)?;
        let form = wire::form::Form::parse(self.request.payload).ok();
        let sid = form.as_ref().and_then(|form| form.get("ChannelSid")).and_then(|sid| sid.parse().ok());
        let typing_timeout = self.device.types(sid)?;
        Ok(Answer::new(200, &TypingAnswer { typing_timeout }, TYPING))
    }

    /// Makes something, unless the same request made it before.
    fn once(&self, make: impl FnOnce() -> Result<(Answer, Made), Refused>) -> Outcome {
        let Some(id) = self.request.header("X-Twilio-Mutation-Id") else { return Ok(make()?.0) };
        // Held until it is made: the same request may come on two lines at once.
        let mut mutations = lock(&self.user().mutations);
        if let Some(made) = mutations.find(id) {
            return Ok(self.repeated(made));
        }
        let (answer, made) = make()?;
        mutations.remember(id, made);
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
                (sid.to_string(), Path::Conversation(service, &sid.text()).url_in(self.dialect).to_string())
            }
            Made::Member(channel, sid) => (
                sid.to_string(),
                Path::Participant(service, channel, &sid.text()).url_in(self.dialect).to_string(),
            ),
            Made::Message(channel, sid) => {
                (sid.to_string(), Path::Message(service, channel, sid).url_in(self.dialect).to_string())
            }
        };
        Answer::new(202, &Repeated { resource_sid, resource_url }, REPEATED)
    }
}
