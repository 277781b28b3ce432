//! `/v2/Services`.

use axum::Router;
use wire::service::{CreateService, UpdateService};

use super::call::Call;
use super::parameter::CHAT;
use super::{Shared, delete, get, post};
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::fault::Operation;

rules! {
    CREATED = "chat.service.create", Documented("OpenAPI chat_v2 CreateService"), "a new service is answered 201";
    BAD = "chat.service.create.parameters", Inferred("20001 is the general code for parameters that make no sense"),
        "a create without FriendlyName is 400, 20001";
    FETCHED = "chat.service.fetch", Documented("OpenAPI chat_v2 FetchService"), "a service is read with 200";
    LISTED = "chat.service.list", Documented("OpenAPI chat_v2 ListService: key services, PageSize up to 100"),
        "services are listed under services";
    UPDATED = "chat.service.update", Documented("OpenAPI chat_v2 UpdateService"), "an update is answered 200";
    BAD_UPDATE = "chat.service.update.parameters", Inferred("as for a create"),
        "an update with a malformed parameter is 400, 20001";
    EMPTY_UPDATE = "chat.service.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    DELETED = "chat.service.delete", Documented("OpenAPI chat_v2 DeleteService"), "a delete is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListServices, list).merge(post(Operation::CreateService, create));
    let one = get(Operation::FetchService, fetch)
        .merge(post(Operation::UpdateService, update))
        .merge(delete(Operation::DeleteService, remove));
    Router::new().route("/v2/Services", all).route("/v2/Services/{service}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let new = call.body(CreateService::from_form, (CHAT, BAD))?;
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
    let change = call.change(UpdateService::from_form, (CHAT, BAD_UPDATE), EMPTY_UPDATE)?;
    Ok(Answer::ok(&call.world.update_service(service, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    call.world.delete_service(call.service()?)?;
    Ok(Answer::no_content(DELETED))
}
