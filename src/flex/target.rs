//! Where to, and as whom.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::SystemTime;

use mock_server::config::Credentials;
use url::{Host, Url};
use wire::secret::Secret;
use wire::sid::{AccountSid, ApiKeySid, ChatServiceSid, FlexFlowSid};
use wire::token::Signer;

use super::budget::Budget;
use super::sdk::SdkConfig;
use super::socket::tls_config;

/// An account of Flex, or something that behaves like one.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it is called in flexload.yaml; `twilio` and `mock` need no file.
    pub name: String,
    /// Where its APIs are.
    pub endpoints: Endpoints,
    /// Whose account it is.
    pub account_sid: AccountSid,
    /// What calls it.
    pub login: Login,
    /// The Chat service of its Flex project.
    pub chat_service_sid: ChatServiceSid,
    /// The Flex Flow that channels are opened on.
    pub flex_flow_sid: FlexFlowSid,
    /// The Twilio region; `us1` when there is none.
    pub region: Option<String>,
    /// Certificates trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The most a run may do here.
    pub budget: Option<Budget>,
    /// Whether it is the mock inside this very process.
    pub embedded: bool,
}

/// Where the APIs of a target are, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Flex v1: `https://flex-api.twilio.com`.
    pub flex_api: Url,
    /// Programmable Chat v2: `https://chat.twilio.com`.
    pub chat: Url,
    /// The Chat SDK's socket: `wss://tsock.us1.twilio.com/v3/wsconnect`.
    pub socket: Url,
}

/// What a target is called with. Where there are both, the API key.
#[derive(Clone, Debug)]
pub enum Login {
    /// Signs tokens and calls REST.
    ApiKey(ApiKey),
    /// Calls REST only: tokens are not signed with it.
    AuthToken(Secret),
}

/// An API key and what proves it.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its SID: `SK…`.
    pub sid: ApiKeySid,
    /// Its secret.
    pub secret: Secret,
}

impl Target {
    /// A mock that serves REST at `url` and the SDK's socket at `socket`; `embedded` in this very process or not.
    ///
    /// # Errors
    ///
    /// When one of the two is no URL.
    pub fn of_mock(
        credentials: &Credentials,
        url: &str,
        socket: &str,
        embedded: bool,
    ) -> Result<Self, TargetError> {
        let parsed = |text: &str| Url::parse(text).map_err(|error| TargetError::new(text, error, ""));
        let api = parsed(url)?;
        Ok(Self {
            name: "mock".to_owned(),
            endpoints: Endpoints { flex_api: api.clone(), chat: api, socket: parsed(socket)? },
            account_sid: credentials.account_sid,
            login: Login::ApiKey(ApiKey {
                sid: credentials.api_key_sid,
                secret: credentials.api_key_secret.clone(),
            }),
            chat_service_sid: credentials.chat_service_sid,
            flex_flow_sid: credentials.flex_flow_sid,
            region: None,
            ca_file: None,
            budget: None,
            embedded,
        })
    }

    /// Whether it is a mock on this machine: every endpoint on loopback *and* every SID of the mock's
    /// pattern. Loopback with other SIDs counts as real: it may be a relay.
    pub fn is_local(&self) -> bool {
        self.endpoints.all().into_iter().all(on_loopback) && self.sids().all(|(_, mock)| mock)
    }

    /// Whether it runs on the machine of the generator, and so competes with it.
    pub fn on_this_machine(&self) -> bool {
        self.embedded || self.endpoints.all().into_iter().all(on_loopback)
    }

    /// The key that signs access tokens.
    ///
    /// # Errors
    ///
    /// A target with nothing but an auth token has none; says how to give it one.
    pub fn signing_key(&self) -> Result<&ApiKey, TargetError> {
        match &self.login {
            Login::ApiKey(key) => Ok(key),
            Login::AuthToken(_) => Err(TargetError::new(
                format!("target `{}`", self.name),
                "has no API key, and access tokens are signed with one (an auth token cannot)",
                "give it api_key and api_secret (or TWILIO_API_KEY and TWILIO_API_SECRET)",
            )),
        }
    }

    /// What signs access tokens for this target.
    ///
    /// # Errors
    ///
    /// It has no API key, or one that cannot sign.
    pub fn signer(&self) -> Result<Signer, TargetError> {
        let key = self.signing_key()?;
        Signer::new(self.account_sid, key.sid, &key.secret, self.region_told()).map_err(|error| {
            TargetError::new(format!("target `{}`", self.name), format!("its API key: {error}"), "")
        })
    }

    /// How devices connect to this target.
    ///
    /// # Errors
    ///
    /// The certificates of its `ca_file`, or the system's, cannot be used.
    pub fn sdk_config(&self) -> io::Result<SdkConfig> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let socket = self.endpoints.socket.clone();
        let secure = socket.scheme() == "wss";
        let config = SdkConfig::new(socket, self.region.as_deref().unwrap_or("us1"), now);
        Ok(if secure { config.tls(tls_config(self.ca_file.as_deref())?) } else { config })
    }

    /// The region as a token names it (`twr`): `us1` goes without saying.
    pub fn region_told(&self) -> Option<&str> {
        self.region.as_deref().filter(|region| *region != "us1")
    }

    /// The last four characters of the account's SID: what `--confirm` has to repeat.
    pub fn last4(&self) -> String {
        self.account_sid.to_string().split_off(wire::sid::LENGTH - 4)
    }

    /// Each SID of this target by its name, and whether it is the mock's.
    pub(crate) fn sids(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let key = match &self.login {
            Login::ApiKey(key) => Some(("api_key", key.sid.is_mock())),
            Login::AuthToken(_) => None,
        };
        [
            ("account_sid", self.account_sid.is_mock()),
            ("chat_service_sid", self.chat_service_sid.is_mock()),
            ("flex_flow_sid", self.flex_flow_sid.is_mock()),
        ]
        .into_iter()
        .chain(key)
    }
}

impl Endpoints {
    /// Twilio's own hosts. `us1` is where the hosts without a region are.
    ///
    /// # Errors
    ///
    /// A region that cannot be part of a host's name.
    pub fn of_twilio(region: Option<&str>) -> Result<Self, String> {
        let region = region.unwrap_or("us1");
        if region.is_empty()
            || !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err(format!("`{region}` is not the name of a region; us1, ie1 and au1 are"));
        }
        let host = if region == "us1" { String::new() } else { format!(".{region}") };
        let url = |text: String| Url::parse(&text).map_err(|error| format!("{text}: {error}"));
        Ok(Self {
            flex_api: url(format!("https://flex-api{host}.twilio.com"))?,
            chat: url(format!("https://chat{host}.twilio.com"))?,
            socket: url(format!("wss://tsock.{region}.twilio.com/v3/wsconnect"))?,
        })
    }

    /// What the Media Content Service's paths begin with: a host of its own at Twilio, else wherever Chat is.
    pub fn media(&self, region: Option<&str>) -> String {
        if self.chat.domain().is_some_and(|host| host.ends_with(".twilio.com")) {
            format!("https://mcs.{}.twilio.com", region.unwrap_or("us1"))
        } else {
            self.chat.as_str().trim_end_matches('/').to_owned()
        }
    }

    /// Each of them.
    pub fn all(&self) -> [&Url; 3] {
        [&self.flex_api, &self.chat, &self.socket]
    }
}

/// Whether a URL's host is this machine. `localhost` is, whatever the resolver says (RFC 6761).
pub(crate) fn on_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// A target that cannot be used as it is written: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetError(String);

impl TargetError {
    pub(crate) fn new(place: impl fmt::Display, what: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        let place = Some(place.to_string()).filter(|place| !place.is_empty());
        let remedy = Some(remedy.to_string()).filter(|remedy| !remedy.is_empty());
        Self(format!(
            "{}{what}{}",
            place.map(|place| format!("{place}: ")).unwrap_or_default(),
            remedy.map(|remedy| format!("\n  {remedy}")).unwrap_or_default()
        ))
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TargetError {}
