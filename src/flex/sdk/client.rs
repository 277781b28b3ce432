//! A session with a connection.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::{Instant, Sleep, timeout, timeout_at};
use wire::sid::{ChannelSid, MediaSid};

use super::{
    config::{Direction, SdkConfig},
    error::{Doing, ErrorKind, SdkError},
    event::{ConnectTimes, Event, Reached, Ticket},
    out::Out,
    session::Session,
    trace,
};
use crate::flex::socket::{DialTimes, Socket};

/// Frames read before what they caused is written and told.
const AT_ONCE: usize = 64;
/// How long the other side has to hang up after a good-bye.
const HANG_UP_WITHIN: Duration = Duration::from_secs(1);

/// A connection that is being made.
struct Dialing {
    work: Pin<Box<dyn Future<Output = Result<Socket, SdkError>>>>,
    times: Rc<Cell<DialTimes>>,
}

#[derive(Default)]
enum Link {
    #[default]
    Down,
    Dialing(Box<Dialing>),
    Up(Box<Socket>),
}

/// A customer's or an agent's client: one connection, any number of channels.
///
/// Nothing happens unless somebody awaits [`next`](Self::next): it reads, acknowledges, keeps the timers,
/// and reconnects. Requests are written at once and answered as [`Event::Reply`].
pub struct Sdk {
    config: Rc<SdkConfig>,
    session: Session,
    link: Link,
    timer: Option<Pin<Box<Sleep>>>,
    number: u32,
    dials: u32,
    /// Of the last connection that was made or given up; of the first while it is being made.
    dialed: Option<DialTimes>,
    offline: bool,
}

impl Sdk {
    /// Logs in: until every channel this identity has joined is loaded and subscribed to, or `deadline`.
    /// Failed attempts are repeated as the SDK repeats them, as long as the next one begins before the
    /// deadline.
    ///
    /// # Errors
    /// Why the client is not ready: the refusal, the last attempt's failure, or what it was waiting for at
    /// the deadline. A failure of this machine's own (no port, no file) ends it at once.
    pub async fn connect(
        config: &Rc<SdkConfig>,
        token: &str,
        deadline: Instant,
    ) -> Result<(Self, ConnectTimes), SdkError> {
        Self::connect_watched(config, token, deadline, |_| {}).await
    }

    /// The same, and tells how far it is whenever that may have changed: also of a login that fails, or that
    /// nobody awaits to its end.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_watched(
        config: &Rc<SdkConfig>,
        token: &str,
        deadline: Instant,
        mut tell: impl FnMut(Reached),
    ) -> Result<(Self, ConnectTimes), SdkError> {
        let number = config.number();
        let mut sdk = Self {
            config: Rc::clone(config),
            session: Session::new(Rc::clone(config), token, number),
            link: Link::Down,
            timer: None,
            number,
            dials: 0,
            dialed: None,
            offline: false,
        };
        let began = Instant::now();
        let login = poll_fn(|cx| {
            let polled = sdk.poll_login(cx, deadline);
            tell(sdk.reached());
            polled
        });
        match timeout_at(deadline, login).await {
            Ok(result) => result?,
            Err(_) => return Err(sdk.overdue()),
        }
        let times = sdk.times(began)?;
        Ok((sdk, times))
    }

    fn poll_login(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<Result<(), SdkError>> {
        loop {
            let worked = self.poll_work(cx);
            if let Some(error) = self.session.failed() {
                return Poll::Ready(Err(error));
            }
            if self.session.ready().is_some() {
                return Poll::Ready(Ok(()));
            }
            if let Some((error, again)) = self.session.trouble()
                && (error.is_local() || again.is_some_and(|again| again > deadline))
            {
                return Poll::Ready(Err(error.clone()));
            }
            if worked.is_pending() {
                return Poll::Pending;
            }
        }
    }

    fn overdue(&self) -> SdkError {
        match (self.session.trouble(), self.session.doing()) {
            (Some((error, _)), Doing::Connecting) => error.clone(),
            (None, Doing::Connecting) => SdkError::new(ErrorKind::ConnectTimeout, Doing::Connecting),
            (_, doing) => SdkError::new(ErrorKind::Timeout, doing),
        }
    }

    fn times(&self, began: Instant) -> Result<ConnectTimes, SdkError> {
        let (
            Some(DialTimes {
                began: dialed,
                dns: Some(dns),
                tcp: Some(tcp),
                tls: Some(tls),
                open: Some(open),
            }),
            Some(init),
            Some(ready),
        ) = (self.dialed, self.session.initialised(), self.session.ready())
        else {
            return Err(SdkError::new(ErrorKind::Protocol, Doing::Connecting));
        };
        Ok(ConnectTimes { began, dialed, dns, tcp, tls, open, init, ready, attempts: self.dials })
    }

    fn reached(&self) -> Reached {
        let Some(DialTimes { began, dns, tcp, tls, open }) = self.dialed else { return Reached::default() };
        // On a connection before this one, it says nothing of this one.
        let init = self.session.initialised().filter(|init| open.is_some_and(|open| open <= *init));
        Reached([Some(began), dns, tcp, tls, init])
    }

    /// What happens next. Cancel-safe: nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Event {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What happens next, polled.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        loop {
            if let Some(event) = self.session.next_event() {
                return Poll::Ready(event);
            }
            if self.poll_work(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Does what there is to do. `Pending`: nothing, until the socket or a timer wakes.
    fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let mut worked = self.poll_link(cx, now);
        if self.session.deadline().is_some_and(|at| at <= now) {
            self.act(|session, out| session.tick(now, out));
            worked = true;
        }
        worked |= self.poll_read(cx, now);
        if let Link::Up(socket) = &mut self.link {
            match socket.poll_flush(cx) {
                Poll::Ready(Ok(())) if !worked => socket.quiet(),
                Poll::Ready(Ok(())) | Poll::Pending => {}
                Poll::Ready(Err(error)) => {
                    self.lost(&error, now);
                    worked = true;
                }
            }
        }
        if worked { Poll::Ready(()) } else { self.poll_timer(cx) }
    }

    /// Makes the connection the session wants, or ends the one it does not.
    fn poll_link(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let wanted = self.session.wants_link();
        match &mut self.link {
            Link::Down if wanted && self.offline => {
                let error =
                    SdkError::new(ErrorKind::Unreachable, Doing::Connecting).saying("the device is offline");
                self.lost(&error, now);
                true
            }
            Link::Down if wanted => {
                let config = &self.config;
                // Every attempt goes out from the next address, as every connection does.
                let source = config.source(self.number.wrapping_add(self.dials));
                self.dials = self.dials.saturating_add(1);
                let times = Rc::new(Cell::new(DialTimes::since(now)));
                let work = Socket::dial(config.socket.clone(), config.tls.clone(), source, Rc::clone(&times));
                self.link = Link::Dialing(Box::new(Dialing { work: Box::pin(work), times }));
                true
            }
            Link::Dialing(dialing) if wanted => {
                let polled = dialing.work.as_mut().poll(cx);
                let times = dialing.times.get();
                if polled.is_ready() || self.dials == 1 {
                    self.dialed = Some(times);
                }
                match polled {
                    Poll::Pending => return false,
                    Poll::Ready(Ok(socket)) => {
                        self.link = Link::Up(Box::new(socket));
                        self.act(|session, out| session.opened(times.open.unwrap_or(now), out));
                    }
                    Poll::Ready(Err(error)) => self.lost(&error, now),
                }
                true
            }
            Link::Up(socket) if !wanted => {
                // Best effort, as when a page is closed: what cannot be written now is not written.
                let _ = socket.queue_close();
                let _ = socket.poll_flush(cx);
                self.link = Link::Down;
                true
            }
            Link::Dialing(_) => {
                self.link = Link::Down;
                true
            }
            Link::Down | Link::Up(_) => false,
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut read = false;
        let config = Rc::clone(&self.config);
        let mut out = config.scratch.borrow_mut();
        let mut broken = None;
        for _ in 0..AT_ONCE {
            let Link::Up(socket) = &mut self.link else { break };
            if !self.session.wants_link() {
                break;
            }
            match socket.poll_message(cx) {
                Poll::Pending => break,
                Poll::Ready(Ok(frame)) => {
                    trace::show(&config, self.number, Direction::Received, &frame);
                    self.session.frame(&frame, now, &mut out);
                }
                Poll::Ready(Err(error)) => {
                    broken = Some(error);
                    break;
                }
            }
            read = true;
        }
        self.write(&mut out, now);
        drop(out);
        if let Some(error) = broken {
            self.lost(&error, now);
            return true;
        }
        read
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.session.deadline() else {
            self.timer = None;
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx)
    }

    fn lost(&mut self, error: &SdkError, now: Instant) {
        self.link = Link::Down;
        self.session.lost(error, now);
    }

    /// Lets the session act, and queues the frames that come of it.
    fn act<T>(&mut self, act: impl FnOnce(&mut Session, &mut Out) -> T) -> T {
        let config = Rc::clone(&self.config);
        let mut out = config.scratch.borrow_mut();
        let done = act(&mut self.session, &mut out);
        self.write(&mut out, Instant::now());
        done
    }

    /// Lets the session act, and sends what comes of it now rather than at the next poll: the time somebody
    /// takes to come back to this client is not the service's.
    fn command<T>(&mut self, act: impl FnOnce(&mut Session, &mut Out) -> T) -> T {
        let done = self.act(act);
        if let Link::Up(socket) = &mut self.link {
            // What does not fit, and any failure, is the next poll's.
            let _ = socket.poll_flush(&mut Context::from_waker(Waker::noop()));
        }
        done
    }

    fn write(&mut self, out: &mut Out, now: Instant) {
        let mut broken = None;
        if let Link::Up(socket) = &mut self.link {
            for frame in out.frames() {
                trace::show(&self.config, self.number, Direction::Sent, frame);
                broken = socket.queue(frame).err();
                if broken.is_some() {
                    break;
                }
            }
        }
        out.clear();
        if let Some(error) = broken {
            self.link = Link::Down;
            self.session.lost(&error, now);
        }
    }

    /// The channels joined and loaded at the login, and since.
    pub fn channels(&self) -> impl Iterator<Item = ChannelSid> {
        self.session.joined()
    }

    /// Whether requests go out now, or wait for a connection.
    pub fn is_connected(&self) -> bool {
        self.session.is_connected()
    }

    /// The device loses its network without a word, as in a tunnel: the connection is gone, and attempts to make
    /// it again fail until [`go_online`](Self::go_online).
    pub fn go_offline(&mut self) {
        self.offline = true;
        if !matches!(self.link, Link::Down) {
            let error =
                SdkError::new(ErrorKind::Disconnected, Doing::Connecting).saying("the device went offline");
            self.lost(&error, Instant::now());
        }
    }

    /// The network is back. The client connects again when its own back-off says so, as the SDK does.
    pub fn go_online(&mut self) {
        self.offline = false;
    }

    /// Connections made, or tried.
    pub fn dials(&self) -> u32 {
        self.dials
    }

    /// Sends a message; `attributes` is JSON text, `{}` if there are none. Never repeated.
    pub fn send_message(&mut self, channel: ChannelSid, body: &str, attributes: &str) -> Ticket {
        self.command(|session, out| session.send_message(channel, body, attributes, Instant::now(), out))
    }

    /// Sends a file that was uploaded before. Never repeated.
    pub fn send_media(&mut self, channel: ChannelSid, media: MediaSid, attributes: &str) -> Ticket {
        self.command(|session, out| session.send_media(channel, media, attributes, Instant::now(), out))
    }

    /// Where files are uploaded to, if the service said so at the login.
    pub fn media_service(&self) -> Option<&str> {
        self.session.account.as_ref().map(|account| &*account.links.media).filter(|link| !link.is_empty())
    }

    /// Tells the others that somebody is typing.
    pub fn typing(&mut self, channel: ChannelSid) -> Ticket {
        self.command(|session, out| session.typing(channel, Instant::now(), out))
    }

    /// Moves the horizon to the newest message.
    pub fn mark_read(&mut self, channel: ChannelSid) -> Ticket {
        self.command(|session, out| session.mark_read(channel, Instant::now(), out))
    }

    /// Reads the newest page of messages, or the page before the message of index `before`.
    pub fn history(&mut self, channel: ChannelSid, before: Option<u32>) -> Ticket {
        self.command(|session, out| session.history(channel, before, Instant::now(), out))
    }

    /// Looks a channel up, as a page does that knows its SID (`getChannelBySid`).
    pub fn open(&mut self, channel: ChannelSid) -> Ticket {
        self.command(|session, out| session.open(channel, Instant::now(), out))
    }

    /// Leaves a channel.
    pub fn leave(&mut self, channel: ChannelSid) -> Ticket {
        self.command(|session, out| session.leave(channel, Instant::now(), out))
    }

    /// Uses another token from now on.
    pub fn update_token(&mut self, token: &str) -> Ticket {
        self.command(|session, out| session.update_token(token, Instant::now(), out))
    }

    /// Says good-bye and hangs up.
    pub async fn close(mut self) {
        self.act(|session, out| session.say_close(out));
        let Link::Up(socket) = &mut self.link else { return };
        let _ = socket.queue_close();
        // The server hangs up first, so that it is the one whose port rests in TIME_WAIT.
        let hung_up = poll_fn(|cx| {
            if let Poll::Ready(Err(_)) = socket.poll_flush(cx) {
                return Poll::Ready(());
            }
            loop {
                match socket.poll_message(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(_)) => {}
                    Poll::Ready(Err(_)) => return Poll::Ready(()),
                }
            }
        });
        let _ = timeout(HANG_UP_WITHIN, hung_up).await;
    }
}

impl std::fmt::Debug for Sdk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sdk").field("number", &self.number).field("connected", &self.is_connected()).finish()
    }
}
