//! The generations 3.x and 4.x: session lists, the commands in them, and the views beside them.

use mock_server::{Caps, Config, Limits};
use serde_json::{Value, json};

use crate::Probe;
use crate::api::Api;
use crate::device::{Device, Frame};

pub(crate) const PROBES: &[Probe] = &[
    ("session.open", a_session_list_is_made),
    ("session.open.purpose", no_other_list_is_made),
    ("session.context", the_context_is_read),
    ("session.command", a_command_is_taken),
    ("session.command.malformed", a_command_says_what_it_wants),
    ("session.command.unknown", an_unknown_command_is_refused),
    ("session.command.refused", a_refusal_is_told_by_its_code),
    ("session.create-channel", a_channel_is_made),
    ("session.destroy-channel", a_channel_is_deleted),
    ("session.edit-attributes", a_channel_is_changed),
    ("session.edit-friendly-name", a_channel_is_changed),
    ("session.edit-unique-name", a_channel_is_changed),
    ("session.edit-notification-level", a_channel_is_muted),
    ("session.consumption-report", horizons_are_moved),
    ("session.join-channel", members_come_and_go),
    ("session.leave-channel", members_come_and_go),
    ("session.add-member", members_come_and_go),
    ("session.remove-member", members_come_and_go),
    ("session.edit-member-attributes", a_member_describes_itself),
    ("session.invite-member", who_is_invited_may_decline),
    ("session.decline-invitation", who_is_invited_may_decline),
    ("session.send-message", messages_are_sent_and_changed),
    ("session.send-media-message", a_file_is_sent),
    ("session.edit-message", messages_are_sent_and_changed),
    ("session.edit-message-attributes", messages_are_sent_and_changed),
    ("session.delete-message", messages_are_sent_and_changed),
    ("session.edit-user-friendly-name", a_user_changes_itself),
    ("session.edit-user-attributes", a_user_changes_itself),
    ("session.channels", public_channels_are_listed),
    ("session.channel", a_channel_is_read),
    ("session.my-channels", ones_own_channels_are_listed),
    ("session.sync-list", ones_own_channels_are_listed),
    ("session.user", users_are_read),
    ("session.users", users_are_read),
    ("sync.session.context", the_context_is_told),
    ("sync.session.command", a_command_is_told_and_answered),
    ("sync.session.response", a_command_is_told_and_answered),
    ("sync.session.closed", the_oldest_of_too_many_lists_is_closed),
    ("sync.session.full", the_mock_holds_so_many_lists),
    ("sync.session.evicted", the_list_of_a_device_that_is_gone_makes_room),
    ("sync.session.forgotten", a_list_shows_its_latest_commands),
];

const LISTS: &str = "cds.us1.twilio.com/v3/Lists";

/// A device of an older generation, with its session list.
struct Session {
    device: Device,
    list: Value,
    context: Value,
}

/// Asks for a session list.
fn ask_for_list(device: &mut Device) -> Frame {
    let wanted = json!({"purpose": "com.twilio.rtd.ipmsg",
        "context": {"type": "IpMsgSession", "apiVersion": "3", "endpointPlatform": "JS|4.1.0"}});
    device.request("POST", LISTS, &wanted.to_string())
}

impl Session {
    fn open(api: &Api, identity: &str) -> Self {
        let mut device = Device::login(api, identity);
        let list = ask_for_list(&mut device).payload;
        let subscription = json!([{"object_sid": list["sid"], "object_type": "list", "last_event_id": list["last_event_id"]}]);
        let told = device.subscribe(subscription);
        let context = told.iter().find(|frame| frame.kind() == "list_context_updated");
        let context = context.map(|frame| frame.payload["events"][0]["context_data"].clone());
        Self { device, list, context: context.unwrap_or_default() }
    }

    fn post(&mut self, data: Value) -> Frame {
        let items = self.list["links"]["items"].as_str().unwrap().to_owned();
        self.device.request("POST", &items, &json!({ "data": data }).to_string())
    }

    /// Gives a command and waits for the response.
    #[track_caller]
    fn asks(&mut self, action: &str, mut request: Value) -> Value {
        request["action"] = action.into();
        let taken = self.post(json!({"request": request, "commandId": "one"}));
        assert_eq!(taken.status(), 201, "{taken:?}");
        loop {
            let frame = self.device.hears("list_item_updated");
            let event = &frame.payload["events"][0];
            if event["list_sid"] == self.list["sid"] && event["item_index"] == taken.payload["index"] {
                return event["item_data"]["response"].clone();
            }
        }
    }

    /// Gives a command that is done.
    #[track_caller]
    fn does(&mut self, action: &str, request: Value) -> Value {
        let response = self.asks(action, request);
        assert_eq!((&response["status"], &response["statusText"]), (&200.into(), &"OK".into()), "{action}");
        response
    }

    /// A channel of its own, joined.
    fn room(&mut self) -> String {
        let made = self.does("createChannel", json!({"type": "private", "attributes": "{}"}));
        let sid = made["channelSid"].as_str().unwrap().to_owned();
        self.does("joinChannelV2", json!({ "channelSid": sid }));
        sid
    }

    /// Reads a view by the name of its link.
    #[track_caller]
    fn view(&mut self, link: &str, below: &str) -> Value {
        let url = format!("aim.twilio.com{}{below}", self.context["links"][link].as_str().unwrap());
        let answer = self.device.request("GET", &url, "");
        assert_eq!(answer.status(), 200, "{url}: {answer:?}");
        answer.payload
    }
}

fn ada() -> (Api, Session) {
    let api = Api::start();
    let ada = Session::open(&api, "ada");
    (api, ada)
}

fn channel_of(api: &Api, sid: &str) -> Value {
    api.get(&api.service(&format!("/Channels/{sid}"))).is(200).body
}

fn identities(api: &Api, sid: &str) -> Vec<String> {
    let members = api.get(&api.service(&format!("/Channels/{sid}/Members"))).is(200).body;
    let text = |member: &Value| member["identity"].as_str().unwrap().to_owned();
    members["members"].as_array().unwrap().iter().map(text).collect()
}

fn a_session_list_is_made() {
    let api = Api::start();
    let made = ask_for_list(&mut Device::login(&api, "ada"));
    assert_eq!(made.status(), 201, "{made:?}");
    assert!(made.payload["sid"].as_str().unwrap().starts_with("ES"));
    assert_eq!((&made.payload["unique_name"], &made.payload["last_event_id"]), (&Value::Null, &(-1).into()));
    assert!(made.payload["links"]["context"].as_str().unwrap().starts_with("https://cds.us1.twilio.com/v3/"));
}

fn no_other_list_is_made() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let long = json!({"purpose": "com.twilio.rtd.ipmsg", "context": {"type": "x".repeat(5_000)}});
    for wanted in [json!({"purpose": "shopping"}), json!({}), long] {
        let refused = ada.request("POST", LISTS, &wanted.to_string());
        assert_eq!((refused.status(), &refused.payload["code"]), (400, &20001.into()), "{refused:?}");
    }
}

fn the_context_is_read() {
    let (_api, mut ada) = ada();
    let url = ada.list["links"]["context"].as_str().unwrap().to_owned();
    let context = ada.device.request("GET", &url, "");
    assert_eq!((context.status(), &context.payload["last_event_id"]), (200, &0.into()), "{context:?}");
    assert_eq!(context.payload["data"]["identity"], "ada");
}

fn the_context_is_told() {
    let (api, ada) = ada();
    let user = api.get(&api.service("/Users/ada")).text("sid");
    let told = &ada.context;
    assert_eq!((&told["identity"], &told["myChannels"]), (&"ada".into(), &"ada.channels".into()), "{told}");
    assert_eq!((&told["userInfo"], &told["apiVersion"]), (&format!("{user}.info").into(), &"3".into()));
    assert!(told["channels"].is_string(), "{told}");
    for link in
        ["publicChannelsUrl", "myChannelsUrl", "typingUrl", "syncListUrl", "usersUrl", "mediaServiceUrl"]
    {
        assert!(told["links"][link].as_str().unwrap().starts_with('/'), "{link}");
    }
}

fn a_command_is_taken() {
    let (_api, mut ada) = ada();
    let request = json!({"action": "editUserFriendlyName", "username": "ada", "friendlyName": "Ada"});
    let taken = ada.post(json!({"request": request, "commandId": "one"}));
    assert_eq!((taken.status(), &taken.payload["index"]), (201, &0.into()), "{taken:?}");
    assert_eq!(taken.payload["data"]["commandId"], "one");
    assert_eq!(ada.post(json!({"request": request, "commandId": "two"})).payload["index"], 1);
}

fn a_command_is_told_and_answered() {
    let (api, mut ada) = ada();
    let request = json!({"action": "editUserFriendlyName", "username": "ada", "friendlyName": "Ada"});
    ada.post(json!({"request": request, "commandId": "one"}));
    let added = ada.device.hears("list_item_added").payload["events"][0].clone();
    assert_eq!((&added["list_sid"], &added["item_index"]), (&ada.list["sid"], &0.into()));
    assert_eq!(added["item_data"], json!({"request": request, "commandId": "one"}));
    let updated = ada.device.hears("list_item_updated").payload["events"][0].clone();
    let response = json!({"status": 200, "statusText": "OK"});
    assert_eq!(updated["item_data"], json!({"request": request, "commandId": "one", "response": response}));
    // On the next line, too, for a device that had gone when it was answered.
    drop(ada.device);
    let mut again = Device::login(&api, "ada");
    let from = json!([{"object_sid": ada.list["sid"], "object_type": "list", "last_event_id": added["id"]}]);
    let replayed = again.subscribe(from);
    assert_eq!(replayed[0].payload["events"][0]["item_data"]["response"], response);
}

fn a_command_says_what_it_wants() {
    let (_api, mut ada) = ada();
    let refused = ada.post(json!({"commandId": "one"}));
    assert_eq!((refused.status(), &refused.payload["code"]), (400, &20001.into()), "{refused:?}");
    let response = ada.asks("deleteMessage", json!({"messageIdx": "the first"}));
    assert_eq!(response["status"], 20001, "{response}");
}

fn an_unknown_command_is_refused() {
    let (_api, mut ada) = ada();
    assert_eq!(ada.asks("makeTea", json!({}))["status"], 50302);
}

fn a_refusal_is_told_by_its_code() {
    let (api, mut ada) = ada();
    let room = ada.room();
    let response = ada.asks("addMemberV2", json!({"channelSid": room, "username": "ada"}));
    assert_eq!(response, json!({"status": 50404, "statusText": "Member already exists"}));
    let response = Session::open(&api, "bob").asks("sendMessage", json!({"channelSid": room, "text": "hi"}));
    assert_eq!(response["status"], 50400);
}

fn a_channel_is_made() {
    let (api, mut ada) = ada();
    let wanted =
        json!({"friendlyName": "Den", "uniqueName": "den", "type": "private", "attributes": "{\"a\":1}"});
    let made = ada.does("createChannel", wanted);
    let sid = made["channelSid"].as_str().unwrap();
    assert_eq!(made["channel"], format!("{sid}.channel"));
    let channel = channel_of(&api, sid);
    assert_eq!((&channel["unique_name"], &channel["friendly_name"]), (&"den".into(), &"Den".into()));
    assert_eq!((&channel["type"], &channel["created_by"]), (&"private".into(), &"ada".into()));
    assert_eq!(channel["attributes"], "{\"a\":1}");
}

fn a_channel_is_deleted() {
    let (api, mut ada) = ada();
    let room = ada.room();
    ada.does("destroyChannel", json!({ "channelSid": room }));
    api.get(&api.service(&format!("/Channels/{room}"))).is(404);
    let other = api.open("ada");
    assert_eq!(ada.asks("destroyChannel", json!({ "channelSid": other }))["status"], 50107);
}

fn a_channel_is_changed() {
    let (api, mut ada) = ada();
    let room = ada.room();
    ada.does("editAttributes", json!({"channelSid": room, "attributes": "{\"b\":2}"}));
    ada.does("editFriendlyName", json!({"channelSid": room, "friendlyName": "Study"}));
    ada.does("editUniqueName", json!({"channelSid": room, "uniqueName": "study"}));
    let channel = channel_of(&api, &room);
    assert_eq!((&channel["unique_name"], &channel["friendly_name"]), (&"study".into(), &"Study".into()));
    assert_eq!(channel["attributes"], "{\"b\":2}");
}

fn a_channel_is_muted() {
    let (api, mut ada) = ada();
    let room = ada.room();
    ada.does("editNotificationLevel", json!({"channelSid": room, "notificationLevel": "muted"}));
    let mine = api.get(&api.service(&format!("/Users/ada/Channels/{room}"))).is(200);
    assert_eq!(mine.text("notification_level"), "muted");
}

fn horizons_are_moved() {
    let (api, mut ada) = ada();
    let room = ada.room();
    for text in ["one", "two", "three"] {
        ada.does("sendMessage", json!({"channelSid": room, "text": text, "attributes": "{}"}));
    }
    let report = |index: Value| json!({"report": [{"channelSid": room, "messageIdx": index}]});
    let told = ada.does("consumptionReportV2", report(1.into()));
    assert_eq!(told["report"], json!([{"channelSid": room, "unreadMessagesCount": 1}]));
    let mine = api.get(&api.service(&format!("/Users/ada/Channels/{room}"))).is(200).body;
    assert_eq!(mine["last_consumed_message_index"], 1);
    let told = ada.does("consumptionReportV2", report(Value::Null));
    assert_eq!(told["report"], json!([{"channelSid": room, "unreadMessagesCount": null}]));
}

fn members_come_and_go() {
    let (api, mut ada) = ada();
    let room = ada.room();
    assert_eq!(identities(&api, &room), ["ada"]);
    ada.does("addMemberV2", json!({"channelSid": room, "username": "bob"}));
    ada.does("addMemberV2", json!({"channelSid": room, "username": "eve"}));
    assert_eq!(identities(&api, &room), ["ada", "bob", "eve"]);
    ada.does("removeMember", json!({"channelSid": room, "username": "bob"}));
    let eve = api.get(&api.service(&format!("/Channels/{room}/Members/eve"))).is(200).text("sid");
    ada.does("removeMember", json!({"channelSid": room, "memberSid": eve}));
    assert_eq!(identities(&api, &room), ["ada"]);
    ada.does("leaveChannel", json!({ "channelSid": room }));
    assert_eq!(identities(&api, &room), Vec::<String>::new());
}

fn a_member_describes_itself() {
    let (api, mut ada) = ada();
    let room = ada.room();
    let member = |api: &Api| api.get(&api.service(&format!("/Channels/{room}/Members/ada"))).is(200);
    let sid = member(&api).text("sid");
    let wanted = json!({"channelSid": room, "memberSid": sid, "attributes": "{\"role\":\"host\"}"});
    ada.does("editMemberAttributes", wanted);
    assert_eq!(member(&api).text("attributes"), "{\"role\":\"host\"}");
}

fn who_is_invited_may_decline() {
    let (api, mut ada) = ada();
    let room = ada.room();
    let mut bob = Session::open(&api, "bob");
    ada.does("inviteMember", json!({"channelSid": room, "username": "bob"}));
    assert_eq!(bob.view("myChannelsUrl", "")["channels"][0]["status"], "invited");
    bob.does("declineInvitation", json!({ "channelSid": room }));
    assert_eq!(bob.view("myChannelsUrl", "")["channels"], json!([]));
    ada.does("inviteMember", json!({"channelSid": room, "username": "bob"}));
    bob.does("joinChannelV2", json!({ "channelSid": room }));
    assert_eq!(identities(&api, &room), ["ada", "bob"]);
}

fn messages_are_sent_and_changed() {
    let (api, mut ada) = ada();
    let room = ada.room();
    let sent = ada.does("sendMessage", json!({"channelSid": room, "text": "frist", "attributes": "{}"}));
    assert_eq!(sent["messageId"], 0);
    ada.does("editMessage", json!({"channelSid": room, "messageIdx": "0", "text": "first"}));
    let wanted = json!({"channelSid": room, "messageIdx": 0, "attributes": "{\"a\":1}"});
    ada.does("editMessageAttributes", wanted);
    let messages = api.service(&format!("/Channels/{room}/Messages"));
    let message = api.get(&messages).is(200).body["messages"][0].clone();
    assert_eq!((&message["body"], &message["from"]), (&"first".into(), &"ada".into()));
    assert_eq!(message["attributes"], "{\"a\":1}");
    ada.does("deleteMessage", json!({"channelSid": room, "messageIdx": "0"}));
    assert_eq!(api.get(&messages).is(200).body["messages"], json!([]));
    assert_eq!(ada.asks("deleteMessage", json!({"channelSid": room, "messageIdx": "0"}))["status"], 50500);
}

fn a_file_is_sent() {
    let (api, mut ada) = ada();
    let room = ada.room();
    let wanted = json!({"channelSid": room, "mediaSid": api.picture(), "attributes": "{}"});
    assert_eq!(ada.does("sendMediaMessage", wanted)["messageId"], 0);
    let message = api.get(&api.service(&format!("/Channels/{room}/Messages"))).is(200).body;
    assert_eq!(message["messages"][0]["media"]["content_type"], "image/png");
}

fn a_user_changes_itself() {
    let (api, mut ada) = ada();
    ada.does("editUserFriendlyName", json!({"username": "ada", "friendlyName": "Ada L."}));
    ada.does("editUserAttributes", json!({"username": "ada", "attributes": "{\"a\":1}"}));
    let user = api.get(&api.service("/Users/ada")).is(200);
    assert_eq!(
        (user.text("friendly_name"), user.text("attributes")),
        ("Ada L.".to_owned(), "{\"a\":1}".to_owned())
    );
    Session::open(&api, "bob");
    let response = ada.asks("editUserAttributes", json!({"username": "bob", "attributes": "{}"}));
    assert_eq!(response["status"], 50107);
}

fn public_channels_are_listed() {
    let (_api, mut ada) = ada();
    ada.room();
    let public = ada.does("createChannel", json!({"type": "public", "uniqueName": "lobby"}));
    let channels = ada.view("publicChannelsUrl", "");
    assert_eq!(channels["channels"].as_array().unwrap().len(), 1, "{channels}");
    assert_eq!(channels["channels"][0]["channel_sid"], public["channelSid"]);
    assert_eq!(channels["meta"]["next_token"], Value::Null);
}

fn a_channel_is_read() {
    let (_api, mut ada) = ada();
    let room = ada.room();
    ada.does("editUniqueName", json!({"channelSid": room, "uniqueName": "study"}));
    let channel = ada.view("publicChannelsUrl", "/study");
    assert_eq!((&channel["channel_sid"], &channel["status"]), (&room.clone().into(), &"joined".into()));
    assert_eq!(channel["channel"], format!("{room}.channel"));
    assert_eq!((&channel["members_count"], &channel["messages_count"]), (&1.into(), &0.into()));
    assert_eq!(ada.view("publicChannelsUrl", &format!("/{room}")), channel);
}

fn ones_own_channels_are_listed() {
    let (_api, mut ada) = ada();
    let room = ada.room();
    ada.does("sendMessage", json!({"channelSid": room, "text": "hello", "attributes": "{}"}));
    ada.does("consumptionReportV2", json!({"report": [{"channelSid": room, "messageIdx": 0}]}));
    let one = ada.view("myChannelsUrl", &format!("?ChannelSid={room}"));
    assert_eq!(
        (&one["channels"][0]["channel_sid"], &one["channels"][0]["unread_messages_count"]),
        (&room.clone().into(), &0.into())
    );
    let synced = ada.view("syncListUrl", "")["channels"][0].clone();
    assert_eq!((&synced["status"], &synced["last_consumed_message_index"]), (&"joined".into(), &0.into()));
    assert_eq!(synced["roster"], format!("{room}.roster"));
    assert_eq!(synced["messages"], format!("{room}.messages"));
}

fn users_are_read() {
    let (api, mut ada) = ada();
    let room = ada.room();
    let sid = api.get(&api.service("/Users/ada")).text("sid");
    let user = ada.view("usersUrl", "/ada");
    assert_eq!((&user["identity"], &user["is_online"]), (&"ada".into(), &true.into()), "{user}");
    assert_eq!(user["sync_unique_name"], format!("{sid}.info"));
    let users = ada.view("usersUrl", &format!("?ChannelSid={room}"));
    assert_eq!(users["users"], json!([user]));
}

fn the_oldest_of_too_many_lists_is_closed() {
    let caps = Caps { connections_per_user: 2, ..Caps::default() };
    let api = Api::with(Config { caps, limits: Limits::Off, ..Config::default() });
    let mut ada = Session::open(&api, "ada");
    ask_for_list(&mut ada.device);
    ask_for_list(&mut ada.device);
    let removed = ada.device.hears("list_removed").payload["events"][0].clone();
    assert_eq!(removed["list_sid"], ada.list["sid"]);
    let gone = ada.post(json!({"request": {"action": "leaveChannel"}, "commandId": "one"}));
    assert_eq!((gone.status(), &gone.payload["code"]), (404, &54150.into()), "{gone:?}");
}

/// A mock that holds no more than this.
fn capped(caps: Caps) -> Api {
    Api::with(Config { caps, limits: Limits::Off, ..Config::default() })
}

fn the_mock_holds_so_many_lists() {
    let api = capped(Caps { session_lists: 1, ..Caps::default() });
    let mut ada = Session::open(&api, "ada");
    let full = ask_for_list(&mut Device::login(&api, "bob"));
    assert_eq!((full.status(), &full.payload["code"]), (503, &20503.into()), "{full:?}");
    ada.asks("makeTea", json!({}));
    let api = capped(Caps { session_bytes: 4_000, ..Caps::default() });
    let mut ada = Session::open(&api, "ada");
    let long = ada.post(json!({"request": {"action": "makeTea", "with": "x".repeat(4_000)}}));
    assert_eq!((long.status(), &long.payload["code"]), (503, &20503.into()), "{long:?}");
    ada.asks("makeTea", json!({}));
}

fn the_list_of_a_device_that_is_gone_makes_room() {
    let come_and_go = |api: &Api, words: &str| {
        for nth in 0..5 {
            let name = format!("gone-{nth}");
            let mut gone = Session::open(api, &name);
            gone.asks("makeTea", json!({ "with": words }));
            drop(gone);
            let user = api.service(&format!("/Users/{name}"));
            while api.get(&user).body["is_online"] == true {}
        }
    };
    let api = capped(Caps { session_lists: 2, ..Caps::default() });
    let mut ada = Session::open(&api, "ada");
    come_and_go(&api, "milk");
    // Who listens keeps the list, however old it is.
    ada.asks("makeTea", json!({}));
    come_and_go(&capped(Caps { session_bytes: 4_000, ..Caps::default() }), &"x".repeat(1_000));
}

fn a_list_shows_its_latest_commands() {
    let (_api, mut ada) = ada();
    for _ in 0..17 {
        ada.asks("makeTea", json!({}));
    }
    let items = ada.list["links"]["items"].as_str().unwrap().to_owned();
    let page = ada.device.request("GET", &format!("{items}?PageSize=100"), "").payload;
    let indexes: Vec<u64> =
        page["items"].as_array().unwrap().iter().map(|item| item["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, (1..17).collect::<Vec<_>>());
}
