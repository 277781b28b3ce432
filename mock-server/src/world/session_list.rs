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
use super::subscribers::Subscribers;
use super::sync::{json, page};
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
    FULL = "sync.session.full", MockOnly("a mock must not grow without bound"),
        "when the mock holds as many session lists as it may, one more is 503, 20503";
    FORGOTTEN = "sync.session.forgotten", MockOnly("a mock must not grow without bound"),
        "a session list shows its latest 16 commands, fewer where they have more than 64 KiB";
}

/// Commands a list keeps: a device has few under way, and asks again for those only whose line broke.
const KEPT: usize = 16;

/// Bytes of them.
const KEPT_BYTES: usize = 64 * 1024;

/// A session list. What never changes is outside the lock, which is held without any other but outboxes'.
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
    bytes: usize,
    next: u32,
    pub(super) subscribers: Subscribers,
}

/// A command as its item holds it: the request, and after a while the response.
pub(super) struct Command {
    index: u32,
    pub(super) marks: Marks,
    data: Map<String, Value>,
    size: usize,
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
        how_to: impl FnOnce(&Event<'_, Map<String, Value>>) -> R,
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

    /// Lets go of the oldest commands beyond what is kept.
    fn forget(&mut self) {
        let too_many = |list: &Self| list.commands.len() > KEPT || list.bytes > KEPT_BYTES;
        while self.commands.len() > 1 && too_many(self) && FORGOTTEN.follow() {
            let Some(oldest) = self.commands.pop_front() else { return };
            self.bytes -= oldest.size;
        }
    }
}

impl World {
    /// Makes a session list for a user. The answer shows it as it is before the service has told its context.
    pub(crate) fn open_session_list(
        &self,
        user: &Arc<User>,
        context: Box<RawValue>,
    ) -> Result<Vec<u8>, Refused> {
        self.session_list_count.take(1, self.caps().session_lists, "session lists", FULL)?;
        let created = self.now();
        let sid = Object::session(self.seed(), self.next());
        let mut log = Log::new(created);
        let (commands, subscribers) = (VecDeque::new(), Subscribers::default());
        let unseen = log;
        log.advance(created);
        let state = Mutex::new(ListState { log, commands, bytes: 0, next: 0, subscribers });
        let list = Arc::new(SessionList { sid, user: user.clone(), created, context, state });
        let described = self.described(&list, unseen);
        self.session_lists.insert(sid, list);
        let oldest = {
            let mut state = user.lock();
            state.session_lists.push_back(sid);
            let surplus = state.session_lists.len() > self.caps().connections_per_user;
            if surplus && CLOSED.follow() { state.session_lists.pop_front() } else { None }
        };
        if let Some(oldest) = oldest {
            self.close_session_list(oldest);
        }
        Ok(described)
    }

    /// The session list with this SID, whoever's it is.
    pub(super) fn session_list_with(&self, sid: ListSid) -> Option<Arc<SessionList>> {
        self.session_lists.get(&sid)
    }

    /// Takes a session list out of the world.
    pub(crate) fn close_session_list(&self, sid: ListSid) {
        let Some(list) = self.session_lists.remove(&sid) else { return };
        self.session_list_count.give_back(1);
        let now = self.now();
        let mut state = list.lock();
        let id = state.log.advance(now);
        let event = list.event(CLOSED, (id, now), Change::<'_, ()>::Removed);
        state.subscribers.publish(event.object.slot(), None, |protocol| event.live(protocol));
        state.subscribers.remove_all(|_| true);
    }

    /// Adds a command to a session list of the asker: its number, and the item as it is answered.
    pub(crate) fn add_command(
        &self,
        asker: &User,
        object: Object,
        data: Map<String, Value>,
    ) -> Result<(u32, Vec<u8>), Refused> {
        let list = self.session_list(asker, object)?;
        let now = self.now();
        let mut guard = list.lock();
        let state = &mut *guard;
        let marks = Marks::new(state.log.advance(now), now);
        let size = json(&data).len();
        let command = Command { index: state.next, marks, data, size };
        let answer = json(&self.item(&list, &command));
        let index = command.index;
        list.publish(state, &command, (marks.first, now), How::Added);
        state.next += 1;
        state.bytes += size;
        state.commands.push_back(command);
        state.forget();
        Ok((index, answer))
    }

    /// Writes the response into a command's item. Nothing happens where the item is gone: nobody could read it.
    pub(crate) fn answer_command(&self, asker: &User, object: Object, index: u32, response: Value) {
        let Ok(list) = self.session_list(asker, object) else { return };
        let now = self.now();
        let mut guard = list.lock();
        let state = &mut *guard;
        let Some(position) = state.commands.iter().position(|command| command.index == index) else { return };
        let id = state.log.advance(now);
        let command = &mut state.commands[position];
        command.data.insert("response".to_owned(), response);
        let size = json(&command.data).len();
        // What the device called its response may have been longer.
        state.bytes = state.bytes + size - command.size;
        command.size = size;
        command.marks.change(id, now);
        list.publish(state, &state.commands[position], (id, now), How::Updated);
        state.forget();
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

    fn item<'a>(&self, list: &'a SessionList, command: &'a Command) -> ListItem<'a, Map<String, Value>> {
        let about: About<'a> = self.about_item(&list.user.service, command.marks, &list.user.identity);
        ListItem { list_sid: list.sid, index: command.index.into(), about, data: &command.data }
    }
}
