//! What happens around each operation: who asks, the limit of its endpoint, the faults, the body, the journal.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{self, RawPathParams, State};
use axum::routing::{self, MethodRouter};
use bytes::{Bytes, BytesMut};
use http::header::ACCESS_CONTROL_REQUEST_METHOD;
use http::request::Parts;
use http::{HeaderValue, Method, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::{Instant, timeout};

use super::call::Call;
use super::customer::page::Page;
use crate::account::{Accounts, Caller, Room};
use crate::answer::{Answer, Writer};
use crate::basis::{Refused, rules};
use crate::config::Config;
use crate::fault::http::Struck;
use crate::guard;
use crate::journal::{Asked, Notes, Via};
use crate::near;
use crate::operation::Operation;

rules! {
    NO_SUCH_PATH = "rest.path.unknown", Recorded("a resource that is not there: 404, 20404, with the path in the message"),
        "a path that no resource has is 404, 20404";
    NO_SUCH_METHOD = "rest.method", Documented("error catalogue 20004"), "a method a resource does not have is 405, 20004";
    TOO_LARGE = "rest.body.large", MockOnly("a mock must not grow without bound"),
        "a body of more than 256 KiB is 413, 20413, and the connection is closed";
    pub(super) TOO_SLOW = "rest.body.slow", MockOnly("a slow client must not hold a connection"),
        "a body that has not come within its deadline is 408, 20001, and the connection is closed";
    pub(super) PREFLIGHT = "rest.preflight", Library("mcs-client 0.5.3 in a browser: X-Twilio-Token and Content-Type need one"),
        "OPTIONS with Access-Control-Request-Method is 204 without credentials, and allows every origin X-Twilio-Token";
    pub(super) BROKEN = "rest.body.broken", Inferred("20001 is the general code for requests that make no sense"),
        "a body that breaks off is 400, 20001, and the connection is closed";
    pub(super) READY = "mock.ready", MockOnly("whoever starts a mock wants to know when it can be used"),
        "GET /_mock/ready is answered 200 without credentials";
}

/// The most a request's body may hold.
const BODY: usize = 256 * 1024;

/// What all operations share.
pub(crate) struct App {
    pub(super) accounts: Arc<Accounts>,
    writer: Writer,
    pub(super) body_deadline: Duration,
    /// Whether absolute links begin with the mock's own URL whatever a client calls it.
    pub(super) fixed_base: bool,
    pub(super) page: Page,
    in_flight: AtomicU32,
    requests: AtomicU64,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("requests", &self.requests).finish_non_exhaustive()
    }
}

/// A handle to it.
pub(crate) type Shared = Arc<App>;

/// What an operation is, apart from what happens around each.
pub(super) type Run = fn(&Call<'_>) -> Result<Answer, Refused>;

/// The parameters of a path, or why they cannot be read.
pub(super) type Parameters = Result<RawPathParams, RawPathParamsRejection>;

impl App {
    pub(crate) fn new(config: &Config, accounts: Arc<Accounts>) -> Self {
        Self {
            accounts,
            writer: Writer::new(config.seed),
            body_deadline: config.body_deadline,
            fixed_base: config.public_url.is_some(),
            page: Page::new(config.sdk.as_deref()),
            in_flight: AtomicU32::new(0),
            requests: AtomicU64::new(0),
        }
    }

    /// How many requests were answered so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Refuses outside of any resource, in the same envelope.
    pub(crate) fn refuse(&self, refused: Refused, path: &str) -> Response<Body> {
        let begun = Begun::new(self);
        begun.write(Answer::refused(refused, path))
    }

    pub(super) async fn handle(
        &self,
        operation: Operation,
        run: Run,
        parameters: Parameters,
        request: extract::Request,
    ) -> Response<Body> {
        let begun = Begun::new(self);
        let (head, body) = request.into_parts();
        let caller = match self.accounts.admit(&head.headers) {
            Ok(caller) => caller,
            Err(refused) => return self.turn_away(&begun, &head, refused),
        };
        let room = caller.account.room();
        let asked = Request { caller: &caller, operation: Some(operation), head: &head };
        let notes = Notes::default();
        let (struck, body) = self.admitted(&room, operation, &head, body).await;
        if let Some(says) = struck.as_ref().and_then(Struck::note) {
            notes.warn(says);
        }
        let response = match body {
            Ok(body) => {
                let answer = asked.run(&room, run, parameters, &body, &notes);
                begun.finish(&asked, &body, &notes, answer)
            }
            Err(answer) => begun.finish(&asked, b"", &notes, answer),
        };
        give(&room, struck, response).await
    }

    /// What comes before an operation is run: its limit, its faults, its body. A fault that strikes will have its
    /// way with the answer, whichever that is.
    async fn admitted(
        &self,
        room: &Room,
        operation: Operation,
        head: &Parts,
        body: Body,
    ) -> (Option<Struck>, Result<Bytes, Answer>) {
        let path = head.uri.path();
        let asked = guard::Asked { world: &room.world, via: Via::Rest, text: path };
        let (struck, passed) = room.guard.request(operation, &asked);
        if let Err(refused) = passed {
            return (struck, Err(Answer::refused(refused, path)));
        }
        // What was not read is still on its way: nothing behind it can be told from it.
        let body = self.read(&head.method, body).await;
        (struck, body.map_err(|refused| Answer::refused(refused, path).and_close()))
    }

    pub(super) async fn read(&self, method: &Method, body: Body) -> Result<Bytes, Refused> {
        if method == Method::GET || method == Method::HEAD {
            return Ok(Bytes::new());
        }
        timeout(self.body_deadline, whole(body)).await.unwrap_or_else(|_| {
            Err(Refused::new(408, 20001, "The request's body did not come in time", TOO_SLOW))
        })
    }

    /// Refuses what no operation is for.
    pub(super) fn outside(&self, refused: fn() -> Refused, request: extract::Request) -> Response<Body> {
        let begun = Begun::new(self);
        let (head, _) = request.into_parts();
        match self.accounts.admit(&head.headers) {
            Ok(caller) => {
                let asked = Request { caller: &caller, operation: None, head: &head };
                begun.finish(&asked, b"", &Notes::default(), Answer::refused(refused(), head.uri.path()))
            }
            Err(refused) => self.turn_away(&begun, &head, refused),
        }
    }

    /// Refuses somebody unknown.
    pub(super) fn turn_away(&self, begun: &Begun<'_>, head: &Parts, refused: Refused) -> Response<Body> {
        self.refuse_noted(begun, head, refused, self.accounts.why_not(&head.headers))
    }

    /// Refuses what is for a host that does not serve it; `says` is for the journal.
    pub(crate) fn elsewhere(&self, (refused, says): (Refused, String), head: &Parts) -> Response<Body> {
        self.refuse_noted(&Begun::new(self), head, refused, says)
    }

    /// Refuses before the account is known. The first account's journal has it: most mocks have no other.
    fn refuse_noted(
        &self,
        begun: &Begun<'_>,
        head: &Parts,
        refused: Refused,
        says: String,
    ) -> Response<Body> {
        let answer = Answer::refused(refused, head.uri.path());
        let (account, notes) = (self.accounts.first(), Notes::default());
        notes.warn(says);
        account.journal().record(account.clock().now(), &begun.asked(head, None, "", b"", &answer, &notes));
        begun.write(answer)
    }
}

/// Gives out an answer, unless a fault has it otherwise.
pub(super) async fn give(room: &Room, struck: Option<Struck>, response: Response<Body>) -> Response<Body> {
    room.world.faults().thaw().await;
    match struck {
        None => response,
        Some(struck) => struck.play(response).await,
    }
}

/// A request of somebody known.
struct Request<'a> {
    caller: &'a Caller,
    operation: Option<Operation>,
    head: &'a Parts,
}

impl Request<'_> {
    /// Runs the operation.
    fn run(&self, room: &Room, run: Run, parameters: Parameters, body: &[u8], notes: &Notes) -> Answer {
        let path = self.head.uri.path();
        let Ok(parameters) = parameters else { return Answer::refused(no_such_path(), path) };
        let call = Call {
            world: &room.world,
            guard: &room.guard,
            path,
            headers: &self.head.headers,
            parameters: &parameters,
            query: self.head.uri.query().unwrap_or_default(),
            body,
            notes,
        };
        run(&call).unwrap_or_else(|refused| Answer::refused(refused, path))
    }
}

/// A whole body. The usual one comes in one piece, and is not copied.
async fn whole(body: Body) -> Result<Bytes, Refused> {
    let mut body = Limited::new(body, BODY);
    let mut whole = Bytes::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Refused::new(413, 20413, "Request Entity Too Large", TOO_LARGE)
            } else {
                Refused::new(400, 20001, "The request's body broke off", BROKEN)
            }
        })?;
        // What is no data is a trailer, and says nothing here.
        let Ok(piece) = frame.into_data() else { continue };
        if whole.is_empty() {
            whole = piece;
        } else {
            let mut joined = whole.try_into_mut().unwrap_or_else(|whole| BytesMut::from(&*whole));
            joined.extend_from_slice(&piece);
            whole = joined.freeze();
        }
    }
    Ok(whole)
}

/// A request that is being answered: counted as long as it lives.
pub(super) struct Begun<'a> {
    app: &'a App,
    at: Instant,
    in_flight: u32,
}

impl<'a> Begun<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        app.requests.fetch_add(1, Ordering::Relaxed);
        let in_flight = app.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        Self { app, at: Instant::now(), in_flight }
    }

    /// Records what was asked and answered, and writes the answer.
    fn finish(&self, asked: &Request<'_>, body: &[u8], notes: &Notes, answer: Answer) -> Response<Body> {
        let Request { caller, operation, head } = *asked;
        if let (404, Some(code), _) = answer.told()
            && let Some(meant) = near::miss(&caller.account.room().world, head.uri.path(), body, code)
        {
            notes.warn(meant);
        }
        let record = self.asked(head, operation, caller.who(), body, &answer, notes);
        caller.account.journal().record(caller.account.clock().now(), &record);
        self.write(answer)
    }

    pub(super) fn asked<'b>(
        &self,
        head: &'b Parts,
        operation: Option<Operation>,
        who: &'b str,
        body: &'b [u8],
        answer: &Answer,
        notes: &'b Notes,
    ) -> Asked<'b> {
        let (status, code, rule) = answer.told();
        Asked {
            via: Via::Rest,
            operation,
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            who,
            body,
            status,
            code,
            rule,
            took: self.at.elapsed(),
            notes,
        }
    }

    pub(super) fn write(&self, answer: Answer) -> Response<Body> {
        self.app.writer.write(answer, self.at.elapsed(), self.in_flight)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.app.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a browser may send from a page of another origin.
pub(super) const ALLOWED: HeaderValue =
    HeaderValue::from_static("Accept, Authorization, Content-Type, X-Twilio-Token");

/// Whether a browser asks what it may do.
pub(super) fn is_preflight(request: &extract::Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

pub(super) fn no_such_path() -> Refused {
    Refused::not_found(NO_SUCH_PATH)
}

pub(super) fn no_such_method() -> Refused {
    Refused::new(405, 20004, "Method not allowed", NO_SUCH_METHOD)
}

macro_rules! methods {
    ($($method:ident),+) => {$(
        pub(super) fn $method(operation: Operation, run: Run) -> MethodRouter<Shared> {
            routing::$method(async move |State(app): State<Shared>, parameters: Parameters, request: extract::Request| {
                app.handle(operation, run, parameters, request).await
            })
        }
    )+};
}
methods!(get, post, delete);
