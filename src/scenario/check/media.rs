//! The files that customers send: each is read, or made up, once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::super::Journey;
use super::Findings;
use crate::step::media::{Media, Upload, type_of};
use crate::step::{SendMessage, Step};

/// The largest file that Twilio takes.
const LARGEST: u64 = 150 << 20;

/// The most that all files of a scenario may come to.
const ALL: u64 = 512 << 20;

/// Fills in what each `send_message` sends.
pub(super) fn load(
    journeys: &mut [Journey],
    roots: &[String],
    seed: u64,
    folder: &Path,
    findings: &mut Findings<'_>,
) {
    let mut shelf = Shelf { seed, folder, files: HashMap::new(), bytes: 0 };
    for (journey, root) in journeys.iter_mut().zip(roots) {
        steps(&mut journey.steps, root, &mut |send, path| match (&send.media, &send.body) {
            (Some(_), Some(_)) => {
                findings.at_key(
                    &format!("{path}.media"),
                    "both `body` and `media`",
                    "a message is a text or a file: write one of them",
                );
            }
            (None, None) => {
                findings.at_key(path, "a message without `body` or `media`", "write one of them");
            }
            (None, Some(_)) => {}
            (Some(media), None) => match shelf.upload(media) {
                Ok(upload) => send.upload = Some(upload),
                Err(why) => findings.at(&format!("{path}.media"), why, ""),
            },
        });
    }
}

/// Calls with every `send_message` and its path.
fn steps(all: &mut [Step], root: &str, each: &mut dyn FnMut(&mut SendMessage, &str)) {
    for (index, step) in all.iter_mut().enumerate() {
        let path = format!("{root}[{index}]");
        match step {
            Step::SendMessage(send) => each(send, &format!("{path}.send_message")),
            Step::Repeat(repeat) => steps(&mut repeat.steps, &format!("{path}.repeat.steps"), each),
            Step::OneOf(one_of) => {
                for (index, branch) in one_of.0.iter_mut().enumerate() {
                    steps(&mut branch.steps, &format!("{path}.one_of[{index}].steps"), each);
                }
            }
            _ => {}
        }
    }
}

/// The files there are so far.
struct Shelf<'a> {
    seed: u64,
    folder: &'a Path,
    files: HashMap<String, Arc<Upload>>,
    bytes: u64,
}

impl Shelf<'_> {
    fn upload(&mut self, media: &Media) -> Result<Arc<Upload>, String> {
        let key = format!("{media:?}");
        if let Some(known) = self.files.get(&key) {
            return Ok(Arc::clone(known));
        }
        let upload = match media {
            Media::File(name) => self.read(name.as_str())?,
            Media::Made(made) => {
                let content_type = made.content_type.as_str();
                if !is_mime(content_type) {
                    return Err(format!("`{content_type}` is no MIME type; `image/png` is one"));
                }
                self.take(made.size.bytes(), "it")?;
                Upload {
                    content_type: content_type.into(),
                    filename: None,
                    bytes: made_up(self.seed, made.size.bytes()),
                }
            }
        };
        Ok(Arc::clone(self.files.entry(key).or_insert(Arc::new(upload))))
    }

    fn read(&mut self, name: &str) -> Result<Upload, String> {
        let path = self.folder.join(name);
        let shown = path.display();
        let length = std::fs::metadata(&path).map_err(|error| format!("{shown}: {error}"))?.len();
        self.take(length, &shown.to_string())?;
        let bytes = std::fs::read(&path).map_err(|error| format!("{shown}: {error}"))?;
        let filename = path.file_name().map(|name| name.to_string_lossy().into());
        Ok(Upload { content_type: type_of(name).into(), filename, bytes: bytes.into() })
    }

    /// Counts the bytes of one more file.
    fn take(&mut self, bytes: u64, what: &str) -> Result<(), String> {
        match bytes {
            0 => return Err(format!("{what} is empty, and the SDK sends no empty file")),
            1..=LARGEST => {}
            _ => return Err(format!("{what} is larger than the 150 MB that Twilio takes")),
        }
        self.bytes += bytes;
        if self.bytes > ALL {
            return Err(format!("all files of the scenario are larger than {} MiB", ALL >> 20));
        }
        Ok(())
    }
}

fn is_mime(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    text.split_once('/').is_some_and(|(kind, sub)| !kind.is_empty() && !sub.is_empty())
        && text.bytes().all(plain)
}

/// Bytes that a seed and a length lead to, with nothing in them to compress.
fn made_up(seed: u64, length: u64) -> Bytes {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(length);
    for block in 0_u64.. {
        let left = length - bytes.len();
        if left == 0 {
            break;
        }
        let words = [seed, length as u64, block].map(u64::to_be_bytes);
        let digest = Sha256::digest(words.concat());
        bytes.extend_from_slice(&digest[..left.min(digest.len())]);
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_up_is_the_same_for_a_seed_and_as_long_as_asked_for() {
        assert_eq!(made_up(7, 100).len(), 100);
        assert_eq!(made_up(7, 100), made_up(7, 100));
        assert_ne!(made_up(7, 100), made_up(8, 100));
    }
}
