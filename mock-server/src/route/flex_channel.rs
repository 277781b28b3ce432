//! `/v1/Channels`: the Flex Channels API.

use axum::Router;
use wire::flex_channel::CreateChannel;

use super::app::{Shared, delete, get, post};
use super::call::Call;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::Opened;
use crate::world::flex_channel::{EXISTING, NEW, NOT_CUSTOM, REOPENED};

rules! {
    BAD = "flex.channel.create.parameters", Inferred("the pattern of other products; flex-api's own words are not recorded"),
        "a create with a missing or malformed parameter is 400, 20001";
    FETCHED = "flex.channel.fetch", Documented("OpenAPI flex_v1 FetchChannel"), "a channel is read with 200";
    LISTED = "flex.channel.list", Documented("OpenAPI flex_v1 ListChannel: key flex_chat_channels, PageSize up to 1000"),
        "channels are listed under flex_chat_channels";
    DELETED = "flex.channel.delete", Documented("OpenAPI flex_v1 DeleteChannel"), "a delete is answered 204 without a body";
}

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListFlexChannels, list).merge(post(Operation::OpenChannel, create));
    let one = get(Operation::FetchFlexChannel, fetch).merge(delete(Operation::DeleteFlexChannel, remove));
    Router::new().route("/v1/Channels", all).route("/v1/Channels/{sid}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let new = call.body(CreateChannel::from_form, BAD)?;
    doubts(call, &new);
    let attached = new.task_sid;
    let (channel, opened) = call.world.open_flex_channel(new)?;
    if attached.is_some() && channel.task_sid.is_none() {
        call.warn("TR-11: TaskSid is for flows whose integration_type is task: it was ignored");
    }
    let rule = match opened {
        Opened::New => NEW,
        Opened::Existing => EXISTING,
        Opened::Reopened => REOPENED,
        Opened::OfOtherType => {
            call.warn(
                "FLOW-03: the flow's channel_type is not custom: Flex treats the chat as one of that type",
            );
            NOT_CUSTOM
        }
    };
    Ok(match call.world.faults().with_task_repr(&channel) {
        None => Answer::created(&channel, rule),
        Some(channel) => Answer::created(&channel, rule),
    })
}

/// What is taken as it is, and hardly meant so.
fn doubts(call: &Call<'_>, new: &CreateChannel) {
    let objects = [&new.pre_engagement_data, &new.task_attributes];
    if objects.into_iter().any(|text| text.as_deref() == Some("[object Object]")) {
        call.warn("REQ-08: an object was put where its JSON text belongs: JSON.stringify it");
    }
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    call.list("flex_chat_channels", 1000, LISTED, |page| Ok(call.world.flex_channels(page)))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.flex_channel(call.sid("sid")?)?, FETCHED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    call.world.delete_flex_channel(call.sid("sid")?)?;
    Ok(Answer::no_content(DELETED))
}
