//! `/v2/Services/{IS}/Channels/{CH}/Invites`. An invite is named by its SID only.

use axum::Router;
use wire::identity::Identity;
use wire::invite::NewInvite;

use super::app::{Shared, delete, get, post};
use super::call::Call;
use super::parameter::CHAT;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "chat.invite.create", Documented("OpenAPI chat_v2 CreateInvite"), "a new invite is answered 201";
    BAD = "chat.invite.create.parameters", Inferred("20001 is the general code for parameters that make no sense"),
        "a create with a malformed RoleSid is 400, 20001";
    FETCHED = "chat.invite.fetch", Documented("OpenAPI chat_v2 FetchInvite"), "an invite is read with 200";
    LISTED = "chat.invite.list", Documented("OpenAPI chat_v2 ListInvite: key invites, filter Identity, PageSize up to 100"),
        "invites are listed under invites, all or those of some identities";
    DELETED = "chat.invite.delete", Documented("OpenAPI chat_v2 DeleteInvite"), "a delete is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListInvites, list).merge(post(Operation::CreateInvite, create));
    let one = get(Operation::FetchInvite, fetch).merge(delete(Operation::DeleteInvite, remove));
    Router::new()
        .route("/v2/Services/{service}/Channels/{channel}/Invites", all)
        .route("/v2/Services/{service}/Channels/{channel}/Invites/{invite}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let new = call.body(NewInvite::from_form, (CHAT, BAD))?;
    call.acts_on_channel(service, channel)?;
    Ok(Answer::created(&call.world.create_invite(service, channel, &new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let identities: Vec<Identity> = call.query(|query| query.field("Identity"), LISTED)?;
    call.list("invites", 100, LISTED, |page| call.world.invites(service, channel, &identities, page))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    let invite = call.world.invite_with(call.service()?, call.name("channel"), call.sid("invite")?)?;
    Ok(Answer::ok(&invite, FETCHED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel, invite) = (call.service()?, call.name("channel"), call.sid("invite")?);
    call.acts_on_channel(service, channel)?;
    call.world.delete_invite(service, channel, invite)?;
    Ok(Answer::no_content(DELETED))
}
