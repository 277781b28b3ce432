//! One HTTP call: sent once, timed, read to the end, and never retried.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, Request, Response, header::HeaderMap};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout};
use url::Url;
use wire::error::ApiError;

use super::error::RestError;
use super::shown::{self, without_tokens};

/// The largest answer that is read: a page of a hundred messages of 32 KiB, escaped.
const ANSWER_LIMIT: usize = 16 << 20;

/// What came of a call, and when.
#[derive(Debug)]
#[must_use = "a call that nobody looks at may have failed"]
pub struct Called<T> {
    /// Before the connection was looked for.
    pub began: Instant,
    /// At the last byte of the answer, or when there would be none.
    pub ended: Instant,
    /// What was asked for, or why not.
    pub result: Result<T, RestError>,
}

/// A call as `--trace` shows it. The headers are left out: they hold the credentials.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'a str,
    /// Where to; on a server that is not the target's without its query, which may hold secrets.
    pub url: &'a str,
    /// The form that was sent.
    pub form: &'a str,
    /// The answer's status and body, or why there is none.
    pub answer: Result<(u16, &'a [u8]), &'a RestError>,
}

/// Told of each call.
pub type Tracer = Arc<dyn Fn(&Exchange<'_>) + Send + Sync>;

/// What goes with a call.
pub(super) enum Payload {
    /// A form, or nothing.
    Form(String),
    /// A file.
    File(Bytes),
}

impl Payload {
    /// As `--trace` shows it: nobody wants to read a file there.
    fn shown(&self) -> String {
        match self {
            Self::Form(form) => form.clone(),
            Self::File(bytes) => format!("({} bytes)", bytes.len()),
        }
    }
}

/// What sends calls.
pub(super) struct Caller {
    pub(super) client: reqwest::Client,
    pub(super) tracer: Option<Tracer>,
}

/// An answer that was read to its end.
struct Answer {
    http: u16,
    body: Vec<u8>,
}

impl Caller {
    /// Sends a call and reads a resource from its answer.
    pub(super) async fn resource<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        payload: Payload,
        within: Duration,
    ) -> Called<T> {
        self.call(method, url, headers, payload, within).await.and_then(|answer| answer.resource())
    }

    /// Sends a call that answers with nothing.
    pub(super) async fn nothing(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        within: Duration,
    ) -> Called<()> {
        self.call(method, url, headers, Payload::Form(String::new()), within).await.and_then(Answer::nothing)
    }

    async fn call(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        payload: Payload,
        within: Duration,
    ) -> Called<Answer> {
        let traced = self
            .tracer
            .as_ref()
            .map(|tracer| (tracer, method.clone(), shown::url(&url, &headers), payload.shown()));
        let mut request = Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = match payload {
            Payload::Form(form) if form.is_empty() => None,
            Payload::Form(form) => Some(form.into()),
            Payload::File(bytes) => Some(bytes.into()),
        };
        let began = Instant::now();
        // Around the whole call: reqwest's own time-outs treat connecting, waiting and reading apart.
        let result = match timeout(within, self.exchange(request)).await {
            Ok(result) => result,
            Err(_) => Err(RestError::Timeout { after: within }),
        };
        let ended = Instant::now();
        if let Some((tracer, method, url, form)) = traced {
            tracer(&Exchange {
                method: method.as_str(),
                url: url.as_str(),
                form: &form,
                answer: result.as_ref().map(|answer| (answer.http, answer.body.as_slice())),
            });
        }
        Called { began, ended, result }
    }

    async fn exchange(&self, request: Request) -> Result<Answer, RestError> {
        let response = self.client.execute(request).await.map_err(|error| RestError::of(&error))?;
        let http = response.status().as_u16();
        Ok(Answer { http, body: read(response).await? })
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, RestError> {
    let http = response.status().as_u16();
    let expected = response.content_length().unwrap_or(0).min(64 << 10);
    let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|error| RestError::of(&error))? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(RestError::Foreign { http, says: "the answer is larger than 16 MiB".to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl Answer {
    fn resource<T: DeserializeOwned>(&self) -> Result<T, RestError> {
        self.accepted()?;
        serde_json::from_slice(&self.body).map_err(|error| RestError::Foreign {
            http: self.http,
            says: format!("not what this API answers ({error}): {}", self.excerpt()),
        })
    }

    fn nothing(self) -> Result<(), RestError> {
        self.accepted()
    }

    fn accepted(&self) -> Result<(), RestError> {
        match self.http {
            200..=299 => Ok(()),
            // Followed, a redirect would carry the credentials to wherever it points.
            300..=399 => Err(RestError::Foreign {
                http: self.http,
                says: "a redirect, and redirects are not followed".to_owned(),
            }),
            http => Err(match serde_json::from_slice::<ApiError>(&self.body) {
                Ok(error) => {
                    RestError::Status { http, code: Some(error.code), message: error.message.into_owned() }
                }
                Err(_) => RestError::Status { http, code: None, message: self.excerpt() },
            }),
        }
    }

    /// The start of the body for a message, on one line.
    fn excerpt(&self) -> String {
        let start = String::from_utf8_lossy(&self.body[..self.body.len().min(120)]);
        // What was cut off at its end still has the shape of a token.
        let start = without_tokens(&start);
        let line = start.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() { "an empty body".to_owned() } else { line }
    }
}

impl<T> Called<T> {
    /// A call that was not made.
    pub(super) fn never(error: RestError) -> Self {
        let now = Instant::now();
        Self { began: now, ended: now, result: Err(error) }
    }

    fn and_then<U>(self, then: impl FnOnce(T) -> Result<U, RestError>) -> Called<U> {
        Called { began: self.began, ended: self.ended, result: self.result.and_then(then) }
    }
}
