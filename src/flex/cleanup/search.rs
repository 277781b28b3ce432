//! Finding what a run left when its list is not at hand: everything it makes carries its prefix.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use wire::channel::Channel;
use wire::identity::Identity;
use wire::page::Envelope;
use wire::sid::ChannelSid;

use super::PATIENCE;
use crate::flex::rest::{Called, Rest, RestError};

/// More pages than any account has: 10 million items.
const PAGES: usize = 100_000;

/// What was found.
pub(super) struct Found {
    pub(super) channels: Vec<ChannelSid>,
    pub(super) users: Vec<Identity>,
}

/// Looks through all users and channels of the service.
pub(super) async fn search(rest: &Rest, prefix: &str) -> Result<Found, RestError> {
    let mut users = BTreeSet::new();
    each(rest, rest.users(PATIENCE).await, |user: wire::user::User| {
        if user.identity.as_str().starts_with(prefix) {
            users.insert(user.identity);
        }
    })
    .await?;
    let mut channels = BTreeSet::new();
    each(rest, rest.private_channels(PATIENCE).await, |channel: Channel| {
        if is_ours(&channel, prefix) {
            channels.insert(channel.sid);
        }
    })
    .await?;
    // A channel whose scenario gave it another target is still found by whoever is in it.
    for user in &users {
        channels.extend(channels_of(rest, user).await?);
    }
    Ok(Found { channels: channels.into_iter().collect(), users: users.into_iter().collect() })
}

/// The channels somebody is in; none when there is no such user.
pub(super) async fn channels_of(rest: &Rest, identity: &Identity) -> Result<Vec<ChannelSid>, RestError> {
    let mut channels = Vec::new();
    let first = rest.user_channels(identity, PATIENCE).await;
    match each(rest, first, |of: wire::user::UserChannel| channels.push(of.channel_sid)).await {
        Err(RestError::Status { http: 404, code: Some(_), .. }) => Ok(Vec::new()),
        read => read.map(|()| channels),
    }
}

/// Goes through a list page by page.
async fn each<T: DeserializeOwned>(
    rest: &Rest,
    first: Called<Envelope<T>>,
    mut see: impl FnMut(T),
) -> Result<(), RestError> {
    let mut page = first.result?;
    for _ in 0..PAGES {
        page.items.into_iter().for_each(&mut see);
        match page.meta.next_page_url {
            Some(next) => page = rest.next_page(&next, PATIENCE).await.result?,
            None => break,
        }
    }
    Ok(())
}

/// Flex writes the target, which is the identity unless the scenario says otherwise, into the attributes.
fn is_ours(channel: &Channel, prefix: &str) -> bool {
    let attributes: BTreeMap<String, serde_json::Value> =
        channel.attributes.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let from = attributes.get("from").and_then(serde_json::Value::as_str);
    [from, channel.unique_name.as_deref()].into_iter().flatten().any(|name| name.starts_with(prefix))
}
