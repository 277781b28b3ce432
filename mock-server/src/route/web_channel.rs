//! `/v1/WebChannels`: what Flex's own web chat opens.

use axum::Router;
use wire::web_channel::{NewWebChannel, UpdateWebChannel};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::Opened;

rules! {
    CREATED = "flex.web-channel.create", Documented("OpenAPI flex_v1 CreateWebChannel"),
        "a create makes the user, a private Chat channel and the membership, or finds the active one: 201";
    NOT_WEB = "flex.web-channel.create.not-web", Inferred("no document says that a flow of another channel type is refused"),
        "a create through a flow whose channel type is not web is answered as any other: 201";
    BAD = "flex.web-channel.create.parameters", Inferred("the pattern of other products; flex-api's own words are not recorded"),
        "a create with a missing or malformed parameter is 400, 20001";
    FETCHED = "flex.web-channel.fetch", Documented("OpenAPI flex_v1 FetchWebChannel"), "a Web Channel is read with 200";
    LISTED = "flex.web-channel.list", Documented("OpenAPI flex_v1 ListWebChannel: key flex_chat_channels, PageSize up to 1000"),
        "Web Channels are listed under flex_chat_channels";
    UPDATED = "flex.web-channel.update", Documented("OpenAPI flex_v1 UpdateWebChannel"), "an update is answered 200";
    BAD_UPDATE = "flex.web-channel.update.parameters", Inferred("as for a create"),
        "a ChatStatus other than inactive is 400, 20001";
    DELETED = "flex.web-channel.delete", Documented("OpenAPI flex_v1 DeleteWebChannel"),
        "a delete is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListWebChannels, list).merge(post(Operation::OpenWebChannel, create));
    let one = get(Operation::FetchWebChannel, fetch)
        .merge(post(Operation::UpdateWebChannel, update))
        .merge(delete(Operation::DeleteWebChannel, remove));
    Router::new().route("/v1/WebChannels", all).route("/v1/WebChannels/{sid}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let new = call.body(NewWebChannel::from_form, BAD)?;
    let (channel, opened) = call.world.open_web_channel(new)?;
    let rule = if opened == Opened::OfOtherType {
        call.warn("the flow's channel_type is not web: for a chat of one's own, ask for a Flex Channel");
        NOT_WEB
    } else {
        CREATED
    };
    Ok(Answer::created(&channel, rule))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    call.list("flex_chat_channels", 1000, LISTED, |page| Ok(call.world.web_channels(page)))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.web_channel(call.sid("sid")?)?, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let sid = call.sid("sid")?;
    let change = call.body(UpdateWebChannel::from_form, BAD_UPDATE)?;
    Ok(Answer::ok(&call.world.update_web_channel(sid, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    call.world.delete_web_channel(call.sid("sid")?)?;
    Ok(Answer::no_content(DELETED))
}
