//! HTTP requests within frames: read, sent to the service they name, answered.

use std::borrow::Cow;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::error::ApiError;
use wire::frame::client::Message;
use wire::frame::server::{HttpAnswer, Reply};
use wire::frame::{Header, Status};
use wire::sid::RequestSid;
use wire::sync::Subscriptions;

use super::session::Session;
use super::session_list::{self, Posted};
use super::{aim, cds, ers};
use crate::answer::GUESSED;
use crate::basis::{Refused, RuleId, rules};
use crate::fault::http::{Line, Manner, Struck};
use crate::journal::{Asked, Via};
use crate::near;

rules! {
    HEAD = "tunnel.reply", Recorded("public captures of the service: reason phrases, http_headers"),
        "a tunnelled request is answered by a reply with status, http_status and http_headers";
    UNKNOWN = "tunnel.unknown", Inferred("as REST answers a path nobody serves"),
        "a tunnelled request for a path nobody serves is 404, 20404";
    METHOD = "tunnel.method", Inferred("as REST answers: error catalogue 20004"),
        "a tunnelled request with a method its path does not take is 405, 20004";
    BODY = "tunnel.body", Inferred("as REST answers: error catalogue 20001"),
        "a tunnelled request whose body is not what its path takes is 400, 20001";
}

/// A service's answer to a tunnelled request. None is made without its rule.
pub(super) struct Answer {
    status: u16,
    code: Option<u32>,
    body: Vec<u8>,
    rule: RuleId,
    /// What follows once the answer is queued.
    pub(super) then: Option<Then>,
}

/// What follows an answer.
pub(super) enum Then {
    /// What came of subscribing.
    Subscriptions(Subscriptions),
    /// What comes of a command.
    Command(Posted),
}

/// What a route comes to.
pub(super) type Outcome = Result<Answer, Refused>;

impl Answer {
    pub(super) fn new(status: u16, body: &impl Serialize, rule: RuleId) -> Self {
        // Text, numbers and maps with text keys: writing them into memory cannot fail.
        Self::written(status, serde_json::to_vec(body).unwrap_or_default(), rule)
    }

    /// An answer whose JSON is already there.
    /// If the rule is broken, `200 {}`.
    pub(super) fn written(status: u16, body: Vec<u8>, rule: RuleId) -> Self {
        let (status, body) = if rule.follow() { (status, body) } else { (200, b"{}".to_vec()) };
        Self { status, code: None, body, rule, then: None }
    }

    pub(super) fn no_content(rule: RuleId) -> Self {
        Self::written(204, Vec::new(), rule)
    }

    fn refused(refused: Refused, path: &str) -> Self {
        let message = match (refused.code, refused.message.is_empty()) {
            (20404, true) => format!("The requested resource {path} was not found").into(),
            _ => refused.message,
        };
        let envelope = ApiError::new(refused.status, refused.code, message);
        Self { code: Some(refused.code), ..Self::new(refused.status, &envelope, refused.rule) }
    }
}

/// A tunnelled request, taken apart.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    message: &'a Message<'a>,
    pub(super) payload: &'a [u8],
}

impl<'a> Request<'a> {
    /// The parts of the path behind `prefix`.
    pub(super) fn segments(&self, prefix: &str) -> Vec<Segment<'a>> {
        let rest = self.path.strip_prefix(prefix).unwrap_or_default();
        rest.split('/').filter(|part| !part.is_empty()).map(Segment::of_path).collect()
    }

    /// A parameter, decoded.
    pub(super) fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        let message: &'a Message<'a> = self.message;
        message.http_request.params.get(name).map(decoded)
    }

    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let message: &'a Message<'a> = self.message;
        message.http_request.headers.header(name)
    }

    /// The JSON of the body.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        serde_json::from_slice(self.payload)
            .map_err(|error| Refused::new(400, 20001, format!("Bad request: {error}"), BODY))
    }

    pub(super) fn unknown(&self) -> Refused {
        Refused::not_found(UNKNOWN)
    }

    pub(super) fn wrong_method(&self) -> Refused {
        Refused::new(405, 20004, "Method not allowed", METHOD)
    }
}

/// A part of a path. The SDK encodes some identities and sends others as they are, so a name is looked up both ways.
#[derive(Clone, Copy)]
pub(super) struct Segment<'a> {
    raw: &'a str,
    encoded: bool,
}

impl<'a> Segment<'a> {
    /// Of a path.
    const fn of_path(raw: &'a str) -> Self {
        Self { raw, encoded: true }
    }

    /// A name from elsewhere, which means what it says.
    pub(super) const fn plain(raw: &'a str) -> Self {
        Self { raw, encoded: false }
    }

    /// As it was written.
    pub(super) const fn raw(self) -> &'a str {
        self.raw
    }

    /// The first that is found under the decoded or else the raw name.
    pub(super) fn find<T, E>(self, look: impl Fn(&str) -> Result<T, E>) -> Result<T, E> {
        let Self { raw, encoded } = self;
        let name = if encoded { decoded(raw) } else { Cow::Borrowed(raw) };
        look(&name).or_else(|error| if *name == *raw { Err(error) } else { look(raw) })
    }
}

/// Percent-decoded; what decodes to no text is left as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

/// Answers a tunnelled request; what it changes was told to everybody by then.
/// What a fault makes of the line is returned.
pub(super) fn request(session: &mut Session, message: &Message<'_>, payload: &[u8]) -> Option<Line> {
    let http = &message.http_request;
    let path = http.path.split('?').next().unwrap_or_default();
    if session.shared.world.faults().is_any() {
        // What faults look for channels in; the path alone names none where somebody types.
        let text = format!("{path} {}", String::from_utf8_lossy(payload));
        session.about.replace(if path.contains("CH") { path.to_owned() } else { text });
    }
    let request = Request { method: &http.method, path, message, payload };
    let answer =
        route(session, &http.host, &request).unwrap_or_else(|refused| Answer::refused(refused, path));
    let Answer { status, code, rule, .. } = answer;
    let struck = session.struck.take();
    if let Some(says) = struck.as_ref().and_then(Struck::note) {
        session.notes.warn(says);
    }
    record(session, &Came { method: &http.method, path, body: payload, status, code, rule });
    if HEAD.follow() {
        match &struck {
            None => {
                let content = (answer.status, &*answer.body);
                session.connection.push(framed(session, &message.id, content, answer.rule, None).into());
            }
            Some(struck) => reply_amiss(session, &message.id, &answer, struck),
        }
    }
    match answer.then {
        Some(Then::Subscriptions(subscriptions)) => cds::follow_up(session, &subscriptions),
        Some(Then::Command(posted)) => session_list::follow_up(session, posted),
        None => {}
    }
    struck.as_ref().and_then(Struck::line)
}

/// Replies as a fault will have it.
fn reply_amiss(session: &Session, id: &str, answer: &Answer, struck: &Struck) {
    if struck.line().is_some() {
        return;
    }
    let (whole, half) = (&*answer.body, answer.body.len() / 2);
    let (body, cut) = match struck.manner(whole.len()) {
        None => (whole, 0),
        Some(Manner::Half) => (&whole[..half], 0),
        Some(Manner::Broken) => (whole, whole.len() - half),
        Some(Manner::Slow { .. }) => {
            // A frame is whole or not there.
            struck.take_back();
            (whole, 0)
        }
    };
    let retry_after = struck.retry_after().map(|seconds| seconds.to_string());
    let mut frame = framed(session, id, (answer.status, body), answer.rule, retry_after.as_deref());
    frame.truncate(frame.len() - cut);
    match struck.due() {
        None => session.connection.push(frame.into()),
        Some(due) => session.connection.push_at(due, frame.into()),
    }
}

/// Something that was asked through the socket, and what came of it.
pub(super) struct Came<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) body: &'a [u8],
    pub(super) status: u16,
    pub(super) code: Option<u32>,
    pub(super) rule: RuleId,
}

/// Writes it into the journal.
pub(super) fn record(session: &Session, came: &Came<'_>) {
    if let (404, Some(code)) = (came.status, came.code)
        && let Some(meant) = near::miss(&session.shared.world, came.path, came.body, code)
    {
        session.notes.warn(meant);
    }
    let asked = Asked {
        via: Via::Socket,
        operation: session.operation.take(),
        method: came.method,
        path: came.path,
        query: "",
        who: session.connection.user.identity.as_str(),
        body: came.body,
        status: came.status,
        code: came.code,
        rule: came.rule,
        // Nothing is waited for in between.
        took: Duration::ZERO,
        notes: &session.notes,
    };
    session.shared.journal.record(session.shared.world.now(), &asked);
}

/// By the first label of the host, or by the path where the host is the mock's own.
fn route(session: &mut Session, host: &str, request: &Request<'_>) -> Outcome {
    match host.split('.').next() {
        Some("aim") => aim::route(session, request),
        Some("cds") => cds::route(session, request),
        Some("ers") => ers::route(session, request),
        _ if request.path.starts_with("/v3/") || request.path.starts_with("/v4/") => {
            cds::route(session, request)
        }
        _ if request.path.starts_with("/v1/registrations") => ers::route(session, request),
        _ => aim::route(session, request),
    }
}

/// The frame of a reply.
fn framed(
    session: &Session,
    id: &str,
    (status, body): (u16, &[u8]),
    rule: RuleId,
    retry_after: Option<&str>,
) -> Vec<u8> {
    let world = &session.shared.world;
    let date = world.now().http().to_string();
    let request_id = RequestSid::mock(world.seed(), world.next()).text();
    let mut headers = [("", ""); 6];
    let known = [
        Some(("server", "envoy")),
        Some(("date", &*date)),
        Some(("content-type", "application/json")),
        Some(("twilio-request-id", &*request_id)),
        (rule.basis().is_inferred() && GUESSED.follow()).then_some(("x-mock-basis", "inferred")),
        retry_after.map(|seconds| ("retry-after", seconds)),
    ];
    let mut count = 0;
    for header in known.into_iter().flatten() {
        headers[count] = header;
        count += 1;
    }
    let http = HttpAnswer { status: Status::new(status, phrase(status)), headers: &headers[..count] };
    let mut frame = Vec::new();
    Reply { id, status: Status::OK, http: Some(http) }.encode(body, &mut frame);
    frame
}

fn phrase(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}
