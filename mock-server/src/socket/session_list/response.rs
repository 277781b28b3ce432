//! What a command is answered with, in its item.

use serde::Serialize;
use serde_json::{Value, json};
use wire::sid::ChannelSid;

use crate::basis::{Refused, RuleId, rules};

rules! {
    REFUSED = "session.command.refused", Observed("twilio-chat-demo-android #10: 50107 as the code of a refused command; sdk-starter-python #44: the message"),
        "a refused command's response has Twilio's code as its status and the message as statusText";
}

/// What a command comes to.
pub(super) type Done = Result<Said, Refused>;

/// What a response says besides that all is well.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel_sid: Option<ChannelSid>,
    /// The channel's document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<String>,
    /// The index of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) report: Option<Vec<Unread>>,
}

/// How much of a channel is unread.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unread {
    pub(super) channel_sid: ChannelSid,
    pub(super) unread_messages_count: Option<u32>,
}

impl Said {
    /// The response that says so; none if the rule is broken, and the command hangs.
    pub(super) fn response(self, rule: RuleId) -> Option<Value> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Response {
            status: u16,
            status_text: &'static str,
            #[serde(flatten)]
            said: Said,
        }
        let response = Response { status: 200, status_text: "OK", said: self };
        rule.follow().then(|| serde_json::to_value(response).ok()).flatten()
    }
}

impl Refused {
    /// The response that says so; none if a rule is broken, and the command hangs.
    pub(super) fn response(self) -> Option<Value> {
        let follow = self.rule.follow() && REFUSED.follow();
        let text = if self.message.is_empty() { "Not found" } else { &*self.message };
        follow.then(|| json!({ "status": self.code, "statusText": text }))
    }
}
