//! Where the configuration says this client's resources are.

use std::{cell::RefCell, rc::Rc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use wire::identity::Identity;

use super::escape::escape;

/// The addresses all clients of a Chat service share.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Links {
    pub(super) conversations: Box<str>,
    pub(super) typing: Box<str>,
    /// Where files are uploaded to; empty where no configuration was asked for.
    pub(super) media: Box<str>,
}

/// What is this client's own.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) identity: Identity,
    pub(super) links: Rc<Links>,
    /// `…/Users/{US}/Conversations`.
    pub(super) my_conversations: Box<str>,
    /// Whether the user's `reachability` is asked for.
    pub(super) reachability: bool,
}

impl Account {
    /// Before anything is known but the identity.
    pub(super) fn unconfigured(identity: Identity) -> Self {
        Self { identity, links: Rc::default(), my_conversations: Box::default(), reachability: false }
    }

    /// Fills in, without the configuration, what it would say: from where the map of my channels keeps its
    /// items, which names the service. `None`: that is not such an address.
    pub(super) fn derive(
        &mut self,
        aim: &str,
        items: &str,
        known: &RefCell<Option<Rc<Links>>>,
    ) -> Option<()> {
        let (_, rest) = items.split_once("/Services/")?;
        let (service, _) = rest.split_once('/')?;
        let base = format!("{aim}/Client/v1/Services/{service}");
        self.my_conversations = format!("{base}/Users/{}/Conversations", escape(&self.identity)).into();
        let links = Links {
            conversations: format!("{base}/Conversations").into(),
            typing: format!("{aim}/v1/Instances/{service}/Typing").into(),
            media: Box::default(),
        };
        self.links = share(links, known);
        Some(())
    }
}

/// Who a token is for. Reads it only: whether it is genuine is the server's to say.
pub(super) fn identity_of(token: &str) -> Option<Identity> {
    #[derive(Deserialize)]
    struct Claims {
        grants: Grants,
    }
    #[derive(Deserialize)]
    struct Grants {
        identity: Identity,
    }

    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok().map(|claims| claims.grants.identity)
}

/// The answer to `GET /Client/v1/Configuration`.
#[derive(Deserialize)]
pub(super) struct Configuration {
    identity: Identity,
    links: ConfiguredLinks,
    sync_objects: SyncObjects,
    #[serde(default)]
    options: Options,
}

#[derive(Deserialize)]
struct ConfiguredLinks {
    my_conversations: Box<str>,
    conversations: Box<str>,
    #[serde(default)]
    typing: Box<str>,
    #[serde(default)]
    media_service: Box<str>,
}

#[derive(Deserialize)]
struct SyncObjects {
    my_conversations: Box<str>,
    #[serde(default)]
    my_user_info: Option<Box<str>>,
}

#[derive(Deserialize, Default)]
struct Options {
    #[serde(default)]
    reachability_enabled: bool,
}

/// The names of the two maps every client subscribes to.
pub(super) struct Roots {
    pub(super) my_channels: Box<str>,
    /// Empty: there is none to be had.
    pub(super) my_user: Box<str>,
}

impl Configuration {
    /// Splits the answer into what is kept and what is fetched next. Links that are those of the client
    /// before are shared with it.
    pub(super) fn apply(self, known: &RefCell<Option<Rc<Links>>>) -> (Account, Roots) {
        let ConfiguredLinks { my_conversations, conversations, typing, media_service: media } = self.links;
        let links = Links { conversations, typing, media };
        let account = Account {
            identity: self.identity,
            links: share(links, known),
            my_conversations,
            reachability: self.options.reachability_enabled,
        };
        let roots = Roots {
            my_channels: self.sync_objects.my_conversations,
            my_user: self.sync_objects.my_user_info.unwrap_or_default(),
        };
        (account, roots)
    }
}

/// The same links in one allocation for all who have them.
pub(super) fn share(links: Links, known: &RefCell<Option<Rc<Links>>>) -> Rc<Links> {
    let mut known = known.borrow_mut();
    match &*known {
        Some(same) if **same == links => same.clone(),
        _ => known.insert(Rc::new(links)).clone(),
    }
}
