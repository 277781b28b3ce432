//! Media files over plain HTTP: uploaded, sent, read back, refused.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use mock_server::world::Caps;
use mock_server::{Config, Credentials, Limits};
use serde_json::Value;
use wire::token::{Claims, Signer};

use crate::support::{Api, Reply, parse, request};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\xff--boundary";

impl Api {
    /// A path of the service's media.
    fn media(&self, below: &str) -> String {
        format!("/v1/Services/{}/Media{below}", self.credentials().chat_service_sid)
    }

    /// Sends a head and bytes, and reads head and bytes.
    fn exchange(&self, head: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(self.authority()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
    }

    /// Uploads bytes with these headers.
    fn upload(&self, query: &str, headers: &str, body: &[u8]) -> Reply {
        let path = self.media(query);
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: mock.test:1\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        let (head, body) = self.exchange(&head, body);
        parse(&format!("{head}\r\n\r\n{}", String::from_utf8(body).unwrap()))
    }

    fn basic(&self) -> String {
        format!("authorization: {}\r\n", self.authorization)
    }

    fn token(&self, identity: &str) -> String {
        let credentials = self.credentials();
        let Credentials { account_sid, api_key_sid, api_key_secret, .. } = credentials;
        let signer = Signer::new(*account_sid, *api_key_sid, api_key_secret, None).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        format!(
            "x-twilio-token: {}\r\n",
            signer.mint(&Claims::new(identity, credentials.chat_service_sid, now))
        )
    }

    /// Uploads a picture, and returns its SID.
    fn picture(&self) -> String {
        self.upload("", &format!("{}content-type: image/png\r\n", self.basic()), PNG).is(201).text("sid")
    }
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn an_upload_with_the_accounts_credentials_is_answered_as_recorded() {
    let api = Api::start();
    let headers = format!("{}content-type: image/png\r\n", api.basic());
    let media = api.upload("?Category=media&Filename=a%20b.png&Author=10000", &headers, PNG).is(201);
    let sid = media.text("sid");
    assert_eq!(media.text("url"), api.media(&format!("/{sid}")));
    assert_eq!(media.body["links"], serde_json::json!({ "content": api.media(&format!("/{sid}/Content")) }));
    assert_eq!(media.body["size"], PNG.len());
    assert_eq!(media.text("filename"), "a b.png");
    assert_eq!(media.text("author"), "10000");
    assert_eq!((&media.body["message_sid"], &media.body["channel_sid"]), (&Value::Null, &Value::Null));
    let created = media.text("date_created");
    assert!(created.ends_with("+00:00") && created.len() == "2022-03-14T13:10:38.897143-07:00".len());
    let plain = api.upload("", &api.basic(), PNG).is(201);
    assert_eq!(plain.text("content_type"), "application/octet-stream");
    assert_eq!((plain.text("author"), &plain.body["filename"]), ("system".to_owned(), &Value::Null));
}

#[test]
fn a_device_uploads_and_reads_by_its_token_and_anybody_by_the_temporary_link() {
    let api = Api::start();
    let token = api.token("ada");
    let media = api.upload("?Author=bob", &format!("{token}content-type: image/png\r\n"), PNG).is(201);
    assert_eq!(media.text("author"), "ada");
    let one = api.media(&format!("/{}", media.text("sid")));
    let read = api.raw(&request("GET", &one, &token, "")).is(200);
    let direct = read.body["links"]["content_direct_temporary"].as_str().unwrap().to_owned();
    let path = direct.strip_prefix("http://mock/").unwrap_or_else(|| panic!("not at the Host: {direct}"));
    let (head, bytes) =
        api.exchange(&format!("GET /{path} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\r\n"), b"");
    assert_eq!((status(&head), bytes.as_slice()), (200, PNG));
    assert!(head.contains("content-type: image/png\r\n") && !head.contains("json"), "{head}");
    let redirect = api.raw(&request("GET", &format!("{one}/Content"), &token, ""));
    assert_eq!(redirect.status, 307);
    assert!(redirect.headers["location"].starts_with("http://mock/ME"));
    let forged = path.replace("Signature=", "Signature=0");
    api.raw(&request("GET", &format!("/{forged}"), "", "")).refuses(403, 20403);
    let later = path.replace("Expires=1", "Expires=2");
    api.raw(&request("GET", &format!("/{later}"), "", "")).refuses(403, 20403);
}

#[test]
fn who_has_neither_a_token_nor_credentials_gets_nothing() {
    let api = Api::start();
    let one = api.media(&format!("/{}", api.picture()));
    api.raw(&request("GET", &one, "", "")).refuses(401, 20003);
    api.upload("", "", PNG).refuses(401, 20003);
    let bad = api.raw(&request("GET", &one, "x-twilio-token: nonsense\r\n", "")).is(401);
    assert!((20101..=20107).contains(&bad.code()));
    assert!(!bad.headers.contains_key("www-authenticate"), "a browser would ask its user for a password");
    let other = api.post("/v2/Services", &[("FriendlyName", "other")]).is(201).text("sid");
    let elsewhere = one.replace(&api.credentials().chat_service_sid.to_string(), &other);
    api.get(&elsewhere).refuses(404, 20404);
    api.raw(&request("GET", &elsewhere, &api.token("ada"), "")).refuses(403, 50107);
    api.get(&api.media("/MEffffffffffffffffffffffffffffffff")).refuses(404, 20404);
    api.get(&api.media("/nonsense")).refuses(404, 20404);
}

#[test]
fn a_browser_may_ask_first_and_send_a_form() {
    let api = Api::start();
    let asks = "access-control-request-method: POST\r\naccess-control-request-headers: content-type,x-twilio-token\r\n";
    let allowed = api.raw(&request("OPTIONS", &api.media("?Category=media"), asks, "")).is(204);
    assert_eq!(allowed.headers["access-control-allow-origin"], "*");
    assert!(allowed.headers["access-control-allow-headers"].contains("X-Twilio-Token"));
    let mut form = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"c.png\"\r\nContent-Type: image/png\r\n\r\n".to_vec();
    form.extend(PNG);
    form.extend(b"\r\n--b--\r\n");
    let headers = format!("{}content-type: multipart/form-data; boundary=b\r\n", api.token("ada"));
    let media = api.upload("?Category=media", &headers, &form).is(201);
    assert_eq!(media.text("content_type"), "image/png");
    assert_eq!(
        (media.text("filename"), media.body["size"].as_u64()),
        ("c.png".to_owned(), Some(PNG.len() as u64))
    );
    api.upload("", &headers, b"--b--\r\n").refuses(400, 20001);
}

#[test]
fn a_message_with_a_file_is_of_type_media_and_the_file_knows_its_message() {
    let api = Api::start();
    let (messages, sid) = (api.service(&format!("/Channels/{}/Messages", api.open("ada"))), api.picture());
    let message = api.post(&messages, &[("MediaSid", &sid)]).is(201);
    assert_eq!((message.text("type"), &message.body["body"]), ("media".to_owned(), &Value::Null));
    let told =
        serde_json::json!({ "sid": sid, "size": PNG.len(), "content_type": "image/png", "filename": null });
    assert_eq!(message.body["media"], told);
    assert_eq!(api.get(&messages).body["messages"][0]["media"], told);
    let file = api.get(&api.media(&format!("/{sid}"))).is(200);
    assert_eq!(file.text("message_sid"), message.text("sid"));
    assert_eq!(file.text("channel_sid"), message.text("channel_sid"));
    api.post(&messages, &[("MediaSid", &sid)]).refuses(409, 50508);
    let both = api.post(&messages, &[("MediaSid", &api.picture()), ("Body", "look")]).is(201);
    assert_eq!((both.text("type"), both.text("body")), ("media".to_owned(), "look".to_owned()));
    let one = format!("{messages}/{}", message.text("sid"));
    api.post(&one, &[("Body", "other")]).refuses(400, 50509);
    assert_eq!(api.post(&one, &[("Attributes", "{\"a\":1}")]).is(200).body["media"], told);
}

#[test]
fn a_message_with_a_file_that_is_not_there_is_refused() {
    let api = Api::start();
    let messages = api.service(&format!("/Channels/{}/Messages", api.open("ada")));
    api.post(&messages, &[("MediaSid", "nonsense")]).refuses(400, 50510);
    api.post(&messages, &[("MediaSid", "MEffffffffffffffffffffffffffffffff")]).refuses(404, 50507);
    let other = api.post("/v2/Services", &[("FriendlyName", "other")]).is(201).text("sid");
    let channel = api.post(&format!("/v2/Services/{other}/Channels"), &[]).is(201).text("sid");
    let elsewhere = format!("/v2/Services/{other}/Channels/{channel}/Messages");
    api.post(&elsewhere, &[("MediaSid", &api.picture())]).refuses(404, 50507);
    let eleven: Vec<String> = (0..11).map(|_| api.picture()).collect();
    let eleven: Vec<(&str, &str)> = eleven.iter().map(|sid| ("MediaSid", sid.as_str())).collect();
    api.post(&messages, &eleven).refuses(400, 20001);
}

#[test]
fn a_file_goes_with_its_message_its_channel_and_its_service() {
    let api = Api::start();
    let channel = api.open("ada");
    let messages = api.service(&format!("/Channels/{channel}/Messages"));
    let send = || {
        let sid = api.picture();
        let message = api.post(&messages, &[("MediaSid", &sid)]).is(201).text("sid");
        (message, api.media(&format!("/{sid}")))
    };
    let ((message, one), (_, other)) = (send(), send());
    let unsent = api.media(&format!("/{}", api.picture()));
    api.delete(&format!("{messages}/{message}")).is(204);
    api.get(&one).refuses(404, 20404);
    api.get(&other).is(200);
    api.delete(&api.service(&format!("/Channels/{channel}"))).is(204);
    api.get(&other).refuses(404, 20404);
    api.get(&unsent).is(200);
    api.delete(&api.service("")).is(204);
    api.get(&unsent).refuses(404, 20404);
    assert_eq!(api.mock.counters().population.media_bytes, 0);
}

#[test]
fn a_set_tells_of_each_file_by_its_own_code() {
    let api = Api::start();
    let sid = api.picture();
    let ask = |body: &str| {
        let path = api.media("").replace("/Media", "/MediaSet");
        api.raw(&request("POST", &path, &api.token("ada"), body))
    };
    let told = ask(&format!(r#"{{"command":"get","list":[{{"media_sid":"{sid}"}},{{"media_sid":"ME0"}}]}}"#))
        .is(200);
    assert_eq!(told.body[0]["code"], 200);
    assert_eq!(told.body[0]["media_record"]["sid"], sid);
    assert!(told.body[0]["media_record"]["links"]["content_direct_temporary"].is_string());
    assert_eq!(told.body[1], serde_json::json!({ "code": 404, "media_record": { "sid": "ME0" } }));
    ask(r#"{"command":"delete","list":[]}"#).refuses(400, 20001);
    ask("{").refuses(400, 20001);
}

#[test]
fn what_cannot_be_kept_is_refused_and_the_client_hears_why() {
    let api = Api::with(Config {
        limits: Limits::Off,
        caps: Caps { media_bytes: 10_000, ..Caps::default() },
        ..Config::default()
    });
    let typed = |content_type: &str| format!("{}content-type: {content_type}\r\n", api.basic());
    api.upload("?Category=other", &typed("image/png"), PNG).refuses(400, 20001);
    api.upload("", &typed("picture"), PNG).refuses(400, 50511);
    api.upload("", &typed("image/png"), &[7; 20_000]).refuses(503, 20503);
    api.upload("", &typed("image/png"), &[7; 9_000]).is(201);
    let held = api.mock.counters().population.media_bytes;
    api.upload("", &typed("image/png"), &[7; 900]).refuses(503, 20503);
    assert_eq!(api.mock.counters().population.media_bytes, held, "what was refused takes nothing");
}

#[test]
fn a_file_of_more_than_150_megabytes_is_refused_before_it_takes_memory() {
    let api = Api::start();
    let bytes = vec![7; 150 * 1024 * 1024 + 1];
    let reply = api.upload("", &format!("{}content-type: video/mp4\r\n", api.basic()), &bytes);
    reply.refuses(413, 50512);
    assert_eq!(api.mock.counters().population.media_bytes, 0);
}
