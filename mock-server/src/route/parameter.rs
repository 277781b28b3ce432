//! Parameters whose absence or form Twilio's catalogue has a code for; all others are 20001.

use wire::form::{Expected, FieldError};

use crate::basis::{Refused, RuleId, rules};

rules! {
    IDENTITY = "chat.parameter.identity", Inferred("error catalogue 50204; the status as for other validation"),
        "a Chat operation without the Identity it requires is 400, 50204";
    pub(super) DATE_CREATED = "chat.parameter.date-created", Inferred("error catalogue 50308; the status as for other validation"),
        "a DateCreated that is no moment is 400, 50308";
    DATE_UPDATED = "chat.parameter.date-updated", Inferred("error catalogue 50309; the status as for other validation"),
        "a DateUpdated that is no moment is 400, 50309";
    CONSUMED_AT = "chat.parameter.consumption-timestamp", Inferred("error catalogue 50405; the status as for other validation"),
        "a LastConsumptionTimestamp that is no moment is 400, 50405";
    CONSUMED = "chat.parameter.consumed-index", Inferred("error catalogue 50406; the status as for other validation"),
        "a LastConsumedMessageIndex that is no index is 400, 50406";
    pub(super) LEVEL = "chat.parameter.notification-level", Inferred("error catalogue 50210; the status as for other validation"),
        "a NotificationLevel that is neither default nor muted is 400, 50210";
}

/// A code for one parameter.
pub(super) struct Code {
    field: &'static str,
    missing: bool,
    code: u32,
    rule: RuleId,
}

impl Code {
    /// For when it is required and not there.
    pub(super) const fn missing(field: &'static str, code: u32, rule: RuleId) -> Self {
        Self { field, missing: true, code, rule }
    }

    /// For when it is not what it should be.
    pub(super) const fn malformed(field: &'static str, code: u32, rule: RuleId) -> Self {
        Self { field, missing: false, code, rule }
    }
}

/// The codes of Chat's parameters that mean the same wherever they stand.
pub(super) static CHAT: &[Code] = &[
    Code::missing("Identity", 50204, IDENTITY),
    Code::malformed("DateCreated", 50308, DATE_CREATED),
    Code::malformed("DateUpdated", 50309, DATE_UPDATED),
    Code::malformed("LastConsumptionTimestamp", 50405, CONSUMED_AT),
    Code::malformed("LastConsumedMessageIndex", 50406, CONSUMED),
    Code::malformed("NotificationLevel", 50210, LEVEL),
];

/// How an operation refuses a parameter: by its code, or by the general one under the operation's own rule. Where
/// every parameter that can be malformed has a code, that rule is any of theirs.
#[derive(Clone, Copy)]
pub(crate) struct Bad {
    codes: &'static [Code],
    rule: RuleId,
}

impl From<RuleId> for Bad {
    fn from(rule: RuleId) -> Self {
        Self { codes: &[], rule }
    }
}

impl From<(&'static [Code], RuleId)> for Bad {
    fn from((codes, rule): (&'static [Code], RuleId)) -> Self {
        Self { codes, rule }
    }
}

impl Bad {
    /// The refusal of a parameter in this place.
    pub(super) fn refuse(self, error: FieldError, place: &str) -> Refused {
        let missing = matches!(error.expected, Expected::Something);
        let known = self.codes.iter().find(|known| known.field == error.field && known.missing == missing);
        if let Some(Code { code, rule, .. }) = known {
            return Refused::titled(400, *code, *rule);
        }
        let message = if missing {
            format!("Missing required parameter {} in the {place}", error.field)
        } else {
            format!("Invalid parameter {} in the {place}: expected {}", error.field, error.expected)
        };
        Refused::new(400, 20001, message, self.rule)
    }
}
