//! One connection from its first frame to its last.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use wire::frame::Header;
use wire::frame::client::{self, FromClient};
use wire::frame::server::{ClientUpdate, Ping};
use wire::sid::CredentialSid;
use wire::token::Access;

use super::end::{End, FAREWELL, good_bye, late, overflown};
use super::login::{self, Denied, Granted};
use super::{Shared, Times, tunnel};
use crate::basis::rules;
use crate::fault::http::{Line, Struck};
use crate::fault::socket::Doom;
use crate::journal::Notes;
use crate::operation::Operation;
use crate::world::connection::{Connection, Order, Outgoing};
use crate::world::frame_id;
use crate::world::object::Object;

mod amiss;

rules! {
    PING = "socket.ping", Observed("a public end-to-end mock of the service: every 30 seconds"),
        "the service pings every 30 seconds";
    SILENT = "socket.silent", Inferred("error catalogue 51005: keepalive acknowledgement not received"),
        "a client of whom nothing was heard for three pings is closed";
    EXPIRES = "socket.token.about-to-expire", Observed("a user saw it with tokens of 240 s: three minutes ahead; a quarter of what is left for shorter ones is a guess"),
        "a client that can be told is told three minutes before its token ends";
    EXPIRED = "socket.token.expired", Library("twilsock 0.12: close 410 is tokenExpired, then disconnected"),
        "when the token ends, the service says close 410 and closes";
    GARBLED = "socket.garbled", Library("twilsock 0.12: close 406 is a protocol that cannot be parsed"),
        "a message that is no Twilsock frame, or an init where none belongs, is answered with close 406";
    STRANGER = "socket.not-logged-in", Library("twilsock 0.12: close 401 is authentication"),
        "any other frame before init is answered with close 401";
    NOTED = "socket.notification-context", Library("twilsock 0.5 to 0.6: 200 to put_ and delete_notification_ctx"),
        "put_notification_ctx and delete_notification_ctx are answered 200; all notifications are sent anyway";
    OFFLOADED = "socket.offload", Library("twilsock 0.12: close 308 is offload, the client connects again elsewhere"),
        "a mock that stops says close 308 to its clients, and hangs up after a second at the latest";
    BEGUN_ANEW = "socket.reset", MockOnly("an account can be reset, restored and taken away while clients are connected"),
        "when an account begins anew or is taken away, its clients are told close 308";
    USER_DELETED = "socket.user-deleted", Inferred("close 401 is authentication: the identity is nobody's any more"),
        "when a user is deleted, the user's devices are told close 401";
}

/// Pings that may stay unanswered.
const MISSED_PINGS: u32 = 3;

/// What a client hears when its token ends.
const EXPIRED_SAYS: &str = "Access Token expired or expiration date invalid";

/// How far ahead of its end a client is told of its token.
const AHEAD: Duration = Duration::from_secs(180);

/// A token with less than this left is one of the short ones, of which nothing is known.
const SHORT: Duration = Duration::from_secs(240);

/// The same where the mock itself is about to end.
const OFFLOAD: Duration = Duration::from_secs(1);

/// Serves a client until it goes, or is sent away because the mock is `stopping`. A line that is to be reset is given
/// back. `account` says whose a token is.
pub(super) async fn run<S>(
    mut socket: WebSocketStream<S>,
    host: String,
    account: impl Fn(&str) -> Shared,
    times: Times,
    stopping: impl Future<Output = ()>,
) -> Option<WebSocketStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stopping = pin!(stopping);
    let greeted = tokio::select! {
        greeted = timeout(times.init_deadline, greet(&mut socket, &account)) => greeted.unwrap_or_else(|_| Err(late())),
        () = &mut stopping => Err(End::Done),
    };
    let end = match greeted {
        Err(end) => end,
        Ok((shared, granted)) => {
            let mut session = Session::new(shared, host, times, granted);
            match session.serve(&mut socket, stopping).await {
                Ok(never) => match never {},
                Err(end) => end,
            }
        }
    };
    end.told(socket).await
}

/// Waits for `init`, and answers it.
async fn greet<S>(
    socket: &mut WebSocketStream<S>,
    account: &impl Fn(&str) -> Shared,
) -> Result<(Shared, Granted), End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let message = socket.next().await.ok_or(End::Gone)??;
        if message.is_close() {
            return Err(End::Gone);
        }
        if !(message.is_binary() || message.is_text()) {
            continue;
        }
        let bytes = message.into_data();
        let last = match client::read(&bytes) {
            Ok((FromClient::Init(init), _)) => {
                let shared = account(&init.token);
                match login::init(&shared, &init) {
                    Ok(granted) => return Ok((shared, granted)),
                    Err(Denied(frame)) => frame,
                }
            }
            Ok((FromClient::Close(_), _)) => return Err(End::Done),
            Ok(_) => good_bye(401, "UNAUTHORIZED", "Not logged in", STRANGER),
            Err(error) => good_bye(406, "NOT_ACCEPTABLE", &error.to_string(), GARBLED),
        };
        if !last.is_empty() {
            socket.send(Message::Binary(last)).await?;
        }
        return Err(End::Done);
    }
}

/// A logged-in client.
pub(super) struct Session {
    pub(super) shared: Shared,
    /// Where the client says the mock is.
    pub(super) host: String,
    pub(super) connection: Arc<Connection>,
    /// What it is subscribed to, to be taken back at its end. May name objects it was since removed from.
    pub(super) subscribed: Vec<Object>,
    /// What the request in hand asks for, once that is known, and what is to be said of it: for the journal.
    pub(super) operation: Cell<Option<Operation>>,
    /// Where its text names channels, the fault that strikes it, and what awaits the client.
    pub(super) about: RefCell<String>,
    pub(super) struck: Cell<Option<Struck>>,
    doom: Option<Doom>,
    /// Whether a fault breaks the line at once.
    broken: bool,
    /// When frames that faults made late may go out.
    late: Option<Instant>,
    /// Whether frames wait because everything stands still: counted once.
    held: bool,
    pub(super) notes: Notes,
    access: Access,
    client_update: bool,
    ping_every: Duration,
    ping_at: Instant,
    unanswered: u32,
    /// How long before its end the client is to be told; `None` once it was, or if it does not want to be.
    warn_ahead: Option<Duration>,
    warn_at: Option<Instant>,
    expires_at: Instant,
    /// When to hang up, once good-bye was said.
    leaving: Option<Instant>,
}

impl Drop for Session {
    /// However it ended: the world must not go on talking to it.
    fn drop(&mut self) {
        let world = &self.shared.world;
        self.connection.close();
        for object in std::mem::take(&mut self.subscribed) {
            world.unsubscribe(&self.connection, object);
        }
        self.connection.user.disconnect(&self.connection, world.now());
    }
}

/// There is no way out of serving but an [`End`].
enum Never {}

impl Session {
    /// What the client's devices are reached with.
    pub(super) const fn push_credential(&self) -> Option<CredentialSid> {
        self.access.push_credential
    }

    fn new(shared: Shared, host: String, times: Times, granted: Granted) -> Self {
        let Granted { connection, access, client_update, reply, struck } = granted;
        let now = Instant::now();
        let doom = Doom::of(shared.world.faults(), &connection.user.identity);
        let mut session = Self {
            shared,
            host,
            connection,
            subscribed: Vec::new(),
            operation: Cell::default(),
            about: RefCell::default(),
            struck: Cell::default(),
            doom,
            broken: false,
            late: None,
            held: false,
            notes: Notes::default(),
            access,
            client_update,
            ping_every: times.ping_every,
            ping_at: now + times.ping_every,
            unanswered: 0,
            warn_ahead: None,
            warn_at: None,
            expires_at: now,
            leaving: None,
        };
        session.watch_token();
        session.broken = session.reply(struck.as_ref(), reply).is_err();
        session
    }

    /// Finds out when the token ends, and when to say so.
    fn watch_token(&mut self) {
        let left = self.left();
        let ahead = if left >= SHORT { AHEAD } else { left / 4 };
        self.warn_ahead = self.client_update.then_some(ahead);
        self.set_timers();
    }

    /// How long the token lives, by the account's clock.
    fn left(&self) -> Duration {
        let ends = i64::try_from(self.access.expires_at).unwrap_or(i64::MAX).saturating_mul(1000);
        let left = ends.saturating_sub(self.shared.world.now().millis());
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    }

    /// Sets the timers of the token, by real time.
    fn set_timers(&mut self) {
        let (left, now) = (self.left(), Instant::now());
        self.expires_at = now + left;
        self.warn_at = self.warn_ahead.map(|ahead| now + left.saturating_sub(ahead));
    }

    async fn serve<S>(
        &mut self,
        socket: &mut WebSocketStream<S>,
        mut stopping: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Never, End>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.broken {
            return Err(End::Broken);
        }
        let mut stops = false;
        let mut timer = pin!(sleep_until(self.next_timer()));
        loop {
            self.late = match self.standstill() {
                Some(until) => Some(until),
                None => write(&self.connection, socket).await?,
            };
            if self.obeys() {
                timer.as_mut().reset(self.next_timer());
                continue;
            }
            tokio::select! {
                () = self.connection.pushed() => {}
                message = socket.next() => self.take(message.ok_or(End::Gone)??)?,
                () = &mut timer => self.tick()?,
                () = &mut stopping, if !stops => {
                    stops = true;
                    self.leave(good_bye(308, "OFFLOAD", "The mock stops", OFFLOADED));
                    self.leaving = Some(Instant::now() + OFFLOAD);
                }
            }
            if timer.deadline() != self.next_timer() {
                timer.as_mut().reset(self.next_timer());
            }
        }
    }

    /// Does what the connection was told by others; `false` if that was nothing.
    fn obeys(&mut self) -> bool {
        let orders = self.connection.orders();
        if self.leaving.is_some() || !orders.any() {
            return false;
        }
        if orders.has(Order::ComeAgain) {
            self.leave(good_bye(308, "OFFLOAD", "The account begins anew", BEGUN_ANEW));
        } else if orders.has(Order::UserGone) {
            self.leave(good_bye(401, "UNAUTHORIZED", "The user was deleted", USER_DELETED));
        } else {
            if orders.has(Order::LookAtFaults) {
                self.doom = Doom::of(self.shared.world.faults(), &self.connection.user.identity);
            }
            if let Some(doom) = &mut self.doom {
                doom.look_at_clock();
            }
            self.set_timers();
        }
        true
    }

    fn take(&mut self, message: Message) -> Result<(), End> {
        match message {
            Message::Close(_) => return Err(End::Done),
            // Text is no frame to the service's other clients either, but reading it costs nothing.
            Message::Binary(_) | Message::Text(_) => {}
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(()),
        }
        self.unanswered = 0;
        let bytes = message.into_data();
        match client::read(&bytes) {
            Ok((frame, payload)) => self.answer(frame, payload),
            Err(error) => {
                self.leave(good_bye(406, "NOT_ACCEPTABLE", &error.to_string(), GARBLED));
                Ok(())
            }
        }
    }

    fn answer(&mut self, frame: FromClient<'_>, payload: &[u8]) -> Result<(), End> {
        match frame {
            FromClient::Message(message) => {
                if tunnel::request(self, &message, payload) == Some(Line::Reset) {
                    return Err(End::Broken);
                }
            }
            FromClient::Update(update) => self.update(&update)?,
            FromClient::PutNotificationContext(context) => {
                self.connection.push(login::ok(&context.id, NOTED))
            }
            FromClient::DeleteNotificationContext(context) => {
                self.connection.push(login::ok(&context.id, NOTED));
            }
            FromClient::Init(_) => {
                self.leave(good_bye(406, "NOT_ACCEPTABLE", "Already logged in", GARBLED));
            }
            FromClient::Close(_) => return Err(End::Done),
            FromClient::Reply(_) if self.leaving.is_some() => return Err(End::Done),
            FromClient::Reply(_) | FromClient::Telemetry { .. } | FromClient::Other { .. } => {}
        }
        Ok(())
    }

    /// Says good-bye, and hangs up when that is acknowledged or after a while.
    fn leave(&mut self, good_bye: Bytes) {
        self.connection.push(good_bye);
        self.leaving = Some(Instant::now() + FAREWELL);
    }

    fn next_timer(&self) -> Instant {
        let faults = [self.late, self.doom.as_ref().map(|doom| doom.at)];
        let next = self.warn_at.map_or(self.ping_at, |at| at.min(self.ping_at)).min(self.expires_at);
        let next = self.leaving.unwrap_or_else(|| faults.into_iter().flatten().fold(next, Instant::min));
        // A good-bye, too, waits for what is late.
        self.late.map_or(next, |late| next.min(late))
    }

    fn tick(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if let Some(at) = self.leaving {
            return if at <= now { Err(End::Done) } else { Ok(()) };
        }
        if self.expires_at <= now {
            self.leave(good_bye(410, "GONE", EXPIRED_SAYS, EXPIRED));
            return Ok(());
        }
        if let Some(doom) = self.doom.take_if(|doom| doom.at <= now) {
            return self.meet(&doom);
        }
        if self.warn_at.is_some_and(|at| at <= now) {
            (self.warn_at, self.warn_ahead) = (None, None);
            if EXPIRES.follow() {
                self.connection.push(about_to_expire());
            }
        }
        if self.ping_at <= now {
            if self.unanswered == MISSED_PINGS {
                return Err(End::policy("no acknowledgement", SILENT));
            }
            self.unanswered += 1;
            self.ping_at = now + self.ping_every;
            if PING.follow() {
                self.connection.push(ping());
            }
        }
        Ok(())
    }
}

/// Writes all that waits but what is for later: when that is.
async fn write<S>(connection: &Connection, socket: &mut WebSocketStream<S>) -> Result<Option<Instant>, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let drain = async {
        loop {
            match connection.pop() {
                Outgoing::Frame(frame) => socket.feed(Message::Binary(frame)).await?,
                Outgoing::Nothing(later) => {
                    socket.flush().await?;
                    return Ok(later);
                }
                Outgoing::Overflown => return Err(overflown()),
            }
        }
    };
    let mut drain = pin!(drain);
    loop {
        // While the client does not read, others go on pushing: look whether it got too much.
        tokio::select! {
            biased;
            result = &mut drain => return result,
            () = connection.pushed() => if connection.is_overflown() {
                return Err(overflown());
            },
        }
    }
}

fn about_to_expire() -> Bytes {
    let mut frame = Vec::new();
    ClientUpdate { id: &frame_id(), client_update_type: "token_about_to_expire" }.encode(b"", &mut frame);
    frame.into()
}

fn ping() -> Bytes {
    let mut frame = Vec::new();
    Ping { id: &frame_id() }.encode(b"", &mut frame);
    frame.into()
}
