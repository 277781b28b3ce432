//! `/v1/FlexFlows`.

use axum::Router;
use wire::flow::{CreateFlow, UpdateFlow};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "flex.flow.create", Documented("OpenAPI flex_v1 CreateFlexFlow"), "a new flow is answered 201";
    BAD = "flex.flow.create.parameters", Inferred("the pattern of other products; flex-api's own words are not recorded"),
        "a create with a missing or malformed parameter is 400, 20001";
    FETCHED = "flex.flow.fetch", Documented("OpenAPI flex_v1 FetchFlexFlow"), "a flow is read with 200";
    LISTED = "flex.flow.list", Documented("OpenAPI flex_v1 ListFlexFlow: key flex_flows, filter FriendlyName, PageSize up to 1000"),
        "flows are listed under flex_flows, all or those of one FriendlyName";
    UPDATED = "flex.flow.update", Documented("OpenAPI flex_v1 UpdateFlexFlow"), "an update is answered 200";
    BAD_UPDATE = "flex.flow.update.parameters", Inferred("as for a create"),
        "an update with a malformed parameter is 400, 20001";
    DELETED = "flex.flow.delete", Documented("OpenAPI flex_v1 DeleteFlexFlow"), "a delete is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListFlows, list).merge(post(Operation::CreateFlow, create));
    let one = get(Operation::FetchFlow, fetch)
        .merge(post(Operation::UpdateFlow, update))
        .merge(delete(Operation::DeleteFlow, remove));
    Router::new().route("/v1/FlexFlows", all).route("/v1/FlexFlows/{sid}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let new = call.body(CreateFlow::from_form, BAD)?;
    Ok(Answer::created(&call.world.create_flow(new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let name: Option<String> = call.query(|query| query.field("FriendlyName"), LISTED)?;
    call.list("flex_flows", 1000, LISTED, |page| Ok(call.world.flows(name.as_deref(), page)))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.flow(call.sid("sid")?)?, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let sid = call.sid("sid")?;
    let change = call.body(UpdateFlow::from_form, BAD_UPDATE)?;
    Ok(Answer::ok(&call.world.update_flow(sid, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    call.world.delete_flow(call.sid("sid")?)?;
    Ok(Answer::no_content(DELETED))
}
