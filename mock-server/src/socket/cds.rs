//! Sync within the tunnel: objects, items, subscriptions.

use wire::frame::server::message_type;
use wire::sync::{Accepted, Action, ObjectType, Outcome as Told, Problem, Protocol, Subscriptions, answer};

use super::device::Device;
use super::session::Session;
use super::session_list;
use super::tunnel::{Answer, Outcome, Request, Segment, Then};
use crate::basis::{Refused, RuleId, rules};
use crate::fault::aim::Pattern;
use crate::fault::http::place::is_about;
use crate::operation::Operation;
use crate::world::event::notification_of;
use crate::world::items::ItemQuery;
use crate::world::object::{Object, not_found};
use crate::world::subscription::{ESTABLISHED, Subscriber};

rules! {
    OBJECT = "sync.object", Recorded("session of SDK 6.0.0: GET /v3/Maps, Lists, Documents"),
        "a Sync object is read by SID or unique name; a map with Include=items has its items";
    ITEMS = "sync.items", Recorded("session of SDK 6.0.0: Items with Key, From, Order, PageSize; From is inclusive"),
        "items are read one by key or index, or by pages of up to 100 from a key on, in either order";
    PAGE_TOKEN = "sync.items.token", Library("twilio-sync 3.0.6 sends PageToken alone; what becomes of a bad one is a guess"),
        "a page token stands for order, size and place; one that the mock did not make is 400, 20001";
    ACCEPTED = "sync.subscriptions", Recorded("public captures of the service: 202"),
        "a request to subscribe or to cancel is answered 202; what comes of it follows as notifications";
    FAILED = "sync.subscription.failed", Library("twilio-sync 3.4.0: subscription_failed, 404 removes the object"),
        "a subscription to what is not there or not to be read is subscription_failed with Sync's code";
    CANCELED = "sync.subscription.canceled", Library("twilio-sync 3.4.0"),
        "a canceled subscription is confirmed by subscription_canceled";
    BATCH = "sync.subscriptions.batch", Recorded("public captures of the service: max_batch_size 1000"),
        "a request for more than 1000 objects is 400, 54009";
    CROWDED = "sync.subscriptions.crowded", MockOnly("a mock must not grow without bound"),
        "a connection with 5000 subscriptions gets no more: subscription_failed, 503";
}

pub(super) fn route(session: &Session, request: &Request<'_>) -> Outcome {
    if request.path == "/v4/Subscriptions" {
        return subscriptions(session, request);
    }
    let segments = request.segments("/v3");
    // Both `/v3/Maps/…` and, as in links, `/v3/Services/IS…/Maps/…`.
    let segments = match segments.split_first() {
        Some((first, rest)) if first.raw() == "Services" => rest.get(1..).unwrap_or_default(),
        _ => &segments,
    };
    match segments {
        [kind] => make(session, request, kind_of(kind)),
        [kind, name, rest @ ..] => {
            let kind = kind_of(kind).ok_or_else(|| request.unknown())?;
            let object =
                name.find(|name| session.shared.world.object(&session.connection.user, kind, name))?;
            one(session, request, object, rest)
        }
        [] => Err(request.unknown()),
    }
}

/// The one kind of object a client makes is a session list.
fn make(session: &Session, request: &Request<'_>, kind: Option<ObjectType>) -> Outcome {
    match (request.method, kind) {
        (_, None) => Err(request.unknown()),
        ("POST", Some(ObjectType::List)) => session_list::open(session, request),
        _ => Err(request.wrong_method()),
    }
}

/// What is asked of one object.
fn one(session: &Session, request: &Request<'_>, object: Object, rest: &[Segment<'_>]) -> Outcome {
    let (world, asker) = (&session.shared.world, &session.connection.user);
    let is_session = matches!(object, Object::Session(_));
    let rest: Vec<&str> = rest.iter().map(|segment| segment.raw()).collect();
    match (request.method, rest.as_slice()) {
        ("GET", []) => {
            Device::of(session).guard(Operation::ReadSync)?;
            let items = request.param("Include").is_some_and(|what| what == "items");
            Ok(Answer::written(200, world.describe(asker, object, items)?, OBJECT))
        }
        ("GET", ["Items"]) if object.sid().object_type() != ObjectType::Document => {
            Device::of(session).guard(Operation::ReadSync)?;
            Ok(Answer::written(200, world.items(asker, object, &query(request)?)?, ITEMS))
        }
        ("POST", ["Items"]) if is_session => session_list::post(session, object, request),
        ("GET", ["Context"]) if is_session => session_list::context(session, object),
        (_, [] | ["Items"]) => Err(request.wrong_method()),
        _ => Err(request.unknown()),
    }
}

fn kind_of(segment: &Segment<'_>) -> Option<ObjectType> {
    [ObjectType::Document, ObjectType::List, ObjectType::Map]
        .into_iter()
        .find(|kind| kind.collection() == segment.raw())
}

fn query<'a>(request: &Request<'a>) -> Result<ItemQuery<'a>, Refused> {
    if let Some(token) = request.param("PageToken") {
        return ItemQuery::of_token(&token)
            .ok_or_else(|| Refused::new(400, 20001, "Invalid PageToken", PAGE_TOKEN));
    }
    Ok(ItemQuery {
        key: request.param("Key").or_else(|| request.param("Index")),
        from: request.param("From"),
        page_size: request.param("PageSize").and_then(|size| size.parse().ok()),
        descending: request.param("Order").is_some_and(|order| order.eq_ignore_ascii_case("desc")),
    })
}

fn subscriptions(session: &Session, request: &Request<'_>) -> Outcome {
    if request.method != "POST" {
        return Err(request.wrong_method());
    }
    Device::of(session).guard(Operation::Subscribe)?;
    let wanted: Subscriptions = request.json()?;
    let most = usize::try_from(Accepted::RECORDED.max_batch_size).unwrap_or(usize::MAX);
    if wanted.requests.len() > most {
        return Err(Refused::new(400, 54009, "Too many objects in one request", BATCH));
    }
    let mut answer = Answer::new(202, &Accepted::RECORDED, ACCEPTED);
    answer.then = Some(Then::Subscriptions(wanted));
    Ok(answer)
}

/// What follows the 202: the replays, then what came of each.
pub(super) fn follow_up(session: &mut Session, wanted: &Subscriptions) {
    let mut outcomes: Vec<Told<'_>> = wanted
        .requests
        .iter()
        .filter_map(|request| {
            let object = Object::from_sid(request.object_sid);
            match (wanted.action, object) {
                (Action::Cancel, object) => {
                    if let Some(object) = object {
                        cancel(session, object);
                    }
                    Some(Told::Canceled { object_sid: request.object_sid })
                }
                (Action::Establish, Some(object)) => {
                    establish(session, wanted, object, request.last_event_id)
                }
                (Action::Establish, None) => {
                    let code = not_found(request.object_sid.object_type());
                    failed(request.object_sid, &Refused::new(404, code, "Not found", FAILED))
                }
            }
        })
        .collect();
    outcomes.retain(|told| !is_withheld(session, told));
    let tell = |rule: RuleId, which: fn(&Told<'_>) -> bool| {
        let told: Vec<Told<'_>> = outcomes.iter().filter(|outcome| which(outcome)).cloned().collect();
        push(session, wanted.event_protocol_version, wanted.correlation_id, &told, rule);
    };
    tell(ESTABLISHED, |outcome| matches!(outcome, Told::Established { .. }));
    tell(FAILED, |outcome| matches!(outcome, Told::Failed { .. }));
    tell(CANCELED, |outcome| matches!(outcome, Told::Canceled { .. }));
}

/// Whether a fault keeps it from the client that its subscription stands.
fn is_withheld(session: &Session, told: &Told<'_>) -> bool {
    let Told::Established { object_sid, .. } = told else { return false };
    let world = &session.shared.world;
    let is_meant = |pattern: &Pattern| is_about(world, &object_sid.to_string(), pattern);
    world.faults().withholds_established(&session.connection.user.identity, &is_meant)
}

fn push(session: &Session, protocol: Protocol, correlation_id: u64, told: &[Told<'_>], rule: RuleId) {
    for payload in answer(protocol, correlation_id, told) {
        session.connection.push(notification_of(rule, message_type::SYNC_EVENT, &payload));
    }
}

fn establish<'a>(
    session: &mut Session,
    wanted: &Subscriptions,
    object: Object,
    seen: Option<i64>,
) -> Option<Told<'a>> {
    let world = session.shared.world.clone();
    let object_sid = object.sid();
    let known = session.subscribed.contains(&object);
    let most = world.caps().subscriptions_per_connection;
    if !known && session.subscribed.len() >= most {
        // Channels one was removed from count no longer, whether or not their subscriptions were canceled.
        session.subscribed.retain(|known| world.hears(&session.connection, *known));
    }
    if !known && session.subscribed.len() >= most {
        let says = "The connection has as many subscriptions as it may";
        return failed(object_sid, &Refused::new(503, 20503, says, CROWDED));
    }
    let subscriber = Subscriber {
        connection: &session.connection,
        protocol: wanted.event_protocol_version,
        correlation_id: wanted.correlation_id,
    };
    match world.subscribe(subscriber, object, seen) {
        Ok(established) => {
            if !known {
                session.subscribed.push(object);
            }
            Some(Told::Established {
                object_sid,
                replay_status: established.status,
                last_event_id: established.last_event_id,
            })
        }
        Err(refused) => failed(object_sid, &refused),
    }
}

/// Nothing at all if the rule that refused is broken.
fn failed<'a>(object_sid: wire::sync::ObjectSid, refused: &Refused) -> Option<Told<'a>> {
    let message = refused.message.clone();
    let error = Problem { status: refused.status, code: refused.code, message };
    refused.rule.follow().then_some(Told::Failed { object_sid, error })
}

fn cancel(session: &mut Session, object: Object) {
    session.shared.world.unsubscribe(&session.connection, object);
    session.subscribed.retain(|known| *known != object);
}
