//! The REST API: one file per resource, and what happens around each operation.
//!
//! An operation is a plain function from a [`Call`] to an [`Answer`] or a refusal. Around it, always in this
//! order: who asks, the limit of its endpoint, the faults, the body.

use axum::extract::{self, State};
use axum::{Router, routing};
use http::header::ACCESS_CONTROL_ALLOW_HEADERS as ALLOW_HEADERS;

use crate::answer::Answer;
use crate::basis::RuleId;

mod app;
mod binding;
mod call;
mod channel;
mod configuration;
mod credential;
mod customer;
mod flex_channel;
mod flow;
mod invite;
mod media;
mod member;
mod message;
mod parameter;
mod role;
mod service;
mod user;
mod web_channel;
mod webhook;

pub(crate) use app::App;
use app::{ALLOWED, Begun, PREFLIGHT, READY, Shared, is_preflight, no_such_method, no_such_path};

/// The rules of all resources.
pub(crate) fn rules() -> Vec<RuleId> {
    [
        app::RULES,
        binding::RULES,
        call::RULES,
        channel::RULES,
        configuration::RULES,
        credential::RULES,
        customer::RULES,
        flex_channel::RULES,
        flow::RULES,
        invite::RULES,
        &media::rules(),
        member::RULES,
        message::RULES,
        parameter::RULES,
        role::RULES,
        service::RULES,
        user::RULES,
        web_channel::RULES,
        webhook::RULES,
    ]
    .concat()
}

/// The whole API.
pub(crate) fn router(app: Shared) -> Router {
    Router::new()
        .merge(flex_channel::router())
        .merge(flow::router())
        .merge(service::router())
        .merge(channel::router())
        .merge(customer::router())
        .merge(media::router())
        .merge(member::router())
        .merge(message::router())
        .merge(user::router())
        .merge(invite::router())
        .merge(webhook::router())
        .merge(role::router())
        .merge(credential::router())
        .merge(binding::router())
        .merge(web_channel::router())
        .merge(configuration::router())
        .route(
            "/_mock/ready",
            routing::get(async |State(app): State<Shared>| {
                Begun::new(&app).write(Answer::ok(&serde_json::json!({ "ready": true }), READY))
            }),
        )
        .fallback(async |State(app): State<Shared>, request: extract::Request| {
            app.outside(no_such_path, request)
        })
        .method_not_allowed_fallback(async |State(app): State<Shared>, request: extract::Request| {
            if is_preflight(&request) {
                return Begun::new(&app).write(Answer::no_content(PREFLIGHT).with(ALLOW_HEADERS, ALLOWED));
            }
            app.outside(no_such_method, request)
        })
        .with_state(app)
}
