//! Removes what a run made: from its list, or found by the run's prefix when there is no list.
//!
//! What is gone already counts as removed, so it may be repeated any number of times, from any machine.

mod pace;
mod search;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use wire::identity::Identity;
use wire::sid::{ChannelSid, TaskSid};

use self::pace::Pace;
use super::resources::{Remaining, Resources};
use super::rest::{Called, Rest, RestError};
use super::run_id::RunId;
use super::target::Target;

/// How long one deletion may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often one thing is tried.
const ATTEMPTS: u32 = 6;

/// Deletions under way at once: enough to keep the pace at a distance of half a second.
const AT_ONCE: usize = 8;

/// After so many things in a row that could not be removed, the rest is not tried.
const HOPELESS: u32 = 5;

/// A clean-up: where, of what run, and who is told.
pub struct Cleanup<'a> {
    /// The client, of this runtime.
    pub rest: &'a Rest,
    /// Where.
    pub target: &'a Target,
    /// Whose prefix is on what may be deleted.
    pub run: &'a RunId,
    /// Where it is written down, when there is a list.
    pub resources: Option<&'a Resources>,
    /// Told after each thing: how many are done, of how many.
    pub told: &'a dyn Fn(usize, usize),
    /// Asked before each thing: whether to stop.
    pub stop: &'a dyn Fn() -> bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Channels that are gone.
    pub channels: usize,
    /// Users that are gone.
    pub users: usize,
    /// What is still there.
    pub left: Vec<Left>,
    /// Tasks that came with the channels: their queue is the contact center's, nothing here ends them.
    pub tasks: Vec<TaskSid>,
}

/// Something that is still on the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// What.
    pub thing: Thing,
    /// Why.
    pub why: String,
}

/// What a run makes and a clean-up removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A channel, on both sides: Flex and Chat.
    Channel(ChannelSid),
    /// A Chat user.
    User(Identity),
    /// A channel that may have been opened for this identity; nobody saw the answer.
    Doubtful(Identity),
}

impl Left {
    /// The command that removes it, with the credentials left to the environment.
    pub fn command(&self, target: &Target) -> String {
        let flex = target.endpoints.flex_api.as_str().trim_end_matches('/');
        let chat = target.endpoints.chat.as_str().trim_end_matches('/');
        let service = target.chat_service_sid;
        let (verb, url) = match &self.thing {
            Thing::Channel(sid) => ("-X DELETE ", format!("{flex}/v1/Channels/{sid}")),
            Thing::User(identity) => ("-X DELETE ", format!("{chat}/v2/Services/{service}/Users/{identity}")),
            Thing::Doubtful(identity) => {
                ("", format!("{chat}/v2/Services/{service}/Users/{identity}/Channels"))
            }
        };
        format!("curl {verb}-u \"$TWILIO_API_KEY:$TWILIO_API_SECRET\" '{url}'")
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.thing {
            Thing::Channel(sid) => write!(f, "channel {sid}: {}", self.why),
            Thing::User(identity) => write!(f, "user {identity}: {}", self.why),
            Thing::Doubtful(identity) => write!(f, "maybe a channel of {identity}: {}", self.why),
        }
    }
}

impl Cleanup<'_> {
    /// Removes what the list says is still there.
    pub async fn listed(&self, remaining: &Remaining) -> Cleaned {
        let work = Work::new(self.target);
        work.cleaned.borrow_mut().tasks = remaining.tasks.iter().copied().collect();
        let mut channels: Vec<ChannelSid> = remaining.channels.keys().copied().collect();
        for identity in &remaining.doubtful {
            if !self.is_ours(identity) {
                work.leave(Thing::Doubtful(identity.clone()), "its identity is not only this run's");
            } else {
                match self.channels_of(identity).await {
                    Ok(found) => channels.extend(found),
                    Err(error) => work.leave(Thing::Doubtful(identity.clone()), &error.to_string()),
                }
            }
        }
        channels.sort_unstable();
        channels.dedup();
        // Users without the prefix may have been there before the run.
        let users: Vec<Identity> =
            remaining.identities.iter().filter(|user| self.is_ours(user)).cloned().collect();
        self.remove(work, channels, users).await
    }

    /// Finds what carries the run's prefix, and removes it.
    ///
    /// # Errors
    ///
    /// When the target cannot be searched.
    pub async fn by_prefix(&self) -> Result<Cleaned, RestError> {
        let found = search::search(self.rest, &self.run.prefix()).await?;
        Ok(self.remove(Work::new(self.target), found.channels, found.users).await)
    }

    async fn remove(&self, mut work: Work, channels: Vec<ChannelSid>, users: Vec<Identity>) -> Cleaned {
        work.total = channels.len() + users.len();
        let work = &work;
        // Channels first: a user is in one until it is gone.
        stream::iter(channels).for_each_concurrent(AT_ONCE, |sid| self.remove_channel(work, sid)).await;
        stream::iter(users).for_each_concurrent(AT_ONCE, |user| self.remove_user(work, user)).await;
        work.cleaned.take()
    }

    async fn remove_channel(&self, work: &Work, sid: ChannelSid) {
        let removed = match self.may_go_on(work) {
            Ok(()) => {
                let flex =
                    attempt(&work.flex, self.stop, || self.rest.delete_flex_channel(sid, PATIENCE)).await;
                // Whether deleting the Flex channel takes the Chat channel along is not documented.
                match flex {
                    Ok(()) => {
                        attempt(&work.chat, self.stop, || self.rest.delete_channel(sid, PATIENCE)).await
                    }
                    refused => refused,
                }
                .map_err(|error| error.to_string())
            }
            Err(why) => Err(why.to_owned()),
        };
        match removed {
            Ok(()) => {
                work.removed(|cleaned| cleaned.channels += 1);
                // Not written down means asked about again next time, which does no harm.
                let _ = self.resources.map(|resources| resources.deleted_channel(sid));
            }
            Err(why) => work.failed(Thing::Channel(sid), &why),
        }
        self.tell(work);
    }

    async fn remove_user(&self, work: &Work, user: Identity) {
        let removed = match self.may_go_on(work) {
            Ok(()) => attempt(&work.chat, self.stop, || self.rest.delete_user(&user, PATIENCE))
                .await
                .map_err(|error| error.to_string()),
            Err(why) => Err(why.to_owned()),
        };
        match removed {
            Ok(()) => {
                work.removed(|cleaned| cleaned.users += 1);
                if !work.is_left(&user) {
                    let _ = self.resources.map(|resources| resources.deleted_user(&user));
                }
            }
            Err(why) => work.failed(Thing::User(user), &why),
        }
        self.tell(work);
    }

    fn may_go_on(&self, work: &Work) -> Result<(), &'static str> {
        if (self.stop)() {
            Err("interrupted")
        } else if work.in_a_row.get() >= HOPELESS {
            Err("not tried: the ones before could not be removed")
        } else {
            Ok(())
        }
    }

    fn tell(&self, work: &Work) {
        work.done.set(work.done.get() + 1);
        (self.told)(work.done.get(), work.total);
    }

    fn is_ours(&self, identity: &Identity) -> bool {
        identity.as_str().starts_with(&self.run.prefix())
    }

    async fn channels_of(&self, identity: &Identity) -> Result<Vec<ChannelSid>, RestError> {
        search::channels_of(self.rest, identity).await
    }
}

/// A clean-up under way, on one thread.
struct Work {
    flex: Pace,
    chat: Pace,
    cleaned: RefCell<Cleaned>,
    in_a_row: Cell<u32>,
    done: Cell<usize>,
    total: usize,
}

impl Work {
    fn new(target: &Target) -> Self {
        let local = target.is_local();
        Self {
            flex: Pace::flex(local),
            chat: Pace::chat(local),
            cleaned: RefCell::default(),
            in_a_row: Cell::new(0),
            done: Cell::new(0),
            total: 0,
        }
    }

    fn removed(&self, count: impl FnOnce(&mut Cleaned)) {
        count(&mut self.cleaned.borrow_mut());
        self.in_a_row.set(0);
    }

    fn failed(&self, thing: Thing, why: &str) {
        self.in_a_row.set(self.in_a_row.get() + 1);
        self.leave(thing, why);
    }

    fn leave(&self, thing: Thing, why: &str) {
        self.cleaned.borrow_mut().left.push(Left { thing, why: why.to_owned() });
    }

    fn is_left(&self, identity: &Identity) -> bool {
        let doubtful = Thing::Doubtful(identity.clone());
        self.cleaned.borrow().left.iter().any(|left| left.thing == doubtful)
    }
}

/// Deletes in turn, again after a while when the target is busy or out of reach. Deleting twice does no harm,
/// so unlike everything else here it may be repeated.
async fn attempt<F>(pace: &Pace, stop: &dyn Fn() -> bool, delete: impl Fn() -> F) -> Result<(), RestError>
where
    F: Future<Output = Called<()>>,
{
    let mut tried = 1;
    loop {
        pace.turn().await;
        match delete().await.result {
            Err(RestError::Status { http: 404, code: Some(_), .. }) => return Ok(()),
            Err(error) if tried < ATTEMPTS && passes(&error) && !stop() => {
                pace.back_off(tried, error.http() == Some(429)).await;
                tried += 1;
            }
            result => return result,
        }
    }
}

/// Whether an error may be over in a moment.
fn passes(error: &RestError) -> bool {
    match error {
        RestError::Status { http, .. } => *http == 429 || *http >= 500,
        RestError::Transport { .. } | RestError::Timeout { .. } | RestError::Local { .. } => true,
        RestError::Foreign { .. } => false,
    }
}

#[cfg(test)]
mod tests;
