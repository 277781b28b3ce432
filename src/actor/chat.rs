//! One chat as its customer knows it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wire::sid::ChannelSid;

use super::desk::{Joined, Order};
use super::tally::Tally;

/// Replies kept for a later `await_reply`, and questions kept that nobody has answered; beyond it the oldest are
/// dropped, as a person would scroll past them.
const MOST_UNREAD: usize = 1000;

/// A message of somebody else that no `await_reply` has taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// Its place in the channel.
    pub(super) index: u32,
    /// When it reached the customer.
    pub(super) at: Instant,
    /// The customer's message it answers, if one was unanswered.
    pub(super) answers: Option<u32>,
}

/// The customer's last message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LastSend {
    /// Its place in the channel.
    pub(super) index: u32,
    /// When the send began.
    pub(super) began: Instant,
}

/// Whether an agent is in the chat.
#[derive(Debug)]
pub(super) enum Agent {
    /// None was asked for: the target's own agents answer, if anybody does.
    NotAsked,
    /// The chat waits at the desk.
    Asked { since: Instant, due: Instant, hears: oneshot::Receiver<Joined> },
    /// One is a member.
    Joined { at: Instant, inbox: mpsc::Sender<Order> },
    /// The one asked for will not come: it failed to join, or the run is over.
    Gone,
}

/// A wait for an agent that is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waited {
    /// When the chat was due.
    pub(super) due: Instant,
    /// How long it waited.
    pub(super) took: Duration,
    /// Whether an agent came.
    pub(super) met: bool,
}

/// One chat as its customer knows it.
#[derive(Debug)]
pub(super) struct Chat {
    pub(super) channel: ChannelSid,
    pub(super) long_lived: bool,
    pub(super) agent: Agent,
    pub(super) tally: Tally,
    pub(super) last_send: Option<LastSend>,
    pub(super) sent: u32,
    pub(super) replied: u32,
    /// How long the agent took to come, not yet recorded.
    waited: Option<Waited>,
    unread: VecDeque<Unread>,
    /// Own messages nobody has answered yet, oldest first.
    unanswered: VecDeque<u32>,
}

impl Chat {
    pub(super) fn new(channel: ChannelSid, long_lived: bool) -> Self {
        Self {
            channel,
            long_lived,
            agent: Agent::NotAsked,
            tally: Tally::default(),
            last_send: None,
            sent: 0,
            replied: 0,
            waited: None,
            unread: VecDeque::new(),
            unanswered: VecDeque::new(),
        }
    }

    /// The target acknowledged a message of the customer's own.
    pub(super) fn acknowledged(&mut self, index: u32, began: Instant) {
        self.tally.acknowledged.insert(index);
        self.last_send = Some(LastSend { index, began });
        if self.unanswered.len() == MOST_UNREAD {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back(index);
    }

    /// A message of somebody else arrived: true when it answers one of the customer's.
    pub(super) fn hear(&mut self, index: u32, at: Instant) -> bool {
        if !self.tally.saw.insert(index) {
            return false;
        }
        if self.unread.len() == MOST_UNREAD {
            self.unread.pop_front();
        }
        let answers = self.unanswered.front().copied().filter(|asked| *asked < index);
        if answers.is_some() {
            self.unanswered.pop_front();
        }
        self.unread.push_back(Unread { index, at, answers });
        self.replied += u32::from(answers.is_some());
        answers.is_some()
    }

    /// Takes the first unread message that came after the customer's last send.
    pub(super) fn take_reply(&mut self) -> Option<Unread> {
        let after = self.last_send.map(|send| send.index);
        while let Some(unread) = self.unread.pop_front() {
            if after.is_none_or(|own| unread.index > own) {
                return Some(unread);
            }
        }
        None
    }

    /// Whether an agent was asked for and has not come.
    pub(super) fn waits_for_agent(&self) -> bool {
        matches!(self.agent, Agent::Asked { .. })
    }

    /// Since when the agent is in the chat.
    pub(super) fn agent_since(&self) -> Option<Instant> {
        match self.agent {
            Agent::Joined { at, .. } => Some(at),
            Agent::NotAsked | Agent::Asked { .. } | Agent::Gone => None,
        }
    }

    /// Waits for the agent that was asked for; never ends when none was.
    pub(super) async fn agent_comes(&mut self) {
        let Agent::Asked { hears, .. } = &mut self.agent else { return std::future::pending().await };
        let joined = hears.await;
        self.met(joined.ok());
    }

    /// Notices an agent that has come meanwhile.
    pub(super) fn agent_has_come(&mut self) {
        let Agent::Asked { hears, .. } = &mut self.agent else { return };
        match hears.try_recv() {
            Ok(joined) => self.met(Some(joined)),
            Err(oneshot::error::TryRecvError::Closed) => self.met(None),
            Err(oneshot::error::TryRecvError::Empty) => {}
        }
    }

    fn met(&mut self, joined: Option<Joined>) {
        if let Agent::Asked { since, due, .. } = &self.agent {
            let until = joined.as_ref().map_or_else(Instant::now, |joined| joined.at);
            let took = until.saturating_duration_since(*since);
            self.waited = Some(Waited { due: *due, took, met: joined.is_some() });
        }
        self.agent = joined.map_or(Agent::Gone, |Joined { at, inbox }| Agent::Joined { at, inbox });
    }

    /// Ends the wait for an agent who has not come.
    pub(super) fn give_up_waiting(&mut self) {
        self.agent_has_come();
        if self.waits_for_agent() {
            self.met(None);
        }
    }

    /// The wait for the agent, to be recorded once.
    pub(super) fn take_agent_wait(&mut self) -> Option<Waited> {
        self.waited.take()
    }

    /// The highest index the customer has seen.
    pub(super) fn newest(&self) -> Option<u32> {
        self.tally.saw.highest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat() -> Chat {
        Chat::new(ChannelSid::mock(1, 1), false)
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_is_the_first_unread_message_after_my_last_send() {
        let (mut chat, now) = (chat(), Instant::now());
        chat.hear(0, now);
        chat.acknowledged(1, now);
        assert_eq!(chat.take_reply(), None, "a greeting before my message is no reply to it");
        chat.hear(2, now);
        chat.hear(3, now);
        assert_eq!(chat.take_reply().map(|reply| reply.index), Some(2));
        assert_eq!(chat.take_reply().map(|reply| reply.index), Some(3), "each message is consumed once");
    }

    #[tokio::test(start_paused = true)]
    async fn each_reply_answers_one_message() {
        let (mut chat, now) = (chat(), Instant::now());
        assert!(!chat.hear(0, now), "nothing was asked yet");
        chat.acknowledged(1, now);
        chat.acknowledged(2, now);
        assert!(chat.hear(3, now));
        assert!(!chat.hear(3, now), "the same message again answers nothing");
        assert!(chat.hear(4, now));
        let answers = || chat.unread.iter().map(|unread| unread.answers).collect::<Vec<_>>();
        assert_eq!(answers(), [None, Some(1), Some(2)]);
        assert!(!chat.hear(5, now));
        assert_eq!(chat.replied, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn unread_messages_are_bounded() {
        let (mut chat, now) = (chat(), Instant::now());
        for index in 0..2 * u32::try_from(MOST_UNREAD).unwrap() {
            chat.hear(index, now);
        }
        assert_eq!(chat.unread.len(), MOST_UNREAD);
    }

    #[tokio::test(start_paused = true)]
    async fn unanswered_messages_are_bounded() {
        let (mut chat, now) = (chat(), Instant::now());
        for index in 0..2 * u32::try_from(MOST_UNREAD).unwrap() {
            chat.acknowledged(index, now);
        }
        assert_eq!(chat.unanswered.len(), MOST_UNREAD);
    }
}
