//! Gives hyper's own refusals Twilio's shape.
//!
//! What is no HTTP at all never reaches a handler: hyper answers it itself, with a bare head. A client that shows
//! the body of every refusal would show nothing, and one that parses it would break. hyper has no hook for this,
//! so the bytes are exchanged on their way out: such a head is one small write, and nothing the mock writes
//! looks like it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use wire::error::ApiError;

use crate::basis::rules;

rules! {
    MALFORMED = "server.malformed", MockOnly("Twilio's edge answers such requests in its own way"),
        "what is no HTTP/1.1 is refused with the status HTTP has for it and 20001, and the connection is closed";
    LARGE_HEAD = "server.head.large", MockOnly("a mock must not grow without bound"),
        "a head of more than 32 KiB or 100 fields is 431, 20001 and the connection is closed";
}

/// A connection whose bare refusals are exchanged for shaped ones.
pub(crate) struct Shaped<S> {
    stream: S,
    /// What is being written instead, and how much of it has been.
    instead: Option<(Vec<u8>, usize)>,
}

impl<S> Shaped<S> {
    pub(crate) const fn new(stream: S) -> Self {
        Self { stream, instead: None }
    }

    /// The connection itself, once HTTP is done with it.
    pub(crate) fn into_inner(self) -> S {
        self.stream
    }
}

/// The same refusal in Twilio's shape, if `written` is a bare one of hyper's.
fn shaped(written: &[u8]) -> Option<Vec<u8>> {
    // Longer than any that hyper writes; and an answer of the mock is not without the headers of the edge.
    if written.len() > 256 || !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let head = std::str::from_utf8(written).ok()?.strip_suffix("\r\n\r\n")?;
    let empty = "content-length: 0\r\n";
    if head.contains("twilio-request-id") || !head.contains(empty) {
        return None;
    }
    let line = head.strip_prefix("HTTP/1.1 ")?.lines().next()?;
    let (status, reason) = line.split_once(' ')?;
    let rule = if status == "431" { LARGE_HEAD } else { MALFORMED };
    if !rule.follow() {
        return None;
    }
    let refusal = ApiError::new(status.parse().ok()?, 20001, reason.to_owned());
    let body = serde_json::to_string(&refusal).ok()?;
    let length = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    Some(format!("{}\r\n\r\n{body}", head.replace(empty, &length)).into_bytes())
}

impl<S: Read + Unpin> Read for Shaped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: Write + Unpin> Shaped<S> {
    /// Writes what is to be written instead; `meant` is how much of hyper's own that stands for.
    fn poll_instead(&mut self, cx: &mut Context<'_>, meant: usize) -> Poll<io::Result<usize>> {
        while let Some((bytes, done)) = self.instead.as_mut().filter(|(bytes, done)| *done < bytes.len()) {
            let wrote = ready!(Pin::new(&mut self.stream).poll_write(cx, &bytes[*done..]))?;
            if wrote == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *done += wrote;
        }
        self.instead = None;
        Poll::Ready(Ok(meant))
    }
}

impl<S: Write + Unpin> Write for Shaped<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.instead.is_none() {
            self.instead = shaped(buf).map(|bytes| (bytes, 0));
        }
        if self.instead.is_some() {
            return self.poll_instead(cx, buf.len());
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
        if self.instead.is_none() {
            self.instead = shaped(first).map(|bytes| (bytes, 0));
        }
        if self.instead.is_some() {
            return self.poll_instead(cx, first.len());
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_refusal_gets_a_body() {
        let bare = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\
            date: Sun, 22 Nov 2026 18:35:37 GMT\r\n\r\n";
        let shaped = String::from_utf8(shaped(bare.as_bytes()).unwrap()).unwrap();
        let (head, body) = shaped.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
        let refusal: ApiError = serde_json::from_str(body).unwrap();
        assert_eq!((refusal.status, refusal.code), (431, 20001));
        assert_eq!(refusal.message, "Request Header Fields Too Large");
    }

    #[test]
    fn everything_else_goes_out_as_it_is() {
        for written in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ntwilio-request-id: RQ1\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 4",
            "",
        ] {
            assert_eq!(shaped(written.as_bytes()), None);
        }
    }
}
