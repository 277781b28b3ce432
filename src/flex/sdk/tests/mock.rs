//! The client against the bundled mock, over TCP.

use std::{
    cell::RefCell,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use mock_server::{Config, Limits, Mock, serve};
use tokio::{net::TcpListener, sync::watch};
use wire::token::{Claims, Signer};

use super::*;
use crate::flex::sdk::{Answer, ConnectTimes, Direction, ErrorKind, History, Message, Reached, Sdk, Ticket};

const WITHIN: Duration = Duration::from_secs(10);

/// A mock that is served in the background of the test.
struct Service {
    mock: Arc<Mock>,
    address: SocketAddr,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config { limits: Limits::Off, ..Config::default() };
        let mock = Arc::new(Mock::new(config, address));
        tokio::spawn(serve(listener, mock.clone(), std::future::pending()));
        Self { mock, address }
    }

    fn token(&self, identity: &str) -> String {
        let known = self.mock.credentials();
        let signer = Signer::new(known.account_sid, known.api_key_sid, &known.api_key_secret, None).unwrap();
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        signer.mint(&Claims::new(identity, known.chat_service_sid, now))
    }

    fn config(&self) -> SdkConfig {
        SdkConfig::new(
            format!("ws://{}/v3/wsconnect", self.address).parse().unwrap(),
            "us1",
            1_795_348_708_000,
        )
    }

    async fn log_in(&self, identity: &str) -> (Sdk, ConnectTimes) {
        self.log_in_with(self.config(), identity).await
    }

    async fn log_in_with(&self, config: SdkConfig, identity: &str) -> (Sdk, ConnectTimes) {
        Sdk::connect(&Rc::new(config), &self.token(identity), Instant::now() + WITHIN).await.unwrap()
    }

    /// Calls the mock's REST API as the integration's backend does.
    async fn rest(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Value {
        let known = self.mock.credentials();
        let login = STANDARD.encode(format!("{}:{}", known.account_sid, known.auth_token.expose()));
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Basic {login}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(body.finish()))
            .unwrap();
        let answer = self.mock.answer(request).await;
        let (status, body) = (answer.status(), answer.into_body());
        assert!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap_or_default()
    }

    async fn open_channel(&self, identity: &str) -> ChannelSid {
        let flow = self.mock.credentials().flex_flow_sid.to_string();
        let form = [
            ("FlexFlowSid", &*flow),
            ("Identity", identity),
            ("ChatUserFriendlyName", "Ada"),
            ("ChatFriendlyName", "Chat with Ada"),
        ];
        self.rest("POST", "/v1/Channels", &form).await["sid"].as_str().unwrap().parse().unwrap()
    }

    fn in_chat(&self, channel: ChannelSid, rest: &str) -> String {
        format!("/v2/Services/{}/Channels/{channel}{rest}", self.mock.credentials().chat_service_sid)
    }
}

/// The next event for which `wanted` gives something.
async fn until<T>(sdk: &mut Sdk, wanted: impl Fn(&Event) -> Option<T>) -> T {
    let mut seen = Vec::new();
    let found = tokio::time::timeout(WITHIN, async {
        loop {
            let event = sdk.next().await;
            if let Some(found) = wanted(&event) {
                return found;
            }
            seen.push(event);
        }
    });
    found.await.unwrap_or_else(|_| panic!("not among {seen:#?}"))
}

async fn reply(sdk: &mut Sdk, ticket: Ticket) -> Answer {
    let wanted = |event: &Event| match event {
        Event::Reply { ticket: answered, result, .. } if *answered == ticket => Some(result.clone().unwrap()),
        _ => None,
    };
    until(sdk, wanted).await
}

async fn hears(sdk: &mut Sdk, channel: ChannelSid, text: &str) -> Message {
    let wanted = |event: &Event| match event {
        Event::MessageAdded { channel: heard, message, .. }
            if *heard == channel && &*message.body == text =>
        {
            Some(message.clone())
        }
        _ => None,
    };
    until(sdk, wanted).await
}

async fn joins(sdk: &mut Sdk) -> ChannelSid {
    let wanted = |event: &Event| match event {
        Event::ChannelJoined { channel, .. } => Some(*channel),
        _ => None,
    };
    until(sdk, wanted).await
}

#[tokio::test]
async fn a_whole_chat() {
    let service = Service::start().await;
    let (mut ada, times) = service.log_in("ada").await;
    assert!(times.began <= times.dns && times.dns <= times.tcp && times.tcp <= times.open);
    assert!(times.open <= times.init && times.init <= times.ready && times.attempts == 1);
    let channel = service.open_channel("ada").await;
    assert_eq!(joins(&mut ada).await, channel);

    let sent = ada.send_message(channel, "my order is \u{1F69A} late", r#"{"mood":"bad"}"#);
    let Answer::Sent { index, sid } = reply(&mut ada, sent).await else { panic!() };
    let (mut agent, _) = service.log_in("agent").await;
    service.rest("POST", &service.in_chat(channel, "/Members"), &[("Identity", "agent")]).await;
    assert_eq!(joins(&mut agent).await, channel);
    let past = agent.history(channel, None);
    let Answer::History(History { messages, more: false }) = reply(&mut agent, past).await else { panic!() };
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].index, Some(messages[0].sid), &*messages[0].author), (index, sid, "ada"));
    assert_eq!(
        (&*messages[0].body, &*messages[0].attributes),
        ("my order is \u{1F69A} late", r#"{"mood":"bad"}"#)
    );
    let wanted = |event: &Event| {
        matches!(event, Event::MemberJoined { identity, .. } if identity == "agent").then_some(())
    };
    until(&mut ada, wanted).await;

    let typing = agent.typing(channel);
    assert_eq!(reply(&mut agent, typing).await, Answer::Typing(true));
    let typing =
        |event: &Event| matches!(event, Event::Typing { identity, .. } if identity == "agent").then_some(());
    until(&mut ada, typing).await;
    agent.send_message(channel, "let me look", "{}");
    assert_eq!(hears(&mut ada, channel, "let me look").await.index, index + 1);
    hears(&mut agent, channel, "let me look").await;
    let read = ada.mark_read(channel);
    assert_eq!(reply(&mut ada, read).await, Answer::Read { unread: Some(0) });
    service
        .rest("POST", &service.in_chat(channel, "/Messages"), &[("Body", "by REST"), ("From", "system")])
        .await;
    assert_eq!(&*hears(&mut ada, channel, "by REST").await.author, "system");

    service.rest("POST", &service.in_chat(channel, ""), &[("Attributes", r#"{"status":"INACTIVE"}"#)]).await;
    let inactive = |event: &Event| {
        matches!(event, Event::ChannelUpdated { attributes, .. } if attributes.contains("INACTIVE"))
            .then_some(())
    };
    until(&mut ada, inactive).await;
    let left = agent.leave(channel);
    // The service may send the answer and the event in either order.
    let (mut answered, mut gone) = (false, false);
    while !answered || !gone {
        let done = |event: &Event| match event {
            Event::Reply { ticket, result: Ok(Answer::Left), .. } if *ticket == left => Some(true),
            Event::ChannelLeft { .. } => Some(false),
            _ => None,
        };
        match until(&mut agent, done).await {
            true => answered = true,
            false => gone = true,
        }
    }
    until(&mut ada, |event| matches!(event, Event::MemberLeft { .. }).then_some(())).await;
    agent.close().await;
    ada.close().await;
}

#[tokio::test]
async fn a_returning_customer_finds_the_channel_at_the_login() {
    let service = Service::start().await;
    let channel = service.open_channel("ada").await;
    for login in [Login::Faithful, Login::Lean] {
        let (mut ada, _) = service.log_in_with(service.config().login(login), "ada").await;
        assert_eq!(ada.channels().collect::<Vec<_>>(), [channel], "{login:?}");
        let open = ada.open(channel);
        assert_eq!(reply(&mut ada, open).await, Answer::Open);
        ada.send_message(channel, "again", "{}");
        hears(&mut ada, channel, "again").await;
        let read = ada.mark_read(channel);
        assert!(matches!(reply(&mut ada, read).await, Answer::Read { .. }));
        ada.close().await;
    }
}

#[tokio::test]
async fn what_a_chat_puts_on_the_line() {
    let service = Service::start().await;
    let channel = service.open_channel("ada").await;
    let lines = Rc::new(RefCell::new(Vec::new()));
    let seen = lines.clone();
    let trace = Rc::new(move |_, direction, frame: &[u8]| {
        if direction == Direction::Sent {
            seen.borrow_mut().push(understand(frame).line);
        }
    });
    let (mut ada, _) = service.log_in_with(service.config().trace(trace), "ada").await;
    let open = ada.open(channel);
    reply(&mut ada, open).await;
    let past = ada.history(channel, None);
    reply(&mut ada, past).await;
    let sent = ada.send_message(channel, "hello", "{}");
    reply(&mut ada, sent).await;
    ada.close().await;
    let kinds: Vec<String> = lines
        .borrow()
        .iter()
        .map(|line| {
            let words: Vec<&str> = line.split([' ', '?']).collect();
            let place = words.get(2).and_then(|path| path.rsplit('/').next()).unwrap_or_default();
            let kind = place.rsplit('.').next().unwrap_or_default();
            [words[0], words.get(1).copied().unwrap_or_default(), kind].join(" ").trim().to_owned()
        })
        .collect();
    let expected = [
        "init",
        "GET aim Configuration",
        "GET cds channels",
        "GET cds info",
        "GET aim Conversations",
        "GET cds channel",
        "GET cds messages",
        "GET cds roster",
        "GET cds Items",
        "POST cds Subscriptions",
        "ack",
        "GET cds Items",
        "GET cds Items",
        "POST aim Messages",
    ];
    assert_eq!(kinds[..expected.len()], expected);
    let rest = &kinds[expected.len()..];
    assert!(
        rest.iter().filter(|line| *line == "ack").count() == 2 && rest.last().unwrap() == "close",
        "{rest:?}"
    );
}

#[tokio::test]
async fn a_token_of_another_key_is_refused() {
    let service = Service::start().await;
    let known = service.mock.credentials();
    let signer = Signer::new(known.account_sid, known.api_key_sid, &"wrong".into(), None).unwrap();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let token = signer.mint(&Claims::new("ada", known.chat_service_sid, now));
    let (deadline, mut reached) = (Instant::now() + WITHIN, Reached::default());
    let config = Rc::new(service.config());
    let login = Sdk::connect_watched(&config, &token, deadline, |so_far| reached = so_far);
    let error = login.await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied { status: 401, code: 20107 }, "{error}");
    // The connection stood: it was `init` that was refused.
    assert_eq!(reached.took().map(|took| took.is_some()), [true, true, true, false]);
}

#[tokio::test]
async fn what_was_missed_while_the_line_was_cut_arrives_once() {
    let service = Service::start().await;
    let channel = service.open_channel("ada").await;
    let (cut, proxy) = relay(service.address).await;
    let url = format!("ws://{proxy}/v3/wsconnect").parse().unwrap();
    let (mut ada, _) = service.log_in_with(SdkConfig::new(url, "us1", 0), "ada").await;
    ada.send_message(channel, "before", "{}");
    hears(&mut ada, channel, "before").await;
    cut.send_modify(|cuts| *cuts += 1);
    until(&mut ada, |event| matches!(event, Event::Disconnected { .. }).then_some(())).await;
    service.rest("POST", &service.in_chat(channel, "/Messages"), &[("Body", "meanwhile")]).await;
    let waits = ada.send_message(channel, "after", "{}");
    let mut heard = Vec::new();
    let mut answered = false;
    while heard.len() < 2 || !answered {
        match tokio::time::timeout(WITHIN, ada.next()).await.unwrap() {
            Event::MessageAdded { message, .. } => heard.push(message.body),
            Event::Reply { ticket, result, .. } => {
                assert!(ticket == waits && result.is_ok(), "{result:?}");
                answered = true;
            }
            _ => {}
        }
    }
    heard.sort();
    assert_eq!(heard, ["after".into(), "meanwhile".into()] as [Box<str>; 2]);
    until(&mut ada, |event| matches!(event, Event::Reconnected { .. }).then_some(())).await;
    assert_eq!(ada.dials(), 2);
}

/// A relay whose lines are all cut at each change of the value.
async fn relay(to: SocketAddr) -> (watch::Sender<u32>, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (cut, _) = watch::channel(0);
    let cuts = cut.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut cut = cuts.subscribe();
            tokio::spawn(async move {
                let mut server = tokio::net::TcpStream::connect(to).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                    _ = cut.changed() => {}
                }
            });
        }
    });
    (cut, address)
}
