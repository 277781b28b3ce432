//! `/v2/Credentials`: what a service shows to Apple or Google.

use axum::Router;
use wire::credential::{NewCredential, UpdateCredential};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "chat.credential.create", Documented("OpenAPI chat_v2 CreateCredential"),
        "a new push credential is answered 201, without its secrets";
    BAD = "chat.credential.create.parameters", Inferred("20001 is the general code for parameters that make no sense"),
        "a create without Type, or with a malformed parameter, is 400, 20001";
    FETCHED = "chat.credential.fetch", Documented("OpenAPI chat_v2 FetchCredential"), "a push credential is read with 200";
    LISTED = "chat.credential.list", Documented("OpenAPI chat_v2 ListCredential: key credentials, PageSize up to 1000"),
        "push credentials are listed under credentials";
    UPDATED = "chat.credential.update", Documented("OpenAPI chat_v2 UpdateCredential"), "an update is answered 200";
    BAD_UPDATE = "chat.credential.update.parameters", Inferred("as for a create"),
        "an update with a malformed parameter is 400, 20001";
    EMPTY_UPDATE = "chat.credential.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    DELETED = "chat.credential.delete", Documented("OpenAPI chat_v2 DeleteCredential"),
        "a delete is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListCredentials, list).merge(post(Operation::CreateCredential, create));
    let one = get(Operation::FetchCredential, fetch)
        .merge(post(Operation::UpdateCredential, update))
        .merge(delete(Operation::DeleteCredential, remove));
    Router::new().route("/v2/Credentials", all).route("/v2/Credentials/{credential}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let new = call.body(NewCredential::from_form, BAD)?;
    Ok(Answer::created(&call.world.create_credential(new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    call.list("credentials", 1000, LISTED, |page| Ok(call.world.credentials(page)))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.credential(call.sid("credential")?)?, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let sid = call.sid("credential")?;
    let change = call.change(UpdateCredential::from_form, BAD_UPDATE, EMPTY_UPDATE)?;
    Ok(Answer::ok(&call.world.update_credential(sid, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    call.world.delete_credential(call.sid("credential")?)?;
    Ok(Answer::no_content(DELETED))
}
