//! Cuts off whoever takes nothing of what is written to them.
//!
//! A client that never reads would hold its connection, its answer and its place under the cap for ever. So a write
//! that gets nowhere has a deadline; each byte that is taken sets it anew, so that a slow line is no reason.

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::basis::rules;

rules! {
    SLOW = "server.answer.slow", MockOnly("a connection must not be held by somebody who does not read"),
        "a client that takes no byte for 30 seconds of what is written to it is cut off";
}

/// A stream on which a write may wait only so long.
pub(crate) struct Patient<S: Abrupt> {
    stream: S,
    fuse: Arc<Fuse>,
    patience: Duration,
    /// Set while a write waits: most never do, and pay nothing for it.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S: Abrupt> Patient<S> {
    /// Once the fuse is blown, the stream ends abruptly.
    pub(crate) const fn new(stream: S, patience: Duration, fuse: Arc<Fuse>) -> Self {
        Self { stream, fuse, patience, deadline: None }
    }
}

impl<S: Abrupt> Drop for Patient<S> {
    fn drop(&mut self) {
        if self.fuse.0.load(Ordering::Relaxed) {
            self.stream.end_abruptly();
        }
    }
}

/// Tells a stream, from wherever its end is decided, to end abruptly once it ends.
#[derive(Debug, Default)]
pub(crate) struct Fuse(AtomicBool);

impl Fuse {
    pub(crate) fn blow(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A stream that can be ended without the usual good-bye.
pub(crate) trait Abrupt {
    /// The other end is to see a reset when this is closed.
    fn end_abruptly(&self);
}

impl Abrupt for TcpStream {
    fn end_abruptly(&self) {
        // Whoever is gone already needs no reset.
        let _ = SockRef::from(self).set_linger(Some(Duration::ZERO));
    }
}

impl<S: Abrupt + Unpin> Patient<S> {
    /// Passes on how a write went, and looks at the clock while it gets nowhere.
    fn judge<T>(&mut self, cx: &mut Context<'_>, went: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if went.is_ready() {
            self.deadline = None;
            return went;
        }
        let patience = self.patience;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(patience)));
        match deadline.as_mut().poll(cx) {
            Poll::Ready(()) if SLOW.follow() => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Ready(()) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: Abrupt + AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: Abrupt + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let went = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, went)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let went = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, went)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let went = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, went)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let went = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.judge(cx, went)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;

    impl Abrupt for DuplexStream {
        fn end_abruptly(&self) {}
    }

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_cut_off() {
        let (near, _far) = duplex(10);
        let begun = Instant::now();
        let error = Patient::new(near, PATIENCE, Arc::default()).write_all(&[0; 100]).await.unwrap_err();
        assert_eq!((error.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_little_by_little_is_waited_for() {
        let (near, mut far) = duplex(10);
        let reader = tokio::spawn(async move {
            let mut taken = 0;
            while taken < 100 {
                sleep(Duration::from_secs(20)).await;
                taken += far.read(&mut [0; 10]).await.unwrap();
            }
        });
        Patient::new(near, PATIENCE, Arc::default()).write_all(&[0; 100]).await.unwrap();
        reader.await.unwrap();
    }
}
