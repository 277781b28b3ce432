//! What a run makes on its target, written down before it is made.
//!
//! One JSON line each: what is about to be made, what was made, what is gone again. A line is in the kernel's hands before
//! the request goes out, so a killed process leaves nothing that is not listed here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use wire::flex_channel::FlexChannel;
use wire::identity::Identity;
use wire::sid::{AccountSid, ChannelSid, ChatServiceSid, FlexFlowSid, TaskSid, UserSid};
use wire::time::Timestamp;

use super::rest::RestError;
use super::run_id::RunId;
use super::target::Target;

/// Its name in a run's folder.
pub const FILE_NAME: &str = "resources.ndjson";

/// A channel this much older than the run is somebody else's, whatever the two clocks say.
const CLOCKS_DIFFER: Duration = Duration::from_secs(300);

/// A longer line is not one of ours.
const LINE_LIMIT: usize = 16 << 10;

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    /// The first line: whose run this is, and where.
    Run(About),
    /// A channel is about to be opened for this customer.
    IntendChannel { identity: Identity },
    /// It was.
    MadeChannel { identity: Identity, sid: ChannelSid, user_sid: Option<UserSid>, task_sid: Option<TaskSid> },
    /// The target answered with a channel that was there before the run.
    FoundChannel { identity: Identity, sid: ChannelSid },
    /// It certainly was not.
    NoChannel { identity: Identity },
    /// Somebody of this identity is about to log in or join, which makes a user.
    IntendUser { identity: Identity },
    /// A channel is gone.
    DeletedChannel { sid: ChannelSid },
    /// All that may have been made for this identity is gone, and the user too.
    DeletedUser { identity: Identity },
}

/// Whose run a file is about, and where it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The run's ID.
    pub run: String,
    /// When it began, in milliseconds since 1970.
    pub began: i64,
    /// The target's name.
    pub target: String,
    /// Whether that was the mock inside the run's own process, which took everything with it.
    pub embedded: bool,
    /// Whose account.
    pub account_sid: AccountSid,
    /// Which Chat service.
    pub chat_service_sid: ChatServiceSid,
    /// Which flow.
    pub flex_flow_sid: FlexFlowSid,
}

/// The file while a run writes it. Shared by all threads.
#[derive(Debug)]
pub struct Resources {
    file: Mutex<File>,
    began: Timestamp,
}

impl Resources {
    /// Starts the file of a run.
    ///
    /// # Errors
    ///
    /// When it cannot be made or written: then nothing may be made on a real target.
    pub fn create(path: &Path, run: &RunId, target: &Target) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        let resources = Self { file: Mutex::new(file), began: now() };
        resources.write(&Line::Run(About {
            run: run.to_string(),
            began: resources.began.millis(),
            target: target.name.clone(),
            embedded: target.embedded,
            account_sid: target.account_sid,
            chat_service_sid: target.chat_service_sid,
            flex_flow_sid: target.flex_flow_sid,
        }))?;
        Ok(resources)
    }

    /// Goes on with a file, for writing down what is gone.
    ///
    /// # Errors
    ///
    /// When it cannot be opened for writing.
    pub fn append(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).open(path)?;
        // A killed process may have left half a line; what follows must not become part of it.
        file.write_all(b"\n")?;
        Ok(Self { file: Mutex::new(file), began: now() })
    }

    /// Before a channel is opened for this customer.
    ///
    /// # Errors
    ///
    /// When it cannot be written down: then the channel must not be opened.
    pub fn intend_channel(&self, identity: &Identity) -> io::Result<()> {
        self.write(&Line::IntendChannel { identity: identity.clone() })
    }

    /// After it was opened. A channel that is older than the run was found, not made, and is left alone.
    ///
    /// # Errors
    ///
    /// When it cannot be written down. The intent is, so clean-up will look for it.
    pub fn made_channel(&self, identity: &Identity, channel: &FlexChannel) -> io::Result<()> {
        let (identity, sid) = (identity.clone(), channel.sid);
        let oldest = self.began.millis() - i64::try_from(CLOCKS_DIFFER.as_millis()).unwrap_or(0);
        if channel.date_created.is_some_and(|made| made.millis() < oldest) {
            return self.write(&Line::FoundChannel { identity, sid });
        }
        let (user_sid, task_sid) = (channel.user_sid, channel.task_sid);
        self.write(&Line::MadeChannel { identity, sid, user_sid, task_sid })
    }

    /// After opening failed. Only what the target certainly refused needs no looking for.
    ///
    /// # Errors
    ///
    /// When it cannot be written down.
    pub fn no_channel(&self, identity: &Identity, error: &RestError) -> io::Result<()> {
        if error.nothing_done() {
            self.write(&Line::NoChannel { identity: identity.clone() })
        } else {
            Ok(())
        }
    }

    /// Before somebody logs in or joins: that makes a user.
    ///
    /// # Errors
    ///
    /// When it cannot be written down.
    pub fn intend_user(&self, identity: &Identity) -> io::Result<()> {
        self.write(&Line::IntendUser { identity: identity.clone() })
    }

    /// After a channel was deleted.
    ///
    /// # Errors
    ///
    /// When it cannot be written down: a second clean-up will ask the target about it again.
    pub fn deleted_channel(&self, sid: ChannelSid) -> io::Result<()> {
        self.write(&Line::DeletedChannel { sid })
    }

    /// After a user was deleted, with all that was looked for in that name.
    ///
    /// # Errors
    ///
    /// When it cannot be written down: a second clean-up will ask the target about it again.
    pub fn deleted_user(&self, identity: &Identity) -> io::Result<()> {
        self.write(&Line::DeletedUser { identity: identity.clone() })
    }

    /// One line is one `write`: lines of several threads do not mix, and half a line can only be the last.
    fn write(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        // A thread that panicked while it held the file has written its line or not; the file is good either way.
        let written = self.file.lock().unwrap_or_else(PoisonError::into_inner).write(&text)?;
        if written == text.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }
}

/// What a file says is still there.
#[derive(Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Whose run it was.
    pub about: About,
    /// Channels that were made, in order of their SIDs.
    pub channels: BTreeMap<ChannelSid, Identity>,
    /// Identities that may have a user, and channels nobody saw being made.
    pub identities: BTreeSet<Identity>,
    /// Identities for whom a channel was asked for and never told of.
    pub doubtful: BTreeSet<Identity>,
    /// Tasks that came with the channels.
    pub tasks: BTreeSet<TaskSid>,
    /// Lines that could not be read: a process was killed in the middle of one, or somebody edited the file.
    pub unreadable: u64,
}

impl Remaining {
    /// Reads a file of a run, finished or not.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or does not begin as such a file does.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut reader = BufReader::new(File::open(path)?);
        let about = match next_line(&mut reader)? {
            Some(Some(Line::Run(about))) => about,
            _ => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a run's resources.ndjson"));
            }
        };
        let mut remaining = Self {
            about,
            channels: BTreeMap::new(),
            identities: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            tasks: BTreeSet::new(),
            unreadable: 0,
        };
        while let Some(line) = next_line(&mut reader)? {
            match line {
                Some(line) => remaining.take(line),
                None => remaining.unreadable += 1,
            }
        }
        Ok(remaining)
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Run(_) => self.unreadable += 1,
            Line::IntendChannel { identity } => {
                self.doubtful.insert(identity.clone());
                self.identities.insert(identity);
            }
            Line::MadeChannel { identity, sid, user_sid: _, task_sid } => {
                self.doubtful.remove(&identity);
                self.channels.insert(sid, identity);
                self.tasks.extend(task_sid);
            }
            Line::FoundChannel { identity, sid: _ } | Line::NoChannel { identity } => {
                self.doubtful.remove(&identity);
            }
            Line::IntendUser { identity } => {
                self.identities.insert(identity);
            }
            Line::DeletedChannel { sid } => {
                self.channels.remove(&sid);
            }
            Line::DeletedUser { identity } => {
                self.identities.remove(&identity);
                self.doubtful.remove(&identity);
            }
        }
    }
}

/// `None` at the end; `Some(None)` for what is no line of ours. Blank lines are passed over.
fn next_line(reader: &mut impl BufRead) -> io::Result<Option<Option<Line>>> {
    let mut text = Vec::new();
    loop {
        text.clear();
        if io::Read::take(&mut *reader, LINE_LIMIT as u64).read_until(b'\n', &mut text)? == 0 {
            return Ok(None);
        }
        if !text.trim_ascii().is_empty() {
            return Ok(Some(serde_json::from_slice(&text).ok()));
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::flex::fake::target;

    fn run() -> RunId {
        "abc123".parse().expect("an ID")
    }

    fn channel(n: u64, made: Timestamp) -> FlexChannel {
        FlexChannel {
            flex_flow_sid: None,
            account_sid: None,
            sid: ChannelSid::mock(1, n),
            task_sid: Some(TaskSid::mock(1, n)),
            user_sid: Some(UserSid::mock(1, n)),
            date_created: Some(made),
            date_updated: None,
            url: None,
        }
    }

    fn timeout() -> RestError {
        RestError::Timeout { after: Duration::from_secs(30) }
    }

    #[test]
    fn what_was_made_and_not_deleted_remains() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        let target = target(&"http://127.0.0.1:1".parse().expect("a URL"));
        let resources = Resources::create(&path, &run(), &target).expect("a file");
        let names: Vec<Identity> = (0..5).map(|n| format!("flx-abc123-{n}").as_str().into()).collect();
        for name in &names {
            resources.intend_channel(name).expect("written");
        }
        resources.made_channel(&names[0], &channel(0, now())).expect("written");
        resources.made_channel(&names[1], &channel(1, now())).expect("written");
        resources.made_channel(&names[2], &channel(2, Timestamp::from_secs(1))).expect("written");
        resources.no_channel(&names[3], &timeout()).expect("nothing to write");
        let refused = RestError::Status { http: 400, code: None, message: String::new() };
        resources.no_channel(&names[4], &refused).expect("written");
        resources.deleted_channel(ChannelSid::mock(1, 0)).expect("written");
        resources.deleted_user(&names[0]).expect("written");

        let remaining = Remaining::read(&path).expect("read");
        assert_eq!(remaining.about.run, "abc123");
        assert_eq!(remaining.channels.keys().copied().collect::<Vec<_>>(), [ChannelSid::mock(1, 1)]);
        assert_eq!(remaining.identities.len(), 4, "a user was made even where the channel was not");
        assert_eq!(remaining.doubtful.iter().collect::<Vec<_>>(), [&names[3]]);
        assert_eq!(remaining.tasks.len(), 2, "an older channel's task is not this run's");
        assert_eq!(remaining.unreadable, 0);
    }

    #[test]
    fn half_a_line_is_counted_and_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        let target = target(&"http://127.0.0.1:1".parse().expect("a URL"));
        drop(Resources::create(&path, &run(), &target).expect("a file"));
        let mut text = fs::read_to_string(&path).expect("read");
        text.push_str("{\"event\":\"made_cha");
        fs::write(&path, text).expect("written");
        let resources = Resources::append(&path).expect("opened");
        resources.intend_user(&"flx-abc123-9".into()).expect("written");
        let remaining = Remaining::read(&path).expect("read");
        assert_eq!((remaining.unreadable, remaining.identities.len()), (1, 1));
    }

    #[test]
    fn a_run_never_writes_into_another_ones_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        let target = target(&"http://127.0.0.1:1".parse().expect("a URL"));
        Resources::create(&path, &run(), &target).expect("a file");
        assert!(Resources::create(&path, &run(), &target).is_err());
        fs::write(&path, "{}\n").expect("written");
        assert!(Remaining::read(&path).is_err());
    }
}
