//! The customer: a person with a device, one at a time in one chat.
//!
//! A customer is driven by one task alone. Whatever it waits for, it keeps reading its own connection, so
//! frames are acknowledged and pushes noted at their true arrival while it thinks, as on a real device.

mod listen;
mod talk;

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};
use wire::flex_channel::CreateChannel;
use wire::identity::Identity;
use wire::sid::ChannelSid;

use super::backend::{Pooled, TokenKind, unwritten};
use super::chat::{Agent, Chat, Waited};
use super::context::Context;
use super::desk::{Ending, Order, Waiting};
use super::failure::{Done, of_sdk};
use super::present::{Counted, Stay};
use crate::flex::sdk::{ConnectTimes, Reached, Sdk, SdkConfig};
use crate::record::{Counter, Failure, Kind, Milestone, Milestones, PartId};

/// How long a customer who has said all it wanted waits for echoes that are still on their way.
const LAST_ECHOES: Duration = Duration::from_secs(2);

/// One customer of one iteration.
pub struct Customer {
    context: Rc<Context>,
    identity: Identity,
    /// The iteration's number in the run, which its randomness is drawn with.
    number: u64,
    token: Option<Token>,
    /// Boxed, because a customer of the backend transport has none.
    sdk: Option<Box<Sdk>>,
    chat: Option<Box<Chat>>,
    /// Counted among those connected, as long as it is.
    connected: Option<Counted>,
    /// Its chat is counted among those open.
    open: Option<Counted>,
    /// How long its chats were open.
    stay: Stay,
    /// When the message began whose echo has not come yet.
    echo: Option<Echo>,
    /// It lost its network on purpose: what follows from that is no error.
    offline: bool,
    /// Why the connection is gone for good.
    lost: Option<Failure>,
    just_joined: Option<(ChannelSid, Instant)>,
    /// How far it got so far.
    reached: Milestones,
}

/// A token and how to make the next like it.
struct Token {
    jwt: String,
    kind: TokenKind,
}

#[derive(Clone, Copy)]
struct Echo {
    part: PartId,
    due: Instant,
    began: Instant,
    /// The message's place in the channel, once it is acknowledged.
    index: Option<u32>,
}

/// How a message is measured besides its own step.
#[derive(Clone, Copy, Debug)]
pub struct Echoed {
    /// The part its echo is recorded as.
    pub part: PartId,
    /// When the send was due.
    pub due: Instant,
}

/// A channel that was opened.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// When the step ended.
    pub at: Instant,
    /// How long after the 201 the push of joining was complete, when the device was logged in.
    pub joined: Option<Duration>,
}

/// A reply that was awaited.
#[derive(Clone, Copy, Debug)]
pub struct Replied {
    /// When it arrived.
    pub at: Instant,
    /// How long after the send it answers, if anything was sent.
    pub time_to_reply: Option<Duration>,
    /// The target's share of that: without the wait for an agent and the time the agent took on purpose. `None` where
    /// it cannot be told: nobody knows how long another's agent thinks, or which of several messages it answers.
    pub target: Option<Duration>,
}

impl Customer {
    /// A customer with nothing but a name.
    pub fn new(context: Rc<Context>, identity: Identity, number: u64) -> Self {
        Self {
            context,
            identity,
            number,
            token: None,
            sdk: None,
            chat: None,
            connected: None,
            open: None,
            stay: Stay::default(),
            echo: None,
            offline: false,
            lost: None,
            just_joined: None,
            reached: Milestones::default(),
        }
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What all actors of this worker share.
    pub fn context(&self) -> &Rc<Context> {
        &self.context
    }

    /// The channel of its chat, once there is one.
    pub fn channel(&self) -> Option<ChannelSid> {
        self.chat.as_ref().map(|chat| chat.channel)
    }

    /// Messages it sent and replies it got.
    pub fn counts(&self) -> (u32, u32) {
        self.chat.as_ref().map_or((0, 0), |chat| (chat.sent, chat.replied))
    }

    /// How long its chats have been open, and what counts the last of them as open until whoever takes it lets go.
    pub fn stay(&mut self) -> (Stay, Option<Counted>) {
        (self.stay, self.open.take())
    }

    /// Keeps a token to log in with, and how the next one is made when it is about to expire.
    pub fn keep_token(&mut self, jwt: String, kind: TokenKind) {
        self.token = Some(Token { jwt, kind });
        self.reach(Milestone::Token);
    }

    /// Logs the device in. `tell` is told how far it is, whatever becomes of it.
    ///
    /// # Errors
    ///
    /// No token yet, or the login failed.
    pub async fn connect(
        &mut self,
        how: &Rc<SdkConfig>,
        deadline: Instant,
        tell: impl FnMut(Reached),
    ) -> Done<ConnectTimes> {
        let Some(token) = &self.token else {
            return Err(Failure::new(
                Kind::Protocol("no token"),
                "connect without a token: put mint_token before it",
            ));
        };
        self.context.backend.note_user(&self.identity).map_err(|error| unwritten(&error))?;
        // On the heap: a login needs far more room than the customer who has done it.
        let login = Box::pin(Sdk::connect_watched(how, &token.jwt, deadline, tell)).await;
        let (sdk, times) = login.map_err(|error| of_sdk(&error))?;
        self.sdk = Some(Box::new(sdk));
        self.connected = Some(self.context.connected.enter());
        self.reach(Milestone::Login);
        Ok(times)
    }

    /// Has the backend create the channel; a channel that was there already comes back as it was.
    ///
    /// # Errors
    ///
    /// Why it was not created.
    pub async fn create_channel(&mut self, create: &CreateChannel, call: Pooled<'_>) -> Done<ChannelSid> {
        let context = Rc::clone(&self.context);
        self.alongside(context.backend.open_channel(create, call)).await
    }

    /// Asks the integration's own endpoint for the channel.
    ///
    /// # Errors
    ///
    /// Why it did not answer one.
    pub async fn ask_for_channel(&mut self, url: &str, pointer: &str, deadline: Instant) -> Done<ChannelSid> {
        let context = Rc::clone(&self.context);
        context.backend.note_channel(&self.identity)?;
        let sid = self.alongside(context.backend.ask(url, pointer, deadline)).await?;
        sid.parse().map_err(|error| {
            Failure::new(Kind::Protocol("endpoint"), format!("the endpoint's answer: {error}"))
        })
    }

    /// Makes sure that a repeated create came back with the channel this chat is in.
    ///
    /// # Errors
    ///
    /// It is another one: the person has two chats now.
    pub fn expect_the_same_channel(&self, again: ChannelSid) -> Done {
        if self.channel() == Some(again) {
            return Ok(Instant::now());
        }
        Err(Failure::new(
            Kind::Protocol("another channel"),
            format!("a repeated create with the same target opened {again}"),
        ))
    }

    /// Chats in this channel from now on: an agent is asked for, and the push of having joined is awaited.
    ///
    /// # Errors
    ///
    /// The push did not come in time, or the connection was lost meanwhile.
    pub async fn enter(
        &mut self,
        channel: ChannelSid,
        long_lived: bool,
        due: Instant,
        deadline: Instant,
    ) -> Done<Opened> {
        let answered = Instant::now();
        if self.chat.as_ref().is_none_or(|chat| chat.channel != channel) {
            self.chat = Some(Box::new(Chat::new(channel, long_lived)));
            self.open = Some(self.context.open_chats.enter_at(answered));
            self.stay.begin(answered);
            self.reach(Milestone::Channel);
            self.ask_for_an_agent(channel, due);
        }
        if self.sdk.as_ref().is_none_or(|sdk| sdk.channels().any(|joined| joined == channel)) {
            return Ok(Opened { at: answered, joined: None });
        }
        let at = self.until(deadline, |customer| match customer.just_joined {
            Some((joined, at)) if joined == channel => Some(at),
            _ => None,
        });
        let at = at.await?;
        Ok(Opened { at: at.max(answered), joined: Some(at.saturating_duration_since(answered)) })
    }

    fn ask_for_an_agent(&mut self, channel: ChannelSid, due: Instant) {
        let Some(chat) = self.chat.as_mut().filter(|_| self.context.reply_after.is_some()) else { return };
        let (joined, hears) = oneshot::channel();
        chat.agent = Agent::Asked { since: Instant::now(), due, hears };
        self.context.desk.ask(Waiting {
            channel,
            customer: self.identity.clone(),
            chat: self.number,
            joined,
        });
    }

    /// Leaves the channel: the membership is gone.
    ///
    /// # Errors
    ///
    /// No channel, refused, or no answer before the deadline.
    pub async fn leave(&mut self, deadline: Instant) -> Done {
        let channel = self.open_chat()?;
        self.settle().await;
        if self.sdk.is_none() {
            let context = Rc::clone(&self.context);
            context.backend.remove_member(channel, &self.identity, deadline).await?;
            return Ok(Instant::now());
        }
        let ticket = self.sdk()?.leave(channel);
        Ok(self.answer(ticket, deadline).await?.1)
    }

    /// Loses the connection without a word, as a phone in a tunnel does.
    ///
    /// # Errors
    ///
    /// Not logged in.
    pub fn disconnect(&mut self) -> Done {
        self.sdk()?.go_offline();
        self.offline = true;
        self.connected = None;
        Ok(Instant::now())
    }

    /// Waits until the device is connected again and has been told all it missed.
    ///
    /// # Errors
    ///
    /// Not logged in, or not back before the deadline.
    pub async fn reconnect(&mut self, deadline: Instant) -> Done {
        self.sdk()?.go_online();
        self.until(deadline, |customer| (!customer.offline).then(Instant::now)).await
    }

    /// Lets time pass while the connection is read.
    pub async fn rest_until(&mut self, wake: Instant) {
        // A lost connection is told by the next step that needs it.
        if self.until::<()>(wake, |_| None).await.is_err() && Instant::now() < wake {
            sleep_until(wake).await;
        }
    }

    /// Ends the chat: the device closes its session, the agent is told to wrap up. Without `at_once` it waits a
    /// moment for what is still on its way.
    pub async fn finish(mut self, at_once: bool) {
        if !at_once {
            self.settle().await;
        }
        self.lose_echo();
        // First the agent: whatever becomes of the goodbye, its slot must come free.
        self.end_chat();
        if let Some(sdk) = self.sdk.take() {
            sdk.close().await;
        }
    }

    fn end_chat(&mut self) {
        let Some(mut chat) = self.chat.take() else { return };
        chat.give_up_waiting();
        note_agent(&self.context, &mut chat, &mut self.reached);
        let customer = std::mem::take(&mut chat.tally);
        let alone = customer.pushed_to_self();
        let ending = Ending { channel: chat.channel, customer, long_lived: chat.long_lived };
        let told = match chat.agent {
            Agent::Joined { inbox, .. } => inbox.try_send(Order::WrapUp(ending)).is_ok(),
            Agent::Asked { .. } | Agent::NotAsked | Agent::Gone => false,
        };
        if !told {
            // Nobody else saw it, or the one who did is gone.
            self.context.recorder.borrow_mut().count(Counter::Pushed, alone);
        }
    }

    /// An echo that has not come will not be waited for any more.
    fn lose_echo(&mut self) {
        if let Some(Echo { part, due, began, .. }) = self.echo.take() {
            self.context.recorder.borrow_mut().part_failed(part, due, began.elapsed());
        }
    }

    /// Waits a moment for the echoes of messages that were acknowledged.
    async fn settle(&mut self) {
        if self.sdk.is_none() || self.lost.is_some() {
            return;
        }
        let all_echoed = |customer: &mut Self| {
            customer
                .chat
                .as_ref()
                .is_none_or(|chat| chat.tally.saw.covers(&chat.tally.acknowledged))
                .then_some(())
        };
        _ = self.until(Instant::now() + LAST_ECHOES, all_echoed).await;
    }

    /// Counts it once.
    fn reach(&mut self, milestone: Milestone) {
        reach(&self.context, &mut self.reached, milestone);
    }

    fn open_chat(&self) -> Done<ChannelSid> {
        self.channel().ok_or_else(|| {
            Failure::new(Kind::Protocol("no channel"), "no channel yet: put open_channel before this step")
        })
    }

    fn sdk(&mut self) -> Done<&mut Sdk> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        self.sdk.as_deref_mut().ok_or_else(|| {
            Failure::new(Kind::Protocol("not connected"), "not logged in: put connect before this step")
        })
    }
}

fn reach(context: &Context, reached: &mut Milestones, milestone: Milestone) {
    if reached.insert(milestone) {
        context.recorder.borrow_mut().reach(milestone);
    }
}

/// Records how long the chat waited, once.
fn note_agent(context: &Context, chat: &mut Chat, reached: &mut Milestones) {
    let Some(Waited { due, took, met }) = chat.take_agent_wait() else { return };
    if met {
        context.recorder.borrow_mut().part(context.waits.agent, due, took);
        reach(context, reached, Milestone::Agent);
    } else {
        context.recorder.borrow_mut().part_failed(context.waits.agent, due, took);
    }
}
