//! Answers of the REST API: Twilio's bodies, headers and envelope of errors. None is built without its rule.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use wire::error::ApiError;
use wire::sid::RequestSid;

use crate::basis::{Refused, RuleId, rules};

rules! {
    HEADERS = "rest.headers", Recorded("recorded HTTP cassettes in public test suites: Twilio-Request-Id, X-Shenanigans and the rest"),
        "every answer carries a request id, its duration, how many requests are in flight, and the edge's headers";
    ENVELOPE = "rest.envelope", Recorded("mailroom client_test.go and cassettes of public test suites: four fields, `detail` with 20003"),
        "a refusal's body has code, message, more_info and status";
    NAMED = "rest.envelope.path", Recorded("twilio-ruby issue #564: `/WebChannels`"),
        "what is not found is named without the version: The requested resource /Services/IS… was not found";
    pub(crate) GUESSED = "rest.basis", MockOnly("whoever builds on a guess is to know"),
        "an answer that rests on a guess, through the tunnel too, carries X-Mock-Basis: inferred";
    CHALLENGE = "rest.auth.challenge", Inferred("RFC 9110 asks for a challenge with 401; Twilio's words are not recorded"),
        "an answer 401 to missing or wrong credentials carries WWW-Authenticate: Basic realm=\"Twilio API\"";
}

/// An answer of an operation.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Option<Bytes>,
    code: Option<u32>,
    rule: RuleId,
    close: bool,
    /// The mock's own: the first index a list of messages can have.
    first_index: Option<u32>,
    /// What differs from the headers of every answer; without a type of its own, a body is JSON.
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// 200 with a resource.
    pub(crate) fn ok(resource: &impl Serialize, rule: RuleId) -> Self {
        Self::json(StatusCode::OK, resource, rule)
    }

    /// 201 with the resource that was made.
    pub(crate) fn created(resource: &impl Serialize, rule: RuleId) -> Self {
        Self::json(StatusCode::CREATED, resource, rule)
    }

    /// 204: gone.
    pub(crate) fn no_content(rule: RuleId) -> Self {
        Self::following(rule, || (StatusCode::NO_CONTENT, None))
    }

    /// 200 with bytes of a type of their own.
    pub(crate) fn file(bytes: Bytes, content_type: HeaderValue, rule: RuleId) -> Self {
        Self::following(rule, || (StatusCode::OK, Some(bytes))).with(header::CONTENT_TYPE, content_type)
    }

    /// The same of what somebody uploaded, type and all: nothing in it may run here.
    pub(crate) fn upload(bytes: Bytes, content_type: HeaderValue, rule: RuleId) -> Self {
        Self::file(bytes, content_type, rule)
            .with(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
            .with(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"))
    }

    /// 307: what was asked for is elsewhere.
    pub(crate) fn elsewhere(location: HeaderValue, rule: RuleId) -> Self {
        Self::following(rule, || (StatusCode::TEMPORARY_REDIRECT, None)).with(header::LOCATION, location)
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A refusal in Twilio's envelope. `path` is what was asked for, with its version.
    pub(crate) fn refused(refused: Refused, path: &str) -> Self {
        let message = match (refused.code, refused.message.is_empty()) {
            (20404, true) => {
                let named = if NAMED.follow() { without_version(path) } else { path };
                format!("The requested resource {named} was not found").into()
            }
            _ => refused.message,
        };
        let mut envelope = ApiError::new(refused.status, refused.code, message);
        if refused.code == 20003 {
            // Only this one has been recorded with an empty `detail`.
            envelope.detail = Some("".into());
        }
        let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let written = if ENVELOPE.follow() {
            Self::json(status, &envelope, refused.rule)
        } else {
            Self::json(status, &serde_json::Map::new(), refused.rule)
        };
        let answer = Self { code: Some(refused.code), ..written };
        if refused.code != 20003 || !CHALLENGE.follow() {
            return answer;
        }
        answer.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Twilio API\""))
    }

    /// What is recorded of it: the status, Twilio's code if it is a refusal, and the rule.
    pub(crate) const fn told(&self) -> (u16, Option<u32>, RuleId) {
        (self.status.as_u16(), self.code, self.rule)
    }

    /// The same, and the connection is closed after it: for requests that were not read to their end.
    pub(crate) const fn and_close(mut self) -> Self {
        self.close = true;
        self
    }

    /// The same, saying which message is the first that is still kept.
    pub(crate) const fn kept_from(mut self, first_index: Option<u32>) -> Self {
        self.first_index = first_index;
        self
    }

    fn json(status: StatusCode, resource: &impl Serialize, rule: RuleId) -> Self {
        Self::following(rule, || {
            // As long as most answers: growing to it would copy three times.
            let mut body = Vec::with_capacity(768);
            // Text, numbers and maps with text keys: writing them into memory cannot fail.
            let _ = serde_json::to_writer(&mut body, resource);
            (status, Some(body.into()))
        })
    }

    /// What the rule says; `200 {}` if it is broken.
    fn following(rule: RuleId, says: impl FnOnce() -> (StatusCode, Option<Bytes>)) -> Self {
        let (status, body) =
            if rule.follow() { says() } else { (StatusCode::OK, Some(Bytes::from_static(b"{}"))) };
        Self { status, body, code: None, rule, close: false, first_index: None, headers: Vec::new() }
    }
}

/// Twilio's messages name a resource without the version in front: `/Services/IS…`, not `/v2/Services/IS…`.
fn without_version(path: &str) -> &str {
    let rest = path.strip_prefix("/v").unwrap_or_default();
    let rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    if rest.starts_with('/') { rest } else { path }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("twilio-request-id");
const DURATION: HeaderName = HeaderName::from_static("twilio-request-duration");
const CONCURRENT: HeaderName = HeaderName::from_static("twilio-concurrent-requests");
const FIRST_INDEX: HeaderName = HeaderName::from_static("x-mock-first-index");
const BASIS: HeaderName = HeaderName::from_static("x-mock-basis");

/// What the edge adds to every answer, but for what differs from one to the next.
const EDGE: [(&str, &str); 10] = [
    ("x-home-region", "us1"),
    ("x-api-domain", "twilio.com"),
    ("x-powered-by", "AT-5000"),
    ("x-shenanigans", "none"),
    ("strict-transport-security", "max-age=31536000"),
    ("access-control-allow-origin", "*"),
    (
        "access-control-allow-headers",
        "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Idempotency-Key",
    ),
    ("access-control-allow-methods", "GET, POST, DELETE, OPTIONS"),
    ("access-control-expose-headers", "ETag"),
    ("access-control-allow-credentials", "true"),
];

/// Writes answers: holds the headers that are the same each time, and counts request ids.
#[derive(Debug)]
pub(crate) struct Writer {
    edge: HeaderMap,
    /// The usual durations and numbers in flight, ready to send.
    millis: Vec<HeaderValue>,
    numbers: Vec<HeaderValue>,
    seed: u64,
    requests: AtomicU64,
}

impl Writer {
    pub(crate) fn new(seed: u64) -> Self {
        let mut edge = HeaderMap::with_capacity(EDGE.len() + 8);
        for (name, value) in EDGE {
            edge.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let millis = (0..100).map(seconds).collect();
        let numbers = (0..100_u32).map(HeaderValue::from).collect();
        Self { edge, millis, numbers, seed, requests: AtomicU64::new(0) }
    }

    /// The answer as it goes out.
    pub(crate) fn write(&self, answer: Answer, took: Duration, in_flight: u32) -> Response<Body> {
        let mut headers = if HEADERS.follow() { self.usual(took, in_flight) } else { HeaderMap::new() };
        if answer.rule.basis().is_inferred() && GUESSED.follow() {
            headers.insert(BASIS, HeaderValue::from_static("inferred"));
        }
        if let Some(index) = answer.first_index {
            headers.insert(FIRST_INDEX, HeaderValue::from(index));
        }
        if answer.close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let body = match answer.body {
            Some(body) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Body::from(body)
            }
            None => Body::empty(),
        };
        for (name, value) in answer.headers {
            headers.insert(name, value);
        }
        let mut response = Response::new(body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = headers;
        response
    }

    /// The headers of every answer.
    fn usual(&self, took: Duration, in_flight: u32) -> HeaderMap {
        let mut headers = self.edge.clone();
        let nth = self.requests.fetch_add(1, Ordering::Relaxed);
        let id = RequestSid::mock(self.seed, nth).text();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        let millis = took.as_millis().min(999_999);
        headers.insert(DURATION, ready(&self.millis, millis, || seconds(millis)));
        headers.insert(CONCURRENT, ready(&self.numbers, in_flight.into(), || HeaderValue::from(in_flight)));
        headers
    }
}

/// The value for `nth` if it is ready, else one made now.
fn ready(values: &[HeaderValue], nth: u128, make: impl FnOnce() -> HeaderValue) -> HeaderValue {
    usize::try_from(nth).ok().and_then(|nth| values.get(nth)).cloned().unwrap_or_else(make)
}

/// `0.080`: seconds and milliseconds.
fn seconds(millis: u128) -> HeaderValue {
    HeaderValue::try_from(format!("{}.{:03}", millis / 1000, millis % 1000))
        .unwrap_or_else(|_| HeaderValue::from_static("0.000"))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::basis::{Basis, Rule};

    static SURE_RULE: Rule = Rule::new("test.sure", Basis::Documented("x"), "x");
    static GUESS_RULE: Rule = Rule::new("test.guess", Basis::Inferred("x"), "x");
    static SURE: RuleId = RuleId::new(&SURE_RULE);
    static GUESS: RuleId = RuleId::new(&GUESS_RULE);

    async fn parts(answer: Answer) -> (http::response::Parts, String) {
        let (parts, body) = Writer::new(1).write(answer, Duration::from_millis(80), 1).into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_is_not_found_is_named_without_its_version() {
        let answer = Answer::refused(Refused::not_found(SURE), "/v2/Services/IS0/Channels/CH0");
        let (parts, body) = parts(answer).await;
        assert_eq!(parts.status, 404);
        assert_eq!(
            body,
            r#"{"code":20404,"message":"The requested resource /Services/IS0/Channels/CH0 was not found","more_info":"https://www.twilio.com/docs/errors/20404","status":404}"#
        );
        assert_eq!(without_version("/nothing"), "/nothing");
        assert_eq!(without_version("/v2"), "/v2");
        assert_eq!(without_version("/voices/v2/x"), "/voices/v2/x");
    }

    #[tokio::test]
    async fn a_failed_login_is_answered_as_recorded() {
        let (parts, body) =
            parts(Answer::refused(Refused::new(401, 20003, "Authenticate", SURE), "/v1/Channels")).await;
        assert_eq!(
            body,
            r#"{"code":20003,"detail":"","message":"Authenticate","more_info":"https://www.twilio.com/docs/errors/20003","status":401}"#
        );
        assert_eq!(parts.headers["www-authenticate"], "Basic realm=\"Twilio API\"");
    }

    #[tokio::test]
    async fn every_answer_has_the_headers_of_the_edge_and_an_id_of_its_own() {
        let writer = Writer::new(1);
        let write = || writer.write(Answer::no_content(SURE), Duration::from_millis(80), 3);
        let (one, other) = (write(), write());
        assert_eq!(one.headers()["twilio-request-duration"], "0.080");
        assert_eq!(one.headers()["twilio-concurrent-requests"], "3");
        assert_eq!(one.headers()["x-shenanigans"], "none");
        let id = one.headers()["twilio-request-id"].to_str().unwrap();
        assert!(id.parse::<RequestSid>().is_ok());
        assert_ne!(other.headers()["twilio-request-id"], id);
        assert!(!one.headers().contains_key("content-type"));
    }

    #[tokio::test]
    async fn an_answer_that_rests_on_a_guess_says_so() {
        let (sure, _) = parts(Answer::ok(&1, SURE)).await;
        let (guess, _) = parts(Answer::ok(&1, GUESS)).await;
        assert!(!sure.headers.contains_key("x-mock-basis"));
        assert_eq!(guess.headers["x-mock-basis"], "inferred");
    }
}
