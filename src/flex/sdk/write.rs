//! Writing requests: the address, headers and body each of the SDK's packages gives them.

use std::borrow::Cow;

use wire::{
    frame::{
        Header as _, Pairs,
        client::{HttpRequest, Message},
    },
    sid::ChannelSid,
};

use super::{
    config::Login,
    escape::escape,
    out::Out,
    request::{Op, Request},
    session::Session,
};

const JSON: &str = "application/json";
const JSON_UTF8: &str = "application/json; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";

impl Session {
    /// Writes a request's frame. `false`: the address to write to is none.
    pub(super) fn write(&self, request: &Request, out: &mut Out) -> bool {
        if matches!(request.op, Op::Init | Op::Update(_)) {
            self.write_own(request, out);
            return true;
        }
        let mut written = false;
        out.request(|bytes| written = self.write_tunnelled(request, bytes));
        if !written {
            out.retract();
        }
        written
    }

    fn write_tunnelled(&self, request: &Request, out: &mut Vec<u8>) -> bool {
        let op = &request.op;
        let body = request.body.as_deref().unwrap_or_default();
        let sync = Style::Sync(&self.config.sync_client_info);
        let (aim, cds) = (&self.config.aim, &self.config.cds);
        let get = |style, url: &str, params: &[(&str, &str)], out: &mut Vec<u8>| {
            Call { style, method: "GET", url, params, body: b"" }.write(request, out)
        };
        let call = |style, method, url: &str, body, out: &mut Vec<u8>| {
            Call { style, method, url, params: &[], body }.write(request, out)
        };
        let Some(account) = &self.account else {
            return get(Style::Resource, &format!("{aim}/Client/v1/Configuration"), &[], out);
        };
        let conversation = |channel: &ChannelSid| format!("{}/{channel}", account.links.conversations);
        let list = |channel: &ChannelSid| self.channel(*channel).map_or("", |channel| &*channel.items);
        let hidden = ("HideExpired", "true");
        match op {
            Op::Init | Op::Update(_) | Op::Configuration => false,
            Op::MyChannels(name) => {
                let url = format!("{cds}/v3/Maps/{}", escape(name));
                let lean = self.config.login == Login::Lean;
                get(sync, &url, if lean { &[("Include", "items")] } else { &[] }, out)
            }
            Op::Myself(name) => {
                get(sync, &format!("{cds}/v3/Maps/{}", escape(name)), &[("Include", "items")], out)
            }
            Op::MyselfItem(url, key) => get(sync, url, &[hidden, ("Key", key)], out),
            Op::MyConversations(page) => match page {
                Some(page) => {
                    get(Style::Bare, &account.my_conversations, &[("PageToken", &escape(page))], out)
                }
                None => get(Style::Bare, &account.my_conversations, &[], out),
            },
            Op::Document(_, name) => get(sync, &format!("{cds}/v3/Documents/{}", escape(name)), &[], out),
            Op::Messages(_, name) => get(sync, &format!("{cds}/v3/Lists/{}", escape(name)), &[], out),
            Op::Roster(_, name) => get(sync, &format!("{cds}/v3/Maps/{}", escape(name)), &[], out),
            Op::Members(_, url, None) => get(sync, url, &[hidden, ("PageSize", "50"), ("Order", "asc")], out),
            Op::Members(_, url, Some(from)) => {
                let from = escape(from);
                get(sync, url, &[hidden, ("From", &from), ("PageSize", "51"), ("Order", "asc")], out)
            }
            Op::Subscribe(..) => call(sync, "POST", &format!("{cds}/v4/Subscriptions"), body, out),
            Op::Newest(_, channel, page) | Op::History(_, channel, page) => {
                let size = page.size.to_string();
                let rest = [("PageSize", &*size), ("Order", "desc")];
                match page.from.map(|from| from.to_string()) {
                    Some(from) => get(sync, list(channel), &[hidden, ("From", &from), rest[0], rest[1]], out),
                    None => get(sync, list(channel), &[hidden, rest[0], rest[1]], out),
                }
            }
            Op::Item(_, channel) => get(sync, &self.my_items, &[hidden, ("Key", &channel.to_string())], out),
            Op::Conversation(_, channel) => get(Style::Bare, &conversation(channel), &[], out),
            Op::Applied(_, _, url) => get(Style::Resource, url, &[], out),
            Op::Send(_, channel) => {
                let url = format!("{}/Messages", conversation(channel));
                call(Style::Mutation, "POST", &url, body, out)
            }
            Op::Horizon(_, channel) => {
                let url = format!("{}/{channel}", account.my_conversations);
                call(Style::Mutation, "POST", &url, body, out)
            }
            Op::Typing(..) => call(Style::Form, "POST", &account.links.typing, body, out),
            Op::Leave(_, channel) => {
                // The SDK does not escape the identity here.
                let url = format!("{}/Participants/{}", conversation(channel), account.identity);
                call(Style::Mutation, "DELETE", &url, b"null", out)
            }
        }
    }
}

/// An absolute URL, cut as the SDK cuts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address<'a> {
    host: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Address<'a> {
    /// `None`: not absolute, which is where the SDK says `Incorrect URI`.
    fn parse(url: &'a str) -> Option<Self> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = rest.split_at(rest.find('/')?);
        Some(Self { host, path, query })
    }

    fn params(&self) -> Pairs<'a> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        Pairs(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(k, v)| (k.into(), v.into()))
                .collect(),
        )
    }
}

/// A request in the tunnel as the SDK's packages make them.
#[derive(Debug, Clone, Copy)]
enum Style<'a> {
    /// Sync, with its client info.
    Sync(&'a str),
    /// The Chat service's lists: no headers at all.
    Bare,
    /// A resource of the Chat service.
    Resource,
    /// A change, with its mutation id.
    Mutation,
    /// The typing indicator.
    Form,
}

/// A request in the tunnel.
struct Call<'a> {
    style: Style<'a>,
    method: &'a str,
    url: &'a str,
    params: &'a [(&'a str, &'a str)],
    body: &'a [u8],
}

impl Call<'_> {
    /// Writes its frame. `false`: the URL is none.
    fn write(&self, request: &Request, out: &mut Vec<u8>) -> bool {
        let Some(address) = Address::parse(self.url) else { return false };
        let (id, trace) = (request.id.dashed(), request.trace.dashed());
        let plain = request.trace.plain();
        // A request id is `RQ` where a frame's is `TM`; a mutation id has neither.
        let sync_id = ["RQ", plain.get(2..).unwrap_or_default()].concat();
        let mutation_id = trace.get(2..).unwrap_or_default();
        let (kind, headers) = match self.style {
            Style::Sync(info) => (
                JSON,
                &[
                    ("Content-Type", JSON),
                    ("Twilio-Sync-Client-Info", info),
                    ("Twilio-Request-Id", &*sync_id),
                ][..],
            ),
            Style::Bare => (JSON, &[][..]),
            Style::Resource => (JSON_UTF8, &[("Content-Type", JSON_UTF8)][..]),
            Style::Mutation => {
                (JSON_UTF8, &[("Content-Type", JSON_UTF8), ("X-Twilio-Mutation-Id", mutation_id)][..])
            }
            Style::Form => (FORM, &[("Content-Type", FORM)][..]),
        };
        let mut params = address.params();
        params.0.extend(pairs(self.params));
        let http_request = HttpRequest {
            host: address.host.into(),
            path: address.path.into(),
            method: self.method.into(),
            params,
            headers: Pairs(pairs(headers).collect()),
        };
        let message = Message {
            id: (&*id).into(),
            active_grant: "ip_messaging".into(),
            payload_type: Some(kind.into()),
            http_request,
        };
        message.encode(self.body, out);
        true
    }
}

fn pairs<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    pairs.iter().map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_cut_as_the_sdk_cuts_them() {
        let address = Address::parse("https://aim.us1.twilio.com/Client/v1/Users?PageToken=a%3D&b").unwrap();
        assert_eq!((address.host, address.path), ("aim.us1.twilio.com", "/Client/v1/Users"));
        assert_eq!(address.params(), Pairs::from([("PageToken", "a%3D"), ("b", "")]));
        assert_eq!(Address::parse("http://127.0.0.1:1/a").unwrap().host, "127.0.0.1:1");
        assert_eq!(Address::parse("https://h/P/what?ever#x").unwrap().path, "/P/what");
        assert_eq!(Address::parse("/relative"), None);
        assert_eq!(Address::parse("https://host-only"), None);
    }
}
