//! `/v2/Services/{IS}/Bindings` and `…/Users/{US}/Bindings`: devices that could be pushed to. Devices make them
//! themselves, by registering.

use axum::Router;
use wire::credential::PushService;
use wire::identity::Identity;

use super::app::{Shared, delete, get};
use super::call::Call;
use super::parameter::Code;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::binding::Asked;

rules! {
    FETCHED = "chat.binding.fetch", Documented("OpenAPI chat_v2 FetchBinding"), "a binding is read with 200";
    LISTED = "chat.binding.list", Documented("OpenAPI chat_v2 ListBinding: key bindings, filters BindingType and Identity, PageSize up to 50"),
        "a service's bindings are listed under bindings, all or those of some types and identities";
    BAD_TYPE = "chat.binding.list.type", Documented("error catalogue 50209: invalid binding type; the status as for other validation"),
        "a BindingType other than gcm, apn and fcm is 400, 50209";
    DELETED = "chat.binding.delete", Documented("OpenAPI chat_v2 DeleteBinding"), "a delete is answered 204 without a body";
    USER_FETCHED = "chat.user-binding.fetch", Documented("OpenAPI chat_v2 FetchUserBinding"), "a user's binding is read with 200";
    USER_LISTED = "chat.user-binding.list", Documented("OpenAPI chat_v2 ListUserBinding: key bindings, filter BindingType, PageSize up to 50"),
        "a user's bindings are listed under bindings, all or those of some types";
    USER_DELETED = "chat.user-binding.delete", Documented("OpenAPI chat_v2 DeleteUserBinding"),
        "a delete is answered 204 without a body";
}

static TYPES: &[Code] = &[Code::malformed("BindingType", 50209, BAD_TYPE)];

pub(super) fn router() -> Router<Shared> {
    let one = get(Operation::FetchBinding, fetch).merge(delete(Operation::DeleteBinding, remove));
    let theirs =
        get(Operation::FetchUserBinding, user_fetch).merge(delete(Operation::DeleteUserBinding, user_remove));
    Router::new()
        .route("/v2/Services/{service}/Bindings", get(Operation::ListBindings, list))
        .route("/v2/Services/{service}/Bindings/{binding}", one)
        .route("/v2/Services/{service}/Users/{user}/Bindings", get(Operation::ListUserBindings, user_list))
        .route("/v2/Services/{service}/Users/{user}/Bindings/{binding}", theirs)
}

fn kinds(call: &Call<'_>) -> Result<Vec<PushService>, Refused> {
    call.query(|query| query.field("BindingType"), (TYPES, BAD_TYPE))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, kinds) = (call.service()?, kinds(call)?);
    let identities: Vec<Identity> = call.query(|query| query.field("Identity"), LISTED)?;
    let asked = Asked { kinds: &kinds, identities: &identities, user: None };
    call.list("bindings", 50, LISTED, |page| call.world.bindings(service, &asked, page))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.binding(call.service()?, call.sid("binding")?)?, FETCHED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, binding) = (call.service()?, call.sid("binding")?);
    call.acts_on_service(service)?;
    call.world.delete_binding(service, binding)?;
    Ok(Answer::no_content(DELETED))
}

fn user_list(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, user, kinds) = (call.service()?, call.name("user"), kinds(call)?);
    call.list("bindings", 50, USER_LISTED, |page| call.world.user_bindings(service, user, &kinds, page))
}

fn user_fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    let binding = call.world.user_binding(call.service()?, call.name("user"), call.sid("binding")?)?;
    Ok(Answer::ok(&binding, USER_FETCHED))
}

fn user_remove(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, binding) = (call.service()?, call.sid("binding")?);
    call.acts_on_service(service)?;
    call.world.delete_user_binding(service, call.name("user"), binding)?;
    Ok(Answer::no_content(USER_DELETED))
}
