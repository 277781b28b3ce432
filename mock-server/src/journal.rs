//! What was asked of an account lately, for people who want to know why something did not work.
//!
//! A ring of [`KEPT`] entries, in 16 parts that are filled by turns, so that threads that answer at the same
//! time seldom wait for each other. Nothing is formatted here: an entry is copied into the place of an older one,
//! whose memory it reuses. What to hide and how to say it is decided when somebody reads.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wire::time::Timestamp;

use crate::basis::RuleId;
use crate::operation::Operation;
pub use crate::operation::Via;
use crate::world::lock;

/// How many entries are kept.
pub const KEPT: usize = SHARDS * PER_SHARD;

/// Bytes kept of a body.
pub const BODY: usize = 1024;

/// Bytes kept of a path with its query.
const PATH: usize = 512;

/// Bytes kept of a method.
const METHOD: usize = 16;

/// Bytes kept of who asked: an identity has 256 characters at most.
const WHO: usize = 256;

/// Notes kept of one request.
pub(crate) const NOTES: usize = 8;

/// Bytes of a note.
const NOTE: usize = 512;

const SHARDS: usize = 16;
const PER_SHARD: usize = 64;

/// What is said about a request besides its answer: gathered while it is answered.
#[derive(Debug, Default)]
pub(crate) struct Notes(RefCell<Vec<Cow<'static, str>>>);

impl Notes {
    /// Adds a warning: the request was answered, but hardly meant so.
    pub(crate) fn warn(&self, says: impl Into<Cow<'static, str>>) {
        let mut notes = self.0.borrow_mut();
        if notes.len() < NOTES {
            notes.push(cut(says.into()));
        }
    }

    fn take(&self) -> Vec<Cow<'static, str>> {
        self.0.take()
    }
}

/// A note repeats what was asked for, and that may be half a megabyte.
fn cut(note: Cow<'static, str>) -> Cow<'static, str> {
    if note.len() <= NOTE {
        return note;
    }
    let mut end = NOTE;
    while !note.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}…", &note[..end]))
}

/// A request and what came of it, to be recorded.
pub(crate) struct Asked<'a> {
    pub(crate) via: Via,
    pub(crate) operation: Option<Operation>,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    /// An account's or key's SID, or an identity; empty for somebody unknown.
    pub(crate) who: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) status: u16,
    pub(crate) code: Option<u32>,
    pub(crate) rule: RuleId,
    pub(crate) took: Duration,
    pub(crate) notes: &'a Notes,
}

/// A recorded request.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number among all requests of the account, from 0.
    pub nth: u64,
    /// When it was answered, by the account's clock.
    pub at: Timestamp,
    /// Which way it came.
    pub via: Via,
    /// What it asked for, if that was something.
    pub operation: Option<Operation>,
    /// The HTTP method, or what the socket was asked: `INIT`, `UPDATE`.
    pub method: String,
    /// The path, cut after 512 bytes.
    pub path: String,
    /// The query, cut as well.
    pub query: String,
    /// An account's or key's SID, or an identity; empty for somebody unknown.
    pub who: String,
    /// The body, cut after [`BODY`] bytes; nothing where it holds secrets.
    pub body: Vec<u8>,
    /// How long the body was.
    pub body_length: usize,
    /// The HTTP status.
    pub status: u16,
    /// Twilio's code, if it was refused.
    pub code: Option<u32>,
    /// The rule of the answer.
    pub rule: RuleId,
    /// How long it took; zero for what came through the socket, where nothing is waited for.
    pub took: Duration,
    /// Warnings, and what may have been meant.
    pub notes: Vec<Cow<'static, str>>,
}

impl Entry {
    fn new(nth: u64, at: Timestamp, asked: &Asked<'_>) -> Self {
        let mut entry = Self {
            nth,
            at,
            via: asked.via,
            operation: None,
            method: String::new(),
            path: String::new(),
            query: String::new(),
            who: String::new(),
            body: Vec::new(),
            body_length: 0,
            status: 0,
            code: None,
            rule: asked.rule,
            took: Duration::ZERO,
            notes: Vec::new(),
        };
        entry.overwrite(nth, at, asked);
        entry
    }

    /// Keeps the memory of texts, which is why it is not an assignment.
    fn overwrite(&mut self, nth: u64, at: Timestamp, asked: &Asked<'_>) {
        (self.nth, self.at, self.via, self.operation) = (nth, at, asked.via, asked.operation);
        (self.status, self.code, self.rule, self.took) = (asked.status, asked.code, asked.rule, asked.took);
        put(&mut self.method, asked.method, METHOD);
        put(&mut self.path, asked.path, PATH);
        put(&mut self.query, asked.query, PATH);
        put(&mut self.who, asked.who, WHO);
        self.body.clear();
        if !holds_secrets(asked.operation) {
            self.body.extend_from_slice(&asked.body[..asked.body.len().min(BODY)]);
        }
        self.body_length = asked.body.len();
        self.notes = asked.notes.take();
    }
}

/// Whether a body holds what must not be kept: the keys of push services.
const fn holds_secrets(operation: Option<Operation>) -> bool {
    matches!(operation, Some(Operation::CreateCredential | Operation::UpdateCredential))
}

/// As much of a text as is kept, in the place of another.
fn put(place: &mut String, text: &str, most: usize) {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    place.clear();
    place.push_str(&text[..end]);
}

/// The requests of one account.
#[derive(Debug, Default)]
pub struct Journal {
    /// Whose turn it is to be filled.
    turn: AtomicU64,
    /// Counted with a shard locked: so no entry stands before one that was there earlier, and none from before
    /// [`Journal::clear`], which locks all, comes after it.
    recorded: AtomicU64,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    entries: Vec<Entry>,
    /// The oldest, once there are as many as are kept.
    oldest: usize,
}

impl Journal {
    /// Records a request; the oldest is forgotten for it.
    pub(crate) fn record(&self, at: Timestamp, asked: &Asked<'_>) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let shard = usize::try_from(turn % SHARDS as u64).unwrap_or_default();
        let Shard { entries, oldest } = &mut *lock(&self.shards[shard]);
        let nth = self.recorded.fetch_add(1, Ordering::Relaxed);
        if entries.len() < PER_SHARD {
            entries.push(Entry::new(nth, at, asked));
        } else {
            entries[*oldest].overwrite(nth, at, asked);
            *oldest = (*oldest + 1) % PER_SHARD;
        }
    }

    /// How many requests there were since the start or the last reset.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.recorded.load(Ordering::Relaxed)
    }

    /// What is kept, the oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut all: Vec<Entry> = self.shards.iter().flat_map(|shard| lock(shard).entries.clone()).collect();
        all.sort_unstable_by_key(|entry| entry.nth);
        all
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        // All locked, so that nobody finds an entry from before among those after.
        let mut shards: Vec<_> = self.shards.iter().map(lock).collect();
        for shard in &mut shards {
            **shard = Shard::default();
        }
        self.turn.store(0, Ordering::Relaxed);
        self.recorded.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basis::{Basis, Rule};

    static DECLARED: Rule = Rule::new("test.rule", Basis::MockOnly("test"), "x");
    const RULE: RuleId = RuleId::new(&DECLARED);

    fn ask(journal: &Journal, path: &str, body: &[u8]) {
        let notes = Notes::default();
        notes.warn("doubtful");
        let (via, operation) = (Via::Rest, Some(Operation::SendMessage));
        let (method, query, who, status, code) = ("POST", "", "AC", 201, None);
        let took = Duration::from_millis(1);
        let asked = Asked {
            via,
            operation,
            method,
            path,
            query,
            who,
            body,
            status,
            code,
            rule: RULE,
            took,
            notes: &notes,
        };
        journal.record(Timestamp::from_secs(1), &asked);
    }

    #[test]
    fn the_latest_are_kept_and_no_more() {
        let journal = Journal::default();
        for nth in 0..KEPT * 2 + 5 {
            ask(&journal, &format!("/{nth}"), b"Body=hi");
        }
        let entries = journal.entries();
        assert_eq!((entries.len(), journal.recorded()), (KEPT, (KEPT * 2 + 5) as u64));
        let numbers: Vec<u64> = entries.iter().map(|entry| entry.nth).collect();
        assert_eq!(numbers, ((KEPT + 5) as u64..(KEPT * 2 + 5) as u64).collect::<Vec<_>>());
        assert_eq!(entries[0].path, format!("/{}", KEPT + 5));
        assert_eq!((&*entries[0].body, &*entries[0].notes), (&b"Body=hi"[..], &["doubtful".into()][..]));
    }

    #[test]
    fn what_is_long_is_cut() {
        let journal = Journal::default();
        ask(&journal, &"é".repeat(PATH), &[b'x'; 5_000]);
        let entry = &journal.entries()[0];
        assert_eq!((entry.path.len(), entry.body.len(), entry.body_length), (PATH, BODY, 5_000));
    }

    #[test]
    fn what_is_forgotten_is_counted_no_more() {
        let journal = Journal::default();
        ask(&journal, "/before", b"");
        journal.clear();
        ask(&journal, "/after", b"");
        assert_eq!((journal.entries().len(), journal.recorded()), (1, 1));
        assert_eq!(journal.entries()[0].path, "/after");
    }

    #[test]
    fn many_threads_leave_the_latest_of_all() {
        let journal = Journal::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..KEPT).for_each(|_| ask(&journal, "/", b"")));
            }
        });
        let mut numbers: Vec<u64> = journal.entries().iter().map(|entry| entry.nth).collect();
        numbers.dedup();
        assert_eq!((numbers.len(), journal.recorded()), (KEPT, 4 * KEPT as u64));
        for shard in &journal.shards {
            let Shard { mut entries, oldest } = std::mem::take(&mut *lock(shard));
            entries.rotate_left(oldest);
            assert!(entries.is_sorted_by_key(|entry| entry.nth), "the oldest is not the one to go next");
        }
    }

    #[test]
    fn nothing_from_before_it_was_cleared_comes_after() {
        let journal = Journal::default();
        std::thread::scope(|scope| {
            let record = || (0..20_000).for_each(|_| ask(&journal, "/", b""));
            let recorders = [(); 3].map(|()| scope.spawn(record));
            while recorders.iter().any(|recorder| !recorder.is_finished()) {
                journal.clear();
                let highest = journal.entries().last().map(|entry| entry.nth);
                assert!(highest < Some(journal.recorded()), "{highest:?} of {}", journal.recorded());
            }
        });
    }
}
