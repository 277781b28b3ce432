//! `/v2/Services/{IS}/Users`, and the channels a user is in. A user is named by its SID or its identity.

use axum::Router;
use wire::user::{NewUser, UpdateUser, UpdateUserChannel};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use super::parameter::{CHAT, LEVEL};
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "chat.user.create", Documented("OpenAPI chat_v2 CreateUser"), "a new user is answered 201";
    BAD = "chat.user.create.parameters", Inferred("20001 is the general code for parameters that make no sense"),
        "a create with a missing or malformed parameter is 400, 20001";
    FETCHED = "chat.user.fetch", Documented("OpenAPI chat_v2 FetchUser"), "a user is read with 200";
    LISTED = "chat.user.list", Documented("OpenAPI chat_v2 ListUser: key users, PageSize up to 100"),
        "users are listed under users";
    UPDATED = "chat.user.update", Documented("OpenAPI chat_v2 UpdateUser"), "an update is answered 200";
    BAD_UPDATE = "chat.user.update.parameters", Inferred("as for a create"),
        "an update with a malformed parameter is 400, 20001";
    EMPTY_UPDATE = "chat.user.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    DELETED = "chat.user.delete", Documented("OpenAPI chat_v2 DeleteUser"), "a delete is answered 204 without a body";
    CHANNELS = "chat.user-channel.list", Documented("OpenAPI chat_v2 ListUserChannel: key channels, PageSize up to 50"),
        "the channels a user is in are listed under channels";
    CHANNEL = "chat.user-channel.fetch", Documented("OpenAPI chat_v2 FetchUserChannel"),
        "what a user has of a channel is read with 200";
    CHANNEL_UPDATED = "chat.user-channel.update", Documented("OpenAPI chat_v2 UpdateUserChannel"),
        "moving a horizon or a notification level is answered 200";
    EMPTY_CHANNEL = "chat.user-channel.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    CHANNEL_LEFT = "chat.user-channel.delete", Documented("OpenAPI chat_v2 DeleteUserChannel"),
        "leaving a channel by way of the user is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListUsers, list).merge(post(Operation::CreateUser, create));
    let one = get(Operation::FetchUser, fetch)
        .merge(post(Operation::UpdateUser, update))
        .merge(delete(Operation::DeleteUser, remove));
    let channels = get(Operation::ListUserChannels, channels);
    let channel = get(Operation::FetchUserChannel, channel)
        .merge(post(Operation::UpdateUserChannel, update_channel))
        .merge(delete(Operation::DeleteUserChannel, leave_channel));
    Router::new()
        .route("/v2/Services/{service}/Users", all)
        .route("/v2/Services/{service}/Users/{user}", one)
        .route("/v2/Services/{service}/Users/{user}/Channels", channels)
        .route("/v2/Services/{service}/Users/{user}/Channels/{channel}", channel)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    let new = call.body(NewUser::from_form, (CHAT, BAD))?;
    call.enables_webhooks()?;
    call.acts_on_service(service)?;
    Ok(Answer::created(&call.world.create_user(service, new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    call.list("users", 100, LISTED, |page| call.world.users(service, page))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.user(call.service()?, call.name("user"))?, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    let change = call.change(UpdateUser::from_form, (CHAT, BAD_UPDATE), EMPTY_UPDATE)?;
    call.enables_webhooks()?;
    call.acts_on_service(service)?;
    Ok(Answer::ok(&call.world.update_user(service, call.name("user"), change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    let service = call.service()?;
    call.acts_on_service(service)?;
    call.world.delete_user(service, call.name("user"))?;
    Ok(Answer::no_content(DELETED))
}

fn channels(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, user) = (call.service()?, call.name("user"));
    call.list("channels", 50, CHANNELS, |page| call.world.user_channels(service, user, page))
}

fn channel(call: &Call<'_>) -> Result<Answer, Refused> {
    let found = call.world.user_channel(call.service()?, call.name("user"), call.name("channel"))?;
    Ok(Answer::ok(&found, CHANNEL))
}

fn update_channel(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, user, channel) = (call.service()?, call.name("user"), call.name("channel"));
    let change = call.change(UpdateUserChannel::from_form, (CHAT, LEVEL), EMPTY_CHANNEL)?;
    call.acts_on_channel(service, channel)?;
    Ok(Answer::ok(&call.world.update_user_channel(service, user, channel, &change)?, CHANNEL_UPDATED))
}

fn leave_channel(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, user, channel) = (call.service()?, call.name("user"), call.name("channel"));
    call.enables_webhooks()?;
    call.acts_on_channel(service, channel)?;
    call.world.delete_user_channel(service, user, channel)?;
    Ok(Answer::no_content(CHANNEL_LEFT))
}
