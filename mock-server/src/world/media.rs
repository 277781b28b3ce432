//! Media files: kept in memory, each until its message, its channel or its service is deleted.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::json;
use wire::identity::Identity;
use wire::media::{Attached, Category, Links, Media as View, SetAnswer, SetItem};
use wire::sid::{ChannelSid, ChatServiceSid, MediaSid, MessageSid};
use wire::time::Timestamp;

use super::caps::Count;
use super::message::Message;
use super::shard::Sharded;
use super::{World, lock};
use crate::basis::{Refused, rules};

rules! {
    UNKNOWN = "media.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "a media file that is not there, or is another service's, is 404, 20404";
    FULL = "media.full", MockOnly("a mock must not grow without bound"),
        "when the mock holds as many bytes of media files as it may, one more is 503, 20503";
    INVALID = "chat.message.media.invalid", Inferred("error catalogue 50510; the status as for other validation"),
        "a message with a MediaSid that is no SID of a media file is 400, 50510";
    NOT_FOUND = "chat.message.media.unknown", Inferred("error catalogue 50507; the status as for other things not found"),
        "a message with a media file that is not there, or is another service's, is 404, 50507";
    SENT = "chat.message.media.sent", Inferred("error catalogue 50508; the status as for other conflicts"),
        "a media file that was sent with one message cannot be sent with another: 409, 50508";
    TOO_MANY = "chat.message.media.many", Inferred("media_attachments_count_limit of the configuration a device gets; the code is a guess"),
        "a message with more than 10 media files is 400, 20001";
    GONE = "media.deleted", Inferred("nobody could find the file any more"),
        "a media file is deleted with its message, its channel and its service";
}

/// The most files of one message.
const FILES: usize = 10;

/// What a file costs besides its bytes and its name: nobody may fill the memory with empty ones.
const OVERHEAD: usize = 512;

/// Seconds for which a file can be read without a token.
const DIRECT: u64 = 300;

/// A file as it was uploaded.
pub(crate) struct NewFile {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: Arc<str>,
    pub(crate) filename: Option<Arc<str>>,
    pub(crate) category: Category,
    pub(crate) author: Identity,
}

/// A file that is kept.
pub(crate) struct File {
    service: ChatServiceSid,
    pub(crate) attached: Arc<Attached>,
    author: Identity,
    created: Timestamp,
    pub(crate) bytes: Bytes,
    /// The message it was sent with.
    place: Mutex<Option<(ChannelSid, MessageSid)>>,
    /// What it takes of the memory.
    cost: usize,
}

/// All files of a world.
#[derive(Default)]
pub(crate) struct Shelf {
    files: Sharded<MediaSid, Arc<File>>,
    bytes: Count,
    /// Two keys of this run. The second is made from the first and hidden by nothing else: they make a seal longer,
    /// not a secret of more than 128 bits.
    seals: [RandomState; 2],
}

/// Memory taken for a file that is on its way; given back when dropped, unless the file came.
pub(crate) struct Reserved<'a> {
    world: &'a World,
    taken: usize,
}

impl Reserved<'_> {
    /// Takes more.
    ///
    /// # Errors
    /// If the mock holds as much as it may.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Refused> {
        let cap = self.world.caps().media_bytes;
        self.world.shelf.bytes.take(bytes, cap, "bytes of media files", FULL)?;
        self.taken += bytes;
        Ok(())
    }

    /// Keeps what was taken.
    fn spend(mut self) -> usize {
        std::mem::take(&mut self.taken)
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.world.shelf.bytes.give_back(self.taken);
    }
}

impl Shelf {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.now()
    }

    fn remove(&self, sid: MediaSid) {
        if let Some(file) = self.files.remove(&sid) {
            self.bytes.give_back(file.cost);
        }
    }

    /// Deletes the files of messages that are gone.
    pub(super) fn remove_of<'m>(&self, messages: impl IntoIterator<Item = &'m Message>) {
        for media in messages.into_iter().flat_map(|message| &message.media) {
            if GONE.follow() {
                self.remove(media.sid);
            }
        }
    }

    /// Deletes the files of a service that is gone, also those that no message has.
    pub(super) fn remove_all_of(&self, service: ChatServiceSid) {
        if GONE.follow() {
            self.files.remove_if(|file| file.service == service, |file| self.bytes.give_back(file.cost));
        }
    }

    fn seal(&self, sid: MediaSid, expires: u64) -> String {
        let [one, other] = self.seals.each_ref().map(|seal| seal.hash_one((sid, expires)));
        format!("{one:016x}{other:016x}")
    }
}

impl World {
    /// Begins an upload: memory is taken before bytes are.
    pub(crate) const fn reserve(&self) -> Reserved<'_> {
        Reserved { world: self, taken: 0 }
    }

    /// Keeps a file whose memory is reserved.
    ///
    /// # Errors
    /// If there is no such service, or no room for what a file costs besides its bytes.
    pub(crate) fn add_file(
        &self,
        service: ChatServiceSid,
        new: NewFile,
        mut reserved: Reserved<'_>,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?.sid;
        reserved.take(OVERHEAD + new.filename.as_ref().map_or(0, |name| name.len()))?;
        let sid = MediaSid::mock(self.seed(), self.next());
        let attached = Attached {
            sid,
            size: new.bytes.len() as u64,
            content_type: new.content_type,
            filename: new.filename,
            category: new.category,
        };
        let file = Arc::new(File {
            service,
            attached: Arc::new(attached),
            author: new.author,
            created: self.now(),
            bytes: new.bytes,
            place: Mutex::default(),
            cost: reserved.spend(),
        });
        self.shelf.files.insert(sid, file.clone());
        Ok(file.view(None))
    }

    /// A file of a service.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn find_file(&self, service: ChatServiceSid, sid: MediaSid) -> Result<Arc<File>, Refused> {
        let service = self.find_service(service)?.sid;
        let file = self.shelf.files.get(&sid).filter(|file| file.service == service);
        file.ok_or(Refused::not_found(UNKNOWN))
    }

    /// A file as its service tells it, with a link that opens it for a while; links begin with `base`.
    pub(crate) fn file_view(&self, file: &File, base: &str) -> View {
        file.view(Some(self.direct(file.attached.sid, base)))
    }

    /// A link under which everybody can read a file for a while.
    pub(crate) fn direct(&self, sid: MediaSid, base: &str) -> String {
        let expires = self.unix_now().saturating_add(DIRECT);
        let seal = self.shelf.seal(sid, expires);
        let account = self.account();
        format!("{base}/{sid}?Expires={expires}&Signature={seal}&Key-Pair-Id={account}")
    }

    /// The file that such a link opens; `None` if it was not made here, or its time is over, or the file is gone.
    pub(crate) fn open_direct(&self, sid: MediaSid, expires: u64, seal: &str) -> Option<Arc<File>> {
        let made_here = self.shelf.seal(sid, expires) == seal;
        self.shelf.files.get(&sid).filter(|_| made_here && self.unix_now() < expires)
    }

    fn unix_now(&self) -> u64 {
        u64::try_from(self.now().secs()).unwrap_or_default()
    }

    /// Tells of several files at once.
    pub(crate) fn file_set(&self, service: ChatServiceSid, asked: &[SetItem], base: &str) -> Vec<SetAnswer> {
        let tell = |asked: &SetItem| {
            let file = asked.media_sid.parse().ok().and_then(|sid| self.find_file(service, sid).ok());
            file.map_or_else(
                || SetAnswer { code: 404, media_record: json!({ "sid": asked.media_sid }) },
                |file| SetAnswer { code: 200, media_record: json!(self.file_view(&file, base)) },
            )
        };
        asked.iter().map(tell).collect()
    }

    /// The files that a message is to have.
    pub(super) fn files_of(
        &self,
        service: ChatServiceSid,
        sids: &[Arc<str>],
    ) -> Result<Vec<Arc<File>>, Refused> {
        if sids.len() > FILES {
            return Err(Refused::new(400, 20001, "A message has 10 media files at most", TOO_MANY));
        }
        let find = |sid: &Arc<str>| {
            let sid =
                sid.parse().map_err(|_| Refused::new(400, 50510, "Invalid message media SID", INVALID))?;
            self.find_file(service, sid).map_err(|_| Refused::new(404, 50507, "Media not found", NOT_FOUND))
        };
        sids.iter().map(find).collect()
    }
}

/// Sends files with a message, all of them or none.
pub(super) fn send_with(files: &[Arc<File>], place: (ChannelSid, MessageSid)) -> Result<(), Refused> {
    for (nth, file) in files.iter().enumerate() {
        if !file.take(place) {
            for taken in &files[..nth] {
                *lock(&taken.place) = None;
            }
            return Err(Refused::new(409, 50508, "Media already sent with another message", SENT));
        }
    }
    Ok(())
}

/// The message that files were sent with got another SID: a fault moved it.
pub(super) fn moved(files: &[Arc<File>], place: (ChannelSid, MessageSid)) {
    for file in files {
        *lock(&file.place) = Some(place);
    }
}

impl File {
    /// Takes it for a message; false if another has it.
    fn take(&self, message: (ChannelSid, MessageSid)) -> bool {
        let mut place = lock(&self.place);
        let free = place.is_none();
        if free {
            *place = Some(message);
        }
        free
    }

    fn view(&self, direct: Option<String>) -> View {
        let url = View::url(self.service, self.attached.sid);
        let place = *lock(&self.place);
        View {
            sid: self.attached.sid,
            service_sid: self.service,
            date_created: self.created,
            date_upload_updated: self.created,
            date_updated: self.created,
            links: Links { content: format!("{url}/Content"), content_direct_temporary: direct },
            size: self.attached.size,
            content_type: self.attached.content_type.clone(),
            filename: self.attached.filename.clone(),
            author: Some(self.author.clone()),
            category: self.attached.category,
            message_sid: place.map(|(_, message)| message),
            channel_sid: place.map(|(channel, _)| channel),
            url,
            is_multipart_upstream: false,
        }
    }
}
