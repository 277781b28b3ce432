//! What a mock tells whoever wants to talk to it.

use wire::flow::exported::Exported;
use wire::secret::Secret;
use wire::sid::{
    AccountSid, ApiKeySid, ChatServiceSid, FlexFlowSid, StudioFlowSid, WorkflowSid, WorkspaceSid,
};

/// The numbers below this one are spent on what every mock has from its start: see [`Credentials`]. SIDs of what
/// is made later are counted from here.
pub const FIRST_FREE_SID: u64 = 16;

/// What a client of the mock needs to know. The seed fixes all of it.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The one account.
    pub account_sid: AccountSid,
    /// Its auth token.
    pub auth_token: Secret,
    /// Its one API key.
    pub api_key_sid: ApiKeySid,
    /// The key's secret: signs access tokens, too.
    pub api_key_secret: Secret,
    /// The Flex Chat Service.
    pub chat_service_sid: ChatServiceSid,
    /// The flow to use unless another is asked for: the one of type `task`.
    pub flex_flow_sid: FlexFlowSid,
    /// The flow that makes a task.
    pub task_flow_sid: FlexFlowSid,
    /// The flow that runs a Studio Flow.
    pub studio_flow_sid: FlexFlowSid,
    /// The flow that calls a webhook.
    pub external_flow_sid: FlexFlowSid,
    /// The workspace of the tasks.
    pub workspace_sid: WorkspaceSid,
    /// The workflow that routes them.
    pub workflow_sid: WorkflowSid,
    /// The Studio Flow that the flow of type `studio` names.
    pub studio_sid: StudioFlowSid,
}

impl Credentials {
    /// Those of the mock with this seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        let task_flow_sid = FlexFlowSid::mock(seed, 0);
        Self {
            account_sid: AccountSid::mock(seed, 0),
            auth_token: secret(AccountSid::mock(seed, 1).bytes()),
            api_key_sid: ApiKeySid::mock(seed, 0),
            api_key_secret: secret(ApiKeySid::mock(seed, 1).bytes()),
            chat_service_sid: ChatServiceSid::mock(seed, 0),
            flex_flow_sid: task_flow_sid,
            task_flow_sid,
            studio_flow_sid: FlexFlowSid::mock(seed, 1),
            external_flow_sid: FlexFlowSid::mock(seed, 2),
            workspace_sid: WorkspaceSid::mock(seed, 0),
            workflow_sid: WorkflowSid::mock(seed, 0),
            studio_sid: StudioFlowSid::mock(seed, 0),
        }
    }
}

impl Credentials {
    /// The same where the first of these flows is the default: it and its Chat service take the place of the mock's.
    #[must_use]
    pub fn with_flows(self, flows: &[Exported]) -> Self {
        let Some(first) = flows.first() else { return self };
        Self {
            flex_flow_sid: first.sid,
            chat_service_sid: first.chat_service_sid.unwrap_or(self.chat_service_sid),
            ..self
        }
    }
}

/// As long as Twilio's, and recognisable: it begins as the mock's SIDs do, so that nobody takes it for a real one.
pub(crate) fn secret(bytes: [u8; 16]) -> Secret {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let text: String = digits.map(|digit| DIGITS[usize::from(digit)]).collect();
    Secret::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_fixes_every_credential() {
        let (one, same, other) = (Credentials::of_seed(7), Credentials::of_seed(7), Credentials::of_seed(8));
        assert_eq!(one.account_sid, same.account_sid);
        assert_eq!(one.api_key_secret.expose(), same.api_key_secret.expose());
        assert_ne!(one.account_sid, other.account_sid);
        assert_ne!(one.auth_token.expose(), other.auth_token.expose());
    }

    #[test]
    fn secrets_look_like_twilios_and_are_the_mocks() {
        let credentials = Credentials::of_seed(7);
        for secret in [&credentials.auth_token, &credentials.api_key_secret] {
            assert_eq!(secret.expose().len(), 32);
            assert!(secret.expose().starts_with("f1e0"));
        }
    }
}
