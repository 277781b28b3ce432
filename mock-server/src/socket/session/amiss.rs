//! What faults make of a session.

use bytes::Bytes;
use tokio::time::Instant;
use wire::frame::client::Update;
use wire::frame::server::Close;
use wire::frame::{Header, Status};

use super::{EXPIRED, EXPIRED_SAYS, End, Session, good_bye};
use crate::fault::http::{Line, Struck};
use crate::fault::socket::{Act, Backoff, Doom};
use crate::operation::Operation;
use crate::socket::login::{self, Denied};
use crate::world::frame_id;

impl Session {
    /// Until when nothing may be written, as far as that can be said now.
    pub(super) fn standstill(&mut self) -> Option<Instant> {
        let faults = self.shared.world.faults().active()?;
        let held = !self.held && self.connection.waiting() > 0;
        let left = faults.standstill(held);
        self.held = left.is_some() && (self.held || held);
        left.map(|left| Instant::now() + left)
    }

    /// What a fault had in store for the client happens.
    pub(super) fn meet(&mut self, doom: &Doom) -> Result<(), End> {
        if !doom.strikes() {
            return Ok(());
        }
        match doom.act() {
            Act::Drop => return Err(End::Broken),
            Act::Expire => self.leave(good_bye(410, "GONE", EXPIRED_SAYS, EXPIRED)),
            Act::Close(close) => {
                let status = Status::new(close.code, close.word());
                let payload = close.backoff.map(Backoff::payload).unwrap_or_default();
                let mut frame = Vec::new();
                Close { id: &frame_id(), status }.encode(&payload, &mut frame);
                self.leave(frame.into());
            }
        }
        Ok(())
    }

    /// Replies to a login or an update, unless a fault has it otherwise.
    ///
    /// # Errors
    /// If the line is to be broken instead.
    pub(super) fn reply(&self, struck: Option<&Struck>, frame: Bytes) -> Result<(), End> {
        match struck.and_then(Struck::line) {
            Some(Line::Reset) => return Err(End::Broken),
            Some(Line::Frozen) => return Ok(()),
            None => {}
        }
        match struck.and_then(Struck::due) {
            None => self.connection.push(frame),
            Some(due) => self.connection.push_at(due, frame),
        }
        Ok(())
    }

    /// Takes a new token.
    pub(super) fn update(&mut self, update: &Update<'_>) -> Result<(), End> {
        let (struck, passed) = login::struck(&self.shared, Operation::UpdateToken);
        let reply = match passed {
            Err(refused) => login::refusal(&update.id, &refused, &[]),
            Ok(()) => match login::update(&self.shared, &self.access, update) {
                Ok((access, reply)) => {
                    self.access = access;
                    self.watch_token();
                    reply
                }
                Err(Denied(reply)) => reply,
            },
        };
        self.reply(struck.as_ref(), reply)
    }
}
