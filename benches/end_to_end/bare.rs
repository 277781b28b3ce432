//! The floor of everything on the socket: a client that exchanges the same frames and knows nothing.
//!
//! What a customer says is recorded once, frame by frame, and replayed over a bare tokio-tungstenite connection.

use std::{collections::VecDeque, future::poll_fn, io::Write as _, ops::Range, pin::Pin, task::Poll};

use bytes::Bytes;
use flexload::flex::sdk::{Event, Out, session::Session};
use futures_util::{FutureExt as _, Sink as _, SinkExt as _, Stream as _, StreamExt as _};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use crate::{
    Fallible,
    customers::{Crowd, TEXT},
};

/// What is said and heard, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Say(Bytes),
    /// A change, with the place of the id that makes it another change than the one before.
    Change(Vec<u8>, Range<usize>),
    Hear,
}

impl Turn {
    fn say(frame: &[u8]) -> Self {
        const FIELD: &[u8] = b"\"X-Twilio-Mutation-Id\":\"";
        match frame.windows(FIELD.len()).position(|bytes| bytes == FIELD) {
            // The last digits of the id; there are 36.
            Some(at) => Self::Change(frame.to_vec(), at + FIELD.len() + 28..at + FIELD.len() + 36),
            None => Self::Say(Bytes::copy_from_slice(frame)),
        }
    }
}

/// A bare connection.
pub(crate) struct Bare {
    socket: WebSocketStream<TcpStream>,
    /// Changes made.
    changes: u32,
}

impl Bare {
    /// TCP and the upgrade, with buffers as small as a customer's.
    pub(crate) async fn connect(url: &str) -> Fallible<Self> {
        let address = url.strip_prefix("ws://").and_then(|rest| rest.split('/').next()).unwrap_or(url);
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(8 * 1024);
        let (socket, _) = client_async_with_config(url, stream, Some(config)).await?;
        Ok(Self { socket, changes: 0 })
    }

    /// Says and hears all of it.
    pub(crate) async fn exchange(&mut self, turns: &[Turn]) -> Fallible<()> {
        for turn in turns {
            match turn {
                Turn::Say(frame) => self.socket.feed(Message::Binary(frame.clone())).await?,
                Turn::Change(frame, id) => {
                    self.changes += 1;
                    let mut frame = frame.clone();
                    write!(frame.get_mut(id.clone()).unwrap_or_default(), "{:08x}", self.changes)?;
                    self.socket.feed(Message::Binary(frame.into())).await?;
                }
                Turn::Hear => drop(self.hear().await?),
            }
        }
        Ok(self.socket.flush().await?)
    }

    /// Hears one frame and says that it did, as the SDK does; how long the frame was.
    pub(crate) async fn hear_and_acknowledge(&mut self) -> Fallible<usize> {
        let frame = self.hear().await?;
        let mut acknowledgement = Vec::new();
        wire::frame::ack(id(&frame).unwrap_or("TM00000000000000000000000000000000"), &mut acknowledgement);
        self.socket.send(Message::Binary(acknowledgement.into())).await?;
        Ok(frame.len())
    }

    /// The next frame. What was said is sent when there is nothing left to hear, not before: one write for all.
    async fn hear(&mut self) -> Fallible<Bytes> {
        let message = poll_fn(|cx| {
            let mut socket = Pin::new(&mut self.socket);
            match socket.as_mut().poll_next(cx) {
                Poll::Pending => match socket.poll_flush(cx) {
                    Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
                },
                ready @ Poll::Ready(_) => ready,
            }
        });
        Ok(message.await.ok_or("the mock hung up")??.into_data())
    }
}

/// The ID of a frame that has one.
fn id(frame: &[u8]) -> Option<&str> {
    const FIELD: &[u8] = b"\"id\":\"";
    let at = frame.windows(FIELD.len()).position(|bytes| bytes == FIELD)? + FIELD.len();
    let rest = frame.get(at..)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

/// A customer who is listened to.
pub(crate) struct Recorded {
    bare: Bare,
    session: Session,
    out: Out,
    turns: Vec<Turn>,
    events: VecDeque<Event>,
}

impl Recorded {
    /// Logs the `nth` customer of the crowd in, and what that took.
    pub(crate) async fn log_in(crowd: &Crowd, url: &str, nth: usize) -> Fallible<(Self, Vec<Turn>)> {
        let session = Session::new(crowd.config.clone(), &crowd.token(nth)?, u32::try_from(nth)?);
        let bare = Bare::connect(url).await?;
        let (out, turns, events) = Default::default();
        let mut recorded = Self { bare, session, out, turns, events };
        recorded.session.opened(Instant::now(), &mut recorded.out);
        while recorded.session.ready().is_none() {
            recorded.go_on().await?;
            if let Some(error) = recorded.session.failed() {
                return Err(error.into());
            }
        }
        let turns = recorded.said().await?;
        Ok((recorded, turns))
    }

    /// Sends a message, and what that took.
    pub(crate) async fn say(&mut self) -> Fallible<Vec<Turn>> {
        let channel = self.session.joined().next().ok_or("a customer without a channel")?;
        let sent = self.session.send_message(channel, TEXT, "{}", Instant::now(), &mut self.out);
        let (mut accepted, mut heard) = (false, false);
        while !(accepted && heard) {
            self.go_on().await?;
            for event in self.events.drain(..) {
                accepted |= matches!(&event, Event::Reply { ticket, .. } if *ticket == sent);
                heard |= matches!(event, Event::MessageAdded { .. });
            }
        }
        self.said().await
    }

    /// Hands over the connection as it stands.
    pub(crate) fn into_bare(self) -> Bare {
        self.bare
    }

    /// Says what there is to say, then hears one frame or passes one timer.
    async fn go_on(&mut self) -> Fallible<()> {
        self.speak().await?;
        let deadline = self.session.deadline();
        let timer = async {
            match deadline {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            frame = self.bare.hear() => {
                self.turns.push(Turn::Hear);
                self.session.frame(&frame?, Instant::now(), &mut self.out);
            }
            () = timer => self.session.tick(Instant::now(), &mut self.out),
        }
        while let Some(event) = self.session.next_event() {
            self.events.push_back(event);
        }
        Ok(())
    }

    async fn speak(&mut self) -> Fallible<()> {
        for frame in self.out.frames() {
            self.turns.push(Turn::say(frame));
            self.bare.socket.feed(Message::Binary(Bytes::copy_from_slice(frame))).await?;
        }
        self.out.clear();
        Ok(self.bare.socket.flush().await?)
    }

    async fn said(&mut self) -> Fallible<Vec<Turn>> {
        // What is on its way belongs to it, too.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        while let Some(frame) = self.bare.socket.next().now_or_never() {
            self.turns.push(Turn::Hear);
            let frame = frame.ok_or("the mock hung up")??.into_data();
            self.session.frame(&frame, Instant::now(), &mut self.out);
        }
        self.speak().await?;
        Ok(std::mem::take(&mut self.turns))
    }
}
