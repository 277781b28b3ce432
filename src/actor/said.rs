//! What is said in a chat, by a device or through the backend.

use wire::sid::MediaSid;

/// What a message says.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// A text.
    Text(&'a str),
    /// A file, uploaded before.
    Media(MediaSid),
}
