//! `/v2/Services/{IS}/Roles`. A role is named by its SID only.

use axum::Router;
use wire::form::{Expected, FieldError, Form};
use wire::role::{NewRole, Permission, UpdateRole};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use super::parameter::Code;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "chat.role.create", Documented("OpenAPI chat_v2 CreateRole"), "a new role is answered 201";
    BAD = "chat.role.create.parameters", Inferred("20001 is the general code for parameters that make no sense"),
        "a create without Type or without any Permission is 400, 20001";
    NO_NAME = "chat.role.create.friendly-name-missing", Inferred("error catalogue 50000; the status as for other validation"),
        "a create without FriendlyName is 400, 50000";
    BAD_TYPE = "chat.role.type", Documented("error catalogue 50105; the status as for other validation"),
        "a Type that is neither channel nor deployment is 400, 50105";
    BAD_PERMISSION = "chat.role.permission", Documented("error catalogue 50104; the status as for other validation"),
        "a Permission there is not is 400, 50104";
    FETCHED = "chat.role.fetch", Documented("OpenAPI chat_v2 FetchRole"), "a role is read with 200";
    LISTED = "chat.role.list", Documented("OpenAPI chat_v2 ListRole: key roles, PageSize up to 100"),
        "a service's roles are listed under roles";
    UPDATED = "chat.role.update", Documented("OpenAPI chat_v2 UpdateRole: replaces all previously assigned permissions"),
        "an update is answered 200, and what it names is all the role allows";
    BAD_UPDATE = "chat.role.update.parameters", Inferred("as for a create"),
        "an update without any Permission is 400, 20001";
    DELETED = "chat.role.delete", Documented("OpenAPI chat_v2 DeleteRole"), "a delete is answered 204 without a body";
}

static CODES: &[Code] = &[
    Code::missing("FriendlyName", 50000, NO_NAME),
    Code::malformed("Type", 50105, BAD_TYPE),
    Code::malformed("Permission", 50104, BAD_PERMISSION),
];

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListRoles, list).merge(post(Operation::CreateRole, create));
    let one = get(Operation::FetchRole, fetch)
        .merge(post(Operation::UpdateRole, update))
        .merge(delete(Operation::DeleteRole, remove));
    Router::new().route("/v2/Services/{service}/Roles", all).route("/v2/Services/{service}/Roles/{role}", one)
}

/// The form, if it names a permission at all.
fn some<T>(
    read: impl FnOnce(&Form<'_>) -> Result<T, FieldError>,
    permissions: impl FnOnce(&T) -> &[Permission],
) -> impl FnOnce(&Form<'_>) -> Result<T, FieldError> {
    move |form| {
        let read = read(form)?;
        if permissions(&read).is_empty() {
            return Err(FieldError { field: "Permission", expected: Expected::Something });
        }
        Ok(read)
    }
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    let new = call.body(some(NewRole::from_form, |new| &new.permissions), (CODES, BAD))?;
    call.acts_on_service(service)?;
    Ok(Answer::created(&call.world.create_role(service, new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    call.list("roles", 100, LISTED, |page| call.world.roles(service, page))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.role(call.service()?, call.sid("role")?)?, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, role) = (call.service()?, call.sid("role")?);
    let change = call.body(some(UpdateRole::from_form, |change| &change.permissions), (CODES, BAD_UPDATE))?;
    call.acts_on_service(service)?;
    Ok(Answer::ok(&call.world.update_role(service, role, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, role) = (call.service()?, call.sid("role")?);
    call.acts_on_service(service)?;
    call.world.delete_role(service, role)?;
    Ok(Answer::no_content(DELETED))
}
