//! What may have been meant by a request for something that is not there.
//!
//! Said in the journal alone: clients get Twilio's answer. Looked for only when something was not found, and in a
//! bounded part of what there is, so that somebody who asks for nothing but nonsense slows nobody down.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use wire::flow::{FlexFlow, IntegrationType};
use wire::form::Form;
use wire::sid::{ChannelSid, ChatServiceSid, FlexFlowSid, LENGTH};

use crate::world::channel::Channel;
use crate::world::service::Service;
use crate::world::{PageRequest, World};

/// How much of a list is looked at.
const LOOK: PageRequest = PageRequest::first(500);

/// How many of what there is are named.
const NAMED: usize = 3;

/// How many characters of a SID may be mistyped.
const TYPOS: usize = 4;

/// What may have been meant. `code` is what the request was refused with.
pub(crate) fn miss(world: &World, path: &str, body: &[u8], code: u32) -> Option<String> {
    if code == 45205 {
        let form = Form::parse(body).ok()?;
        return flow(world, form.get("FlexFlowSid")?);
    }
    let decoded = |part| percent_decode_str(part).decode_utf8_lossy();
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(|part| &**part).collect();
    match parts.as_slice() {
        ["v1", "FlexFlows", sid] => flow(world, sid),
        ["v1", door @ ("Channels" | "WebChannels"), sid] => flex_channel(world, door, sid),
        ["v2", "Services", service, rest @ ..] | ["Client", _, "Services", service, rest @ ..] => {
            in_service(world, service, rest)
        }
        _ => misplaced(path, &parts),
    }
}

fn flow(world: &World, asked: &str) -> Option<String> {
    let flows = world.flows(None, LOOK).items;
    let meant = |flow: &&Arc<FlexFlow>| differences(&flow.sid.text(), asked) <= TYPOS;
    let told = |flow: &Arc<FlexFlow>| format!("{}, the {}", flow.sid, kind(flow));
    if let Some(close) = flows.iter().find(meant) {
        return Some(format!("no Flex Flow {asked}; did you mean {} flow?", told(close)));
    }
    let named: Vec<String> = flows.iter().take(NAMED).map(told).collect();
    let wrong = shape::<FlexFlowSid>(asked).unwrap_or_default();
    Some(format!("no Flex Flow {asked}{wrong}; there are: {}", listed(&named)))
}

const fn kind(flow: &FlexFlow) -> &'static str {
    match flow.integration_type {
        Some(IntegrationType::Task) => "task",
        Some(IntegrationType::External) => "external",
        Some(IntegrationType::Studio) | None => "studio",
    }
}

fn flex_channel(world: &World, door: &str, asked: &str) -> Option<String> {
    let Ok(sid) = asked.parse::<ChannelSid>() else {
        return Some(format!("no channel {asked}{}", shape::<ChannelSid>(asked)?));
    };
    let channel = world.channel_with(sid)?;
    let (service, opened) = (channel.service.sid, channel.lock().flex.is_some());
    Some(if opened {
        let other = if door == "Channels" { "WebChannels" } else { "Channels" };
        format!("{sid} was opened by the other door: ask /v1/{other}/{sid}")
    } else {
        format!("{sid} is a Chat channel that no flow opened: ask /v2/Services/{service}/Channels/{sid}")
    })
}

fn in_service(world: &World, asked: &str, rest: &[&str]) -> Option<String> {
    let known = asked.parse().ok().and_then(|sid: ChatServiceSid| world.find_service(sid).ok());
    let Some(service) = known else {
        return Some(no_service(world, asked));
    };
    match rest {
        ["Users", name, ..] => user(&service, name),
        ["Channels" | "Conversations", name, rest @ ..] => match world.find_channel(&service, name) {
            Err(_) => channel(world, &service, name),
            Ok(channel) => match rest {
                ["Members" | "Participants", name, ..] => member(&service, &channel, name),
                ["Messages", name, ..] => message(&channel, name),
                _ => None,
            },
        },
        _ => None,
    }
}

/// Which services there are, for who asked for another.
pub(crate) fn no_service(world: &World, asked: &str) -> String {
    let there = world.services(PageRequest::first(NAMED)).items;
    let there: Vec<String> = there.iter().map(|service| service.sid.to_string()).collect();
    format!("no Chat service {asked}; there are: {}", listed(&there))
}

fn channel(world: &World, service: &Service, asked: &str) -> Option<String> {
    if let Ok(sid) = asked.parse::<ChannelSid>() {
        let other = world.channel_with(sid)?.service.sid;
        return Some(format!("{sid} is a channel of another service, {other}"));
    }
    let alike = service.name_like(LOOK.size, |name| alike(name, asked));
    match alike {
        Some(name) => Some(format!("no channel `{asked}`; did you mean `{name}`? Case and spaces matter")),
        None => shape::<ChannelSid>(asked).map(|wrong| format!("no channel `{asked}`{wrong}")),
    }
}

fn user(service: &Service, asked: &str) -> Option<String> {
    let found = service.users.page(LOOK).items.into_iter().find(|user| alike(&user.identity, asked))?;
    Some(format!("no user `{asked}`; did you mean `{}`? Case and spaces matter", found.identity))
}

fn member(service: &Service, channel: &Channel, asked: &str) -> Option<String> {
    let state = channel.lock();
    if let Some(found) = state.members.iter().find(|member| alike(&member.user.identity, asked)) {
        let identity = &found.user.identity;
        return Some(format!("no member `{asked}`; did you mean `{identity}`? Case and spaces matter"));
    }
    let members: Vec<_> =
        state.members.iter().take(NAMED).map(|member| format!("`{}`", member.user.identity)).collect();
    drop(state);
    service.identities.get(asked)?;
    let there = listed(&members);
    Some(format!(
        "`{asked}` is a user of the service, but no member of this channel; its members are: {there}"
    ))
}

fn message(channel: &Channel, asked: &str) -> Option<String> {
    let index = asked.parse().ok()?;
    let sid = crate::world::message::message_at(channel, index)?;
    Some(format!("messages are named by their SID: the one with the index {index} is {sid}"))
}

/// What Flex and Chat serve below their versions.
const SERVED: [(&str, &str); 6] = [
    ("Channels", "v1"),
    ("WebChannels", "v1"),
    ("FlexFlows", "v1"),
    ("Configuration", "v1"),
    ("Services", "v2"),
    ("Credentials", "v2"),
];

fn misplaced(path: &str, parts: &[&str]) -> Option<String> {
    if path.len() > 1 && path.ends_with('/') {
        return Some("paths end without a slash".to_owned());
    }
    let served = |part: &str| SERVED.iter().find(|(name, _)| alike(name, part)).copied();
    match parts {
        [first, ..] if served(first).is_some() => {
            let (name, version) = served(first)?;
            Some(format!("no /{version} in the path: /{version}/{name}"))
        }
        [version, second, ..] => match served(second) {
            Some((name, right)) if *version != right => {
                Some(format!("{name} is served below /{right}, not below /{version}"))
            }
            Some((name, right)) if name != *second => Some(format!("case matters: /{right}/{name}")),
            Some(_) => None,
            None => Some(format!(
                "the mock serves Flex v1 and Programmable Chat v2, and neither has /{version}/{second}"
            )),
        },
        _ => None,
    }
}

/// What is wrong with the shape of something that should be a SID.
fn shape<S: std::str::FromStr>(asked: &str) -> Option<String> {
    if asked.parse::<S>().is_ok() {
        return None;
    }
    let prefix = wire::sid::prefix_of(asked)?;
    if asked.len() == LENGTH {
        return Some(format!(" (that is the SID of {prefix})"));
    }
    Some(format!(" (that begins like the SID of {prefix}, but has {} characters, not {LENGTH})", asked.len()))
}

/// The same but for case and the spaces around it, and yet another.
fn alike(there: &str, asked: &str) -> bool {
    there.trim().eq_ignore_ascii_case(asked.trim())
}

/// How many characters differ; all if the lengths do.
fn differences(one: &str, other: &str) -> usize {
    if one.len() != other.len() {
        return LENGTH;
    }
    one.bytes().zip(other.bytes()).filter(|(a, b)| !a.eq_ignore_ascii_case(b)).count()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tests::Bench;

    fn missed(bench: &Bench, path: &str) -> String {
        miss(&bench.world, path, b"", 20404).unwrap_or_default()
    }

    #[test]
    fn a_flow_that_was_mistyped_is_found() {
        let bench = Bench::new();
        let flow = bench.flow.to_string();
        let last = if flow.ends_with('0') { '1' } else { '0' };
        let typed = format!("{}{last}", &flow[..33]);
        let says = missed(&bench, &format!("/v1/FlexFlows/{typed}"));
        assert!(says.contains(&format!("did you mean {flow}, the task flow")), "{says}");
        let body = format!("FlexFlowSid={typed}&Identity=ada");
        assert_eq!(miss(&bench.world, "/v1/Channels", body.as_bytes(), 45205), Some(says));
        let other = missed(&bench, "/v1/FlexFlows/FO00000000000000000000000000000000");
        assert!(other.contains("there are: ") && other.contains(&flow), "{other}");
        assert!(missed(&bench, "/v1/FlexFlows/FO123").contains("5 characters, not 34"));
    }

    #[test]
    fn a_channel_elsewhere_is_found() {
        let bench = Bench::new();
        let chat = bench.public("Support").unwrap().sid;
        let new = wire::service::CreateService { friendly_name: "other".to_owned() };
        let other = bench.world.create_service(new).unwrap().sid;
        let says = missed(&bench, &format!("/v2/Services/{other}/Channels/{chat}"));
        assert_eq!(says, format!("{chat} is a channel of another service, {}", bench.service));
        let says = missed(&bench, &format!("/v2/Services/{}/Channels/support/Messages", bench.service));
        assert!(says.contains("did you mean `Support`?"), "{says}");
        let says = missed(&bench, &format!("/v1/Channels/{chat}"));
        assert!(says.contains(&format!("ask /v2/Services/{}/Channels/{chat}", bench.service)), "{says}");
        let says = missed(&bench, "/v2/Services/IS00000000000000000000000000000000/Users/x");
        assert!(says.contains(&format!("there are: {}", bench.service)), "{says}");
    }

    #[test]
    fn somebody_whose_name_differs_by_case_is_found() {
        let bench = Bench::new();
        let chat = bench.chat("Ada");
        bench.device("agent");
        let of = |below: String| missed(&bench, &format!("/v2/Services/{}/{below}", bench.service));
        assert!(of("Users/ada".to_owned()).contains("did you mean `Ada`?"));
        assert!(of(format!("Channels/{chat}/Members/ADA")).contains("did you mean `Ada`?"));
        let says = of(format!("Channels/{chat}/Members/agent"));
        assert!(says.contains("no member of this channel; its members are: `Ada`"), "{says}");
        let sid = bench.says(chat, "Ada", "hi").unwrap().sid;
        assert!(of(format!("Channels/{chat}/Messages/0")).contains(&sid.to_string()));
    }

    #[test]
    fn a_path_that_is_nearly_right_is_explained() {
        let bench = Bench::new();
        for (path, says) in [
            ("/Channels", "no /v1 in the path"),
            ("/FlexFlows/FO0", "no /v1 in the path"),
            ("/Services/IS0/Channels", "no /v2 in the path"),
            ("/v2/FlexFlows", "served below /v1"),
            ("/v1/flexflows", "case matters: /v1/FlexFlows"),
            ("/v1/Channels/", "without a slash"),
            ("/2010-04-01/Accounts", "neither has"),
        ] {
            assert!(missed(&bench, path).contains(says), "{path}: {}", missed(&bench, path));
        }
    }
}
