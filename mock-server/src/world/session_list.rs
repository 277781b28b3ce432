//! Session lists: by which devices of the generations 3.x and 4.x give their commands.
//!
//! Such a device makes a Sync list for itself, learns from the list's context who it is and where everything is, and
//! adds its commands as items; the service writes its response into the item. Unlike all other Sync objects a list is
//! stored, for the device may come again on another line and ask what became of its commands.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use wire::sid::ListSid;
use wire::sync::{About, Change, Key, List, ListItem};
use wire::time::Timestamp;

use super::event::Event;
use super::items::{ItemQuery, Place};
use super::log::{Log, Marks};
use super::message::How;
use super::object::Object;
use super::read::{json, page, unknown};
use super::subscribers::Subscribers;
use super::user::User;
use super::{World, lock};
use crate::basis::{Refused, RuleId, rules};

rules! {
    CONTEXT = "sync.session.context", Recorded("a public log of an Android client of 2018: the fields; when they come is a guess"),
        "a new session list gets a context that says who one is and where everything is: list_context_updated";
    COMMAND = "sync.session.command", Library("twilio-chat 4.1.0, session.js and its Sync client"),
        "a command is list_item_added on its session list";
    RESPONSE = "sync.session.response", Library("twilio-chat 4.1.0, session.js: response and commandId of an updated item"),
        "what came of a command is list_item_updated on its session list, the response beside the request";
    CLOSED = "sync.session.closed", MockOnly("a mock must not grow without bound"),
        "a user with more session lists than connections allowed loses the oldest: list_removed, then 404, 54150";
    FORGOTTEN = "sync.session.forgotten", MockOnly("a mock must not grow without bound"),
        "a session list shows its latest 16 commands, fewer where they have more than 64 KiB";
}

/// Commands a list keeps: a device has few under way, and asks again for those only whose line broke.
const KEPT: usize = 16;

/// Bytes of them.
const KEPT_BYTES: usize = 64 * 1024;

/// What a list takes in memory besides its context and its commands, in bytes.
const OVERHEAD: usize = 512;

/// A session list. What never changes is outside the lock, which is held without any other but leaves.
pub(crate) struct SessionList {
    pub(crate) sid: ListSid,
    pub(super) user: Arc<User>,
    created: Timestamp,
    context: Box<RawValue>,
    state: Mutex<ListState>,
}

/// What changes in a session list.
pub(super) struct ListState {
    pub(super) log: Log,
    commands: VecDeque<Command>,
    /// Those of the commands.
    bytes: usize,
    next: u32,
    pub(super) subscribers: Subscribers,
    /// Since when nobody listens, as [`super::session_shelf::SessionShelf`] counts.
    pub(super) idle_since: Option<u64>,
    /// Whether it was taken out of the world.
    pub(super) closed: bool,
}

/// A command as its item holds it: the request, and after a while the response. As text, which takes less than what
/// is read of it.
pub(super) struct Command {
    index: u32,
    pub(super) marks: Marks,
    data: Box<RawValue>,
}

impl Command {
    fn size(&self) -> usize {
        self.data.get().len()
    }
}

/// What is read of a list's context.
#[derive(Serialize)]
struct Context<'a> {
    list_sid: ListSid,
    revision: String,
    last_event_id: i64,
    data: &'a RawValue,
}

impl SessionList {
    pub(super) fn lock(&self) -> MutexGuard<'_, ListState> {
        lock(&self.state)
    }

    fn event<'a, D>(
        &'a self,
        rule: RuleId,
        (id, at): (u32, Timestamp),
        change: Change<'a, D>,
    ) -> Event<'a, D> {
        let (service, identity) = (self.user.service.sid, &*self.user.identity);
        Event { rule, service, object: Object::Session(self.sid), identity, id, at, change }
    }

    /// Tells of the context, which is the list's first event and its last of the kind.
    pub(super) fn tell_context<R>(&self, how_to: impl FnOnce(&Event<'_, &RawValue>) -> R) -> R {
        let context = &*self.context;
        how_to(&self.event(CONTEXT, (0, self.created), Change::Updated { data: &context }))
    }

    /// Tells what happened to a command.
    pub(super) fn tell<R>(
        &self,
        command: &Command,
        told: (u32, Timestamp),
        how: How,
        how_to: impl FnOnce(&Event<'_, Box<RawValue>>) -> R,
    ) -> R {
        let (key, data) = (Key::Index(command.index.into()), &command.data);
        let (rule, change) = match how {
            How::Added => (COMMAND, Change::ItemAdded { key, revision: 0, data }),
            // Commands are forgotten without a word.
            How::Updated | How::Removed => {
                (RESPONSE, Change::ItemUpdated { key, revision: command.marks.revision.into(), data })
            }
        };
        how_to(&self.event(rule, told, change))
    }

    fn publish(&self, state: &ListState, command: &Command, told: (u32, Timestamp), how: How) {
        self.tell(command, told, how, |event| {
            state.subscribers.publish(event.object.slot(), None, |protocol| event.live(protocol));
        });
    }
}

impl ListState {
    pub(super) fn commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter()
    }

    /// Lets go of the oldest commands beyond what is kept: how many bytes.
    fn forget(&mut self) -> usize {
        let before = self.bytes;
        let too_many = |list: &Self| list.commands.len() > KEPT || list.bytes > KEPT_BYTES;
        while self.commands.len() > 1 && too_many(self) && FORGOTTEN.follow() {
            let oldest = self.commands.pop_front();
            self.bytes -= oldest.as_ref().map_or(0, Command::size);
        }
        before - self.bytes
    }
}

impl World {
    /// Makes a session list for a user. The answer shows it as it is before the service has told its context.
    pub(crate) fn open_session_list(
        &self,
        user: &Arc<User>,
        context: Box<RawValue>,
    ) -> Result<Vec<u8>, Refused> {
        let cost = OVERHEAD + context.get().len();
        self.hold_sessions(1, cost)?;
        let created = self.now();
        let sid = Object::session(self.seed(), self.next());
        let mut log = Log::new(created);
        let (commands, subscribers) = (VecDeque::new(), Subscribers::default());
        let unseen = log;
        log.advance(created);
        let (bytes, next, idle_since, closed) = (0, 0, None, false);
        let state = Mutex::new(ListState { log, commands, bytes, next, subscribers, idle_since, closed });
        let list = Arc::new(SessionList { sid, user: user.clone(), created, context, state });
        let oldest = {
            let mut state = user.lock();
            if let Err(refused) = state.alive() {
                self.session_lists.give_back(1, cost);
                return Err(refused);
            }
            self.session_lists.put(&list);
            state.session_lists.push_back(sid);
            let surplus = state.session_lists.len() > self.caps().connections_per_user;
            if surplus && CLOSED.follow() { state.session_lists.pop_front() } else { None }
        };
        self.note_listeners(&list, &mut list.lock());
        if let Some(oldest) = oldest {
            self.close_session_list(oldest);
        }
        Ok(self.described(&list, unseen))
    }

    /// The session list with this SID, whoever's it is.
    pub(super) fn session_list_with(&self, sid: ListSid) -> Option<Arc<SessionList>> {
        self.session_lists.get(sid)
    }

    /// Notes whether anybody listens to a list. Called with the list locked, whenever that may have changed.
    pub(super) fn note_listeners(&self, list: &SessionList, state: &mut ListState) {
        self.session_lists.note(list, state, self.next());
    }

    /// Takes a session list out of the world. Neither its user nor a list may be locked.
    pub(crate) fn close_session_list(&self, sid: ListSid) {
        let Some(list) = self.session_lists.remove(sid) else { return };
        list.user.lock().session_lists.retain(|known| *known != sid);
        let now = self.now();
        let mut state = list.lock();
        state.closed = true;
        let id = state.log.advance(now);
        let event = list.event(CLOSED, (id, now), Change::<'_, ()>::Removed);
        state.subscribers.publish(event.object.slot(), None, |protocol| event.live(protocol));
        state.subscribers.remove_all(|_| true);
        self.note_listeners(&list, &mut state);
        self.session_lists.give_back(1, OVERHEAD + list.context.get().len() + state.bytes);
    }

    /// Adds a command to a session list of the asker: its number, and the item as it is answered.
    pub(crate) fn add_command(
        &self,
        asker: &User,
        object: Object,
        data: &Map<String, Value>,
    ) -> Result<(u32, Vec<u8>), Refused> {
        let list = self.session_list(asker, object)?;
        let data = written(data);
        self.hold_sessions(0, data.get().len())?;
        let now = self.now();
        let mut guard = list.lock();
        let state = &mut *guard;
        if state.closed {
            self.session_lists.give_back(0, data.get().len());
            return Err(unknown(object));
        }
        let marks = Marks::new(state.log.advance(now), now);
        let command = Command { index: state.next, marks, data };
        let answer = json(&self.item(&list, &command));
        let index = command.index;
        list.publish(state, &command, (marks.first, now), How::Added);
        state.next += 1;
        state.bytes += command.size();
        state.commands.push_back(command);
        self.session_lists.give_back(0, state.forget());
        Ok((index, answer))
    }

    /// Writes the response into a command's item. Nothing happens where the item is gone: nobody could read it.
    pub(crate) fn answer_command(&self, asker: &User, object: Object, index: u32, response: Value) {
        let Ok(list) = self.session_list(asker, object) else { return };
        let now = self.now();
        let mut guard = list.lock();
        let state = &mut *guard;
        let Some(position) = state.commands.iter().position(|command| command.index == index) else { return };
        if state.closed {
            return;
        }
        let id = state.log.advance(now);
        let command = &mut state.commands[position];
        let before = command.size();
        let mut data: Map<String, Value> = serde_json::from_str(command.data.get()).unwrap_or_default();
        data.insert("response".to_owned(), response);
        command.data = written(&data);
        // What the device called its response may have been longer.
        let after = command.size();
        command.marks.change(id, now);
        state.bytes = state.bytes + after - before;
        list.publish(state, &state.commands[position], (id, now), How::Updated);
        self.session_lists.resize(before, after);
        self.session_lists.give_back(0, state.forget());
    }

    /// Reads the context of a session list: JSON.
    pub(crate) fn session_context(&self, asker: &User, object: Object) -> Result<Vec<u8>, Refused> {
        let list = self.session_list(asker, object)?;
        let context =
            Context { list_sid: list.sid, revision: "1".to_owned(), last_event_id: 0, data: &list.context };
        Ok(json(&context))
    }

    pub(super) fn describe_session_list(&self, list: &SessionList) -> Vec<u8> {
        let log = list.lock().log;
        self.described(list, log)
    }

    fn described(&self, list: &SessionList, log: Log) -> Vec<u8> {
        let about = self.about(&list.user.service, log, list.created);
        json(&List { sid: list.sid, unique_name: None, about })
    }

    pub(super) fn session_page(&self, list: &SessionList, query: &ItemQuery<'_>) -> Vec<u8> {
        let state = list.lock();
        let all = &state.commands;
        let place = |key: &str| {
            let index = key.parse().unwrap_or(u32::MAX);
            match all.binary_search_by_key(&index, |command| command.index) {
                Ok(position) => Place::At(position),
                Err(position) => Place::Before(position),
            }
        };
        let cut = query.cut(all.len(), place);
        let mut items: Vec<_> =
            all.range(cut.range.clone()).map(|command| self.item(list, command)).collect();
        if query.descending {
            items.reverse();
        }
        page(&items, query, cut, |position| all[position].index.to_string())
    }

    fn item<'a>(&self, list: &'a SessionList, command: &'a Command) -> ListItem<'a, RawValue> {
        let about: About<'a> = self.about_item(&list.user.service, command.marks, &list.user.identity);
        ListItem { list_sid: list.sid, index: command.index.into(), about, data: &command.data }
    }
}

/// A map as text.
fn written(data: &Map<String, Value>) -> Box<RawValue> {
    // Maps with text keys: writing them into memory cannot fail.
    serde_json::value::to_raw_value(data).unwrap_or_default()
}
