//! For tests: a server on loopback that answers what it is told to, and remembers what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use url::Url;
use wire::secret::Secret;
use wire::service::{Limits, Links, Service};
use wire::sid::{
    AccountSid, ApiKeySid, ChatServiceSid, FlexFlowSid, StudioFlowSid, WorkflowSid, WorkspaceSid,
};
use wire::time::Timestamp;

use super::target::{ApiKey, Endpoints, Login, Target};

/// What a request looked like: `POST /v1/Channels`, the headers as they came, the body.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

/// What the server does about a request.
pub(crate) enum Reply {
    /// An HTTP answer with a JSON body.
    Json(u16, String),
    /// These bytes, then the connection is closed.
    Raw(&'static str),
    /// Nothing, ever.
    Silence,
}

pub(crate) struct Fake {
    pub(crate) url: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Fake {
    /// Starts a server. Its threads end with the test's process.
    pub(crate) fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (reply, log) = (Arc::new(reply), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (reply, log) = (Arc::clone(&reply), Arc::clone(&log));
                thread::spawn(move || serve(&stream, &*reply, &log));
            }
        });
        Self { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the log").clone()
    }

    /// The request lines, without the version.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    pub(crate) fn target(&self) -> Target {
        target(&self.url)
    }
}

/// A target at this address, with the mock's kind of SIDs.
pub(crate) fn target(url: &Url) -> Target {
    Target {
        name: "fake".to_owned(),
        endpoints: Endpoints { flex_api: url.clone(), chat: url.clone(), socket: url.clone() },
        account_sid: AccountSid::mock(1, 1),
        login: Login::ApiKey(ApiKey { sid: ApiKeySid::mock(1, 2), secret: Secret::from("hush") }),
        chat_service_sid: ChatServiceSid::mock(1, 3),
        flex_flow_sid: FlexFlowSid::mock(1, 4),
        region: None,
        ca_file: None,
        budget: None,
        embedded: false,
    }
}

fn serve(stream: &TcpStream, reply: &(dyn Fn(&Asked) -> Reply + Send + Sync), log: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(asked) = request(&mut reader) {
        log.lock().expect("the log").push(asked.clone());
        let done = match reply(&asked) {
            Reply::Json(status, body) => writer.write_all(
                format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
                .as_bytes(),
            ),
            Reply::Raw(bytes) => {
                let _ = writer.write_all(bytes.as_bytes());
                return;
            }
            Reply::Silence => loop {
                thread::park();
            },
        };
        if done.is_err() {
            return;
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = String::new();
    while reader.read_line(&mut headers).ok()? > 2 {}
    let length = headers
        .lines()
        .find_map(|header| header.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    Some(Asked { line, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// A Flex Flow as the API answers it.
pub(crate) fn flow(kind: &str) -> String {
    let integration = match kind {
        "task" => format!(
            r#"{{"workspace_sid":"{}","workflow_sid":"{}","channel":"chat"}}"#,
            WorkspaceSid::mock(1, 1),
            WorkflowSid::mock(1, 1)
        ),
        _ => format!(r#"{{"flow_sid":"{}","retry_count":3}}"#, StudioFlowSid::mock(1, 1)),
    };
    format!(
        r#"{{"sid":"{}","account_sid":"{}","chat_service_sid":"{}","date_created":"2022-03-08T22:38:30Z",
        "date_updated":"2022-03-08T22:38:30Z","friendly_name":"Custom chat","channel_type":"custom",
        "contact_identity":null,"enabled":true,"integration_type":"{kind}","integration":{integration},
        "long_lived":false,"janitor_enabled":true,"url":"https://flex-api.twilio.com/"}}"#,
        FlexFlowSid::mock(1, 4),
        AccountSid::mock(1, 1),
        ChatServiceSid::mock(1, 3)
    )
}

/// A Chat service as the API answers it.
pub(crate) fn service() -> String {
    let service = Service {
        sid: ChatServiceSid::mock(1, 3),
        account_sid: AccountSid::mock(1, 1),
        friendly_name: Some("Flex Chat Service".to_owned()),
        date_created: Timestamp::from_secs(1_646_779_110),
        date_updated: Timestamp::from_secs(1_646_779_110),
        default_service_role_sid: None,
        default_channel_role_sid: None,
        default_channel_creator_role_sid: None,
        read_status_enabled: true,
        reachability_enabled: false,
        typing_indicator_timeout: 5,
        consumption_report_interval: 10,
        limits: Limits::default(),
        pre_webhook_url: None,
        post_webhook_url: None,
        webhook_method: None,
        webhook_filters: None,
        pre_webhook_retry_count: 0,
        post_webhook_retry_count: 0,
        notifications: None,
        media: None,
        url: String::new(),
        links: Links::of(""),
    };
    serde_json::to_string(&service).expect("JSON")
}
