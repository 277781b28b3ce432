use std::sync::Mutex;

use wire::sid::{TaskSid, UserSid};

use super::*;
use crate::flex::fake::{Fake, Reply, target};

const SOON: Duration = Duration::from_secs(5);

fn rest(fake: &Fake) -> Rest {
    Rest::new(&fake.target(), Options::default()).expect("a client")
}

fn customer() -> CreateChannel {
    CreateChannel::new(FlexFlowSid::mock(1, 4), "c-1".into(), "Customer 1", "Chat about pricing")
}

fn flex_channel() -> String {
    format!(
        r#"{{"task_sid":"{}","flex_flow_sid":"{}","account_sid":null,"user_sid":"{}","url":null,
        "date_updated":"2022-03-08T22:38:30Z","sid":"{}","date_created":"2022-03-08T22:38:30Z"}}"#,
        TaskSid::mock(1, 1),
        FlexFlowSid::mock(1, 4),
        UserSid::mock(1, 1),
        ChannelSid::mock(1, 1)
    )
}

async fn failure(reply: fn() -> Reply) -> RestError {
    let fake = Fake::start(move |_| reply());
    rest(&fake).open_channel(&customer(), SOON).await.result.expect_err("an error")
}

#[tokio::test]
async fn opening_a_channel_is_one_form_with_basic_auth() {
    let fake = Fake::start(|_| Reply::Json(201, flex_channel()));
    let called = rest(&fake).open_channel(&customer(), SOON).await;
    assert_eq!(called.result.expect("a channel").sid, ChannelSid::mock(1, 1));
    assert!(called.began < called.ended);
    let [asked] = &fake.asked()[..] else { panic!("one request") };
    assert_eq!(asked.line, "POST /v1/Channels");
    let basic = STANDARD.encode(format!("{}:hush", wire::sid::ApiKeySid::mock(1, 2)));
    assert!(asked.headers.contains(&format!("authorization: Basic {basic}")), "{}", asked.headers);
    assert!(asked.headers.contains("content-type: application/x-www-form-urlencoded"), "{}", asked.headers);
    assert!(!asked.headers.contains("x-twilio-webhook-enabled"));
    assert!(asked.body.contains("Identity=c-1&ChatUserFriendlyName=Customer%201&"), "{}", asked.body);
}

#[tokio::test]
async fn a_customers_message_asks_for_webhooks() {
    let fake = Fake::start(|_| Reply::Json(404, "{}".to_owned()));
    let message = NewMessage { body: Some("hi".into()), ..NewMessage::default() };
    for webhooks in [Webhooks::Told, Webhooks::Silent] {
        let called = rest(&fake).post_message(ChannelSid::mock(1, 1), &message, webhooks, SOON).await;
        assert_eq!(called.result.expect_err("a refusal").http(), Some(404));
    }
    let told: Vec<bool> =
        fake.asked().iter().map(|asked| asked.headers.contains("x-twilio-webhook-enabled: true")).collect();
    assert_eq!(told, [true, false]);
}

#[tokio::test]
async fn a_device_uploads_with_its_token_and_the_backend_in_a_customers_name() {
    let fake = Fake::start(|_| Reply::Json(404, "{}".to_owned()));
    let file = Upload {
        content_type: "image/png".into(),
        filename: Some("a b.png".into()),
        bytes: Bytes::from_static(b"png"),
    };
    let link = format!("{}v1/Services/IS0/Media", fake.url);
    let (client, ada) = (rest(&fake), Identity::from("ada"));
    for uploader in [
        Uploader::Device { link: Some(&link), token: "eyJ.a.b" },
        Uploader::Device { link: None, token: "eyJ.a.b" },
        Uploader::Backend(&ada),
    ] {
        assert_eq!(
            client.upload(uploader, &file, SOON).await.result.expect_err("a refusal").http(),
            Some(404)
        );
    }
    let [with_link, without, backend] = &fake.asked()[..] else { panic!("three requests") };
    assert_eq!(with_link.line, "POST /v1/Services/IS0/Media?Category=media");
    let service = fake.target().chat_service_sid;
    assert_eq!(without.line, format!("POST /v1/Services/{service}/Media?Category=media"));
    assert_eq!(
        backend.line,
        format!("POST /v1/Services/{service}/Media?Author=ada&Category=media&Filename=a+b.png")
    );
    for device in [with_link, without] {
        assert!(device.headers.contains("x-twilio-token: eyJ.a.b"), "{}", device.headers);
        assert!(!device.headers.contains("authorization"), "{}", device.headers);
    }
    assert!(backend.headers.contains("authorization: Basic ") && !backend.headers.contains("x-twilio-token"));
    assert!([with_link, backend].iter().all(|asked| asked.headers.contains("content-type: image/png")));
    assert_eq!(with_link.body, "png");
}

#[tokio::test]
async fn calls_share_a_connection_and_are_traced_without_credentials() {
    static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let fake = Fake::start(|_| Reply::Json(201, flex_channel()));
    let tracer: Tracer = std::sync::Arc::new(|exchange| {
        SEEN.lock().expect("the list").push(format!("{exchange:?}"));
    });
    let options = Options { tracer: Some(tracer), ..Options::default() };
    let rest = Rest::new(&fake.target(), options).expect("a client");
    for _ in 0..2 {
        rest.open_channel(&customer(), SOON).await.result.expect("a channel");
    }
    let seen = SEEN.lock().expect("the list").join("\n");
    assert_eq!(seen.matches("/v1/Channels").count(), 2);
    assert!(!seen.contains("Basic") && !seen.contains("hush"));
}

#[tokio::test]
async fn a_refusal_is_told_with_twilios_code() {
    let error = failure(|| {
        Reply::Json(429, r#"{"code":20429,"message":"Too Many Requests","more_info":"","status":429}"#.into())
    })
    .await;
    assert_eq!(
        error,
        RestError::Status { http: 429, code: Some(20429), message: "Too Many Requests".into() }
    );
    let error =
        failure(|| Reply::Raw("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\n<h1>x\n y<")).await;
    assert_eq!(error, RestError::Status { http: 502, code: None, message: "<h1>x y<".into() });
}

#[tokio::test]
async fn what_is_no_answer_of_this_api_is_told_as_such() {
    for reply in [
        || Reply::Json(200, "{}".to_owned()),
        || Reply::Raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        || Reply::Raw("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
        || Reply::Raw("SSH-2.0-OpenSSH_9.6\r\n"),
    ] {
        let error = failure(reply).await;
        assert!(matches!(error, RestError::Foreign { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn what_breaks_on_the_way_is_told_apart() {
    let cut = failure(|| Reply::Raw("")).await;
    assert!(
        matches!(cut, RestError::Transport { kind: Transport::Closed | Transport::Reset, .. }),
        "{cut:?}"
    );
    let half = failure(|| Reply::Raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")).await;
    assert!(matches!(half, RestError::Transport { kind: Transport::Closed, .. }), "{half:?}");

    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let nobody = target(&format!("http://{free}").parse().expect("a URL"));
    let nobody = Rest::new(&nobody, Options::default()).expect("a client");
    let error = nobody.flow(SOON).await.result.expect_err("nobody");
    assert!(matches!(error, RestError::Transport { kind: Transport::Refused, .. }), "{error:?}");

    let unnamed = target(&"http://no-such-host.invalid".parse().expect("a URL"));
    let unnamed = Rest::new(&unnamed, Options::default()).expect("a client");
    let error = unnamed.flow(SOON).await.result.expect_err("no address");
    assert!(
        matches!(
            error,
            RestError::Transport { kind: Transport::Dns, .. }
                | RestError::Local { kind: Shortage::Resolver, .. }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_a_tls_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        std::thread::park();
    });
    // Machines without certificates cannot be asked this.
    let Ok(rest) = Rest::new(&target(&url), Options::default()) else { return };
    let error = rest.flow(SOON).await.result.expect_err("an error");
    assert!(matches!(error, RestError::Transport { kind: Transport::Tls, .. }), "{error:?}");
}

#[tokio::test]
async fn a_silent_server_is_a_timeout_at_the_timeout() {
    let fake = Fake::start(|_| Reply::Silence);
    let called = rest(&fake).open_channel(&customer(), Duration::from_millis(50)).await;
    assert_eq!(
        called.result.expect_err("a timeout"),
        RestError::Timeout { after: Duration::from_millis(50) }
    );
    let took = called.ended - called.began;
    assert!((50..1000).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test]
async fn the_next_page_is_asked_of_the_target_whatever_host_it_names() {
    let fake = Fake::start(|_| Reply::Json(404, "{}".to_owned()));
    let next = "https://chat.twilio.com/v2/Services/ISx/Users?PageSize=100&Page=1&PageToken=PAUS1";
    let _ = rest(&fake).next_page::<User>(next, SOON).await;
    assert_eq!(fake.lines(), ["GET /v2/Services/ISx/Users?PageSize=100&Page=1&PageToken=PAUS1"]);
}

#[tokio::test]
async fn identities_cannot_climb_out_of_their_path() {
    let fake = Fake::start(|_| Reply::Json(204, String::new()));
    let rest = rest(&fake);
    for climbing in [".", ".."] {
        let called = rest.delete_user(&climbing.into(), SOON).await;
        assert!(matches!(called.result, Err(RestError::Foreign { .. })), "{climbing}");
    }
    rest.delete_user(&"a/../b c".into(), SOON).await.result.expect("deleted");
    let service = fake.target().chat_service_sid;
    assert_eq!(fake.lines(), [format!("DELETE /v2/Services/{service}/Users/a%2F..%2Fb%20c")]);
}

#[test]
fn a_ca_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let mut target = target(&"https://127.0.0.1:1".parse().expect("a URL"));
    target.ca_file = Some(path.clone());
    for contents in [None, Some("not a certificate")] {
        if let Some(contents) = contents {
            std::fs::write(&path, contents).expect("written");
        }
        let error = Rest::new(&target, Options::default()).err().expect("an error").to_string();
        assert!(error.contains("ca.pem") && error.contains("ca_file"), "{error}");
    }
}
