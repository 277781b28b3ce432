//! `/v2/Services`.

use axum::Router;
use wire::service::{CreateService, UpdateService};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use super::parameter::Code;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::settings::{CHANNEL_LIMIT, MEMBER_LIMIT, RETRIES};

rules! {
    CREATED = "chat.service.create", Documented("OpenAPI chat_v2 CreateService"), "a new service is answered 201";
    NO_NAME = "chat.service.create.parameters", Inferred("error catalogue 50000; the status as for other validation"),
        "a create without FriendlyName is 400, 50000";
    FETCHED = "chat.service.fetch", Documented("OpenAPI chat_v2 FetchService"), "a service is read with 200";
    LISTED = "chat.service.list", Documented("OpenAPI chat_v2 ListService: key services, PageSize up to 100"),
        "services are listed under services";
    UPDATED = "chat.service.update", Documented("OpenAPI chat_v2 UpdateService"), "an update is answered 200";
    BAD_UPDATE = "chat.service.update.parameters", Inferred("as for a create"),
        "an update with a malformed parameter that has no code of its own is 400, 20001";
    TYPING = "chat.service.update.typing-timeout", Inferred("error catalogue 50053; the status as for other validation"),
        "a TypingIndicatorTimeout that is no number is 400, 50053";
    INTERVAL = "chat.service.update.report-interval", Inferred("error catalogue 50052; the status as for other validation"),
        "a ConsumptionReportInterval that is no number is 400, 50052";
    METHOD = "chat.service.update.webhook-method", Inferred("error catalogue 50055; the status as for other validation"),
        "a WebhookMethod other than GET and POST is 400, 50055";
    EMPTY_UPDATE = "chat.service.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    DELETED = "chat.service.delete", Documented("OpenAPI chat_v2 DeleteService"), "a delete is answered 204 without a body";
}

static CREATE: &[Code] = &[Code::missing("FriendlyName", 50000, NO_NAME)];

static UPDATE: &[Code] = &[
    Code::malformed("TypingIndicatorTimeout", 50053, TYPING),
    Code::malformed("ConsumptionReportInterval", 50052, INTERVAL),
    Code::malformed("WebhookMethod", 50055, METHOD),
    Code::malformed("Limits.ChannelMembers", 50061, MEMBER_LIMIT),
    Code::malformed("Limits.UserChannels", 50060, CHANNEL_LIMIT),
    Code::malformed("PreWebhookRetryCount", 50065, RETRIES),
    Code::malformed("PostWebhookRetryCount", 50065, RETRIES),
];

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListServices, list).merge(post(Operation::CreateService, create));
    let one = get(Operation::FetchService, fetch)
        .merge(post(Operation::UpdateService, update))
        .merge(delete(Operation::DeleteService, remove));
    Router::new().route("/v2/Services", all).route("/v2/Services/{service}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let new = call.body(CreateService::from_form, (CREATE, NO_NAME))?;
    Ok(Answer::created(&call.world.create_service(new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    call.list("services", 100, LISTED, |page| Ok(call.world.services(page)))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.service(call.service()?)?, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    let change = call.change(UpdateService::from_form, (UPDATE, BAD_UPDATE), EMPTY_UPDATE)?;
    Ok(Answer::ok(&call.world.update_service(service, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    call.world.delete_service(call.service()?)?;
    Ok(Answer::no_content(DELETED))
}
