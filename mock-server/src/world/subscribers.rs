//! Who hears of what happens to a Sync object.

use std::sync::Arc;

use bytes::Bytes;
use wire::sync::Protocol;

use super::connection::Connection;
use crate::fault::push::Delivery;

/// The connections subscribed to the Sync objects of one owner: a channel has three objects, a user two. One
/// list for all of them, because nearly every client subscribes to all.
#[derive(Default)]
pub(crate) struct Subscribers(Vec<Subscriber>);

struct Subscriber {
    connection: Arc<Connection>,
    wants: [Option<Protocol>; 3],
}

impl Subscribers {
    /// Adds or replaces a subscription; `false` if `cap` connections are here already.
    pub(crate) fn add(
        &mut self,
        to: &Arc<Connection>,
        object: usize,
        protocol: Protocol,
        cap: usize,
    ) -> bool {
        if let Some(known) = self.0.iter_mut().find(|known| Arc::ptr_eq(&known.connection, to)) {
            known.wants[object] = Some(protocol);
            return true;
        }
        if self.0.len() >= cap {
            return false;
        }
        let mut wants = [None; 3];
        wants[object] = Some(protocol);
        self.0.push(Subscriber { connection: to.clone(), wants });
        true
    }

    /// Whether nobody would hear anything: then there is nothing to write.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, connection: &Arc<Connection>, object: usize) -> bool {
        self.0.iter().any(|known| Arc::ptr_eq(&known.connection, connection) && known.wants[object].is_some())
    }

    pub(crate) fn remove(&mut self, from: &Arc<Connection>, object: usize) {
        if let Some(known) = self.0.iter_mut().find(|known| Arc::ptr_eq(&known.connection, from)) {
            known.wants[object] = None;
        }
        self.0.retain(|known| known.wants.iter().any(Option::is_some));
    }

    /// Removes the connections for which `gone` says so from all objects.
    pub(crate) fn remove_all(&mut self, gone: impl Fn(&Arc<Connection>) -> bool) {
        self.0.retain(|known| !gone(&known.connection));
    }

    /// One who wants the events of an object, and in which protocol.
    pub(crate) fn any(&self, object: usize) -> Option<(Arc<Connection>, Protocol)> {
        self.0.iter().find_map(|known| Some((known.connection.clone(), known.wants[object]?)))
    }

    /// Pushes one event to whoever wants it. It is written once per protocol, and the bytes are shared. A
    /// `delivery` is given where something may go wrong with that.
    pub(crate) fn publish(
        &self,
        object: usize,
        delivery: Option<&Delivery<'_>>,
        write: impl Fn(Protocol) -> Bytes,
    ) {
        let mut written: [Option<Bytes>; 2] = [None, None];
        for known in &self.0 {
            let Some(protocol) = known.wants[object] else { continue };
            let place = &mut written[usize::from(protocol == Protocol::V4)];
            let frame = place.get_or_insert_with(|| write(protocol)).clone();
            match delivery {
                None => known.connection.push(frame),
                Some(delivery) => delivery.push(&known.connection, frame),
            }
        }
    }
}
