//! Faults of answers, over HTTP and, where that makes sense, in the socket's tunnel.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response, header};
use http_body_util::BodyExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

use self::slow::Slow;
use super::draw::Draw;
use super::plan::Faults;
use super::select::{Kind, Occasion, Planting, first};
use crate::basis::Refused;

pub(crate) mod delay;
pub(crate) mod dribble;
pub(crate) mod freeze;
pub(crate) mod half_json;
pub(crate) mod place;
pub(crate) mod reset;
mod slow;
pub(crate) mod status;
pub(crate) mod truncate;
pub(crate) mod withhold_reply;

/// Whether something happens before the operation is done or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum When {
    /// Nothing was done, and nobody can tell.
    Before,
    /// It was done, and nobody can tell.
    #[default]
    After,
}

/// What a fault does to an answer. What it says nothing of stays as it is.
pub(crate) trait Http: Kind {
    /// The refusal that stands in for the operation.
    fn instead(&self) -> Option<Refused> {
        None
    }

    /// How long after the request the answer goes out.
    fn wait(&self, _draw: Draw) -> Duration {
        Duration::ZERO
    }

    /// What becomes of the line in place of an answer.
    fn line(&self) -> Option<Line> {
        None
    }

    /// A header of the answer.
    fn retry_after(&self) -> Option<u32> {
        None
    }

    /// Whether it does something to the body.
    fn manner(&self) -> Option<Manner> {
        None
    }
}

/// What becomes of a connection in place of an answer. Over HTTP it travels as an extension of the answer to
/// whoever holds the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// It is reset.
    Reset,
    /// Nothing is said until the client or the mock ends it.
    Frozen,
}

/// How a body goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Half of it, as if it were all.
    Half,
    /// Half of what was announced, then the line breaks.
    Broken,
    /// A few bytes at a time.
    Slow {
        /// How many.
        piece: usize,
        /// How often.
        every: Duration,
    },
}

/// A fault that strikes an answer under way.
#[derive(Debug)]
pub(crate) struct Struck {
    faults: Arc<Faults>,
    which: usize,
    draw: Draw,
    at: Instant,
}

impl Struck {
    /// Which of the faults strikes a request, if one does.
    pub(crate) fn by(faults: &Arc<Faults>, occasion: &Occasion<'_>) -> Option<Self> {
        if faults.http.is_empty() {
            return None;
        }
        let strike = first(&faults.http, occasion)?;
        let which = faults.http.iter().position(|planting| std::ptr::eq(planting, strike.planting()))?;
        Some(Self { draw: strike.draw, which, at: Instant::now(), faults: faults.clone() })
    }

    fn planting(&self) -> &Planting<dyn Http> {
        &self.faults.http[self.which]
    }

    fn kind(&self) -> &dyn Http {
        &*self.planting().kind
    }

    /// The refusal that stands in for the operation.
    pub(crate) fn instead(&self) -> Option<Refused> {
        self.kind().instead()
    }

    /// When the answer goes out, if not at once.
    pub(crate) fn due(&self) -> Option<Instant> {
        let wait = self.kind().wait(self.draw);
        (!wait.is_zero()).then(|| self.at + wait)
    }

    /// What becomes of the line in place of an answer.
    pub(crate) fn line(&self) -> Option<Line> {
        self.kind().line()
    }

    /// What the journal says of an answer that does not go out.
    pub(crate) fn note(&self) -> Option<&'static str> {
        self.line().map(|line| match line {
            Line::Reset => "not answered: a fault reset the line; the status is what would have been said",
            Line::Frozen => "not answered: a fault withheld it; the status is what would have been said",
        })
    }

    /// Seconds for the header `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        self.kind().retry_after()
    }

    /// How a body of this length goes out.
    pub(crate) fn manner(&self, length: usize) -> Option<Manner> {
        let manner = self.kind().manner()?;
        if length == 0 {
            self.take_back();
            return None;
        }
        Some(manner)
    }

    /// It came to nothing: it is not counted.
    pub(crate) fn take_back(&self) {
        self.planting().take_back();
    }

    /// Does to an answer over HTTP what the fault says.
    pub(crate) async fn play(&self, answer: Response<Body>) -> Response<Body> {
        if let Some(due) = self.due() {
            sleep_until(due).await;
        }
        let (mut head, body) = answer.into_parts();
        if let Some(line) = self.line() {
            head.extensions.insert(line);
            return Response::from_parts(head, Body::empty());
        }
        if let Some(seconds) = self.retry_after() {
            retry_after(&mut head.headers, seconds);
        }
        if self.kind().manner().is_none() {
            return Response::from_parts(head, body);
        }
        // The bodies of answers are whole from the start: collecting one cannot fail.
        let whole = body.collect().await.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
        let body = match self.manner(whole.len()) {
            None => Body::from(whole),
            Some(Manner::Half) => Body::from(half(&whole)),
            Some(Manner::Broken) => Body::new(Slow::broken(&whole)),
            Some(Manner::Slow { piece, every }) => Body::new(Slow::dribble(whole, piece, every)),
        };
        Response::from_parts(head, body)
    }
}

fn retry_after(headers: &mut HeaderMap, seconds: u32) {
    headers.insert(header::RETRY_AFTER, seconds.into());
}

/// The first half of a body.
pub(crate) fn half(whole: &Bytes) -> Bytes {
    whole.slice(..whole.len() / 2)
}
