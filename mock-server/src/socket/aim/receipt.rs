//! What only the Conversations SDK asks: what became of messages outside of the chat. This mock sends nothing outside.

use serde::Serialize;
use wire::sync::Meta;

use super::super::device::{Listing, sid_of};
use super::super::tunnel::{Answer, Outcome, Segment};
use super::Call;
use crate::basis::{Refused, RuleId, rules};
use crate::operation::Operation;

rules! {
    RECEIPTS = "aim.v2.receipts", Library("@twilio/conversations 3.0.1, message.js: delivery_receipts and meta"),
        "GET …/Messages/{message}/Receipts lists no receipts: the mock delivers nothing outside of the chat";
    NO_METADATA = "aim.v2.channel-metadata", Library("@twilio/conversations 3.0.1, command-executor.js: 404, 50530 is no metadata"),
        "GET …/Messages/{message}/ChannelMetadata is 404, 50530: messages of the chat have none";
    RECIPIENTS = "aim.v2.recipients", Library("@twilio/conversations 3.0.1, message-recipients-client.js"),
        "GET …/MessageRecipients lists nobody: there is no mail";
    TEMPLATES = "aim.v2.content-templates", Library("@twilio/conversations 3.0.1, content-client.js"),
        "GET /Client/v2/ContentTemplates lists no templates";
}

/// A page with nothing in it, under the name that was asked for.
#[derive(Serialize)]
struct Nothing<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_receipts: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_recipients: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    templates: Option<[(); 0]>,
    meta: Meta<'a>,
}

impl Call<'_> {
    /// A list of which the mock has nothing.
    fn nothing(&self, rule: RuleId) -> Answer {
        let none = |wanted: RuleId| (rule == wanted).then_some([]);
        Listing::of(self.request).told(None, |meta| {
            let nothing = Nothing {
                delivery_receipts: none(RECEIPTS),
                message_recipients: none(RECIPIENTS),
                templates: none(TEMPLATES),
                meta,
            };
            Answer::new(200, &nothing, rule)
        })
    }

    fn reads(&self, operation: Operation) -> Result<(), Refused> {
        if self.request.method == "GET" {
            self.device.guard(operation)
        } else {
            Err(self.request.wrong_method())
        }
    }

    pub(super) fn receipts(&self, channel: Segment<'_>, message: Segment<'_>) -> Outcome {
        self.reads(Operation::FetchMessage)?;
        self.device.message(&*self.device.my(channel)?, sid_of(message.raw())?, |_| ())?;
        Ok(self.nothing(RECEIPTS))
    }

    pub(super) fn metadata(&self, channel: Segment<'_>, message: Segment<'_>) -> Outcome {
        self.reads(Operation::FetchMessage)?;
        self.device.message(&*self.device.my(channel)?, sid_of(message.raw())?, |_| ())?;
        Err(Refused::titled(404, 50530, NO_METADATA))
    }

    pub(super) fn recipients(&self, channel: Segment<'_>) -> Outcome {
        self.reads(Operation::FetchMessage)?;
        self.device.my(channel)?;
        Ok(self.nothing(RECIPIENTS))
    }

    pub(super) fn templates(&self) -> Outcome {
        self.reads(Operation::ListTemplates)?;
        Ok(self.nothing(TEMPLATES))
    }
}
