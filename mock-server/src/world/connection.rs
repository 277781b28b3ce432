//! One logged-in device as the world sees it: a bounded queue of frames and somebody to wake.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::sync::Notify;

use super::lock;
use super::user::User;
use crate::basis::rules;

rules! {
    pub(crate) OVERFLOW = "socket.outbox.overflow", MockOnly("a mock must not grow without bound"),
        "a client that does not read is closed with 1008 once more than one frame and 4 MiB wait for it";
}

/// A connection of `user`. Whoever changes the world pushes frames; the connection's own task writes them.
pub(crate) struct Connection {
    pub(crate) user: Arc<User>,
    outbox: Mutex<Outbox>,
    capacity: usize,
    /// What it was told and has not looked at yet: a bit for each [`Order`].
    orders: AtomicU8,
    wake: Notify,
}

/// What a connection's task may be told besides what to write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// The clock was put ahead: look how long the token still lives.
    LookAtClock = 1,
    /// The world ends. The client is to come again.
    ComeAgain = 2,
    /// The user was deleted.
    UserGone = 4,
}

/// Orders that were given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Orders(u8);

impl Orders {
    pub(crate) const fn any(self) -> bool {
        self.0 != 0
    }

    pub(crate) const fn has(self, order: Order) -> bool {
        self.0 & order as u8 != 0
    }
}

#[derive(Default)]
struct Outbox {
    frames: VecDeque<Bytes>,
    bytes: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Open,
    /// More waited than may: what waited is dropped, the connection is to be closed.
    Overflown,
    Closed,
}

/// What a connection's task finds when it looks for work.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// Write this.
    Frame(Bytes),
    /// Nothing waits.
    Nothing,
    /// Too much waited: close.
    Overflown,
}

impl Connection {
    pub(crate) fn new(user: Arc<User>, capacity: usize) -> Self {
        Self { user, outbox: Mutex::default(), capacity, orders: AtomicU8::new(0), wake: Notify::new() }
    }

    /// Tells its task something, and wakes it.
    pub(crate) fn order(&self, order: Order) {
        self.orders.fetch_or(order as u8, Ordering::AcqRel);
        self.wake.notify_one();
    }

    /// What its task was told since it last asked.
    pub(crate) fn orders(&self) -> Orders {
        // Asked after every frame: looking costs less than swapping.
        if self.orders.load(Ordering::Acquire) == 0 {
            return Orders(0);
        }
        Orders(self.orders.swap(0, Ordering::AcqRel))
    }

    /// Queues a frame. Frames are written in the order they were pushed; one for several receivers is shared. An
    /// empty one is an event whose rule is broken: it is not sent.
    pub(crate) fn push(&self, frame: Bytes) {
        if frame.is_empty() {
            return;
        }
        {
            let mut outbox = lock(&self.outbox);
            if outbox.state != State::Open {
                return;
            }
            outbox.bytes += frame.len();
            // One frame alone is an answer the client asked for, however large: it has had no time to read it.
            if outbox.bytes > self.capacity && !outbox.frames.is_empty() {
                *outbox = Outbox { state: State::Overflown, ..Outbox::default() };
            } else {
                outbox.frames.push_back(frame);
            }
        }
        self.wake.notify_one();
    }

    /// Takes the next frame to write.
    pub(crate) fn pop(&self) -> Outgoing {
        let mut outbox = lock(&self.outbox);
        match outbox.frames.pop_front() {
            Some(frame) => {
                outbox.bytes -= frame.len();
                if outbox.frames.is_empty() {
                    // A burst must not keep its memory for the rest of the connection's life.
                    outbox.frames = VecDeque::new();
                }
                Outgoing::Frame(frame)
            }
            None if outbox.state == State::Overflown => Outgoing::Overflown,
            None => Outgoing::Nothing,
        }
    }

    /// Bytes that wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.outbox).bytes
    }

    /// Waits until something was pushed since the last wait.
    pub(crate) async fn pushed(&self) {
        self.wake.notified().await;
    }

    /// Whether more waited than may.
    pub(crate) fn is_overflown(&self) -> bool {
        lock(&self.outbox).state == State::Overflown
    }

    /// Drops what waits and takes nothing more.
    pub(crate) fn close(&self) {
        *lock(&self.outbox) = Outbox { state: State::Closed, ..Outbox::default() };
    }
}
