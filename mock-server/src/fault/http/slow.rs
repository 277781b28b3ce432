//! A body that goes out a piece at a time, or not to its end.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long what was written has to get out before the line breaks.
const LINGER: Duration = Duration::from_millis(20);

/// It announces the whole length, whatever comes of it.
pub(super) struct Slow {
    rest: Bytes,
    announced: usize,
    piece: usize,
    every: Duration,
    breaks: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Slow {
    /// Half of it, then the line breaks.
    pub(super) fn broken(whole: &Bytes) -> Self {
        let rest = super::half(whole);
        Self { announced: whole.len(), piece: rest.len(), rest, every: LINGER, breaks: true, pause: None }
    }

    /// So many bytes every so often.
    pub(super) fn dribble(whole: Bytes, piece: usize, every: Duration) -> Self {
        Self { announced: whole.len(), piece, rest: whole, every, breaks: false, pause: None }
    }
}

impl Body for Slow {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        if self.rest.is_empty() {
            let broken = self.breaks.then(|| Err(io::ErrorKind::BrokenPipe.into()));
            return Poll::Ready(broken);
        }
        let piece = self.piece.clamp(1, self.rest.len());
        let piece = self.rest.split_to(piece);
        if self.breaks || !self.rest.is_empty() {
            self.pause = Some(Box::pin(sleep(self.every)));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced as u64)
    }
}
