//! `/v2/Services/{IS}/Channels/{CH}/Webhooks`. A webhook is named by its SID only.

use axum::Router;
use wire::webhook::{NewWebhook, UpdateWebhook};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use super::parameter::Code;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::webhook::{NO_FLOW, RETRIES};

rules! {
    CREATED = "chat.webhook.create", Documented("OpenAPI chat_v2 CreateChannelWebhook"),
        "a new channel webhook is answered 201, configured as its type asks for";
    FETCHED = "chat.webhook.fetch", Documented("OpenAPI chat_v2 FetchChannelWebhook"), "a channel webhook is read with 200";
    LISTED = "chat.webhook.list", Documented("OpenAPI chat_v2 ListChannelWebhook: key webhooks, PageSize up to 5"),
        "a channel's webhooks are listed under webhooks";
    UPDATED = "chat.webhook.update", Documented("OpenAPI chat_v2 UpdateChannelWebhook"), "an update is answered 200";
    EMPTY_UPDATE = "chat.webhook.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    DELETED = "chat.webhook.delete", Documented("OpenAPI chat_v2 DeleteChannelWebhook"),
        "a delete is answered 204 without a body";
    NO_TYPE = "chat.webhook.type-missing", Documented("error catalogue 50328; the status as for other validation"),
        "a create without Type is 400, 50328";
    BAD_TYPE = "chat.webhook.type", Documented("error catalogue 50324; the status as for other validation"),
        "a Type other than webhook, trigger and studio is 400, 50324";
    BAD_METHOD = "chat.webhook.method", Documented("error catalogue 50055; the status as for other validation"),
        "a Configuration.Method other than GET and POST is 400, 50055";
    BAD_FILTER = "chat.webhook.filter", Documented("error catalogue 50325; the status as for other validation"),
        "a Configuration.Filters that is no event of a chat is 400, 50325";
}

static CODES: &[Code] = &[
    Code::missing("Type", 50328, NO_TYPE),
    Code::malformed("Type", 50324, BAD_TYPE),
    Code::malformed("Configuration.Method", 50055, BAD_METHOD),
    Code::malformed("Configuration.Filters", 50325, BAD_FILTER),
    Code::malformed("Configuration.FlowSid", 50327, NO_FLOW),
    Code::malformed("Configuration.RetryCount", 50065, RETRIES),
];

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListWebhooks, list).merge(post(Operation::CreateWebhook, create));
    let one = get(Operation::FetchWebhook, fetch)
        .merge(post(Operation::UpdateWebhook, update))
        .merge(delete(Operation::DeleteWebhook, remove));
    Router::new()
        .route("/v2/Services/{service}/Channels/{channel}/Webhooks", all)
        .route("/v2/Services/{service}/Channels/{channel}/Webhooks/{webhook}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let new = call.body(NewWebhook::from_form, (CODES, NO_TYPE))?;
    Ok(Answer::created(&call.world.create_webhook(service, channel, new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    call.list("webhooks", 5, LISTED, |page| call.world.webhooks(service, channel, page))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    let webhook = call.world.webhook(call.service()?, call.name("channel"), call.sid("webhook")?)?;
    Ok(Answer::ok(&webhook, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel, webhook) = (call.service()?, call.name("channel"), call.sid("webhook")?);
    let change = call.change(UpdateWebhook::from_form, (CODES, RETRIES), EMPTY_UPDATE)?;
    Ok(Answer::ok(&call.world.update_webhook(service, channel, webhook, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    call.world.delete_webhook(call.service()?, call.name("channel"), call.sid("webhook")?)?;
    Ok(Answer::no_content(DELETED))
}
