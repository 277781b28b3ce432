//! One port stands for all of Twilio's hosts: which of them a request is for, and what it asks of it.
//!
//! Usually the path alone says so: what is served of each host does not collide. Two more ways are there for
//! clients whose base URL cannot be set to the mock's:
//!
//! - a `Host` under `twilio.com`, as a client behind a DNS override or a proxy sends it;
//! - a prefix, `/_host/chat.twilio.com/v2/…`, for those that take a base URL with a path.
//!
//! Both are held to the host they name: what another host serves is not found there.

use http::uri::PathAndQuery;
use http::{HeaderMap, Request, Uri, header};

use crate::basis::{Refused, rules};
use crate::socket::upgrade;

rules! {
    NAMED = "server.host.named", MockOnly("one port stands for all of Twilio's hosts"),
        "a Host under twilio.com, or a path that begins with /_host/ and the host's name, picks that host";
    ELSEWHERE = "server.host.elsewhere", MockOnly("one port stands for all of Twilio's hosts"),
        "a path that the host does not serve, or a host of Twilio's that the mock does not imitate, is 404, 20404";
}

/// What all of Twilio's hosts end with.
const TWILIO: &str = ".twilio.com";

/// What every path for a named host begins with.
const PREFIX: &str = "/_host/";

/// One of Twilio's hosts that the mock imitates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Product {
    /// `flex-api.twilio.com`
    Flex,
    /// `chat.twilio.com`, also known as `ip-messaging.twilio.com`
    Chat,
    /// `mcs.us1.twilio.com`, and `media.us1.twilio.com` for the temporary links
    Media,
    /// `tsock.us1.twilio.com`
    Socket,
}

impl Product {
    /// By the host's first label: `chat.dublin.ie1.twilio.com` is `chat.twilio.com` of another region.
    fn of(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        match host.strip_suffix(TWILIO)?.split('.').next()? {
            "flex-api" => Some(Self::Flex),
            "chat" | "ip-messaging" => Some(Self::Chat),
            "mcs" | "media" => Some(Self::Media),
            "tsock" => Some(Self::Socket),
            _ => None,
        }
    }

    fn serves(self, path: &str) -> bool {
        let media = path.starts_with("/v1/Services/");
        match self {
            Self::Flex => path.starts_with("/v1/") && !media,
            Self::Chat => path.starts_with("/v2/"),
            Self::Media => media || path.starts_with("/ME"),
            Self::Socket => path == upgrade::PATH,
        }
    }
}

/// Finds out which host is meant, and takes its name out of the path.
///
/// # Errors
/// 404 if the host does not serve what is asked, or is none of those the mock imitates; with a note for the journal.
pub(crate) fn map<B>(request: &mut Request<B>) -> Result<(), (Refused, String)> {
    if let Some((host, path)) = prefixed(request.uri()) {
        let host = shown(host);
        *request.uri_mut() = Uri::from(path);
        return check(&host, request.uri().path());
    }
    match named(request.headers()) {
        Some(host) => check(host, request.uri().path()),
        None => Ok(()),
    }
}

fn check(host: &str, path: &str) -> Result<(), (Refused, String)> {
    let says = match Product::of(host) {
        Some(product) if product.serves(path) && NAMED.follow() => return Ok(()),
        Some(_) => format!("{} serves nothing there", shown(host)),
        None => {
            format!("{} is not imitated; flex-api, chat, ip-messaging, mcs, media and tsock are", shown(host))
        }
    };
    Err((Refused::not_found(ELSEWHERE), says))
}

/// As much of a host's name as any real one has.
fn shown(host: &str) -> String {
    host.chars().take(64).collect()
}

/// The host and the rest of a path that names one.
fn prefixed(uri: &Uri) -> Option<(&str, PathAndQuery)> {
    let named = uri.path_and_query()?.as_str().strip_prefix(PREFIX)?;
    let (host, rest) = named.split_at(named.find(['/', '?']).unwrap_or(named.len()));
    // What is left of a path that was one is one, but for its first slash.
    let rest = if rest.starts_with('/') { rest.parse() } else { format!("/{rest}").parse() };
    Some((host, rest.ok()?))
}

/// A host of Twilio's, from the header, without its port.
fn named(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    // Hosts are the same in any case.
    let end = host.get(host.len().checked_sub(TWILIO.len())?..)?;
    end.eq_ignore_ascii_case(TWILIO).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(host: &str, path: &str) -> Result<String, u16> {
        let mut request = Request::builder().uri(path).header("host", host).body(()).unwrap();
        map(&mut request).map(|()| request.uri().to_string()).map_err(|(refused, _)| refused.status)
    }

    #[test]
    fn without_a_name_the_path_decides() {
        for path in ["/v1/Channels?PageSize=5", "/v2/Services", "/v3/wsconnect", "/nothing", "/_hosts/x"] {
            assert_eq!(mapped("127.0.0.1:8765", path), Ok(path.to_owned()));
        }
    }

    #[test]
    fn a_host_of_twilios_is_held_to_what_it_serves() {
        assert_eq!(mapped("flex-api.twilio.com", "/v1/Channels"), Ok("/v1/Channels".to_owned()));
        assert_eq!(mapped("chat.dublin.ie1.twilio.com:443", "/v2/Services"), Ok("/v2/Services".to_owned()));
        assert_eq!(mapped("ip-messaging.twilio.com", "/v2/Services"), Ok("/v2/Services".to_owned()));
        assert_eq!(
            mapped("mcs.us1.twilio.com", "/v1/Services/IS0/Media"),
            Ok("/v1/Services/IS0/Media".into())
        );
        assert_eq!(mapped("media.us1.twilio.com", "/ME0?Expires=1"), Ok("/ME0?Expires=1".to_owned()));
        assert_eq!(mapped("tsock.us1.twilio.com", "/v3/wsconnect"), Ok("/v3/wsconnect".to_owned()));
        assert_eq!(mapped("Chat.Twilio.com", "/v2/Services"), Ok("/v2/Services".to_owned()));
        assert_eq!(mapped("flex-api.twilio.com", "/v2/Services"), Err(404));
        assert_eq!(mapped("chat.twilio.com", "/v1/Channels"), Err(404));
        assert_eq!(mapped("conversations.twilio.com", "/v1/Configuration"), Err(404));
        assert_eq!(mapped("nottwilio.com", "/v2/Services"), Ok("/v2/Services".to_owned()));
    }

    #[test]
    fn a_prefix_names_the_host_and_is_gone_afterwards() {
        let local = "127.0.0.1:8765";
        assert_eq!(
            mapped(local, "/_host/chat.twilio.com/v2/Services?PageSize=2"),
            Ok("/v2/Services?PageSize=2".to_owned())
        );
        assert_eq!(mapped(local, "/_host/tsock.us1.twilio.com/v3/wsconnect"), Ok("/v3/wsconnect".to_owned()));
        assert_eq!(mapped(local, "/_host/flex-api.twilio.com/v2/Services"), Err(404));
        for nothing in
            ["/_host/chat.twilio.com", "/_host/chat.twilio.com?x", "/_host/", "/_host/x/v2/Services"]
        {
            assert_eq!(mapped(local, nothing), Err(404), "{nothing}");
        }
    }
}
