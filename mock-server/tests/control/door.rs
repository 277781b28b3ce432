//! Who may ask, and where.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::api::{parse, request};
use crate::panel::Panel;

#[test]
fn without_the_token_nothing_is_told_but_readiness() {
    let panel = Panel::start();
    panel.ask("GET", "/ready", "", "").is(200);
    let own = panel.api.credentials().auth_token.expose().to_owned();
    for head in [
        String::new(),
        "authorization: Bearer \r\n".to_owned(),
        format!("authorization: Bearer {own}\r\n"),
        format!("authorization: Bearer {}x\r\n", panel.token()),
        format!("authorization: {}\r\n", panel.token()),
        format!("authorization: {}\r\n", panel.api.authorization),
    ] {
        for (method, path) in [("GET", "/journal"), ("POST", "/reset"), ("GET", "/nothing"), ("GET", "/")] {
            let reply = panel.ask(method, path, "", &head).is(401);
            assert!(reply.body["error"]["next"].as_str().unwrap().contains("control_token"), "{head}");
        }
    }
}

#[test]
fn the_data_port_knows_nothing_of_it() {
    let panel = Panel::start();
    let head = format!("authorization: Bearer {}\r\n", panel.token());
    for path in ["/reset", "/clock", "/journal", "/faults", "/snapshot", "/accounts"] {
        panel.api.raw(&request("GET", path, &head, "")).refuses(401, 20003);
        panel.api.get(path).refuses(404, 20404);
    }
    let (control, data) = (panel.authority(), panel.api.authority());
    assert_ne!(control, data);
}

#[test]
fn whether_the_mock_is_ready_can_be_asked_on_either_port_by_anybody() {
    let panel = Panel::start();
    let reply = panel.api.raw(&request("GET", "/_mock/ready", "", "")).is(200);
    assert_eq!(reply.body["ready"], true);
    assert_eq!(panel.ask("GET", "/ready", "", "").is(200).body["url"], panel.api.mock.url());
}

#[test]
fn the_control_port_knows_nothing_of_twilio() {
    let panel = Panel::start();
    assert!(panel.refused("GET", "/v2/Services", "", 404).contains("GET / lists"));
    assert!(panel.refused("GET", "/clock/advance", "", 405).contains("POST"));
    assert!(panel.refused("GET", "/journal?limits=3", "", 400).contains("limit"));
}

#[test]
fn a_body_that_breaks_off_is_not_called_too_large() {
    let panel = Panel::start();
    let head = format!("authorization: Bearer {}\r\ntransfer-encoding: chunked\r\n", panel.token());
    let request = format!("POST /verify HTTP/1.1\r\nhost: control\r\n{head}\r\nno length\r\n{{}}\r\n");
    let mut stream = TcpStream::connect(panel.authority()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let reply = parse(&answer).is(400);
    assert!(reply.body["error"]["what"].as_str().unwrap().contains("cannot be read"), "{reply:?}");
}

#[test]
fn it_says_what_can_be_asked() {
    let panel = Panel::start();
    let requests = panel.get("/")["requests"].as_array().unwrap().clone();
    for one in &requests {
        let (method, path) = (one["method"].as_str().unwrap(), one["path"].as_str().unwrap());
        let path = path.replace("{sid}", "AC0");
        assert_ne!(panel.send(method, &path, "").status, 405, "{method} {path}");
        assert!(!one["does"].as_str().unwrap().is_empty());
    }
    assert!(requests.len() > 12);
    let examples: Vec<_> = requests.iter().filter(|one| !one["example"].is_null()).collect();
    for one in &examples {
        let (method, path) = (one["method"].as_str().unwrap(), one["path"].as_str().unwrap());
        // What /verify describes was not asked here.
        let status = if path == "/verify" { 409 } else { 200 };
        let reply = panel.send(method, path, &one["example"].to_string());
        assert!(reply.status == status || reply.status == 201, "{method} {path}: {reply:?}");
    }
    assert_eq!(examples.len(), 6);
}

#[test]
fn rules_are_told_with_how_often_they_were_followed() {
    let panel = Panel::start();
    panel.api.open("ada");
    let rules = panel.get("/rules");
    let of =
        |id: &str| rules["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).cloned().unwrap();
    let created = of("flex.channel.create");
    assert!(created["count"].as_u64().unwrap() >= 1);
    assert_eq!((&created["basis"], &created["broken"]), (&"documented".into(), &false.into()));
}

#[test]
fn a_mock_has_no_control_api_unless_it_is_asked_for_one_on_loopback() {
    assert!(crate::api::Api::start().mock.control().is_none());
    let control = Some("0.0.0.0:0".parse().unwrap());
    let refused = mock_server::MockServer::start(mock_server::Config { control, ..Default::default() });
    assert!(refused.err().unwrap().to_string().contains("loopback"));
}
