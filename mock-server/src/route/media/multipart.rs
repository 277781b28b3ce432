//! `multipart/form-data`, as a browser writes a `FormData`: which of its parts is the file.
//!
//! By hand: the body is in memory already, so its file is a slice of it and nothing is copied.

use bytes::Bytes;
use http::HeaderValue;

use super::mime::mime;
use crate::basis::{Refused, rules};

rules! {
    FILE = "media.create.form", Library("mcs-client 0.5.3: postFormData sends a browser's FormData as it is"),
        "of a multipart/form-data body the file part is kept, with its own name and type";
    NO_FILE = "media.create.form.invalid", Inferred("20001 is the general code for parameters that make no sense"),
        "a multipart/form-data body without a file, or broken off, is 400, 20001";
}

/// Bytes of a part's headers.
const HEAD: usize = 8 * 1024;

/// Characters of a name that are kept.
const NAME: usize = 256;

/// What an upload consists of.
#[derive(Debug, Default)]
pub(super) struct Upload {
    pub(super) bytes: Bytes,
    pub(super) content_type: Option<String>,
    pub(super) filename: Option<String>,
    pub(super) author: Option<String>,
}

/// The boundary of a form; `None` of any other type.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") || !FILE.follow() {
        return None;
    }
    rest.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })
}

/// Reads a form.
///
/// # Errors
/// If it has no file, or no end.
pub(super) fn read(body: &Bytes, boundary: &str) -> Result<Upload, Refused> {
    parts(body, boundary)
        .filter(|upload| upload.content_type.is_some())
        .ok_or_else(|| Refused::new(400, 20001, "The form holds no file", NO_FILE))
}

/// The parts; without a type if there is no file among them, `None` if the form is broken.
fn parts(body: &Bytes, boundary: &str) -> Option<Upload> {
    let delimiter = format!("\r\n--{boundary}");
    let mut upload = Upload::default();
    // What stands before the first delimiter says nothing, and usually there is nothing.
    let first = &delimiter.as_bytes()[2..];
    let mut at =
        if body.starts_with(first) { first.len() } else { find(body, 0, &delimiter)? + delimiter.len() };
    while !body[at..].starts_with(b"--") {
        // Spaces may stand behind a boundary.
        let head = find(body, at, "\r\n")?;
        // A part without headers has its empty line at once.
        let end = find(&body[..body.len().min(head + HEAD)], head, "\r\n\r\n")?;
        let next = find(body, end + 2, &delimiter)?;
        let part = Part::read(&body[head..end], body.slice((end + 4).min(next)..next));
        part.into(&mut upload);
        at = next + delimiter.len();
    }
    Some(upload)
}

/// Where `text` begins in the bytes, from `at` on.
fn find(bytes: &[u8], at: usize, text: &str) -> Option<usize> {
    let mut at = at;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'\r')?;
        if bytes[at..].starts_with(text.as_bytes()) {
            return Some(at);
        }
        at += 1;
    }
}

/// One field of a form.
#[derive(Default)]
struct Part {
    name: String,
    filename: Option<String>,
    content_type: Option<String>,
    bytes: Bytes,
}

impl Part {
    fn read(head: &[u8], bytes: Bytes) -> Self {
        let mut part = Self { bytes, ..Self::default() };
        for line in String::from_utf8_lossy(head).lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            match name.trim().to_ascii_lowercase().as_str() {
                "content-disposition" => {
                    part.name = quoted(value, "name").unwrap_or_default();
                    part.filename = quoted(value, "filename");
                }
                "content-type" => {
                    let value = HeaderValue::from_str(value.trim()).ok();
                    part.content_type = value.and_then(|value| Some(mime(&value).ok()?.to_owned()));
                }
                _ => {}
            }
        }
        part
    }

    /// The first file is the file; the names are those of the query.
    fn into(self, upload: &mut Upload) {
        let text = || Some(short(String::from_utf8_lossy(&self.bytes).into_owned()));
        if self.filename.is_some() && upload.content_type.is_none() {
            upload.content_type = self.content_type.or_else(|| Some("application/octet-stream".to_owned()));
            upload.filename = upload.filename.take().or(self.filename.map(short));
            upload.bytes = self.bytes;
        } else if self.name.eq_ignore_ascii_case("filename") {
            upload.filename = text();
        } else if self.name.eq_ignore_ascii_case("author") {
            upload.author = text();
        }
    }
}

/// A part may be as large as a file, and a name is told to everybody in the channel.
fn short(mut name: String) -> String {
    if let Some((end, _)) = name.char_indices().nth(NAME) {
        name.truncate(end);
        name.shrink_to_fit();
    }
    name
}

/// A quoted parameter of a header: `name="value"`. Browsers write a quote within as `%22`.
fn quoted(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    loop {
        let (before, after) = rest.split_once('"')?;
        let (value, behind) = after.split_once('"')?;
        let key = before.trim_start_matches([';', ' ']).trim_end_matches('=');
        if key.rsplit([';', ' ']).next() == Some(name) {
            return Some(value.replace("%22", "\""));
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As Chromium writes it.
    const FORM: &str = "------WebKitFormBoundaryx\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n\
        ------WebKitFormBoundaryx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.png\"\r\n\
        Content-Type: image/png\r\n\r\n\x01\r\n--\r\n\r\n------WebKitFormBoundaryx--\r\n";

    #[test]
    fn of_a_browsers_form_the_file_is_taken_with_its_name_and_type() {
        let boundary = boundary("multipart/form-data; boundary=----WebKitFormBoundaryx").unwrap();
        let upload = read(&Bytes::from_static(FORM.as_bytes()), boundary).unwrap();
        assert_eq!(&*upload.bytes, b"\x01\r\n--\r\n");
        assert_eq!(upload.content_type.as_deref(), Some("image/png"));
        assert_eq!(upload.filename.as_deref(), Some("a \"b\".png"));
    }

    #[test]
    fn a_form_that_ends_too_early_or_has_no_file_is_refused() {
        for length in 0..FORM.len() - 4 {
            let form = Bytes::from_static(&FORM.as_bytes()[..length]);
            let refused = read(&form, "----WebKitFormBoundaryx").unwrap_err();
            assert_eq!((refused.status, refused.code), (400, 20001), "{length}");
        }
        let text = "--x\r\nContent-Disposition: form-data; name=\"author\"\r\n\r\nada\r\n--x--\r\n";
        assert!(read(&Bytes::from_static(text.as_bytes()), "x").is_err());
    }

    #[test]
    fn only_forms_have_a_boundary() {
        assert_eq!(boundary("multipart/form-data; boundary=\"x y\""), Some("x y"));
        assert_eq!(boundary("image/png"), None);
        assert_eq!(boundary("multipart/mixed; boundary=x"), None);
        assert_eq!(boundary("multipart/form-data"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(body in prop::collection::vec(any::<u8>(), 0..200), text in "(--x|\r\n|\"|[a-z:;=]){0,40}") {
            let _ = read(&Bytes::from(body), "x");
            let _ = read(&Bytes::from(text), "x");
        }

        #[test]
        fn every_file_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut form = b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n".to_vec();
            form.extend(&bytes);
            form.extend(b"\r\n--x--\r\n");
            prop_assume!(!bytes.windows(5).any(|window| window == b"\r\n--x"));
            prop_assert_eq!(&*read(&Bytes::from(form), "x").unwrap().bytes, &*bytes);
        }
    }
}
