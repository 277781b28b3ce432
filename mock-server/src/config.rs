//! What a mock is started with, and what it tells whoever wants to talk to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use wire::flow::exported::Exported;
use wire::secret::Secret;
use wire::sid::{
    AccountSid, ApiKeySid, ChatServiceSid, FlexFlowSid, StudioFlowSid, WorkflowSid, WorkspaceSid,
};

use crate::basis::RuleId;
use crate::fault::Fault;
pub use crate::limit::Limits;
use crate::state::State;
pub use crate::world::Caps;

/// How a mock is started. [`Config::default`] is a mock on a free port of this machine with Twilio's documented
/// limits.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Where clients reach it if that is not where it listens: behind a proxy, say. No slash at its end.
    pub public_url: Option<String>,
    /// Fixes every SID and secret.
    pub seed: u64,
    /// Which rate limits hold.
    pub limits: Limits,
    /// Flows it serves besides its own, as somebody exported them. The first is the one to use unless another is
    /// asked for, and its Chat service is the mock's.
    pub flows: Vec<Exported>,
    /// The file of the Chat SDK for the page `/_mock/customer`. Without it, the page asks its visitor for one.
    pub sdk: Option<Vec<u8>>,
    /// What the account it begins with holds, at the start and after each reset, besides what every account has.
    pub state: Option<Arc<State>>,
    /// Where the control API listens: on loopback; port 0 picks a free one. There is none unless this is said.
    pub control: Option<SocketAddr>,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
    /// Rules that are broken on purpose, to see whether a test looks at what it claims: from
    /// [`crate::rules::to_break`]. They are broken in the whole process for as long as the mock lives.
    pub broken: Vec<RuleId>,
    /// Threads that serve, when the mock runs on threads of its own.
    pub worker_threads: NonZeroUsize,
    /// Connections at once, sockets included. One more is answered 503 and closed.
    pub max_connections: usize,
    /// Bounds on what the world holds.
    pub caps: Caps,
    /// How long a client may take to send the head of a request; then the connection is closed.
    pub header_deadline: Duration,
    /// How long it may take to send the body; then it is answered 408.
    pub body_deadline: Duration,
    /// How long it may take no byte of what is written to it; then it is cut off.
    pub write_deadline: Duration,
    /// How long a device may take to say who it is once its socket is open.
    pub init_deadline: Duration,
    /// How often the socket pings.
    pub ping_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            seed: 1,
            limits: Limits::default(),
            flows: Vec::new(),
            sdk: None,
            state: None,
            control: None,
            faults: Vec::new(),
            broken: Vec::new(),
            worker_threads: NonZeroUsize::MIN,
            max_connections: 65_536,
            caps: Caps::default(),
            header_deadline: Duration::from_secs(10),
            body_deadline: Duration::from_secs(30),
            write_deadline: Duration::from_secs(30),
            init_deadline: Duration::from_secs(30),
            ping_every: Duration::from_secs(30),
        }
    }
}

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
