//! One logged-in device as the world sees it: a bounded queue of frames and somebody to wake.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::late::{Late, Wait};
use super::lock;
use super::object::Object;
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
    /// Other faults are planted: look what is to happen.
    LookAtFaults = 8,
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
    /// Frames that faults make late.
    late: Late,
}

impl Outbox {
    fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.late.is_empty()
    }
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
    /// Nothing waits but what is for then, if anything is.
    Nothing(Option<Instant>),
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

    /// Queues a frame. Frames are written in the order they were pushed; one for several receivers is shared.
    pub(crate) fn push(&self, frame: Bytes) {
        self.enqueue(frame, |outbox, frame| outbox.frames.push_back(frame));
    }

    /// An empty frame is an event whose rule is broken: whichever way it was to go, it is not sent.
    fn enqueue(&self, frame: Bytes, put: impl FnOnce(&mut Outbox, Bytes)) {
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
            if outbox.bytes > self.capacity && !outbox.is_empty() {
                *outbox = Outbox { state: State::Overflown, ..Outbox::default() };
            } else {
                put(&mut outbox, frame);
            }
        }
        self.wake.notify_one();
    }

    /// Queues a frame for later, whatever comes meanwhile.
    pub(crate) fn push_at(&self, due: Instant, frame: Bytes) {
        self.enqueue(frame, |outbox, frame| outbox.late.add(due, None, frame));
    }

    /// Queues an event for later, behind those of the same object that wait already.
    pub(crate) fn push_behind(&self, object: Object, frame: Bytes, due: Instant) {
        self.enqueue(frame, |outbox, frame| {
            let due = outbox.late.last(object).map_or(due, |last| last.max(due));
            outbox.late.add(due, Some((object, Wait::Late)), frame);
        });
    }

    /// Queues an event: at once, unless earlier ones of the same object are late.
    pub(crate) fn push_in_order(&self, object: Object, frame: Bytes) {
        self.enqueue(frame, |outbox, frame| match outbox.late.last(object) {
            None => outbox.frames.push_back(frame),
            Some(last) => outbox.late.add(last, Some((object, Wait::Late)), frame),
        });
    }

    /// Keeps an event back until [`Self::release`], or for so long; `false` if one of its object is kept already.
    pub(crate) fn hold(&self, object: Object, frame: Bytes, until: Instant) -> bool {
        let mut held = false;
        self.enqueue(frame, |outbox, frame| {
            held = !outbox.late.holds(object);
            if held {
                outbox.late.add(until, Some((object, Wait::Held)), frame);
            } else {
                outbox.bytes -= frame.len();
            }
        });
        held
    }

    /// Whether an event of an object is kept back.
    pub(crate) fn holds(&self, object: Object) -> bool {
        lock(&self.outbox).late.holds(object)
    }

    /// Lets go of the event that is kept back of an object; `false` if none is.
    pub(crate) fn release(&self, object: Object) -> bool {
        let mut outbox = lock(&self.outbox);
        let Some(frame) = outbox.late.release(object) else { return false };
        outbox.frames.push_back(frame);
        drop(outbox);
        self.wake.notify_one();
        true
    }

    /// Takes the next frame to write.
    pub(crate) fn pop(&self) -> Outgoing {
        let mut guard = lock(&self.outbox);
        let outbox = &mut *guard;
        if !outbox.late.is_empty() {
            outbox.late.ripe(&mut outbox.frames);
        }
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
            None => Outgoing::Nothing(outbox.late.next()),
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
