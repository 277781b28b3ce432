//! `/v2/Services/{IS}/Channels/{CH}/Messages`. A message is named by its SID only.

use axum::Router;
use wire::message::{NewMessage, Order, UpdateMessage};

use super::app::{Shared, delete, get, post};
use super::call::Call;
use super::parameter::{CHAT, DATE_CREATED};
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "chat.message.create", Documented("OpenAPI chat_v2 CreateMessage"), "a new message is answered 201";
    FETCHED = "chat.message.fetch", Documented("OpenAPI chat_v2 FetchMessage"), "a message is read with 200";
    LISTED = "chat.message.list", Documented("OpenAPI chat_v2 ListMessage: key messages, Order, PageSize up to 100"),
        "messages are listed under messages, the oldest first unless Order is desc";
    BAD_ORDER = "chat.message.list.order", Inferred("20001 is the general code for parameters that make no sense"),
        "an Order that is neither asc nor desc is 400, 20001";
    UPDATED = "chat.message.update", Documented("OpenAPI chat_v2 UpdateMessage"), "an update is answered 200";
    EMPTY_UPDATE = "chat.message.update.empty", Inferred("error catalogue 20161; the status as for other validation"),
        "an update that says nothing is 400, 20161";
    DELETED = "chat.message.delete", Documented("OpenAPI chat_v2 DeleteMessage"), "a delete is answered 204 without a body";
}

/// Of a message that somebody seems to have said, sent in a way that no webhook hears of.
const UNHEARD: &str = "sent without the header X-Twilio-Webhook-Enabled: true: no webhook, no Studio flow and no task \
    hears of a message that comes by REST";

pub(super) fn router() -> Router<Shared> {
    let all = get(Operation::ListMessages, list).merge(post(Operation::SendMessage, create));
    let one = get(Operation::FetchMessage, fetch)
        .merge(post(Operation::UpdateMessage, update))
        .merge(delete(Operation::DeleteMessage, remove));
    Router::new()
        .route("/v2/Services/{service}/Channels/{channel}/Messages", all)
        .route("/v2/Services/{service}/Channels/{channel}/Messages/{message}", one)
}

fn create(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let new = call.body(NewMessage::from_form, (CHAT, DATE_CREATED))?;
    if !call.enables_webhooks()? && new.from.is_some() {
        call.warn(UNHEARD);
    }
    call.acts_on_channel(service, channel)?;
    Ok(Answer::created(&call.world.post_message(service, channel, new)?, CREATED))
}

fn list(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel) = (call.service()?, call.name("channel"));
    let order: Option<Order> = call.query(|query| query.field("Order"), BAD_ORDER)?;
    let order = order.unwrap_or(Order::Ascending);
    let page = |page| call.world.messages(service, channel, order, page);
    Ok(call.list("messages", 100, LISTED, page)?.kept_from(call.world.first_retained(service, channel)?))
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    let message = call.world.message(call.service()?, call.name("channel"), call.sid("message")?)?;
    Ok(Answer::ok(&message, FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel, message) = (call.service()?, call.name("channel"), call.sid("message")?);
    let change = call.change(UpdateMessage::from_form, (CHAT, DATE_CREATED), EMPTY_UPDATE)?;
    call.enables_webhooks()?;
    call.acts_on_channel(service, channel)?;
    Ok(Answer::ok(&call.world.update_message(service, channel, message, change)?, UPDATED))
}

fn remove(call: &Call<'_>) -> Result<Answer, Refused> {
    let (service, channel, message) = (call.service()?, call.name("channel"), call.sid("message")?);
    call.enables_webhooks()?;
    call.acts_on_channel(service, channel)?;
    call.world.delete_message(service, channel, message)?;
    Ok(Answer::no_content(DELETED))
}
