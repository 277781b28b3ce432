//! What is written is compared with recordings: a chat of the SDK 6.0.0 between made-up people.

use std::str::FromStr;

use super::*;
use crate::sid::SidError;

const CONFIGURATION: &str = r#"{"options":{"consumption_report_interval":"PT1S","user_infos_to_subscribe":100,"reachability_enabled":true,"http_cache_interval":"PT1S","my_conversations_page_size":50,"media_attachments_count_limit":10,"media_attachment_size_limit_in_mb":150,"media_attachments_total_size_limit_in_mb":150,"email_histories_allowed_mime_types":["text/plain","text/html"],"email_bodies_allowed_mime_types":["text/plain","text/html"]},"sync_objects":{"my_conversations":"session-2189.channels","my_user_info":"USa58c3bc01ed24580b27844130a36c426.info"},"links":{"my_conversations":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Users/USa58c3bc01ed24580b27844130a36c426/Conversations","conversations":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations","users":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Users","current_user":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Users/USa58c3bc01ed24580b27844130a36c426","typing":"https://aim.us1.twilio.com/v1/Instances/IS00000000000000000000000000000001/Typing","media_service":"http://127.0.0.1:8900/v1/Services/IS00000000000000000000000000000001/Media","media_set_service":"http://127.0.0.1:8900/v1/Services/IS00000000000000000000000000000001/MediaSet","messages_receipts":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/%s/Messages/%s/Receipts"},"identity":"session-2189","url":"https://aim.us1.twilio.com/Client/v1/Configuration"}"#;
const CONVERSATIONS: &str = r#"{"conversations":[{"account_sid":"AC00000000000000000000000000000001","chat_service_sid":"IS00000000000000000000000000000001","messaging_service_sid":"MG00000000000000000000000000000000","friendly_name":"Chat","unique_name":null,"attributes":"{\"status\":\"ACTIVE\",\"channel_type\":\"custom\",\"long_lived\":false,\"pre_engagement_data\":\"\"}","type":"private","state":{"current":"active","status_date_updated":"2026-11-22T11:58:28.691Z","inactive_timer":null,"close_timer":null},"revision":"0","created_by":"system","members_count":1,"participants_count":1,"messages_count":0,"last_message_sid":null,"date_created":"2026-11-22T11:58:28.691Z","date_updated":"2026-11-22T11:58:28.691Z","sync_objects":{"conversation":"CH97802c45da694888941aba89aa1692fc.channel","messages":"CH97802c45da694888941aba89aa1692fc.messages","participants":"CH97802c45da694888941aba89aa1692fc.roster"},"url":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Users/USa58c3bc01ed24580b27844130a36c426/Conversations/CH97802c45da694888941aba89aa1692fc","links":{"messages":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Messages","participants":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Participants","invites":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Invites","conversation":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc"},"conversation_sid":"CH97802c45da694888941aba89aa1692fc","user_sid":"USa58c3bc01ed24580b27844130a36c426","participant_sid":"MB92cec7238b1e44aa98e30e83c9dce34b","status":"joined","unread_messages_count":null,"last_consumed_message_index":null,"last_read_message_index":null,"notification_level":"default"}],"meta":{"page":0,"page_size":50,"next_token":null,"previous_token":null,"prev_token":null,"direct_token":false,"list_size":0}}"#;
const MINE: &str = r#"{"account_sid":"AC00000000000000000000000000000001","chat_service_sid":"IS00000000000000000000000000000001","messaging_service_sid":"MG00000000000000000000000000000000","friendly_name":"Chat","unique_name":null,"attributes":"{\"status\":\"ACTIVE\",\"channel_type\":\"custom\",\"long_lived\":false,\"pre_engagement_data\":\"\"}","type":"private","state":{"current":"active","status_date_updated":"2026-11-22T11:58:28.691Z","inactive_timer":null,"close_timer":null},"revision":"2","created_by":"system","members_count":2,"participants_count":2,"messages_count":2,"last_message_sid":null,"date_created":"2026-11-22T11:58:28.691Z","date_updated":"2026-11-22T11:58:28.691Z","sync_objects":{"conversation":"CH97802c45da694888941aba89aa1692fc.channel","messages":"CH97802c45da694888941aba89aa1692fc.messages","participants":"CH97802c45da694888941aba89aa1692fc.roster"},"url":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Users/USa58c3bc01ed24580b27844130a36c426/Conversations/CH97802c45da694888941aba89aa1692fc","links":{"messages":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Messages","participants":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Participants","invites":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Invites","conversation":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc"},"conversation_sid":"CH97802c45da694888941aba89aa1692fc","user_sid":"USa58c3bc01ed24580b27844130a36c426","participant_sid":"MB92cec7238b1e44aa98e30e83c9dce34b","status":"joined","unread_messages_count":0,"last_consumed_message_index":1,"last_read_message_index":1,"notification_level":"default"}"#;
const MESSAGE: &str = r#"{"account_sid":"AC00000000000000000000000000000001","chat_service_sid":"IS00000000000000000000000000000001","conversation_sid":"CH97802c45da694888941aba89aa1692fc","sid":"IM766850d6d7964729b568225ad166be64","index":0,"attributes":"{}","author":"session-2189","participant_sid":"MB92cec7238b1e44aa98e30e83c9dce34b","body":"hello, I need help","subject":null,"media":null,"date_created":"2026-11-22T11:58:30.182Z","date_updated":"2026-11-22T11:58:30.182Z","url":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Messages/IM766850d6d7964729b568225ad166be64","links":{"conversation":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc","messages_receipts":"https://aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Messages/IM766850d6d7964729b568225ad166be64/Receipts"}}"#;

fn sid<T: FromStr<Err = SidError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn mine() -> MyConversation<'static> {
    let opened = at("2026-11-22T11:58:28.691Z");
    MyConversation {
        conversation: Conversation {
            dialect: Dialect::V1,
            account_sid: sid("AC00000000000000000000000000000001"),
            chat_service_sid: sid("IS00000000000000000000000000000001"),
            messaging_service_sid: sid("MG00000000000000000000000000000000"),
            sid: sid("CH97802c45da694888941aba89aa1692fc"),
            friendly_name: Some("Chat"),
            unique_name: None,
            attributes: r#"{"status":"ACTIVE","channel_type":"custom","long_lived":false,"pre_engagement_data":""}"#,
            r#type: "private",
            state: "active",
            state_updated: opened,
            revision: 0,
            created_by: "system",
            members_count: 1,
            messages_count: 0,
            last_message_sid: None,
            date_created: opened,
            date_updated: opened,
        },
        user_sid: sid("USa58c3bc01ed24580b27844130a36c426"),
        participant_sid: Some(sid("MB92cec7238b1e44aa98e30e83c9dce34b")),
        status: "joined",
        unread_messages_count: None,
        last_consumed_message_index: None,
        notification_level: "default",
    }
}

#[test]
fn the_configuration_is_as_recorded() {
    let configuration = Configuration {
        dialect: Dialect::V1,
        service_sid: sid("IS00000000000000000000000000000001"),
        user_sid: sid("USa58c3bc01ed24580b27844130a36c426"),
        identity: "session-2189",
        media_base: "http://127.0.0.1:8900",
    };
    assert_eq!(json(&configuration), CONFIGURATION);
}

#[test]
fn ones_own_channels_are_as_recorded() {
    let meta = Meta { page_size: 50, ..Meta::default() };
    assert_eq!(json(&Conversations { conversations: &[mine()], meta }), CONVERSATIONS);
    let conversation =
        Conversation { revision: 2, members_count: 2, messages_count: 2, ..mine().conversation };
    let read_to_the_end = MyConversation {
        conversation,
        unread_messages_count: Some(0),
        last_consumed_message_index: Some(1),
        ..mine()
    };
    assert_eq!(json(&read_to_the_end), MINE);
}

#[test]
fn a_channel_names_itself() {
    let written = json(&mine().conversation);
    assert!(
        written.contains(r#""messaging_service_sid":"MG00000000000000000000000000000000","sid":"CH97802"#)
    );
    assert!(written.ends_with(r#"/Invites"}}"#));
}

#[test]
fn a_message_is_as_recorded() {
    let posted = at("2026-11-22T11:58:30.182Z");
    let message = Message {
        dialect: Dialect::V1,
        account_sid: mine().conversation.account_sid,
        chat_service_sid: mine().conversation.chat_service_sid,
        conversation_sid: mine().conversation.sid,
        sid: sid("IM766850d6d7964729b568225ad166be64"),
        index: 0,
        attributes: "{}",
        author: "session-2189",
        participant_sid: mine().participant_sid,
        body: Some("hello, I need help"),
        media: &[],
        date_created: posted,
        date_updated: posted,
    };
    assert_eq!(json(&message), MESSAGE);
}

#[test]
fn members_and_users_have_their_fields() {
    let opened = mine().conversation.date_created;
    let participant = Participant {
        dialect: Dialect::V1,
        account_sid: mine().conversation.account_sid,
        chat_service_sid: mine().conversation.chat_service_sid,
        conversation_sid: mine().conversation.sid,
        role_sid: sid("RL00000000000000000000000000000002"),
        sid: sid("MB92cec7238b1e44aa98e30e83c9dce34b"),
        attributes: "{}",
        date_created: opened,
        date_updated: opened,
        identity: "session-2189",
    };
    let user = User {
        dialect: Dialect::V1,
        sid: mine().user_sid,
        identity: "session-2189",
        role_sid: participant.role_sid,
        friendly_name: Some("Jane"),
        attributes: "{}",
        is_online: true,
        is_notifiable: false,
        date_created: opened,
        date_updated: opened,
        account_sid: participant.account_sid,
        chat_service_sid: participant.chat_service_sid,
    };
    let keys = |json: String| {
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        keys(json(&participant)),
        "account_sid attributes chat_service_sid conversation_sid date_created date_updated identity links \
         messaging_binding role_sid sid url"
    );
    assert_eq!(
        keys(json(&user)),
        "account_sid attributes chat_service_sid date_created date_updated friendly_name identity is_notifiable \
         is_online role_sid sid sync_objects url"
    );
    assert!(
        json(&user).contains(r#""sync_objects":{"user_info_map":"USa58c3bc01ed24580b27844130a36c426.info"}"#)
    );
}
