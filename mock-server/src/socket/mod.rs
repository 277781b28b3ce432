//! The Chat SDK's socket: Twilsock frames in WebSocket messages.
//!
//! One task a connection. It sleeps until a frame comes in, something is pushed, or a timer is due (ping, token);
//! all that happens in between is synchronous: a frame is read, answered, and the answer queued behind the events
//! it caused, so that one queue decides the order in which the client sees everything.
//!
//! - [`upgrade`]: the WebSocket handshake
//! - [`session`]: the task, its timers, reading and writing
//! - [`login`]: `init` and `update`: tokens, capabilities, continuation
//! - [`device`]: what a logged-in device may do
//! - [`tunnel`]: HTTP requests within frames, and where they go:
//!   [`aim`] (the Chat service's REST for devices), [`cds`] (Sync), [`ers`] (push registrations)
//! - [`session_list`]: how the generations 3.x and 4.x give commands

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::account::{Account, Accounts};
use crate::basis::RuleId;
use crate::config::Config;
use crate::guard::Guard;
use crate::journal::Journal;
use crate::patient::Fuse;
use crate::world::World;

mod aim;
mod cds;
mod device;
mod end;
mod ers;
mod login;
mod session;
mod session_list;
#[cfg(test)]
mod tests;
mod tunnel;
pub(crate) mod upgrade;

/// What all sessions of an account share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) world: Arc<World>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) journal: Arc<Journal>,
}

impl Shared {
    /// What the account holds now.
    fn of(account: &Account) -> Self {
        let room = account.room();
        Self { world: room.world.clone(), guard: room.guard.clone(), journal: account.journal().clone() }
    }
}

/// What the configuration says of time on the socket.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// How long a client may take to say who it is.
    init_deadline: Duration,
    ping_every: Duration,
}

impl Times {
    const fn of(config: &Config) -> Self {
        Self { init_deadline: config.init_deadline, ping_every: config.ping_every }
    }
}

/// Bytes of one frame a client may send.
const FRAME: usize = 512 * 1024;

/// Bytes read at a time. Buffers live as long as their connection, and the usual frame has about 700 bytes.
const READ: usize = 2 * 1024;

/// Bytes gathered before they are written: room for an answer and the two events before it.
const WRITE: usize = 4 * 1024;

async fn serve<S>(
    stream: S,
    read: Vec<u8>,
    host: String,
    accounts: Arc<Accounts>,
    fuse: &Fuse,
    stopping: impl Future<Output = ()>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let socket = WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config())).await;
    let shared = |token: &str| Shared::of(&accounts.of_token(token));
    let times = Times::of(accounts.first().config());
    if let Some(broken) = session::run(socket, host, shared, times, stopping).await {
        fuse.blow();
        drop(broken);
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ)
        .write_buffer_size(WRITE)
        .max_message_size(Some(FRAME))
        .max_frame_size(Some(FRAME))
}

/// The rules of the socket.
pub(crate) fn rules() -> Vec<RuleId> {
    let mut rules = [aim::all_rules(), session_list::all_rules()].concat();
    for more in [
        cds::RULES,
        device::RULES,
        end::RULES,
        ers::RULES,
        login::RULES,
        session::RULES,
        tunnel::RULES,
        upgrade::RULES,
    ] {
        rules.extend_from_slice(more);
    }
    rules
}
