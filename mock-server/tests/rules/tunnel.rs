//! The tunnel: requests within frames, and those for push registrations.

use crate::Probe;
use crate::aim::ada_in_a_chat;

pub(crate) const PROBES: &[Probe] = &[
    ("tunnel.reply", an_answer_has_a_status_and_headers),
    ("tunnel.unknown", a_path_nobody_serves_is_not_found),
    ("tunnel.method", a_wrong_method_is_refused),
    ("tunnel.body", a_body_that_is_no_json_is_refused),
    ("ers.registration", a_registration_has_an_id),
    ("ers.registration.removed", a_registration_is_removed),
];

const CONFIGURATION: &str = "aim.us1.twilio.com/Client/v1/Configuration";
const REGISTRATIONS: &str = "ers.us1.twilio.com/v1/registrations";

fn an_answer_has_a_status_and_headers() {
    let (_api, _, mut ada) = ada_in_a_chat();
    let head = ada.request("GET", CONFIGURATION, "").head;
    assert_eq!(head["status"]["code"], 200);
    assert_eq!((&head["http_status"]["code"], &head["http_status"]["status"]), (&200.into(), &"OK".into()));
    assert_eq!(head["http_headers"]["content-type"], "application/json");
    assert!(head["http_headers"]["twilio-request-id"].as_str().unwrap().starts_with("RQ"));
}

fn a_path_nobody_serves_is_not_found() {
    let (_api, _, mut ada) = ada_in_a_chat();
    let answer = ada.request("GET", "aim.us1.twilio.com/Client/v1/Nothing", "");
    assert_eq!((answer.status(), &answer.payload["code"]), (404, &20404.into()));
    assert_eq!(answer.payload["message"], "The requested resource /Client/v1/Nothing was not found");
}

fn a_wrong_method_is_refused() {
    let (_api, _, mut ada) = ada_in_a_chat();
    let answer = ada.request("PUT", CONFIGURATION, "");
    assert_eq!((answer.status(), &answer.payload["code"]), (405, &20004.into()));
}

fn a_body_that_is_no_json_is_refused() {
    let (_api, _, mut ada) = ada_in_a_chat();
    let answer = ada.request("POST", "cds.us1.twilio.com/v4/Subscriptions", "{");
    assert_eq!((answer.status(), &answer.payload["code"]), (400, &20001.into()));
}

fn a_registration_has_an_id() {
    let (_api, _, mut ada) = ada_in_a_chat();
    let answer = ada.request("POST", &format!("{REGISTRATIONS}?productId=ip_messaging"), "{}");
    assert_eq!(answer.status(), 200);
    assert!(!answer.payload["id"].as_str().unwrap().is_empty());
}

fn a_registration_is_removed() {
    let (_api, _, mut ada) = ada_in_a_chat();
    let answer = ada.request("POST", &format!("{REGISTRATIONS}?productId=ip_messaging"), "{}");
    let id = answer.payload["id"].as_str().unwrap();
    let removed = ada.request("DELETE", &format!("{REGISTRATIONS}/{id}?productId=ip_messaging"), "");
    assert!((200..300).contains(&removed.status()), "{removed:?}");
    assert!(removed.payload.is_null(), "{removed:?}");
}
