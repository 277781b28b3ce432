//! A mock and the simplest client there can be: one request, one connection, read to its end.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use mock_server::{Config, Credentials, Limits, MockServer};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use wire::form::{Encoder, Style};

/// A mock of a test's own, without limits unless the test is about them.
pub(crate) struct Api {
    pub(crate) mock: MockServer,
    pub(crate) authorization: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
}

impl Reply {
    /// Twilio's code.
    pub(crate) fn code(&self) -> u64 {
        self.body["code"].as_u64().unwrap_or_else(|| panic!("no code in {self:?}"))
    }

    /// The text of a field.
    pub(crate) fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text {field} in {self:?}")).to_owned()
    }

    /// Asserts the status, showing the whole reply if it is another.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Asserts a refusal with this status and code, in Twilio's envelope.
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, code: u64) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert_eq!(self.text("more_info"), format!("https://www.twilio.com/docs/errors/{code}"));
        assert!(!self.text("message").is_empty());
        self
    }
}

impl Api {
    pub(crate) fn start() -> Self {
        Self::with(Config { limits: Limits::Off, ..Config::default() })
    }

    pub(crate) fn with(config: Config) -> Self {
        let mock = MockServer::start(config).unwrap();
        let credentials = mock.credentials();
        let authorization = basic(&credentials.account_sid.text(), credentials.auth_token.expose());
        Self { mock, authorization }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        self.mock.credentials()
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn authority(&self) -> String {
        self.mock.address().to_string()
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "")
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, "")
    }

    pub(crate) fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Reply {
        let mut encoder = Encoder::new(Style::Python);
        for (name, value) in parameters {
            encoder.text(name, value);
        }
        self.send("POST", path, &encoder.finish())
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        let head = format!("authorization: {}\r\n", self.authorization);
        self.raw(&request(method, path, &head, body))
    }

    /// Sends bytes as they are and reads until the mock closes.
    pub(crate) fn raw(&self, request: &str) -> Reply {
        let mut stream = TcpStream::connect(self.authority()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        parse(&answer)
    }

    /// The same request again and again over one connection. How many were answered with 2xx.
    pub(crate) fn repeat(&self, times: usize, method: &str, path: &str, body: &str) -> usize {
        let head = format!("authorization: {}\r\n", self.authorization);
        let last = request(method, path, &head, body);
        let each = last.replace("connection: close\r\n", "");
        let stream = TcpStream::connect(self.authority()).unwrap();
        let mut answers = String::new();
        thread::scope(|threads| {
            // Read at the same time, or both ends would wait for the other to read.
            threads.spawn(|| {
                let mut writer = &stream;
                for _ in 1..times {
                    writer.write_all(each.as_bytes()).unwrap();
                }
                writer.write_all(last.as_bytes()).unwrap();
            });
            (&stream).read_to_string(&mut answers).unwrap();
        });
        answers.matches("HTTP/1.1 2").count()
    }

    /// A connection that holds little of what its client does not read.
    pub(crate) fn narrow(&self) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&self.mock.address().into()).unwrap();
        socket.into()
    }

    /// A path below the service.
    pub(crate) fn service(&self, below: &str) -> String {
        format!("/v2/Services/{}{below}", self.credentials().chat_service_sid)
    }

    /// The parameters of a create for this identity.
    pub(crate) fn create<'a>(&'a self, flow: &'a str, identity: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("FlexFlowSid", flow),
            ("Identity", identity),
            ("ChatUserFriendlyName", "Jane"),
            ("ChatFriendlyName", "Chat with Jane"),
        ]
    }

    /// Opens a Flex Channel through the default flow, and returns its SID.
    pub(crate) fn open(&self, identity: &str) -> String {
        let flow = self.credentials().flex_flow_sid.to_string();
        self.post("/v1/Channels", &self.create(&flow, identity)).is(201).text("sid")
    }
}

pub(crate) fn request(method: &str, path: &str, head: &str, body: &str) -> String {
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n{form}{head}content-length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let pair = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {pair}")
}

pub(crate) fn parse(answer: &str) -> Reply {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() };
    Reply { status, headers, body }
}
