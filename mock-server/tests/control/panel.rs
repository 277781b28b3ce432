//! A mock with its control API, and somebody who uses both.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use mock_server::{Config, Credentials, Limits};
use serde_json::Value;
use wire::token::{Claims, Signer};

use crate::api::{Api, Reply, basic, parse};
use crate::device::Device;

/// A mock that is controlled.
pub(crate) struct Panel {
    pub(crate) api: Api,
}

impl Panel {
    pub(crate) fn start() -> Self {
        Self::with(Limits::Off)
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::of(Config { limits, ..Config::default() })
    }

    pub(crate) fn of(config: Config) -> Self {
        let control = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        Self { api: Api::with(Config { control, ..config }) }
    }

    pub(crate) fn token(&self) -> String {
        self.api.mock.control().unwrap().token.expose().to_owned()
    }

    /// `127.0.0.1:PORT` of the control API.
    pub(crate) fn authority(&self) -> String {
        self.api.mock.control().unwrap().url.trim_start_matches("http://").to_owned()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.send("GET", path, "").is(200).body
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Value {
        let reply = self.send("POST", path, body);
        assert!(reply.status < 300, "{reply:?}");
        reply.body
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.ask(method, path, body, &format!("authorization: Bearer {}\r\n", self.token()))
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &str, head: &str) -> Reply {
        let mut stream = TcpStream::connect(self.authority()).unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: control\r\nconnection: close\r\n{head}content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        parse(&answer)
    }

    /// What an operation is refused with.
    #[track_caller]
    pub(crate) fn refused(&self, method: &str, path: &str, body: &str, status: u16) -> String {
        let reply = self.send(method, path, body).is(status);
        for part in ["what", "where", "next"] {
            assert!(!reply.body["error"][part].as_str().unwrap().is_empty(), "{part}: {reply:?}");
        }
        reply.body["error"].to_string()
    }

    /// A token of the first account.
    pub(crate) fn mint(&self, identity: &str, ttl: u32) -> String {
        mint(self.api.credentials(), identity, ttl, self.now())
    }

    /// The account's time in seconds.
    pub(crate) fn now(&self) -> u64 {
        self.api.mock.accounts().first().clock().unix_secs()
    }

    pub(crate) fn login(&self, identity: &str, ttl: u32) -> Device {
        self.enter(&self.mint(identity, ttl))
    }

    /// A device that was let in with this token.
    pub(crate) fn enter(&self, token: &str) -> Device {
        let mut device = Device::connect(&self.api);
        let reply = device.init(token);
        assert_eq!(reply["status"]["code"], 200, "{reply}");
        device
    }

    /// Makes another account: its credentials as the control API answers them.
    pub(crate) fn another(&self) -> Another {
        Another(self.post("/accounts", ""))
    }

    /// A request with the credentials of another account.
    pub(crate) fn as_another(&self, other: &Another, method: &str, path: &str, body: &str) -> Reply {
        let head =
            format!("authorization: {}\r\n", basic(&other.text("account_sid"), &other.text("auth_token")));
        self.api.raw(&crate::api::request(method, path, &head, body))
    }
}

/// Waits until a device is told to go: with which code.
pub(crate) fn told_to_go(device: &mut Device) -> u64 {
    let close = device.hears("close");
    device.closed();
    close.head["status"]["code"].as_u64().unwrap()
}

/// An account that was added.
pub(crate) struct Another(pub(crate) Value);

impl Another {
    pub(crate) fn text(&self, key: &str) -> String {
        self.0[key].as_str().unwrap().to_owned()
    }

    pub(crate) fn mint(&self, identity: &str, now: u64) -> String {
        let signer = Signer::new(
            self.text("account_sid").parse().unwrap(),
            self.text("api_key_sid").parse().unwrap(),
            &self.text("api_key_secret").as_str().into(),
            None,
        );
        signer.unwrap().mint(&Claims::new(identity, self.text("chat_service_sid").parse().unwrap(), now))
    }
}

pub(crate) fn mint(of: &Credentials, identity: &str, ttl: u32, now: u64) -> String {
    let signer = Signer::new(of.account_sid, of.api_key_sid, &of.api_key_secret, None).unwrap();
    signer.mint(&Claims { ttl, ..Claims::new(identity, of.chat_service_sid, now) })
}
