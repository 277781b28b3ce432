//! `/v2/Services/{IS}/Channels/{CH}/Members`. A member is named by its SID or its identity.

use axum::Router;
use wire::identity::Identity;
use wire::member::{NewMember, UpdateMember};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use super::parameter::CHAT;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "chat.member.create", Documented("OpenAPI chat_v2 CreateMember"), "a new member is answered 201";
    BAD = "chat.member.create.parameters", Inferred("20001 is the general code for parameters that make no sense"),
        "a create with a missing or malformed parameter is 400, 20001";
    FETCHED = "chat.member.fetch", Documented("OpenAPI chat_v2 FetchMember"), "a member is read with 200";
    LISTED = "chat.member.list", Documented("OpenAPI chat_v2 ListMember: key members, filter Identity, PageSize up to 100"),
        "members are listed under members, all or those of some identities";
    UPDATED = "chat.member.update", Documented("OpenAPI chat_v2 UpdateMember"), "an update is answered 200";
    BAD_UPDATE = "chat.member.update.parameters", Inferred("as for a create"),
        "an update with a malformed parameter is 400, 20001";
    EMPTY_UPDATE = "chat.member.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    DELETED = "chat.member.delete", Documented("OpenAPI chat_v2 DeleteMember"), "a delete is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListMembers, list).merge(post(Operation::AddMember, create));
    let one = get(Operation::FetchMember, fetch)
        .merge(post(Operation::UpdateMember, update))
        .merge(delete(Operation::RemoveMember, remove));
    Router::new()
        .route("/v2/Services/{service}/Channels/{channel}/Members", all)
        .route("/v2/Services/{service}/Channels/{channel}/Members/{member}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let new = call.body(NewMember::from_form, (CHAT, BAD))?;
    call.enables_webhooks()?;
    call.acts_on_channel(service, channel)?;
    Ok(Answer::created(&call.world.add_member(service, channel, new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let identities: Vec<Identity> = call.query(|query| query.field("Identity"), LISTED)?;
    call.list("members", 100, LISTED, |page| call.world.members(service, channel, &identities, page))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    let member = call.world.member(call.service()?, call.name("channel"), call.name("member"))?;
    Ok(Answer::ok(&member, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let change = call.change(UpdateMember::from_form, (CHAT, BAD_UPDATE), EMPTY_UPDATE)?;
    call.enables_webhooks()?;
    call.acts_on_channel(service, channel)?;
    Ok(Answer::ok(&call.world.update_member(service, channel, call.name("member"), change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    call.enables_webhooks()?;
    call.acts_on_channel(service, channel)?;
    call.world.remove_member(service, channel, call.name("member"))?;
    Ok(Answer::no_content(DELETED))
}
