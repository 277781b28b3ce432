//! The Chat SDK's socket: Twilsock frames in WebSocket messages.
//!
//! One task a connection. It sleeps until a frame comes in, something is pushed, or a timer is due (ping, token);
//! all that happens in between is synchronous: a frame is read, answered, and the answer queued behind the events
//! it caused, so that one queue decides the order in which the client sees everything.
//!
//! - [`session`]: the task, its timers, reading and writing
//! - [`login`]: `init` and `update`: tokens, capabilities, continuation
//! - [`tunnel`]: HTTP requests within frames, and where they go:
//!   [`aim`] (the Chat service's REST for devices), [`cds`] (Sync), [`ers`] (push registrations)

use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::basis::RuleId;
use crate::guard::Guard;
use crate::world::World;

mod aim;
mod cds;
mod ers;
mod login;
mod session;
#[cfg(test)]
mod tests;
mod tunnel;

/// What all sessions share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) world: Arc<World>,
    pub(crate) guard: Arc<Guard>,
}

/// Bytes of one frame a client may send.
const FRAME: usize = 512 * 1024;

/// Bytes read at a time, and gathered before they are written: the buffers live as long as the connection, and
/// the usual frame has about 700 bytes.
const BUFFER: usize = 2 * 1024;

/// Serves the connection that comes of an upgrade, until it ends. `host` is where the client says the mock is: links
/// that lead around the socket begin with it.
pub(crate) async fn upgrade(on: OnUpgrade, host: Option<String>, world: Arc<World>, guard: Arc<Guard>) {
    let Ok(upgraded) = on.await else { return };
    let host = host.map_or_else(|| world.base().to_owned(), |host| format!("http://{host}"));
    let shared = Shared { world, guard };
    // The bare socket spares each connection hyper's wrapping; there is no other kind of stream here.
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => serve(parts.io.into_inner(), parts.read_buf.to_vec(), host, shared).await,
        Err(upgraded) => serve(TokioIo::new(upgraded), Vec::new(), host, shared).await,
    }
}

async fn serve<S>(stream: S, read: Vec<u8>, host: String, shared: Shared)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let socket = WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config())).await;
    session::run(socket, host, shared).await;
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(FRAME))
        .max_frame_size(Some(FRAME))
}

/// The rules of the socket.
pub(crate) fn rules() -> Vec<RuleId> {
    let mut rules = aim::all_rules();
    for more in [cds::RULES, ers::RULES, login::RULES, session::RULES, tunnel::RULES] {
        rules.extend_from_slice(more);
    }
    rules
}
