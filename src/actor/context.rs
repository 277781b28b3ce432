//! What every actor of one worker shares.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use wire::sid::FlexFlowSid;

use super::backend::{Backend, TokenKind};
use super::desk::Desk;
use super::present::Present;
use crate::flex::sdk::SdkConfig;
use crate::record::{PartId, Recorder, StepId};
use crate::seed::{self, Stream};
use crate::value::{Distribution, Vars};

/// What every actor of one worker shares: made once per worker, never locked but for the desk.
pub struct Context {
    /// The customer's server.
    pub backend: Backend,
    /// How devices and agents connect, per way of logging in.
    pub faithful: Rc<SdkConfig>,
    /// The same for the lean login.
    pub lean: Rc<SdkConfig>,
    /// Where this worker's samples go. Borrowed for a moment at a time, never across an await.
    pub recorder: Rc<RefCell<Recorder>>,
    /// The run-wide queue for agents.
    pub desk: Arc<Desk>,
    /// How long agents take to answer; `None` where the scenario has none: whoever is at the target answers.
    pub reply_after: Option<Distribution>,
    /// What agents' steps are measured as.
    pub agents: AgentSteps,
    /// The tokens agents log in with.
    pub agents_token: TokenKind,
    /// The single values that belong to no step.
    pub waits: Waits,
    /// Customers logged in.
    pub connected: Present,
    /// Chats open.
    pub open_chats: Present,
    /// Agents in at least one chat.
    pub agents_busy: Present,
    /// The Flex Flow channels are opened on.
    pub flow: FlexFlowSid,
    /// The run's seed.
    pub seed: u64,
    /// The run's id.
    pub run_id: Arc<str>,
    /// The scenario's constants.
    pub vars: Arc<Vars>,
}

impl Context {
    /// How long an agent takes to answer a message: the seed, the chat's number and the message's place decide, so
    /// whoever knows these knows it without being told. `None` where there are no agents.
    pub(super) fn reply_delay(&self, chat: u64, message: u32) -> Option<Duration> {
        let u = seed::unit(self.seed, Stream::ReplyDelay, chat, u64::from(message));
        self.reply_after.as_ref().map(|reply_after| reply_after.sample(u))
    }
}

/// The ids of the values that belong to no step.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// From asking for an agent to its being a member.
    pub agent: PartId,
}

/// What an agent's own steps are measured as.
#[derive(Clone, Copy, Debug)]
pub struct AgentSteps {
    /// From being told of a chat to being in it.
    pub join: StepId,
    /// A reply, from when it was due to its 201.
    pub reply: StepId,
    /// Closing the chat: its status, then leaving it.
    pub wrap_up: StepId,
}
