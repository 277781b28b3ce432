//! The Media Content Service: `/v1/Services/{IS}/Media`, `/MediaSet`, and the links under which everybody can read a
//! file for a while.
//!
//! Devices come here around the socket, with their access token in a header; an integration's server comes with its
//! credentials, as everywhere.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawPathParams, Request, State};
use axum::routing;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use wire::form::Form;
use wire::identity::Identity;
use wire::media::{SetQuery, TOKEN_HEADER};
use wire::sid::{ChatServiceSid, MediaSid};
use wire::token::TokenError;

use super::app::{App, Begun, Parameters, Shared, give, no_such_path};
use crate::account::{Account, Room};
use crate::answer::Answer;
use crate::basis::{Refused, RuleId, rules};
use crate::fault::http::Struck;
use crate::guard;
use crate::journal::Notes;
use crate::operation::{Operation, Via};
use crate::world::media::File;

mod mime;
mod multipart;
mod upload;

rules! {
    TOKEN = "media.token", Library("mcs-client 0.5.3 of twilio-chat 6.0.0: X-Twilio-Token with every request"),
        "a device passes by its access token in X-Twilio-Token, and what it uploads is by its identity";
    BAD_TOKEN = "media.token.bad", Inferred("the codes the socket refuses a token with; the envelope as elsewhere"),
        "a bad token in X-Twilio-Token is 401 with the code the socket refuses it with";
    OTHER_SERVICE = "media.token.service", Inferred("as Sync refuses what is another's; the code is a guess"),
        "a token of another service than the path's is 403, 50107";
    FETCHED = "media.fetch", Recorded("mailroom client_test.go: links.content_direct_temporary with Expires and Signature"),
        "a media file is read with 200: relative links, and one of its own host that opens without credentials";
    REDIRECTED = "media.content", Inferred("public integrations GET …/Content and follow a redirect; that it is 307 is a guess"),
        "…/Content is 307 to the file's temporary link";
    DIRECT = "media.direct", Library("twilio-chat 6.0.0: getContentTemporaryUrl, a URL to fetch without a token"),
        "the temporary link of a media file gives its bytes and its type to whoever has it";
    NOT_DIRECT = "media.direct.refused", Inferred("as signed links of content networks are refused; the body is a guess"),
        "a temporary link that is forged or whose 300 seconds are over is 403, 20403";
    SET = "media.set", Library("mcs-client of conversations 3.0.1: mediaSetGet reads code and media_record of each"),
        "POST …/MediaSet with the command get tells of each file by its own code, 404 of one that is not there";
    BAD_SET = "media.set.invalid", Inferred("20001 is the general code for parameters that make no sense"),
        "a MediaSet that is no JSON, whose command is not get, or of more than 100 files is 400, 20001";
}

/// The rules of this folder.
pub(super) fn rules() -> Vec<RuleId> {
    [RULES, mime::RULES, multipart::RULES, upload::RULES].concat()
}

/// The author of what the account itself does.
const SYSTEM: &str = "system";

/// The most files of one question.
const SET_SIZE: usize = 100;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/Services/{service}/Media", routing::post(upload::upload))
        .route("/v1/Services/{service}/Media/{media}", routing::get(fetch))
        .route("/v1/Services/{service}/Media/{media}/Content", routing::get(content))
        .route("/v1/Services/{service}/MediaSet", routing::post(set))
        .route("/{media}", routing::get(direct))
}

/// Who asks, and of which service.
struct Asker {
    account: Arc<Account>,
    room: Arc<Room>,
    /// Whose file it would be.
    author: Identity,
    /// What the journal calls them.
    who: String,
    service: ChatServiceSid,
}

impl App {
    /// Lets a request to a service pass, or refuses it.
    fn asker(&self, headers: &HeaderMap, service: &str) -> Result<Asker, Refused> {
        if let Some(token) = headers.get(TOKEN_HEADER) {
            // What is no text is no token either, and refused as one.
            return self.device(token.to_str().unwrap_or_default(), service);
        }
        let caller = self.accounts.admit(headers)?;
        let (room, who) = (caller.account.room(), caller.who().to_owned());
        Ok(Asker { room, who, author: SYSTEM.into(), service: sid(service)?, account: caller.account })
    }

    fn device(&self, token: &str, service: &str) -> Result<Asker, Refused> {
        let account = self.accounts.of_token(token);
        let room = account.room();
        let now = u64::try_from(room.world.now().secs()).unwrap_or_default();
        let refuse = |error: TokenError| Refused::new(401, error.code(), error.description(), BAD_TOKEN);
        let access = room.world.verifier().verify(token, now).map_err(refuse)?;
        if sid(service)? != access.service_sid {
            return Err(Refused::new(403, 50107, "User not authorized for command", OTHER_SERVICE));
        }
        let who = access.identity.to_string();
        let author = if TOKEN.follow() { access.identity } else { SYSTEM.into() };
        Ok(Asker { account, room, author, who, service: access.service_sid })
    }

    /// What absolute links begin with: where the client says the mock is, unless the mock knows better.
    fn base(&self, headers: &HeaderMap) -> String {
        let host = headers.get(HOST).filter(|_| !self.fixed_base).and_then(|host| host.to_str().ok());
        host.map_or_else(|| self.accounts.first().base().to_owned(), |host| format!("http://{host}"))
    }

    /// Answers a request that has no body worth keeping.
    async fn media(
        &self,
        head: &Parts,
        parameters: &Parameters,
        operation: Operation,
        body: &[u8],
        answer: impl FnOnce(&Asker) -> Result<Answer, Refused>,
    ) -> Response<Body> {
        let begun = Begun::new(self);
        let asker = match self.asker(&head.headers, named(parameters, "service")) {
            Ok(asker) => asker,
            Err(refused) => return self.turn_away(&begun, head, refused),
        };
        let (struck, passed) = asker.meets(operation, head.uri.path());
        let answer = passed.and_then(|()| answer(&asker));
        let answer = answer.unwrap_or_else(|refused| Answer::refused(refused, head.uri.path()));
        let response = asker.finish(&begun, head, operation, body, answer);
        give(&asker.room, struck, response).await
    }
}

impl Asker {
    /// Records what was asked and answered, and writes the answer.
    fn finish(
        &self,
        begun: &Begun<'_>,
        head: &Parts,
        operation: Operation,
        body: &[u8],
        answer: Answer,
    ) -> Response<Body> {
        let notes = Notes::default();
        let record = begun.asked(head, Some(operation), &self.who, body, &answer, &notes);
        self.account.journal().record(self.account.clock().now(), &record);
        begun.write(answer)
    }

    /// The limits and the faults of an operation.
    fn meets(&self, operation: Operation, path: &str) -> (Option<Struck>, Result<(), Refused>) {
        let asked = guard::Asked { world: &self.room.world, via: Via::Rest, text: path };
        self.room.guard.request(operation, &asked)
    }

    fn file(&self, parameters: &Parameters) -> Result<Arc<File>, Refused> {
        self.room.world.find_file(self.service, sid(named(parameters, "media"))?)
    }
}

fn sid<K: wire::sid::Kind>(text: &str) -> Result<wire::sid::Sid<K>, Refused> {
    text.parse().map_err(|_| no_such_path())
}

/// A parameter of the path.
fn named<'a>(parameters: &'a Parameters, name: &str) -> &'a str {
    let find = |parameters: &'a RawPathParams| parameters.iter().find(|(given, _)| *given == name);
    parameters.as_ref().ok().and_then(find).map_or("", |(_, value)| value)
}

async fn fetch(State(app): State<Shared>, parameters: Parameters, request: Request) -> Response<Body> {
    let (head, _) = request.into_parts();
    app.media(&head, &parameters, Operation::FetchMedia, b"", |asker| {
        let file = asker.file(&parameters)?;
        Ok(Answer::ok(&asker.room.world.file_view(&file, &app.base(&head.headers)), FETCHED))
    })
    .await
}

async fn content(State(app): State<Shared>, parameters: Parameters, request: Request) -> Response<Body> {
    let (head, _) = request.into_parts();
    app.media(&head, &parameters, Operation::FetchMediaContent, b"", |asker| {
        let file = asker.file(&parameters)?;
        // The Host was a header's text before it became a part of this one.
        let direct = asker.room.world.direct(file.attached.sid, &app.base(&head.headers));
        let direct = HeaderValue::try_from(direct).map_err(|_| no_such_path())?;
        Ok(Answer::elsewhere(direct, REDIRECTED))
    })
    .await
}

async fn set(State(app): State<Shared>, parameters: Parameters, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = match app.read(&head.method, body).await {
        Ok(body) => body,
        Err(refused) => {
            let answer = Answer::refused(refused, head.uri.path()).and_close();
            return Begun::new(&app).write(answer);
        }
    };
    app.media(&head, &parameters, Operation::FetchMediaSet, &body, |asker| {
        let query = serde_json::from_slice::<SetQuery>(&body).ok();
        let query = query.filter(|query| query.command == "get" && query.list.len() <= SET_SIZE);
        let query = query.ok_or_else(|| Refused::new(400, 20001, "Invalid media set", BAD_SET))?;
        let base = app.base(&head.headers);
        Ok(Answer::ok(&asker.room.world.file_set(asker.service, &query.list, &base), SET))
    })
    .await
}

/// A file by its temporary link: no credentials are asked for, the link is one.
async fn direct(State(app): State<Shared>, parameters: Parameters, request: Request) -> Response<Body> {
    let (head, _) = request.into_parts();
    // No other path of one word is served.
    let Ok(sid) = named(&parameters, "media").parse::<MediaSid>() else {
        return app.outside(no_such_path, Request::from_parts(head, Body::empty()));
    };
    let begun = Begun::new(&app);
    let query = head.uri.query().unwrap_or_default();
    let opened = Form::parse(query.as_bytes()).ok().and_then(|query| {
        let expires = query.get("Expires")?.parse().ok()?;
        let account = app.accounts.find(query.get("Key-Pair-Id")?.parse().ok()?)?;
        account.room().world.open_direct(sid, expires, query.get("Signature")?)
    });
    let answer = opened.and_then(|file| {
        let content_type = HeaderValue::from_str(&file.attached.content_type).ok()?;
        Some(Answer::upload(file.bytes.clone(), content_type, DIRECT))
    });
    let refused = || Refused::new(403, 20403, "Access denied", NOT_DIRECT);
    begun.write(answer.unwrap_or_else(|| Answer::refused(refused(), head.uri.path())))
}
