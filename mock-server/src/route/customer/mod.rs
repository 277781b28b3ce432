//! `/_mock/customer`: a chat page for people who have none yet, and what its server would do.
//!
//! The page is one file and loads nothing but the Chat SDK, which is not the mock's to hand on: it comes from the
//! visitor's own `node_modules`. Whoever reaches the mock may have a token and a channel: neither opens anything but
//! the mock, whose credentials are no secret.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::routing;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response};
use serde::Deserialize;
use serde_json::json;
use wire::flex_channel::CreateChannel;
use wire::identity::Identity;
use wire::token::{Claims, Signer};

use super::app::{App, Begun, Shared, give, no_such_path};
use crate::account::Account;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::guard;
use crate::journal::Notes;
use crate::operation::{Operation, Via};

pub(super) mod page;

rules! {
    PAGE = "customer.page", MockOnly("a page to try a chat with, for who has none yet"),
        "GET /_mock/customer is a page that chats through the mock, and says that it is one";
    SDK = "customer.sdk", MockOnly("a page to try a chat with, for who has none yet"),
        "GET /_mock/sdk.js is the SDK's file that the mock was started with, 404 if there is none";
    TOKEN = "customer.token", MockOnly("a page to try a chat with, for who has none yet"),
        "POST /_mock/token gives an access token for an identity without credentials";
    CHANNEL = "customer.channel", MockOnly("a page to try a chat with, for who has none yet"),
        "POST /_mock/channel opens a channel of the default flow for an identity without credentials";
    NOBODY = "customer.nobody", MockOnly("a page to try a chat with, for who has none yet"),
        "a token or a channel for nobody is 400, 20001";
}

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/_mock/customer", routing::get(show))
        .route("/_mock/sdk.js", routing::get(sdk))
        .route("/_mock/token", routing::post(token))
        .route("/_mock/channel", routing::post(channel))
}

/// Whom the page asks for something.
#[derive(Deserialize)]
struct Customer {
    identity: Identity,
    #[serde(default)]
    name: Option<String>,
}

async fn show(State(app): State<Shared>) -> Response<Body> {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let page = Answer::file(app.page.html.clone(), html, PAGE);
    // A page of an earlier mock would look for what this one does not have.
    Begun::new(&app).write(page.with(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

async fn sdk(State(app): State<Shared>, request: Request) -> Response<Body> {
    let javascript = HeaderValue::from_static("text/javascript; charset=utf-8");
    let answer = app.page.sdk.clone().map_or_else(
        || Answer::refused(no_such_path(), request.uri().path()),
        |sdk| Answer::file(sdk, javascript, SDK),
    );
    Begun::new(&app).write(answer)
}

async fn token(State(app): State<Shared>, request: Request) -> Response<Body> {
    app.customer(request, None, |account, customer| {
        let credentials = account.credentials();
        let identity = customer.identity.as_str();
        let now = u64::try_from(account.clock().now().secs()).unwrap_or_default();
        let signer =
            Signer::new(credentials.account_sid, credentials.api_key_sid, &credentials.api_key_secret, None);
        let claims = Claims::new(identity, credentials.chat_service_sid, now);
        let token = signer.map(|signer| signer.mint(&claims));
        let token = token.map_err(|error| Refused::new(500, 20500, error.to_string(), TOKEN))?;
        let chat_service_sid = credentials.chat_service_sid;
        Ok(Answer::ok(
            &json!({ "identity": identity, "token": token, "chat_service_sid": chat_service_sid }),
            TOKEN,
        ))
    })
    .await
}

async fn channel(State(app): State<Shared>, request: Request) -> Response<Body> {
    app.customer(request, Some(Operation::OpenChannel), |account, customer| {
        let name = customer.name.as_deref().unwrap_or(customer.identity.as_str());
        let flow = account.credentials().flex_flow_sid;
        let new = CreateChannel::new(flow, customer.identity.clone(), name, &format!("Chat with {name}"));
        let (channel, _) = account.room().world.open_flex_channel(new)?;
        Ok(Answer::created(&channel, CHANNEL))
    })
    .await
}

impl App {
    /// Answers what the page asks its server for, in the name of the first account.
    async fn customer(
        &self,
        request: Request,
        operation: Option<Operation>,
        answer: impl FnOnce(&Account, &Customer) -> Result<Answer, Refused>,
    ) -> Response<Body> {
        let begun = Begun::new(self);
        let (head, body) = request.into_parts();
        let body = match self.read(&head.method, body).await {
            Ok(body) => body,
            Err(refused) => {
                return begun.write(Answer::refused(refused, head.uri.path()).and_close());
            }
        };
        let account = self.accounts.first();
        let customer = serde_json::from_slice::<Customer>(&body).ok();
        let customer = customer.filter(|customer| !customer.identity.is_empty());
        let who = customer.as_ref().map(|customer| customer.identity.clone());
        let room = account.room();
        let asked = guard::Asked { world: &room.world, via: Via::Rest, text: head.uri.path() };
        let (struck, admitted) =
            operation.map_or((None, Ok(())), |operation| room.guard.request(operation, &asked));
        let answer = admitted.and_then(|()| match &customer {
            Some(customer) => answer(account, customer),
            None => Err(Refused::new(400, 20001, "Missing required parameter identity", NOBODY)),
        });
        let answer = answer.unwrap_or_else(|refused| Answer::refused(refused, head.uri.path()));
        let notes = Notes::default();
        let who = who.as_ref().map_or("", |who| who.as_str());
        account
            .journal()
            .record(account.clock().now(), &begun.asked(&head, operation, who, &body, &answer, &notes));
        let response = begun.write(answer);
        give(&room, struck, response).await
    }
}
