//! Push registrations: a device becomes a binding of its user, and nothing is ever pushed to it.

use serde::{Deserialize, Serialize};
use wire::credential::PushService;
use wire::sid::{BindingSid, RequestSid};

use super::device::Device;
use super::session::Session;
use super::tunnel::{Answer, Outcome, Request};
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::binding::NewBinding;

rules! {
    REGISTERED = "ers.registration", Library("twilio-notifications of twilio-chat 6.0.0: the answer's id"),
        "a push registration is answered 200 with an id, and nothing is ever pushed to it";
    BOUND = "ers.registration.binding", Inferred("OpenAPI chat_v2: bindings, which no operation makes"),
        "a push registration that names a device is a binding of the user, with the token's push credential";
    LONG = "ers.registration.long", MockOnly("a mock must not grow without bound"),
        "a push registration with a name of more than 4096 bytes, more than 32 message types, or one of more than 256 bytes is 400, 20001";
    REMOVED = "ers.registration.removed", Library("twilio-notifications of twilio-chat 6.0.0"),
        "a push registration's removal is answered 204, and removes the binding";
}

/// Bytes of what a push service calls a device: Google's names have some 200, and may have 4096.
const NAME: usize = 4096;

/// Message types of one registration: the SDK knows nine.
const TYPES: usize = 32;

/// Bytes of a message type.
const TYPE: usize = 256;

#[derive(Serialize)]
struct Registered<'a> {
    id: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Registration {
    channel_type: String,
    message_types: Vec<String>,
    data: Data,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    registration_id: String,
}

pub(super) fn route(session: &Session, request: &Request<'_>) -> Outcome {
    let segments = request.segments("/v1/registrations");
    match (request.method, &*segments) {
        ("POST", [] | [_]) => {
            Device::of(session).guard(Operation::RegisterPush)?;
            register(session, request)
        }
        ("DELETE", [id]) => {
            Device::of(session).guard(Operation::UnregisterPush)?;
            // One that was only acknowledged has no binding to remove.
            let sid = id.find(|id| format!("BS{id}").parse::<BindingSid>());
            let _ = sid.map(|sid| session.shared.world.unbind(&session.connection.user, sid));
            Ok(Answer::no_content(REMOVED))
        }
        (_, [] | [_]) => Err(request.wrong_method()),
        _ => Err(request.unknown()),
    }
}

fn register(session: &Session, request: &Request<'_>) -> Outcome {
    let registration: Registration = request.json()?;
    let bound = bind(session, registration)?;
    let other = || RequestSid::mock(session.shared.world.seed(), session.shared.world.next()).text();
    // A SID's digits look random and never repeat, which is all that is wanted of an id.
    let id = bound.map_or_else(other, |sid| sid.text());
    Ok(Answer::new(200, &Registered { id: &id[2..] }, REGISTERED))
}

fn bind(session: &Session, asked: Registration) -> Result<Option<BindingSid>, Refused> {
    let Some(kind) =
        PushService::read(&asked.channel_type).filter(|_| !asked.data.registration_id.is_empty())
    else {
        return Ok(None);
    };
    let (name, types) = (&asked.data.registration_id, &asked.message_types);
    if name.len() > NAME || types.len() > TYPES || types.iter().any(|kind| kind.len() > TYPE) {
        return Err(Refused::new(400, 20001, "Bad request: the registration is too long", LONG));
    }
    if !BOUND.follow() {
        return Ok(None);
    }
    let short = |name: String| name.strip_prefix("twilio.channel.").unwrap_or(&name).to_owned();
    let binding = NewBinding {
        kind,
        endpoint: asked.data.registration_id,
        credential: session.push_credential(),
        message_types: asked.message_types.into_iter().map(short).collect(),
    };
    session.shared.world.bind(&session.connection.user, binding).map(Some)
}
