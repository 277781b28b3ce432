//! Push registrations: taken and forgotten, since there is nobody to push to.

use serde::Serialize;
use wire::sid::RequestSid;

use super::session::Session;
use super::tunnel::{Answer, Outcome, Request};
use crate::basis::rules;

rules! {
    REGISTERED = "ers.registration", Library("twilio-notifications of twilio-chat 6.0.0: the answer's id"),
        "a push registration is answered 200 with an id, and nothing is ever pushed to it";
    REMOVED = "ers.registration.removed", Library("twilio-notifications of twilio-chat 6.0.0"),
        "a push registration's removal is answered 200";
}

#[derive(Serialize)]
struct Registered<'a> {
    id: &'a str,
}

pub(super) fn route(session: &Session, request: &Request<'_>) -> Outcome {
    let segments = request.segments("/v1/registrations");
    match (request.method, segments.len()) {
        ("POST", 0 | 1) => {
            let id = RequestSid::mock(session.shared.world.seed(), session.shared.world.next()).text();
            Ok(Answer::new(200, &Registered { id: &id[2..] }, REGISTERED))
        }
        ("DELETE", 1) => Ok(Answer::no_content(REMOVED)),
        (_, 0 | 1) => Err(request.wrong_method()),
        _ => Err(request.unknown()),
    }
}
