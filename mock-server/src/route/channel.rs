//! `/v2/Services/{IS}/Channels`. A channel is named by its SID or its unique name.

use axum::Router;
use wire::channel::{NewChannel, UpdateChannel, Visibility};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use super::parameter::{CHAT, DATE_CREATED};
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "chat.channel.create", Documented("OpenAPI chat_v2 CreateChannel"), "a new channel is answered 201";
    BAD = "chat.channel.create.parameters", Inferred("20001 is the general code for parameters that make no sense"),
        "a create with a malformed parameter is 400, 20001";
    FETCHED = "chat.channel.fetch", Documented("OpenAPI chat_v2 FetchChannel"), "a channel is read with 200";
    LISTED = "chat.channel.list", Documented("OpenAPI chat_v2 ListChannel: key channels, PageSize up to 100, Type by default public"),
        "channels are listed under channels: public ones unless Type asks for others";
    BAD_TYPE = "chat.channel.list.type", Inferred("20001 is the general code for parameters that make no sense"),
        "a Type that is neither public nor private is 400, 20001";
    UPDATED = "chat.channel.update", Documented("OpenAPI chat_v2 UpdateChannel"), "an update is answered 200";
    EMPTY_UPDATE = "chat.channel.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    DELETED = "chat.channel.delete", Documented("OpenAPI chat_v2 DeleteChannel"), "a delete is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListChannels, list).merge(post(Operation::CreateChannel, create));
    let one = get(Operation::FetchChannel, fetch)
        .merge(post(Operation::UpdateChannel, update))
        .merge(delete(Operation::DeleteChannel, remove));
    Router::new()
        .route("/v2/Services/{service}/Channels", all)
        .route("/v2/Services/{service}/Channels/{channel}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    let new = call.body(NewChannel::from_form, (CHAT, BAD))?;
    call.enables_webhooks()?;
    call.acts_on_service(service)?;
    Ok(Answer::created(&call.world.create_channel(service, new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    let types: Vec<Visibility> = call.query(|query| query.field("Type"), BAD_TYPE)?;
    let (public, private) = (types.contains(&Visibility::Public), types.contains(&Visibility::Private));
    let visibility = match (public, private) {
        (true, true) => None,
        (false, true) => Some(Visibility::Private),
        (_, false) => Some(Visibility::Public),
    };
    call.list("channels", 100, LISTED, |page| call.world.channels(service, visibility, page))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.channel(call.service()?, call.name("channel"))?, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let change = call.change(UpdateChannel::from_form, (CHAT, DATE_CREATED), EMPTY_UPDATE)?;
    call.enables_webhooks()?;
    call.acts_on_channel(service, channel)?;
    Ok(Answer::ok(&call.world.update_channel(service, channel, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    call.enables_webhooks()?;
    call.acts_on_service(service)?;
    call.world.delete_channel(service, call.name("channel"))?;
    Ok(Answer::no_content(DELETED))
}
