//! The REST APIs a chat integration calls: Flex v1 and Programmable Chat v2.
//!
//! One [`Rest`] per runtime: its connections live on the runtime that opened them. Nothing is retried here, since
//! a repeated `POST` may do its work twice. Which queue a call waited in is its caller's to know.

mod call;
mod error;
mod shown;

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method};
use serde::de::DeserializeOwned;
use url::Url;
use wire::channel::{Channel, UpdateChannel};
use wire::flex_channel::{CreateChannel, FlexChannel};
use wire::flow::FlexFlow;
use wire::form::Style;
use wire::identity::Identity;
use wire::media::{Media, TOKEN_HEADER};
use wire::member::{Member, NewMember};
use wire::message::{Message, NewMessage, Order};
use wire::page::Envelope;
use wire::service::Service;
use wire::sid::{ChannelSid, FlexFlowSid};
use wire::user::{User, UserChannel};

pub use self::call::{Called, Exchange, Tracer};
pub use self::error::{RestError, Shortage, Transport};
pub use self::shown::without_tokens;

use self::call::{Caller, Payload};
use super::target::{Login, Target, TargetError};

/// What the helper libraries leave unescaped in a path.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The most items a page of Chat lists has; of a user's channels it is half of that.
const PAGE: usize = 100;

/// How a [`Rest`] connects.
#[derive(Clone, Default)]
pub struct Options {
    /// Connections kept open between calls; what is beyond is opened and closed again.
    pub keep: usize,
    /// The address to connect from: loopback has many, each with ports of its own.
    pub from: Option<IpAddr>,
    /// Told of each call.
    pub tracer: Option<Tracer>,
}

/// Whether Chat tells its webhooks of a change made by REST. Without asking it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Webhooks {
    /// Told: what an integration must ask for, or Studio and the task never hear of the customer's message.
    Told,
    /// Not told: Chat's default.
    Silent,
}

/// A client for one target.
pub struct Rest {
    caller: Caller,
    plain: HeaderMap,
    posting: HeaderMap,
    announced: HeaderMap,
    flex_channels: Url,
    flex_flows: String,
    flow: FlexFlowSid,
    chat_origin: Url,
    service: Url,
    channels: String,
    users: String,
    media: String,
}

/// In whose name a file is uploaded.
#[derive(Clone, Copy, Debug)]
pub enum Uploader<'a> {
    /// A customer's device, which has the link from its login, or none from a lean one, and shows its token.
    Device {
        /// Where to, as the service said.
        link: Option<&'a str>,
        /// The access token.
        token: &'a str,
    },
    /// The backend, for this customer.
    Backend(&'a Identity),
}

/// A file, ready to be uploaded as often as it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its MIME type.
    pub content_type: Box<str>,
    /// Its name, if it has one.
    pub filename: Option<Box<str>>,
    /// What it holds.
    pub bytes: Bytes,
}

impl Rest {
    /// A client with its URLs, headers and credentials prepared. Opens no connection yet.
    ///
    /// # Errors
    ///
    /// A CA file that cannot be read, or a system without certificates to trust.
    pub fn new(target: &Target, options: Options) -> Result<Self, TargetError> {
        let flex = trimmed(&target.endpoints.flex_api);
        let chat = trimmed(&target.endpoints.chat);
        let service = format!("{chat}/v2/Services/{}", target.chat_service_sid);
        let plain = headers(target)?;
        let mut posting = plain.clone();
        posting.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let mut announced = posting.clone();
        announced
            .insert(HeaderName::from_static("x-twilio-webhook-enabled"), HeaderValue::from_static("true"));
        Ok(Self {
            caller: Caller { client: client(target, &options)?, tracer: options.tracer },
            plain,
            posting,
            announced,
            flex_channels: prepared(&format!("{flex}/v1/Channels"))?,
            flex_flows: format!("{flex}/v1/FlexFlows/"),
            flow: target.flex_flow_sid,
            chat_origin: target.endpoints.chat.clone(),
            channels: format!("{service}/Channels"),
            users: format!("{service}/Users"),
            media: format!(
                "{}/v1/Services/{}/Media",
                target.endpoints.media(target.region.as_deref()),
                target.chat_service_sid
            ),
            service: prepared(&service)?,
        })
    }

    /// `POST /v1/Channels`: opens a customer's chat.
    pub async fn open_channel(&self, create: &CreateChannel, within: Duration) -> Called<FlexChannel> {
        self.post(self.flex_channels.clone(), self.posting.clone(), create.to_form(Style::Node), within).await
    }

    /// `GET /v1/Channels/{CH}`.
    pub async fn flex_channel(&self, channel: ChannelSid, within: Duration) -> Called<FlexChannel> {
        self.get(url(&format!("{}/{channel}", self.flex_channels)), within).await
    }

    /// `DELETE /v1/Channels/{CH}`.
    pub async fn delete_flex_channel(&self, channel: ChannelSid, within: Duration) -> Called<()> {
        self.delete(url(&format!("{}/{channel}", self.flex_channels)), within).await
    }

    /// `GET /v1/FlexFlows/{FO}`: the target's flow.
    pub async fn flow(&self, within: Duration) -> Called<FlexFlow> {
        self.get(url(&format!("{}{}", self.flex_flows, self.flow)), within).await
    }

    /// `GET /v2/Services/{IS}`: the target's Chat service.
    pub async fn service(&self, within: Duration) -> Called<Service> {
        self.get(Ok(self.service.clone()), within).await
    }

    /// `GET …/Channels/{CH}`: the Chat side of a channel, with its attributes.
    pub async fn channel(&self, channel: ChannelSid, within: Duration) -> Called<Channel> {
        self.get(self.in_channel(channel, ""), within).await
    }

    /// `POST …/Channels/{CH}` with nothing but attributes: how an integration ends a chat
    /// (`"status":"INACTIVE"`). The last writer wins.
    pub async fn update_channel_attributes(
        &self,
        channel: ChannelSid,
        attributes: &str,
        webhooks: Webhooks,
        within: Duration,
    ) -> Called<Channel> {
        let update = UpdateChannel { attributes: Some(attributes.into()), ..UpdateChannel::default() };
        let form = update.to_form(Style::Node);
        self.post_to(self.in_channel(channel, ""), self.changing(webhooks), form, within).await
    }

    /// `DELETE …/Channels/{CH}`: the Chat side of a channel.
    pub async fn delete_channel(&self, channel: ChannelSid, within: Duration) -> Called<()> {
        self.delete(self.in_channel(channel, ""), within).await
    }

    /// `POST …/Members`.
    pub async fn add_member(
        &self,
        channel: ChannelSid,
        member: &NewMember,
        webhooks: Webhooks,
        within: Duration,
    ) -> Called<Member> {
        let form = member.to_form(Style::Node);
        self.post_to(self.in_channel(channel, "/Members"), self.changing(webhooks), form, within).await
    }

    /// `DELETE …/Members/{identity}`.
    pub async fn remove_member(
        &self,
        channel: ChannelSid,
        identity: &Identity,
        within: Duration,
    ) -> Called<()> {
        let member =
            escaped(identity).and_then(|identity| self.in_channel(channel, &format!("/Members/{identity}")));
        self.delete(member, within).await
    }

    /// `POST …/Messages`.
    pub async fn post_message(
        &self,
        channel: ChannelSid,
        message: &NewMessage,
        webhooks: Webhooks,
        within: Duration,
    ) -> Called<Message> {
        let form = message.to_form(Style::Node);
        self.post_to(self.in_channel(channel, "/Messages"), self.changing(webhooks), form, within).await
    }

    /// `GET …/Messages`: the first page in this order, of at most 100.
    pub async fn messages(
        &self,
        channel: ChannelSid,
        order: Order,
        size: usize,
        within: Duration,
    ) -> Called<Envelope<Message>> {
        let size = size.clamp(1, PAGE);
        let order = match order {
            Order::Ascending => "asc",
            Order::Descending => "desc",
        };
        self.get(self.in_channel(channel, &format!("/Messages?Order={order}&PageSize={size}")), within).await
    }

    /// `GET …/Users/{identity}`.
    pub async fn user(&self, identity: &Identity, within: Duration) -> Called<User> {
        self.get(self.of_user(identity, ""), within).await
    }

    /// `DELETE …/Users/{identity}`.
    pub async fn delete_user(&self, identity: &Identity, within: Duration) -> Called<()> {
        self.delete(self.of_user(identity, ""), within).await
    }

    /// The first page of `GET …/Users/{identity}/Channels`: where somebody is a member.
    pub async fn user_channels(
        &self,
        identity: &Identity,
        within: Duration,
    ) -> Called<Envelope<UserChannel>> {
        self.get(self.of_user(identity, "/Channels?PageSize=50"), within).await
    }

    /// The first page of `GET …/Channels`. Flex's are private, which lists show only when asked for.
    pub async fn private_channels(&self, within: Duration) -> Called<Envelope<Channel>> {
        self.get(url(&format!("{}?Type=private&PageSize={PAGE}", self.channels)), within).await
    }

    /// The first page of `GET …/Users`.
    pub async fn users(&self, within: Duration) -> Called<Envelope<User>> {
        self.get(url(&format!("{}?PageSize={PAGE}", self.users)), within).await
    }

    /// The page after one of the Chat lists above. The address is followed as given, but for its host: the
    /// credentials go nowhere but to the target.
    pub async fn next_page<T: DeserializeOwned>(
        &self,
        next_page_url: &str,
        within: Duration,
    ) -> Called<Envelope<T>> {
        let next = url(next_page_url).map(|next| {
            let mut here = self.chat_origin.clone();
            here.set_path(next.path());
            here.set_query(next.query());
            here
        });
        self.get(next, within).await
    }

    /// Asks an endpoint of the integration's own, such as the one that makes its tokens: JSON back, and no
    /// credentials go with it.
    pub async fn elsewhere<T: DeserializeOwned>(&self, url: Url, within: Duration) -> Called<T> {
        let mut headers = HeaderMap::with_capacity(1);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        self.caller.resource(Method::GET, url, headers, Payload::Form(String::new()), within).await
    }

    /// `POST …/Media`: uploads a file, as the SDK does from a device, or as an integration's server does.
    pub async fn upload(&self, uploader: Uploader<'_>, file: &Upload, within: Duration) -> Called<Media> {
        match self.prepared_upload(uploader, file) {
            Ok((url, headers)) => {
                self.caller
                    .resource(Method::POST, url, headers, Payload::File(file.bytes.clone()), within)
                    .await
            }
            Err(error) => Called::never(error),
        }
    }

    fn prepared_upload(&self, uploader: Uploader<'_>, file: &Upload) -> Result<(Url, HeaderMap), RestError> {
        let header = |text: &str| {
            let foreign = || RestError::Foreign { http: 0, says: "what cannot be in a header".to_owned() };
            HeaderValue::try_from(text).map_err(|_| foreign())
        };
        let (mut url, mut headers) = match uploader {
            Uploader::Device { link, token } => {
                let mut token = header(token)?;
                token.set_sensitive(true);
                let mut headers = HeaderMap::with_capacity(2);
                headers.insert(HeaderName::from_static(TOKEN_HEADER), token);
                (url(link.unwrap_or(&self.media))?, headers)
            }
            Uploader::Backend(author) => {
                let mut url = url(&self.media)?;
                url.query_pairs_mut().append_pair("Author", author);
                (url, self.plain.clone())
            }
        };
        url.query_pairs_mut().append_pair("Category", "media");
        // The SDK tells no name; an integration's server can.
        if let (Some(name), Uploader::Backend(_)) = (&file.filename, uploader) {
            url.query_pairs_mut().append_pair("Filename", name);
        }
        headers.insert(CONTENT_TYPE, header(&file.content_type)?);
        Ok((url, headers))
    }

    fn in_channel(&self, channel: ChannelSid, rest: &str) -> Result<Url, RestError> {
        url(&format!("{}/{channel}{rest}", self.channels))
    }

    fn of_user(&self, identity: &Identity, rest: &str) -> Result<Url, RestError> {
        url(&format!("{}/{}{rest}", self.users, escaped(identity)?))
    }

    fn changing(&self, webhooks: Webhooks) -> HeaderMap {
        match webhooks {
            Webhooks::Told => self.announced.clone(),
            Webhooks::Silent => self.posting.clone(),
        }
    }

    async fn get<T: DeserializeOwned>(&self, url: Result<Url, RestError>, within: Duration) -> Called<T> {
        match url {
            Ok(url) => {
                let nothing = Payload::Form(String::new());
                self.caller.resource(Method::GET, url, self.plain.clone(), nothing, within).await
            }
            Err(error) => Called::never(error),
        }
    }

    async fn post<T: DeserializeOwned>(
        &self,
        url: Url,
        headers: HeaderMap,
        form: String,
        within: Duration,
    ) -> Called<T> {
        self.caller.resource(Method::POST, url, headers, Payload::Form(form), within).await
    }

    async fn post_to<T: DeserializeOwned>(
        &self,
        url: Result<Url, RestError>,
        headers: HeaderMap,
        form: String,
        within: Duration,
    ) -> Called<T> {
        match url {
            Ok(url) => self.post(url, headers, form, within).await,
            Err(error) => Called::never(error),
        }
    }

    async fn delete(&self, url: Result<Url, RestError>, within: Duration) -> Called<()> {
        match url {
            Ok(url) => self.caller.nothing(Method::DELETE, url, self.plain.clone(), within).await,
            Err(error) => Called::never(error),
        }
    }
}

fn client(target: &Target, options: &Options) -> Result<Client, TargetError> {
    // A second installation is refused, which is as good: there is one either way.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sealed = target.endpoints.all().into_iter().any(|url| url.scheme() == "https");
    let mut builder = Client::builder()
        .user_agent(concat!("flexload/", env!("CARGO_PKG_VERSION")))
        // The helper libraries speak HTTP/1.1, and one multiplexed connection would be no pool.
        .http1_only()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        // What is between here and a proxy is not what customers meet; the socket knows no proxy either.
        .no_proxy()
        .referer(false)
        .tcp_nodelay(true)
        .pool_max_idle_per_host(options.keep.max(1))
        // Servers close idle connections; one that does so just as a call goes out would fail the call.
        .pool_idle_timeout(Duration::from_secs(5))
        .local_address(options.from);
    builder = match &target.ca_file {
        Some(path) => {
            let wrong = |error: &dyn std::fmt::Display| {
                TargetError::new(
                    path.display().to_string(),
                    format!("cannot be used as ca_file: {error}"),
                    "it is a PEM file with the certificates to trust",
                )
            };
            let pem = std::fs::read(path).map_err(|error: io::Error| wrong(&error))?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
            if certificates.is_empty() {
                return Err(wrong(&"it holds no certificate"));
            }
            builder.tls_certs_merge(certificates)
        }
        // Loading the system's certificates takes milliseconds and fails where there are none.
        None if !sealed => builder.tls_certs_only([]),
        None => builder,
    };
    builder.build().map_err(|error| {
        TargetError::new(
            format!("target `{}`", target.name),
            format!("no HTTP client: {}", std::error::Error::source(&error).unwrap_or(&error)),
            "is the package ca-certificates installed?",
        )
    })
}

fn headers(target: &Target) -> Result<HeaderMap, TargetError> {
    let (user, secret) = match &target.login {
        Login::ApiKey(key) => (key.sid.to_string(), &key.secret),
        Login::AuthToken(token) => (target.account_sid.to_string(), token),
    };
    let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{}", secret.expose())));
    let mut basic = HeaderValue::try_from(basic).map_err(|_| {
        TargetError::new(format!("target `{}`", target.name), "its secret does not fit into a header", "")
    })?;
    basic.set_sensitive(true);
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(AUTHORIZATION, basic);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(headers)
}

fn trimmed(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

fn prepared(text: &str) -> Result<Url, TargetError> {
    Url::parse(text).map_err(|error| TargetError::new(text, error.to_string(), ""))
}

fn url(text: &str) -> Result<Url, RestError> {
    Url::parse(text).map_err(|error| RestError::Foreign { http: 0, says: format!("{text}: {error}") })
}

/// An identity as a part of a path. `.` and `..` cannot be: however they are escaped, a URL walks up there.
fn escaped(identity: &Identity) -> Result<impl std::fmt::Display, RestError> {
    match identity.as_str() {
        "" | "." | ".." => Err(RestError::Foreign {
            http: 0,
            says: format!("the identity `{identity}` cannot be part of an address"),
        }),
        name => Ok(utf8_percent_encode(name, ESCAPED)),
    }
}

#[cfg(test)]
mod tests;
