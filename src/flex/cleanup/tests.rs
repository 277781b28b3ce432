use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use mock_server::{Config, MockServer};
use wire::flex_channel::CreateChannel;
use wire::time::Timestamp;

use super::*;
use crate::flex::fake::{Asked, Fake, Reply};
use crate::flex::resources::About;
use crate::flex::rest::Options;

const NOT_FOUND: &str = r#"{"code":20404,"message":"not found","more_info":"","status":404}"#;

fn run() -> RunId {
    "abc123".parse().expect("an ID")
}

fn ours(n: u32) -> Identity {
    format!("flx-abc123-{n}").as_str().into()
}

fn remaining(channels: u64) -> Remaining {
    let target = crate::flex::fake::target(&"http://127.0.0.1:1".parse().expect("a URL"));
    Remaining {
        about: About {
            run: run().to_string(),
            began: Timestamp::from_secs(0).millis(),
            target: target.name.clone(),
            embedded: false,
            account_sid: target.account_sid,
            chat_service_sid: target.chat_service_sid,
            flex_flow_sid: target.flex_flow_sid,
        },
        channels: (0..channels).map(|n| (ChannelSid::mock(1, n), ours(0))).collect::<BTreeMap<_, _>>(),
        identities: BTreeSet::new(),
        doubtful: BTreeSet::new(),
        tasks: BTreeSet::new(),
        unreadable: 0,
    }
}

async fn clean(fake: &Fake, remaining: Option<&Remaining>) -> Cleaned {
    let target = fake.target();
    let rest = Rest::new(&target, Options::default()).expect("a client");
    let run = run();
    let cleanup = Cleanup {
        rest: &rest,
        target: &target,
        run: &run,
        resources: None,
        told: &|_, _| (),
        stop: &|| false,
    };
    match remaining {
        Some(remaining) => cleanup.listed(remaining).await,
        None => cleanup.by_prefix().await.expect("searched"),
    }
}

fn list(key: &str, items: &[String], next: Option<&str>) -> Reply {
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    Reply::Json(
        200,
        format!(
            r#"{{"meta":{{"page":0,"page_size":50,"first_page_url":"","previous_page_url":null,"url":"",
            "next_page_url":{next},"key":"{key}"}},"{key}":[{}]}}"#,
            items.join(",")
        ),
    )
}

fn user(identity: &Identity) -> String {
    let target = crate::flex::fake::target(&"http://127.0.0.1:1".parse().expect("a URL"));
    format!(
        r#"{{"sid":"{}","account_sid":"{}","service_sid":"{}","role_sid":null,"identity":"{identity}",
        "attributes":"{{}}","is_online":null,"is_notifiable":null,"friendly_name":null,"joined_channels_count":1,
        "date_created":"2022-03-08T22:38:30Z","date_updated":"2022-03-08T22:38:30Z",
        "links":{{"user_channels":"","user_bindings":""}},"url":""}}"#,
        wire::sid::UserSid::mock(1, 1),
        target.account_sid,
        target.chat_service_sid
    )
}

fn channel(n: u64, from: &str) -> String {
    let target = crate::flex::fake::target(&"http://127.0.0.1:1".parse().expect("a URL"));
    format!(
        r#"{{"sid":"{}","account_sid":"{}","service_sid":"{}","friendly_name":null,"unique_name":null,
        "attributes":"{{\"from\":\"{from}\"}}","type":"private","date_created":"2022-03-08T22:38:30Z",
        "date_updated":"2022-03-08T22:38:30Z","created_by":"system","members_count":1,"messages_count":0,"url":"",
        "links":{{"members":"","messages":"","invites":"","webhooks":"","last_message":null}}}}"#,
        ChannelSid::mock(1, n),
        target.account_sid,
        target.chat_service_sid
    )
}

#[tokio::test]
async fn channels_go_on_both_sides_and_then_their_users() {
    let fake = Fake::start(|_| Reply::Json(204, String::new()));
    let mut remaining = remaining(1);
    remaining.identities.extend([ours(0), "somebody-else".into()]);
    let cleaned = clean(&fake, Some(&remaining)).await;
    assert_eq!((cleaned.channels, cleaned.users, cleaned.left.len()), (1, 1, 0));
    let service = fake.target().chat_service_sid;
    assert_eq!(
        fake.lines(),
        [
            format!("DELETE /v1/Channels/{}", ChannelSid::mock(1, 0)),
            format!("DELETE /v2/Services/{service}/Channels/{}", ChannelSid::mock(1, 0)),
            format!("DELETE /v2/Services/{service}/Users/{}", ours(0)),
        ]
    );
}

#[tokio::test]
async fn what_is_gone_already_is_no_failure() {
    let fake = Fake::start(|_| Reply::Json(404, NOT_FOUND.to_owned()));
    let mut remaining = remaining(3);
    remaining.identities.insert(ours(0));
    remaining.doubtful.insert(ours(0));
    let cleaned = clean(&fake, Some(&remaining)).await;
    assert_eq!((cleaned.channels, cleaned.users, cleaned.left.len()), (3, 1, 0));
}

#[tokio::test]
async fn a_busy_target_is_asked_again() {
    let refused = Mutex::new(0);
    let fake = Fake::start(move |_| {
        let mut refused = refused.lock().expect("a count");
        *refused += 1;
        match *refused {
            1 => Reply::Json(429, r#"{"code":20429,"message":"slow","more_info":"","status":429}"#.into()),
            _ => Reply::Json(204, String::new()),
        }
    });
    let cleaned = clean(&fake, Some(&remaining(1))).await;
    assert_eq!((cleaned.channels, fake.lines().len()), (1, 3));
}

#[tokio::test]
async fn what_is_refused_is_left_with_a_command_and_the_rest_is_not_tried() {
    let fake = Fake::start(|_| {
        Reply::Json(403, r#"{"code":20006,"message":"Access Denied","more_info":"","status":403}"#.into())
    });
    let cleaned = clean(&fake, Some(&remaining(50))).await;
    assert_eq!((cleaned.channels, cleaned.left.len()), (0, 50));
    assert!(fake.lines().len() < 50, "{} requests", fake.lines().len());
    let left = &cleaned.left[0];
    assert!(left.why.contains("Access Denied"), "{left}");
    let command = left.command(&fake.target());
    assert!(command.contains("-X DELETE") && command.contains("$TWILIO_API_SECRET"), "{command}");
    assert!(!command.contains("hush"));
}

#[tokio::test]
async fn a_channel_nobody_saw_being_made_is_looked_for() {
    let fake = Fake::start(|asked: &Asked| {
        if asked.line.starts_with("GET") {
            let target = crate::flex::fake::target(&"http://127.0.0.1:1".parse().expect("a URL"));
            let of = format!(
                r#"{{"account_sid":"{}","service_sid":"{}","channel_sid":"{}","user_sid":"{}","member_sid":null,
                "status":"joined","last_consumed_message_index":null,"unread_messages_count":null,
                "notification_level":"default","url":"","links":{{"channel":"","member":""}}}}"#,
                target.account_sid,
                target.chat_service_sid,
                ChannelSid::mock(1, 7),
                wire::sid::UserSid::mock(1, 1)
            );
            return list("channels", &[of], None);
        }
        Reply::Json(204, String::new())
    });
    let mut remaining = remaining(0);
    remaining.doubtful.extend([ours(1), "somebody-else".into()]);
    let cleaned = clean(&fake, Some(&remaining)).await;
    assert_eq!(cleaned.channels, 1);
    assert_eq!(cleaned.left.len(), 1, "whose channels may be somebody else's are left alone and told");
    assert_eq!(cleaned.left[0].thing, Thing::Doubtful("somebody-else".into()));
}

#[tokio::test]
async fn without_a_list_everything_with_the_prefix_is_found_on_all_pages() {
    let fake = Fake::start(|asked: &Asked| match asked.line.as_str() {
        line if line.contains("/Users?PageSize=100&Page=1") => list("users", &[user(&ours(2))], None),
        line if line.contains("/Users?") => list(
            "users",
            &[user(&ours(1)), user(&"flx-abc999-1".into()), user(&"ada".into())],
            Some("https://elsewhere.example.com/v2/Services/x/Users?PageSize=100&Page=1&PageToken=PA"),
        ),
        line if line.contains("/Users/") && line.starts_with("GET") => list("channels", &[], None),
        line if line.contains("Type=private") => {
            list("channels", &[channel(1, "flx-abc123-1"), channel(2, "ada")], None)
        }
        _ => Reply::Json(204, String::new()),
    });
    let cleaned = clean(&fake, None).await;
    assert_eq!((cleaned.channels, cleaned.users), (1, 2));
    let deleted: Vec<String> = fake.lines().into_iter().filter(|line| line.starts_with("DELETE")).collect();
    assert!(!deleted.iter().any(|line| line.contains("ada") || line.contains("abc999")), "{deleted:?}");
    assert!(!deleted.iter().any(|line| line.contains(&ChannelSid::mock(1, 2).to_string())), "{deleted:?}");
}

#[tokio::test]
async fn an_interrupted_clean_up_says_what_is_left() {
    let fake = Fake::start(|_| Reply::Json(204, String::new()));
    let target = fake.target();
    let rest = Rest::new(&target, Options::default()).expect("a client");
    let told = Mutex::new((0, 0));
    let run = run();
    let cleanup = Cleanup {
        rest: &rest,
        target: &target,
        run: &run,
        resources: None,
        told: &|done, total| *told.lock().expect("a count") = (done, total),
        stop: &|| true,
    };
    let cleaned = cleanup.listed(&remaining(3)).await;
    assert_eq!((cleaned.left.len(), fake.lines().len()), (3, 0));
    assert_eq!(*told.lock().expect("a count"), (3, 3));
}

/// A mock with two customers of a run and one of somebody else.
async fn busy_mock() -> (MockServer, Target, Rest, tempfile::TempDir) {
    let server = MockServer::start(Config::default()).expect("a mock");
    let (url, socket) = (server.url(), server.socket_url());
    let target = Target::of_mock(server.credentials(), &url, &socket, false).expect("a target");
    let rest = Rest::new(&target, Options::default()).expect("a client");
    let folder = tempfile::tempdir().expect("a folder");
    let resources =
        Resources::create(&folder.path().join("resources.ndjson"), &run(), &target).expect("a list");
    for name in ["flx-abc123-1", "flx-abc123-2", "ada"] {
        let identity = Identity::from(name);
        let create = CreateChannel::new(target.flex_flow_sid, identity.clone(), "Customer", "Chat");
        resources.intend_channel(&identity).expect("written");
        let opened = rest.open_channel(&create, PATIENCE).await.result.expect("a channel");
        // The second one's answer never arrived; the third one is not this run's at all.
        if name.ends_with('1') {
            resources.made_channel(&identity, &opened).expect("written");
        }
        if name == "ada" {
            let refused = RestError::Status { http: 400, code: None, message: String::new() };
            resources.no_channel(&identity, &refused).expect("written");
        }
    }
    (server, target, rest, folder)
}

async fn who_is_there(rest: &Rest) -> Vec<String> {
    let users = rest.users(PATIENCE).await.result.expect("users").items;
    let channels = rest.private_channels(PATIENCE).await.result.expect("channels").items.len();
    let mut there: Vec<String> = users.iter().map(|user| user.identity.to_string()).collect();
    there.push(format!("{channels} channels"));
    there
}

#[tokio::test]
async fn a_mock_is_left_as_it_was_found_by_list_or_by_prefix() {
    for by_list in [true, false] {
        let (_server, target, rest, folder) = busy_mock().await;
        let path = folder.path().join("resources.ndjson");
        let (resources, run) = (Resources::append(&path).expect("a list"), run());
        let cleanup = Cleanup {
            rest: &rest,
            target: &target,
            run: &run,
            resources: Some(&resources),
            told: &|_, _| (),
            stop: &|| false,
        };
        let cleaned = if by_list {
            cleanup.listed(&Remaining::read(&path).expect("a list")).await
        } else {
            cleanup.by_prefix().await.expect("searched")
        };
        assert_eq!((cleaned.channels, cleaned.users, cleaned.left.len()), (2, 2, 0), "{:?}", cleaned.left);
        assert_eq!(who_is_there(&rest).await, ["ada", "1 channels"]);
        let remaining = Remaining::read(&path).expect("a list");
        assert!(remaining.channels.is_empty() && remaining.doubtful.is_empty());
        assert_eq!(remaining.identities.len(), 1, "ada's, who is not ours to delete");
    }
}
