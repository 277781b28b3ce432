//! Media files over plain HTTP: uploaded, sent, read back, refused.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use mock_server::{Caps, Config, Limits};
use serde_json::{Value, json};

use crate::Probe;
use crate::aim::ada_in_a_chat;
use crate::api::{Api, Reply, parse, request};
use crate::device;

pub(crate) const PROBES: &[Probe] = &[
    ("media.create", an_upload_is_answered_as_recorded),
    ("media.create.names", the_query_names_a_file),
    ("media.create.type", a_files_type_is_that_of_its_upload),
    ("media.create.type.invalid", a_type_is_a_mime_type),
    ("media.create.category", a_category_is_one_of_three),
    ("media.create.large", a_file_of_more_than_150_megabytes_is_refused_before_it_takes_memory),
    ("media.create.form", of_a_browsers_form_the_file_is_taken),
    ("media.create.form.invalid", a_form_without_a_file_is_refused),
    ("media.token", what_a_device_uploads_is_by_its_identity),
    ("media.token.bad", a_bad_token_is_refused_without_asking_for_a_password),
    ("media.token.service", a_token_of_another_service_is_refused),
    ("media.fetch", a_file_is_read_with_a_link_that_opens),
    ("media.content", the_content_is_elsewhere),
    ("media.direct", the_temporary_link_opens_for_everybody),
    ("media.direct.refused", a_link_that_was_not_made_here_opens_nothing),
    ("media.unknown", a_file_is_its_services_alone),
    ("media.full", what_cannot_be_kept_is_refused_and_takes_nothing),
    ("media.deleted", a_file_goes_with_its_message_its_channel_and_its_service),
    ("media.set", a_set_tells_of_each_file_by_its_own_code),
    ("media.set.invalid", a_set_is_asked_for_in_one_way),
    ("rest.preflight", a_browser_may_ask_first),
    ("chat.message.media.body", a_message_may_have_a_file_and_a_body),
    ("chat.message.media.update", what_is_said_beside_a_file_stays),
    ("chat.message.media.sent", a_file_is_sent_once),
    ("chat.message.media.invalid", a_file_is_named_by_a_sid),
    ("chat.message.media.unknown", a_file_of_another_service_is_not_found),
    ("chat.message.media.many", a_message_has_so_many_files),
    ("aim.message.create.media", a_device_sends_what_it_uploaded),
];

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
        format!("x-twilio-token: {}\r\n", device::token(self, identity))
    }

    /// Uploads a file of this type with the account's credentials.
    fn upload_as(&self, query: &str, content_type: &str, body: &[u8]) -> Reply {
        self.upload(query, &format!("{}content-type: {content_type}\r\n", self.basic()), body)
    }

    /// Reads with a device's token.
    fn read_as(&self, identity: &str, path: &str) -> Reply {
        self.raw(&request("GET", path, &self.token(identity), ""))
    }

    /// Another service, empty.
    fn other_service(&self) -> String {
        self.post("/v2/Services", &[("FriendlyName", "other")]).is(201).text("sid")
    }

    /// A message with a picture in a channel of Ada's: where the messages are, the message, the picture.
    fn sent_picture(&self) -> (String, Reply, String) {
        let (messages, sid) =
            (self.service(&format!("/Channels/{}/Messages", self.open("ada"))), self.picture());
        let message = self.post(&messages, &[("MediaSid", &sid)]).is(201);
        (messages, message, sid)
    }

    /// Uploads a picture, and returns its SID.
    pub(crate) fn picture(&self) -> String {
        self.upload_as("", "image/png", PNG).is(201).text("sid")
    }

    /// The path of a picture's temporary link.
    fn direct(&self) -> String {
        let one = self.get(&self.media(&format!("/{}", self.picture()))).is(200);
        let link = one.body["links"]["content_direct_temporary"].as_str().unwrap().to_owned();
        link.strip_prefix("http://mock").unwrap_or_else(|| panic!("not at the Host: {link}")).to_owned()
    }
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

fn an_upload_is_answered_as_recorded() {
    let api = Api::start();
    let media = api.upload_as("", "image/png", PNG).is(201);
    let sid = media.text("sid");
    assert_eq!(media.text("url"), api.media(&format!("/{sid}")));
    assert_eq!(media.body["links"], json!({ "content": api.media(&format!("/{sid}/Content")) }));
    assert_eq!(media.body["size"], PNG.len());
    assert_eq!((media.text("author"), media.text("category")), ("system".to_owned(), "media".to_owned()));
    for nothing in ["filename", "message_sid", "channel_sid"] {
        assert_eq!(media.body[nothing], Value::Null, "{nothing}");
    }
    let created = media.text("date_created");
    assert!(created.ends_with("+00:00") && created.len() == "2022-03-14T13:10:38.897143-07:00".len());
    api.upload("", "", PNG).refuses(401, 20003);
}

fn the_query_names_a_file() {
    let api = Api::start();
    let media = api.upload_as("?Category=body&Filename=a%20b.png&Author=10000", "image/png", PNG).is(201);
    assert_eq!(media.text("filename"), "a b.png");
    assert_eq!((media.text("author"), media.text("category")), ("10000".to_owned(), "body".to_owned()));
}

fn a_files_type_is_that_of_its_upload() {
    let api = Api::start();
    let typed = api.upload_as("", "text/plain; charset=utf-8", b"hi").is(201);
    assert_eq!(typed.text("content_type"), "text/plain; charset=utf-8");
    let plain = api.upload("", &api.basic(), PNG).is(201);
    assert_eq!(plain.text("content_type"), "application/octet-stream");
}

fn a_type_is_a_mime_type() {
    let api = Api::start();
    for nonsense in ["picture", "/png", "image/", "image/p g"] {
        api.upload_as("", nonsense, PNG).refuses(400, 50511);
    }
}

fn a_category_is_one_of_three() {
    Api::start().upload_as("?Category=other", "image/png", PNG).refuses(400, 20001);
}

fn a_file_of_more_than_150_megabytes_is_refused_before_it_takes_memory() {
    let api = Api::start();
    let bytes = vec![7; 150 * 1024 * 1024 + 1];
    api.upload_as("", "video/mp4", &bytes).refuses(413, 50512);
    assert_eq!(api.mock.counters().population.media_bytes, 0);
}

fn of_a_browsers_form_the_file_is_taken() {
    let api = Api::start();
    let head = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"c.png\"\r\nContent-Type: image/png\r\n\r\n";
    let form = [head.as_bytes(), PNG, b"\r\n--b--\r\n"].concat();
    let media = api.upload_as("?Category=media", "multipart/form-data; boundary=b", &form).is(201);
    assert_eq!((media.text("content_type"), media.text("filename")), ("image/png".into(), "c.png".into()));
    assert_eq!(media.body["size"], PNG.len());
}

fn a_form_without_a_file_is_refused() {
    Api::start().upload_as("", "multipart/form-data; boundary=b", b"--b--\r\n").refuses(400, 20001);
}

fn what_a_device_uploads_is_by_its_identity() {
    let api = Api::start();
    let media = api.upload("?Author=bob", &format!("{}content-type: image/png\r\n", api.token("ada")), PNG);
    let media = media.is(201);
    assert_eq!(media.text("author"), "ada");
    api.read_as("bob", &api.media(&format!("/{}", media.text("sid")))).is(200);
}

fn a_bad_token_is_refused_without_asking_for_a_password() {
    let api = Api::start();
    let one = api.media(&format!("/{}", api.picture()));
    let bad = api.raw(&request("GET", &one, "x-twilio-token: nonsense\r\n", "")).is(401);
    assert!((20101..=20107).contains(&bad.code()));
    assert!(!bad.headers.contains_key("www-authenticate"));
    api.raw(&request("GET", &one, "", "")).refuses(401, 20003);
}

fn a_token_of_another_service_is_refused() {
    let api = Api::start();
    let sid = api.picture();
    let path = format!("/v1/Services/{}/Media/{sid}", api.other_service());
    api.read_as("ada", &path).refuses(403, 50107);
}

fn a_file_is_read_with_a_link_that_opens() {
    let api = Api::start();
    let link = api.direct();
    assert!(link.starts_with("/ME") && link.contains("?Expires=") && link.contains("&Signature="), "{link}");
}

fn the_content_is_elsewhere() {
    let api = Api::start();
    let reply = api.get(&api.media(&format!("/{}/Content", api.picture()))).is(307);
    assert!(reply.headers["location"].starts_with("http://mock/ME"));
}

fn the_temporary_link_opens_for_everybody() {
    let api = Api::start();
    let get = format!("GET {} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\r\n", api.direct());
    let (head, bytes) = api.exchange(&get, b"");
    assert_eq!((status(&head), bytes.as_slice()), (200, PNG));
    assert!(head.contains("content-type: image/png\r\n") && !head.contains("json"), "{head}");
}

fn a_link_that_was_not_made_here_opens_nothing() {
    let api = Api::start();
    let link = api.direct();
    for forged in [link.replace("Signature=", "Signature=0"), link.replace("Expires=", "Expires=9")] {
        api.raw(&request("GET", &forged, "", "")).refuses(403, 20403);
    }
    api.mock.accounts().first().advance(Duration::from_secs(301)).unwrap();
    api.raw(&request("GET", &link, "", "")).refuses(403, 20403);
}

fn a_file_is_its_services_alone() {
    let api = Api::start();
    let sid = api.picture();
    api.get(&format!("/v1/Services/{}/Media/{sid}", api.other_service())).refuses(404, 20404);
    api.get(&api.media("/MEffffffffffffffffffffffffffffffff")).refuses(404, 20404);
}

fn what_cannot_be_kept_is_refused_and_takes_nothing() {
    let caps = Caps { media_bytes: 10_000, ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    api.upload_as("", "image/png", &[7; 20_000]).refuses(503, 20503);
    api.upload_as("", "image/png", &[7; 9_000]).is(201);
    let held = api.mock.counters().population.media_bytes;
    api.upload_as("", "image/png", &[7; 900]).refuses(503, 20503);
    assert_eq!(api.mock.counters().population.media_bytes, held);
}

fn a_file_goes_with_its_message_its_channel_and_its_service() {
    let api = Api::start();
    let (messages, message, one) = api.sent_picture();
    let send = || {
        let sid = api.picture();
        api.post(&messages, &[("MediaSid", &sid)]).is(201);
        api.media(&format!("/{sid}"))
    };
    let (one, other, unsent) =
        (api.media(&format!("/{one}")), send(), api.media(&format!("/{}", api.picture())));
    api.delete(&format!("{messages}/{}", message.text("sid"))).is(204);
    api.get(&one).refuses(404, 20404);
    api.get(&other).is(200);
    api.delete(messages.trim_end_matches("/Messages")).is(204);
    api.get(&other).refuses(404, 20404);
    api.get(&unsent).is(200);
    api.delete(&api.service("")).is(204);
    api.get(&unsent).refuses(404, 20404);
    assert_eq!(api.mock.counters().population.media_bytes, 0);
}

impl Api {
    fn set(&self, body: &str) -> Reply {
        let path = self.media("").replace("/Media", "/MediaSet");
        self.raw(&request("POST", &path, &self.token("ada"), body))
    }
}

fn a_set_tells_of_each_file_by_its_own_code() {
    let api = Api::start();
    let sid = api.picture();
    let ask = json!({ "command": "get", "list": [{ "media_sid": sid }, { "media_sid": "ME0" }] });
    let told = api.set(&ask.to_string()).is(200);
    assert_eq!(told.body[0]["code"], 200);
    assert_eq!(told.body[0]["media_record"]["sid"], sid);
    assert!(told.body[0]["media_record"]["links"]["content_direct_temporary"].is_string());
    assert_eq!(told.body[1], json!({ "code": 404, "media_record": { "sid": "ME0" } }));
}

fn a_set_is_asked_for_in_one_way() {
    let api = Api::start();
    api.set(r#"{"command":"delete","list":[]}"#).refuses(400, 20001);
    api.set("{").refuses(400, 20001);
    let long = json!({ "command": "get", "list": vec![json!({ "media_sid": "ME0" }); 101] });
    api.set(&long.to_string()).refuses(400, 20001);
}

fn a_browser_may_ask_first() {
    let api = Api::start();
    let asks = "access-control-request-method: POST\r\naccess-control-request-headers: content-type,x-twilio-token\r\n";
    let allowed = api.raw(&request("OPTIONS", &api.media("?Category=media"), asks, "")).is(204);
    assert_eq!(allowed.headers["access-control-allow-origin"], "*");
    assert!(allowed.headers["access-control-allow-headers"].contains("X-Twilio-Token"));
}

fn a_message_may_have_a_file_and_a_body() {
    let api = Api::start();
    let (messages, message, sid) = api.sent_picture();
    assert_eq!((message.text("type"), &message.body["body"]), ("media".to_owned(), &Value::Null));
    let told = json!({ "sid": sid, "size": PNG.len(), "content_type": "image/png", "filename": null });
    assert_eq!(message.body["media"], told);
    assert_eq!(api.get(&messages).body["messages"][0]["media"], told);
    let file = api.get(&api.media(&format!("/{sid}"))).is(200);
    assert_eq!(file.text("message_sid"), message.text("sid"));
    assert_eq!(file.text("channel_sid"), message.text("channel_sid"));
    let both = api.post(&messages, &[("MediaSid", &api.picture()), ("Body", "look")]).is(201);
    assert_eq!((both.text("type"), both.text("body")), ("media".to_owned(), "look".to_owned()));
}

fn what_is_said_beside_a_file_stays() {
    let api = Api::start();
    let (messages, message, sid) = api.sent_picture();
    let one = format!("{messages}/{}", message.text("sid"));
    api.post(&one, &[("Body", "other")]).refuses(400, 50509);
    assert_eq!(api.post(&one, &[("Attributes", "{\"a\":1}")]).is(200).body["media"]["sid"], sid);
}

fn a_file_is_sent_once() {
    let api = Api::start();
    let (messages, message, sid) = api.sent_picture();
    let fresh = api.picture();
    api.post(&messages, &[("MediaSid", &fresh), ("MediaSid", &sid)]).refuses(409, 50508);
    let file = api.get(&api.media(&format!("/{sid}"))).is(200);
    assert_eq!(file.text("message_sid"), message.text("sid"));
    api.post(&messages, &[("MediaSid", &fresh)]).is(201);
}

fn a_file_is_named_by_a_sid() {
    let api = Api::start();
    let (messages, ..) = api.sent_picture();
    api.post(&messages, &[("MediaSid", "nonsense")]).refuses(400, 50510);
}

fn a_file_of_another_service_is_not_found() {
    let api = Api::start();
    let (messages, ..) = api.sent_picture();
    api.post(&messages, &[("MediaSid", "MEffffffffffffffffffffffffffffffff")]).refuses(404, 50507);
    let other = api.other_service();
    let channel = api.post(&format!("/v2/Services/{other}/Channels"), &[]).is(201).text("sid");
    let elsewhere = format!("/v2/Services/{other}/Channels/{channel}/Messages");
    api.post(&elsewhere, &[("MediaSid", &api.picture())]).refuses(404, 50507);
}

fn a_message_has_so_many_files() {
    let api = Api::start();
    let (messages, ..) = api.sent_picture();
    let sids: Vec<String> = (0..11).map(|_| api.picture()).collect();
    let pairs: Vec<(&str, &str)> = sids.iter().map(|sid| ("MediaSid", sid.as_str())).collect();
    api.post(&messages, &pairs).refuses(400, 20001);
    api.post(&messages, &pairs[..10]).is(201);
}

fn a_device_sends_what_it_uploaded() {
    let (api, channel, mut ada) = ada_in_a_chat();
    ada.follow("Lists", &format!("{channel}.messages"));
    let messages = format!("/Conversations/{channel}/Messages");
    for new in
        [json!({ "media_sid": api.picture() }), json!({ "media_sids": [api.picture(), api.picture()] })]
    {
        let sent = ada.aim(&api, "POST", &messages, new.clone(), 201);
        assert_eq!(sent["media"][0]["content_type"], "image/png");
        let data = ada.hears("list_item_added").payload["events"][0]["item_data"].clone();
        assert_eq!((&data["type"], &data["text"]), (&json!("media"), &Value::Null), "{data}");
        assert_eq!(data["media"]["contentType"], "image/png");
        assert_eq!(data["medias"].as_array().unwrap().len(), sent["media"].as_array().unwrap().len());
    }
}
