//! What every actor of one worker shares.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use wire::sid::FlexFlowSid;

use super::backend::{Backend, TokenKind};
use super::desk::Desk;
use super::present::Present;
use crate::flex::sdk::SdkConfig;
use crate::record::{PartId, Recorder, StepId};
use crate::value::Vars;

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
    /// Whether the scenario has agents: without, whoever is at the target answers.
    pub has_agents: bool,
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
