//! The generations 3.x and 4.x: commands are items of a Sync list, and the views have paths and names of their own.
//!
//! A device makes its list (`open`), adds a command to it (`post`), and finds the response in the item a little later
//! (`follow_up`). What a command does is what the younger generations do by REST: both ask the same [`Device`].
//!
//! - [`context`]: what the list's context tells
//! - [`view`]: what is read by REST
//! - a file for each group of commands

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};
use wire::identity::Identity;
use wire::user::NotificationLevel;

use super::device::Device;
use super::session::Session;
use super::tunnel::{Answer, Came, Outcome, Request, Segment, Then, record};
use crate::basis::{Refused, RuleId, rules};
use crate::operation::Operation;
use crate::world::object::Object;

mod channel;
mod context;
mod invite;
mod member;
mod message;
mod response;
mod user;
pub(super) mod view;

use response::{Done, Said};

rules! {
    OPENED = "session.open", Library("twilio-chat 4.1.0, session.js: POST /v3/Lists with purpose and context"),
        "POST /v3/Lists with purpose com.twilio.rtd.ipmsg makes a session list: 201";
    OTHER_PURPOSE = "session.open.purpose", MockOnly("of Sync the mock serves what the Chat SDK uses"),
        "POST /v3/Lists for any other purpose, or with a context of more than 4 KiB, is 400, 20001";
    POSTED = "session.command", Library("twilio-chat 4.1.0, session.js: push to the list's items"),
        "POST …/Lists/{session list}/Items takes a command: 201, and its response follows in the item";
    MALFORMED = "session.command.malformed", Inferred("as REST answers: error catalogue 20001"),
        "a command without a request is refused with 400, 20001, one whose fields are of the wrong type in its response";
    UNKNOWN = "session.command.unknown", Inferred("error catalogue 50302: unknown channel command"),
        "a command whose action nobody knows is answered with status 50302";
    CONTEXT = "session.context", Library("twilio-sync 0.12 and 0.13: links.context, data and last_event_id"),
        "GET …/Lists/{session list}/Context reads the context";
}

/// All rules of the older generations.
pub(super) fn all_rules() -> Vec<RuleId> {
    [
        RULES,
        channel::RULES,
        invite::RULES,
        member::RULES,
        message::RULES,
        response::RULES,
        user::RULES,
        view::RULES,
    ]
    .concat()
}

/// What a list must be for.
const PURPOSE: &str = "com.twilio.rtd.ipmsg";

/// Bytes of the context a device may give its list.
const CONTEXT_BYTES: usize = 4 * 1024;

/// What can be commanded: its name, what it counts as, and who does it.
struct Action {
    name: &'static str,
    operation: Operation,
    rule: RuleId,
    run: fn(&Command<'_>) -> Done,
}

/// A command under way: taken, and not yet answered.
pub(super) struct Posted {
    list: Object,
    index: u32,
    request: Value,
}

/// Makes a session list.
pub(super) fn open(session: &Session, request: &Request<'_>) -> Outcome {
    #[derive(Deserialize)]
    struct Open {
        #[serde(default)]
        purpose: Option<String>,
        #[serde(default)]
        context: Map<String, Value>,
    }
    let device = Device::of(session);
    device.guard(Operation::OpenSessionList)?;
    let Open { purpose, context } = request.json()?;
    let context = (purpose.as_deref() == Some(PURPOSE)).then(|| context::of(device, context)).flatten();
    let Some(context) = context else {
        return Err(Refused::new(400, 20001, "Only session lists can be made here", OTHER_PURPOSE));
    };
    let body = device.world().open_session_list(device.user(), context)?;
    Ok(Answer::written(201, body, OPENED))
}

/// Reads a list's context.
pub(super) fn context(session: &Session, list: Object) -> Outcome {
    let device = Device::of(session);
    device.guard(Operation::ReadSync)?;
    Ok(Answer::written(200, device.world().session_context(device.user(), list)?, CONTEXT))
}

/// Takes a command.
pub(super) fn post(session: &Session, list: Object, request: &Request<'_>) -> Outcome {
    #[derive(Deserialize)]
    struct Item {
        data: Map<String, Value>,
    }
    let device = Device::of(session);
    device.guard(Operation::SendCommand)?;
    let Item { data } = request.json()?;
    let Some(request) = data.get("request").filter(|request| request.is_object()).cloned() else {
        return Err(Refused::new(400, 20001, "Bad request: a command has a request", MALFORMED));
    };
    let (index, body) = device.world().add_command(device.user(), list, &data)?;
    let mut answer = Answer::written(201, body, POSTED);
    answer.then = Some(Then::Command(Posted { list, index, request }));
    Ok(answer)
}

/// Does what a command says, and writes what came of it into its item.
pub(super) fn follow_up(session: &Session, posted: Posted) {
    let Posted { list, index, request } = posted;
    let device = Device::of(session);
    let (body, path) = (request.to_string(), format!("/v3/Lists/{}/Items/{index}", list.sid()));
    let done = run(device, request);
    let (status, code, rule) = match &done {
        Ok((_, rule)) => (200, None, *rule),
        Err(refused) => (refused.status, Some(refused.code), refused.rule),
    };
    record(session, &Came { method: "COMMAND", path: &path, body: body.as_bytes(), status, code, rule });
    let response = match done {
        Ok((said, rule)) => said.response(rule),
        Err(refused) => refused.response(),
    };
    if let Some(response) = response {
        device.world().answer_command(device.user(), list, index, response);
    }
}

/// What comes of a command, and by which rule.
fn run(device: Device<'_>, request: Value) -> Result<(Said, RuleId), Refused> {
    let args: Args = serde_json::from_value(request)
        .map_err(|error| Refused::new(400, 20001, format!("Bad request: {error}"), MALFORMED))?;
    let groups = [channel::ACTIONS, invite::ACTIONS, member::ACTIONS, message::ACTIONS, user::ACTIONS];
    let Some(action) = groups.into_iter().flatten().find(|action| action.name == args.action) else {
        return Err(Refused::new(400, 50302, "Unknown channel command", UNKNOWN));
    };
    device.guard(action.operation)?;
    Ok(((action.run)(&Command { device, args: &args })?, action.rule))
}

/// A command and who gives it.
struct Command<'a> {
    device: Device<'a>,
    args: &'a Args,
}

/// Whatever a command may say.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Args {
    action: String,
    #[serde(default)]
    channel_sid: String,
    #[serde(default)]
    username: Option<Identity>,
    #[serde(default)]
    member_sid: Option<String>,
    #[serde(default)]
    r#type: Option<wire::channel::Visibility>,
    #[serde(default)]
    friendly_name: Option<Arc<str>>,
    #[serde(default)]
    unique_name: Option<Arc<str>>,
    #[serde(default)]
    attributes: Option<Arc<str>>,
    #[serde(default)]
    text: Option<Arc<str>>,
    #[serde(default)]
    media_sid: Option<Arc<str>>,
    #[serde(default)]
    message_idx: Option<Index>,
    #[serde(default)]
    notification_level: Option<NotificationLevel>,
    #[serde(default)]
    report: Vec<Read>,
}

/// Up to where a channel was read; nothing of it without an index.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    channel_sid: String,
    #[serde(default)]
    message_idx: Option<Index>,
}

/// A message's number: the SDK writes it as text in some commands.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "Value")]
struct Index(u32);

impl TryFrom<Value> for Index {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let number = match &value {
            Value::String(text) => text.parse().ok(),
            _ => value.as_u64().and_then(|number| number.try_into().ok()),
        };
        number.map(Self).ok_or("expected the index of a message")
    }
}

impl<'a> Command<'a> {
    /// The channel it is about.
    fn channel(&self) -> Segment<'a> {
        Segment::plain(&self.args.channel_sid)
    }

    /// Whom it is about, by identity.
    fn username(&self) -> Identity {
        self.args.username.clone().unwrap_or_else(|| "".into())
    }

    fn done(&self) -> Done {
        Ok(Said::default())
    }
}
